// mod_auth_basic: asks clients for a name and a password (HTTP Basic, RFC 7617).
//
//     AuthType Basic
//     AuthName "Members only"
//     AuthBasicProvider file            who knows them: file, anon, or aliases; the first that
//     knows AuthUserFile conf/members         the user decides Require valid-user
//
//     AuthBasicAuthoritative Off        an unknown user is left to other modules
//     AuthBasicFake demo secret         a name and password for backends, whoever the client is
//     AuthBasicUseDigestAlgorithm MD5   providers keep MD5 of user:realm:password
//
// The password crosses the network as it is with every request: use it over TLS only. Checking one
// takes a thread some milliseconds (bcrypt more); the right ones are remembered.
// https://httpd.apache.org/docs/2.4/mod/mod_auth_basic.html
#include "base/text.h"
#include "config/expression.h"
#include "modules/list.h"
#include "pki/base64.h"
#include "pki/digest.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"
#include "server/response.h"

#include <openssl/crypto.h>
#include <optional>

namespace signet::mod_auth_basic {
namespace {

using config::allowed_directory, config::override_auth_config;
using server::Authentication, server::AuthenticationSource;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int unknown_provider = 725;
constexpr int bad_fake = 726;
constexpr int bad_algorithm = 727;
constexpr int no_realm = 728;
constexpr int wrong_scheme = 729;
constexpr int wrong_password = 770;
constexpr int unknown_user = 771;

struct Credentials {
    config::Expression user, password;
};

struct Config {
    std::vector<AuthenticationSource> sources;
    std::optional<bool> authoritative;
    bool fake_said = false;
    std::shared_ptr<const Credentials> fake; // null after "off"
    std::optional<bool> uses_digest;
};

Config merge(const Config& outer, const Config& inner)
{
    return {.sources = inner.sources.empty() ? outer.sources : inner.sources,
            .authoritative = inner.authoritative ? inner.authoritative : outer.authoritative,
            .fake_said = inner.fake_said || outer.fake_said,
            .fake = inner.fake_said ? inner.fake : outer.fake,
            .uses_digest = inner.uses_digest ? inner.uses_digest : outer.uses_digest};
}

Result<void> provider(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        auto source = server::find_authentication_source(words.configuration(), words[i]);
        if (!source) {
            return words.refuse(unknown_provider, "Unknown Authn provider: " + words[i],
                                "file, anon, socache, or an alias defined above",
                                "AuthBasicProvider file");
        }
        config.sources.push_back(std::move(*source));
    }
    return {};
}

Result<void> authoritative(Config& config, const Words& words)
{
    config.authoritative = words.on();
    return {};
}

Result<void> fake(Config& config, const Words& words)
{
    config.fake_said = true;
    config.fake = nullptr;
    if (iequals(words[0], "off")) return {};
    auto user = config::Expression::compile_string(words[0]);
    if (!user) {
        return words.refuse(bad_fake,
                            "Could not parse fake username expression '" + words[0]
                                + "': " + user.error().text,
                            "a name, perhaps with %{…} in it");
    }
    auto password = config::Expression::compile_string(words.size() > 1 ? words[1] : "password");
    if (!password) {
        return words.refuse(bad_fake,
                            "Could not parse fake password expression associated to user '"
                                + words[0] + "': " + password.error().text,
                            "a password, perhaps with %{…} in it");
    }
    config.fake =
        std::make_shared<const Credentials>(Credentials{std::move(*user), std::move(*password)});
    return {};
}

Result<void> use_digest_algorithm(Config& config, const Words& words)
{
    const bool md5 = iequals(words[0], "MD5");
    if (!md5 && !iequals(words[0], "Off")) {
        return words.refuse(bad_algorithm,
                            "Invalid algorithm in AuthBasicUseDigestAlgorithm: " + words[0],
                            "MD5 or Off", "AuthBasicUseDigestAlgorithm Off");
    }
    config.uses_digest = md5;
    return {};
}

// What the client says.

void log(const Request& request, std::string_view apache_id, int id, std::string_view text)
{
    server::log_event(request,
                      {.module = "auth_basic", .apache_id = apache_id, .id = id, .text = text});
}

void challenge(const Request& request, Response& response)
{
    response.always_headers.set(
        "WWW-Authenticate", request.arena.join("Basic realm=\"", request.realm.value_or(""), "\""));
}

Outcome ask(const Request& request, Response& response)
{
    challenge(request, response);
    return 401;
}

struct Login {
    std::string_view user;
    std::string_view password;
};

// Nothing: the client has to be asked.
std::optional<Login> login_of(Request& request)
{
    const auto field = request.headers.find("Authorization");
    if (!field) return std::nullopt;
    const size_t space = std::min(field->find(' '), field->size());
    if (!iequals(field->substr(0, space), "Basic")) {
        log(request, "AH01614", wrong_scheme,
            request.arena.join("client used wrong authentication scheme: ", request.uri));
        return std::nullopt;
    }
    const size_t start = std::min(field->find_first_not_of(' ', space), field->size());
    const std::string decoded = pki::decode_base64(field->substr(start));
    // Apache's texts end at a NUL.
    const std::string_view text = std::string_view(decoded).substr(0, decoded.find('\0'));
    const size_t colon = std::min(text.find(':'), text.size());
    const size_t rest = std::min(colon + 1, text.size());
    // An empty name is one, too: it has to have an address.
    return Login{.user = request.arena.join(text.substr(0, colon)),
                 .password = request.arena.copy(text.substr(rest))};
}

// Whether the login is right, by one provider.
Authentication check_with(const AuthenticationSource& source, const Config& config,
                          Request& request, const Login& login)
{
    if (!config.uses_digest.value_or(false)) {
        return source.check(request, login.user, login.password);
    }
    if (!source.provider().find_hash) {
        log(request, "AH02493", bad_algorithm,
            "Authn provider does not support AuthBasicUseDigestAlgorithm");
        return Authentication::failed;
    }
    const std::string_view realm = request.realm.value_or("");
    std::string stored;
    const auto found = source.find_hash(request, login.user, realm, stored);
    if (found != Authentication::granted) return found;
    const std::string given =
        pki::hex_digest("md5", request.arena.join(login.user, ":", realm, ":", login.password));
    const bool same = given.size() == stored.size() && !given.empty()
                      && CRYPTO_memcmp(given.data(), stored.data(), given.size()) == 0;
    return same ? Authentication::granted : Authentication::denied;
}

Authentication check(const Config& config, Request& request, const Login& login)
{
    if (config.sources.empty()) {
        const auto usual = server::find_authentication_source(*request.configuration, "file");
        return usual ? check_with(*usual, config, request, login) : Authentication::failed;
    }
    auto result = Authentication::user_unknown;
    for (const auto& source : config.sources) {
        result = check_with(source, config, request, login);
        if (result != Authentication::user_unknown) break;
    }
    return result;
}

Outcome authenticate(const Config& config, Request& request, Response& response)
{
    if (request.admitted) return Outcome::ok;
    if (!iequals(request.wanted_auth_type, "Basic")) return Outcome::declined;
    if (!request.realm) {
        log(request, "AH01615", no_realm, request.arena.join("need AuthName: ", request.uri));
        return 500;
    }
    request.auth_type = request.wanted_auth_type;
    const auto login = login_of(request);
    if (!login) return ask(request, response);
    request.user = login->user; // for the log also when it is not true
    const auto result = check(config, request, *login);
    if (result == Authentication::granted) return Outcome::ok;
    if (result != Authentication::denied && !config.authoritative.value_or(true))
        return Outcome::declined;
    switch (result) {
    case Authentication::denied:
        log(request, "AH01617", wrong_password,
            request.arena.join("user ", login->user, ": authentication failure for \"", request.uri,
                               "\": Password Mismatch"));
        return ask(request, response);
    case Authentication::user_unknown:
        log(request, "AH01618", unknown_user,
            request.arena.join("user ", login->user, " not found: ", request.uri));
        return ask(request, response);
    default: return 500;
    }
}

// AuthBasicFake.

// The text, or nothing when there is none to send; a status when it could not be evaluated.
struct Evaluated {
    std::optional<std::string> text;
    bool failed = false;
};

Evaluated evaluate(const config::Expression& expression, Request& request, std::string_view what,
                   std::string_view failed_id, std::string_view empty_id)
{
    server::RequestExpression context(request, server::RequestExpression::Vary::untold);
    auto text = expression.string(context);
    if (!text) {
        log(request, failed_id, bad_fake,
            request.arena.join("AuthBasicFake: could not evaluate ", what, " expression for URI '",
                               request.uri, "': ", text.error().text));
        return {.failed = true};
    }
    if (!text->empty()) return {.text = std::move(*text)};
    server::log_event(
        request, {.severity = server::Severity::info,
                  .module = "auth_basic",
                  .apache_id = empty_id,
                  .text = request.arena.join("AuthBasicFake: empty ", what, " expression for URI '",
                                             request.uri, "', ignoring")});
    return {};
}

Outcome send_fake(const Config& config, Request& request, Response&)
{
    const auto user = evaluate(config.fake->user, request, "user", "AH02455", "AH02458");
    if (user.failed) return 500;
    const auto password =
        user.text ? evaluate(config.fake->password, request, "password", "AH02456", "AH02459")
                  : Evaluated{};
    if (password.failed) return 500;
    if (!user.text || !password.text) {
        request.headers.remove("Authorization");
        return Outcome::declined;
    }
    request.headers.set(
        "Authorization",
        request.arena.join("Basic ", pki::encode_base64(*user.text + ":" + *password.text)));
    return Outcome::ok;
}

bool has_fake(const Config& config)
{
    return config.fake != nullptr;
}

constexpr server::Directive<Config> directives[] = {
    {"AuthBasicProvider", Takes::iterate, provider, allowed_directory, override_auth_config,
     "specify the auth providers for a directory or location"},
    {"AuthBasicAuthoritative", Takes::flag, authoritative, allowed_directory, override_auth_config,
     "On or Off"},
    {"AuthBasicFake", Takes::one_or_two, fake, allowed_directory, override_auth_config,
     "off, or a name and a password"},
    {"AuthBasicUseDigestAlgorithm", Takes::one, use_digest_algorithm, allowed_directory,
     override_auth_config, "MD5 or Off"},
};
constexpr server::Hook<Config> hooks[] = {
    // Where it runs at all, mod_authz_core's rules ask for a user: its hooks do not repeat then.
    {server::Phase::authenticate, server::Order::middle, authenticate, nullptr,
     server::repeats_as<Config, server::Repeats::always>},
    {server::Phase::fixup, server::Order::last, send_fake, has_fake},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("auth_basic_module", "mod_auth_basic.c", directives,
                                                hooks);
}

std::vector<server::AuthenticationScheme> schemes()
{
    return {{"Basic", challenge}};
}

} // namespace signet::mod_auth_basic

namespace signet::modules {

server::Module mod_auth_basic()
{
    return mod_auth_basic::module();
}

std::vector<server::AuthenticationScheme> auth_basic_schemes()
{
    return mod_auth_basic::schemes();
}

} // namespace signet::modules
