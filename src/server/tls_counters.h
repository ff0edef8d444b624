// What is counted about TLS connections, in memory that all workers share (status_board.h): how
// long handshakes took and where the time went, and other protocols on a port.
#pragma once
#include "base/clock.h"
#include "server/status_board.h"

#include <string_view>

namespace signet::tls {
class Stream;
}

namespace signet::server {

// Ids of the catalogue for what is counted here.
inline constexpr int http_on_tls_port = 320;
inline constexpr int client_renegotiation = 336;
inline constexpr int hello_on_http_port = 376;
inline constexpr int proxy_header_on_http_port = 377;
inline constexpr int ssh_on_http_port = 378;

// The stages of one handshake.
struct HandshakeTimes {
    std::chrono::nanoseconds hello_wait{}; // from accept to the complete ClientHello
    std::chrono::nanoseconds work{};       // computing: keys, signatures, certificates
    std::chrono::nanoseconds whole{};

    [[nodiscard]] std::chrono::nanoseconds answer_wait() const { return whole - hello_wait - work; }
    // "waiting for the ClientHello", "computing", "waiting for the client's answer"
    [[nodiscard]] std::string_view slowest() const;
};
inline constexpr std::chrono::seconds slow_handshake{5};

[[nodiscard]] HandshakeTimes times_of(const tls::Stream& stream, Monotonic::time_point accepted,
                                      Monotonic::time_point now);
void count_handshake(WorkerTotals& totals, const HandshakeTimes& times, bool is_resumed);

// Why the client's early data was not taken, if it offered some.
void count_early_data_refusal(WorkerTotals& totals, const tls::Stream& stream);

// Which other protocol the first bytes on a port without TLS belong to: one of the ids above, 0
// when it may be HTTP. Costs one comparison for requests.
[[nodiscard]] int misplaced_protocol(std::string_view first_bytes);

} // namespace signet::server
