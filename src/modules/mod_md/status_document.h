// What the keeper tells the workers about managed domains, for the pages that show it: JSON with
// the names that Apache's md-status has.
#pragma once
#include "base/shared_document.h"
#include "modules/mod_md/domain.h"
#include "modules/mod_md/records.h"
#include "modules/mod_md/staples.h"

#include <ctime>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace signet::mod_md {

// As HTTP writes dates.
[[nodiscard]] std::string date(time_t when);

// Made before the fork. The keeper writes, workers read.
class StatusBoard {
public:
    static constexpr size_t capacity = size_t{1} << 20; // some 500 domains

    [[nodiscard]] static Result<std::shared_ptr<StatusBoard>> create();
    StatusBoard(const StatusBoard&) = delete;
    StatusBoard& operator=(const StatusBoard&) = delete;
    ~StatusBoard();

    // Keeper: a JSON array of what describe() made.
    [[nodiscard]] Result<void> publish(const std::string& text);
    // Worker: the array, decoded anew when it has changed; empty until the keeper has looked.
    [[nodiscard]] const nlohmann::ordered_json& domains();

private:
    explicit StatusBoard(SharedDocument document);

    SharedDocument document_;
    uint64_t seen_ = 0;
    std::unique_ptr<nlohmann::ordered_json> decoded_;
};

struct DomainState {
    std::optional<SetRecord> current{}, obtained{};
    std::optional<OrderRecord> order{};
    StatusRecord status{};
};
[[nodiscard]] Result<DomainState> read_state(const Domain& domain, const Records& records);

// One JSON object.
[[nodiscard]] std::string describe(const Domain& domain, const DomainState& state,
                                   const ManagedStaples& staples, time_t now);

} // namespace signet::mod_md
