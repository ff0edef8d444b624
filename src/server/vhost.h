// A virtual host as configured: its names and addresses, its sections, and its base scope.
#pragma once
#include "base/text.h"
#include "config/source.h"
#include "http/head.h"
#include "net/address.h"
#include "server/http2_settings.h"
#include "server/read_deadline.h"
#include "server/scope.h"
#include "server/section.h"

#include <any>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tls {
struct Settings;
class Context;
} // namespace signet::tls

namespace signet::server {

class AccessLog;
class ErrorLog;

// Owned by the Configuration, immutable once it serves.
class VirtualHost {
public:
    explicit VirtualHost(std::span<const Module> modules)
        : section(modules)
    {
    }

    bool is_main = false;
    config::Position position{};        // of <VirtualHost …>, or of the first line
    std::vector<std::string> addresses; // as written: "*:443", "[::]:80", "_default_:*"
    std::vector<net::Address> bound;    // resolved; port 0 = any port, any-address = wildcard
    SectionConfig section;              // its own directives; of <VirtualHost>s, until merged
    std::unique_ptr<Scope> base;        // merged: main server, then this one
    SectionList sections;               // Directory, Location, Files, If; main server's first

    // From core's directives, copied here after the merge because they are asked for often.
    std::string server_name;                 // never empty once prepared
    uint16_t server_port = 0;                // 0: none given
    std::string server_scheme;               // "https" when ServerName says so
    std::vector<std::string> aliases;        // ServerAlias without wildcards, and
    std::vector<std::string> alias_patterns; // with them
    bool server_name_given = false;

    http::HeadLimits head_limits; // LimitRequest*, HttpProtocolOptions
    ReadTimeouts read_timeouts;   // RequestReadTimeout
    Http2Settings http2;          // H2…

    bool tls_engine = false; // SSLEngine on
    std::shared_ptr<const tls::Context> tls_context{};
    std::shared_ptr<const tls::Context> acme_context{}; // for clients that ask for acme-tls/1
    std::shared_ptr<ErrorLog> error_log{};
};

} // namespace signet::server
