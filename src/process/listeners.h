// The listening sockets of a generation, opened by the master and shared by its workers. A reload
// keeps those that both generations name: no connection is refused.
#pragma once
#include "base/file.h"
#include "base/result.h"
#include "server/configuration.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace signet::process {

// Owned by every generation that listens on it.
struct ListeningSocket {
    FileDescriptor descriptor;
    net::Address address; // as asked for: "Listen 80" is [::]:80
};

using ListeningSockets = std::vector<std::shared_ptr<ListeningSocket>>;

// The distinct addresses to open, in order. An IPv4 wildcard is left out when the same port is
// opened for IPv6 and IPv4 together.
[[nodiscard]] std::vector<net::Address>
plan_listeners(std::span<const server::ListenAddress> listeners);

// Opens what `configuration` listens on; takes identical sockets from `existing` (the generation
// before, or the service manager). The error is Apache's text.
[[nodiscard]] Result<ListeningSockets> open_listeners(const server::Configuration& configuration,
                                                      const ListeningSockets& existing);

} // namespace signet::process
