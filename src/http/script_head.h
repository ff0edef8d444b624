// The head that a program writes before its content, as Apache reads it (ap_scan_script_header):
// lines "Name: value" up to an empty one.   RFC 3875 §6.3
#pragma once
#include "http/headers.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace signet::http {

// Views are of the bytes that were parsed.
struct ScriptHead {
    enum class State {
        incomplete,
        complete,
        malformed, // a line without colon: `bad_line`
    };
    State state = State::incomplete;
    std::vector<Field> fields{}; // in order, repeated ones too; values without leading spaces
    std::string_view bad_line{};
    size_t size = 0; // with the empty line; of an incomplete head, what is whole of it
};

// Looks at everything the program has said so far. A line ends at LF, or CR LF. As in Apache, one
// that does not end within 8190 bytes is cut there.
[[nodiscard]] ScriptHead parse_script_head(std::string_view bytes);

// The status code a Status field begins with, as atoi(3) reads it; 0 when there is none.
[[nodiscard]] int script_status(std::string_view value);

} // namespace signet::http
