// The head of a CGI program: how it is cut must not matter, and no view may leave the input.
#include "http/script_head.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace signet::http;

namespace {

bool lies_within(std::string_view view, std::string_view whole)
{
    return view.empty()
           || (view.data() >= whole.data()
               && view.data() + view.size() <= whole.data() + whole.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto head = parse_script_head(input);
    if (head.size > input.size()) std::abort();
    for (const auto& [name, value] : head.fields) {
        if (!lies_within(name, input) || !lies_within(value, input)) std::abort();
        if (name.find_first_of(":\n") != name.npos || value.find('\n') != value.npos) std::abort();
        const int status = script_status(value);
        if (status < 0) std::abort();
    }
    if (!lies_within(head.bad_line, input)) std::abort();
    if (head.state == ScriptHead::State::incomplete) return 0;
    // What follows the end of the head changes nothing, and with less it is incomplete.
    const auto again = parse_script_head(input.substr(0, head.size));
    if (again.state != head.state || again.fields.size() != head.fields.size()) std::abort();
    if (head.size > 0
        && parse_script_head(input.substr(0, head.size - 1)).state == ScriptHead::State::complete)
        std::abort();
    return 0;
}
