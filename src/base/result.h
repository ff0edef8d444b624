// Errors are values: every fallible function returns Result<T>.
#pragma once
#include <expected>
#include <string>
#include <utility>

namespace signet {

struct Error {
    // What a caller may have to tell apart; everything else is in the text.
    enum class Kind : unsigned char {
        failed,    // see text
        cancelled, // the peer went away, or the server is shutting down
        timed_out,
        malformed, // the peer sent what no grammar allows
        too_large, // a configured limit was exceeded
        not_found,
        denied,
    };

    Kind kind = Kind::failed;
    std::string text{}; // for people: no trailing newline, no capital, no full stop

    static Error cancelled() { return {.kind = Kind::cancelled, .text = "cancelled"}; }
    static Error timed_out() { return {.kind = Kind::timed_out, .text = "timed out"}; }
};

template <class T> using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(std::string text)
{
    return std::unexpected(Error{.text = std::move(text)});
}

[[nodiscard]] inline std::unexpected<Error> fail(Error::Kind kind, std::string text)
{
    return std::unexpected(Error{.kind = kind, .text = std::move(text)});
}

// An error whose text is "what: strerror(errno)".
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view what);

// The impossible happened: says so on standard error and aborts.
[[noreturn]] void impossible(const char* what);

} // namespace signet
