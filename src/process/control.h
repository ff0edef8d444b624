// What the master and its children (workers, keeper, at a binary upgrade its successor) tell each
// other over their control channel. One message is one datagram of a SOCK_SEQPACKET pair: a kind,
// then a text; descriptors travel beside it.
#pragma once
#include "base/result.h"
#include "net/unix_channel.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace signet::process {

struct ControlMessage {
    enum class Kind : uint8_t {
        // child → master
        ready = 1, // a worker accepts connections, a keeper works, a successor's workers serve
        retiring,  // MaxConnectionsPerChild is reached: finishes what it has, wants a successor
        // master → worker and keeper
        stop,            // now
        stop_gracefully, // after what is in flight
        reopened_log,    // text: the target; a descriptor: the file opened anew
        // master → successor
        sockets,     // descriptors of listening sockets
        inheritance, // text, perhaps a descriptor: see inheritance.h
        take_over,   // that was all
    };
    Kind kind = Kind::ready;
    std::string text{};
};

[[nodiscard]] std::string encode(const ControlMessage& message);
// Fails for a kind this version does not know, or an empty datagram.
[[nodiscard]] Result<ControlMessage> decode(std::string_view bytes);

// Waits at most a second for a peer that does not read: then it fails.
[[nodiscard]] Result<void> send(net::UnixChannel& channel, const ControlMessage& message,
                                std::span<const int> descriptors = {});

} // namespace signet::process
