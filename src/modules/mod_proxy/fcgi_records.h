// FastCGI's records, from the web server's side: one request at a time on a connection.
// https://fastcgi-archives.github.io/FastCGI_Specification.html
#pragma once
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace signet::mod_proxy::fcgi {

enum class Kind : uint8_t { begin = 1, end = 3, params = 4, input = 5, output = 6, errors = 7 };

// A stream's content is cut into records of at most so many bytes.
inline constexpr size_t most_content = 65528;

// The request begins: a responder is asked, who keeps the connection open or not.
void append_begin(std::string& out, bool keeps_open);
// One record; `content` has most_content bytes at most. An empty one ends its stream.
void append_record(std::string& out, Kind kind, std::string_view content);
// A whole stream and its end.
void append_stream(std::string& out, Kind kind, std::string_view content);
// A name and its value, in the params stream.
void append_pair(std::string& out, std::string_view name, std::string_view value);

// Takes records apart as they come.
class Reader {
public:
    struct Record {
        Kind kind{};
        std::string_view content{}; // the next part of it; of an end: whole
    };
    // The next piece of a record in `bytes`, which loses what was used; false: more must come.
    // Errors: malformed.
    [[nodiscard]] Result<bool> next(std::string_view& bytes, Record& record);

private:
    std::string head_; // the beginning of one, up to 8 bytes
    Kind kind_{};
    size_t content_left_ = 0;
    size_t padding_left_ = 0;
    std::string end_; // the body of an end record
};

} // namespace signet::mod_proxy::fcgi
