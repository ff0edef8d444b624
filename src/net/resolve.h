// From a host name to addresses.
#pragma once
#include "base/result.h"
#include "net/address.h"

#include <string>
#include <string_view>
#include <vector>

namespace signet::net {

class HelperThreads;

// The addresses of `host` (a name, or an address in digits; brackets allowed) with that port, in
// the order the system prefers. Asks the resolver on a helper thread; the current fiber waits.
// Errors: not_found, cancelled.
[[nodiscard]] Result<std::vector<Address>> resolve(HelperThreads& helpers, std::string_view host,
                                                   uint16_t port);

} // namespace signet::net
