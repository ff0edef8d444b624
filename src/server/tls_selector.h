// Finds the vhost for a ClientHello among the names of one address.
#pragma once
#include "tls/context.h"

#include <memory>

namespace signet::server {

class NameTable;

// `names` outlives the result.
[[nodiscard]] std::unique_ptr<tls::ContextSelector> make_tls_selector(const NameTable& names);

} // namespace signet::server
