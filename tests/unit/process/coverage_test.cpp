// Every directive of Apache 2.4's manual: what signet's tables say of it, and how many work.
#include "process/check.h"

#include "base/text.h"
#include "config/known_directives.h"
#include "modules/list.h"

#include <cstdio>
#include <gtest/gtest.h>
#include <map>

namespace signet::process {
namespace {

// Where a table says something else than the manual's Context line, since Apache 2.4.71 itself
// does (asked with apache2 -t).
const std::map<std::string, std::string, std::less<>>& deliberate()
{
    static const std::map<std::string, std::string, std::less<>> all = {
        {"Alias", "with one word also inside of <Location>, as its page tells further down"},
        {"H2CopyFiles", "in .htaccess with AllowOverride FileInfo or AuthConfig"},
        {"H2EarlyHint", "in .htaccess with AllowOverride FileInfo or AuthConfig"},
        {"H2Push", "in .htaccess with AllowOverride FileInfo or AuthConfig"},
        {"H2PushResource", "in .htaccess with AllowOverride FileInfo or AuthConfig"},
        {"H2Upgrade", "in .htaccess with AllowOverride FileInfo or AuthConfig"},
        {"LogMessage", "also outside of any section"},
        {"RewriteBase", "also outside of any section"},
        {"RemoveCharset", "also outside of any section"},
        {"RemoveEncoding", "also outside of any section"},
        {"RemoveHandler", "also outside of any section"},
        {"RemoveInputFilter", "also outside of any section"},
        {"RemoveLanguage", "also outside of any section"},
        {"RemoveOutputFilter", "also outside of any section"},
        {"RemoveType", "also outside of any section"},
        // As Apache's own tables have them; the manual is shorter.
        {"AuthDigestShmemSize", "also in <VirtualHost>"},
        {"BalancerMember", "also outside of <Proxy>, with the balancer's URL"},
        {"ProxyFCGIBackendType", "FileInfo"},
        {"ProxyFCGISetEnvIf", "FileInfo"},
        {"SSIETag", "Limit"},
        {"SSILastModified", "Limit"},
        {"SSILegacyExprParser", "Limit"},
        {"Substitute", "also outside of any section"},
        {"SubstituteInheritBefore", "also outside of any section"},
        {"SubstituteMaxLineLength", "also outside of any section"},
    };
    return all;
}

std::string describe(uint8_t allowed, uint8_t overrides)
{
    return "context " + std::to_string(allowed) + ", override " + std::to_string(overrides);
}

TEST(Coverage, TablesAgreeWithTheManualInContextAndOverride)
{
    const auto modules = modules::all_modules();
    for (const auto& module : modules) {
        for (const auto& directive : module.directives) {
            std::string_view name = directive.name;
            if (directive.is_section) name = name.substr(1, name.size() - 2);
            const auto* known = config::find_known_directive(name);
            if (!known) continue;
            EXPECT_EQ(known->is_section, directive.is_section) << name;
            if (deliberate().contains(name)) continue;
            EXPECT_EQ(describe(directive.allowed, directive.overrides),
                      describe(known->allowed, known->overrides))
                << name << " of " << module.source;
        }
    }
}

TEST(Coverage, ExceptionsAreDirectivesThatWork)
{
    const auto modules = modules::all_modules();
    for (const auto& [name, why] : deliberate()) {
        bool found = false;
        for (const auto& module : modules) {
            for (const auto& directive : module.directives) found |= iequals(directive.name, name);
        }
        EXPECT_TRUE(found) << name << ": " << why;
    }
}

TEST(Coverage, NoDirectiveIsInTwoTables)
{
    CaseInsensitiveMap<std::string_view> owner;
    for (const auto& module : modules::all_modules()) {
        for (const auto& directive : module.directives) {
            const auto [place, is_new] = owner.emplace(directive.name, module.source);
            EXPECT_TRUE(is_new) << directive.name << " of " << module.source << " and "
                                << place->second;
        }
    }
}

TEST(Coverage, EveryDirectiveOfApacheIsCountedOnce)
{
    const auto modules = modules::all_modules();
    const Coverage coverage = count_coverage(modules);
    std::fputs(text_of(coverage).c_str(), stdout);
    EXPECT_EQ(coverage.working + coverage.without_effect + coverage.refused, 712u);
    EXPECT_EQ(config::known_directives().size(), 712u);
    const std::string listed = list_directives(modules);
    EXPECT_TRUE(listed.ends_with(text_of(coverage)));
    for (const auto& known : config::known_directives()) {
        const std::string opening = (known.is_section ? "<" : "") + std::string(known.name) + " (";
        EXPECT_NE(ifind(listed, opening), std::string::npos) << opening;
    }
}

} // namespace
} // namespace signet::process
