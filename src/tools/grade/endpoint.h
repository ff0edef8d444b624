// Somebody who answers ClientHellos: a virtual host's context in memory, or a server at an address.
#pragma once
#include "base/result.h"
#include "tools/grade/hello.h"

#include <memory>
#include <string>

namespace signet::tls {
class Context;
}

namespace signet::tools::grade {

// One connection.
class Conversation {
public:
    virtual ~Conversation() = default;
    // Sends bytes; what the other side says to them, as far as read_answer() needs it.
    [[nodiscard]] virtual std::string say(const std::string& bytes) = 0;
};

class Endpoint {
public:
    virtual ~Endpoint() = default;
    // nullptr: cannot be reached.
    [[nodiscard]] virtual std::unique_ptr<Conversation> open() const = 0;
};

// The context outlives the endpoint.
[[nodiscard]] std::unique_ptr<Endpoint> in_memory(const tls::Context& context);
[[nodiscard]] Result<std::unique_ptr<Endpoint>> over_network(const std::string& host,
                                                             const std::string& port);

// What a client gets: with a second hello when the server asks for another key share.
[[nodiscard]] ServerAnswer greet(const Endpoint& endpoint, const Client& client,
                                 const std::string& server_name, bool is_fallback = false,
                                 bool offers_compression = false);

} // namespace signet::tools::grade
