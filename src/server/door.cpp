#include "server/door.h"

#include "base/text.h"
#include "config/known_directives.h"

#include <algorithm>
#include <array>
#include <span>

namespace signet::server {
namespace {

// Modules whose every directive is about who may come in, by the beginning of their names.
constexpr std::array access_modules{"mod_auth", "mod_allowhandlers"};
// Modules with such directives among others.
constexpr std::array partly_access_modules{"mod_lua"};

bool starts_with_any(std::string_view module, std::span<const char* const> beginnings)
{
    return std::ranges::any_of(beginnings,
                               [&](std::string_view one) { return module.starts_with(one); });
}

// Directives that protect whatever their words are, and what ignoring them would do.
struct Guard {
    std::string_view name;
    std::string_view danger;
};
constexpr std::string_view check_missing = "requests would be served without its check";
constexpr Guard guards[] = {
    {"LuaHookAccessChecker", check_missing},
    {"LuaHookAuthChecker", check_missing},
    {"LuaHookCheckUserID", check_missing},
    {"LuaAuthzProvider", check_missing},
};

} // namespace

std::optional<std::string> door_opened_by_ignoring(const config::Node& node)
{
    const auto* known = config::find_known_directive(node.name);
    if (!known) return std::nullopt;
    if (starts_with_any(known->module, access_modules)) return std::string(check_missing);
    for (const auto& guard : guards) {
        if (iequals(guard.name, node.name)) return std::string(guard.danger);
    }
    return std::nullopt;
}

bool may_protect(std::string_view module_stem)
{
    const std::string module = "mod_" + std::string(module_stem);
    return starts_with_any(module, access_modules)
           || starts_with_any(module, partly_access_modules);
}

} // namespace signet::server
