// What a client may make the server do for nothing: each kind of frame that is cheap to send and
// not cheap to receive has a bucket of tokens. It fills with time and with useful work.
// CVE-2019-9511 … 9518, CVE-2023-44487 (rapid reset), RFC 9113 §10.5
#pragma once
#include "base/clock.h"
#include "http/h2_engine.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace signet::server {

enum class Nuisance : uint8_t {
    resets,         // RST_STREAM for streams just opened
    settings,       // each has to be acknowledged
    pings,          // the same
    priorities,     // PRIORITY, PRIORITY_UPDATE
    window_updates, // of a byte each
    empty_frames,   // DATA without data and without the end of a stream
    unknown_frames, // of types nobody has heard of
    stream_errors,  // H2MaxStreamErrors
    header_bombs,   // heads that decode to much more than was sent
    long_heads,     // CONTINUATION without end
};
inline constexpr size_t nuisance_count = static_cast<size_t>(Nuisance::long_heads) + 1;

// The catalogue's id of what the log says when a bucket is empty.
[[nodiscard]] int catalogue_id(Nuisance kind);
[[nodiscard]] const char* describe(Nuisance kind);

// One per connection.
class Http2Budget {
public:
    // Takes a token; false: there is none left.
    [[nodiscard]] bool charge(Nuisance kind, Monotonic::time_point now);
    // What a frame from the client costs; nothing for most.
    [[nodiscard]] static std::optional<Nuisance> cost_of(const http::H2Frame& frame);

    // A response has been sent: the client may open and reset another stream.
    void response_sent() { give(Nuisance::resets, 1), give(Nuisance::priorities, 2); }
    // A DATA frame has been sent: the client will open its windows again.
    void data_sent() { give(Nuisance::window_updates, 3); }

private:
    struct Bucket {
        uint32_t used = 0;
        Monotonic::time_point filled{};
    };
    void give(Nuisance kind, uint32_t tokens)
    {
        auto& used = buckets_[static_cast<size_t>(kind)].used;
        used -= used < tokens ? used : tokens;
    }

    std::array<Bucket, nuisance_count> buckets_{};
};

} // namespace signet::server
