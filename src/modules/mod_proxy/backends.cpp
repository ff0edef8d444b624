// BalancerMember, ProxySet, and what ProxyPass says about the backend it names.
#include "base/text.h"
#include "modules/mod_proxy/backend_url.h"
#include "modules/mod_proxy/config.h"
#include "server/configuration.h"
#include "server/words.h"
#include "tls/client_stream.h"

#include <algorithm>
#include <map>

namespace signet::mod_proxy {
namespace {

using server::Words;

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

Balancer& balancer_of(Config& config, std::string_view url)
{
    const auto name = balancer_name(url);
    const auto found = std::ranges::find(config.balancers, name, &Balancer::name);
    if (found != config.balancers.end()) return *found;
    return config.balancers.emplace_back(Balancer{.name = name, .parameters = {}, .members = {}});
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

bool Backend::may_reuse() const
{
    return state && parameters.reuse.value_or(!istarts_with(address(), "fcgi:"));
}

Result<void> define_backend(Config& config, const std::string& url, const Words& words, size_t next,
                            const std::string& opening)
{
    if (names_balancer(url)) {
        return take_words(balancer_of(config, url).parameters, words, next, true, opening);
    }
    return take_words(backend_of(config.backends, url, "", words).parameters, words, next, false,
                      opening);
}

Result<void> balancer_member(Config& config, const Words& words)
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
    auto& owner = balancer_of(config, balancer);
    auto& member = backend_of(owner.members, url, owner.name + " ", words);
    return take_words(member.parameters, words, next, false, "BalancerMember ");
}

Result<void> proxy_set(Config& config, const Words& words)
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
        auto& parameters = balancer_of(config, url).parameters;
        for (; next < words.size(); ++next) {
            auto taken = take_parameter(parameters, words[next], words, true);
            if (!taken)
                return fail("ProxySet: " + taken.error().text + " " + words[next] + "; "
                            + balancer_name(url));
        }
        return {};
    }
    if (!parse_url(url)) return fail("ProxySet URL must be absolute!: " + url);
    const bool is_known = words.place().section == server::SectionKind::proxy
                          || std::ranges::count(config.backends, url, &Backend::url);
    if (!is_known) return fail("ProxySet can not find '" + url + "' Worker.");
    return take_words(backend_of(config.backends, url, "", words).parameters, words, next, false,
                      "ProxySet: ");
}

const Backend* Config::find_backend(std::string_view url) const
{
    const Backend* best = nullptr;
    for (const Backend& one : backends) {
        if (url.starts_with(one.address())
            && (!best || one.address().size() > best->address().size()))
            best = &one;
    }
    return best;
}

const Balancer* Config::find_balancer(std::string_view url) const
{
    const auto found = std::ranges::find(balancers, balancer_name(url), &Balancer::name);
    return found == balancers.end() ? nullptr : &*found;
}

namespace {

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
