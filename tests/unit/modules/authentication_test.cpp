// mod_authn_core, mod_auth_basic and their providers, as far as no file and no thread is needed.
#include "unit/modules/site.h"

namespace signet::modules {
namespace {

const std::string guests = "AuthType Basic\nAuthName \"a \\\"b\\\" c\"\nAuthBasicProvider anon\n"
                           "Anonymous guest\nRequire valid-user\n";

// The status for a request with this Authorization field ("" sends none).
int enter(Site& site, std::string_view authorization)
{
    EXPECT_EQ(site.error(), "");
    if (!authorization.empty()) site.request.headers.set("Authorization", authorization);
    return site.enter();
}

std::string inside(const std::string& text)
{
    return "<Location />\n" + text + "</Location>\n";
}

TEST(Authentication, AsksWithTheRealmWhoeverSendsNothing)
{
    Site site(inside(guests));
    EXPECT_EQ(enter(site, ""), 401);
    EXPECT_EQ(site.header("WWW-Authenticate"), "Basic realm=\"a \\\"b\\\" c\"");
    EXPECT_EQ(site.request.user.data(), nullptr);
}

TEST(Authentication, LetsGuestsIn)
{
    Site site(inside(guests));
    EXPECT_EQ(enter(site, "Basic R3Vlc3Q6bWU="), 0); // Guest:me
    EXPECT_EQ(site.request.user, "Guest");
    EXPECT_EQ(site.request.auth_type, "Basic");
}

TEST(Authentication, TellsTheNameOfThoseWhoFail)
{
    Site site(inside(guests));
    EXPECT_EQ(enter(site, "Basic em9lOng="), 401); // zoe:x
    EXPECT_EQ(site.request.user, "zoe");
}

TEST(Authentication, TakesAnEmptyNameForOne)
{
    Site site(inside(guests));
    EXPECT_EQ(enter(site, "Basic Og=="), 401); // :
    EXPECT_NE(site.request.user.data(), nullptr);
}

TEST(Authentication, NeedsARealm)
{
    Site site(inside("AuthType Basic\nRequire valid-user\n"));
    EXPECT_EQ(enter(site, ""), 500);
}

TEST(Authentication, FailsWhereNobodyAsksForTheUser)
{
    Site none(inside("Require valid-user\n"));
    EXPECT_EQ(enter(none, "Basic R3Vlc3Q6bWU="), 500);
    Site other(inside("AuthType Sesame\nAuthName x\nRequire valid-user\n"));
    EXPECT_EQ(enter(other, ""), 500);
}

TEST(Authentication, IsLeftOutWhereNobodyHasToBeKnown)
{
    Site site(inside("AuthType Basic\nAuthName x\nAuthBasicProvider anon\nRequire all granted\n"));
    EXPECT_EQ(enter(site, "Basic em9lOng="), 0);
    EXPECT_EQ(site.request.user.data(), nullptr);
}

TEST(Authentication, RulesNameUsers)
{
    const std::string rules = "AuthType Basic\nAuthName x\nAuthBasicProvider anon\nAnonymous *\n"
                              "Require user anna \"bob b\"\n";
    Site anna(inside(rules));
    EXPECT_EQ(enter(anna, "Basic YW5uYTp4"), 0);
    Site bob(inside(rules));
    EXPECT_EQ(enter(bob, "Basic Ym9iIGI6eA=="), 0);
    Site zoe(inside(rules));
    EXPECT_EQ(enter(zoe, "Basic em9lOng="), 401);
    EXPECT_NE(zoe.header("WWW-Authenticate"), "");
}

TEST(Authentication, AliasesHaveSettingsOfTheirOwn)
{
    const std::string text = "<AuthnProviderAlias anon visitors>\nAnonymous visitor\n"
                             "</AuthnProviderAlias>\n"
                             + inside("AuthType Basic\nAuthName x\nAuthBasicProvider visitors\n"
                                      "Anonymous guest\nRequire valid-user\n");
    Site visitor(text);
    EXPECT_EQ(enter(visitor, "Basic dmlzaXRvcjp4"), 0);
    Site guest(text);
    EXPECT_EQ(enter(guest, "Basic Z3Vlc3Q6eA=="), 401);
}

TEST(Authentication, RefusesWhatItCannotDo)
{
    const auto error = [](const std::string& line) { return Site(inside(line + "\n")).error(); };
    EXPECT_EQ(error("AuthBasicProvider ldap"), "Unknown Authn provider: ldap");
    EXPECT_NE(error("AuthType Form"), "");
    EXPECT_NE(error("AuthBasicUseDigestAlgorithm SHA"), "");
    EXPECT_NE(Site("<AuthnProviderAlias anon anon>\n</AuthnProviderAlias>\n").error(), "");
}

} // namespace
} // namespace signet::modules
