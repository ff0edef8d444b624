#include "http/cookie.h"

#include "http/token.h"

#include <algorithm>

namespace signet::http {

std::optional<Cookies::Cookie> Cookies::next()
{
    while (!rest_.empty()) {
        // Some clients put commas between cookies; a value may hold one, so only ';' separates.
        const size_t end = std::min(rest_.find(';'), rest_.size());
        const auto piece = trim_blanks(rest_.substr(0, end));
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        if (piece.empty()) continue;
        const size_t equals = std::min(piece.find('='), piece.size());
        return Cookie{trim_blanks(piece.substr(0, equals)),
                      trim_blanks(piece.substr(std::min(equals + 1, piece.size())))};
    }
    return std::nullopt;
}

std::optional<std::string_view> find_cookie(std::string_view field, std::string_view name)
{
    Cookies cookies(field);
    while (auto cookie = cookies.next()) {
        if (cookie->name == name) return cookie->value;
    }
    return std::nullopt;
}

} // namespace signet::http
