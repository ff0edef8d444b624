// The proofs that a CA asks for, on their way from the keeper to the workers that show them:
// http-01 (RFC 8555 §8.3) and tls-alpn-01 (RFC 8737).
#pragma once
#include "base/shared_document.h"
#include "tls/live_credentials.h"

#include <map>
#include <memory>
#include <string>

namespace signet::mod_md {

// Made before the fork. The keeper writes, workers read; few requests ever look.
class ChallengeBoard {
public:
    [[nodiscard]] static Result<std::shared_ptr<ChallengeBoard>> create();

    // Keeper: what is shown from now on. Keys are "http-01 TOKEN" and "tls-alpn-01 NAME", values
    // the key authorization and a packed credential.
    void put(const std::string& key, std::string value);
    void remove(const std::string& key);
    [[nodiscard]] Result<void> publish();

    // Worker: "" when there is none.
    [[nodiscard]] std::string find(std::string_view key);
    [[nodiscard]] bool is_empty() const { return document_.version() == 0; }

private:
    explicit ChallengeBoard(SharedDocument document)
        : document_(std::move(document))
    {
    }
    SharedDocument document_;
    std::map<std::string, std::string> shown_{}; // the keeper's
    uint64_t seen_ = 0;
    std::string text_{}; // a worker's copy
};

// The certificate of a tls-alpn-01 challenge for whoever asks for acme-tls/1 under its name.
class ChallengeCredentials final : public tls::CredentialSource {
public:
    explicit ChallengeCredentials(std::shared_ptr<ChallengeBoard> board)
        : board_(std::move(board))
    {
    }
    [[nodiscard]] const tls::Credentials* current(const tls::ClientHello& hello) override;

private:
    std::shared_ptr<ChallengeBoard> board_;
    std::shared_ptr<const tls::Credentials> last_{};
};

} // namespace signet::mod_md
