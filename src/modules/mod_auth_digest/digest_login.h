// What a client says in `Authorization: Digest …`.   RFC 7616 §3.4
#pragma once
#include "base/arena.h"

#include <optional>
#include <string_view>

namespace signet::mod_auth_digest {

// Quotes and backslashes are undone. Views are into the field or the arena; a value that was not
// given has no data.
struct DigestLogin {
    std::string_view user, realm, nonce, uri, response, algorithm, cnonce, opaque, qop, count;

    // Whether what no answer can do without is there.
    [[nodiscard]] bool is_complete() const;
    // MD5 of what Apache hashes, with `ha1` of the provider, in hexadecimal. The server's own
    // answer (rspauth) has no method.
    [[nodiscard]] std::string expected_response(std::string_view ha1,
                                                std::string_view method) const;
};

// The words after "Digest".
[[nodiscard]] DigestLogin parse_digest_login(std::string_view words, Arena& memory);

// Does the URI that was hashed name what was asked for? Apache compares parts, unescaped, where
// the texts differ. `host` and `port` are the request's.
enum class UriMatch : uint8_t { same, different, invalid };
[[nodiscard]] UriMatch match_digest_uri(std::string_view hashed, std::string_view requested,
                                        std::string_view host, uint16_t port,
                                        uint16_t default_port);

} // namespace signet::mod_auth_digest
