#include "pki/names.h"

#include "base/text.h"

#include <algorithm>
#include <arpa/inet.h>

namespace signet::pki {
namespace {

std::string_view without_final_dot(std::string_view name)
{
    if (name.ends_with('.')) name.remove_suffix(1);
    return name;
}

} // namespace

bool is_ip_address(std::string_view host)
{
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const std::string text(host);
    in6_addr address;
    return inet_pton(AF_INET, text.c_str(), &address) == 1
           || inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool name_covers(std::string_view pattern, std::string_view host)
{
    pattern = without_final_dot(pattern);
    host = without_final_dot(host);
    if (pattern.empty() || host.empty()) return false;
    if (!pattern.starts_with("*.")) return iequals(pattern, host);

    const std::string_view suffix = pattern.substr(1); // ".example.com"
    if (suffix.find('*') != std::string_view::npos) return false;
    if (suffix.find('.', 1) == std::string_view::npos) return false;
    if (is_ip_address(host)) return false;
    const size_t dot = host.find('.');
    return dot != std::string_view::npos && dot > 0 && iequals(host.substr(dot), suffix);
}

bool any_name_covers(const std::vector<std::string>& names, std::string_view host)
{
    return std::ranges::any_of(names,
                               [host](const std::string& name) { return name_covers(name, host); });
}

} // namespace signet::pki
