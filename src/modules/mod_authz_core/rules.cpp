#include "modules/mod_authz_core/rules.h"

#include "http/method.h"
#include "server/error_log.h"
#include "server/request.h"

#include <algorithm>

namespace signet::mod_authz_core {
namespace {

std::string_view name_of(Authorization result)
{
    switch (result) {
    case Authorization::granted: return "granted";
    case Authorization::denied: return "denied";
    case Authorization::neutral: return "neutral";
    case Authorization::needs_user: return "denied (no authenticated user yet)";
    }
    return {};
}

void trace(const Rule& rule, std::string_view result, server::Request& request)
{
    // Apache has one section where <RequireAny> is all there is in what is one anyway.
    const bool is_wrapper = rule.children.size() == 1 && !rule.children[0]->check
                            && rule.children[0]->text == rule.text;
    if (is_wrapper) return;
    server::log_event(
        request,
        {.severity = server::Severity::debug, .module = "authz_core", .apache_id = "AH01626"},
        "authorization result of ", rule.text, ": ", result);
}

Authorization evaluate_children(const Rule& rule, server::Request& request)
{
    Authorization result = Authorization::neutral;
    for (const auto& child : rule.children) {
        const Authorization said = evaluate(*child, request);
        if (said == Authorization::neutral) continue;
        if (rule.logic == Logic::all) {
            if (said == Authorization::denied) return said;
            if (said == Authorization::needs_user || result == Authorization::neutral)
                result = said;
        } else {
            if (said == Authorization::granted) return said;
            if (said == Authorization::needs_user || result == Authorization::neutral)
                result = said;
        }
    }
    return result;
}

} // namespace

Authorization evaluate(const Rule& rule, server::Request& request)
{
    if ((rule.methods & http::method_bit(request.method)) == 0) {
        trace(rule, "neutral (directive limited to other methods)", request);
        return Authorization::neutral;
    }
    Authorization result =
        rule.check ? rule.check->check(request) : evaluate_children(rule, request);
    if (rule.negated && result == Authorization::granted) {
        result = Authorization::denied;
    } else if (rule.negated && result == Authorization::denied) {
        result = Authorization::neutral;
    }
    trace(rule, name_of(result), request);
    return result;
}

std::shared_ptr<const Rule> combine(Logic logic, const std::shared_ptr<const Rule>& outer,
                                    const std::shared_ptr<const Rule>& inner)
{
    auto both = std::make_shared<Rule>();
    both->text = logic == Logic::all ? "<RequireAll>" : "<RequireAny>";
    both->logic = logic;
    both->children = {outer, inner};
    both->methods = outer->methods | inner->methods;
    return both;
}

bool is_constant(const Rule& rule)
{
    if (rule.methods != ~uint64_t{0}) return false;
    if (rule.check) return rule.check->is_constant();
    return std::ranges::all_of(rule.children,
                               [](const auto& child) { return is_constant(*child); });
}

bool only_negative(const Rule& rule)
{
    return !rule.check && rule.logic == Logic::all && !rule.children.empty()
           && std::ranges::all_of(rule.children, [](const auto& child) { return child->negated; });
}

} // namespace signet::mod_authz_core
