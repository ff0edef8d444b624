// mod_env and mod_setenvif.
#include "unit/modules/site.h"

namespace signet::modules {
namespace {

using server::Phase;

TEST(Env, InnerSectionsSetOverrideAndRemove)
{
    Site site("SetEnv A 1\nSetEnv B 2\nSetEnv C\n"
              "<Location />\nUnsetEnv A\nSetEnv B inner\n</Location>\n");
    EXPECT_EQ(site.error(), "");
    site.run(Phase::fixup);
    EXPECT_EQ(site.env("A"), "(unset)");
    EXPECT_EQ(site.env("b"), "inner");
    EXPECT_EQ(site.env("C"), "");
}

TEST(Env, PassEnvWarnsAboutWhatTheServerLacks)
{
    Site site("PassEnv PATH SIGNET_SURELY_UNDEFINED\n");
    EXPECT_EQ(site.warning(), "AH01506: PassEnv variable SIGNET_SURELY_UNDEFINED was undefined");
    site.run(Phase::fixup);
    EXPECT_EQ(site.env("PATH"), getenv("PATH"));
}

TEST(Env, EqualsSignInTheNameIsRemarked)
{
    EXPECT_EQ(
        Site("SetEnv a=b\n").warning(),
        "AH10032: Spurious usage of '=' in an environment variable name. 'SetEnv a b' expected "
        "instead?");
}

TEST(SetEnvIf, MatchesAttributesAndFillsInGroups)
{
    Site site("SetEnvIf Request_URI \"/b(.)\" X=&-$1 plain=v !gone\n"
              "SetEnvIf Remote_Addr ^192\\.0\\.2\\. local\n"
              "SetEnvIf Request_Method POST posted\n"
              "SetEnvIf Server_Addr ^192\\.0\\.2\\.1$ here\n"
              "SetEnvIf Request_Protocol 1\\.1$ modern\n");
    site.at("/abc/bc").request.env.set("gone", "1");
    site.run(Phase::post_read);
    EXPECT_EQ(site.env("X"), "&-c");
    EXPECT_EQ(site.env("plain"), "v");
    EXPECT_EQ(site.env("gone"), "(unset)");
    EXPECT_EQ(site.env("local"), "1");
    EXPECT_EQ(site.env("posted"), "(unset)");
    EXPECT_EQ(site.env("here"), "1");
    EXPECT_EQ(site.env("modern"), "1");
}

TEST(SetEnvIf, PlainTextPatternsLeaveDollarsAlone)
{
    Site site("SetEnvIf Request_URI abc Y=$0\nSetEnvIfNoCase Request_URI A[B]C Z=$0\n");
    site.at("/abc");
    site.run(Phase::post_read);
    EXPECT_EQ(site.env("Y"), "$0");
    EXPECT_EQ(site.env("Z"), "abc");
}

TEST(SetEnvIf, FallsBackToEarlierVariablesAndHeaderPatterns)
{
    Site site(
        "SetEnvIf X-Kind dog animal=yes\nSetEnvIf animal yes again\nSetEnvIf ^X-K.* d(.)g v=$1\n"
        "SetEnvIf X-Missing ^$ absent\n");
    site.request.headers.add("X-Kind", "dog");
    site.run(Phase::post_read);
    EXPECT_EQ(site.env("animal"), "yes");
    EXPECT_EQ(site.env("again"), "1");
    EXPECT_EQ(site.env("v"), "o");
    EXPECT_EQ(site.env("absent"), "1");
}

TEST(SetEnvIf, OldBrowsersLoseKeepAlive)
{
    Site site("BrowserMatch \"MSIE [2-5]\" nokeepalive downgrade-1.0 force-response-1.0\n");
    site.request.headers.add("User-Agent", "Mozilla/4.0 (compatible; MSIE 5.0; Windows 98)");
    site.run(Phase::post_read);
    EXPECT_TRUE(site.request.env.has("nokeepalive"));
    EXPECT_TRUE(site.request.env.has("downgrade-1.0"));
    EXPECT_TRUE(site.request.env.has("force-response-1.0"));
}

TEST(SetEnvIf, RulesOfSectionsRunAfterTheWalk)
{
    Site site("<Location />\nSetEnvIf Request_URI . seen\n</Location>\n");
    site.run(Phase::post_read);
    EXPECT_EQ(site.env("seen"), "(unset)");
    site.run(Phase::header_parse);
    EXPECT_EQ(site.env("seen"), "1");
}

TEST(SetEnvIf, ExpressionsCaptureToo)
{
    Site site("SetEnvIfExpr \"%{REQUEST_URI} =~ m#^/(a+)#\" run=$1\n");
    site.at("/aab");
    site.run(Phase::post_read);
    EXPECT_EQ(site.env("run"), "aa");
}

TEST(SetEnvIf, SaysWhatIsMissingAsApacheDoes)
{
    EXPECT_EQ(Site("SetEnvIf\n").error(), "Missing header-field name for SetEnvIf");
    EXPECT_EQ(Site("SetEnvIf foo\n").error(), "Missing regular expression for SetEnvIf");
    EXPECT_EQ(Site("SetEnvIf foo bar\n").error(), "Missing envariable expression for SetEnvIf");
    EXPECT_EQ(Site("SetEnvIf foo ( a\n").error(), "SetEnvIf regex could not be compiled.");
    EXPECT_EQ(Site("SetEnvIf ^foo( x b\n").error(),
              "SetEnvIfHeader name regex could not be compiled.");
    EXPECT_EQ(Site("BrowserMatch\n").error(), "Missing regular expression for BrowserMatch");
    EXPECT_EQ(Site("SetEnvIfExpr\n").error(), "Missing expression for SetEnvIfExpr");
    EXPECT_EQ(Site("SetEnvIfExpr true\n").error(),
              "Missing envariable expression for SetEnvIfExpr");
}

} // namespace
} // namespace signet::modules
