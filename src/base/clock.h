// Time as the event loop sees it: read once per turn, formatted once per second.
#pragma once
#include <chrono>
#include <cstdint>
#include <ctime>
#include <string_view>

namespace signet {

using Monotonic = std::chrono::steady_clock;
using Micros = std::chrono::microseconds;

// The wall clock in microseconds since 1970, read from the kernel.
[[nodiscard]] int64_t wall_micros();

} // namespace signet
