// Rules of a server or virtual host: they act on the URI, before there is a filename.
#include "base/text.h"
#include "modules/mod_rewrite/actions.h"
#include "modules/mod_rewrite/engine.h"
#include "modules/mod_rewrite/trace.h"
#include "modules/mod_rewrite/uris.h"
#include "server/core_config.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/subrequest.h"

#include <array>
#include <pwd.h>
#include <sys/stat.h>

namespace signet::mod_rewrite {
namespace {

using server::Outcome, server::Request;

// SCRIPT_URL is the URL-path the client asked for, whatever has become of it; SCRIPT_URI with the
// server in front.
void set_script_variables(Request& request)
{
    std::string_view url = request.uri;
    if (request.parent) {
        url = request.parent->env.find("SCRIPT_URL").value_or("");
    } else if (const auto earlier = request.env.find("REDIRECT_SCRIPT_URL")) {
        url = *earlier;
    }
    request.env.set("SCRIPT_URL", url);
    request.env.set("SCRIPT_URI", request.arena.copy(request.absolute_url(url)));
}

// "/~user/x": the user's home directory and the rest.
std::string_view expand_home(std::string_view path, Arena& arena)
{
    if (!path.starts_with("/~") || path.size() < 3 || path[2] == '/') return path;
    const size_t end = std::min(path.find('/', 2), path.size());
    const std::string user(path.substr(2, end - 2));
    std::array<char, 4096> space{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(user.c_str(), &entry, space.data(), space.size(), &found) != 0 || !found)
        return path;
    return arena.join(std::string_view(found->pw_dir), path.substr(end));
}

bool begins_with(std::string_view text, std::string_view beginning, const Request& request)
{
    const bool result = text.starts_with(beginning);
    trace(request, 5, "", "prefix_stat startsWith(", text, ", ", beginning, ") ",
          result ? "1" : "0");
    return result;
}

// Is it a path of the file system, as its first part exists there? Since 2.4.60 that part must be
// the administrator's words, not the client's, or the path be below the document root.
bool is_file_system_path(std::string_view path, const Rewritten& result, const Request& request)
{
    const auto rest = path.substr(std::min(path.find_first_not_of('/'), path.size()));
    const auto first = request.arena.join("/", rest.substr(0, rest.find('/')));
    struct stat facts {};
    if (::stat(std::string(first).c_str(), &facts) != 0) return false;
    const Rule* rule = result.last_substitution;
    if (!rule) {
        trace(request, 3, "", "prefix_stat no lastsub subst prefix ", first);
        return true;
    }
    trace(request, 3, "", "prefix_stat compare statpath ", first, " and lastsub output ",
          rule->output, " STATOK ", rule->allows_any_prefix ? "1" : "0", " ");
    if (rule->allows_any_prefix) return true;
    const auto root = request.variable("DOCUMENT_ROOT");
    return begins_with(rule->output, first, request) || begins_with(path, root, request);
}

// Without dot segments and doubled slashes. Nothing when it leads above the root.
std::optional<std::string_view> resolve(std::string_view path, Arena& arena)
{
    std::string out;
    for (size_t at = 0; at < path.size();) {
        const size_t end = std::min(path.find('/', at + 1), path.size());
        const auto segment = path.substr(at + 1, end - at - 1);
        const bool is_last = end == path.size();
        at = end;
        if (segment.empty() || segment == "." || segment == "..") {
            if (segment == "..") {
                if (out.empty()) return std::nullopt;
                out.resize(out.rfind('/'));
            }
            if (is_last) out += '/';
        } else {
            out.append("/").append(segment);
        }
    }
    return arena.copy(out.empty() ? "/" : out);
}

// Where the path leads, below `root` ("" for a path of the file system).
Outcome set_filename(std::string_view root, std::string_view path, Request& request)
{
    const auto resolved = resolve(path, request.arena);
    if (!resolved) return 403;
    if (root.ends_with('/')) root.remove_suffix(1);
    request.filename = request.arena.join(root, *resolved);
    return Outcome::ok;
}

Outcome go_on_with_uri(const Config& config, const Rewritten& result, Request& request)
{
    auto path = expand_home(request.filename, request.arena);
    trace(request, 2, "", "local path result: ", path);
    if (!path.starts_with('/')) return 400;
    const bool legacy = (config.server.options & option_legacy_prefix) != 0;
    const bool is_reduced = result.was_reduced && !legacy;
    const bool is_path = is_file_system_path(path, result, request) && !is_reduced;
    const auto root = is_path ? std::string() : request.variable("DOCUMENT_ROOT");
    if (set_filename(root, path, request) != Outcome::ok) {
        if (!is_path) trace(request, 1, "", "prefixing with document_root of ", path, " FAILED");
        return 403;
    }
    if (!is_path) trace(request, 2, "", "prefixed with document_root to ", request.filename);
    trace(request, 1, "", "go-ahead with ", request.filename, " [OK]");
    return Outcome::ok;
}

Outcome go_on(const Config& config, const Rewritten& result,
              std::optional<std::string_view> old_query, Context& context)
{
    Request& request = context.request;
    if (result.kind == Rewritten::Kind::unchanged) {
        trace(request, 1, "", "pass through ", request.filename);
        request.filename = {};
        return Outcome::declined;
    }
    if (const auto status = refuse_bad_query(result, "AH10410", context)) return *status;
    if (result.kind == Rewritten::Kind::status) return result.status;
    if (result.passes_through) {
        request.uri = std::exchange(request.filename, {});
        return Outcome::declined;
    }
    if (request.filename.starts_with(proxy_prefix))
        return hand_to_proxy(request, "AH00669", result.kind == Rewritten::Kind::changed_as_is);
    if (is_absolute_uri(request.filename)) return send_redirect(result, old_query, context);
    return go_on_with_uri(config, result, request);
}

} // namespace

Outcome rewrite_in_server(const Config& config, Request& request, server::Response&)
{
    if (request.rewriting_ended) {
        trace(request, 8, "", "Declining, no further rewriting due to END flag");
        return Outcome::declined;
    }
    const auto& part = server_part(config, request);
    const bool any_uri = (part.options & option_any_uri) != 0;
    if (!any_uri && (request.unparsed_uri == "*" || !request.uri.starts_with('/'))) {
        trace(request, 8, "", "Declining, request-URI '", request.uri,
              "' is not a URL-path. Consult the manual entry for the RewriteOptions directive for "
              "options and caveats about matching other strings.");
        return Outcome::declined;
    }
    set_script_variables(request);
    if (request.filename.empty()) {
        request.filename = request.uri;
        trace(request, 2, "", "init rewrite engine with requested uri ", request.filename);
    } else {
        trace(request, 2, "", "init rewrite engine with passed filename ", request.filename,
              ". Original uri = ", request.uri);
    }
    const auto old_query = request.query;
    Context context{.request = request, .config = config};
    const auto result = apply_rules(part.rules, context);
    return go_on(config, result, old_query, context);
}

} // namespace signet::mod_rewrite
