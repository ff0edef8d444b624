// BalancerMember, ProxySet, and what ProxyPass says about the backend it names.
#include "base/text.h"
#include "modules/mod_proxy/backend_url.h"
#include "modules/mod_proxy/config.h"
#include "server/configuration.h"
#include "server/request.h"
#include "server/words.h"
#include "tls/client_stream.h"

#include <algorithm>
#include <any>
#include <map>

namespace signet::mod_proxy {
namespace {

using server::Request, server::Words;

constexpr std::string_view balancer_scheme = "balancer://";

bool names_balancer(std::string_view url)
{
    return istarts_with(url, balancer_scheme);
}

// "balancer://name/path" → "balancer://name": names compare without case.
std::string balancer_name(std::string_view url)
{
    return lowercase(url.substr(0, url.find('/', balancer_scheme.size())));
}

Balancer& balancer_of(std::vector<Balancer>& balancers, std::string_view url)
{
    const auto name = balancer_name(url);
    const auto found = std::ranges::find(balancers, name, &Balancer::name);
    if (found != balancers.end()) return *found;
    return balancers.emplace_back(Balancer{.name = name, .parameters = {}, .members = {}});
}

Backend& backend_of(std::vector<Backend>& backends, const std::string& url,
                    const std::string& prefix, const Words& words)
{
    const auto found = std::ranges::find(backends, url, &Backend::url);
    if (found != backends.end()) return *found;
    return backends.emplace_back(Backend{
        .url = url, .parameters = {}, .state = state_of(words.configuration(), prefix + url)});
}

Result<void> take_words(Parameters& parameters, const Words& words, size_t next, bool of_balancer,
                        const std::string& opening)
{
    for (; next < words.size(); ++next) {
        auto taken = take_parameter(parameters, words[next], words, of_balancer);
        if (!taken) return fail(opening + taken.error().text);
    }
    return {};
}

bool has_sign(const std::string& word)
{
    return word.find('=') != std::string::npos;
}

// What the directive is about: its first word, or the URL of the <Proxy> section around.
std::string subject_of(const Words& words, size_t& next)
{
    if (words.place().section == server::SectionKind::proxy) return words.place().path;
    return words.size() > 0 ? words[next++] : std::string();
}

} // namespace

std::shared_ptr<BackendState> state_of(server::Configuration& configuration,
                                       const std::string& name)
{
    using States = std::map<std::string, std::shared_ptr<BackendState>>;
    auto& states = configuration.shared["proxy.states"];
    if (!states.has_value()) states = States();
    auto& state = (*std::any_cast<States>(&states))[name];
    if (!state) state = std::make_shared<BackendState>();
    return state;
}

BackendState::BackendState() = default;
BackendState::~BackendState() = default;

std::string_view Backend::address() const
{
    return without_socket(url);
}

std::string_view Backend::socket() const
{
    const auto parts = parse_url(url);
    return parts ? parts->socket : std::string_view();
}

bool Backend::may_reuse() const
{
    return state && parameters.reuse.value_or(!istarts_with(address(), "fcgi:"));
}

Result<void> define_backend(Config& config, const std::string& url, const Words& words, size_t next,
                            const std::string& opening)
{
    if (names_balancer(url)) {
        return take_words(balancer_of(config.balancers, url).parameters, words, next, true,
                          opening);
    }
    return take_words(backend_of(config.backends, url, "", words).parameters, words, next, false,
                      opening);
}

namespace {

Result<void> add_member(Config& config, const Words& words)
{
    size_t next = 0;
    std::string balancer;
    if (words.place().section == server::SectionKind::proxy) {
        balancer = words.place().path;
    } else if (words.size() > 1 && !has_sign(words[1])) {
        balancer = words[next++];
    }
    if (words.size() <= next || balancer.empty())
        return fail("BalancerMember must define remote proxy server");
    const std::string& url = words[next++];
    if (!parse_url(url)) return fail("BalancerMember URL must be absolute!: " + url);
    for (size_t i = next; i < words.size(); ++i) {
        if (!has_sign(words[i]))
            return fail("Invalid BalancerMember parameter. Parameter must be in the form "
                        "'key=value'");
    }
    auto& owner = balancer_of(config.balancers, balancer);
    auto& member = backend_of(owner.members, url, owner.name + " ", words);
    return take_words(member.parameters, words, next, false, "BalancerMember ");
}

Result<void> set_words(Parameters& parameters, const Words& words, size_t next,
                       const std::string& name, bool of_balancer)
{
    for (; next < words.size(); ++next) {
        auto taken = take_parameter(parameters, words[next], words, of_balancer);
        if (!taken)
            return fail("ProxySet: " + taken.error().text + " " + words[next] + "; " + name);
    }
    return {};
}

Result<void> set_parameters(Config& config, const Words& words)
{
    size_t next = 0;
    const auto url = subject_of(words, next);
    for (size_t i = next; i < words.size(); ++i) {
        if (!has_sign(words[i]))
            return fail("Invalid ProxySet parameter. Parameter must be in the form 'key=value'");
    }
    if (names_balancer(url)) {
        const bool is_known =
            words.place().section == server::SectionKind::proxy
            || std::ranges::count(config.balancers, balancer_name(url), &Balancer::name);
        if (!is_known) return fail("ProxySet can not find '" + url + "' Balancer.");
        return set_words(balancer_of(config.balancers, url).parameters, words, next,
                         balancer_name(url), true);
    }
    if (!parse_url(url)) return fail("ProxySet URL must be absolute!: " + url);
    const bool is_known = words.place().section == server::SectionKind::proxy
                          || std::ranges::count(config.backends, url, &Backend::url);
    if (!is_known) return fail("ProxySet can not find '" + url + "' Worker.");
    return set_words(backend_of(config.backends, url, "", words).parameters, words, next, url,
                     false);
}

template <class T, class Key>
std::vector<T> merge_by(const std::vector<T>& outer, const std::vector<T>& inner, Key key,
                        void (*join)(T& merged, const T& inner))
{
    std::vector<T> merged = outer;
    for (const T& one : inner) {
        const auto found = std::ranges::find(merged, one.*key, key);
        if (found == merged.end()) {
            merged.push_back(one);
        } else {
            join(*found, one);
        }
    }
    return merged;
}

void join_backend(Backend& merged, const Backend& inner)
{
    merged.parameters = merge(merged.parameters, inner.parameters);
}

void join_balancer(Balancer& merged, const Balancer& inner)
{
    merged.parameters = merge(merged.parameters, inner.parameters);
    merged.members = merge_by(merged.members, inner.members, &Backend::url, join_backend);
}

// What a <Proxy> section says is kept in its configuration, and for the whole server.
Result<void> say(Config& config, const Words& words, Result<void> (*apply)(Config&, const Words&))
{
    if (words.place().section != server::SectionKind::proxy) return apply(config, words);
    Config said;
    if (auto applied = apply(said, words); !applied) return applied;
    auto& defined = words.configuration().shared["proxy.defined"];
    if (!defined.has_value()) defined = Defined();
    const auto add = [&](auto& to) {
        to.backends = merge_by(to.backends, said.backends, &Backend::url, join_backend);
        to.balancers = merge_by(to.balancers, said.balancers, &Balancer::name, join_balancer);
    };
    add(config);
    add(*std::any_cast<Defined>(&defined));
    return {};
}

} // namespace

Result<void> balancer_member(Config& config, const Words& words)
{
    return say(config, words, add_member);
}

Result<void> proxy_set(Config& config, const Words& words)
{
    return say(config, words, set_parameters);
}

namespace {

const Backend* longest(const std::vector<Backend>& backends, std::string_view url,
                       std::string_view socket)
{
    const Backend* best = nullptr;
    for (const Backend& one : backends) {
        if (url.starts_with(one.address()) && one.socket() == socket
            && (!best || one.address().size() > best->address().size()))
            best = &one;
    }
    return best;
}

const Balancer* named(const std::vector<Balancer>& balancers, const std::string& name)
{
    const auto found = std::ranges::find(balancers, name, &Balancer::name);
    return found == balancers.end() ? nullptr : &*found;
}

const Defined* defined_in(const Request& request)
{
    const auto& shared = request.configuration->shared;
    const auto found = shared.find("proxy.defined");
    return found == shared.end() ? nullptr : std::any_cast<Defined>(&found->second);
}

} // namespace

const Backend* find_backend(const Config& config, const Request& request, std::string_view url,
                            std::string_view socket)
{
    const Backend* own = longest(config.backends, url, socket);
    const Defined* defined = defined_in(request);
    return own || !defined ? own : longest(defined->backends, url, socket);
}

const Balancer* find_balancer(const Config& config, const Request& request, std::string_view url)
{
    const auto name = balancer_name(url);
    const Balancer* own = named(config.balancers, name);
    if (own && !own->members.empty()) return own;
    const Defined* defined = defined_in(request);
    const Balancer* other = defined ? named(defined->balancers, name) : nullptr;
    return other ? other : own;
}

namespace {

template <class T> void append(std::vector<T>& to, const std::vector<T>& from)
{
    to.insert(to.end(), from.begin(), from.end());
}

template <auto... members> void take_said(Config& merged, const Config& inner)
{
    ((inner.*members ? void(merged.*members = inner.*members) : void()), ...);
}

} // namespace

Config merge(const Config& outer, const Config& inner)
{
    using C = Config;
    Config merged = outer;
    merged.passes = inner.passes; // they are tried first
    if (inner.inherits_passes.value_or(true)) append(merged.passes, outer.passes);
    append(merged.reverses, inner.reverses);
    append(merged.cookie_domains, inner.cookie_domains);
    append(merged.cookie_paths, inner.cookie_paths);
    append(merged.variables, inner.variables);
    merged.backends = merge_by(outer.backends, inner.backends, &Backend::url, join_backend);
    merged.balancers = merge_by(outer.balancers, inner.balancers, &Balancer::name, join_balancer);
    if (inner.overrides_errors) merged.overridden = inner.overridden;
    take_said<&C::timeout, &C::preserve_host, &C::add_headers, &C::inherits_passes,
              &C::interpolates, &C::continues, &C::overrides_errors, &C::via, &C::bad_header,
              &C::max_forwards, &C::generic_fcgi, &C::source>(merged, inner);
    return merged;
}

} // namespace signet::mod_proxy
