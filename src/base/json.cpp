#include "base/json.h"

#include "base/text.h"

#include <algorithm>

namespace signet {
namespace {

bool is_plain(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte >= ' ' && byte < 0x7f && c != '"' && c != '\\';
}

void append_escape(std::string& out, char c)
{
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: out += "\\u"; append_hex(out, static_cast<unsigned char>(c), 4);
    }
}

// The length of the UTF-8 sequence that the text begins with, 0 when it is none: no overlong forms,
// no surrogates, nothing above U+10FFFF.   RFC 3629 §4
size_t sequence_length(std::string_view text)
{
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    unsigned char lowest = 0x80;
    unsigned char highest = 0xbf;
    if (first == 0xe0) lowest = 0xa0;
    if (first == 0xed) highest = 0x9f;
    if (first == 0xf0) lowest = 0x90;
    if (first == 0xf4) highest = 0x8f;
    if (byte(1) < lowest || byte(1) > highest) return 0;
    for (size_t i = 2; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    return length;
}

} // namespace

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        const auto end = std::ranges::find_if_not(text, is_plain);
        out.append(text.begin(), end);
        text.remove_prefix(static_cast<size_t>(end - text.begin()));
        if (text.empty()) break;
        const size_t length =
            static_cast<unsigned char>(text.front()) >= 0x80 ? sequence_length(text) : 0;
        if (length == 0) {
            append_escape(out, text.front());
            text.remove_prefix(1);
        } else {
            out.append(text.substr(0, length));
            text.remove_prefix(length);
        }
    }
    out += '"';
}

} // namespace signet
