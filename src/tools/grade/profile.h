// A survey beside a profile of Mozilla's guideline: what differs.
#pragma once
#include "tls/mozilla_profiles.h"
#include "tools/grade/survey.h"

#include <string>
#include <vector>

namespace signet::tools::grade {

// One sentence per difference; empty: the server is what the profile asks for.
[[nodiscard]] std::vector<std::string> compare(const Survey& survey,
                                               const tls::MozillaProfile& profile);

} // namespace signet::tools::grade
