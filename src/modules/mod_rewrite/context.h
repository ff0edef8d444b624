// One run through a list of rules, for one request; and what texts in rules expand to.
#pragma once
#include "config/regex.h"
#include "modules/mod_rewrite/rules.h"
#include "server/request.h"

#include <string>
#include <string_view>

namespace signet::mod_rewrite {

// Lives on the fiber's stack while rules are applied. Views are into the request's arena.
struct Context {
    server::Request& request;
    const Config& config;
    std::string_view directory{}; // of per-directory rules; "" in a server's
    std::string_view url{};       // what the rule's pattern is compared with
    config::Captures rule{};      // $0…$9
    config::Captures condition{}; // %0…%9
    std::string_view vary{};      // request fields that conditions asked for
    std::string_view vary_this{}; // in the condition at hand

    [[nodiscard]] bool is_per_directory() const { return !directory.empty(); }
    template <class... Texts> [[nodiscard]] std::string_view join(const Texts&... texts) const
    {
        return request.arena.join(texts...);
    }
};

// Who wrote the question marks of an expanded text: the administrator, or somebody else.
struct QuestionMarks {
    bool any = false;
    bool first_is_foreign = false;
    bool last_is_foreign = false;
    void note(std::string_view text, bool is_foreign)
    {
        if (text.find('?') == text.npos) return;
        if (!any) first_is_foreign = is_foreign;
        last_is_foreign = is_foreign;
        any = true;
    }
};

// Group references, variables and maps in `text` replaced. `rule` says how groups are escaped.
[[nodiscard]] std::string expand(std::string_view text, Context& context,
                                 const Rule* rule = nullptr, QuestionMarks* marks = nullptr);

// Does the condition hold? What a regular expression found is then in context.condition.
[[nodiscard]] bool holds(const Condition& condition, Context& context);

// May this request look ahead? A look-up of the same URI would look ahead for itself.
[[nodiscard]] bool may_look_ahead(const server::Request& request);

// The server's part that counts for this request: a virtual host without rewrite directives of its
// own has not the main server's, unless RewriteOptions says so.
[[nodiscard]] const Config::Server& server_part(const Config& config,
                                                const server::Request& request);

// For tests.
[[nodiscard]] std::string escape_group(std::string_view text, const Rule& rule);

} // namespace signet::mod_rewrite
