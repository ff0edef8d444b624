#include "config/expression_functions.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace signet::config {
namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string map_case(std::string_view text, char first, char last)
{
    std::string out(text);
    for (char& c : out) {
        if (c >= first && c <= last) c = static_cast<char>(c ^ 0x20);
    }
    return out;
}

std::string to_small(std::string_view text)
{
    return map_case(text, 'A', 'Z');
}
std::string to_capitals(std::string_view text)
{
    return map_case(text, 'a', 'z');
}

void append_hex_byte(std::string& out, char introducer, char c)
{
    out += introducer;
    append_hex(out, static_cast<unsigned char>(c), 2);
}

// What may stand unescaped in a URL path (ap_escape_path).
std::string escape_path(std::string_view text)
{
    constexpr std::string_view safe = "!$&'()*+,-./:;=@_~";
    std::string out;
    for (const char c : text) {
        if (is_alnum(c) || safe.contains(c))
            out += c;
        else
            append_hex_byte(out, '%', c);
    }
    return out;
}

// Bad escapes and %00 make the whole result empty; %2F stays as it is.
std::string unescape(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        const int value = high * 16 + low;
        if (high < 0 || low < 0 || value == 0) return {};
        if (value == '/')
            out += text.substr(i, 3);
        else
            out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

std::string to_base64(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); i += 3) {
        const size_t have = std::min<size_t>(3, text.size() - i);
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; ++k) {
            bits = bits << 8 | (k < have ? static_cast<unsigned char>(text[i + k]) : 0U);
        }
        for (size_t k = 0; k < 4; ++k) {
            out += k <= have ? base64_alphabet[bits >> (18 - 6 * k) & 63] : '=';
        }
    }
    return out;
}

// Reads up to the first character outside the alphabet; the result ends before a zero byte.
std::string from_base64(std::string_view text)
{
    std::string out;
    uint32_t bits = 0;
    int have = 0;
    for (const char c : text) {
        const size_t value = base64_alphabet.find(c);
        if (value == std::string_view::npos) break;
        bits = (bits << 6 | static_cast<uint32_t>(value)) & 0xffffff;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        const char byte = static_cast<char>(bits >> have & 0xff);
        if (byte == '\0') break;
        out += byte;
    }
    return out;
}

// Distinguished names (RFC 4514) and filters (RFC 4515) at once, both with \hh.
std::string escape_ldap(std::string_view text)
{
    constexpr std::string_view special = "\"()*+,;<>\\";
    std::string out;
    for (const char c : text) {
        const auto value = static_cast<unsigned char>(c);
        if (value < 0x20 || value >= 0x7f || special.contains(c))
            append_hex_byte(out, '\\', c);
        else
            out += c;
    }
    return out;
}

constexpr auto functions = std::to_array<NamedFunction>({
    {FunctionKind::lookup, "req"},
    {FunctionKind::lookup, "req_novary"},
    {FunctionKind::lookup, "resp"},
    {FunctionKind::lookup, "reqenv"},
    {FunctionKind::lookup, "osenv"},
    {FunctionKind::lookup, "note"},
    {FunctionKind::lookup, "env"},
    {FunctionKind::lookup, "ssl"},
    {FunctionKind::lookup, "md5"},
    {FunctionKind::lookup, "sha1"},
    {FunctionKind::pure, "tolower", to_small},
    {FunctionKind::pure, "toupper", to_capitals},
    {FunctionKind::pure, "escape", escape_path},
    {FunctionKind::pure, "unescape", unescape},
    {FunctionKind::pure, "base64", to_base64},
    {FunctionKind::pure, "unbase64", from_base64},
    {FunctionKind::pure, "ldap", escape_ldap},
    {FunctionKind::file, "file"},
    {FunctionKind::file_size, "filesize"},
});

constexpr auto variables = std::to_array<std::string_view>({
    "API_VERSION",
    "AUTH_TYPE",
    "CONN_LOG_ID",
    "CONN_REMOTE_ADDR",
    "CONTENT_TYPE",
    "CONTEXT_DOCUMENT_ROOT",
    "CONTEXT_PREFIX",
    "DOCUMENT_ROOT",
    "DOCUMENT_URI",
    "HANDLER",
    "HTTP2",
    "HTTPS",
    "IPV6",
    "IS_SUBREQ",
    "LAST_MODIFIED",
    "PATH_INFO",
    "QUERY_STRING",
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "REMOTE_IDENT",
    "REMOTE_PORT",
    "REMOTE_USER",
    "REQUEST_FILENAME",
    "REQUEST_LOG_ID",
    "REQUEST_METHOD",
    "REQUEST_SCHEME",
    "REQUEST_STATUS",
    "REQUEST_URI",
    "SCRIPT_FILENAME",
    "SCRIPT_GROUP",
    "SCRIPT_USER",
    "SERVER_ADMIN",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "SERVER_SOFTWARE",
    "THE_REQUEST",
    "TIME",
    "TIME_DAY",
    "TIME_HOUR",
    "TIME_MIN",
    "TIME_MON",
    "TIME_SEC",
    "TIME_WDAY",
    "TIME_YEAR",
});

struct HeaderVariable {
    std::string_view name;
    std::string_view header;
};

constexpr auto header_variables = std::to_array<HeaderVariable>({
    {"HTTP_ACCEPT", "Accept"},
    {"HTTP_COOKIE", "Cookie"},
    {"HTTP_FORWARDED", "Forwarded"},
    {"HTTP_HOST", "Host"},
    {"HTTP_PROXY_CONNECTION", "Proxy-Connection"},
    {"HTTP_REFERER", "Referer"},
    {"HTTP_USER_AGENT", "User-Agent"},
});

} // namespace

NamedFunction find_string_function(std::string_view name)
{
    if (iequals(name, "http")) name = "req";
    for (const auto& function : functions) {
        if (iequals(function.name, name)) return function;
    }
    return {};
}

bool is_list_function(std::string_view name)
{
    return iequals(name, "peerextlist");
}

NamedVariable find_variable(std::string_view name)
{
    for (const auto& variable : header_variables) {
        if (iequals(variable.name, name)) return {.known = true, .header = variable.header};
    }
    const bool known = istarts_with(name, "SSL_") || std::ranges::any_of(variables, [&](auto each) {
                           return iequals(each, name);
                       });
    return {.known = known};
}

} // namespace signet::config
