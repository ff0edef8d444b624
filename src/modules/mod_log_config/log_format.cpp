// Compiles a format string, and runs what it was compiled to.
#include "modules/mod_log_config/log_format.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace signet::log_format {
namespace {

constexpr std::array<bool, 256> make_plain()
{
    std::array<bool, 256> plain{};
    for (unsigned c = ' '; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
    return plain;
}
constexpr auto plain = make_plain();

bool is_plain(char c)
{
    return plain[static_cast<unsigned char>(c)];
}

} // namespace

void append_escaped(std::string& out, std::string_view text)
{
    const auto end = std::ranges::find_if_not(text, is_plain);
    out.append(text.begin(), end);
    for (const char c : text.substr(static_cast<size_t>(end - text.begin()))) {
        if (is_plain(c)) {
            out += c;
            continue;
        }
        switch (c) {
        case '\b': out += "\\b"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case '\v': out += "\\v"; break;
        case '\\': out += "\\\\"; break;
        case '"': out += "\\\""; break;
        default: out += "\\x"; append_hex(out, static_cast<unsigned char>(c), 2);
        }
    }
}

// What follows a percent sign: filters and flags in any order, then a letter.
Result<void> LogFormat::read_item(std::string_view& rest, Item& item)
{
    int subject = -1; // 1: original, 0: final, -1: the item's default
    while (!rest.empty()) {
        const char c = rest.front();
        if (is_digit(c)) {
            int status = 0;
            for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
                status = std::min(status * 10 + (rest.front() - '0'), 9999);
            }
            item.statuses.push_back(status);
            continue;
        }
        if (c == '{') {
            const auto end = rest.find('}');
            item.argument = rest.substr(1, end == rest.npos ? end : end - 1);
            rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
            continue;
        }
        if (c == '!' || c == '<' || c == '>' || c == ',') {
            if (c == '!') item.except_statuses = !item.except_statuses;
            if (c == '<') subject = 1;
            if (c == '>') subject = 0;
            rest.remove_prefix(1);
            continue;
        }
        const ItemKind* kind = c == '^' ? find_item(rest.substr(0, 3)) : nullptr;
        if (!kind) kind = find_item(rest.substr(0, 1));
        if (!kind) return fail(std::string("Unrecognized LogFormat directive %") + c);
        rest.remove_prefix(kind->name.size());
        item.original = subject == -1 ? kind->original : subject == 1;
        item.render = kind->choose(item);
        return {};
    }
    return fail("Ran off end of LogFormat parsing args to some directive");
}

void LogFormat::read_literal(std::string_view& rest, Item& item)
{
    while (!rest.empty() && rest.front() != '%') {
        const char c = rest.front();
        rest.remove_prefix(1);
        constexpr std::string_view letters = "\\brntv";
        constexpr std::string_view meanings = "\\\b\r\n\t\v";
        const auto escape = c == '\\' && !rest.empty() ? letters.find(rest.front()) : letters.npos;
        if (escape == letters.npos) {
            item.argument += c; // a backslash before anything else stays
        } else {
            item.argument += meanings[escape];
            rest.remove_prefix(1);
        }
    }
}

Result<LogFormat> LogFormat::compile(std::string_view format)
{
    LogFormat compiled;
    auto literal = [&]() -> Item& {
        if (compiled.items_.empty() || compiled.items_.back().render)
            compiled.items_.emplace_back();
        return compiled.items_.back();
    };
    while (!format.empty()) {
        if (format.starts_with("%%")) {
            literal().argument += '%';
            format.remove_prefix(2);
        } else if (format.front() == '%') {
            format.remove_prefix(1);
            Item item;
            if (auto read = read_item(format, item); !read) return std::unexpected(read.error());
            compiled.items_.push_back(std::move(item));
        } else {
            read_literal(format, literal());
        }
    }
    literal().argument += '\n';
    return compiled;
}

void LogFormat::append(std::string& out, const Entry& entry) const
{
    const Subject original{entry.original, entry.original_response, entry};
    const Subject final{entry.final, entry.final_response, entry};
    for (const auto& item : items_) {
        if (!item.render) {
            out += item.argument;
        } else if (!item.statuses.empty()
                   && std::ranges::count(item.statuses, entry.final_response.status)
                          == (item.except_statuses ? 1 : 0)) {
            out += '-';
        } else {
            item.render(out, item, item.original ? original : final);
        }
    }
}

} // namespace signet::log_format
