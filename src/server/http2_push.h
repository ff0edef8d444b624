// What was pushed on a connection, so that nothing is pushed twice: H2PushDiarySize.
// https://httpd.apache.org/docs/2.4/mod/mod_http2.html#h2pushdiarysize
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace signet::server {

// Remembers as many resources as its size says, the latest ones. Of size 0 it remembers nothing.
class PushDiary {
public:
    explicit PushDiary(size_t size)
        : size_(size)
    {
    }
    // True when the resource is new; then it is noted.
    [[nodiscard]] bool note(std::string_view resource);

private:
    size_t size_;
    size_t next_ = 0;             // of order_: the oldest, when it is full
    std::vector<uint64_t> order_; // hashes
    std::unordered_set<uint64_t> known_;
};

// One link of a Link field that asks for a push: rel=preload, without nopush (RFC 8288; the
// preload links of HTML). Takes it off the front of `field`; empty at the end.
struct PreloadLink {
    std::string_view target{};
    bool critical = false;
};
[[nodiscard]] PreloadLink next_preload(std::string_view& field);

} // namespace signet::server
