#include "process/takeover.h"

#include "base/text.h"
#include "net/listener.h"
#include "process/control.h"

#include <cstdlib>
#include <fcntl.h>

namespace signet::process {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;

Result<void> adopt(Takeover& takeover, std::vector<FileDescriptor>& descriptors)
{
    for (auto& descriptor : descriptors) {
        auto address = net::adopt_listener(descriptor.get());
        if (!address) return std::unexpected(address.error());
        takeover.sockets.push_back(
            std::make_shared<ListeningSocket>(std::move(descriptor), *address));
    }
    return {};
}

Result<void> receive_all(Takeover& takeover)
{
    using Received = net::UnixChannel::Message::State;
    using Kind = ControlMessage::Kind;
    while (true) {
        auto received = takeover.channel.receive_blocking(patience);
        if (!received) return std::unexpected(received.error());
        if (received->state == Received::closed) return fail("the running server went away");
        const auto message = decode(received->bytes);
        if (!message) continue; // of a later version
        Result<void> taken;
        if (message->kind == Kind::sockets) {
            taken = adopt(takeover, received->descriptors);
        } else if (message->kind == Kind::inheritance) {
            taken = unpack(message->text, std::move(received->descriptors), takeover.inheritance);
        } else if (message->kind == Kind::take_over) {
            return {};
        }
        if (!taken) return taken;
    }
}

} // namespace

Result<std::optional<Takeover>> Takeover::begin()
{
    const char* text = ::getenv(takeover_variable);
    if (!text) return std::nullopt;
    const auto number = parse_number<int>(text);
    ::unsetenv(takeover_variable);
    if (!number || ::fcntl(*number, F_SETFD, FD_CLOEXEC) != 0) {
        return fail(std::string(takeover_variable) + " names no descriptor");
    }
    Takeover takeover{.channel = net::UnixChannel(FileDescriptor(*number))};
    if (auto received = receive_all(takeover); !received) {
        return fail("cannot take over from the running server: " + received.error().text);
    }
    return takeover;
}

Result<void> Takeover::done()
{
    auto told = send(channel, {ControlMessage::Kind::ready});
    channel.close();
    return told;
}

} // namespace signet::process
