// What the status pages say about TLS handshakes: how many, how long and on what, which failed and
// why, and what follows from it. After Apache's own lines, because Apache has nothing like it.
#pragma once
#include "server/status_board.h"

#include <string>

namespace signet::mod_status {

// A table and advice; nothing while there was no TLS connection.
void add_tls_html(std::string& out, const server::WorkerTotals& totals);
// "TLSHandshakesFull: 3", "TLSFailureSG0323: 1", …
void add_tls_keys(std::string& out, const server::WorkerTotals& totals);
// "tls":{…}
void add_tls_json(std::string& out, const server::WorkerTotals& totals);

} // namespace signet::mod_status
