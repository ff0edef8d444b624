// The server from its command line to its exit code.
#pragma once
#include <span>

namespace signet::process {

// `words` are main()'s arguments. Returns the exit code.
[[nodiscard]] int run(std::span<const char* const> words);

} // namespace signet::process
