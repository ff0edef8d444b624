// The chunked transfer coding, both ways.   RFC 9112 §7.1
#pragma once
#include "http/head.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace signet::http {

// Fed with whatever arrived; hands back pieces of the body as views into it. Owned by one session.
//
//   while (true) {
//       auto step = decoder.next(input);      // takes what it used off the front of input
//       if (step.state == ChunkedDecoder::State::data) use(step.data);
//       else break;                           // more (needs input), done or refused
//   }
class ChunkedDecoder {
public:
    enum class State : uint8_t { data, more, done, refused };
    struct Step {
        State state = State::more;
        std::string_view data{};
    };

    explicit ChunkedDecoder(const HeadLimits& limits = {})
        : limits_(limits)
    {
    }

    [[nodiscard]] Step next(std::string_view& input);

    // Bytes of body handed out so far.
    [[nodiscard]] uint64_t received() const { return received_; }
    // After done: the trailer section as sent, with the empty line; "" when there are no fields.
    // parse_field_section (head.h) makes fields of it, and refuses what is malformed.
    [[nodiscard]] std::span<char> trailers() { return trailers_; }
    // After refused.
    [[nodiscard]] const Refusal& refusal() const { return refusal_; }
    void reset();

private:
    enum class At : uint8_t {
        size,
        blank,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,
        done,
        refused
    };
    Step take_framing(char c);
    Step take_size(char c);
    Step end_size_line();
    Step take_trailer(char c);
    Step refuse(int status, std::string_view id, std::string_view reason);

    HeadLimits limits_;
    At at_ = At::size;
    uint64_t left_ = 0; // of the chunk
    uint64_t received_ = 0;
    size_t line_bytes_ = 0; // of the size line or trailer line under way
    size_t blanks_ = 0;
    size_t trailer_fields_ = 0;
    bool has_digit_ = false;
    std::string trailers_;
    Refusal refusal_;
};

// The line before a chunk's data: "2000\r\n". After the data comes "\r\n". `size` is not 0.
struct ChunkHead {
    std::array<char, 18> bytes;
    uint8_t size;
    [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
};
[[nodiscard]] ChunkHead chunk_head(uint64_t size);
inline constexpr std::string_view last_chunk = "0\r\n\r\n"; // no trailers

} // namespace signet::http
