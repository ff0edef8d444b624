#include "modules/mod_proxy/fcgi_records.h"

#include <algorithm>

namespace signet::mod_proxy::fcgi {
namespace {

constexpr size_t head_size = 8;
constexpr size_t end_size = 8;

void append_length(std::string& out, size_t length)
{
    if (length < 128) {
        out += static_cast<char>(length);
        return;
    }
    const auto number = static_cast<uint32_t>(length) | 0x80000000U;
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>((number >> shift) & 0xff);
}

} // namespace

void append_record(std::string& out, Kind kind, std::string_view content)
{
    const size_t padding = (8 - content.size() % 8) % 8;
    const char head[head_size] = {1,
                                  static_cast<char>(kind),
                                  0,
                                  1,
                                  static_cast<char>(content.size() >> 8),
                                  static_cast<char>(content.size() & 0xff),
                                  static_cast<char>(padding),
                                  0};
    out.append(head, head_size).append(content).append(padding, '\0');
}

void append_begin(std::string& out, bool keeps_open)
{
    constexpr char responder = 1;
    const char body[end_size] = {0, responder, keeps_open ? char{1} : char{0}, 0, 0, 0, 0, 0};
    append_record(out, Kind::begin, {body, sizeof body});
}

void append_stream(std::string& out, Kind kind, std::string_view content)
{
    while (!content.empty()) {
        append_record(out, kind, content.substr(0, most_content));
        content.remove_prefix(std::min(content.size(), most_content));
    }
    append_record(out, kind, {});
}

void append_pair(std::string& out, std::string_view name, std::string_view value)
{
    append_length(out, name.size());
    append_length(out, value.size());
    out.append(name).append(value);
}

Result<bool> Reader::next(std::string_view& bytes, Record& record)
{
    while (true) {
        if (content_left_ == 0 && padding_left_ > 0) {
            const size_t skipped = std::min(padding_left_, bytes.size());
            bytes.remove_prefix(skipped);
            padding_left_ -= skipped;
            if (padding_left_ > 0) return false;
        }
        if (content_left_ == 0) {
            const size_t taken = std::min(head_size - head_.size(), bytes.size());
            head_.append(bytes.substr(0, taken));
            bytes.remove_prefix(taken);
            if (head_.size() < head_size) return false;
            const auto byte = [&](size_t i) { return static_cast<unsigned char>(head_[i]); };
            if (byte(0) != 1) return fail(Error::Kind::malformed, "it does not speak FastCGI 1");
            kind_ = static_cast<Kind>(byte(1));
            content_left_ = size_t{byte(4)} << 8 | byte(5);
            padding_left_ = byte(6);
            head_.clear();
            end_.clear();
            if (kind_ == Kind::end && content_left_ < end_size)
                return fail(Error::Kind::malformed, "its end record is too short");
            if (content_left_ > 0) continue;
            record = {.kind = kind_};
            return true;
        }
        if (bytes.empty()) return false;
        const auto piece = bytes.substr(0, content_left_);
        bytes.remove_prefix(piece.size());
        content_left_ -= piece.size();
        if (kind_ == Kind::end) {
            end_.append(piece.substr(0, end_size));
            if (content_left_ > 0) continue;
            record = {.kind = kind_, .content = end_};
            return true;
        }
        record = {.kind = kind_, .content = piece};
        return true;
    }
}

} // namespace signet::mod_proxy::fcgi
