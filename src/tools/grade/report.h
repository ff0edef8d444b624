// Grades for people and for programs.
#pragma once
#include "tools/grade/rating.h"

#include <string>
#include <vector>

namespace signet::tools::grade {

struct Graded {
    Survey survey{};
    Rating rating{};
    std::string profile{};                  // "intermediate 6.0", or empty
    std::vector<std::string> differences{}; // from it
};

[[nodiscard]] std::string text_of(const Graded& graded, bool with_clients, bool colour);
[[nodiscard]] std::string json_of(const std::vector<Graded>& all);

} // namespace signet::tools::grade
