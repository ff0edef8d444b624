// Authorization rules as a tree: Require lines in <RequireAll>, <RequireAny> and <RequireNone>.
// https://httpd.apache.org/docs/2.4/mod/mod_authz_core.html#logic
#pragma once
#include "server/providers.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace signet::mod_authz_core {

using server::Authorization;

enum class Logic : uint8_t { any, all };

// A Require line or a container. Built while the configuration is read, constant afterwards, and
// then shared by the configurations that inherit it.
struct Rule {
    std::string text; // "Require ip 10", "<RequireAny>": for the log
    std::shared_ptr<const server::AuthorizationRule> check{}; // null: a container
    Logic logic = Logic::any;
    bool negated = false;            // Require not, <RequireNone>
    uint64_t methods = ~uint64_t{0}; // <Limit>
    std::vector<std::shared_ptr<const Rule>> children{};
};

// Denied beats everything in `all`, granted beats everything in `any`; needs_user stands for a
// denial that authentication may still turn. A negated rule never grants.
[[nodiscard]] Authorization evaluate(const Rule& rule, server::Request& request);

// The rule that both sections together ask for: AuthMerging And, Or.
[[nodiscard]] std::shared_ptr<const Rule> combine(Logic logic,
                                                  const std::shared_ptr<const Rule>& outer,
                                                  const std::shared_ptr<const Rule>& inner);

// True when every request gets the same decision.
[[nodiscard]] bool is_constant(const Rule& rule);

// True when the container can never grant: all its children are negated.
[[nodiscard]] bool only_negative(const Rule& rule);

} // namespace signet::mod_authz_core
