// Rules of <Directory> and the like: they act on the file found, and what they make becomes a URL
// again that the server starts anew with.
#include "base/text.h"
#include "modules/mod_rewrite/actions.h"
#include "modules/mod_rewrite/engine.h"
#include "modules/mod_rewrite/trace.h"
#include "modules/mod_rewrite/uris.h"
#include "server/core_config.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/subrequest.h"

namespace signet::mod_rewrite {
namespace {

using server::Outcome, server::Request;

constexpr std::string_view handler_name = "redirect-handler";
constexpr std::string_view redirect_prefix = "redirect:";

// The directory itself, asked for without its slash: mod_dir shall add that first.
bool lacks_slash(const Config::Directory& directory, std::string_view filename)
{
    const std::string_view path = directory.path;
    return (directory.options & option_no_slash) == 0 && filename.size() + 1 == path.size()
           && path.starts_with(filename);
}

bool may_follow_links(const Request& request)
{
    constexpr unsigned either = server::option_follow_symlinks | server::option_symlinks_if_owner;
    return (request.scope->core().options & either) != 0;
}

Outcome refuse_options(Request& request)
{
    server::log_event(
        request,
        {.module = "rewrite",
         .apache_id = "AH00670",
         .id = 934,
         .text = request.arena.join(
             "Options FollowSymLinks and SymLinksIfOwnerMatch are both off, so the RewriteRule "
             "directive is also forbidden due to its similar ability to circumvent directory "
             "restrictions : ",
             request.filename)});
    return 403;
}

// A redirect to this directory leads to its base.
void base_redirect(const Config::Directory& directory, Context& context)
{
    Request& request = context.request;
    if (!directory.base) return;
    const size_t slash = request.filename.find('/', scheme_of(request.filename).length);
    if (slash == request.filename.npos || slash + 1 == request.filename.size()) return;
    trace(request, 2, context.directory, "trying to replace prefix ", directory.path, " with ",
          *directory.base);
    const auto path = request.filename.substr(slash + 1);
    const auto prefix = std::string_view(directory.path);
    const auto based = replace_prefix(path, prefix.starts_with('/') ? prefix.substr(1) : prefix,
                                      std::string_view(*directory.base).substr(1), request);
    if (based != path)
        request.filename = context.join(request.filename.substr(0, slash + 1), based);
}

// The URL of a path, as well as it can be known.
std::string_view url_of(const Config::Directory& directory, const Context& context)
{
    const Request& request = context.request;
    auto path = request.filename;
    if (directory.base) {
        trace(request, 2, context.directory, "trying to replace prefix ", directory.path, " with ",
              *directory.base);
        return replace_prefix(path, directory.path, *directory.base, request);
    }
    const auto document_root = request.variable("DOCUMENT_ROOT");
    std::string_view root = document_root;
    if (root.ends_with('/')) root.remove_suffix(1);
    if (path.starts_with(root) && path.substr(root.size()).starts_with('/')) {
        trace(request, 2, context.directory, "strip document_root prefix: ", path, " -> ",
              path.substr(root.size()));
        return path.substr(root.size());
    }
    if ((directory.options & option_ignore_context) != 0) return path;
    const auto context_root = request.variable("CONTEXT_DOCUMENT_ROOT");
    const auto context_prefix = request.variable("CONTEXT_PREFIX");
    if (context_prefix.empty()) return path;
    trace(request, 2, context.directory, "trying to replace context docroot ", context_root,
          " with context prefix ", context_prefix);
    return replace_prefix(path, context_root, context_prefix, request);
}

Outcome go_on_with_path(const Config::Directory& directory, std::string_view old_filename,
                        Context& context)
{
    Request& request = context.request;
    if (!request.filename.starts_with('/')) return 400;
    // Starting again with the same would never end.
    if (request.filename == old_filename) {
        trace(request, 1, context.directory, "initial URL equal rewritten URL: ", request.filename,
              " [IGNORING REWRITE]");
        return Outcome::ok;
    }
    const auto url = url_of(directory, context);
    trace(request, 1, context.directory, "internal redirect with ", url, " [INTERNAL REDIRECT]");
    request.notes.set("redirect-keeps-vary", "");
    request.filename = context.join(redirect_prefix, url);
    request.handler = handler_name;
    return Outcome::ok;
}

} // namespace

Outcome rewrite_in_directory(const Config& config, Request& request, server::Response&)
{
    const auto& directory = config.directory;
    if (lacks_slash(directory, request.filename)) return Outcome::declined;
    if (request.rewriting_ended) {
        trace(request, 8, directory.path, "Declining, no further rewriting due to END flag");
        return Outcome::declined;
    }
    if (!may_follow_links(request)) return refuse_options(request);

    const auto old_filename = request.filename;
    const auto old_query = request.query;
    Context context{.request = request, .config = config, .directory = directory.path};
    const auto result = apply_rules(directory.rules, context);
    if (result.kind == Rewritten::Kind::unchanged) {
        trace(request, 1, directory.path, "pass through ", request.filename);
        request.filename = old_filename;
        return Outcome::declined;
    }
    if (const auto status = refuse_bad_query(result, "AH10411", context)) return *status;
    if (result.kind == Rewritten::Kind::status) return result.status;
    if (request.filename.starts_with(proxy_prefix))
        return hand_to_proxy(request, "AH10160", result.kind == Rewritten::Kind::changed_as_is);
    if (!result.passes_through && is_absolute_uri(request.filename)) {
        base_redirect(directory, context);
        return send_redirect(result, old_query, context);
    }
    return go_on_with_path(directory, old_filename, context);
}

Outcome redirect_internally(const Config&, Request& request, server::Response& response)
{
    if (request.handler != handler_name || !request.filename.starts_with(redirect_prefix))
        return Outcome::declined;
    auto url = request.filename.substr(redirect_prefix.size());
    if (request.query) url = request.arena.join(url, "?", *request.query);
    return server::internal_redirect(request, response, url);
}

} // namespace signet::mod_rewrite
