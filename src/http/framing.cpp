#include "http/framing.h"

#include "base/text.h"
#include "http/token.h"

#include <algorithm>
#include <limits>

namespace signet::http {

namespace {

// Digits only, at most 2^63 - 1, as an off_t holds.
std::optional<uint64_t> parse_length(std::string_view text)
{
    if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
    const auto length = parse_number<int64_t>(text);
    if (!length) return std::nullopt;
    return static_cast<uint64_t>(*length);
}

// Apache asks only that the last coding be chunked; inner codings are left to the handler.
// A trailing comma makes the last element empty, which is not chunked.
bool ends_chunked(std::string_view codings)
{
    const size_t comma = codings.rfind(',');
    const auto last = comma == std::string_view::npos ? codings : codings.substr(comma + 1);
    return iequals(trim_blanks(last), "chunked");
}

} // namespace

Framing request_framing(const RequestHead& head)
{
    // One walk for both names; they differ in length from nearly every other field.
    std::optional<std::string_view> length_text;
    std::optional<std::string_view> coding;
    size_t lengths = 0;
    for (const Field& field : head.headers) {
        if (field.name.size() == 14 && iequals(field.name, "Content-Length")) {
            if (lengths++ == 0) length_text = field.value;
        } else if (field.name.size() == 17 && iequals(field.name, "Transfer-Encoding")) {
            coding = field.value; // repeated fields are one list: the last one ends it
        }
    }
    if (!length_text && !coding) return {};

    Framing framing;
    if (length_text) {
        const auto length = parse_length(*length_text);
        if (!length || lengths > 1) {
            return {.must_close = true,
                    .status = 400,
                    .apache_id = "AH10242",
                    .reason = "client sent invalid Content-Length",
                    .evidence = *length_text};
        }
        framing.kind = BodyKind::length;
        framing.length = *length;
    }
    if (coding) {
        if (!ends_chunked(*coding)) {
            return {.must_close = true,
                    .status = 400,
                    .apache_id = "AH02539",
                    .reason = "client sent unknown Transfer-Encoding",
                    .evidence = *coding};
        }
        framing.kind = BodyKind::chunked;
        framing.length = 0;
        framing.ignores_length = length_text.has_value();
        framing.must_close = framing.ignores_length;
    }
    return framing;
}

} // namespace signet::http
