// What becomes of each line of an Apache configuration: kept, translated, ignored or refused.
#pragma once
#include "config/diagnostics.h"
#include "config/reader.h"

#include <string>
#include <vector>

namespace signet::tools::check {

enum class Fate : uint8_t { kept, translated, ignored, refused, skipped };
[[nodiscard]] std::string_view name(Fate fate);

struct MigratedLine {
    std::string file{};
    uint32_t line = 0;
    Fate fate = Fate::kept;
    std::string text{}; // as written
    std::string note{}; // what the server says about it
};

// Every directive of every file that was read, in order. `findings`: what the server said while it
// read and interpreted.
[[nodiscard]] std::vector<MigratedLine> migrate(const config::Reading& reading,
                                                const config::Diagnostics& findings);

} // namespace signet::tools::check
