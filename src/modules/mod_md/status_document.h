// What the keeper tells the workers about managed domains, for the pages that show it: JSON with
// the names that Apache's md-status has.
#pragma once
#include "modules/mod_md/domain.h"
#include "modules/mod_md/records.h"
#include "modules/mod_md/staples.h"

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace signet::mod_md {

// Where `prepare` keeps the SharedDocument, in Configuration::shared.
inline constexpr std::string_view status_document = "md.status";
inline constexpr size_t status_document_capacity = size_t{1} << 20; // some 500 domains

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
