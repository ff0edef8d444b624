// signet probe: one handshake and one request to a server, explained.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace signet::tools {

// Adds the verb; what it did when it was parsed is left in `code`.
void add_probe_verb(CLI::App& app, int& code);

// s_client's options have one dash ("-tls1_2", "-CAfile"); the parser wants two.
[[nodiscard]] std::vector<std::string> with_two_dashes(std::vector<std::string> words);

} // namespace signet::tools
