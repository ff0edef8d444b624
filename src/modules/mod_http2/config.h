// What the H2… directives say, for every level. Internal to mod_http2.
#pragma once
#include "server/http2_settings.h"
#include "server/module.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signet::mod_http2 {

// A resource that will be needed with another one (H2PushResource).
struct Resource {
    std::string path;
    bool critical = false;
};

struct Hint { // H2EarlyHint
    std::string name;
    std::string value;
};

struct Config {
    template <class T> using Setting = std::optional<T>;

    // Of a server, as server::Http2Settings has them.
    Setting<uint32_t> max_streams, window;
    Setting<size_t> max_data_frame, max_header_block, stream_memory, tls_warm_up;
    Setting<unsigned> max_stream_errors, padding_bits;
    Setting<size_t> push_diary;
    std::vector<server::PushPriority> push_priorities;
    Setting<bool> modern_tls_only, early_hints, websockets, direct, upgrade;
    Setting<std::chrono::seconds> tls_cool_down;

    // Of a directory too.
    Setting<std::chrono::milliseconds> stream_timeout;
    Setting<bool> push;
    std::vector<Hint> hints;
    std::vector<Resource> resources;
};

[[nodiscard]] Config merge(const Config& outer, const Config& inner);
extern const std::span<const server::Directive<Config>> directives;

// Catalogue ids (diagnosis/request_entries.cpp).
inline constexpr int workers_not_needed = 284;
inline constexpr int nothing_to_serialize = 286;

} // namespace signet::mod_http2
