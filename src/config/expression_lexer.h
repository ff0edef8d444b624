// Cuts an expression into tokens. What is inside strings, variables and arguments the parser reads
// character by character through the same cursor. Internal to expression*.cpp.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace signet::config {

enum class TokenKind : uint8_t {
    end,
    bad,
    yes,
    no,
    op_and,
    op_or,
    op_not,
    text_equal,
    text_not_equal,
    text_less,
    text_less_equal,
    text_greater,
    text_greater_equal,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    concat,
    in,
    matches,
    matches_not,
    regex,
    regex_ignoring_case,
    digits,
    name,
    string_begin,
    variable_begin,
    capture,
    open,
    close,
    open_brace,
    close_brace,
    comma,
    unary,
    binary,
};

// The token's name in Apache's messages: "T_OP_AND", "$end", "')'".
[[nodiscard]] std::string_view name_of(TokenKind kind);

struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view text{}; // names, digits, operators, the pattern, the quote that opens a string
    size_t at = 0;
};

class ExpressionLexer {
public:
    explicit ExpressionLexer(std::string_view source)
        : source_(source)
    {
    }

    [[nodiscard]] Token next();

    // The cursor, for what is not made of tokens.
    [[nodiscard]] bool at_end() const { return at_ >= source_.size(); }
    [[nodiscard]] char peek(size_t ahead = 0) const
    {
        return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
    }
    [[nodiscard]] size_t offset() const { return at_; }
    void skip(size_t count) { at_ += count; }
    // [A-Za-z][A-Za-z0-9_]*, or nothing.
    [[nodiscard]] std::string_view read_name();

private:
    Token take(TokenKind kind, size_t length);
    bool read_regex(Token& token);
    Token read_dash();
    Token read_operator();

    std::string_view source_;
    size_t at_ = 0;
};

} // namespace signet::config
