#include "config/expression_lexer.h"

#include "base/text.h"

#include <array>

namespace signet::config {
namespace {

struct Spelling {
    std::string_view text;
    TokenKind kind;
};

// Longer ones first.
constexpr auto symbols = std::to_array<Spelling>({
    {"&&", TokenKind::op_and},
    {"||", TokenKind::op_or},
    {"=~", TokenKind::matches},
    {"!~", TokenKind::matches_not},
    {"==", TokenKind::text_equal},
    {"!=", TokenKind::text_not_equal},
    {"<=", TokenKind::text_less_equal},
    {">=", TokenKind::text_greater_equal},
    {"%{", TokenKind::variable_begin},
    {"=", TokenKind::text_equal},
    {"<", TokenKind::text_less},
    {">", TokenKind::text_greater},
    {"!", TokenKind::op_not},
    {".", TokenKind::concat},
    {"(", TokenKind::open},
    {")", TokenKind::close},
    {"{", TokenKind::open_brace},
    {"}", TokenKind::close_brace},
    {",", TokenKind::comma},
    {"'", TokenKind::string_begin},
    {"\"", TokenKind::string_begin},
});

constexpr auto keywords = std::to_array<Spelling>({
    {"true", TokenKind::yes},
    {"false", TokenKind::no},
    {"and", TokenKind::op_and},
    {"or", TokenKind::op_or},
    {"not", TokenKind::op_not},
    {"in", TokenKind::in},
    {"eq", TokenKind::equal},
    {"ne", TokenKind::not_equal},
    {"lt", TokenKind::less},
    {"le", TokenKind::less_equal},
    {"gt", TokenKind::greater},
    {"ge", TokenKind::greater_equal},
});

constexpr std::string_view regex_delimiters = "/#$%^|?!'\",;:.-";

bool is_name(char c)
{
    return is_alnum(c) || c == '_';
}

} // namespace

std::string_view name_of(TokenKind kind)
{
    constexpr auto names = std::to_array<std::string_view>(
        {"$end",        "T_ERROR",     "T_TRUE",      "T_FALSE",     "T_OP_AND",
         "T_OP_OR",     "T_OP_NOT",    "T_OP_STR_EQ", "T_OP_STR_NE", "T_OP_STR_LT",
         "T_OP_STR_LE", "T_OP_STR_GT", "T_OP_STR_GE", "T_OP_EQ",     "T_OP_NE",
         "T_OP_LT",     "T_OP_LE",     "T_OP_GT",     "T_OP_GE",     "T_OP_CONCAT",
         "T_OP_IN",     "T_OP_REG",    "T_OP_NRE",    "T_REGEX",     "T_REGEX_I",
         "T_DIGIT",     "T_ID",        "T_STR_BEGIN", "T_VAR_BEGIN", "T_REGEX_BACKREF",
         "'('",         "')'",         "'{'",         "'}'",         "','",
         "T_OP_UNARY",  "T_OP_BINARY"});
    static_assert(names.size() == static_cast<size_t>(TokenKind::binary) + 1);
    return names[static_cast<size_t>(kind)];
}

Token ExpressionLexer::take(TokenKind kind, size_t length)
{
    const Token token{.kind = kind, .text = source_.substr(at_, length), .at = at_};
    at_ += length;
    return token;
}

std::string_view ExpressionLexer::read_name()
{
    const size_t start = at_;
    if (is_alpha(peek())) {
        while (is_name(peek())) ++at_;
    }
    return source_.substr(start, at_ - start);
}

Token ExpressionLexer::next()
{
    while (!at_end() && is_space(peek())) ++at_;
    if (at_end()) return {.kind = TokenKind::end, .at = at_};

    Token token;
    if (read_regex(token)) return token;
    if (peek() == '-') return read_dash();
    if (is_digit(peek())) {
        size_t length = 1;
        while (is_digit(peek(length))) ++length;
        return take(TokenKind::digits, length);
    }
    if (peek() == '$' && is_digit(peek(1))) return take(TokenKind::capture, 2);
    if (is_alpha(peek())) {
        token = {.kind = TokenKind::name, .at = at_};
        token.text = read_name();
        for (const auto& keyword : keywords) {
            if (keyword.text == token.text) token.kind = keyword.kind;
        }
        return token;
    }
    return read_operator();
}

// /…/ or m#…#, then perhaps i. Nothing escapes the delimiter.
bool ExpressionLexer::read_regex(Token& token)
{
    const bool explicit_form =
        peek() == 'm' && peek(1) != '\0' && regex_delimiters.contains(peek(1));
    if (!explicit_form && peek() != '/') return false;
    const size_t start = at_ + (explicit_form ? 2 : 1);
    const size_t stop = source_.find(source_[start - 1], start);
    token.at = at_;
    if (stop == std::string_view::npos) {
        token.kind = TokenKind::end;
        at_ = source_.size();
        return true;
    }
    token.text = source_.substr(start, stop - start);
    at_ = stop + 1;
    token.kind = peek() == 'i' ? TokenKind::regex_ignoring_case : TokenKind::regex;
    if (token.kind == TokenKind::regex_ignoring_case) ++at_;
    return true;
}

// Negative numbers, -eq, -in, -e, -ipmatch.
Token ExpressionLexer::read_dash()
{
    size_t length = 1;
    if (is_digit(peek(1))) {
        while (is_digit(peek(length))) ++length;
        return take(TokenKind::digits, length);
    }
    if (!is_alpha(peek(1))) return take(TokenKind::bad, 1);
    while (is_name(peek(length))) ++length;
    if (length == 2) return take(TokenKind::unary, length);

    Token token = take(TokenKind::binary, length);
    const auto word = token.text.substr(1);
    for (const auto& keyword : keywords) {
        if (keyword.text == word && keyword.kind >= TokenKind::equal) token.kind = keyword.kind;
    }
    return token;
}

Token ExpressionLexer::read_operator()
{
    for (const auto& symbol : symbols) {
        if (source_.substr(at_).starts_with(symbol.text))
            return take(symbol.kind, symbol.text.size());
    }
    return take(TokenKind::bad, 1);
}

} // namespace signet::config
