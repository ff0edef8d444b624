// The short way of a plain GET on a connection that goes on: from its parsed head straight to the
// kept answer of its target (kept_answer.h), without a fiber and mostly without an exchange.
//
// It is taken only where the ordinary way is known to lead to the same bytes: the same virtual host
// gave this kept answer for this very target, no hook on the way there looks at more than that, and
// the head has no field that could matter.
#pragma once
#include "http/head.h"
#include "server/path_cache.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet::server {

struct CoreConfig;

// What a Host field on this connection has led to: the hooks that look at the connection and the
// host have let a request pass. Owned by the session.
struct PassedHost {
    const VirtualHost* vhost = nullptr; // null: none yet
    std::string field;
    size_t name_length = 0; // the field begins with the name, in small letters
    uint16_t port = 0;
};

// A head without a field that asks for more than the target does.
struct PlainHead {
    std::string_view host;
    bool asks_keep_alive = false; // Connection: keep-alive
};

// Nothing for any head that the ordinary way might answer otherwise: other methods and versions,
// conditions, ranges, bodies, Expect, Upgrade, any other Connection, no Host or two.
[[nodiscard]] std::optional<PlainHead> plain_head(const http::RequestHead& head);

// A request has just been given `request.path->kept`: the next one for its target on the same
// virtual host may take the short way, if the configuration lets it.
void open_shortcut(const Request& request);

// The value of the Keep-Alive field: "timeout=5, max=99".
void append_keep_alive(std::string& out, const CoreConfig& core, long left);

// The request's Host, if the short way may rely on it from now on; else nothing has passed.
void note_passed_host(const Request& request, PassedHost& passed);

} // namespace signet::server
