#include "tools/check/recover.h"

#include "base/text.h"
#include "config/lost_lines.h"

namespace signet::tools::check {
namespace {

// Writes lines with the indentation of their section.
class Indented {
public:
    void line(std::string_view text)
    {
        text = trim(text);
        if (text.empty()) return;
        const bool closes = text.starts_with("</");
        if (closes && depth_ > 0) --depth_;
        out_.append(depth_ * 4, ' ').append(text).append("\n");
        if (text.starts_with('<') && !closes) ++depth_;
    }
    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    std::string out_;
    size_t depth_ = 0;
};

// Where a comment begins in a directive's text: " #" outside of quotes; npos: nowhere.
size_t find_comment(std::string_view text)
{
    bool in_quotes = false;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) in_quotes = !in_quotes;
        if (text[i] == '#' && !in_quotes && (i == 0 || is_space(text[i - 1]))) return i;
    }
    return text.npos;
}

// A backslash that continued a line stands between spaces now.
std::string without_continuations(std::string_view text)
{
    std::string joined(text);
    for (size_t at = 0; (at = joined.find(" \\ ", at)) != std::string::npos;) joined.erase(at, 2);
    return joined;
}

// Rulers (#####, # ====) and what stands between them: one comment per sentence was one line.
void comment(std::string_view text, Indented& out)
{
    while (!text.empty()) {
        const size_t next = text.find(" #", 1);
        out.line(text.substr(0, next));
        if (next == text.npos) break;
        text.remove_prefix(next + 1);
    }
}

void piece(std::string_view text, Indented& out)
{
    if (text.starts_with('<')) {
        const size_t end = text.find('>');
        if (end != text.npos) {
            out.line(text.substr(0, end + 1));
            text.remove_prefix(end + 1);
            text = trim(text);
            comment(text, out);
            return;
        }
    }
    const size_t begin = find_comment(text);
    const auto directive = trim(text.substr(0, begin));
    out.line(without_continuations(directive));
    if (begin != text.npos) comment(text.substr(begin), out);
}

} // namespace

std::string recover_lines(std::string_view text)
{
    std::string result;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        const auto line = text.substr(0, end);
        const auto swallowed = config::find_swallowed(line);
        if (swallowed.empty()) {
            result.append(line).append("\n");
        } else {
            Indented out;
            const auto before = trim(line.substr(0, swallowed.front().offset));
            comment(before, out);
            for (size_t i = 0; i < swallowed.size(); ++i) {
                const size_t stop =
                    i + 1 < swallowed.size() ? swallowed[i + 1].offset : line.size();
                piece(trim(line.substr(swallowed[i].offset, stop - swallowed[i].offset)), out);
            }
            result += out.take();
        }
        if (end == text.npos) break;
        text.remove_prefix(end + 1);
    }
    return result;
}

} // namespace signet::tools::check
