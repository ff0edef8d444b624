#include "modules/mod_proxy/reverse_map.h"

#include "base/text.h"
#include "modules/mod_proxy/backend_url.h"
#include "modules/mod_proxy/config.h"
#include "server/request.h"

#include <algorithm>
#include <array>

namespace signet::mod_proxy {
namespace {

using server::Request;

bool is_url(std::string_view text)
{
    const size_t colon = text.find("://");
    return colon != text.npos && colon > 0 && text.substr(0, colon).find('/') == text.npos;
}

std::string resolved(const Config& config, const Mapping& mapping, const std::string& text,
                     const Request& request)
{
    return mapping.interpolated && config.interpolates.value_or(false) ? interpolate(text, request)
                                                                       : text;
}

// What of `url` comes behind `inside`, or nothing. A mapping that begins with a slash is about the
// path alone.
std::optional<std::string_view> rest_after(std::string_view inside, std::string_view url)
{
    if (inside.starts_with('/')) {
        const size_t scheme = url.find("://");
        if (scheme != url.npos) {
            const size_t slash = url.find('/', scheme + 3);
            url = slash == url.npos ? std::string_view() : url.substr(slash);
        }
    }
    if (inside.empty() || !istarts_with(url, inside)) return std::nullopt;
    return url.substr(inside.size());
}

std::string outside_of(std::string_view outside, std::string_view rest, const Request& request)
{
    const auto joined = std::string(outside) + std::string(rest);
    return is_url(joined) ? joined : request.absolute_url(joined);
}

// "balancer://name/path" stands for each of its members.
std::optional<std::string_view> rest_after_member(const Config& config, const Request& request,
                                                  std::string_view inside, std::string_view url)
{
    const Balancer* balancer = find_balancer(config, request, inside);
    if (!balancer) return std::nullopt;
    const auto path = inside.substr(std::min(inside.find('/', 11), inside.size()));
    for (const Backend& member : balancer->members) {
        std::string whole(member.address());
        if (whole.ends_with('/') && path.starts_with('/')) whole.pop_back();
        if (auto rest = rest_after(whole + std::string(path), url)) return rest;
    }
    return std::nullopt;
}

std::string map_location(const Config& config, const Request& request, std::string_view url)
{
    for (const Mapping& mapping : config.reverses) {
        const auto inside = resolved(config, mapping, mapping.inside, request);
        const auto outside = resolved(config, mapping, mapping.outside, request);
        const auto rest = istarts_with(inside, "balancer:")
                              ? rest_after_member(config, request, inside, url)
                              : rest_after(without_socket(inside), url);
        if (rest) return outside_of(outside, *rest, request);
    }
    return std::string(url);
}

// Where the value of a cookie's attribute stands: "path" in "a=1; Path=/x".
struct Range {
    size_t begin, size;
};

std::optional<Range> find_attribute(std::string_view cookie, std::string_view name)
{
    size_t at = std::min(cookie.find(';'), cookie.size());
    while (at < cookie.size()) {
        const size_t begin = cookie.find_first_not_of(" \t", at + 1);
        if (begin == cookie.npos) return std::nullopt;
        const size_t end = std::min(cookie.find(';', begin), cookie.size());
        const auto part = cookie.substr(begin, end - begin);
        if (istarts_with(part, name) && part.size() > name.size() && part[name.size()] == '=')
            return Range{begin + name.size() + 1, part.size() - name.size() - 1};
        at = end;
    }
    return std::nullopt;
}

// As in Apache the whole value is replaced where it begins with what is inside.
void map_attribute(std::string& cookie, std::string_view name, std::span<const Mapping> mappings,
                   const Config& config, const Request& request)
{
    const auto place = find_attribute(cookie, name);
    if (!place) return;
    const auto value = cookie.substr(place->begin, place->size);
    for (const Mapping& mapping : mappings) {
        const auto inside = resolved(config, mapping, mapping.inside, request);
        if (!istarts_with(value, inside)) continue;
        cookie.replace(place->begin, place->size,
                       resolved(config, mapping, mapping.outside, request));
        return;
    }
}

} // namespace

std::string map_field(const Config& config, const Request& request, std::string_view name,
                      std::string_view value)
{
    static constexpr std::array located{"Location", "Content-Location", "URI", "Destination"};
    if (std::ranges::any_of(located, [&](auto one) { return iequals(one, name); }))
        return map_location(config, request, value);
    std::string mapped(value);
    if (iequals(name, "Set-Cookie")) {
        map_attribute(mapped, "path", config.cookie_paths, config, request);
        map_attribute(mapped, "domain", config.cookie_domains, config, request);
    }
    return mapped;
}

std::string interpolate(std::string_view text, const Request& request)
{
    std::string out;
    while (true) {
        const size_t begin = text.find("${");
        const size_t end = begin == text.npos ? text.npos : text.find('}', begin);
        if (end == text.npos) return out.append(text);
        out.append(text.substr(0, begin));
        out.append(request.env_or(text.substr(begin + 2, end - begin - 2), ""));
        text.remove_prefix(end + 1);
    }
}

} // namespace signet::mod_proxy
