// Answers OCSP requests by HTTP, one at a time: for tests and labs.   RFC 6960 appendix A
#pragma once
#include "pki/authority.h"

namespace signet::tools {

// Serves until a signal ends the process; prints the address it listens on. `count` answers are
// enough when it is not 0.
[[nodiscard]] Result<void> serve_status(pki::Authority& authority, const std::string& address,
                                        unsigned port, unsigned count);

} // namespace signet::tools
