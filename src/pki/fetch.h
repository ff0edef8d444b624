// One small file by HTTP: the issuer's certificate that a certificate names.
#pragma once
#include "base/result.h"

#include <string>

namespace signet::pki {

// At most `limit` bytes within ten seconds; http:// and https:// only, no redirects elsewhere.
[[nodiscard]] Result<std::string> fetch_url(const std::string& url, size_t limit = 1 << 20);

} // namespace signet::pki
