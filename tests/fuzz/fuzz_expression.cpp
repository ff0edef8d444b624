// Expressions from .htaccess: whatever they say, compiling and evaluating ends and stays in bounds.
// The first byte picks the kind; the rest is the expression.
#include "config/expression.h"
#include "config/fnmatch.h"

#include <cstdint>
#include <string>

namespace {

class Request : public signet::config::ExpressionContext {
public:
    [[nodiscard]] std::string variable(std::string_view name) const override
    {
        return std::string(name);
    }
    [[nodiscard]] std::string lookup(std::string_view, std::string_view name) const override
    {
        return std::string(name);
    }
    [[nodiscard]] bool reachable(char, std::string_view) const override { return true; }
    [[nodiscard]] std::string client_address() const override { return "192.0.2.1"; }
    [[nodiscard]] std::vector<std::string> list(std::string_view,
                                                std::string_view name) const override
    {
        return {std::string(name)};
    }
    signet::config::Captures& captures() override { return captures_; }
    std::string_view keep(std::string_view subject) override { return kept_ = subject; }

private:
    signet::config::Captures captures_;
    std::string kept_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    using signet::config::Expression;
    using signet::config::ExpressionRules;
    if (size < 1) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    // Restricted, so that the fuzzer does not read files of this machine.
    constexpr auto rules = ExpressionRules::restricted;
    Request request;
    if (data[0] % 2 == 0) {
        auto expression = Expression::compile_condition(text, rules);
        if (!expression) return expression.error().text.empty() ? __builtin_trap(), 0 : 0;
        // What is folded must not depend on what was matched before.
        const bool first = expression->test(request).value_or(false);
        const bool second = expression->test(request).value_or(false);
        if (expression->is_constant() && first != second) __builtin_trap();
    } else {
        auto expression = Expression::compile_string(text, rules);
        if (expression) (void)expression->string(request);
    }
    (void)signet::config::glob_matches(text.substr(0, text.size() / 2),
                                       text.substr(text.size() / 2));
    return 0;
}
