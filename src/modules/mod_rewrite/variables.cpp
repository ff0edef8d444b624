#include "modules/mod_rewrite/variables.h"

#include "base/text.h"
#include "modules/mod_rewrite/trace.h"
#include "server/response.h"
#include "server/subrequest.h"

#include <array>
#include <cstdlib>
#include <ctime>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

namespace signet::mod_rewrite {
namespace {

using server::Request;

// A request field; the answer depends on it, and says so in Vary if the condition holds.
std::string field(std::string_view name, Context& context)
{
    const auto value = context.request.headers.find(name);
    if (!value) return {};
    if (!iequals(name, "Host")) { // part of what a cache knows the answer by
        context.vary_this =
            context.join(context.vary_this, context.vary_this.empty() ? "" : ", ", name);
    }
    return std::string(*value);
}

std::string environment(std::string_view name, const Request& request)
{
    if (const auto note = request.notes.find(name)) return std::string(*note);
    if (const auto value = request.env.find(name)) return std::string(*value);
    const char* value = std::getenv(std::string(name).c_str());
    return value ? value : "";
}

// Of the file, or of the directory that it would be in.
std::string owner_name(const Request& request, bool of_group)
{
    if (!request.path) return "<unknown>"; // in a server's rules
    auto owner = request.file.owner;
    auto group_id = request.file.group;
    struct stat facts {};
    if (request.file.type == server::FileInfo::Type::none
        && ::stat(std::string(request.filename.substr(0, request.filename.rfind('/') + 1)).c_str(),
                  &facts)
               == 0) {
        owner = facts.st_uid;
        group_id = facts.st_gid;
    }
    std::array<char, 4096> space{};
    if (of_group) {
        struct group entry {};
        struct group* found = nullptr;
        ::getgrgid_r(group_id, &entry, space.data(), space.size(), &found);
        return found ? found->gr_name : "";
    }
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(owner, &entry, space.data(), space.size(), &found);
    return found ? found->pw_name : "";
}

std::string now(const char* format)
{
    const time_t seconds = ::time(nullptr);
    tm parts{};
    ::localtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::string logged(std::string_view label, std::string value, const Context& context)
{
    trace(context.request, 1, context.directory, label, "='", value, "'");
    return value;
}

struct Variable {
    std::string_view name;
    std::string (*compute)(Context& context);
};

// Those that have another value than in expressions; the rest is in `shared`.
// clang-format off
constexpr Variable variables[] = {
    {"HTTP_ACCEPT",           [](Context& c) { return field("Accept", c); }},
    {"HTTP_COOKIE",           [](Context& c) { return field("Cookie", c); }},
    {"HTTP_FORWARDED",        [](Context& c) { return field("Forwarded", c); }},
    {"HTTP_HOST",             [](Context& c) { return field("Host", c); }},
    {"HTTP_PROXY_CONNECTION", [](Context& c) { return field("Proxy-Connection", c); }},
    {"HTTP_REFERER",          [](Context& c) { return field("Referer", c); }},
    {"HTTP_USER_AGENT",       [](Context& c) { return field("User-Agent", c); }},
    {"API_VERSION",           [](Context&) { return std::string("20120211:142"); }},
    {"REQUEST_SCHEME",        [](Context& c) { return std::string(c.request.uses_https() ? "https" : "http"); }},
    {"SERVER_PROTOCOL",       [](Context& c) { return c.request.parent ? std::string("INCLUDED") : c.request.variable("SERVER_PROTOCOL"); }},
    {"SCRIPT_USER",           [](Context& c) { return owner_name(c.request, false); }},
    {"SCRIPT_GROUP",          [](Context& c) { return owner_name(c.request, true); }},
    {"IPV6",                  [](Context& c) { return logged("IPV6", c.request.client().is_v6() ? "on" : "off", c); }},
    {"TIME",                  [](Context& c) { return logged("RESULT", now("%Y%m%d%H%M%S"), c); }},
    {"TIME_YEAR",             [](Context&) { return now("%Y"); }},
    {"TIME_MON",              [](Context&) { return now("%m"); }},
    {"TIME_DAY",              [](Context&) { return now("%d"); }},
    {"TIME_HOUR",             [](Context&) { return now("%H"); }},
    {"TIME_MIN",              [](Context&) { return now("%M"); }},
    {"TIME_SEC",              [](Context&) { return now("%S"); }},
    {"TIME_WDAY",             [](Context&) { return now("%w"); }},
};
// clang-format on
constexpr std::string_view shared[] = {
    "AUTH_TYPE",       "CONN_REMOTE_ADDR", "CONTEXT_DOCUMENT_ROOT",
    "CONTEXT_PREFIX",  "DOCUMENT_ROOT",    "HTTPS",
    "IS_SUBREQ",       "PATH_INFO",        "QUERY_STRING",
    "REMOTE_ADDR",     "REMOTE_IDENT",     "REMOTE_PORT",
    "REMOTE_USER",     "REQUEST_FILENAME", "REQUEST_METHOD",
    "REQUEST_URI",     "SCRIPT_FILENAME",  "SERVER_ADDR",
    "SERVER_ADMIN",    "SERVER_NAME",      "SERVER_PORT",
    "SERVER_SOFTWARE", "REMOTE_HOST",      "THE_REQUEST",
};

std::string look_ahead(std::string_view name, std::string_view path, Request* found,
                       Context& context)
{
    Context ahead{.request = *found, .config = context.config, .directory = context.directory};
    auto value = look_up_variable(name, ahead);
    trace(context.request, 5, context.directory, "lookahead: path=", path, " var=", name,
          " -> val=", value);
    return value;
}

// LA-U: what the variable would be after all phases of a request for the URL.
std::string look_ahead_by_url(std::string_view name, Context& context)
{
    if (!may_look_ahead(context.request)) return {};
    auto path = context.url;
    if (context.is_per_directory() && !path.starts_with('/')) {
        const auto& directory = context.config.directory;
        path = context.join(directory.base ? std::string_view(*directory.base)
                                           : std::string_view(directory.path),
                            path);
    }
    return look_ahead(name, path, server::lookup(context.request, path), context);
}

// LA-F: the same for the file.
std::string look_ahead_by_file(std::string_view name, Context& context)
{
    if (!may_look_ahead(context.request)) return {};
    const auto path = context.url;
    if (context.is_per_directory() && path.starts_with('/')) {
        return look_ahead(name, path, server::lookup(context.request, path), context);
    }
    const auto file = context.join(context.directory, path);
    return look_ahead(name, file, server::lookup_file(context.request, file), context);
}

} // namespace

bool may_look_ahead(const Request& request)
{
    return !request.parent || request.parent->uri != request.uri;
}

std::string look_up_variable(std::string_view name, Context& context)
{
    if (name.size() > 4 && name[3] == ':') {
        const auto rest = name.substr(4);
        if (istarts_with(name, "ENV")) return environment(rest, context.request);
        if (istarts_with(name, "SSL")) return context.request.variable(rest);
        return {};
    }
    if (name.size() > 5 && name[4] == ':') {
        const auto rest = name.substr(5);
        if (istarts_with(name, "HTTP")) return field(rest, context);
        if (istarts_with(name, "LA-U")) return look_ahead_by_url(rest, context);
        if (istarts_with(name, "LA-F")) return look_ahead_by_file(rest, context);
        return {};
    }
    for (const auto& variable : variables) {
        if (iequals(variable.name, name)) return variable.compute(context);
    }
    for (const auto known : shared) {
        if (iequals(known, name)) return context.request.variable(known);
    }
    return {};
}

} // namespace signet::mod_rewrite
