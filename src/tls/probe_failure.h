// Why a probe's handshake or request failed, in words that say what to do: OpenSSL's reason, the
// alert that came, the server's first bytes and the options of the probe, put together.
#pragma once
#include "tls/probe.h"

#include <string>
#include <string_view>

namespace signet::tls {

// Catalogue ids of what a probe finds out.
enum ProbeFailureId : int {
    probe_no_connection = 462,
    probe_no_handshake = 463,
    probe_not_trusted = 464,
    probe_no_answer = 465,
    probe_not_tls = 875,
    probe_silence = 876,
    probe_hung_up = 877,
    probe_nothing_in_common = 878,
    probe_wants_certificate = 879,
    probe_certificate_refused = 880,
    probe_name_refused = 881,
    probe_date = 882,
    probe_name = 883,
    probe_self_signed = 884,
    probe_unknown_issuer = 885,
    probe_bad_list = 886,
    probe_bad_key = 887,
    probe_bad_protocol = 888,
    probe_alert = 889,
};

struct ProbeFailure {
    int id = 0; // cause and fix are the catalogue's
    std::string text{};
};

struct Trouble {
    unsigned long error = 0;    // OpenSSL's first, ERR_peek_error(3); 0: none
    int system_error = 0;       // errno
    bool timed_out = false;     // after `patience`
    bool in_handshake = true;   // false: the request failed
    bool is_plain_http = false; // asked without TLS, the port answers
    std::string first_bytes{};  // what the server said first, some of it
    bool certificate_asked = false, certificate_sent = false;
};
[[nodiscard]] ProbeFailure explain(const Trouble& trouble, const ProbeOptions& options);

// Why the chain is not trusted; an id of 0 when it is.
[[nodiscard]] ProbeFailure explain_distrust(const ProbeResult& seen, const std::string& name);

} // namespace signet::tls
