// How many lines a flood of like events may write: the first ones of each period, then a summary.
#pragma once
#include "base/clock.h"

#include <array>
#include <cstdint>
#include <string>

namespace signet::server {

// One per worker, for failed TLS connections. Not shared.
class LineBudget {
public:
    static constexpr unsigned lines_per_period = 60;
    static constexpr std::chrono::seconds period{10};
    static constexpr int first_id = 300; // of the TLS range, whose ids it counts

    // Whether an event may be written. What is left out is counted by its id.
    [[nodiscard]] bool allows(int id, Monotonic::time_point now)
    {
        if (now - begun_ >= period) {
            begun_ = now;
            used_ = 0;
        }
        if (used_++ < lines_per_period) return true;
        const auto index = static_cast<size_t>(id - first_id);
        if (index < left_out_.size()) left_out_[index] += 1;
        return false;
    }
    // What was left out in periods that are over, once: "SG0323: 12, SG0327: 3"; empty: nothing.
    [[nodiscard]] std::string take_summary(Monotonic::time_point now);

private:
    Monotonic::time_point begun_{};
    unsigned used_ = 0;
    std::array<uint32_t, 100> left_out_{};
};

} // namespace signet::server
