// signet ca: a small certificate authority for tests, labs and companies.
#pragma once

namespace CLI {
class App;
}

namespace signet::tools {

// Adds the verb; what it did when it was parsed is left in `code`.
void add_ca_verb(CLI::App& app, int& code);

} // namespace signet::tools
