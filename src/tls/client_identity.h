// Who the client is, by its certificate, and what was said while that was checked.
#pragma once
#include "diagnosis/catalogue.h"
#include "pki/openssl.h"
#include "tls/settings.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tls {

// Owned by a stream's session; changes with renegotiation and post-handshake authentication.
struct ClientIdentity {
    pki::X509Ptr certificate{};        // null: the client showed none
    std::vector<pki::X509Ptr> chain{}; // what it sent besides; empty after a resumption
    long result = X509_V_OK;           // SSL_get_verify_result(3)
    std::string error{};               // why it was refused, in OpenSSL's words
    bool generous = false;             // SSLVerifyClient optional_no_ca let it pass

    // Checked and found good: what `Require ssl-verify-client` asks for.
    [[nodiscard]] bool is_verified() const;
    // The value of SSL_CLIENT_VERIFY.
    [[nodiscard]] std::string verdict() const;
};

// A line for the error log.
struct VerificationNote {
    diagnosis::Severity severity;
    std::string_view apache_id;
    std::string text;
    std::string about{}; // the certificate; only where level info is logged
    int id = 0;          // catalogue entry with cause and fix, where there is one
};

// What a directory wants that the handshake did not give.
struct Reauthentication {
    VerifyClient mode = VerifyClient::none;
    int depth = 1;
    std::string cipher_list{}; // TLS 1.2 and older; empty: as it is
};

} // namespace signet::tls
