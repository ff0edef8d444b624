// OCSP (RFC 6960): asks a responder whether a certificate has been revoked, and checks what it
// says. For stapling, for the certificates of clients, and for tools. Everything here may block:
// the keeper, a helper thread or a tool calls it, never an event loop.
#pragma once
#include "pki/certificate.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::pki {

// The first http:// responder of the certificate's AuthorityInfoAccess, or empty.
[[nodiscard]] std::string ocsp_responder(const Certificate& subject);

// What is asked about one certificate. Keeps what the answer has to be compared with.
class OcspQuestion {
public:
    // With `nonce` the answer must be made for this question alone; without, responders may answer
    // from a cache (RFC 6960 §4.4.1).
    [[nodiscard]] static Result<OcspQuestion> create(const Certificate& subject,
                                                     const Certificate& issuer, bool nonce);

    [[nodiscard]] std::string_view request() const { return request_; } // DER
    [[nodiscard]] std::string_view id() const { return id_; }           // CertID, DER
    [[nodiscard]] bool has_nonce() const { return nonce_; }

private:
    OcspQuestion() = default;
    std::string request_, id_;
    bool nonce_ = false;
};

struct OcspTransport {
    std::chrono::milliseconds timeout{10'000}; // for the whole exchange
    std::string proxy{};                       // "http://proxy:3128/", or none
};

// The largest response accepted; Apache's limit for what it staples.
inline constexpr size_t max_ocsp_response = 10240;

// Posts the request to an http:// URL; the body of the answer, unchecked. Redirects are not
// followed. Error::timed_out when the responder is too slow.
[[nodiscard]] Result<std::string> ask_ocsp_responder(const std::string& url,
                                                     std::string_view request,
                                                     const OcspTransport& transport);

// How old an answer may be.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslstaplingresponsetimeskew
struct OcspLimits {
    std::chrono::seconds skew{300};                // of the clocks
    std::optional<std::chrono::seconds> max_age{}; // since thisUpdate; none: nextUpdate decides
};

enum class OcspStatus : unsigned char { good, revoked, unknown };

// A response that can be trusted.
struct OcspAnswer {
    OcspStatus status = OcspStatus::unknown;
    time_t this_update = 0;
    time_t next_update = 0; // 0: newer information is always available
    std::string reason{};   // of a revocation, or empty
};

// Why a response cannot be used.
struct OcspTrouble {
    enum class Kind : unsigned char {
        malformed,
        responder, // the responder itself reports an error: try later, unauthorised …
        signature, // made by somebody who may not speak for the issuer, or changed on its way
        other_certificate,
        nonce,
        not_valid_now,
    };
    Kind kind = Kind::malformed;
    std::string text{}; // for people
};

// Checks signature, certificate, nonce and dates. `issuer` must be the issuer's certificate: it may
// sign itself or delegate to a certificate in the response (RFC 6960 §4.2.2.2). `trusted` are
// responders that are believed for any issuer (SSLOCSPResponderCertificateFile). Without
// `check_signature` anybody may answer (SSLOCSPNoverify).
[[nodiscard]] std::expected<OcspAnswer, OcspTrouble>
check_ocsp_response(std::string_view response, const OcspQuestion& question,
                    const Certificate& issuer, const OcspLimits& limits, time_t now,
                    const std::vector<Certificate>& trusted = {}, bool check_signature = true);

// The response that says "try later", DER.
[[nodiscard]] std::string ocsp_try_later();

} // namespace signet::pki
