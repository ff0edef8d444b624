#include "server/recursion_limit.h"

#include "server/core_config.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/scope.h"
#include "server/vhost.h"

namespace signet::server {
namespace {

constexpr unsigned default_limit = 10;
constexpr int too_many_redirects = 206;

void log_debug(const Request& request, std::string_view id, std::string_view how, const Request& at)
{
    log_event(request, {.severity = Severity::debug,
                        .module = "core",
                        .apache_id = id,
                        .text = request.arena.join(how, at.uri.empty() ? "(unknown)" : at.uri)});
}

// Where the request came from, the nearest first.
void log_backtrace(const Request& request)
{
    if (!log_enabled(request, Severity::debug, "core")) return;
    log_debug(request, "AH00121", "r->uri = ", request);
    for (const Request* at = &request; at->previous || at->parent;) {
        if (at->previous) {
            at = at->previous;
            log_debug(request, "AH00122", "redirected from r->uri = ", *at);
        } else {
            at = at->parent;
            log_debug(request, "AH00123", "subrequested from r->uri = ", *at);
        }
    }
}

bool refuse(const Request& request, std::string_view id, unsigned limit, std::string_view what)
{
    log_event(request,
              {.severity = Severity::error,
               .module = "core",
               .apache_id = id,
               .id = too_many_redirects,
               .text = request.arena.join(
                   "Request exceeded the limit of ", std::to_string(limit), what,
                   " due to probable configuration error. Use 'LimitInternalRecursion' to increase "
                   "the limit if necessary. Use 'LogLevel debug' to get a backtrace.")});
    log_backtrace(request);
    return true;
}

} // namespace

bool exceeds_recursion_limit(const Request& request)
{
    const auto& core = request.vhost->base->core();
    const unsigned most_redirects = core.max_internal_redirects.value_or(default_limit);
    const unsigned most_subrequests = core.max_subrequests.value_or(default_limit);
    unsigned redirects = 0;
    unsigned subrequests = 0;
    for (const Request* at = &request; at->previous || at->parent;) {
        if (at->previous) {
            if (++redirects >= most_redirects)
                return refuse(request, "AH00124", most_redirects, " internal redirects");
            at = at->previous;
        } else {
            if (++subrequests >= most_subrequests)
                return refuse(request, "AH00125", most_subrequests, " subrequest nesting levels");
            at = at->parent;
        }
    }
    return false;
}

} // namespace signet::server
