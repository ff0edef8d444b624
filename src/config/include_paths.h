// Which files an Include line means: one file, everything below a directory, or what wildcards in
// any component of the path match. https://httpd.apache.org/docs/2.4/mod/core.html#include
#pragma once
#include "base/result.h"

#include <string>
#include <vector>

namespace signet::config {

// In Apache's order: sorted by byte within each directory. A file that is named in full is returned
// without a look whether it exists, unless `optional`. Errors are Apache's messages.
[[nodiscard]] Result<std::vector<std::string>> find_included(const std::string& absolute_path,
                                                             bool optional);

} // namespace signet::config
