#include "http/method.h"

#include <array>

namespace signet::http {

namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 26> names = {"GET",
                                                    "PUT",
                                                    "POST",
                                                    "DELETE",
                                                    "CONNECT",
                                                    "OPTIONS",
                                                    "TRACE",
                                                    "PATCH",
                                                    "PROPFIND",
                                                    "PROPPATCH",
                                                    "MKCOL",
                                                    "COPY",
                                                    "MOVE",
                                                    "LOCK",
                                                    "UNLOCK",
                                                    "VERSION-CONTROL",
                                                    "CHECKOUT",
                                                    "UNCHECKOUT",
                                                    "CHECKIN",
                                                    "UPDATE",
                                                    "LABEL",
                                                    "REPORT",
                                                    "MKWORKSPACE",
                                                    "MKACTIVITY",
                                                    "BASELINE-CONTROL",
                                                    "MERGE"};
static_assert(names.size() == static_cast<size_t>(Method::other));

} // namespace

ParsedMethod parse_method(std::string_view name)
{
    if (name == "GET") return {Method::get, false};
    if (name == "HEAD") return {Method::get, true};
    for (size_t i = 1; i < names.size(); ++i) {
        if (name == names[i]) return {static_cast<Method>(i), false};
    }
    return {};
}

std::string_view method_name(Method method)
{
    const auto index = static_cast<size_t>(method);
    return index < names.size() ? names[index] : std::string_view{};
}

} // namespace signet::http
