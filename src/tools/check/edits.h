// Applying the safe fixes: what would change, and the change with a copy of what was there.
#pragma once
#include "base/result.h"
#include "tools/check/inspection.h"

#include <ctime>
#include <map>
#include <string>
#include <vector>

namespace signet::tools::check {

// The edits of all findings by file, without those that overlap an earlier one.
[[nodiscard]] std::map<std::string, std::vector<Edit>>
collect_edits(const std::vector<Finding>& findings);

// A file's text after its edits.
[[nodiscard]] std::string edited(std::string_view text, const std::vector<Edit>& edits);

// What would change, as diff -u tells it (without context lines).
[[nodiscard]] std::string diff_of(const std::string& path, std::string_view text,
                                  const std::vector<Edit>& edits, bool colour);

// Replaces the file's content, keeping mode and owner; a copy of the old one is kept beside it. The
// copy's path.
[[nodiscard]] Result<std::string> rewrite(const std::string& path, std::string_view text,
                                          time_t now);

} // namespace signet::tools::check
