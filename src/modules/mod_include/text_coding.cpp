#include "modules/mod_include/text_coding.h"

#include "base/text.h"
#include "config/expression_functions.h"
#include "server/program_environment.h"

#include <algorithm>
#include <array>

namespace signet::mod_include {
namespace {

struct Entity {
    std::string_view name;
    unsigned char code;
};

constexpr auto entities = std::to_array<Entity>({
    {"lt", '<'},      {"gt", '>'},      {"amp", '&'},     {"quot", '"'},    {"ETH", 0xd0},
    {"eth", 0xf0},    {"Auml", 0xc4},   {"Euml", 0xcb},   {"Iuml", 0xcf},   {"Ouml", 0xd6},
    {"Uuml", 0xdc},   {"auml", 0xe4},   {"euml", 0xeb},   {"iuml", 0xef},   {"ouml", 0xf6},
    {"uuml", 0xfc},   {"yuml", 0xff},   {"Acirc", 0xc2},  {"Aring", 0xc5},  {"AElig", 0xc6},
    {"Ecirc", 0xca},  {"Icirc", 0xce},  {"Ocirc", 0xd4},  {"Ucirc", 0xdb},  {"THORN", 0xde},
    {"szlig", 0xdf},  {"acirc", 0xe2},  {"aring", 0xe5},  {"aelig", 0xe6},  {"ecirc", 0xea},
    {"icirc", 0xee},  {"ocirc", 0xf4},  {"ucirc", 0xfb},  {"thorn", 0xfe},  {"Agrave", 0xc0},
    {"Aacute", 0xc1}, {"Atilde", 0xc3}, {"Ccedil", 0xc7}, {"Egrave", 0xc8}, {"Eacute", 0xc9},
    {"Igrave", 0xcc}, {"Iacute", 0xcd}, {"Ntilde", 0xd1}, {"Ograve", 0xd2}, {"Oacute", 0xd3},
    {"Otilde", 0xd5}, {"Oslash", 0xd8}, {"Ugrave", 0xd9}, {"Uacute", 0xda}, {"Yacute", 0xdd},
    {"agrave", 0xe0}, {"aacute", 0xe1}, {"atilde", 0xe3}, {"ccedil", 0xe7}, {"egrave", 0xe8},
    {"eacute", 0xe9}, {"igrave", 0xec}, {"iacute", 0xed}, {"ntilde", 0xf1}, {"ograve", 0xf2},
    {"oacute", 0xf3}, {"otilde", 0xf5}, {"oslash", 0xf8}, {"ugrave", 0xf9}, {"uacute", 0xfa},
    {"yacute", 0xfd},
});

// Nothing for numbers without a character.
std::optional<char> character_of(std::string_view digits)
{
    const auto value = digits.empty() ? std::optional<unsigned>(0) : parse_number<unsigned>(digits);
    if (!value || *value <= 8 || (*value >= 11 && *value <= 31) || (*value >= 127 && *value <= 160)
        || *value >= 256) {
        return std::nullopt;
    }
    return static_cast<char>(*value);
}

std::string call(std::string_view function, std::string_view text)
{
    return config::find_string_function(function).pure(text);
}

std::string to_form(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == ' ') {
            out += '+';
        } else if (is_alnum(c) || std::string_view(".-*_").contains(c)) {
            out += c;
        } else {
            out += '%';
            append_hex(out, static_cast<unsigned char>(c), 2);
        }
    }
    return out;
}

// What one name makes of the text.
std::optional<std::string> encoded_once(std::string& text, std::string_view name)
{
    if (iequals(name, "none")) return std::move(text);
    if (iequals(name, "url")) return call("escape", text);
    if (iequals(name, "urlencoded")) return to_form(text);
    if (iequals(name, "entity")) return escape_html(text);
    if (iequals(name, "base64")) return call("base64", text);
    return std::nullopt;
}

std::optional<std::string> decoded_once(std::string& text, std::string_view name)
{
    if (iequals(name, "none")) return std::move(text);
    if (iequals(name, "url")) return server::unescaped(text);
    if (iequals(name, "urlencoded")) {
        std::ranges::replace(text, '+', ' ');
        return server::unescaped(text);
    }
    if (iequals(name, "entity")) return decode_entities(text);
    if (iequals(name, "base64")) return call("unbase64", text);
    return std::nullopt;
}

template <class Once>
std::optional<std::string> one_after_the_other(std::string text, std::string_view names,
                                               std::string_view& unknown, Once once)
{
    while (true) {
        const size_t start = names.find_first_not_of(", \t");
        if (start == names.npos) return text;
        names.remove_prefix(start);
        const auto name = names.substr(0, names.find_first_of(", \t"));
        auto result = once(text, name);
        if (!result) {
            unknown = name;
            return std::nullopt;
        }
        text = std::move(*result);
        names.remove_prefix(name.size());
    }
}

} // namespace

std::optional<std::string> encoded(std::string text, std::string_view names,
                                   std::string_view& unknown)
{
    return one_after_the_other(std::move(text), names, unknown, encoded_once);
}

std::optional<std::string> decoded(std::string text, std::string_view names,
                                   std::string_view& unknown)
{
    return one_after_the_other(std::move(text), names, unknown, decoded_once);
}

std::string decode_entities(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const size_t start = std::min(text.find('&'), text.size());
        out += text.substr(0, start);
        text.remove_prefix(start);
        const size_t end = text.find(';');
        if (end == text.npos) break;
        const auto name = text.substr(1, end - 1);
        if (name.starts_with('#')) {
            if (const auto c = character_of(name.substr(1))) out += *c;
            text.remove_prefix(end + 1);
            continue;
        }
        const auto* const found = std::ranges::find(entities, name, &Entity::name);
        out += found == entities.end() ? '&' : static_cast<char>(found->code);
        text.remove_prefix(found == entities.end() ? 1 : end + 1);
    }
    return out.append(text);
}

std::string abbreviated_size(uint64_t bytes)
{
    const auto padded = [](uint64_t number, char unit) {
        std::string text = std::to_string(number);
        if (text.size() < 3) text.insert(0, 3 - text.size(), ' ');
        return text + unit;
    };
    if (bytes < 973) return padded(bytes, ' ');
    for (const char unit : std::string_view("KMGTPE")) {
        const uint64_t rest = bytes & 1023;
        bytes >>= 10;
        if (bytes >= 973) continue;
        if (bytes < 9 || (bytes == 9 && rest < 973)) {
            uint64_t tenths = (rest * 5 + 256) / 512;
            if (tenths >= 10) {
                ++bytes;
                tenths = 0;
            }
            return std::to_string(bytes) + '.' + std::to_string(tenths) + unit;
        }
        return padded(rest >= 512 ? bytes + 1 : bytes, unit);
    }
    return "****";
}

std::string grouped_size(uint64_t bytes)
{
    std::string text = std::to_string(bytes);
    for (size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
    return text;
}

} // namespace signet::mod_include
