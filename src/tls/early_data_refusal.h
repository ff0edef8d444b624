// Why early data that a client offered was not taken (SSLEarlyData).   RFC 8446 §8
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signet::tls {

enum class EarlyDataRefusal : uint8_t {
    none, // it was taken, or there was none
    other_ticket,
    spent,
    no_room,
    old_ticket,
    not_granted,
    unfit,
};
inline constexpr size_t early_data_refusals = static_cast<size_t>(EarlyDataRefusal::unfit) + 1;

// For the log: "its ticket was used before"; empty for none.
[[nodiscard]] constexpr std::string_view text_of(EarlyDataRefusal refusal)
{
    switch (refusal) {
    case EarlyDataRefusal::none: break;
    case EarlyDataRefusal::other_ticket: return "its ticket is not for early data";
    case EarlyDataRefusal::spent: return "its ticket was used before";
    case EarlyDataRefusal::no_room: return "there is no room to note its ticket";
    case EarlyDataRefusal::old_ticket: return "its ticket is older than this server";
    case EarlyDataRefusal::not_granted:
        return "its ticket was used before, or the session cache gives no answer";
    case EarlyDataRefusal::unfit:
        return "its ticket does not fit: too old, or for another name, protocol or suite";
    }
    return {};
}

// For programs: "spent".
[[nodiscard]] constexpr std::string_view name_of(EarlyDataRefusal refusal)
{
    switch (refusal) {
    case EarlyDataRefusal::none: break;
    case EarlyDataRefusal::other_ticket: return "other_ticket";
    case EarlyDataRefusal::spent: return "spent";
    case EarlyDataRefusal::no_room: return "no_room";
    case EarlyDataRefusal::old_ticket: return "old_ticket";
    case EarlyDataRefusal::not_granted: return "not_granted";
    case EarlyDataRefusal::unfit: return "unfit";
    }
    return {};
}

} // namespace signet::tls
