// Request methods (RFC 9110 §9) and the ones Apache registers for WebDAV.
#pragma once
#include <cstdint>
#include <string_view>

namespace signet::http {

enum class Method : uint8_t {
    get,
    put,
    post,
    del,
    connect,
    options,
    trace,
    patch,
    propfind,
    proppatch,
    mkcol,
    copy,
    move,
    lock,
    unlock,
    version_control,
    checkout,
    uncheckout,
    checkin,
    update,
    label,
    report,
    mkworkspace,
    mkactivity,
    baseline_control,
    merge,
    other, // an extension method: known by its name only
};

// HEAD is a GET whose body is not sent, as in Apache: head_only says which it was.
struct ParsedMethod {
    Method method = Method::other;
    bool head_only = false;
};
[[nodiscard]] ParsedMethod parse_method(std::string_view name); // case-sensitive
[[nodiscard]] std::string_view method_name(Method method);
// For <Limit>: one bit per method.
[[nodiscard]] constexpr uint32_t method_bit(Method method)
{
    return 1U << static_cast<unsigned>(method);
}

} // namespace signet::http
