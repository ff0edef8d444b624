#include "modules/mod_negotiation/description.h"

#include "base/text.h"
#include "server/request.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace signet::mod_negotiation {
namespace {

std::string languages_of(const Variant& variant)
{
    std::string names;
    for (const auto language : variant.languages)
        names.append(names.empty() ? "" : ",").append(language);
    return names;
}

// 1, 0.8, 0.125
std::string quality_text(float quality)
{
    std::array<char, 16> digits;
    const int size =
        std::snprintf(digits.data(), digits.size(), "%.3f", static_cast<double>(quality));
    std::string text(digits.data(), static_cast<size_t>(size));
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

// A script's length is not that of its output.
bool has_handler(const Variant& variant)
{
    return variant.looked_up && !variant.looked_up->handler.empty();
}

} // namespace

std::string escape_segment(std::string_view segment)
{
    std::string escaped;
    for (const char c : segment) {
        if (is_alnum(c) || std::string_view("$-_.+!*'(),:@&=~").find(c) != std::string_view::npos) {
            escaped += c;
        } else {
            escaped += '%';
            append_hex(escaped, static_cast<unsigned char>(c), 2);
        }
    }
    return escaped;
}

std::string vary_of(std::span<const Variant> variants, bool is_transparent)
{
    const auto differs = [&](auto member) {
        return std::ranges::any_of(
            variants, [&](const Variant& v) { return v.*member != variants.front().*member; });
    };
    std::string names;
    const auto add = [&](bool varies, std::string_view name) {
        if (varies) names.append(names.empty() ? "" : ", ").append(name);
    };
    add(is_transparent, "negotiate");
    add(differs(&Variant::type), "accept");
    add(differs(&Variant::languages), "accept-language");
    add(differs(&Variant::charset), "accept-charset");
    add(differs(&Variant::encoding), "accept-encoding");
    return names;
}

std::string alternates_of(std::span<Variant> variants, Lengths& lengths)
{
    std::string all;
    for (Variant& variant : variants) {
        if (!all.empty()) all += ", ";
        all += "{\"" + escape_segment(variant.file_name) + "\" "
               + quality_text(variant.source_quality);
        const auto add = [&](std::string_view name, std::string_view value) {
            if (!value.empty()) all.append(" {").append(name).append(" ").append(value).append("}");
        };
        add("type", variant.type);
        add("charset", variant.charset);
        add("language", languages_of(variant));
        add("encoding", variant.encoding);
        if (!has_handler(variant)) {
            if (const int64_t length = lengths.of(variant); length >= 0)
                add("length", std::to_string(length));
        }
        all += '}';
    }
    return all;
}

std::string html_list_of(std::span<const Variant> variants)
{
    std::string list = "Available variants:\n<ul>\n";
    for (const Variant& variant : variants) {
        list += "<li><a href=\"" + escape_segment(variant.file_name) + "\">"
                + escape_html(variant.file_name) + "</a> ";
        list += variant.description;
        const auto add = [&](std::string_view name, std::string_view value) {
            if (!value.empty()) list.append(", ").append(name).append(" ").append(value);
        };
        add("type", variant.type);
        add("language", languages_of(variant));
        add("charset", variant.charset);
        add("encoding", variant.encoding);
        list += "</li>\n";
    }
    return list + "</ul>\n";
}

} // namespace signet::mod_negotiation
