// The PROXY protocol's header, versions 1 and 2: a balancer says whose connection it passes on.
// https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
#pragma once
#include "base/result.h"
#include "net/address.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signet::server {

inline constexpr int bad_proxy_header = 910; // its id in the catalogue

// Fed with a connection's first bytes as they come. Keeps at most 107 bytes of them.
class ProxyHeaderReader {
public:
    // How many of the bytes belong to the header. Errors: malformed; then it is of no more use.
    [[nodiscard]] Result<size_t> take(std::string_view bytes);
    [[nodiscard]] bool is_complete() const { return complete_; }
    // Once complete; nothing when the sender speaks for itself (LOCAL, UNKNOWN).
    [[nodiscard]] const std::optional<net::Address>& client() const { return client_; }
    // Of the last error.
    [[nodiscard]] std::string_view apache_id() const { return apache_id_; }

    // 15 bytes of words, the longest addresses and ports, CR LF.
    static constexpr size_t longest_line = 107;

private:
    [[nodiscard]] Result<void> look();
    [[nodiscard]] Result<void> read_line(std::string_view line);
    [[nodiscard]] Result<void> read_binary();
    [[nodiscard]] std::unexpected<Error> refuse(std::string_view apache_id, std::string text);

    std::string kept_;
    size_t needed_ = 1;  // how long `kept_` has to be before there is something to look at
    size_t to_skip_ = 0; // of version 2's additional fields
    bool complete_ = false;
    std::optional<net::Address> client_{};
    std::string_view apache_id_{};
};

} // namespace signet::server
