// mod_remoteip: the client's address behind a balancer or proxy, which tells it in a field of each
// request or in a PROXY header before everything else.
//
//     RemoteIPHeader X-Forwarded-For
//     RemoteIPInternalProxy 10.0.0.0/8        whom to believe, also about private addresses
//     RemoteIPTrustedProxy 192.0.2.16/28      whom to believe about public addresses only
//     RemoteIPProxiesHeader X-Forwarded-By    tells programs which proxies were believed
//
//     RemoteIPProxyProtocol On                every connection begins with a PROXY header
//     RemoteIPProxyProtocolExceptions 127.0.0.1
//
// Without a list of proxies everybody is believed: then the server must be out of reach for anybody
// but the proxy. `Require ip`, logs and programs see the address found; %{c}a and CONN_REMOTE_ADDR
// remain the proxy's.
// https://httpd.apache.org/docs/2.4/mod/mod_remoteip.html
#include "base/file.h"
#include "base/text.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/exchange.h"
#include "server/request.h"
#include "server/status_board.h"

#include <algorithm>
#include <memory>
#include <netdb.h>
#include <optional>

namespace signet::mod_remoteip {
namespace {

using config::allowed_server, config::override_none;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int bad_proxy = 911;
constexpr int unreadable_list = 912;
constexpr int setting_overridden = 913;

struct Proxy {
    net::AddressRange range;
    bool is_internal = false; // believed about private addresses, too
};

struct Config {
    std::optional<std::string> header;
    std::optional<std::string> proxies_header;
    std::vector<Proxy> proxies;
    std::optional<bool> proxy_protocol;
};

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    if (inner.header) merged.header = inner.header;
    if (inner.proxies_header) merged.proxies_header = inner.proxies_header;
    merged.proxies.insert(merged.proxies.end(), inner.proxies.begin(), inner.proxies.end());
    // RemoteIPProxyProtocol is about addresses: prepare() wants to know who said it.
    merged.proxy_protocol = inner.proxy_protocol;
    return merged;
}

// Directives.

Result<void> header(Config& config, const Words& words)
{
    config.header = words[0];
    return {};
}

Result<void> proxies_header(Config& config, const Words& words)
{
    config.proxies_header = words[0];
    return {};
}

bool looks_like_address(std::string_view text)
{
    if (text.contains(':')) return true;
    return text.find_first_not_of("0123456789./") == text.npos;
}

std::vector<net::AddressRange> resolve(const std::string& name)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return {};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    std::vector<net::AddressRange> ranges;
    for (const auto* entry = found; entry; entry = entry->ai_next) {
        const auto address = net::Address::from(entry->ai_addr, entry->ai_addrlen);
        if (auto range = net::AddressRange::parse(address.ip())) ranges.push_back(*range);
    }
    return ranges;
}

Result<void> add_proxy(Config& config, const Words& words, const std::string& text, bool internal)
{
    const auto refuse = [&](const std::string& why) {
        return words.refuse(
            bad_proxy, "RemoteIP: Error parsing IP " + text + " (" + why + ") for " + words.name(),
            "addresses, networks as address/bits, or host names", words.name() + " 192.0.2.0/24");
    };
    if (looks_like_address(text)) {
        const auto range = net::AddressRange::parse(text);
        if (!range) return refuse(range.error().text);
        config.proxies.push_back({*range, internal});
        return {};
    }
    if (text.contains('/')) return refuse("a name has no subnet");
    const auto ranges = resolve(text);
    if (ranges.empty()) return refuse("the name has no address");
    for (const auto& range : ranges) config.proxies.push_back({range, internal});
    return {};
}

template <bool internal> Result<void> proxies(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        if (auto added = add_proxy(config, words, words[i], internal); !added) return added;
    }
    return {};
}

// A file of addresses; '#' begins a comment.
template <bool internal> Result<void> proxy_list(Config& config, const Words& words)
{
    const std::string path = words.path(words[0]);
    const auto text = read_file(path);
    if (!text) {
        return words.refuse(unreadable_list,
                            "Could not open trusted proxy list " + path + ": " + text.error().text,
                            "a file of addresses, one a line");
    }
    std::string_view rest = *text;
    while (!rest.empty()) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        const auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        for (const auto word : split_words(line.substr(0, line.find('#')))) {
            if (auto added = add_proxy(config, words, std::string(word), internal); !added)
                return added;
        }
    }
    return {};
}

Result<void> proxy_protocol(Config& config, const Words& words)
{
    config.proxy_protocol = words.on();
    return {};
}

// Whoever says it, it holds for all listeners.
Result<void> exceptions(Config&, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        const auto range = net::AddressRange::parse(words[i]);
        if (!range) {
            const bool is_name = words[i].find_first_of(".:") == std::string::npos
                                 || hex_digit(words[i].front()) < 0;
            return words.refuse(bad_proxy,
                                "ip address '" + words[i] + "' appears to be invalid"
                                    + (is_name ? "" : ": " + range.error().text),
                                "addresses, or networks as address/bits",
                                "RemoteIPProxyProtocolExceptions 127.0.0.1 10.0.0.0/8");
        }
        words.configuration().proxied_listeners.except(*range);
    }
    return {};
}

Result<void> prepare(const Config& config, server::VirtualHost& vhost,
                     server::Configuration& configuration, config::Diagnostics& diagnostics)
{
    if (!config.proxy_protocol) return {};
    auto& listeners = configuration.proxied_listeners;
    const bool on = *config.proxy_protocol;
    if (vhost.is_main) {
        (void)listeners.set(net::Address::any_v4(0), on);
        return {};
    }
    for (const auto& address : vhost.bound) {
        if (!listeners.set(address, on)) continue;
        diagnostics.add({.severity = diagnosis::Severity::warn,
                         .id = setting_overridden,
                         .position = vhost.position,
                         .message = "RemoteIPProxyProtocol: previous setting for " + address.text()
                                    + " is being overridden by virtual host " + vhost.server_name
                                    + "; new setting is '" + (on ? "On" : "Off") + "'",
                         .fix = "Say it once per address and port."});
    }
    return {};
}

// Requests.

// Addresses that make no sense outside of somebody's own network.
bool is_private(const net::Address& address)
{
    const unsigned char* bytes = address.bytes();
    if (address.is_v6()) return (bytes[0] & 0xe0) != 0x20; // RFC 4291: global unicast
    bytes += 12;
    return bytes[0] == 10 || bytes[0] == 127 || (bytes[0] == 169 && bytes[1] == 254)
           || (bytes[0] == 172 && (bytes[1] & 0xf0) == 16) || (bytes[0] == 192 && bytes[1] == 168);
}

void log_ignored(const Config& config, const Request& request, std::string_view apache_id,
                 std::string_view value, std::string_view why)
{
    if (!server::log_enabled(request, server::Severity::debug, "remoteip")) return;
    server::log_event(request, {.severity = server::Severity::debug,
                                .module = "remoteip",
                                .apache_id = apache_id,
                                .text = request.arena.join("RemoteIP: Header ", *config.header,
                                                           " value of ", value, " ", why)});
}

// The field's addresses are believed from the right to the left, each as long as the one who tells
// it is trusted.
class Chain {
public:
    Chain(const Config& config, const Request& request, std::string_view field)
        : config_(config)
        , request_(request)
        , rest_(field)
        , client_(request.client())
    {
    }
    void follow()
    {
        while (rest_ && may_tell()) {
            if (!step()) break;
        }
    }
    [[nodiscard]] bool found() const { return found_; }
    [[nodiscard]] const net::Address& client() const { return client_; }
    [[nodiscard]] const std::string& proxies() const { return proxies_; }
    // What nobody trusted has told.
    [[nodiscard]] const std::optional<std::string_view>& rest() const { return rest_; }

private:
    // Is `client_` one whose word counts?
    bool may_tell()
    {
        if (config_.proxies.empty()) {
            all_internal_ = false;
            return true;
        }
        const auto proxy = std::ranges::find_if(
            config_.proxies, [&](const Proxy& one) { return one.range.contains(client_); });
        if (proxy == config_.proxies.end()) return false;
        all_internal_ = all_internal_ && proxy->is_internal;
        return true;
    }

    bool step()
    {
        const size_t comma = rest_->rfind(',');
        const bool is_last = comma == rest_->npos;
        std::string_view value = is_last ? *rest_ : rest_->substr(comma + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        value = value.substr(0, value.find_last_not_of(' ') + 1);
        if (value.empty()) {
            if (is_last) rest_ = value;
            return false;
        }
        const auto told = net::Address::parse(value, client_.port());
        const bool is_address = told && !value.starts_with('[');
        if (!is_address || (!all_internal_ && is_private(*told))) {
            rest_ = is_last ? value
                            : rest_->substr(0, static_cast<size_t>(value.end() - rest_->begin()));
            log_ignored(config_, request_, is_address ? "AH01569" : "AH01568", value,
                        is_address ? "appears to be a private IP or nonsensical.  Ignored"
                                   : "cannot be parsed as a client IP");
            return false;
        }
        if (!all_internal_) {
            const bool is_first = proxies_.empty();
            if (!is_first) proxies_ += ", ";
            proxies_ += is_first ? request_.peer->client.ip() : client_.ip();
        }
        client_ = *told;
        found_ = true;
        rest_ = is_last ? std::nullopt : std::optional(rest_->substr(0, comma));
        return true;
    }

    const Config& config_;
    const Request& request_;
    std::optional<std::string_view> rest_;
    net::Address client_;
    bool all_internal_ = true; // whoever has told something so far
    bool found_ = false;
    std::string proxies_;
};

// For the status page, which shows the connection's last request.
void show(const Request& request)
{
    if (request.peer->place) request.peer->place->client.store(request.client());
}

Outcome find_client(const Config& config, Request& request, Response&)
{
    if (request.peer->proxied) return Outcome::ok; // a PROXY header has the last word
    const auto field = request.headers.find(*config.header);
    if (!field) {
        show(request);
        return Outcome::ok;
    }
    Chain chain(config, request, *field);
    chain.follow();
    if (!chain.found()) {
        show(request);
        return Outcome::ok;
    }
    auto& memory = request.arena;
    if (chain.rest()) {
        request.headers.set(memory.copy(*config.header), memory.copy(*chain.rest()));
    } else {
        request.headers.remove(*config.header);
    }
    if (!chain.proxies().empty()) {
        const auto proxies = memory.copy(chain.proxies());
        request.notes.set("remoteip-proxy-ip-list", proxies);
        if (config.proxies_header) request.headers.set(*config.proxies_header, proxies);
    }
    // The port is the proxy's, and would mislead.
    auto address = net::Address::parse(chain.client().ip(), 0);
    request.proxied_client =
        &request.exchange->keep(server::ProxiedClient{.address = address.value_or(chain.client())});
    show(request);
    return Outcome::ok;
}

bool has_header(const Config& config)
{
    return config.header.has_value();
}

constexpr server::Directive<Config> directives[] = {
    {"RemoteIPHeader", Takes::one, header, allowed_server, override_none,
     "the request header to trust as the client IP"},
    {"RemoteIPProxiesHeader", Takes::one, proxies_header, allowed_server, override_none,
     "the request header that gets the list of trusted proxies"},
    {"RemoteIPInternalProxy", Takes::iterate, proxies<true>, allowed_server, override_none,
     "addresses, networks or names of internal proxies"},
    {"RemoteIPTrustedProxy", Takes::iterate, proxies<false>, allowed_server, override_none,
     "addresses, networks or names of trusted proxies"},
    {"RemoteIPInternalProxyList", Takes::one, proxy_list<true>, allowed_server, override_none,
     "a file of internal proxies"},
    {"RemoteIPTrustedProxyList", Takes::one, proxy_list<false>, allowed_server, override_none,
     "a file of trusted proxies"},
    {"RemoteIPProxyProtocol", Takes::flag, proxy_protocol, allowed_server, override_none,
     "On or Off"},
    {"RemoteIPProxyProtocolExceptions", Takes::iterate, exceptions, allowed_server, override_none,
     "addresses or networks"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::post_read, server::Order::first, find_client, has_header},
};
constexpr server::Extras<Config> extras{.prepare = prepare};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("remoteip_module", "mod_remoteip.c", directives,
                                                hooks, &extras);
}

} // namespace signet::mod_remoteip

namespace signet::modules {

server::Module mod_remoteip()
{
    return mod_remoteip::module();
}

} // namespace signet::modules
