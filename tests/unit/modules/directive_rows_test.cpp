// The modules' directive tables against the manual's (src/config/apache-directives.tsv).
#include "config/known_directives.h"
#include "unit/modules/site.h"

#include <algorithm>

namespace signet::modules {
namespace {

TEST(DirectiveRows, AllowWhatTheManualAllows)
{
    for (const auto& module :
         {mod_env(), mod_setenvif(), mod_headers(), mod_mime(), mod_dir(), mod_alias(),
          mod_authz_core(), mod_access_compat(), mod_expires(), mod_autoindex(), mod_authn_core(),
          mod_auth_basic(), mod_authn_file(), mod_authn_anon(), mod_authn_socache(),
          mod_authz_groupfile()}) {
        for (const auto& directive : module.directives) {
            std::string_view name = directive.name;
            if (directive.is_section) name = name.substr(1, name.size() - 2);
            const auto* known = config::find_known_directive(name);
            ASSERT_NE(known, nullptr) << name;
            // Apache accepts Remove… in the main server and Alias in <Location>, which the
            // manual's context lines leave out; nothing the manual allows may be refused.
            EXPECT_EQ(directive.allowed & known->allowed, known->allowed) << name;
            EXPECT_EQ(directive.overrides, known->overrides) << name;
        }
    }
}

TEST(DirectiveRows, EveryDirectiveOfTheseModulesIsThere)
{
    for (const auto& module :
         {mod_env(), mod_setenvif(), mod_headers(), mod_mime(), mod_dir(), mod_alias(),
          mod_authz_core(), mod_access_compat(), mod_expires(), mod_autoindex(), mod_authn_core(),
          mod_auth_basic(), mod_authn_file(), mod_authn_anon(), mod_authn_socache(),
          mod_authz_groupfile()}) {
        const auto name = module.source.substr(0, module.source.find('.'));
        for (const auto& known : config::known_directives()) {
            if (known.module != name) continue;
            EXPECT_TRUE(std::ranges::any_of(module.directives, [&](const auto& directive) {
                std::string_view own = directive.name;
                if (directive.is_section) own = own.substr(1, own.size() - 2);
                return own == known.name;
            })) << known.name;
        }
    }
}

} // namespace
} // namespace signet::modules
