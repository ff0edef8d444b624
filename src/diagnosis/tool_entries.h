// The tables of the catalogue that the verbs bring: parts of the ranges of catalogue.h.
#pragma once
#include "diagnosis/catalogue.h"

namespace signet::diagnosis {

[[nodiscard]] std::span<const Entry> check_entries(); // 133–199, signet check
[[nodiscard]] std::span<const Entry> grade_entries(); // 480–499, signet grade

} // namespace signet::diagnosis
