// ClientHellos made by hand and servers' answers taken apart: so any client can be played, also one
// that offers what this machine's OpenSSL no longer knows.
// RFC 5246 §7.4 · RFC 8446 §4.1 · RFC 8422 §5.4
#pragma once
#include "tools/grade/clients.h"

#include <string>
#include <string_view>
#include <vector>

namespace signet::tools::grade {

// What belongs to one connection and is the same in both hellos after a HelloRetryRequest.
struct HelloOptions {
    std::string server_name{}; // empty: no SNI
    std::string random{};      // 32 bytes
    std::string session_id{};  // 32 bytes, or empty
    bool is_fallback = false;  // TLS_FALLBACK_SCSV, RFC 7507
    bool offers_compression = false;
};

// The record(s) of a hello. Key shares are public keys whose private key is 1: no secret is agreed
// on, since no handshake is brought to its end.
[[nodiscard]] std::string write_client_hello(const Client& client, const HelloOptions& options);

struct ServerAnswer {
    enum class Kind : uint8_t { nothing, hello, retry, alert };
    Kind kind = Kind::nothing;
    uint16_t version = 0, suite = 0;
    uint16_t group = 0;                      // of the key exchange; 0: none (or not told)
    unsigned dh_bits = 0;                    // of a finite-field exchange
    uint8_t alert = 0;                       // RFC 8446 §6
    bool secure_renegotiation = false;       // RFC 5746
    bool compression = false;                // CRIME
    bool is_done = false;                    // a flight of TLS 1.2 and older is complete
    std::vector<std::string> certificates{}; // DER, of TLS 1.2 and older
};

// Reads a server's first bytes; more of them only make the answer fuller.
[[nodiscard]] ServerAnswer read_answer(std::string_view bytes);

// "TLS 1.2", "X25519", "handshake_failure".
[[nodiscard]] std::string version_name(uint16_t version);
[[nodiscard]] std::string group_name(uint16_t group);
[[nodiscard]] std::string alert_name(uint8_t alert);

} // namespace signet::tools::grade
