// Request heads: first byte chooses the options, the rest is what a client sent.
#include "http/framing.h"
#include "http/head.h"

#include <cstdlib>
#include <string>

using namespace signet::http;

namespace {

void require(bool claim)
{
    if (!claim) std::abort();
}

// What was handed out lies within the bytes, and holds nothing that could split a message.
void check(const RequestHead& head, const std::string& bytes, const HeadLimits& limits)
{
    require(head.size <= bytes.size());
    require(limits.fields == 0 || head.headers.size() <= limits.fields);
    for (const Field& field : head.headers) {
        require(!field.name.empty());
        require(field.value.find_first_of("\r\n") == std::string_view::npos);
        require(field.value.find('\0') == std::string_view::npos);
    }
    (void)request_framing(head);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size == 0) return 0;
    HeadLimits limits;
    limits.strict = (data[0] & 1U) == 0;
    limits.allow_http09 = (data[0] & 2U) == 0;
    limits.registered_methods = (data[0] & 4U) != 0;
    if ((data[0] & 8U) != 0) limits.line = limits.field_size = limits.fields = 16;

    const std::string sent(reinterpret_cast<const char*>(data + 1), size - 1);
    std::string bytes = sent;
    RequestHead head;
    Refusal refusal;
    const Parse whole = parse_request_head(std::span(bytes), limits, head, refusal);
    if (whole == Parse::refused) require(refusal.status >= 400 && !refusal.reason.empty());
    if (whole == Parse::complete) {
        check(head, bytes, limits);
        // What follows the head does not change it, and less than the head is not one.
        std::string exact = sent.substr(0, head.size);
        RequestHead again;
        require(parse_request_head(std::span(exact), limits, again, refusal) == Parse::complete);
        require(again.headers.size() == head.headers.size() && again.size == head.size);
        std::string less = sent.substr(0, head.size - 1);
        require(parse_request_head(std::span(less), limits, again, refusal) == Parse::incomplete);
    }
    return 0;
}
