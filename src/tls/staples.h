// The OCSP responses that handshakes staple (RFC 6066 §8, RFC 8446 §4.4.2.1): one place per
// certificate in memory that the keeper writes and all workers read. A handshake never waits.
#pragma once
#include "base/shared_memory.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signet::tls {

// Places are added by the master before it forks. One writer at a time, any number of readers; a
// writer that dies in the middle leaves what was there before.
class Staples {
public:
    struct Content {
        std::string response{};   // DER; empty: there is none, and it is known why
        bool is_answer = false;   // about the certificate; false: the responder's error
        int64_t usable_until = 0; // seconds since 1970; 0: for ever
        int64_t due = 0;          // when the keeper should ask again, seconds since 1970
    };

    // The number of a new, empty place.
    [[nodiscard]] Result<size_t> add();
    [[nodiscard]] size_t size() const { return count_; }

    // False when the response is too long for a place.
    bool publish(size_t place, const Content& content);
    // Nothing before the first publish().
    [[nodiscard]] std::optional<Content> read(size_t place) const;

private:
    struct Place;
    [[nodiscard]] Place& at(size_t place) const;

    std::vector<SharedMemory> blocks_;
    size_t count_ = 0;
};

// Where the staple of one certificate of a virtual host is found.
struct Staple {
    std::shared_ptr<const Staples> staples{}; // null: this certificate has none
    size_t place = 0;
    bool return_errors = true; // SSLStaplingReturnResponderErrors

    // What a handshake sends at `now` (seconds since 1970); empty for nothing.
    [[nodiscard]] std::string response(int64_t now) const;
};

} // namespace signet::tls
