// Tables of the catalogue that are parts of the ranges of catalogue.h: the verbs', mod_md's, and
// those about who a client is.
#pragma once
#include "diagnosis/catalogue.h"

namespace signet::diagnosis {

[[nodiscard]] std::span<const Entry> check_entries();   // 133–199, signet check
[[nodiscard]] std::span<const Entry> grade_entries();   // 480–499, signet grade
[[nodiscard]] std::span<const Entry> managed_entries(); // 780–799, 850–869, mod_md
[[nodiscard]] std::span<const Entry> access_entries(); // 910–925, mod_remoteip, mod_auth_digest …

} // namespace signet::diagnosis
