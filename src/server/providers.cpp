#include "server/providers.h"

#include "base/text.h"

#include <algorithm>

namespace signet::server {

const AuthorizationProvider* Providers::find_authorization(std::string_view name) const
{
    const auto found =
        std::ranges::find_if(authorization, [name](const AuthorizationProvider& provider) {
            return iequals(provider.name, name);
        });
    return found == authorization.end() ? nullptr : &*found;
}

} // namespace signet::server
