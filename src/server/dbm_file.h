// Values in database files as htdbm and dbmmanage make them, through libaprutil, which knows their
// types: https://httpd.apache.org/docs/2.4/mod/mod_authn_dbm.html#authdbmtype
#pragma once
#include "base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace signet::server {

class Request;

// The value of the first of the keys that is there; nothing when none is. Read on a helper thread
// while the request's fiber waits. Errors: cancelled; any other text says why the file cannot be
// opened.
[[nodiscard]] Result<std::optional<std::string>> find_in_dbm(Request& request,
                                                             const std::string& type,
                                                             const std::string& path,
                                                             std::vector<std::string> keys);

} // namespace signet::server
