// signet adopt: serves Apache's own /etc/apache2 instead of Apache, and hands it back. Nothing in
// Apache's folder is touched: what was adopted stands in one file, which signetctl reads.
#pragma once
#include <string>

namespace signet::tools {

struct Adoption {
    std::string folder = "/etc/apache2";      // --from
    std::string note = "/etc/default/signet"; // what signetctl reads
    bool only_check = false;                  // --check
    bool undo = false;                        // --undo
};

// Checks the configuration with the server's own reader, says what would be different, and writes
// the note. Returns the exit code.
[[nodiscard]] int run_adoption(const Adoption& adoption);

} // namespace signet::tools
