// Finds the virtual host for a connection's local address and a host name, by hash probes only.
// https://httpd.apache.org/docs/2.4/vhosts/details.html
#pragma once
#include "base/text.h"
#include "net/address.h"
#include "server/configuration.h"

#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace signet::server {

// What follows the vhost's ServerPath in a path; nothing when the path does not begin with it.
[[nodiscard]] std::optional<std::string_view> below_server_path(const VirtualHost& vhost,
                                                                std::string_view path);

// The vhosts of one local address and port, in configuration order.
class NameTable {
public:
    explicit NameTable(const VirtualHost& first)
        : fallback_(&first)
    {
    }
    void add(const VirtualHost& vhost);
    // By ServerName or ServerAlias; the first vhost when no name fits. `name` is lower-case.
    [[nodiscard]] const VirtualHost& find(std::string_view name) const;
    [[nodiscard]] const VirtualHost* find_exact(std::string_view name) const;
    // By ServerPath, for clients that send no name; null when none fits.
    [[nodiscard]] const VirtualHost* find_path(std::string_view path) const;
    [[nodiscard]] const VirtualHost& fallback() const { return *fallback_; }

private:
    const VirtualHost* fallback_;
    TextMap<const VirtualHost*> names_;
    std::vector<const VirtualHost*> with_path_; // those that have a ServerPath
    // Wildcards are tried in configuration order; a name listed before them has won already only
    // if its vhost comes first, so each keeps its rank.
    std::vector<std::pair<std::string, const VirtualHost*>> patterns_;
    std::unordered_map<const VirtualHost*, size_t> rank_;
};

// Built from a Configuration; owned with it by the worker. Look-ups never allocate.
class VirtualHosts {
public:
    explicit VirtualHosts(const Configuration& configuration);

    // The names served at a local address: the most specific of ip:port, ip:*, *:port, *:*; the
    // main server alone when no vhost has that address. Valid for this object's life.
    [[nodiscard]] const NameTable& at(const net::Address& local) const;

private:
    NameTable main_;
    // Keyed by "ip:port" as bytes; port 0 and the any-address are wildcards.
    TextMap<std::unique_ptr<NameTable>> tables_;
};

} // namespace signet::server
