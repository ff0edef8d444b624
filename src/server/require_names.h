// The words behind `Require user` and `Require group`: names, or an expression that makes them.
#pragma once
#include "base/result.h"
#include "config/expression.h"
#include "server/words.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {

class Request;

class RequireNames {
public:
    [[nodiscard]] static Result<RequireNames> parse(std::span<const std::string> arguments,
                                                    const Words& words);
    // The names for this request; nothing when the expression fails, which is logged as
    // "<what>: Can't evaluate require expression: …".
    [[nodiscard]] std::optional<std::vector<std::string>> evaluate(Request& request,
                                                                   std::string_view module,
                                                                   std::string_view apache_id,
                                                                   std::string_view what) const;

private:
    explicit RequireNames(config::Expression expression)
        : expression_(std::move(expression))
    {
    }
    config::Expression expression_;
};

} // namespace signet::server
