#include "modules/mod_rewrite/actions.h"

#include "base/text.h"
#include "modules/mod_rewrite/engine.h"
#include "modules/mod_rewrite/trace.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/response.h"

#include <array>
#include <cstdlib>
#include <ctime>

namespace signet::mod_rewrite {
namespace {

constexpr std::string_view type_note = "rewrite-forced-mimetype";
constexpr std::string_view handler_note = "rewrite-forced-handler";

// The parts of CO=name:value:domain[:minutes[:path[:secure[:httponly[:samesite]]]]]; empty parts
// do not count. A ";" in front separates by that instead.
std::array<std::string_view, 8> split_cookie(std::string_view text)
{
    std::array<std::string_view, 8> parts{};
    char separator = ':';
    if (text.starts_with(';')) {
        separator = ';';
        text.remove_prefix(1);
    }
    for (auto& part : parts) {
        while (text.starts_with(separator)) text.remove_prefix(1);
        part = text.substr(0, text.find(separator));
        text.remove_prefix(part.size());
    }
    return parts;
}

std::string expiry(std::string_view minutes, int64_t now_micros)
{
    const long count = std::strtol(std::string(minutes).c_str(), nullptr, 10);
    if (count == 0) return {};
    const auto seconds = static_cast<time_t>(now_micros / 1'000'000 + 60 * int64_t{count});
    tm parts{};
    if (!::gmtime_r(&seconds, &parts)) return {};
    std::array<char, 64> text{};
    return {text.data(),
            std::strftime(text.data(), text.size(), "; expires=%a, %d-%b-%Y %H:%M:%S GMT", &parts)};
}

bool is_yes(std::string_view word, std::string_view own_name)
{
    return iequals(word, "true") || word == "1" || iequals(word, own_name);
}

std::string make_cookie(const std::array<std::string_view, 8>& parts, int64_t now_micros)
{
    const auto& [name, value, domain, minutes, path, secure, http_only, same_site] = parts;
    std::string cookie(name);
    cookie.append("=").append(value);
    cookie.append("; path=").append(path.empty() ? "/" : path);
    cookie.append("; domain=").append(domain);
    cookie.append(expiry(minutes, now_micros));
    if (is_yes(secure, "secure")) cookie.append("; secure");
    if (is_yes(http_only, "HttpOnly")) cookie.append("; HttpOnly");
    if (!same_site.empty() && same_site != "0" && !iequals(same_site, "false"))
        cookie.append("; SameSite=").append(same_site);
    return cookie;
}

// A rule that matches again (after an internal redirect, or in a look-up) sets it only once.
bool has_cookie(const server::Response& response, std::string_view name)
{
    for (const auto& [field, value] : response.always_headers) {
        if (iequals(field, "Set-Cookie") && value.starts_with(name)
            && value.substr(name.size()).starts_with('=')) {
            return true;
        }
    }
    return false;
}

void set_cookie(std::string_view text, Context& context)
{
    const auto parts = split_cookie(text);
    if (parts[2].empty()) return; // name, value and domain are required
    server::Request* request = &context.request;
    while (request->parent) request = request->parent;
    server::Response& response = *request->response;
    if (has_cookie(response, parts[0])) {
        trace(*request, 5, "", "skipping already set cookie '", parts[0], "'");
        return;
    }
    const auto cookie = context.join(make_cookie(parts, request->start_micros));
    response.always_headers.add("Set-Cookie", cookie);
    trace(*request, 5, "", "setting cookie '", cookie, "'");
}

void remember(std::string_view text, std::string_view note, std::string_view kind, const Rule& rule,
              Context& context)
{
    if (text.empty()) return;
    const auto value = context.join(lowercase(expand(text, context, &rule)));
    if (value.empty()) return;
    trace(context.request, 2, context.directory, "remember ", context.request.filename, " to have ",
          kind, " '", value, "'");
    context.request.notes.set(note, value);
}

} // namespace

void set_variables(const Rule& rule, Context& context)
{
    auto& request = context.request;
    for (const auto& text : rule.variables) {
        const auto assignment = context.join(expand(text, context));
        if (assignment.starts_with('!')) {
            const auto name = assignment.substr(1);
            request.env.remove(name);
            trace(request, 5, "", "unsetting env variable '", name, "'");
            continue;
        }
        const size_t colon = assignment.find(':');
        const auto name = assignment.substr(0, colon);
        const auto value =
            colon == assignment.npos ? std::string_view{} : assignment.substr(colon + 1);
        request.env.set(name, value);
        trace(request, 5, "", "setting env variable '", name, "' to '", value, "'");
    }
}

void set_cookies(const Rule& rule, Context& context)
{
    for (const auto& text : rule.cookies) set_cookie(expand(text, context), context);
}

void remember_type(const Rule& rule, Context& context)
{
    remember(rule.media_type, type_note, "MIME-type", rule, context);
    remember(rule.handler, handler_note, "Content-handler", rule, context);
}

server::Outcome force_type(const Config&, server::Request& request, server::Response& response)
{
    if (const auto type = request.notes.find(type_note)) {
        trace(request, 1, "", "force filename ", request.filename, " to have MIME-type '", *type,
              "'");
        response.content_type = *type;
    }
    if (const auto handler = request.notes.find(handler_note)) {
        trace(request, 1, "", "force filename ", request.filename, " to have the Content-handler '",
              *handler, "'");
        request.handler = *handler;
    }
    return server::Outcome::ok;
}

namespace {

bool has_proxy(const server::Configuration& configuration)
{
    return !configuration.names_modules || configuration.reading.loaded_modules.contains("proxy");
}

server::Outcome refuse_proxy(server::Request& request, std::string_view apache_id)
{
    server::log_event(request,
                      {.module = "rewrite",
                       .apache_id = apache_id,
                       .id = 745,
                       .text = request.arena.join("attempt to make remote request from mod_rewrite "
                                                  "without proxy enabled: ",
                                                  request.filename)});
    return 403;
}

} // namespace

server::Outcome hand_to_proxy(server::Request& request, std::string_view apache_id, bool as_it_is)
{
    if (!has_proxy(*request.configuration)) return refuse_proxy(request, apache_id);
    if (as_it_is) request.notes.set("proxy-nocanon", "1");
    request.handler = "proxy-server";
    trace(request, 1, "", "go-ahead with proxy request ", request.filename, " [OK]");
    return server::Outcome::ok;
}

} // namespace signet::mod_rewrite
