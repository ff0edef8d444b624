// Apache's expression language (ap_expr), compiled once, evaluated per request.
// https://httpd.apache.org/docs/2.4/expr.html
#pragma once
#include "base/result.h"
#include "config/regex.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

// What an expression asks of the request it runs for. The server implements it; tests fake it.
class ExpressionContext {
public:
    virtual ~ExpressionContext() = default;
    // "REQUEST_URI", "HTTPS", "SSL_PROTOCOL" …, always in capitals; empty when it has no value.
    // The HTTP_… variables arrive as lookup("req", "User-Agent") instead.
    [[nodiscard]] virtual std::string variable(std::string_view name) const = 0;
    // Functions of the request or of higher floors, in small letters: req (also written http),
    // req_novary, resp, reqenv, osenv, note, env, ssl, md5, sha1.
    [[nodiscard]] virtual std::string lookup(std::string_view function,
                                             std::string_view name) const = 0;
    // -F, -U (also written -A): is the file or URL reachable for this request (a subrequest).
    [[nodiscard]] virtual bool reachable(char kind, std::string_view what) const = 0;
    // -R: the client's address.
    [[nodiscard]] virtual std::string client_address() const = 0;
    // List functions, in small letters: peerextlist.
    [[nodiscard]] virtual std::vector<std::string> list(std::string_view function,
                                                        std::string_view name) const = 0;
    // Regex captures of this request, which $0..$9 in later parts refer to.
    [[nodiscard]] virtual Captures& captures() = 0;
    // A copy of what a regex matched that lives as long as captures(), or nothing: then the
    // captures are forgotten when the evaluation ends.
    [[nodiscard]] virtual std::string_view keep(std::string_view /*subject*/) { return {}; }
};

// Which language: Apache's modules differ a little.
enum class ExpressionRules : unsigned char {
    full,
    restricted,  // mod_include: nothing that looks at files
    ssl_require, // SSLRequire: < <= > >= and lt le gt ge compare lengths first, then texts
};

// Immutable once compiled; owned by the configuration that contains it.
class Expression {
public:
    // A condition, as in <If "…">. The error text is Apache's (without the directive's own
    // prefix) and carries the offset of the culprit as "… (at N)", counted from 0.
    [[nodiscard]] static Result<Expression>
    compile_condition(std::string_view text, ExpressionRules rules = ExpressionRules::full,
                      Regex::Options regex = {});
    // A string with %{VAR} and %{func:arg} inside, as in `ErrorDocument 403 "%{escape:…}"`.
    [[nodiscard]] static Result<Expression>
    compile_string(std::string_view text, ExpressionRules rules = ExpressionRules::full);

    Expression(Expression&&) noexcept;
    Expression& operator=(Expression&&) noexcept;
    ~Expression();

    // Fails only when something cannot be evaluated: "Cannot open file …".
    [[nodiscard]] Result<bool> test(ExpressionContext& context) const;
    [[nodiscard]] Result<std::string> string(ExpressionContext& context) const;
    [[nodiscard]] const std::string& text() const { return text_; }
    // The result never depends on the request.
    [[nodiscard]] bool is_constant() const;

    struct Program;

private:
    Expression();
    std::unique_ptr<const Program> program_;
    std::string text_;
};

} // namespace signet::config
