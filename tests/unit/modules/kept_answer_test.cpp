// Which configurations let an answer be kept: those in which no hook looks at the request. A module
// that gets this wrong serves one client's answer to another, or makes every site slower.
#include "modules/list.h"
#include "unit/modules/site.h"

#include <gtest/gtest.h>

namespace signet::modules {
namespace {

bool keeps_answers(const std::string& lines)
{
    const Site site(lines);
    EXPECT_EQ(site.error(), "");
    return site.request.scope->is_repeatable();
}

TEST(KeptAnswers, ABareConfigurationKeepsThem)
{
    EXPECT_TRUE(keeps_answers("ServerName localhost\n"));
}

// Any module's hook that always runs and never repeats would take them from every site.
TEST(KeptAnswers, NoModuleTakesThemByMerelyBeingThere)
{
    const auto modules = all_modules();
    const server::SectionConfig nothing(modules);
    const server::Scope scope(modules, nullptr, nothing);
    EXPECT_TRUE(scope.is_repeatable());
    EXPECT_TRUE(scope.maps_repeatably());
    EXPECT_TRUE(scope.repeats_for_the_log_only());
}

TEST(KeptAnswers, WhatSaysTheSameToEverybodyDoesNoHarm)
{
    EXPECT_TRUE(keeps_answers("AddType text/plain .txt\nSetEnv COLOUR blue\n"));
    EXPECT_TRUE(keeps_answers("Header set X-Frame-Options DENY\nHeader always unset X-Other\n"));
    EXPECT_TRUE(keeps_answers("DirectoryIndex index.html\nAddDefaultCharset utf-8\n"));
    EXPECT_TRUE(keeps_answers("<Location />\nOptions MultiViews\nCheckSpelling On\n</Location>\n"));
}

TEST(KeptAnswers, AValueMadeForEachRequestKeepsNothing)
{
    EXPECT_FALSE(keeps_answers("Header set X-Time \"%t\"\n"));
    EXPECT_FALSE(keeps_answers("Header set X-Who \"expr=%{REMOTE_ADDR}\"\n"));
    EXPECT_FALSE(keeps_answers("Header set X-Who yes env=known\n"));
    EXPECT_FALSE(keeps_answers("Header echo ^X-\n"));
    EXPECT_FALSE(keeps_answers("RequestHeader set X-Real yes\n"));
}

TEST(KeptAnswers, AuthorizationKeepsThemOnlyWhenItAsksNothing)
{
    const std::string open = "<Location />\n<RequireAll>\nRequire all granted\n";
    EXPECT_TRUE(keeps_answers(open + "</RequireAll>\n</Location>\n"));
    EXPECT_FALSE(keeps_answers(open + "Require ip 192.0.2.0/24\n</RequireAll>\n</Location>\n"));
    EXPECT_FALSE(keeps_answers("<Location />\nAllow from 192.0.2\n</Location>\n"));
    EXPECT_FALSE(
        keeps_answers("<Location />\n<Limit GET>\nRequire all granted\n</Limit>\n</Location>\n"));
}

bool maps_repeatably(const std::string& lines)
{
    const Site site(lines);
    EXPECT_EQ(site.error(), "");
    return site.request.scope->maps_repeatably();
}

TEST(KeptAnswers, TheWayToAFileMayBeShortWhereOnlyTheTargetDecides)
{
    EXPECT_TRUE(maps_repeatably("ServerName localhost\n"));
    EXPECT_TRUE(maps_repeatably("Alias /icons /usr/share/icons\nRedirect /old /new\n"));
    EXPECT_FALSE(maps_repeatably("BrowserMatch MSIE old\n"));
    EXPECT_FALSE(maps_repeatably("RequestHeader set X-Early yes early\n"));
}

TEST(KeptAnswers, OnlyTheLogMissesWhatTheShortWayLeavesOut)
{
    EXPECT_TRUE(Site("ServerName localhost\n").request.scope->repeats_for_the_log_only());
    EXPECT_FALSE(Site("SetEnv nokeepalive 1\n").request.scope->repeats_for_the_log_only());
}

TEST(KeptAnswers, DirectoryRulesOnTheRequestKeepNothing)
{
    EXPECT_FALSE(keeps_answers("<Location />\nBrowserMatch MSIE old\n</Location>\n"));
    EXPECT_FALSE(keeps_answers("<Location />\nRedirect /old /new\n</Location>\n"));
}

} // namespace
} // namespace signet::modules
