#include "modules/mod_proxy/answer.h"

#include "base/text.h"
#include "modules/mod_proxy/fields.h"

#include <algorithm>
#include <array>
#include <utility>

namespace signet::mod_proxy {
namespace {

constexpr size_t longest_head = size_t{64} * 1024;
constexpr size_t buffer_size = size_t{16} * 1024;

} // namespace

// "HTTP/1.1 101 Switching Protocols"
bool Answer::parse_status_line(std::string_view line)
{
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return false;
    if (line.size() > 12 && line[12] != ' ') return false;
    const auto status = parse_number<uint16_t>(line.substr(9, 3));
    if (!status || *status < 100) return false;
    status_ = *status;
    is_11_ = line[7] != '0';
    reason_ = line.size() > 13 ? line.substr(13) : std::string_view();
    return true;
}

// What does not begin as HTTP/1 does is the body of an answer of HTTP/0.9, as Apache takes it.
Answer::Parsed Answer::take_old_answer()
{
    status_ = 200;
    is_http09_ = true;
    reason_ = {};
    is_11_ = false;
    fields_.clear();
    rest_ = bytes_;
    return Parsed::complete;
}

// ProxyBadHeader: a line without colon is an error, or left out, or the body begins with it.
Answer::Parsed Answer::parse_fields(size_t begin)
{
    const http::HeadLimits limits{.line = longest_head, .field_size = longest_head, .fields = 0};
    while (true) {
        fields_.clear();
        size_t used = 0;
        http::Refusal refusal;
        const std::span<char> section(bytes_.data() + begin, bytes_.size() - begin);
        const auto parsed = http::parse_field_section(section, limits, fields_, used, refusal);
        if (parsed == http::Parse::complete) {
            rest_ = std::string_view(bytes_).substr(begin + used);
            return Parsed::complete;
        }
        if (parsed == http::Parse::incomplete) return Parsed::incomplete;
        if (bad_header_ == BadHeader::is_error || refusal.evidence.empty())
            return Parsed::malformed;
        const auto at = static_cast<size_t>(refusal.evidence.data() - bytes_.data());
        if (at >= bytes_.size()) return Parsed::malformed;
        const size_t line = bytes_.rfind('\n', at > 0 ? at - 1 : 0);
        const size_t from = line == std::string::npos ? begin : std::max(line + 1, begin);
        const size_t end = bytes_.find('\n', from);
        if (end == std::string::npos) return Parsed::incomplete;
        if (bad_header_ == BadHeader::start_body) {
            bytes_.insert(from, "\r\n");
            continue;
        }
        bytes_.erase(from, end + 1 - from);
    }
}

Answer::Parsed Answer::parse()
{
    constexpr std::string_view opening = "HTTP/1.";
    const auto seen = std::string_view(bytes_).substr(0, opening.size());
    if (!opening.starts_with(seen)) return take_old_answer();
    const size_t end = bytes_.find('\n');
    if (end == std::string::npos) return Parsed::incomplete;
    std::string_view line(bytes_.data(), end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!parse_status_line(line)) return Parsed::malformed;
    return parse_fields(end + 1);
}

// Parsing begins anew each time: a head that comes byte by byte must not cost its square.
bool Answer::is_worth_parsing(size_t fresh) const
{
    constexpr size_t opening = 7; // "HTTP/1."
    if (bytes_.size() - fresh < opening) return true;
    const auto end =
        std::string_view(bytes_).substr(bytes_.size() - std::min(bytes_.size(), fresh + 3));
    return end.find("\n\n") != end.npos || end.find("\n\r\n") != end.npos;
}

// Where two lengths are told, nobody knows where the next answer begins.
bool Answer::has_sound_framing() const
{
    std::optional<std::string_view> length;
    for (const auto& [name, value] : fields_) {
        if (!iequals(name, "Content-Length")) continue;
        if (!parse_number<uint64_t>(value) || (length && *length != value)) return false;
        length = value;
    }
    return true;
}

Result<void> Answer::read_head(std::optional<milliseconds> patience)
{
    bytes_ = std::string(std::exchange(rest_, {})); // behind an interim answer
    size_t fresh = bytes_.size();
    while (true) {
        const Parsed parsed =
            !bytes_.empty() && is_worth_parsing(fresh) ? parse() : Parsed::incomplete;
        if (parsed == Parsed::complete && has_sound_framing()) return {};
        if (parsed != Parsed::incomplete)
            return fail(Error::Kind::malformed, "its head is malformed");
        if (bytes_.size() > longest_head)
            return fail(Error::Kind::malformed, "its head is too long");
        std::array<char, 4096> buffer;
        const auto count =
            patience && bytes_.empty() ? link_.read(buffer, *patience) : link_.read(buffer);
        if (!count) return std::unexpected(count.error());
        if (*count == 0) return fail("it closed the connection");
        fresh = *count;
        bytes_.append(buffer.data(), *count);
    }
}

void Answer::begin_body(bool has_none)
{
    chunked_ = fields_.has_token("Transfer-Encoding", "chunked");
    const auto length = fields_.find("Content-Length");
    if (has_none || status_ == 204 || status_ == 304 || (status_ < 200 && status_ != 0)) {
        ended_ = true;
        rest_ = {};
        return;
    }
    if (!chunked_ && length) length_ = parse_number<uint64_t>(*length);
    left_ = length_.value_or(UINT64_MAX);
    ended_ = left_ == 0;
}

Result<bool> Answer::read_more()
{
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
    const auto count = link_.read({buffer_.get(), buffer_size});
    if (!count) return std::unexpected(count.error());
    rest_ = {buffer_.get(), *count};
    return *count > 0;
}

Result<std::string_view> Answer::next_chunk()
{
    while (true) {
        const auto step = decoder_.next(rest_);
        switch (step.state) {
        case http::ChunkedDecoder::State::data: return step.data;
        case http::ChunkedDecoder::State::refused:
            return fail(Error::Kind::malformed, "a chunk is malformed");
        case http::ChunkedDecoder::State::done: ended_ = true; return std::string_view();
        case http::ChunkedDecoder::State::more: break;
        }
        const auto more = read_more();
        if (!more) return std::unexpected(more.error());
        if (!*more) return fail(Error::Kind::malformed, "the body is cut short");
    }
}

Result<std::string_view> Answer::next()
{
    if (ended_) return std::string_view();
    if (chunked_) return next_chunk();
    if (rest_.empty()) {
        const auto more = read_more();
        if (!more) return std::unexpected(more.error());
        if (!*more) {
            ended_ = true;
            if (length_) return fail(Error::Kind::malformed, "the body is cut short");
            return std::string_view();
        }
    }
    const auto piece =
        rest_.substr(0, static_cast<size_t>(std::min<uint64_t>(left_, rest_.size())));
    rest_.remove_prefix(piece.size());
    if (length_) left_ -= piece.size();
    ended_ = left_ == 0;
    return piece;
}

std::optional<std::string_view> Answer::whole_body()
{
    if (ended_) return std::string_view();
    if (chunked_ || !length_ || rest_.size() < left_) return std::nullopt;
    const auto body = rest_.substr(0, static_cast<size_t>(left_));
    rest_.remove_prefix(body.size());
    left_ = 0;
    ended_ = true;
    return body;
}

http::Headers Answer::trailers()
{
    const auto section = decoder_.trailers();
    if (section.empty()) return {};
    const http::HeadLimits limits{.line = longest_head, .field_size = longest_head, .fields = 0};
    size_t used = 0;
    http::Refusal refusal;
    http::Headers found;
    if (http::parse_field_section(section, limits, found, used, refusal) != http::Parse::complete)
        return {};
    return found;
}

bool Answer::leaves_connection_open() const
{
    if (!ended_ || !rest_.empty() || fields_.has_token("Connection", "close")) return false;
    if (chunked_ && fields_.has("Content-Length")) return false; // it contradicts itself
    const bool framed =
        chunked_ || length_ || status_ == 204 || status_ == 304 || fields_.has("Content-Length");
    return framed && (is_11_ || fields_.has_token("Connection", "keep-alive"));
}

} // namespace signet::mod_proxy
