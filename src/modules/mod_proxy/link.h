// A connection to a backend, for the request that uses it. On the request's fiber.
#pragma once
#include "modules/mod_proxy/backend.h"
#include "modules/mod_proxy/backend_url.h"
#include "net/fiber_socket.h"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace signet::server {
class Request;
}
namespace signet::tls {
class ClientContext;
}

namespace signet::mod_proxy {

struct Config;

// Where a request goes. The URL and the backend outlive it.
struct Route {
    std::string_view url; // without "proxy:"
    UrlParts parts;
    const Backend* backend; // never null
    milliseconds patience;  // with a backend that says or takes nothing
    milliseconds connect_patience;
};

// Why there is no connection.
struct LinkFailure {
    enum class Stage : uint8_t { resting, resolve, connect, tls };
    Stage stage = Stage::connect;
    Error error;
};

class Link {
public:
    Link(const server::Request& request, const Route& route);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // Takes a connection that is open already, or makes one. `fresh`: makes one.
    [[nodiscard]] std::expected<void, LinkFailure> open(const Config& config, bool fresh = false);
    // It has served another request before: the backend may have closed it just now.
    [[nodiscard]] bool is_reused() const { return reused_; }

    [[nodiscard]] Result<size_t> read(std::span<char> into) { return read(into, route_.patience); }
    [[nodiscard]] Result<size_t> read(std::span<char> into, milliseconds limit);
    // A backend that answers before it has heard everything does not hold up both sides.
    [[nodiscard]] Result<void> write(std::string_view bytes);

    // The exchange is over, and the connection may serve another.
    void keep();
    // Plain connections only.
    [[nodiscard]] net::Socket release() { return socket_.release(); }
    [[nodiscard]] bool is_tls() const;

private:
    [[nodiscard]] bool take_idle(const tls::ClientContext* context, std::string_view name);
    [[nodiscard]] std::expected<void, LinkFailure> connect();
    [[nodiscard]] Result<void> connect_to_host(LinkFailure::Stage& stage);
    [[nodiscard]] Result<void> shake_hands();
    [[nodiscard]] Result<size_t> read_tls(std::span<char> into, milliseconds limit);
    [[nodiscard]] Result<size_t> feed_tls(milliseconds limit);
    [[nodiscard]] Result<void> flush_tls();

    const server::Request& request_;
    const Route& route_;
    BackendState* state_; // null: nothing is kept
    net::FiberSocket socket_;
    std::string heard_;                      // while writing
    std::unique_ptr<tls::ClientStream> tls_; // null: plain
    std::unique_ptr<char[]> records_;        // as they come
    bool reused_ = false;
};

} // namespace signet::mod_proxy
