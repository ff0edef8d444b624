// Cookies as clients send them.   RFC 6265 §5.4
#pragma once
#include <optional>
#include <string_view>

namespace signet::http {

// Walks `a=1; b=2`. A piece without '=' is a name with an empty value. Quotes stay.
class Cookies {
public:
    struct Cookie {
        std::string_view name;
        std::string_view value;
    };
    explicit Cookies(std::string_view field)
        : rest_(field)
    {
    }
    [[nodiscard]] std::optional<Cookie> next();

private:
    std::string_view rest_;
};

// The first cookie of that name (names are case-sensitive).
[[nodiscard]] std::optional<std::string_view> find_cookie(std::string_view field,
                                                          std::string_view name);

} // namespace signet::http
