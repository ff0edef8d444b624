// Chunked bodies: however the bytes are cut into pieces, the outcome is the same.
#include "http/chunked.h"

#include <cstdlib>
#include <string>

using namespace signet::http;

namespace {

struct Outcome {
    ChunkedDecoder::State state = ChunkedDecoder::State::more;
    std::string body{};
    std::string trailers{};
    size_t left = 0;
    bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string_view input, const HeadLimits& limits, size_t piece)
{
    ChunkedDecoder decoder(limits);
    Outcome outcome;
    while (true) {
        const auto given = input.substr(0, piece);
        std::string_view part = given;
        const auto step = decoder.next(part);
        input.remove_prefix(given.size() - part.size());
        outcome.state = step.state;
        if (step.state == ChunkedDecoder::State::data) {
            outcome.body += step.data;
        } else if (step.state != ChunkedDecoder::State::more || input.empty()) {
            break;
        }
    }
    outcome.left = input.size();
    if (outcome.body.size() != decoder.received()) std::abort();
    if (outcome.state == ChunkedDecoder::State::done) {
        const auto kept = decoder.trailers();
        outcome.trailers.assign(kept.begin(), kept.end());
        Headers fields;
        size_t used = 0;
        Refusal refusal;
        if (!kept.empty()
            && parse_field_section(kept, limits, fields, used, refusal) == Parse::incomplete) {
            std::abort();
        }
    }
    return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2) return 0;
    HeadLimits limits;
    limits.strict = (data[0] & 1U) == 0;
    if ((data[0] & 2U) != 0) limits.line = limits.field_size = limits.fields = 16;
    const std::string_view input(reinterpret_cast<const char*>(data + 2), size - 2);
    const size_t piece = data[1] % 16U + 1;
    if (decode(input, limits, input.size() + 1) != decode(input, limits, piece)) std::abort();
    return 0;
}
