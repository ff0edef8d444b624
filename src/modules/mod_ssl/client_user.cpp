// The client's certificate as its name: FakeBasicAuth, SSLUserName, and what StrictRequire adds.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#ssloptions
#include "base/text.h"
#include "modules/mod_ssl/config.h"
#include "pki/base64.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/response.h"
#include "tls/facts.h"
#include "tls/stream.h"

namespace signet::mod_ssl {
namespace {

using server::Outcome;
using server::Request;
using server::Response;
using server::Severity;

constexpr int spoof = 663;
constexpr int no_user_name = 664;

// Nobody gets in by typing a certificate's subject and the password that stands for it.
// Returns the name, or nothing.
std::optional<std::string> spoofed_name(const Request& request)
{
    // Read exactly as mod_auth_basic reads it, or the guard would have a gap.
    const auto field = request.headers.find("Authorization");
    if (!field || !istarts_with(*field, "Basic ")) return std::nullopt;
    const size_t start = std::min(field->find_first_not_of(' ', 5), field->size());
    std::string login = pki::decode_base64(field->substr(start));
    login.resize(std::min(login.find('\0'), login.size()));
    const size_t colon = std::min(login.find(':'), login.size());
    if (!login.starts_with('/') || std::string_view(login).substr(colon) != ":password")
        return std::nullopt;
    return login.substr(0, colon);
}

} // namespace

Outcome stay_forbidden(const Config& config, Request& request, Response&)
{
    const bool strict = (config.effective_options() & strict_require) != 0;
    return strict && request.notes.has("ssl-access-forbidden") ? Outcome(403) : Outcome::declined;
}

Outcome fake_basic_authentication(const Config& config, Request& request, Response& response)
{
    if (const auto forbidden = stay_forbidden(config, request, response); forbidden.is_status())
        return forbidden;
    if (request.parent || request.previous) return Outcome::declined;
    if (const auto name = spoofed_name(request)) {
        log_event(request,
                  {.severity = Severity::error,
                   .module = "ssl",
                   .apache_id = "AH02035",
                   .id = spoof,
                   .text = request.arena.join("Encountered FakeBasicAuth spoof: ", *name)});
        return 403;
    }
    if ((config.effective_options() & fake_basic_auth) == 0) return Outcome::declined;
    const auto* stream = request.peer->tls;
    if (!stream || !stream->client().certificate || request.user.data()) return Outcome::declined;
    const std::string name = tls::subject_line(stream->client());
    const auto field = request.arena.join("Basic ", pki::encode_base64(name + ":password"));
    request.headers.set("Authorization", field);
    log_event(request, {.severity = Severity::info, .module = "ssl", .apache_id = "AH02036"},
              "Faking HTTP Basic Auth header: \"Authorization: ", field, "\"");
    return Outcome::declined;
}

Outcome name_user(const Config& config, Request& request, Response&)
{
    const bool is_faked = (config.effective_options() & fake_basic_auth) != 0;
    if (!request.peer->tls || is_faked) return Outcome::declined;
    const std::string value = request.variable(config.user_name);
    if (value.empty()) {
        log_event(request, {.severity = Severity::warn,
                            .module = "ssl",
                            .apache_id = "AH02227",
                            .id = no_user_name,
                            .text = request.arena.join("Failed to set r->user to '",
                                                       config.user_name, "'")});
        return Outcome::declined;
    }
    request.user = request.arena.copy(value);
    return Outcome::declined;
}

} // namespace signet::mod_ssl
