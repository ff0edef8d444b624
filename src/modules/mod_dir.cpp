// mod_dir: what a request for a directory gets.
//
//     DirectoryIndex index.html index.php /error/index.html     the first that exists is served
//     DirectorySlash On                      "/docs" is redirected to "/docs/"
//     DirectoryIndexRedirect permanent       the index is not served, but redirected to
//     FallbackResource /index.php            serves whatever does not exist (front controllers)
//     DirectoryCheckHandler On               directories with a handler of their own are left alone
//
// https://httpd.apache.org/docs/2.4/mod/mod_dir.html
#include "base/text.h"
#include "http/uri.h"
#include "modules/list.h"
#include "server/request.h"
#include "server/response.h"
#include "server/subrequest.h"

#include <optional>

namespace signet::mod_dir {
namespace {

using config::allowed_everywhere, config::override_indexes;
using server::FileInfo, server::Outcome, server::Request, server::Response, server::Takes;
using server::Words;

constexpr int bad_index_redirect = 630;
constexpr std::string_view directory_type = "httpd/unix-directory";

struct Config {
    std::optional<std::vector<std::string>> index_names;
    std::optional<bool> slash;
    std::optional<bool> check_handler;
    std::optional<int> index_redirect;   // 0: serve it
    std::optional<std::string> fallback; // "": disabled
};

Config merge(const Config& outer, const Config& inner)
{
    return {
        .index_names = inner.index_names ? inner.index_names : outer.index_names,
        .slash = inner.slash ? inner.slash : outer.slash,
        .check_handler = inner.check_handler ? inner.check_handler : outer.check_handler,
        .index_redirect = inner.index_redirect ? inner.index_redirect : outer.index_redirect,
        .fallback = inner.fallback ? inner.fallback : outer.fallback,
    };
}

// "disabled" alone forgets what was said before; among other names it is a name.
Result<void> directory_index(Config& config, const Words& words)
{
    if (!config.index_names) config.index_names.emplace();
    if (words.size() == 1 && iequals(words[0], "disabled")) {
        config.index_names->clear();
        return {};
    }
    for (size_t i = 0; i < words.size(); ++i) config.index_names->push_back(words[i]);
    return {};
}

Result<void> directory_slash(Config& config, const Words& words)
{
    config.slash = words.on();
    return {};
}

Result<void> directory_check_handler(Config& config, const Words& words)
{
    config.check_handler = words.on();
    return {};
}

Result<void> directory_index_redirect(Config& config, const Words& words)
{
    struct Named {
        std::string_view name;
        int status;
    };
    static constexpr Named known[] = {
        {"on", 302}, {"off", 0}, {"permanent", 301}, {"temp", 302}, {"seeother", 303}};
    for (const auto& [name, status] : known) {
        if (!iequals(words[0], name)) continue;
        config.index_redirect = status;
        return {};
    }
    const auto status = parse_number<int>(words[0]);
    if (!status) {
        return words.refuse(
            bad_index_redirect, "DirectoryIndexRedirect ON|OFF|permanent|temp|seeother|3xx",
            "on, off, permanent, temp, seeother or a number", "DirectoryIndexRedirect on");
    }
    if (*status < 300 || *status > 399) {
        return words.refuse(bad_index_redirect,
                            "DirectoryIndexRedirect only accepts values between 300 and 399",
                            "a redirect's status", "DirectoryIndexRedirect 303");
    }
    config.index_redirect = *status;
    return {};
}

Result<void> fallback_resource(Config& config, const Words& words)
{
    config.fallback = iequals(words[0], "disabled") ? "" : words[0];
    return {};
}

bool is_redirect(int status)
{
    return status >= 300 && status < 400 && status != 304;
}

bool is_servable(const Request& found)
{
    return found.response->status == 200
           && (found.file.type == FileInfo::Type::regular || found.handler == "proxy-server");
}

std::string_view with_query(const Request& request, std::string_view uri)
{
    return request.query ? request.arena.join(uri, "?", *request.query) : uri;
}

// The look-up ended with a redirect or the like: the client gets that.
Outcome pass_on(const Request& found, Response& response)
{
    for (const auto& field : found.response->headers) response.headers.set(field.name, field.value);
    for (const auto& field : found.response->always_headers) {
        response.always_headers.set(field.name, field.value);
    }
    return found.response->status;
}

Outcome add_slash(Request& request, Response& response)
{
    // Some WebDAV clients cannot follow a redirect of anything but GET.
    if (request.method != http::Method::get && request.env.has("redirect-carefully")) {
        return Outcome::declined;
    }
    const auto escaped = http::escape_path(request.uri, request.arena);
    const auto target = with_query(request, request.arena.join(escaped, "/"));
    response.headers.set("Location", request.arena.copy(request.absolute_url(target)));
    return 301;
}

Outcome fall_back(const Config& config, Request& request, Response& response)
{
    if (!config.fallback || config.fallback->empty()) return Outcome::declined;
    if (request.filename.starts_with("proxy:")) return Outcome::declined; // another server's
    Request* found = server::lookup(request, with_query(request, *config.fallback));
    if (is_servable(*found)) return server::redirect_to(request, response, *found);
    const int status = found->response->status;
    if (is_redirect(status)) return pass_on(*found, response);
    // A fallback that is missing looks for itself until look-ups are nested too deeply: 500.
    return status == 404 || status == 200 ? Outcome::declined : Outcome(status);
}

Outcome serve_index(const Config& config, Request& request, Response& response)
{
    static const std::vector<std::string> usual{"index.html"};
    const auto& names = config.index_names ? *config.index_names : usual;
    const int redirect = config.index_redirect.value_or(0);
    int problem = 0;
    for (const auto& name : names) {
        Request* found = server::lookup(request, with_query(request, name));
        const int status = found->response->status;
        if (is_servable(*found)) {
            if (redirect == 0) return server::redirect_to(request, response, *found);
            const auto target = http::escape_path(found->uri, request.arena);
            response.headers.set("Location", request.arena.copy(request.absolute_url(target)));
            return redirect;
        }
        const bool last_word = names.size() == 1 && (status == 406 || status == 401);
        if (is_redirect(status) || last_word) return pass_on(*found, response);
        // A listing must not show what an index that may not be read was to hide.
        if (status != 404 && status != 200) problem = status;
    }
    // What was tried: mod_autoindex names it when it may not list the directory.
    std::string tried;
    for (const auto& name : names) tried.append(tried.empty() ? "" : ",").append(name);
    request.notes.set("dir-index-names", request.arena.copy(tried));
    // FallbackResource is what a missing index itself falls back to: not without any index.
    return problem != 0 ? Outcome(problem) : Outcome::declined;
}

Outcome find_resource(const Config& config, Request& request, Response& response)
{
    if (request.file.type == FileInfo::Type::none) {
        return request.handler.empty() ? fall_back(config, request, response) : Outcome::declined;
    }
    if (request.file.type != FileInfo::Type::directory) return Outcome::declined;
    if (request.handler.empty()) request.handler = directory_type;
    if (!request.path_info.empty()) return Outcome::declined;
    if (!request.uri.ends_with('/')) {
        return config.slash.value_or(true) ? add_slash(request, response) : Outcome::declined;
    }
    // Rewrite rules have made another URL of it: that is what will be asked for.
    if (request.handler == "redirect-handler") return Outcome::declined;
    if (request.handler != directory_type && config.check_handler.value_or(false))
        return Outcome::declined;
    return serve_index(config, request, response);
}

constexpr server::Directive<Config> directives[] = {
    {"DirectoryIndex", Takes::raw, directory_index, allowed_everywhere, override_indexes,
     "local URLs, or disabled"},
    {"DirectorySlash", Takes::flag, directory_slash, allowed_everywhere, override_indexes,
     "On or Off"},
    {"DirectoryCheckHandler", Takes::flag, directory_check_handler, allowed_everywhere,
     override_indexes, "On or Off"},
    {"DirectoryIndexRedirect", Takes::one, directory_index_redirect, allowed_everywhere,
     override_indexes, "on, off, permanent, temp, seeother or a redirect's status"},
    {"FallbackResource", Takes::one, fallback_resource, allowed_everywhere, override_indexes,
     "a local URL, or disabled"},
};
constexpr server::Hook<Config> hooks[] = {
    // Nothing is kept of directories and of what another request continues as.
    {server::Phase::fixup, server::Order::last, find_resource, nullptr,
     server::repeats_as<Config, server::Repeats::always>},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("dir_module", "mod_dir.c", directives, hooks);
}

} // namespace signet::mod_dir

namespace signet::modules {

server::Module mod_dir()
{
    return mod_dir::module();
}

} // namespace signet::modules
