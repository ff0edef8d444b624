// The life of a request, top to bottom. A module hooks into phases; a Scope keeps, per phase, only
// the hooks that have something to do there.
#pragma once
#include <cstddef>
#include <cstdint>

namespace signet::server {

enum class Phase : uint8_t {
    // The head is parsed and the vhost chosen; only server-level configuration is known. SetEnvIf.
    post_read,
    // <Location> sections have been matched. Turns the URI into a filename: Alias, RewriteRule.
    translate,
    // The file is found; <Directory>, .htaccess, <Files>, <Location> and <If> have been merged, and
    // request.scope is final. Per-directory SetEnvIf, BrowserMatch.
    header_parse,
    // Who may come in: by address or environment; then, unless the request is admitted already, who
    // it is (the first hook that does not decline has decided); then what that one may do.
    access,
    authenticate,
    authorize,
    // What the file is: media type, language, encoding, handler.
    type,
    // Last changes before content is made: redirects, DirectoryIndex, SetEnv, RequestHeader.
    fixup,
    // Which filters the content passes on its way out: FilterChain, AddOutputFilterByType.
    filters,
    // Makes the response. The first hook that does not decline wins; the last is the static file.
    // Whether it declines follows from request.handler, the method and the file.
    handler,
    // The response head is about to be sent: Header, Expires. Runs for error pages too.
    response_head,
    // The response has been sent, or the connection was lost.
    log,
};
inline constexpr size_t phase_count = static_cast<size_t>(Phase::log) + 1;

// Among the hooks of one phase: modules keep the order of modules/list.cpp within each rank.
enum class Order : uint8_t { really_first, first, middle, last, really_last };

// What a hook says.
class Outcome {
public:
    // Any HTTP status ends the phases: the response becomes that status (an error document for 4xx
    // and 5xx, a redirect for 3xx with Location).
    constexpr Outcome(int status)
        : code_(status)
    {
    }                              // NOLINT: a status is an outcome
    static const Outcome declined; // nothing to say, ask the next hook
    static const Outcome ok;       // decided; where the first answer counts, it was this one
    static const Outcome
        done; // the response is complete, skip everything but response_head and log

    [[nodiscard]] constexpr int status() const { return code_; } // only when is_status()
    [[nodiscard]] constexpr bool is_status() const { return code_ > 0; }
    constexpr bool operator==(const Outcome&) const = default;

private:
    int code_;
};
inline constexpr Outcome Outcome::declined{-1};
inline constexpr Outcome Outcome::ok{0};
inline constexpr Outcome Outcome::done{-2};

} // namespace signet::server
