// RequestReadTimeout: how long a client may take to send a handshake, a head, a body. Bytes buy
// time, at a minimum rate and up to a limit, so that a slow client passes and an idle one does not.
// https://httpd.apache.org/docs/2.4/mod/mod_reqtimeout.html
#pragma once
#include "base/clock.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signet::server {

enum class ReadStage : uint8_t { none, handshake, head, body };

struct ReadTimeout {
    std::chrono::seconds first{0}; // 0: no limit
    std::chrono::seconds most{0};  // with all extensions; 0: as long as bytes come
    uint32_t rate = 0;             // bytes per second that extend it; 0: never extended
};

// Apache's defaults.
struct ReadTimeouts {
    ReadTimeout handshake{};
    ReadTimeout head{
        .first = std::chrono::seconds(20), .most = std::chrono::seconds(40), .rate = 500};
    ReadTimeout body{.first = std::chrono::seconds(20), .rate = 500};
};

// The deadline of one connection; counts nothing while no stage is running.
class ReadDeadline {
public:
    void begin(ReadStage stage, const ReadTimeouts& timeouts, Monotonic::time_point now)
    {
        if (stage_ == stage) return;
        const ReadTimeout& timeout = stage == ReadStage::handshake ? timeouts.handshake
                                     : stage == ReadStage::head    ? timeouts.head
                                                                   : timeouts.body;
        if (timeout.first.count() == 0) return end();
        stage_ = stage;
        first_ = timeout.first;
        at_ = now + timeout.first;
        limit_ = timeout.most.count() != 0 ? now + timeout.most : Monotonic::time_point::max();
        per_byte_ = timeout.rate == 0 ? Monotonic::duration::zero()
                                      : Monotonic::duration(std::chrono::seconds(1)) / timeout.rate;
    }
    void end() { stage_ = ReadStage::none; }
    void received(size_t bytes)
    {
        if (stage_ == ReadStage::none || per_byte_.count() == 0) return;
        at_ = std::min(at_ + per_byte_ * static_cast<int64_t>(bytes), limit_);
    }

    [[nodiscard]] bool is_running() const { return stage_ != ReadStage::none; }
    [[nodiscard]] Monotonic::time_point at() const { return at_; }
    // "handshake", "header", "body", as Apache's log line names them.
    [[nodiscard]] std::string_view name() const
    {
        static constexpr std::string_view names[] = {"", "handshake", "header", "body"};
        return names[static_cast<size_t>(stage_)];
    }

    // When to look at the deadline. The loop has a list per delay, so there may not be many.
    [[nodiscard]] std::chrono::milliseconds
    first_look(std::chrono::milliseconds without_progress) const
    {
        return is_running() ? std::min<std::chrono::milliseconds>(first_, without_progress)
                            : without_progress;
    }
    [[nodiscard]] static std::chrono::milliseconds next_look(Monotonic::duration left)
    {
        constexpr std::chrono::milliseconds step{100};
        if (left >= std::chrono::seconds(1)) return std::chrono::floor<std::chrono::seconds>(left);
        return (left / step + 1) * step;
    }

private:
    ReadStage stage_ = ReadStage::none;
    std::chrono::seconds first_{0};
    Monotonic::time_point at_{};
    Monotonic::time_point limit_{};
    Monotonic::duration per_byte_{0};
};

} // namespace signet::server
