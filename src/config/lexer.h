// From bytes to logical lines, and from a line's arguments to words, exactly as Apache does it:
// a backslash before the newline continues a line (even a comment), white space around it goes,
// quotes group words. https://httpd.apache.org/docs/2.4/configuring.html#syntax
#pragma once
#include "config/tree.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

// Apache's bound for one line with its continuations; ours also for what ${VAR} makes of it.
inline constexpr size_t max_line_bytes = size_t{16} << 20;

// Which column a byte of a joined or expanded line came from.
class ColumnMap {
public:
    // From `offset` on, bytes stand at `column`, `column` + 1 …; or all at `column` when `fixed`
    // (the value of a variable).
    void add(size_t offset, uint32_t line, uint32_t column, bool fixed = false);
    [[nodiscard]] uint32_t column(size_t offset) const { return place(offset).column; }
    [[nodiscard]] uint32_t line(size_t offset) const { return place(offset).line; }

private:
    struct Piece {
        size_t offset;
        uint32_t line;
        uint32_t column;
        bool fixed;
    };
    struct Place {
        uint32_t line = 0;
        uint32_t column = 0;
    };
    [[nodiscard]] Place place(size_t offset) const;
    std::vector<Piece> pieces_;
};

struct LogicalLine {
    std::string text;  // continuation joined, trimmed; may be empty
    uint32_t line = 0; // of its first byte
    uint32_t end_line = 0;
    ColumnMap columns;
    bool too_long = false; // text is cut off
    bool has_nul = false;  // text ends before the first NUL, as in Apache
};

// Walks over a file's bytes. The bytes must outlive it.
class LineReader {
public:
    explicit LineReader(std::string_view bytes)
        : rest_(bytes)
    {
    }
    [[nodiscard]] std::optional<LogicalLine> next();
    [[nodiscard]] uint32_t line() const { return line_; }

private:
    std::string_view rest_;
    uint32_t line_ = 0; // physical lines consumed
};

struct SplitWord {
    std::string text;
    size_t offset = 0; // of its first byte, the quote included
    bool quoted = false;
    bool unterminated = false; // an opening quote without its end
};

// Apache's ap_getword_conf: takes the next word off `rest` at `offset`, with the white space after
// it. An empty word means the end (or a pair of quotes with nothing inside).
[[nodiscard]] SplitWord take_word(std::string_view line, size_t& offset);
// All words from `offset` on. Apache's handlers stop at an empty word only where it is the end.
[[nodiscard]] std::vector<SplitWord> split_arguments(std::string_view line, size_t offset);

} // namespace signet::config
