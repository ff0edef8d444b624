// Applies a list of rules to a request: what both contexts, server and directory, have in common.
#pragma once
#include "modules/mod_rewrite/context.h"
#include "server/phases.h"

#include <optional>

namespace signet::mod_rewrite {

struct Rewritten {
    enum class Kind : uint8_t {
        unchanged,
        changed,
        changed_as_is, // NE: not to be escaped
        status,        // the request ends with `status`
    };
    Kind kind = Kind::unchanged;
    int status = 0;                          // also the redirect's, when one was asked for
    bool passes_through = false;             // PT
    const Rule* last_substitution = nullptr; // the last rule that was not "-"
    bool was_reduced = false;                // from a URL of this very host
};

// The result is in request.filename, request.query and request.path_info.
[[nodiscard]] Rewritten apply_rules(const Rules& rules, Context& context);

// After the rules, when something has changed: the status of what cannot go on (AH10410 and AH10411
// for a query that no client could have sent), or of the redirect to another server, with Location
// set. Nothing: it goes on here. `old_query` is the query before the rules.
[[nodiscard]] std::optional<int> refuse_bad_query(const Rewritten& result,
                                                  std::string_view apache_id, Context& context);
[[nodiscard]] int send_redirect(const Rewritten& result, std::optional<std::string_view> old_query,
                                Context& context);

inline constexpr std::string_view proxy_prefix = "proxy:";

// The two contexts, as hooks.
[[nodiscard]] server::Outcome rewrite_in_server(const Config& config, server::Request& request,
                                                server::Response& response);
[[nodiscard]] server::Outcome rewrite_in_directory(const Config& config, server::Request& request,
                                                   server::Response& response);
// What T and H have said, last of all fixups.
[[nodiscard]] server::Outcome force_type(const Config& config, server::Request& request,
                                         server::Response& response);
// The handler that starts again with the URL which rules of a directory have made.
[[nodiscard]] server::Outcome redirect_internally(const Config& config, server::Request& request,
                                                  server::Response& response);

} // namespace signet::mod_rewrite
