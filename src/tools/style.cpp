#include "tools/style.h"

#include "base/text.h"

#include <cstdlib>
#include <unistd.h>

namespace signet::tools {

bool wants_colour()
{
    return ::isatty(STDOUT_FILENO) == 1 && !std::getenv("NO_COLOR");
}

std::string inked(Ink ink, std::string_view text, bool colour)
{
    constexpr const char* codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[32m"};
    if (!colour || ink == Ink::plain) return std::string(text);
    return codes[static_cast<size_t>(ink)] + std::string(text) + "\x1b[0m";
}

std::string paragraph(std::string_view label, std::string_view text, size_t indent, size_t width)
{
    std::string out(label);
    out.resize(std::max(indent, out.size() + 1), ' ');
    size_t column = out.size();
    const size_t begin = column;
    for (const auto word : split_words(text)) {
        if (column > begin && column + 1 + word.size() > width) {
            out.append("\n").append(indent, ' ');
            column = indent;
        } else if (column > begin) {
            out += ' ';
            ++column;
        }
        out.append(word);
        column += word.size();
    }
    return out + "\n";
}

} // namespace signet::tools
