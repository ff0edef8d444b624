// What mod_http2's directives say for a virtual host, as the HTTP/2 session needs it.
// https://httpd.apache.org/docs/2.4/mod/mod_http2.html
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace signet::server {

// H2PushPriority: how pushed answers of a media type rank beside the one they are pushed with.
struct PushPriority {
    enum class Place : uint8_t { after, interleaved, before };
    std::string type = "*";     // "*": those of no other
    Place place = Place::after; // its weight is of no use: RFC 9218 knows none
};

struct Http2Settings {
    uint32_t max_streams = 100;                              // H2MaxSessionStreams
    uint32_t window = 65535;                                 // H2WindowSize
    size_t max_data_frame = 0;                               // H2MaxDataFrameLen; 0: no limit
    size_t max_header_block = 0;                             // H2MaxHeaderBlockLen
    size_t stream_memory = 65536;                            // H2StreamMaxMemSize
    unsigned max_stream_errors = 8;                          // H2MaxStreamErrors; 0: no limit
    unsigned padding_bits = 0;                               // H2Padding
    bool modern_tls_only = true;                             // H2ModernTLSOnly
    bool early_hints = false;                                // H2EarlyHints
    bool websockets = false;                                 // H2WebSockets
    size_t push_diary = 256;                                 // H2PushDiarySize; 0: no memory
    std::vector<PushPriority> push_priorities;               // H2PushPriority
    std::optional<bool> direct;                              // H2Direct; h2c: on, h2: off
    std::optional<bool> upgrade;                             // H2Upgrade; h2c: on, h2: off
    std::optional<size_t> tls_warm_up;                       // H2TLSWarmUpSize
    std::optional<std::chrono::seconds> tls_cool_down;       // H2TLSCoolDownSecs
    std::optional<std::chrono::milliseconds> stream_timeout; // H2StreamTimeout; else Timeout
};

} // namespace signet::server
