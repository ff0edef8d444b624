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
    // "REQUEST_URI", "HTTPS", "SSL_PROTOCOL" …; empty when unknown.
    [[nodiscard]] virtual std::string variable(std::string_view name) const = 0;
    // http, req, resp, reqenv, osenv, note, env …: functions that look something up by name.
    [[nodiscard]] virtual std::string lookup(std::string_view function, std::string_view name) const = 0;
    // -F, -U: is the file or URL reachable for this request (a subrequest).
    [[nodiscard]] virtual bool reachable(char kind, std::string_view what) const = 0;
    // -R, -ipmatch: the client's address.
    [[nodiscard]] virtual std::string client_address() const = 0;
    // PeerExtList and other list functions.
    [[nodiscard]] virtual std::vector<std::string> list(std::string_view function, std::string_view name) const
        = 0;
    // Regex captures of this request, which $0..$9 in later parts refer to.
    [[nodiscard]] virtual Captures& captures() = 0;
};

// Immutable once compiled; owned by the configuration that contains it.
class Expression {
public:
    // A condition, as in <If "…">. The error text carries the offset as "… (at N)".
    [[nodiscard]] static Result<Expression> compile_condition(std::string_view text);
    // A string with %{VAR} and %{func:arg} inside, as in `ErrorDocument 403 "%{escape:…}"`.
    [[nodiscard]] static Result<Expression> compile_string(std::string_view text);

    Expression(Expression&&) noexcept;
    Expression& operator=(Expression&&) noexcept;
    ~Expression();

    [[nodiscard]] Result<bool> test(ExpressionContext& context) const;
    [[nodiscard]] Result<std::string> string(ExpressionContext& context) const;
    [[nodiscard]] const std::string& text() const { return text_; }

    struct Program;

private:
    Expression();
    std::unique_ptr<const Program> program_;
    std::string text_;
};

} // namespace signet::config
