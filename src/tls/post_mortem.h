// Why a handshake failed: compares what the client offered with what its virtual host allows and
// names the first thing that was missing. "no shared cipher" is never the whole answer.
#pragma once
#include "tls/client_hello.h"
#include "tls/context.h"
#include "tls/stream.h"

#include <string>
#include <string_view>
#include <vector>

namespace signet::tls {

// The first predicate that does not hold, in the order in which a handshake needs them.
struct Finding {
    int id = 0;          // catalogue entry; 0: everything needed is in common
    std::string text{};  // "no cipher suite in common: …"
    std::string cause{}; // of this very case; empty: the catalogue's
    std::string fix{};
};
[[nodiscard]] Finding examine(const ClientHello& hello, const Context& context);

// One line: name asked for, what was offered, what is allowed, what both have.
[[nodiscard]] std::string describe(const ClientHello& hello, const Context& context);

// Completes a failure of a handshake whose ClientHello was read: id, text, cause and fix.
void explain(Failure& failure, const ClientHello& hello, const Context& context);
// The same where there is an alert and no ClientHello to compare.
void explain_alert(Failure& failure);

// Empties OpenSSL's error queue; each error as Apache logs it: "error:0A0000C1:SSL routines::no
// shared cipher", with the text that came with it in parentheses.
[[nodiscard]] std::vector<std::string> take_library_errors();
// What Apache adds to such a line, with " -- " before it; often empty.
[[nodiscard]] std::string_view apache_hint(std::string_view library_error);

} // namespace signet::tls
