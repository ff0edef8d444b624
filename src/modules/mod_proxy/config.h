// What ProxyPass and its kin say. Internal to mod_proxy.
#pragma once
#include "config/expression.h"
#include "config/regex.h"
#include "modules/mod_proxy/backend.h"
#include "net/address.h"
#include "server/module.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signet::mod_proxy {

// One ProxyPass or ProxyPassMatch: where requests below a path, or of a pattern, go.
struct Pass {
    std::string path; // of the URI; of a pattern: as written
    std::shared_ptr<const config::Regex> pattern{};
    std::string url;           // of the backend, "!" for none
    bool raw = false;          // nocanon: the path as the client escaped it
    bool interpolated = false; // ${VARIABLE} in the URL

    [[nodiscard]] bool excludes() const { return url == "!"; }
};

// ProxyPassReverse, …CookieDomain, …CookiePath: what is inside becomes what is outside.
struct Mapping {
    std::string inside;
    std::string outside;
    bool interpolated = false;
};

// ProxyFCGISetEnvIf: under a condition a variable is set, or not passed on.
struct VariableRule {
    std::shared_ptr<const config::Expression> condition;
    std::string name;
    bool removes = false;
    std::shared_ptr<const config::Expression> value{}; // null: nothing, an empty text
};

enum class Via : uint8_t { off, on, full, block };
enum class BadHeader : uint8_t { is_error, ignore, start_body };

struct Config {
    std::vector<Pass> passes;
    std::vector<Mapping> reverses, cookie_domains, cookie_paths;
    std::vector<Backend> backends;
    std::vector<Balancer> balancers;
    std::vector<VariableRule> variables;
    std::optional<milliseconds> timeout; // ProxyTimeout
    std::optional<bool> preserve_host, add_headers, inherits_passes, interpolates, continues;
    std::optional<bool> overrides_errors;
    std::vector<int> overridden; // which; empty: all of 400 and above
    std::optional<Via> via;
    std::optional<BadHeader> bad_header;
    std::optional<int> max_forwards;
    std::optional<bool> generic_fcgi; // ProxyFCGIBackendType GENERIC
    std::optional<net::Address> source;
};

// What <Proxy> sections say of backends, for requests that such a section is not merged into: a
// handler is known too late for that. One for the whole server.
struct Defined {
    std::vector<Backend> backends;
    std::vector<Balancer> balancers;
};

// The backend whose URL `url` (without socket) begins with, on this Unix socket ("": none): the
// longest one. Null when no directive names one.
[[nodiscard]] const Backend* find_backend(const Config& config, const server::Request& request,
                                          std::string_view url, std::string_view socket);
// The balancer of "balancer://name/…"; one without members where nothing else is known.
[[nodiscard]] const Balancer* find_balancer(const Config& config, const server::Request& request,
                                            std::string_view url);

[[nodiscard]] Config merge(const Config& outer, const Config& inner);

// How many characters of the URI the path covers; 0 when it does not match. Where the path ends
// without a slash, only whole segments match.
[[nodiscard]] size_t covered(std::string_view path, std::string_view uri);

// Where a directive of mod_proxy may stand: everywhere but in .htaccess.
inline constexpr uint8_t allowed_but_htaccess = 7;
extern const std::span<const server::Directive<Config>> directives;
// Of passes.cpp and backends.cpp.
[[nodiscard]] Result<void> proxy_pass(Config& config, const server::Words& words);
[[nodiscard]] Result<void> proxy_pass_match(Config& config, const server::Words& words);
[[nodiscard]] Result<void> proxy_pass_reverse(Config& config, const server::Words& words);
[[nodiscard]] Result<void> balancer_member(Config& config, const server::Words& words);
[[nodiscard]] Result<void> proxy_set(Config& config, const server::Words& words);
// Adds the backend or balancer that `url` names, if it is new, and reads words from `next` on.
[[nodiscard]] Result<void> define_backend(Config& config, const std::string& url,
                                          const server::Words& words, size_t next,
                                          const std::string& opening);

// Catalogue ids (diagnosis/module_entries.cpp).
inline constexpr int parameter_without_effect = 624;
inline constexpr int cannot_connect = 625;
inline constexpr int bad_answer = 626;
inline constexpr int name_unknown = 628;
inline constexpr int scheme_unknown = 855;
inline constexpr int backend_rests = 856;
inline constexpr int no_member_left = 857;
inline constexpr int forward_proxy = 859;
inline constexpr int slash_mismatch = 860;
inline constexpr int script_said = 861;
inline constexpr int bad_target = 862;
inline constexpr int tls_is_off = 351; // (diagnosis/tls_entries.cpp)
inline constexpr int tls_failed = 357;

} // namespace signet::mod_proxy
