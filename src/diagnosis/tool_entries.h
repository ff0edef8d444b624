// Tables of the catalogue that are parts of the ranges of catalogue.h: the verbs' and mod_md's.
#pragma once
#include "diagnosis/catalogue.h"

namespace signet::diagnosis {

[[nodiscard]] std::span<const Entry> check_entries();   // 133–199, signet check
[[nodiscard]] std::span<const Entry> grade_entries();   // 480–499, signet grade
[[nodiscard]] std::span<const Entry> managed_entries(); // 780–799, 850–869, mod_md

} // namespace signet::diagnosis
