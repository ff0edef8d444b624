// SSLEarlyData and SSLEarlyDataSize, signet's own: which virtual hosts take TLS 1.3 early data.
#pragma once
#include "config/diagnostics.h"
#include "tls/settings.h"

#include <cstdint>

namespace signet::mod_ssl {

struct Config;

inline constexpr uint32_t usual_early_data = 16384;
// More could not be held while requests wait for the handshake's end.
inline constexpr uint32_t largest_early_data = 65536;

// Where sessions may be kept beside tickets.
enum class SessionStore : uint8_t { none, own, shared };

// Sets settings.max_early_data where early data is on and can be had; says why where it cannot.
// False: what is asked for is not safe, and was reported as an error.
[[nodiscard]] bool decide_early_data(const Config& config, SessionStore store,
                                     const config::Position& position, tls::Settings& settings,
                                     config::Diagnostics& diagnostics);

} // namespace signet::mod_ssl
