// What an OpenSSL cipher string asks for: which broken suites it would bring back on a library that
// still has them, and which of its words change nothing.   ciphers(1)
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tools::grade {

// The suites of old_suites() that the string selects as it is written.
[[nodiscard]] std::vector<uint16_t> broken_suites_of(std::string_view list);

struct IdleToken {
    std::string token{};
    std::string reason{}; // "no suite of this OpenSSL answers to it", …
};
// Words without which the same suites come in the same order.
[[nodiscard]] std::vector<IdleToken> idle_tokens(std::string_view list);

} // namespace signet::tools::grade
