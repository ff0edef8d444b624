// mod_access_compat: access control in the words of Apache 2.2.
//
//     Order deny,allow            first what is denied, then what is allowed after all
//     Deny from all
//     Allow from 10.0.0.0/8 .example.org env=let_me_in
//     Satisfy Any                 this or mod_authz_core's Require, not both
//
// Any of these in a section replaces all of them in outer sections. `Require ip 10.0.0.0/8` says
// the same in today's words.
// https://httpd.apache.org/docs/2.4/mod/mod_access_compat.html
#include "base/text.h"
#include "http/method.h"
#include "modules/list.h"
#include "net/address.h"
#include "server/client_host.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_trace.h"

#include <algorithm>
#include <array>
#include <optional>

namespace signet::mod_access_compat {
namespace {

using config::allowed_directory, config::override_auth_config, config::override_limit;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int bad_order = 670;
constexpr int bad_from = 671;
constexpr int bad_satisfy = 672;

constexpr size_t methods = static_cast<size_t>(http::Method::other) + 1;

enum class Order : uint8_t { deny_allow, allow_deny, mutual_failure };
enum class Satisfy : uint8_t { unset, all, any };

// One word after "from".
struct Client {
    enum class Kind : uint8_t { everybody, env, env_absent, address, host };
    Kind kind = Kind::everybody;
    std::string text{}; // of a variable or host
    std::optional<net::AddressRange> range{};
    uint64_t methods = 0; // <Limit>
};

struct Config {
    std::vector<Client> allowed;
    std::vector<Client> denied;
    std::array<Order, methods> order{};
    std::array<Satisfy, methods> satisfy{};
    bool said = false; // some directive stood here
};

// Nothing is inherited into a section that says anything itself.
Config merge(const Config& outer, const Config& inner)
{
    return inner.said ? inner : outer;
}

uint64_t limited_to(const Words& words)
{
    const uint64_t limited = words.place().limit_methods;
    return limited == 0 ? ~uint64_t{0} : limited;
}

template <class Value>
void set_for_methods(std::array<Value, methods>& values, const Words& words, Value value)
{
    for (size_t i = 0; i < methods; ++i) {
        if ((limited_to(words) & (uint64_t{1} << i)) != 0) values[i] = value;
    }
}

Result<void> order(Config& config, const Words& words)
{
    Order order;
    if (iequals(words[0], "allow,deny")) {
        order = Order::allow_deny;
    } else if (iequals(words[0], "deny,allow")) {
        order = Order::deny_allow;
    } else if (iequals(words[0], "mutual-failure")) {
        order = Order::mutual_failure;
    } else {
        return words.refuse(bad_order, "unknown order", "allow,deny or deny,allow, without spaces",
                            "Order deny,allow");
    }
    config.said = true;
    set_for_methods(config.order, words, order);
    return {};
}

Result<void> satisfy(Config& config, const Words& words)
{
    const bool any = iequals(words[0], "any");
    if (!any && !iequals(words[0], "all")) {
        return words.refuse(bad_satisfy, "Satisfy either 'any' or 'all'.", "any or all",
                            "Satisfy all");
    }
    config.said = true;
    set_for_methods(config.satisfy, words, any ? Satisfy::any : Satisfy::all);
    return {};
}

// Digits, dots, colons and a mask: an address; anything else is a name.
bool looks_like_address(std::string_view text)
{
    return text.find_first_not_of("0123456789./") == text.npos
           || (text.find(':') != text.npos
               && text.find_first_not_of("0123456789abcdefABCDEF:./%") == text.npos);
}

Result<Client> parse_client(const Words& words, const std::string& text)
{
    Client client{.methods = limited_to(words)};
    if (istarts_with(text, "env=!")) {
        client.kind = Client::Kind::env_absent;
        client.text = text.substr(5);
    } else if (istarts_with(text, "env=")) {
        client.kind = Client::Kind::env;
        client.text = text.substr(4);
    } else if (iequals(text, "all")) {
        client.kind = Client::Kind::everybody;
    } else if (looks_like_address(text)) {
        auto range = net::AddressRange::parse(text);
        if (!range) {
            return words.refuse(bad_from,
                                range.error().text.empty() ? "The specified IP address is invalid."
                                                           : range.error().text,
                                "an address, its first bytes, address/bits or address/mask",
                                words.name() + " from 192.0.2.0/24");
        }
        client.kind = Client::Kind::address;
        client.range = *range;
    } else {
        client.kind = Client::Kind::host;
        client.text = text;
    }
    return client;
}

Result<void> add_clients(std::vector<Client>& clients, const Words& words)
{
    if (words.size() < 2 || !iequals(words[0], "from")) {
        if (words.size() >= 2) {
            return words.refuse(bad_from, "allow and deny must be followed by 'from'",
                                "from and clients", words.name() + " from " + words[0]);
        }
        return words.refuse(bad_from,
                            lowercase(words.name())
                                + " requires at least two arguments, 'from' followed by hostnames "
                                  "or IP-address wildcards",
                            "from and clients", words.name() + " from all");
    }
    for (size_t i = 1; i < words.size(); ++i) {
        auto client = parse_client(words, words[i]);
        if (!client) return std::unexpected(client.error());
        clients.push_back(std::move(*client));
    }
    return {};
}

Result<void> allow(Config& config, const Words& words)
{
    config.said = true;
    return add_clients(config.allowed, words);
}

Result<void> deny(Config& config, const Words& words)
{
    config.said = true;
    return add_clients(config.denied, words);
}

bool matches(const Client& client, Request& request)
{
    switch (client.kind) {
    case Client::Kind::everybody: return true;
    case Client::Kind::env: return request.env.has(client.text);
    case Client::Kind::env_absent: return !request.env.has(client.text);
    case Client::Kind::address: return client.range->contains(request.client());
    case Client::Kind::host:
        return server::in_domain(client.text, server::confirmed_client_host(request));
    }
    return false;
}

bool any_matches(const std::vector<Client>& clients, Request& request)
{
    const uint64_t method = http::method_bit(request.method);
    return std::ranges::any_of(clients, [&](const Client& client) {
        return (client.methods & method) != 0 && matches(client, request);
    });
}

bool admits(const Config& config, Request& request)
{
    switch (config.order[static_cast<size_t>(request.method)]) {
    case Order::deny_allow:
        return !any_matches(config.denied, request) || any_matches(config.allowed, request);
    case Order::allow_deny:
    case Order::mutual_failure:
        return any_matches(config.allowed, request) && !any_matches(config.denied, request);
    }
    return false;
}

// With Satisfy Any, being let in here is enough, and being turned away here leaves it to Require
// (which lets everybody in when there is none, as Apache 2.4 does).
Outcome check_access(const Config& config, Request& request, Response&)
{
    const bool any = config.satisfy[static_cast<size_t>(request.method)] == Satisfy::any;
    if (any) request.notes.set("satisfy-any", "1"); // for what else may turn it away
    if (admits(config, request)) {
        if (any) request.admitted = true;
        return Outcome::declined;
    }
    const bool has_file = !request.filename.empty();
    server::log_event(request,
                      {.module = "access_compat",
                       .apache_id = "AH01797",
                       .text = request.arena.join(
                           "client denied by server configuration: ", has_file ? "" : "uri ",
                           has_file ? request.filename : request.uri)});
    if (any) return Outcome::declined;
    server::trace_phase(request, "check access (with Satisfy All)", 403);
    return 403;
}

bool says_something(const Config& config)
{
    return config.said;
}

constexpr server::Directive<Config> directives[] = {
    {"Order", Takes::one, order, allowed_directory, override_limit,
     "'allow,deny', 'deny,allow', or 'mutual-failure'"},
    {"Allow", Takes::raw, allow, allowed_directory, override_limit, "from and clients"},
    {"Deny", Takes::raw, deny, allowed_directory, override_limit, "from and clients"},
    {"Satisfy", Takes::one, satisfy, allowed_directory, override_auth_config, "all or any"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::access, server::Order::middle, check_access, says_something},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("access_compat_module", "mod_access_compat.c",
                                                directives, hooks);
}

} // namespace signet::mod_access_compat

namespace signet::modules {

server::Module mod_access_compat()
{
    return mod_access_compat::module();
}

} // namespace signet::modules
