// Credentials that change while the server serves: what the keeper has obtained reaches every
// worker with the next handshake, without a reload.
#pragma once
#include "base/shared_document.h"
#include "tls/credentials.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tls {

struct ClientHello;

// Where a context looks for its credentials with every handshake.
class CredentialSource {
public:
    CredentialSource() = default;
    CredentialSource(const CredentialSource&) = delete;
    CredentialSource& operator=(const CredentialSource&) = delete;
    virtual ~CredentialSource() = default;
    // nullptr: those that the context was made with. Valid until the next call.
    [[nodiscard]] virtual const Credentials* current(const ClientHello& hello) = 0;
    // The OCSP response for a certificate of them at `now` (seconds since 1970), or empty.
    [[nodiscard]] virtual std::string staple(const X509* shown, int64_t now);
};

// A certificate chain with its key, as one text for a SharedDocument. The caller wipes it.
[[nodiscard]] std::string pack_credential(const pki::Certificate& leaf,
                                          const std::vector<pki::Certificate>& chain,
                                          const pki::PrivateKey& key);
// Several packed credentials make the credentials of a host (ECDSA and RSA): their texts joined.
[[nodiscard]] Result<std::shared_ptr<const Credentials>>
unpack_credentials(std::string_view packed);

// An OCSP response on its way to the handshakes.
struct LiveStaple {
    std::string fingerprint;  // of the certificate it is about: certificate_fingerprint()
    int64_t usable_until = 0; // seconds since 1970
    std::string response;     // DER
};
// SHA-256 of the certificate, 32 bytes.
[[nodiscard]] std::string certificate_fingerprint(const X509* certificate);

// The credentials in a shared document: decoded again when its version has changed.
class LiveCredentials final : public CredentialSource {
public:
    // The longest chain with key that a host may have.
    static constexpr size_t capacity = size_t{64} << 10;

    [[nodiscard]] static Result<std::shared_ptr<LiveCredentials>> create(const std::string& name);
    [[nodiscard]] Result<void> publish(std::string_view packed);
    [[nodiscard]] bool is_empty() const { return document_.version() == 0; }
    [[nodiscard]] const Credentials* current(const ClientHello& hello) override;
    // The same for the keeper: nullptr before the first.
    [[nodiscard]] const Credentials* latest();

    // All staples of these credentials; they replace the former ones.
    [[nodiscard]] Result<void> publish_staples(const std::vector<LiveStaple>& staples);
    [[nodiscard]] std::string staple(const X509* shown, int64_t now) override;

private:
    LiveCredentials(SharedDocument document, SharedDocument staples)
        : document_(std::move(document))
        , staples_(std::move(staples))
    {
    }
    SharedDocument document_, staples_;
    // A worker is one thread; each has its own copy of these after the fork.
    uint64_t seen_ = 0;
    std::shared_ptr<const Credentials> decoded_{};
    uint64_t staples_seen_ = 0;
    std::vector<LiveStaple> decoded_staples_{};
};

} // namespace signet::tls
