// Lets expressions (<If>, Require expr, Header expr=) ask about a request.
#pragma once
#include "config/expression.h"

namespace signet::server {

class Request;

// Lives as long as one evaluation, and so do $0…$9.
class RequestExpression : public config::ExpressionContext {
public:
    enum class Vary : bool { untold, told };
    // Request fields that a condition asks for are named in the response's Vary, unless the answer
    // does not depend on them (a log's condition). Apache leaves out those that make up a text.
    explicit RequestExpression(Request& request, Vary vary = Vary::told)
        : request_(request)
        , tells_vary_(vary == Vary::told)
    {
    }

    [[nodiscard]] std::string variable(std::string_view name) const override;
    [[nodiscard]] std::string lookup(std::string_view function,
                                     std::string_view name) const override;
    [[nodiscard]] bool reachable(char kind, std::string_view what) const override;
    [[nodiscard]] std::string client_address() const override;
    [[nodiscard]] std::vector<std::string> list(std::string_view function,
                                                std::string_view name) const override;
    [[nodiscard]] config::Captures& captures() override;
    [[nodiscard]] std::string_view keep(std::string_view subject) override;
    [[nodiscard]] Request& request() { return request_; }

private:
    Request& request_;
    bool tells_vary_;
    config::Captures captures_{};
};

} // namespace signet::server
