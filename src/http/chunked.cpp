#include "http/chunked.h"

#include "base/result.h"
#include "base/text.h"
#include "http/token.h"

#include <algorithm>

namespace signet::http {

namespace {

// A chunk size must fit an off_t, as in Apache.
constexpr uint64_t largest_chunk = INT64_MAX;
// Apache bears this many blanks between size and line end, though RFC 9112 allows none there.
constexpr size_t max_blanks = 10;

} // namespace

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view& input)
{
    if (at_ == At::done) return {State::done};
    while (!input.empty() && at_ != At::refused) {
        if (at_ == At::data) {
            const auto size = static_cast<size_t>(std::min<uint64_t>(left_, input.size()));
            const Step step{State::data, input.substr(0, size)};
            input.remove_prefix(size);
            left_ -= size;
            received_ += size;
            if (left_ == 0) at_ = At::data_cr;
            return step;
        }
        const char c = input.front();
        input.remove_prefix(1);
        if (const Step step = take_framing(c); step.state != State::more) return step;
    }
    return {at_ == At::refused ? State::refused : State::more};
}

ChunkedDecoder::Step ChunkedDecoder::take_framing(char c)
{
    switch (at_) {
    case At::size:
    case At::blank:
    case At::extension:
    case At::size_lf: return take_size(c);
    case At::data_cr:
        if (c == '\r') {
            at_ = At::data_lf;
            return {};
        }
        [[fallthrough]];
    case At::data_lf:
        if (c != '\n' || (at_ == At::data_cr && limits_.strict)) break;
        at_ = At::size;
        line_bytes_ = blanks_ = 0;
        has_digit_ = false;
        left_ = 0;
        return {};
    case At::trailer: return take_trailer(c);
    case At::data:
    case At::done:
    case At::refused: impossible("framing byte in a chunk's data");
    }
    return refuse(400, "AH01590", "Error reading/parsing chunk");
}

ChunkedDecoder::Step ChunkedDecoder::take_size(char c)
{
    if (++line_bytes_ > limits_.line) {
        return refuse(413, "AH01590", "Error reading/parsing chunk (overflow)");
    }
    if (at_ == At::size_lf) {
        if (c == '\n') return end_size_line();
    } else if (c == '\r' && has_digit_) {
        at_ = At::size_lf;
        return {};
    } else if (c == '\n' && has_digit_ && !limits_.strict) {
        return end_size_line();
    } else if (at_ == At::extension) {
        if (!is_control(c) || c == '\t') return {};
    } else if (c == ';' && has_digit_) {
        at_ = At::extension;
        return {};
    } else if (is_blank(c) && has_digit_) {
        at_ = At::blank;
        if (++blanks_ <= max_blanks) return {};
    } else if (const int digit = hex_digit(c); digit >= 0 && at_ == At::size) {
        if (left_ > (largest_chunk >> 4U)) {
            return refuse(413, "AH01590", "Error reading/parsing chunk (overflow)");
        }
        left_ = (left_ << 4U) | static_cast<uint64_t>(digit);
        has_digit_ = true;
        return {};
    }
    return refuse(400, "AH01590", "Error reading/parsing chunk");
}

ChunkedDecoder::Step ChunkedDecoder::end_size_line()
{
    line_bytes_ = 0;
    at_ = left_ == 0 ? At::trailer : At::data;
    return {};
}

// Keeps the lines as they are; whether they are well-formed fields is for parse_field_section.
// The limits here keep the memory a client can take below that of a request head.
ChunkedDecoder::Step ChunkedDecoder::take_trailer(char c)
{
    if (line_bytes_ == 0 && c != '\r' && c != '\n' && !is_blank(c)) ++trailer_fields_;
    const size_t fields = limits_.fields == 0 ? HeadLimits{}.fields : limits_.fields;
    if (limits_.fields != 0 && trailer_fields_ > limits_.fields) {
        return refuse(400, "AH00563", "Number of request headers exceeds LimitRequestFields");
    }
    ++line_bytes_;
    trailers_.push_back(c);
    if (line_bytes_ > limits_.field_size + 3
        || trailers_.size() > fields * (limits_.field_size + 3) + 2) {
        return refuse(400, "AH00561", "Request header exceeds LimitRequestFieldSize");
    }
    if (c != '\n') return {};
    const bool empty_line = line_bytes_ == 1 || (line_bytes_ == 2 && trailers_.ends_with("\r\n"));
    const bool bare = !trailers_.ends_with("\r\n");
    line_bytes_ = 0;
    if (bare && limits_.strict) {
        return refuse(400, "AH02656", "Error while reading HTTP trailer");
    }
    if (!empty_line) return {};
    if (trailer_fields_ == 0 && trailers_.size() <= 2) trailers_.clear();
    at_ = At::done;
    return {State::done};
}

ChunkedDecoder::Step ChunkedDecoder::refuse(int status, std::string_view id,
                                            std::string_view reason)
{
    at_ = At::refused;
    refusal_ = {.status = status, .apache_id = id, .reason = reason};
    return {State::refused};
}

void ChunkedDecoder::reset()
{
    const HeadLimits limits = limits_;
    std::string kept = std::move(trailers_);
    kept.clear();
    *this = ChunkedDecoder(limits);
    trailers_ = std::move(kept);
}

ChunkHead chunk_head(uint64_t size)
{
    ChunkHead head{};
    const auto [end, error] =
        std::to_chars(head.bytes.data(), head.bytes.data() + head.bytes.size() - 2, size, 16);
    end[0] = '\r';
    end[1] = '\n';
    head.size = static_cast<uint8_t>(end + 2 - head.bytes.data());
    return head;
}

} // namespace signet::http
