// Requests to FastCGI backends such as PHP-FPM. Internal to mod_proxy.
#pragma once
#include "modules/mod_proxy/http_backend.h"

namespace signet::mod_proxy {

[[nodiscard]] Attempt ask_fcgi(const Config& config, const Route& route, server::Request& request,
                               server::Response& response);

} // namespace signet::mod_proxy
