#include "process/control.h"

#include <chrono>

namespace signet::process {

std::string encode(const ControlMessage& message)
{
    return std::string(1, static_cast<char>(message.kind)) + message.text;
}

Result<ControlMessage> decode(std::string_view bytes)
{
    using Kind = ControlMessage::Kind;
    if (bytes.empty()) return fail(Error::Kind::malformed, "empty control message");
    const auto kind = static_cast<uint8_t>(bytes.front());
    if (kind < static_cast<uint8_t>(Kind::ready) || kind > static_cast<uint8_t>(Kind::take_over)) {
        return fail(Error::Kind::malformed,
                    "control message of unknown kind " + std::to_string(kind));
    }
    return ControlMessage{static_cast<Kind>(kind), std::string(bytes.substr(1))};
}

Result<void> send(net::UnixChannel& channel, const ControlMessage& message,
                  std::span<const int> descriptors)
{
    return channel.send_blocking(encode(message), descriptors, std::chrono::seconds(1));
}

} // namespace signet::process
