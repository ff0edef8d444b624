// Puts a response head together, in one pass over memory the caller owns.   RFC 9112 §4
#pragma once
#include "http/date.h"
#include "http/headers.h"
#include "http/status.h"

#include <charconv>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace signet::http {

// Appends to a std::string; keep the string for the next response, so that it need not grow again.
// Field texts must not hold CR or LF: what comes from outside is to be passed through
// `is_field_text` (or cleaned) before.
class StringSink {
public:
    explicit StringSink(std::string& out)
        : out_(out)
    {
    }
    void put(std::string_view text) { out_.append(text); }

private:
    std::string& out_;
};

// Fills a fixed buffer and remembers when it was too small; nothing is written beyond it.
class BufferSink {
public:
    explicit BufferSink(std::span<char> buffer)
        : buffer_(buffer)
    {
    }
    void put(std::string_view text)
    {
        if (text.size() > buffer_.size() - used_) {
            overflowed_ = true;
            return;
        }
        if (!text.empty()) std::memcpy(buffer_.data() + used_, text.data(), text.size());
        used_ += text.size();
    }
    [[nodiscard]] bool overflowed() const { return overflowed_; }
    [[nodiscard]] std::string_view view() const { return {buffer_.data(), used_}; }

private:
    std::span<char> buffer_;
    size_t used_ = 0;
    bool overflowed_ = false;
};

template <class Sink> class HeadWriter {
public:
    explicit HeadWriter(Sink sink)
        : sink_(sink)
    {
    }

    HeadWriter& status(int code)
    {
        sink_.put(prebuilt_status_line(code));
        return *this;
    }
    // With a reason of one's own, as CGI's "Status: 299 Fine" has. An empty reason is Apache's.
    HeadWriter& status(int code, std::string_view reason)
    {
        if (reason.empty()) return status(code);
        sink_.put("HTTP/1.1 ");
        put_number(static_cast<uint64_t>(code));
        sink_.put(" ");
        sink_.put(reason);
        sink_.put("\r\n");
        return *this;
    }
    HeadWriter& field(std::string_view name, std::string_view value)
    {
        sink_.put(name);
        sink_.put(": ");
        sink_.put(value);
        sink_.put("\r\n");
        return *this;
    }
    HeadWriter& field(std::string_view name, uint64_t value)
    {
        sink_.put(name);
        sink_.put(": ");
        put_number(value);
        sink_.put("\r\n");
        return *this;
    }
    HeadWriter& date(std::string_view name, int64_t seconds)
    {
        return field(name, date_text(seconds).view());
    }
    HeadWriter& fields(const Headers& headers)
    {
        for (const Field& each : headers) field(each.name, each.value);
        return *this;
    }
    void end() { sink_.put("\r\n"); }
    [[nodiscard]] Sink& sink() { return sink_; }

private:
    void put_number(uint64_t value)
    {
        char digits[20];
        const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
        sink_.put({digits, static_cast<size_t>(end - digits)});
    }

    Sink sink_;
};

[[nodiscard]] inline HeadWriter<StringSink> write_head(std::string& out)
{
    return HeadWriter(StringSink(out));
}
[[nodiscard]] inline HeadWriter<BufferSink> write_head(std::span<char> buffer)
{
    return HeadWriter(BufferSink(buffer));
}

// True when a text may stand in a field value: no controls but HTAB (a CR or LF would split the
// response).
[[nodiscard]] bool is_field_text(std::string_view text);

} // namespace signet::http
