// Binary upgrade, on the side that comes: what the master that runs already gave to the program it
// has started (successor.h).
#pragma once
#include "net/unix_channel.h"
#include "process/inheritance.h"
#include "process/listeners.h"

#include <optional>

namespace signet::process {

// In the environment of the new program: the number of the descriptor of its end of the channel.
inline constexpr const char* takeover_variable = "SIGNET_TAKEOVER";

struct Takeover {
    net::UnixChannel channel;
    ListeningSockets sockets{};
    Inheritance inheritance{};

    // Nothing for a program that was started in the ordinary way. Waits some seconds for what
    // belongs to it. The variable is removed: programs that this one starts do not see it.
    [[nodiscard]] static Result<std::optional<Takeover>> begin();
    // The old master may go.
    [[nodiscard]] Result<void> done();
};

} // namespace signet::process
