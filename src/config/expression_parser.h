// Builds an expression's tree, or says what is wrong in Apache's words. Internal to
// expression*.cpp.
#pragma once
#include "config/expression_lexer.h"
#include "config/expression_program.h"

#include <optional>

namespace signet::config {

// Recursive descent: or, and, not, comparison, word. After an error every function returns an
// empty result at once and the caller's caller sees failed().
class ExpressionParser {
public:
    ExpressionParser(std::string_view source, ExpressionRules rules, Regex::Options regex = {})
        : lexer_(source)
        , rules_(rules)
        , regex_(regex)
    {
    }

    [[nodiscard]] Result<Condition> condition();
    [[nodiscard]] Result<Word> string();

private:
    Condition any_of();
    Condition all_of();
    Condition negation();
    Condition primary();
    Condition unary();
    Condition comparison();
    Condition compare_with(Word left, TokenKind kind);
    Condition regex_match(Word subject, bool negated);
    Condition membership(Word needle);
    Condition binary(Word left);

    Word word();
    Word word_part();
    Word function_call();
    Word parts(char terminator, size_t opened_at);
    Word variable();
    Word call(std::string_view name, Word argument, size_t at);
    bool read_escape(std::string& out);
    std::string_view variable_name();

    void advance() { token_ = lexer_.next(); }
    bool accept(TokenKind kind);
    bool enter();

    // The grammar's error; `expecting` lists Apache's token names.
    void unexpected(std::string_view found, size_t at, std::string_view expecting = {});
    void unexpected(std::string_view expecting = {});
    // An error that ends the parsing at once with these words alone.
    void scan_error(std::string text, size_t at);
    // An error that lets the parser go on; of several the last one is reported, as in Apache.
    void remark(std::string text, size_t at);
    [[nodiscard]] bool failed() const { return error_.has_value(); }
    [[nodiscard]] Error verdict() const;

    ExpressionLexer lexer_;
    ExpressionRules rules_;
    Regex::Options regex_;
    Token token_{};
    int depth_ = 0;
    std::string remark_{};
    size_t remark_at_ = 0;
    std::optional<Error> error_{};
};

} // namespace signet::config
