// New session ticket keys every hour, so that a key that leaks opens few connections.
#pragma once
#include "server/keeper_task.h"
#include "tls/tickets.h"

#include <memory>

namespace signet::mod_ssl {

// How long tickets are sealed with one key; the two before it still open theirs.
inline constexpr std::chrono::hours ticket_key_life{1};

class TicketRotation final : public server::KeeperTask {
public:
    explicit TicketRotation(std::shared_ptr<tls::TicketKeys> keys)
        : keys_(std::move(keys))
    {
    }
    [[nodiscard]] std::string_view name() const override { return "session ticket keys"; }
    [[nodiscard]] std::chrono::seconds limit() const override { return std::chrono::seconds(10); }
    [[nodiscard]] Result<Monotonic::time_point> run(Monotonic::time_point now) override
    {
        // The age is the keys' own: a reload brings a new keeper, but not new keys.
        if (now - keys_->born() >= ticket_key_life) {
            if (auto rotated = keys_->rotate(); !rotated) return std::unexpected(rotated.error());
        }
        return keys_->born() + ticket_key_life;
    }

private:
    std::shared_ptr<tls::TicketKeys> keys_;
};

} // namespace signet::mod_ssl
