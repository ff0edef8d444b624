// A TLS client that looks: one handshake and one request to a server, and everything worth knowing
// about them. Blocking, for tools; never used by the server itself.
#pragma once
#include "pki/certificate.h"
#include "pki/chain.h"
#include "pki/key.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace signet::tls {

struct ProbeOptions {
    std::string host{}; // a name or an address
    uint16_t port = 443;
    std::string path = "/";
    std::string server_name{};                  // SNI and the name to verify; empty: the host
    int least_version = 0, highest_version = 0; // TLS1_2_VERSION …, 0: any
    std::string cipher_list{}, cipher_suites{}, groups{}, alpn{}; // empty: OpenSSL's, http/1.1
    std::string authorities{};                                    // PEM file; empty: the system's
    std::string certificate{}, key{};                             // of the client
    pki::AskPassPhrase ask{};
    bool only_handshake = false;
    std::chrono::milliseconds patience{10'000};           // for each step
    std::function<void(const std::string&)> on_state{};   // -state: one line per step
    std::function<void(const std::string&)> on_message{}; // -msg: one line per message
};

struct ProbeResult {
    enum class Stage { options, resolve, connect, handshake, request, done };
    Stage stage = Stage::options; // where it ended; done: all of it worked
    std::string failure{};        // why it ended before
    int failure_id = 0;           // catalogue: its cause and fix

    std::string address{};
    std::string version{}, cipher{}, group{}, signature{}, alpn{};
    std::vector<pki::Certificate> chain{}; // as the server sent it
    pki::Verdict verdict{};                // with names and dates
    bool name_fits = false;
    std::string staple{}; // "good until …", "none"
    bool client_certificate_asked = false, client_certificate_sent = false;
    bool resumption_tried = false, resumed = false;
    uint32_t early_data = 0;       // bytes that the server's tickets let a client send early
    std::string alpn_offered_h2{}; // what is chosen when h2 is offered
    int status = 0;
    std::string status_line{}, server{}, hsts{}, location{};
    double resolve_ms = 0, connect_ms = 0, handshake_ms = 0, first_byte_ms = 0;
};

// Fails only when a file of the options cannot be read.
[[nodiscard]] Result<ProbeResult> probe(const ProbeOptions& options);

// "example.com:443", "[::1]:8443", "https://example.com/path"; the port is 443 when none is given.
[[nodiscard]] Result<ProbeOptions> parse_probe_target(std::string_view target);

} // namespace signet::tls
