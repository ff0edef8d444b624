// Certificate chains: put in order, completed, and verified as a client would.   RFC 5280 §6
#pragma once
#include "pki/certificate.h"
#include "pki/objects.h"

#include <functional>

namespace signet::pki {

// Fetches what a certificate says is its issuer's (RFC 5280 §4.2.2.1), as bytes.
using FetchIssuer = std::function<Result<std::string>(const std::string& url)>;

struct Chain {
    std::vector<Certificate> certificates{}; // leaf first, without a root
    std::vector<std::string> remarks{};      // what was wrong with what was given
    bool complete = false;     // its last issuer is a root that was given or is trusted
    std::string missing{};     // the issuer that is not there, when it is not complete
    std::string missing_url{}; // where that one is said to be, or empty
};

// The chain of the first leaf in `given` (or of its first certificate). `more` are candidates that
// are only taken when needed; `fetch` may be empty.
[[nodiscard]] Chain arrange_chain(const std::vector<Certificate>& given,
                                  const std::vector<Certificate>& more, const FetchIssuer& fetch);

// The URL of the issuer's certificate, or empty.
[[nodiscard]] std::string issuer_url(const Certificate& certificate);

struct Trust {
    std::vector<Certificate> roots{}; // empty: the system's
    time_t at = 0;                    // 0: now
    std::string host{};               // a name the leaf must have, or empty
    bool for_client = false;          // the leaf is a client's certificate
    std::vector<X509_CRL*> revoked{}; // borrowed; checked for the leaf when there are any
};

struct Verdict {
    bool trusted = false;
    std::string reason{};            // OpenSSL's words, when not
    int code = 0;                    // X509_V_ERR_…
    int depth = 0;                   // which certificate of the chain
    std::vector<std::string> path{}; // subjects, leaf to root
};

[[nodiscard]] Verdict verify_chain(const Certificate& leaf, const std::vector<Certificate>& others,
                                   const Trust& trust);

} // namespace signet::pki
