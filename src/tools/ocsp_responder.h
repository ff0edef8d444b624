// Answers OCSP requests by HTTP, one at a time: for tests and labs.   RFC 6960 appendix A
#pragma once
#include "pki/authority.h"

#include <functional>
#include <string>

namespace signet::tools {

// Serves until a signal ends the process; `listening` is told the URL once. `count` answers are
// enough when it is not 0.
[[nodiscard]] Result<void> serve_status(pki::Authority& authority, const std::string& address,
                                        unsigned port, unsigned count,
                                        const std::function<void(const std::string&)>& listening);

} // namespace signet::tools
