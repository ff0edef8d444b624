// <IfVersion>: compares the server's version.
// https://httpd.apache.org/docs/2.4/mod/mod_version.html
#pragma once
#include "base/result.h"
#include "config/tree.h"

#include <string>
#include <vector>

namespace signet::config {

// Evaluates the words of an IfVersion line, the last of which still carries its '>'. Errors are
// Apache's messages.
[[nodiscard]] Result<bool> test_version(const std::vector<Argument>& words,
                                        const std::string& version);

} // namespace signet::config
