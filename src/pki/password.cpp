// The one file that knows libaprutil: writing bcrypt and apr1 anew would gain nothing.
#include "pki/password.h"

#include <apr_md5.h>

namespace signet::pki {

bool password_fits(const std::string& password, const std::string& stored)
{
    // A NUL ends both for the library: what stands behind it must not be ignored.
    if (password.find('\0') != std::string::npos) return false;
    return ::apr_password_validate(password.c_str(), stored.c_str()) == APR_SUCCESS;
}

} // namespace signet::pki
