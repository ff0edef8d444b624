// What mod_negotiation's directives say.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace signet::mod_negotiation {

enum Force : uint8_t { force_none = 1, force_prefer = 2, force_fallback = 4 };

struct Config {
    std::optional<std::vector<std::string>> language_priority;
    uint8_t force = 0;             // 0: not said, which means prefer
    bool caches_documents = false; // CacheNegotiatedDocs; cannot be taken back, as in Apache
    bool loaded = false;           // LoadModule names this module
};

} // namespace signet::mod_negotiation
