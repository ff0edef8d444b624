// Conditions in the language of ap_expr, whose functions reqenv, env and v see the page's
// variables.
#include "base/text.h"
#include "config/expression.h"
#include "modules/mod_include/page.h"
#include "server/request_expression.h"

namespace signet::mod_include {
namespace {

class PageExpression final : public server::RequestExpression {
public:
    explicit PageExpression(Page& page)
        : RequestExpression(page.request())
        , page_(page)
    {
    }

    [[nodiscard]] std::string lookup(std::string_view function,
                                     std::string_view name) const override
    {
        if (iequals(function, "reqenv")) return page_.variable(name).value_or("");
        if (!iequals(function, "env")) return RequestExpression::lookup(function, name);
        if (const auto note = page_.request().notes.find(name)) return std::string(*note);
        if (auto value = page_.variable(name)) return *value;
        return RequestExpression::lookup("osenv", name);
    }
    [[nodiscard]] config::Captures& captures() override { return page_.back_references().captures; }
    [[nodiscard]] std::string_view keep(std::string_view subject) override
    {
        auto& last = page_.back_references();
        last.subject = subject;
        last.have_match = true;
        return last.subject;
    }

private:
    Page& page_;
};

} // namespace

std::optional<bool> test_expression(Page& page, const std::string& text)
{
    const auto expression =
        config::Expression::compile_condition(text, config::ExpressionRules::restricted);
    if (!expression) {
        page.log(server::Severity::error, "AH01337", "Could not parse expr \"", text, "\" in ",
                 page.request().filename, ": ", expression.error().text);
        return std::nullopt;
    }
    PageExpression context(page);
    const auto result = expression->test(context);
    if (!result) {
        page.log(server::Severity::error, "AH01338", "Could not evaluate expr \"", text, "\" in ",
                 page.request().filename, ": ", result.error().text);
        return std::nullopt;
    }
    return *result;
}

} // namespace signet::mod_include
