// What a probe says while it shakes hands: states and messages, one line each.
#pragma once
#include "pki/openssl.h"
#include "tls/probe.h"

namespace signet::tls {

// `options` must outlive the connection.
void trace(SSL* ssl, const ProbeOptions& options);

} // namespace signet::tls
