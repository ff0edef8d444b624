// What is inside quotes, in %{name:argument} and in a whole string expression: text with escapes,
// %{…} and $0…$9.
#include "config/expression_parser.h"

#include "base/text.h"

#include <algorithm>

namespace signet::config {
namespace {

constexpr std::string_view unterminated = "Unterminated string or variable";
constexpr char whole_text = '\0';

void flush(std::vector<Word>& parts, std::string& text)
{
    // Apache's strings are C's: what stands behind \000 is lost.
    text.resize(std::min(text.size(), text.find('\0')));
    if (!text.empty()) parts.push_back({.kind = Word::Kind::text, .text = std::move(text)});
    text.clear();
}

} // namespace

Result<Word> ExpressionParser::string()
{
    auto root = parts(whole_text, 0);
    if (failed() || !remark_.empty()) return std::unexpected(verdict());
    return root;
}

// Everything up to `terminator`, which is skipped.
Word ExpressionParser::parts(char terminator, size_t opened_at)
{
    std::vector<Word> parts;
    std::string text;
    while (!failed()) {
        const char c = lexer_.peek();
        if (lexer_.at_end()) {
            if (terminator != whole_text) scan_error(std::string(unterminated), opened_at);
            break;
        }
        if (c == terminator && terminator != whole_text) break;
        if (c == '%' && lexer_.peek(1) == '{') {
            flush(parts, text);
            lexer_.skip(2);
            parts.push_back(variable());
        } else if (c == '$' && is_digit(lexer_.peek(1))) {
            flush(parts, text);
            parts.push_back({.kind = Word::Kind::capture,
                             .group = static_cast<unsigned char>(lexer_.peek(1) - '0')});
            lexer_.skip(2);
        } else if (c == '\\') {
            if (!read_escape(text)) break;
        } else {
            text += c;
            lexer_.skip(1);
        }
    }
    if (failed()) return {};
    flush(parts, text);
    if (terminator != whole_text) lexer_.skip(1);
    if (parts.empty()) return {};
    if (parts.size() == 1) return std::move(parts.front());
    return {.kind = Word::Kind::join, .parts = std::move(parts)};
}

// \n, \101, or the character itself.
bool ExpressionParser::read_escape(std::string& out)
{
    const size_t start = lexer_.offset();
    lexer_.skip(1);
    if (lexer_.at_end()) {
        scan_error("Bad escape sequence", start);
        return false;
    }
    size_t digits = 0;
    unsigned value = 0;
    bool octal = true;
    while (is_digit(lexer_.peek(digits))) {
        const char digit = lexer_.peek(digits++);
        octal = octal && digit < '8' && digits <= 3;
        if (octal) value = value * 8 + static_cast<unsigned>(digit - '0');
    }
    if (digits > 0) {
        lexer_.skip(digits);
        if (octal && value <= 0xff) {
            out += static_cast<char>(value);
            return true;
        }
        scan_error(octal ? "Escape sequence out of bound" : "Bad escape sequence", start);
        return false;
    }
    constexpr std::string_view letters = "nrtbf";
    constexpr std::string_view meanings = "\n\r\t\b\f";
    const size_t known = letters.find(lexer_.peek());
    out += known == std::string_view::npos ? lexer_.peek() : meanings[known];
    lexer_.skip(1);
    return true;
}

// Reads the name of a variable or function and the ':' or '}' behind it stays unread.
std::string_view ExpressionParser::variable_name()
{
    auto complain = [&](std::string_view expecting) {
        const size_t at = lexer_.offset();
        const char c = lexer_.peek();
        if (lexer_.at_end()) {
            remark(std::string(unterminated), at);
        } else if (c == '}' || c == ':') {
            unexpected(c == '}' ? "T_VAR_END" : "':'", at, expecting);
            return;
        } else {
            remark("Invalid character in variable name '" + std::string(1, c) + "'", at);
        }
        unexpected("T_ERROR", at, expecting);
    };
    const auto name = lexer_.read_name();
    if (name.empty()) {
        complain("T_ID");
    } else if (lexer_.at_end() || (lexer_.peek() != '}' && lexer_.peek() != ':')) {
        complain("T_VAR_END or ':'");
    }
    return name;
}

// Behind "%{": a variable's name, or a function's with its argument.
Word ExpressionParser::variable()
{
    const size_t at = lexer_.offset();
    const auto name = variable_name();
    if (failed()) return {};
    if (lexer_.peek() == '}') {
        lexer_.skip(1);
        const auto found = find_variable(name);
        if (!found.known) remark("Variable '" + std::string(name) + "' does not exist", at);
        if (found.header.empty()) {
            std::string capitals(name);
            for (char& c : capitals) {
                if (is_alpha(c)) c = static_cast<char>(c & ~0x20);
            }
            return {.kind = Word::Kind::variable, .text = std::move(capitals)};
        }
        return call("req", {.kind = Word::Kind::text, .text = std::string(found.header)}, at);
    }
    lexer_.skip(1);
    if (lexer_.peek() == '}') {
        unexpected("T_VAR_END", lexer_.offset(),
                   "T_ERROR or T_STRING or T_REGEX_BACKREF or T_VAR_BEGIN");
        return {};
    }
    if (!enter()) return {};
    auto argument = parts('}', at);
    --depth_;
    return failed() ? Word{} : call(name, std::move(argument), at);
}

} // namespace signet::config
