// Which of a balancer's members answers a request.
// https://httpd.apache.org/docs/2.4/mod/mod_proxy_balancer.html
#pragma once
#include "modules/mod_proxy/config.h"
#include "modules/mod_proxy/http_backend.h"

#include <functional>
#include <string_view>

namespace signet::mod_proxy {

using AskMember = std::function<Attempt(std::string_view url, const Backend& member)>;

// `url` is "balancer://name/path?query"; asks one member after the other until one can be reached.
[[nodiscard]] server::Outcome ask_balancer(const Config& config, std::string_view url,
                                           server::Request& request, server::Response& response,
                                           const AskMember& ask);

// The member whose turn it is, among those that may be asked; null when there is none. `tried`:
// those that could not be reached for this request. (For tests.)
[[nodiscard]] const Backend* choose_member(const Balancer& balancer,
                                           const std::vector<const Backend*>& tried);

} // namespace signet::mod_proxy
