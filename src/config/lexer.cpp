#include "config/lexer.h"

#include "base/text.h"

#include <algorithm>

namespace signet::config {

void ColumnMap::add(size_t offset, uint32_t line, uint32_t column, bool fixed)
{
    pieces_.push_back({offset, line, column, fixed});
}

ColumnMap::Place ColumnMap::place(size_t offset) const
{
    auto after = std::ranges::upper_bound(pieces_, offset, {}, &Piece::offset);
    if (after == pieces_.begin()) return {};
    const Piece& piece = *std::prev(after);
    const auto distance = static_cast<uint32_t>(offset - piece.offset);
    return {piece.line, piece.fixed ? piece.column : piece.column + distance};
}

std::optional<LogicalLine> LineReader::next()
{
    if (rest_.empty()) return std::nullopt;
    LogicalLine out{.line = line_ + 1};
    bool blank_so_far = true; // leading white space goes, also that of lines continued to
    bool continued = true;
    while (continued && !rest_.empty()) {
        const size_t newline = rest_.find('\n');
        const bool complete = newline != std::string_view::npos;
        std::string_view physical = rest_.substr(0, newline);
        rest_.remove_prefix(complete ? newline + 1 : rest_.size());
        ++line_;
        if (complete && physical.ends_with('\r')) physical.remove_suffix(1);
        // A backslash that ends the file has nothing to continue with and stays.
        continued = complete && physical.ends_with('\\');
        if (continued) physical.remove_suffix(1);

        uint32_t column = 1;
        if (blank_so_far) {
            while (!physical.empty() && is_space(physical.front())) {
                physical.remove_prefix(1);
                ++column;
            }
            if (!physical.empty()) {
                blank_so_far = false;
                out.line = line_;
            }
        }
        if (out.text.size() + physical.size() > max_line_bytes) {
            physical = physical.substr(0, max_line_bytes - out.text.size());
            out.too_long = true;
        }
        out.columns.add(out.text.size(), line_, column);
        out.text += physical;
    }
    out.end_line = line_;
    if (const size_t nul = out.text.find('\0'); nul != std::string::npos) {
        out.text.resize(nul);
        out.has_nul = true;
    }
    while (!out.text.empty() && is_space(out.text.back())) out.text.pop_back();
    return out;
}

namespace {

// A backslash escapes only itself and, inside of quotes, the quote (NUL: not quoted).
std::string unescape(std::string_view inside, char quote)
{
    std::string out;
    out.reserve(inside.size());
    for (size_t i = 0; i < inside.size(); ++i) {
        const char next = i + 1 < inside.size() ? inside[i + 1] : '\0';
        if (inside[i] == '\\' && (next == '\\' || (quote != '\0' && next == quote))) ++i;
        out += inside[i];
    }
    return out;
}

} // namespace

SplitWord take_word(std::string_view line, size_t& offset)
{
    auto skip_space = [&] {
        while (offset < line.size() && is_space(line[offset])) ++offset;
    };
    skip_space();
    SplitWord word{.offset = offset};
    if (offset >= line.size()) return word;

    const char quote = line[offset];
    if (quote == '"' || quote == '\'') {
        const size_t start = offset + 1;
        size_t end = start;
        while (end < line.size() && line[end] != quote) {
            const bool escape = line[end] == '\\' && end + 1 < line.size()
                                && (line[end + 1] == '\\' || line[end + 1] == quote);
            end += escape ? 2 : 1;
        }
        word.quoted = true;
        word.unterminated = end >= line.size();
        word.text = unescape(line.substr(start, end - start), quote);
        offset = std::min(end + 1, line.size());
    } else {
        const size_t start = offset;
        while (offset < line.size() && !is_space(line[offset])) ++offset;
        word.text = unescape(line.substr(start, offset - start), '\0');
    }
    skip_space();
    return word;
}

std::vector<SplitWord> split_arguments(std::string_view line, size_t offset)
{
    std::vector<SplitWord> words;
    while (true) {
        SplitWord word = take_word(line, offset);
        const bool end = offset >= line.size();
        // A trailing `""` is a word of its own to the reader of two or three arguments.
        if (!word.text.empty() || word.quoted) words.push_back(std::move(word));
        if (end) return words;
    }
}

} // namespace signet::config
