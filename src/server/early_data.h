// Requests in TLS early data: the client sent them before its handshake was over, or somebody has
// recorded them and sends them again.   RFC 8470
#pragma once
#include "net/loop.h"

#include <optional>
#include <string_view>
#include <vector>

namespace signet::net {
class Fiber;
}

namespace signet::server {

class Connection;
class Request;

// The name of the note that a request carries which runs on early data: "1".
inline constexpr std::string_view early_data_note = "early-data";

// What a connection keeps until its handshake is over.
struct EarlyPhase {
    net::Timeout timeout;               // for the handshake, whatever requests do meanwhile
    std::vector<net::Fiber*> waiting{}; // requests that must not run earlier
    std::optional<bool> finish{};       // the connection is to end then: Connection::finish()
};

// On the request's fiber, before its first phase. What may be run twice goes on at once and says so
// (Early-Data: 1); all else waits for the handshake. 0, or the status that refuses the request.
[[nodiscard]] int judge_early(Request& request, Connection& connection);

} // namespace signet::server
