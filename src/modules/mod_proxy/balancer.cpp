#include "modules/mod_proxy/balancer.h"

#include "base/text.h"
#include "http/cookie.h"
#include "modules/mod_proxy/backend_url.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/response.h"

#include <algorithm>

namespace signet::mod_proxy {
namespace {

using server::Outcome, server::Request, server::Response, server::Severity;

bool is_resting(const Backend& member)
{
    const auto& state = *member.state;
    if (!state.failed || member.parameters.ignores_errors.value_or(false)) return false;
    return Monotonic::now() - state.failed_at
           < member.parameters.retry.value_or(std::chrono::seconds(60));
}

bool may_be_asked(const Backend& member)
{
    const auto& p = member.parameters;
    return !p.disabled.value_or(false) && !p.stopped.value_or(false);
}

double factor(const Backend& member)
{
    return member.parameters.load_factor.value_or(1);
}

// Every member's claim grows by its factor; the largest is served and pays for all.
const Backend* by_requests(const std::vector<const Backend*>& members)
{
    const Backend* chosen = nullptr;
    double total = 0;
    for (const Backend* member : members) {
        total += factor(*member);
        member->state->balance += factor(*member);
        if (!chosen || member->state->balance > chosen->state->balance) chosen = member;
    }
    if (chosen) chosen->state->balance -= total;
    return chosen;
}

template <class Load> const Backend* by_least(const std::vector<const Backend*>& members, Load load)
{
    const auto found = std::ranges::min_element(
        members, {}, [&](const Backend* member) { return load(*member) / factor(*member); });
    return found == members.end() ? nullptr : *found;
}

const Backend* by_method(const std::string& method, const std::vector<const Backend*>& members)
{
    if (method == "bytraffic") {
        return by_least(members, [](const Backend& member) {
            return static_cast<double>(member.state->bytes_to + member.state->bytes_from);
        });
    }
    if (method == "bybusyness") {
        return by_least(members, [](const Backend& member) {
            // Those that are equally busy take turns.
            return member.state->busy + static_cast<double>(member.state->requests) * 1e-9;
        });
    }
    return by_requests(members);
}

// Those of the lowest lbset that has any; standbys only when nobody else is left.
std::vector<const Backend*> candidates(const Balancer& balancer,
                                       const std::vector<const Backend*>& tried, bool resting_too)
{
    std::vector<const Backend*> found;
    for (const bool standbys : {false, true}) {
        unsigned lowest = UINT32_MAX;
        for (const Backend& member : balancer.members) {
            const auto& p = member.parameters;
            const bool stands_by = p.hot_standby.value_or(false) || p.hot_spare.value_or(false);
            if (stands_by != standbys || !may_be_asked(member) || p.drains.value_or(false)
                || std::ranges::count(tried, &member) || (!resting_too && is_resting(member)))
                continue;
            const unsigned set = p.set_number.value_or(0);
            if (set < lowest) {
                found.clear();
                lowest = set;
            }
            if (set == lowest) found.push_back(&member);
        }
        if (!found.empty()) break;
    }
    return found;
}

// The route is what comes behind the last separator of the session's id.
std::string_view route_of(const Balancer& balancer, std::string_view session)
{
    const auto separator = balancer.parameters.sticky_separator.value_or(".");
    const size_t at = separator.empty() ? session.npos : session.rfind(separator.front());
    return at == session.npos ? std::string_view() : session.substr(at + 1);
}

std::string_view value_after(std::string_view text, std::string_view name, std::string_view starts,
                             std::string_view ends)
{
    for (size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
        const size_t end = at + name.size();
        if (at == 0 || starts.find(text[at - 1]) == starts.npos || end >= text.size()
            || text[end] != '=')
            continue;
        const auto value = text.substr(end + 1);
        return value.substr(0, value.find_first_of(ends));
    }
    return {};
}

// stickysession=COOKIE|parameter: the session's id in the URL, else in a cookie.
std::string_view session_of(const Balancer& balancer, const Request& request, std::string_view url)
{
    const auto& names = balancer.parameters.sticky_session;
    if (!names) return {};
    const auto parts = split(*names, '|');
    const auto in_path = parts.size() > 1 ? parts[1] : parts[0];
    const bool semicolons = balancer.parameters.sticky_in_path.value_or(false);
    const auto found = value_after(url, in_path, semicolons ? ";?&" : "?&;", "&;?#/");
    if (!found.empty()) return found;
    const auto cookies = request.headers.find("Cookie");
    return cookies ? http::find_cookie(*cookies, parts[0]).value_or("") : std::string_view();
}

const Backend* find_route(const Balancer& balancer, std::string_view route)
{
    for (const Backend& member : balancer.members) {
        if (member.parameters.route && *member.parameters.route == route) return &member;
    }
    return nullptr;
}

class Choice {
public:
    Choice(const Balancer& balancer, Request& request, std::string_view url)
        : balancer_(balancer)
        , request_(request)
        , session_(session_of(balancer, request, url))
    {
    }
    // Null: nobody is left.
    const Backend* next();
    // The session is bound to a member that is gone, and may not go to another.
    [[nodiscard]] bool is_bound() const { return is_bound_; }
    std::vector<const Backend*> tried{};

private:
    const Backend* sticky();
    void tell(const Backend& member, std::string_view route);

    const Balancer& balancer_;
    Request& request_;
    std::string_view session_;
    bool is_bound_ = false;
};

void Choice::tell(const Backend& member, std::string_view route)
{
    auto& env = request_.env;
    const std::string own = member.parameters.route.value_or("");
    env.set("BALANCER_NAME", balancer_.name);
    env.set("BALANCER_WORKER_NAME", member.address());
    env.set("BALANCER_WORKER_ROUTE", request_.arena.copy(own));
    if (const auto& names = balancer_.parameters.sticky_session) {
        env.set("BALANCER_SESSION_STICKY", *names);
        if (!route.empty()) env.set("BALANCER_SESSION_ROUTE", route);
        if (route != own) env.set("BALANCER_ROUTE_CHANGED", "1");
    }
}

// The member that the session began with; where it rests, the one that it redirects to.
const Backend* Choice::sticky()
{
    const auto route = route_of(balancer_, session_);
    if (route.empty()) return nullptr;
    const Backend* member = find_route(balancer_, route);
    const auto usable = [&](const Backend* one) {
        return one && may_be_asked(*one) && !is_resting(*one)
               && std::ranges::count(tried, one) == 0;
    };
    if (usable(member)) return member;
    if (member && member->parameters.redirect) {
        const Backend* other = find_route(balancer_, *member->parameters.redirect);
        if (usable(other)) return other;
    }
    is_bound_ = member && balancer_.parameters.no_failover.value_or(false);
    return nullptr;
}

const Backend* Choice::next()
{
    const Backend* member = sticky();
    if (!member && is_bound_) return nullptr;
    if (!member) member = choose_member(balancer_, tried);
    if (member) tell(*member, route_of(balancer_, session_));
    return member;
}

bool fails_on(const Balancer& balancer, int status)
{
    const auto& codes = balancer.parameters.fails_on_status;
    return codes && std::ranges::count(*codes, status);
}

// "http://member/app" and "/path?query" to one URL.
std::string_view member_url(const Request& request, const Backend& member, std::string_view rest)
{
    std::string_view base = member.url;
    if (base.ends_with('/') && rest.starts_with('/')) base.remove_suffix(1);
    return request.arena.join(base, rest);
}

} // namespace

const Backend* choose_member(const Balancer& balancer, const std::vector<const Backend*>& tried)
{
    const auto method = balancer.parameters.method.value_or("byrequests");
    auto members = candidates(balancer, tried, false);
    if (members.empty() && balancer.parameters.force_recovery.value_or(true))
        members = candidates(balancer, tried, true);
    return by_method(method, members);
}

Outcome ask_balancer(const Config& config, std::string_view url, Request& request,
                     Response& response, const AskMember& ask)
{
    const Balancer* balancer = find_balancer(config, request, url);
    const auto rest =
        url.substr(std::min(url.find('/', std::string_view("balancer://").size()), url.size()));
    if (!balancer || balancer->members.empty()) {
        server::log_event(request,
                          {.severity = Severity::error,
                           .module = "proxy",
                           .apache_id = "AH01171",
                           .id = no_member_left},
                          url, ": Can't find balancer or its members");
        return 503;
    }
    Choice choice(*balancer, request, url);
    const size_t most =
        balancer->parameters.attempts.value_or(static_cast<unsigned>(balancer->members.size() - 1));
    while (const Backend* member = choice.next()) {
        // One that was in error is asked again although its time has not come.
        if (is_resting(*member)) member->state->failed = false;
        const Attempt attempt = ask(member_url(request, *member, rest), *member);
        const int status = attempt.outcome.is_status() ? attempt.outcome.status() : response.status;
        if (fails_on(*balancer, status)) {
            member->state->failed = true;
            member->state->failed_at = Monotonic::now();
        }
        if (!attempt.unreachable || choice.tried.size() >= most) return attempt.outcome;
        choice.tried.push_back(member);
    }
    server::log_event(request,
                      {.severity = Severity::error,
                       .module = "proxy_balancer",
                       .apache_id = choice.is_bound() ? "AH01167" : "AH01170",
                       .id = no_member_left},
                      balancer->name, ": All workers are in error state",
                      choice.is_bound() ? " for the session's route" : "");
    return 503;
}

} // namespace signet::mod_proxy
