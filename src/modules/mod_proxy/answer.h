// What an HTTP/1.x backend answers: its head, and its body piece by piece.   RFC 9112 §4, §6.3
#pragma once
#include "http/chunked.h"
#include "http/headers.h"
#include "modules/mod_proxy/config.h"
#include "modules/mod_proxy/link.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace signet::mod_proxy {

class Answer {
public:
    Answer(Link& link, BadHeader bad_header)
        : link_(link)
        , bad_header_(bad_header)
    {
    }

    // Reads the next head, interim ones too. Errors: malformed, timed_out, cancelled, or what the
    // network said. has_begun(): some byte of it came.
    [[nodiscard]] Result<void> read_head() { return read_head(std::nullopt); }
    // The first of its bytes must come within `patience`.
    [[nodiscard]] Result<void> read_head(std::optional<milliseconds> patience);
    [[nodiscard]] bool has_begun() const { return !bytes_.empty(); }

    // Views that hold until the next head is read.
    [[nodiscard]] int status() const { return status_; }
    // It began without a status line: all of it is content.
    [[nodiscard]] bool is_http09() const { return is_http09_; }
    [[nodiscard]] std::string_view reason() const { return reason_; }
    [[nodiscard]] const http::Headers& fields() const { return fields_; }
    [[nodiscard]] bool is_interim() const
    {
        return status_ >= 100 && status_ < 200 && status_ != 101;
    }

    // Once, before the body is read. `has_none`: HEAD was asked.
    void begin_body(bool has_none);
    // The next bytes, valid until the next call; empty at the end. Waits.
    [[nodiscard]] Result<std::string_view> next();
    // All of it is here already: then its bytes.
    [[nodiscard]] std::optional<std::string_view> whole_body();
    [[nodiscard]] std::optional<uint64_t> length() const { return length_; }
    // After the last bytes: fields of a chunked body.
    [[nodiscard]] http::Headers trailers();
    // The body is over, and the backend goes on with this connection.
    [[nodiscard]] bool leaves_connection_open() const;
    // What came behind the head (of status 101).
    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    enum class Parsed : uint8_t { complete, incomplete, malformed };
    [[nodiscard]] bool is_worth_parsing(size_t fresh) const;
    [[nodiscard]] Parsed parse();
    [[nodiscard]] bool has_sound_framing() const;
    [[nodiscard]] bool parse_status_line(std::string_view line);
    [[nodiscard]] Parsed parse_fields(size_t begin);
    [[nodiscard]] Parsed take_old_answer();
    [[nodiscard]] Result<std::string_view> next_chunk();
    [[nodiscard]] Result<bool> read_more();

    Link& link_;
    BadHeader bad_header_;
    std::string bytes_; // the head and what came with it
    int status_ = 0;
    bool is_11_ = false;
    bool is_http09_ = false;
    std::string_view reason_;
    http::Headers fields_;
    std::string_view rest_;
    // Of the body.
    bool chunked_ = false;
    bool ended_ = false;
    std::optional<uint64_t> length_; // nothing: chunked, or up to the end of the connection
    uint64_t left_ = 0;
    http::ChunkedDecoder decoder_;
    std::unique_ptr<char[]> buffer_;
};

} // namespace signet::mod_proxy
