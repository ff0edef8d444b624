#include "base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace signet {

std::unexpected<Error> fail_errno(std::string_view what)
{
    const int error = errno;
    auto kind = Error::Kind::failed;
    if (error == ENOENT || error == ENOTDIR) kind = Error::Kind::not_found;
    if (error == EACCES || error == EPERM) kind = Error::Kind::denied;
    return fail(kind, std::string(what) + ": " + std::generic_category().message(error));
}

void impossible(const char* what)
{
    std::fprintf(stderr, "signet: impossible state: %s\n", what);
    std::abort();
}

} // namespace signet
