// .htaccess files: read, checked against AllowOverride, and made into a section like any other.
// https://httpd.apache.org/docs/2.4/howto/htaccess.html
#pragma once
#include "base/result.h"
#include "server/section.h"

#include <memory>
#include <string>
#include <vector>

namespace signet::server {

class Request;

struct HtaccessRules {
    uint8_t overrides = 0;
    uint8_t override_options = 0xff;
    const std::vector<std::string>* override_list = nullptr;
    bool nonfatal = false;
};

// The section a file makes in `directory` ("/srv/www/"); null when there is no such file.
// Errors: denied (unreadable: 403) or failed (syntax: 500); both have been logged.
[[nodiscard]] Result<std::shared_ptr<const Section>> load_htaccess(const std::string& path,
                                                                   const std::string& directory,
                                                                   const HtaccessRules& rules,
                                                                   Request& request);

} // namespace signet::server
