// mod_authz_host: `Require` by where the client comes from.
//
//     Require ip 10 172.20 192.168.2.0/24 2001:db8::/32
//     Require host example.org .example.net     the name its address has, confirmed both ways
//     Require forward-dns office.example.org    the addresses that a name has now
//     Require local                             this machine
//
// Names cost look-ups in the DNS while the request waits; addresses cost nothing.
// https://httpd.apache.org/docs/2.4/mod/mod_authz_host.html
#include "base/text.h"
#include "modules/list.h"
#include "net/address.h"
#include "server/client_host.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"

#include <algorithm>

namespace signet::mod_authz_host {
namespace {

using server::Authorization, server::AuthorizationRule, server::Request, server::Words;
using Parsed = Result<std::unique_ptr<AuthorizationRule>>;
using Arguments = std::span<const std::string>;

constexpr int bad_address = 660;
constexpr int bad_host_expression = 661;
constexpr int no_client_name = 662;

Authorization granted_if(bool granted)
{
    return granted ? Authorization::granted : Authorization::denied;
}

class Addresses : public AuthorizationRule {
public:
    explicit Addresses(std::vector<net::AddressRange> ranges)
        : ranges_(std::move(ranges))
    {
    }
    Authorization check(Request& request) const override
    {
        const auto& client = request.client();
        return granted_if(std::ranges::any_of(
            ranges_, [&](const auto& range) { return range.contains(client); }));
    }

private:
    std::vector<net::AddressRange> ranges_;
};

Parsed parse_addresses(Arguments arguments, const Words& words)
{
    if (arguments.empty()) {
        return words.refuse(bad_address, "'require ip' requires an argument",
                            "addresses or networks", "Require ip 192.0.2.0/24");
    }
    std::vector<net::AddressRange> ranges;
    for (const auto& text : arguments) {
        auto range = net::AddressRange::parse(text);
        if (!range) {
            const bool is_name =
                text.empty() || hex_digit(text[0]) < 0 || text.find_first_of(".:") == text.npos;
            return words.refuse(bad_address,
                                "ip address '" + text + "' appears to be invalid"
                                    + (is_name ? "" : ": " + range.error().text),
                                "an address, its first bytes, address/bits or address/mask",
                                "Require ip 192.0.2.0/24");
        }
        ranges.push_back(*range);
    }
    return std::make_unique<Addresses>(std::move(ranges));
}

// Host names, which may contain %{VARIABLE}.
class Names : public AuthorizationRule {
public:
    explicit Names(std::vector<config::Expression> names)
        : names_(std::move(names))
    {
    }

protected:
    // True when a name of the list satisfies `holds`. An expression may produce several names.
    template <class Holds> bool any(Request& request, Holds holds) const
    {
        for (const auto& name : names_) {
            server::RequestExpression context(request);
            const auto text = name.string(context);
            if (!text) {
                server::log_event(request, {.module = "authz_host",
                                            .apache_id = "AH02593",
                                            .id = bad_host_expression,
                                            .text = "authz_host authorize: require host: Can't "
                                                    "evaluate require expression: "
                                                    + text.error().text});
                return false;
            }
            for (const auto word : split_words(*text)) {
                if (holds(word)) return true;
            }
        }
        return false;
    }

private:
    std::vector<config::Expression> names_;
};

class ReverseNames : public Names {
public:
    using Names::Names;
    Authorization check(Request& request) const override
    {
        const auto host = server::confirmed_client_host(request);
        if (host.empty()) {
            server::log_event(request,
                              {.module = "authz_host",
                               .apache_id = "AH01753",
                               .id = no_client_name,
                               .text = "access check of '" + request.client().ip() + "' to "
                                       + std::string(request.uri)
                                       + " failed, reason: unable to get the remote host name"});
            return Authorization::denied;
        }
        return granted_if(
            any(request, [&](std::string_view domain) { return server::in_domain(domain, host); }));
    }
};

class ForwardNames : public Names {
public:
    using Names::Names;
    Authorization check(Request& request) const override
    {
        return granted_if(any(request, [&](std::string_view host) {
            return server::resolves_to_client(host, request);
        }));
    }
};

template <class Rule> Parsed parse_names(Arguments arguments, const Words& words)
{
    std::vector<config::Expression> names;
    for (const auto& text : arguments) {
        auto name = words.text_expression(text);
        if (!name) {
            return words.refuse(bad_host_expression,
                                "Cannot parse expression in require line: " + name.error().text,
                                "host names or domains", "Require host example.org");
        }
        names.push_back(std::move(*name));
    }
    return std::make_unique<Rule>(std::move(names));
}

class Local : public AuthorizationRule {
public:
    Authorization check(Request& request) const override
    {
        const auto& client = request.client();
        return granted_if(client.is_loopback() || client.same_ip(request.peer->local));
    }
};

Parsed parse_local(Arguments, const Words&)
{
    return std::make_unique<Local>();
}

struct Config {};

Config merge(const Config&, const Config&)
{
    return {};
}

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("authz_host_module", "mod_authz_host.c", {}, {});
}

std::vector<server::AuthorizationProvider> providers()
{
    return {{"ip", parse_addresses},
            {"host", parse_names<ReverseNames>},
            {"forward-dns", parse_names<ForwardNames>},
            {"local", parse_local}};
}

} // namespace signet::mod_authz_host

namespace signet::modules {

server::Module mod_authz_host()
{
    return mod_authz_host::module();
}

std::vector<server::AuthorizationProvider> authz_host_providers()
{
    return mod_authz_host::providers();
}

} // namespace signet::modules
