// Small interfaces through which modules offer each other something, so that no module includes
// another. Each is looked up by name when the configuration is read.
#pragma once
#include "base/result.h"
#include "server/filter_chain.h"
#include "server/words.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tls {
class ClientContext;
}

namespace signet::server {

class Configuration;
class Request;
class Response;
class SectionConfig;
class VirtualHost;

// `Require <name> …`: one kind of authorization rule (mod_authz_core asks, others provide).
enum class Authorization : uint8_t {
    granted,
    denied,
    neutral,
    needs_user, // cannot say before the client has authenticated
};

class AuthorizationRule {
public:
    virtual ~AuthorizationRule() = default;
    [[nodiscard]] virtual Authorization check(Request& request) const = 0;
    // True when it does not look at the request at all.
    [[nodiscard]] virtual bool is_constant() const { return false; }
};

struct AuthorizationProvider {
    std::string_view name; // "ip", "host", "env"
    // The words after the provider's name. Errors are configuration errors.
    Result<std::unique_ptr<AuthorizationRule>> (*parse)(std::span<const std::string> arguments,
                                                        const Words& words);
};

// What a module adds to the status pages (mod_status asks): HTML, "Key: value" lines, members of a
// JSON object with a comma before each, or Prometheus metrics.
enum class StatusForm : uint8_t { html, keys, json, metrics };
using StatusSection = void (*)(const Configuration& configuration, StatusForm form,
                               std::string& out);

// AuthBasicProvider: who knows names and passwords (mod_auth_basic asks, others provide).
enum class Authentication : uint8_t {
    granted,
    denied, // the user is known, the password is another
    user_unknown,
    failed, // said why in the log already
};

struct AuthenticationProvider {
    std::string_view name;   // "file", "anon"
    std::string_view module; // whose configuration `check` and `find_hash` get: "authn_file_module"
    // May wait, on the request's fiber.
    Authentication (*check)(const void* config, Request&, std::string_view user,
                            std::string_view password);
    // Sets the hexadecimal MD5 of "user:realm:password", then granted. Null: not offered.
    Authentication (*find_hash)(const void* config, Request&, std::string_view user,
                                std::string_view realm, std::string& hash);
};

// A provider as AuthBasicProvider names it: itself, or by the alias of an <AuthnProviderAlias> with
// the directives in there.
class AuthenticationSource {
public:
    AuthenticationSource(std::string name, const AuthenticationProvider& provider,
                         std::shared_ptr<const SectionConfig> alias = nullptr)
        : name_(std::move(name))
        , provider_(&provider)
        , alias_(std::move(alias))
    {
    }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const AuthenticationProvider& provider() const { return *provider_; }
    [[nodiscard]] Authentication check(Request& request, std::string_view user,
                                       std::string_view password) const;
    [[nodiscard]] Authentication find_hash(Request& request, std::string_view user,
                                           std::string_view realm, std::string& hash) const;

private:
    std::string name_;
    const AuthenticationProvider* provider_;
    std::shared_ptr<const SectionConfig> alias_;
};

// A provider or an alias that has been read already; names are case-sensitive.
[[nodiscard]] std::optional<AuthenticationSource>
find_authentication_source(const Configuration& configuration, std::string_view name);
// Makes `alias` a name for `base` with the directives of the section.
void add_authentication_alias(Configuration& configuration, const std::string& alias,
                              const AuthenticationSource& base,
                              std::shared_ptr<const SectionConfig> section);

// AuthType: how a client is asked for its name.
struct AuthenticationScheme {
    std::string_view name; // "Basic"
    // Sets WWW-Authenticate.
    void (*challenge)(const Request&, Response&);
};

// mod_authn_socache's side of a provider that knows a hash: keeps it for the next time.
using KeepCredentials = void (*)(Request&, std::string_view provider, std::string_view user,
                                 std::string_view realm, std::string_view hash);

// Who brings a virtual host's certificate (mod_md asks, mod_ssl answers).
enum class CertificateWish : uint8_t {
    none,      // there is no TLS, or its files are named
    missing,   // TLS, and no word about certificates
    automatic, // SSLCertificateFile auto
};
using CertificateWishOf = CertificateWish (*)(const Configuration&, const VirtualHost&);

// TLS towards another server, by the SSLProxy… directives that apply to the request (mod_proxy
// asks, mod_ssl answers). The same context for the same settings. Errors are for the log.
using ProxyTlsOf = Result<std::shared_ptr<const tls::ClientContext>> (*)(const Request&);

// <!--#exec cmd="…" -->: what a command of the shell writes goes to `out` (mod_include asks,
// mod_cgi answers). Runs in the directory of the request's file, with the request's environment.
// Waits.
using RunCommand = Result<void> (*)(Request& request, const std::string& command,
                                    ResponseSink& out);

// The providers compiled in, in modules/list.cpp; handed to the server at start.
struct Providers {
    std::vector<AuthorizationProvider> authorization;
    std::vector<StatusSection> status;
    std::vector<AuthenticationProvider> authentication;
    std::vector<AuthenticationScheme> schemes;
    KeepCredentials keep_credentials = nullptr;
    CertificateWishOf certificate_wish = nullptr;
    ProxyTlsOf proxy_tls = nullptr;
    std::vector<OutputFilterProvider> output_filters;
    RunCommand run_command = nullptr;

    [[nodiscard]] const AuthorizationProvider* find_authorization(std::string_view name) const;
    // A scheme's name compares without case.
    [[nodiscard]] const AuthenticationScheme* find_scheme(std::string_view name) const;
};

} // namespace signet::server
