// What TLS clients of the world offer: the table behind "who fails, and why".
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace signet::tools::grade {

// One kind of client. Numbers are IANA's (TLS Parameters registry), the client's preference first.
struct Client {
    std::string name{};
    std::vector<uint16_t> versions{}; // 0x0304 = TLS 1.3
    std::vector<uint16_t> suites{};
    std::vector<uint16_t> groups{};
    std::vector<uint16_t> signatures{};
    std::vector<uint16_t> shares{}; // groups it sends a key share for at once
    bool is_reference = false;      // rules about "modern browsers" look at these
};

// About 35 clients, old ones included.
[[nodiscard]] std::vector<Client> known_clients();

} // namespace signet::tools::grade
