// The ClientHello, read from raw bytes before OpenSSL sees them, so that the virtual host is known
// before an SSL exists (a switched SSL_CTX would keep the first one's versions, suites and
// tickets). RFC 8446 §4.1.2 · RFC 6066 §3 · RFC 7301 §3.1
#pragma once
#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tls {

// What a client's first bytes look like.
enum class Opening : uint8_t {
    incomplete, // cannot be told yet
    tls,
    plain_http, // a request line spoken to a TLS port
    ssl2_hello, // an SSLv2-format hello, RFC 5246 appendix E.2
    ssh,
    proxy_header,  // PROXY protocol 1 or 2
    http2_preface, // HTTP/2 without TLS, RFC 9113 §3.4
    mail,          // SMTP's HELO or EHLO
    other,
};
[[nodiscard]] Opening classify(std::string_view first_bytes);

struct ClientHello {
    std::string server_name{};        // SNI in lower case without a final dot, or empty
    std::vector<std::string> alpn{};  // offered protocols, the client's preference first
    std::vector<uint16_t> versions{}; // supported_versions, or what legacy_version implies
    std::vector<uint16_t> suites{};
    std::vector<uint16_t> groups{};
    std::vector<uint16_t> signature_algorithms{};
    bool post_handshake_auth = false; // can be asked for a certificate later, RFC 8446 §4.2.6
    bool early_data = false;          // sends data before the handshake is over, RFC 8446 §4.2.10
    bool resumes = false;             // carries a session id, ticket or pre-shared key
    std::string session_id{};         // TLS 1.2; of a TLS 1.3 client without meaning
    bool has_ticket = false;          // TLS 1.2: the session_ticket extension is not empty
    std::string
        psk_session_id{}; // TLS 1.3: the first identity that may be a session id, not a ticket

    [[nodiscard]] bool offers(std::string_view protocol) const; // by ALPN
};

// The longest ClientHello accepted, all records together; browsers with post-quantum shares send 2
// KiB.
inline constexpr size_t max_client_hello = 32 * 1024;

// Reads the records at the start of a connection. True: the hello is complete and `hello` filled.
// False: more bytes are needed. An error: malformed (alert decode_error) or too long.
[[nodiscard]] Result<bool> read_client_hello(std::string_view bytes, ClientHello& hello);

} // namespace signet::tls
