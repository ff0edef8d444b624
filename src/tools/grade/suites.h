// What is known about a cipher suite, those that OpenSSL has forgotten included.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tools::grade {

struct Suite {
    uint16_t number = 0;
    std::string name{}; // OpenSSL's
    int bits = 0;       // strength of the cipher
    bool forward_secrecy = false;
    bool aead = false;
    bool anonymous = false;
    bool rc4 = false;
    bool small_blocks = false; // 64-bit blocks: DES, 3DES, IDEA
    bool is_export = false;
    bool tls13 = false;
};

[[nodiscard]] Suite suite_of(uint16_t number);
[[nodiscard]] std::string suite_name(uint16_t number);

// Every suite worth asking a server for below TLS 1.3: all of OpenSSL's and the broken ones.
[[nodiscard]] const std::vector<uint16_t>& candidates();

// The broken suites of former times by themselves, with what cipher strings select them by.
struct OldSuite {
    uint16_t number;
    std::string_view name;
    std::string_view tags; // aliases of ciphers(1) that it answers to
    int bits;
};
[[nodiscard]] std::span<const OldSuite> old_suites();

} // namespace signet::tools::grade
