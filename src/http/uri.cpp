#include "http/uri.h"

#include "base/text.h"
#include "http/token.h"

#include <algorithm>
#include <array>

namespace signet::http {

namespace {

constexpr auto npos = std::string_view::npos;

// Path, query and fragment; Apache drops the fragment where Strict has not refused it.
void take_path(std::string_view text, Target& target)
{
    text = text.substr(0, text.find('#'));
    const size_t mark = text.find('?');
    if (mark != npos) target.query = text.substr(mark + 1);
    target.path = text.substr(0, mark);
}

// The length of a scheme in front of a colon, or 0.
size_t scheme_length(std::string_view text)
{
    if (text.empty() || !is_alpha(text.front())) return 0;
    size_t i = 1;
    while (i < text.size()
           && (is_alnum(text[i]) || text[i] == '+' || text[i] == '-' || text[i] == '.')) {
        ++i;
    }
    return i < text.size() && text[i] == ':' ? i : 0;
}

// "user@host:port": brackets close and the port is digits. Its value is not looked at, nor is an
// empty host refused: Apache answers `GET http://x:99999/` and `GET http:///`.
bool is_authority(std::string_view text)
{
    text = text.substr(text.rfind('@') + 1); // npos + 1 is 0
    if (text.starts_with('[')) {
        const size_t close = text.find(']');
        if (close == npos) return false;
        text.remove_prefix(close + 1);
        if (!text.empty() && text.front() != ':') return false;
    }
    const size_t colon = text.rfind(':');
    return colon == npos || std::ranges::all_of(text.substr(colon + 1), is_digit);
}

std::optional<Target> parse_connect(std::string_view text)
{
    const size_t colon = text.rfind(':');
    if (colon == npos || colon == 0 || colon + 1 == text.size() || !is_authority(text)) {
        return std::nullopt;
    }
    if (text.find_first_of("/?#@") != npos) return std::nullopt;
    return Target{.form = TargetForm::authority, .authority = text};
}

} // namespace

std::optional<Target> parse_target(std::string_view text, bool is_connect)
{
    if (is_connect) return parse_connect(text);
    if (text == "*") return Target{.form = TargetForm::asterisk, .path = text};
    Target target;
    if (text.starts_with('/')) {
        // "//host/x" is a path to Apache, and its leading slashes are one.
        while (text.size() > 1 && text[1] == '/') text.remove_prefix(1);
        take_path(text, target);
        return target;
    }
    if (const size_t scheme = scheme_length(text); scheme != 0) {
        target.scheme = text.substr(0, scheme);
        text.remove_prefix(scheme + 1);
        if (text.starts_with("//")) {
            text.remove_prefix(2);
            const size_t end = std::min(text.find_first_of("/?#"), text.size());
            target.form = TargetForm::absolute;
            target.authority = text.substr(0, end);
            if (!is_authority(target.authority)) return std::nullopt;
            text.remove_prefix(end);
        }
    }
    take_path(text, target);
    if (target.path.empty()) target.path = "/"; // "http://x" and "?a"
    if (target.path.front() != '/') return std::nullopt;
    return target;
}

namespace {

constexpr bool is_unreserved(char c)
{
    return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

bool needs_work(std::string_view path, bool merge_slashes)
{
    char before = 0;
    for (char c : path) {
        if (c == '%' || c == '\0') return true;
        if (before == '/' && (c == '.' || (c == '/' && merge_slashes))) return true;
        before = c;
    }
    return false;
}

// The byte an escape at text[i] stands for, or -1.
int escaped_byte(std::string_view text, size_t i)
{
    if (i + 2 >= text.size()) return -1;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Decodes escapes of unreserved characters, in place. False at a bad escape.
bool decode_unreserved(char* path, size_t& size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size; ++i) {
        if (path[i] != '%') {
            path[kept++] = path[i];
            continue;
        }
        const int byte = escaped_byte({path, size}, i);
        if (byte < 0) return false;
        if (is_unreserved(static_cast<char>(byte))) {
            path[kept++] = static_cast<char>(byte);
        } else {
            for (size_t k = 0; k < 3; ++k) path[kept++] = path[i + k];
        }
        i += 2;
    }
    size = kept;
    return true;
}

// Removes dot segments (and doubled slashes), in place. False when ".." leaves the root; it then
// stays at the root. "..;x" is a name like any other: Apache drops parameters nowhere by default.
bool remove_dots(char* path, size_t& size, bool merge_slashes)
{
    const std::string_view text(path, size);
    const auto ends_segment = [&](size_t at) { return at >= text.size() || text[at] == '/'; };
    bool inside = true;
    size_t kept = 1;
    for (size_t i = 1; i < text.size();) {
        if (path[kept - 1] == '/') {
            if (merge_slashes && text[i] == '/') {
                ++i;
                continue;
            }
            if (text[i] == '.' && ends_segment(i + 1)) {
                i += 2;
                continue;
            }
            if (text[i] == '.' && i + 1 < text.size() && text[i + 1] == '.'
                && ends_segment(i + 2)) {
                if (kept == 1) inside = false;
                if (kept > 1) --kept;
                while (path[kept - 1] != '/') --kept;
                i += 3;
                continue;
            }
        }
        path[kept++] = text[i++];
    }
    size = kept;
    return inside;
}

// Decodes everything else, in place. 404 for what a file name cannot hold.
int unescape(char* path, size_t& size, EncodedSlashes slashes)
{
    size_t kept = 0;
    int status = 0;
    for (size_t i = 0; i < size; ++i) {
        if (path[i] != '%') {
            path[kept++] = path[i];
            continue;
        }
        const int byte = escaped_byte({path, size}, i);
        if (byte == 0 || (byte == '/' && slashes == EncodedSlashes::refuse)) status = 404;
        if (byte == '/' && slashes == EncodedSlashes::keep) {
            for (size_t k = 0; k < 3; ++k) path[kept++] = path[i + k];
        } else {
            path[kept++] = static_cast<char>(byte);
        }
        i += 2;
    }
    size = kept;
    return status;
}

} // namespace

PathResult normalize_path(std::string_view escaped, EncodedSlashes slashes, bool merge_slashes,
                          Arena& arena)
{
    if (escaped == "*") return {.path = escaped};
    if (escaped.empty() || escaped.front() != '/') return {.status = 400, .path = escaped};
    if (!needs_work(escaped, merge_slashes)) return {.path = escaped};

    // No request line brings a NUL this far, but a rewritten path could.
    if (escaped.find('\0') != npos) return {.status = 400, .path = escaped};
    size_t size = escaped.size();
    auto* path = static_cast<char*>(arena.allocate(size, 1));
    std::ranges::copy(escaped, path);
    if (!decode_unreserved(path, size) || !remove_dots(path, size, merge_slashes)) {
        return {.status = 400, .path = escaped};
    }
    if (const int status = unescape(path, size, slashes); status != 0) {
        return {.status = status, .path = {path, size}};
    }
    // A decoded %2F makes new segments. Apache removes their dots again, and here forgives "..".
    if (slashes == EncodedSlashes::decode) (void)remove_dots(path, size, merge_slashes);
    return {.path = {path, size}};
}

namespace {

constexpr std::array<bool, 256> path_characters = [] {
    std::array<bool, 256> table{};
    for (char c : std::string_view("$-_.+!*'(),:;@&=/~"))
        table[static_cast<unsigned char>(c)] = true;
    for (int c = 0; c < 128; ++c) {
        if (is_alnum(static_cast<char>(c))) table[static_cast<size_t>(c)] = true;
    }
    return table;
}();

bool is_path_character(char c)
{
    return path_characters[static_cast<unsigned char>(c)];
}

} // namespace

std::string_view escape_path(std::string_view path, Arena& arena)
{
    constexpr std::string_view digits = "0123456789abcdef";
    // "a:b" would read as a scheme; Apache writes "./a:b".
    const bool looks_absolute = path.substr(0, path.find('/')).find(':') != npos;
    const auto escapes = static_cast<size_t>(
        std::ranges::count_if(path, [](char c) { return !is_path_character(c); }));
    if (escapes == 0 && !looks_absolute) return path;

    const size_t size = path.size() + 2 * escapes + (looks_absolute ? 2 : 0);
    auto* const start = static_cast<char*>(arena.allocate(size, 1));
    char* out = start;
    if (looks_absolute) {
        *out++ = '.';
        *out++ = '/';
    }
    for (char c : path) {
        if (is_path_character(c)) {
            *out++ = c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        *out++ = '%';
        *out++ = digits[byte >> 4U];
        *out++ = digits[byte & 15U];
    }
    return {start, size};
}

namespace {

// Hex groups, colons and an IPv4 tail as inet_pton takes them; no zone.
bool is_ipv6(std::string_view text)
{
    size_t groups = 0;
    bool compressed = false;
    size_t i = 0;
    while (i < text.size()) {
        if (text[i] == ':') {
            if (text.substr(i).starts_with("::")) {
                if (compressed) return false;
                compressed = true;
                i += 2;
                if (i == text.size()) break;
                if (text[i] == ':') return false;
            } else if (groups == 0 || ++i == text.size()) {
                return false;
            }
        } else if (groups != 0) {
            return false;
        }
        const size_t end = std::min(text.find(':', i), text.size());
        const auto group = text.substr(i, end - i);
        if (group.find('.') != npos) {
            const auto parts = split(group, '.');
            const bool good =
                parts.size() == 4 && std::ranges::all_of(parts, [](auto part) {
                    return part.size() <= 3 && parse_number<uint8_t>(part).has_value();
                });
            if (!good || end != text.size()) return false;
            groups += 2;
        } else {
            if (group.empty() || group.size() > 4) return false;
            if (!std::ranges::all_of(group, [](char c) { return hex_digit(c) >= 0; })) return false;
            ++groups;
        }
        i = end;
    }
    return compressed ? groups < 8 : groups == 8;
}

// Strict's rules for a host (AH02415): letters, digits, '-', '_' and dots; all digits means four
// parts without leading zeros; otherwise the last part starts with a letter (RFC 1123 §2.1).
bool is_strict_host(std::string_view host)
{
    bool dotted_decimal = true;
    bool leading_zero = false;
    size_t dots = 0;
    for (size_t i = 0; i < host.size(); ++i) {
        const char c = host[i];
        if (is_alpha(c) || c == '-' || c == '_')
            dotted_decimal = false;
        else if (c == '.')
            ++dots;
        else if (!is_digit(c))
            return false;
        if (c == '0' && (i == 0 || host[i - 1] == '.') && i + 1 < host.size()
            && is_digit(host[i + 1])) {
            leading_zero = true;
        }
    }
    if (host.empty()) return false;
    if (dotted_decimal) return host.front() != '.' && dots == 3 && !leading_zero;
    const size_t last = host.rfind('.');
    return last == npos || last + 1 == host.size() || is_alpha(host[last + 1]);
}

} // namespace

std::optional<Authority> parse_authority(std::string_view text, bool strict)
{
    if (text.empty()) return Authority{};
    if (std::ranges::all_of(text, is_digit)) return Authority{.host = text};
    Authority authority{.host = text};
    const size_t last = text.find_last_not_of("0123456789");
    if (text[last] == ':' && last + 1 < text.size()) {
        const auto port = parse_number<uint16_t>(text.substr(last + 1));
        if (!port || *port == 0 || last == 0) return std::nullopt;
        authority = {.host = text.substr(0, last), .port = *port};
    }
    std::string_view& host = authority.host;
    if (host.front() == '[') {
        if (host.back() != ']' || !is_ipv6(host.substr(1, host.size() - 2))) return std::nullopt;
        return authority;
    }
    if (host.find_first_of("/\\") != npos || host.find("..") != npos) return std::nullopt;
    if (host.ends_with('.')) host.remove_suffix(1);
    if (strict && !is_strict_host(host)) return std::nullopt;
    return authority;
}

} // namespace signet::http
