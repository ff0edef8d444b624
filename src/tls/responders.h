// SSLOCSPEnable: in the middle of a handshake the authority's responder is asked about the client's
// certificate (RFC 6960). OpenSSL's verify callback cannot wait, the loop may not: the handshake
// runs as a job of ASYNC_start_job(3), which pauses while a helper thread asks.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslocspenable
#pragma once
#include "pki/ocsp.h"
#include "tls/settings.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace signet::tls {

// What a helper thread asks on a handshake's behalf.
struct Inquiry {
    std::string url;
    std::string request; // DER
    pki::OcspTransport transport;
};

// What is the matter with a certificate, as the log and OpenSSL are told.
struct ResponderVerdict {
    std::optional<pki::OcspAnswer> answer{}; // a response that can be trusted
    std::string_view apache_id{};            // otherwise: why there is none
    std::string text{};
    int id = 0;
};

// One question under way, and what is needed to judge the response.
class PendingInquiry {
public:
    PendingInquiry(Inquiry inquiry, pki::OcspQuestion question, pki::Certificate issuer)
        : inquiry_(std::move(inquiry))
        , question_(std::move(question))
        , issuer_(std::move(issuer))
    {
    }

    [[nodiscard]] const Inquiry& inquiry() const { return inquiry_; }
    // The certificate and who is asked about it.
    [[nodiscard]] std::string key() const;
    [[nodiscard]] ResponderVerdict judge(const Result<std::string>& response,
                                         const ResponderSettings& settings,
                                         const std::vector<pki::Certificate>& trusted,
                                         time_t now) const;

    std::optional<ResponderVerdict> verdict{}; // once there is one

private:
    Inquiry inquiry_;
    pki::OcspQuestion question_;
    pki::Certificate issuer_;
};

// Whose answers are believed, and those of the last minute. One per policy and process, one thread.
class Responders {
public:
    // So long an answer counts, less if it says so: who is revoked is out a minute later.
    static constexpr time_t memory = 60;

    explicit Responders(std::vector<pki::Certificate> trusted)
        : trusted_(std::move(trusted))
    {
    }

    [[nodiscard]] const std::vector<pki::Certificate>& trusted() const { return trusted_; }
    [[nodiscard]] const pki::OcspAnswer* find(const std::string& key, time_t now) const;
    void keep(const std::string& key, const pki::OcspAnswer& answer, time_t now);

private:
    struct Kept {
        pki::OcspAnswer answer;
        time_t until = 0;
    };
    static constexpr size_t most = 4096;
    std::vector<pki::Certificate> trusted_;
    std::map<std::string, Kept> kept_{};
};

} // namespace signet::tls
