#include "config/source.h"

namespace signet::config {

std::string Position::text() const
{
    std::string out = file ? file->path : std::string();
    for (const uint32_t number : {line, column}) {
        if (number == 0) break;
        if (!out.empty()) out += ':';
        out += std::to_string(number);
    }
    return out;
}

} // namespace signet::config
