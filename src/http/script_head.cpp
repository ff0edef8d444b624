#include "http/script_head.h"

#include "base/text.h"

#include <algorithm>

namespace signet::http {
namespace {

constexpr size_t longest_line = 8190;

// The next line with its end; empty when it is not complete.
std::string_view next_line(std::string_view bytes)
{
    const size_t end = bytes.substr(0, longest_line).find('\n');
    if (end != bytes.npos) return bytes.substr(0, end + 1);
    return bytes.size() >= longest_line ? bytes.substr(0, longest_line) : std::string_view();
}

std::string_view without_end(std::string_view line)
{
    if (!line.ends_with('\n')) return line;
    line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

} // namespace

ScriptHead parse_script_head(std::string_view bytes)
{
    ScriptHead head;
    while (true) {
        const auto whole = next_line(bytes.substr(head.size));
        if (whole.empty()) return head;
        head.size += whole.size();
        auto line = without_end(whole);
        line = line.substr(0, line.find('\0')); // for Apache, a text ends there
        if (line.empty()) {
            head.state = ScriptHead::State::complete;
            return head;
        }
        const size_t colon = line.find(':');
        if (colon == line.npos) {
            head.state = ScriptHead::State::malformed;
            head.bad_line = line;
            return head;
        }
        auto value = line.substr(colon + 1);
        while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
        head.fields.push_back({line.substr(0, colon), value});
    }
}

int script_status(std::string_view value)
{
    value = value.substr(0, std::min(value.find_first_not_of("0123456789"), value.size()));
    return parse_number<int>(value).value_or(0);
}

} // namespace signet::http
