// What a server's handshakes say about its configuration: hardly any resumption, dear keys, slow
// clients. For the status pages, and now and then for the log.
#pragma once
#include "server/status_board.h"

#include <string>
#include <vector>

namespace signet::server {

class VirtualHost;

struct TlsAdvice {
    int id;                // of the catalogue, which has cause and fix
    std::string text;      // with the numbers
    std::string in_full{}; // the text, cause and fix
};

// What an administrator may want to change; nothing before there were a hundred handshakes.
[[nodiscard]] std::vector<TlsAdvice> tls_advice(const WorkerTotals& totals);

// After 100, 1000, 10000 … full handshakes of a worker: its advice, at info.
void log_tls_advice(const VirtualHost& vhost, const WorkerTotals& totals);

// 0 when there is nothing to divide by.
[[nodiscard]] uint64_t average(uint64_t sum, uint64_t count);

} // namespace signet::server
