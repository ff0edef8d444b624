// mod_authz_core, mod_authz_host and mod_access_compat.
#include "server/client_host.h"
#include "unit/modules/site.h"

namespace signet::modules {
namespace {

int enter(const std::string& rules, std::string_view client = "192.0.2.7",
          http::Method method = http::Method::get)
{
    Site site("<Location />\n" + rules + "\n</Location>\n");
    EXPECT_EQ(site.error(), "");
    site.from(client).request.method = method;
    return site.enter();
}

std::string error_of(const std::string& rules)
{
    return Site("<Directory /x>\n" + rules + "\n</Directory>\n").error();
}

TEST(Require, NothingSaidLetsEverybodyIn)
{
    EXPECT_EQ(enter(""), 0);
}

TEST(Require, AllAndAddresses)
{
    EXPECT_EQ(enter("Require all granted"), 0);
    EXPECT_EQ(enter("Require all denied"), 403);
    EXPECT_EQ(enter("Require ip 10 192.0.2"), 0);
    EXPECT_EQ(enter("Require ip 192.0.2.0/29", "192.0.2.9"), 403);
    EXPECT_EQ(enter("Require ip 2001:db8::/32", "2001:db8::1"), 0);
    EXPECT_EQ(enter("Require local"), 403);
    EXPECT_EQ(enter("Require local", "127.0.0.9"), 0);
    EXPECT_EQ(enter("Require local", "192.0.2.1"), 0) << "the server's own address";
}

TEST(Require, LinesAreAlternatives)
{
    EXPECT_EQ(enter("Require ip 10\nRequire ip 192"), 0);
    EXPECT_EQ(enter("Require ip 10\nRequire ip 11"), 403);
}

TEST(Require, ContainersCombine)
{
    const std::string rules = "<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 10.1\n"
                              "</RequireNone>\nRequire not ip 10.2\n</RequireAll>";
    EXPECT_EQ(enter(rules), 0);
    EXPECT_EQ(enter(rules, "10.1.0.1"), 403);
    EXPECT_EQ(enter(rules, "10.2.0.1"), 403);
}

TEST(Require, MethodsAndEnvironmentAndExpressions)
{
    EXPECT_EQ(enter("Require method GET OPTIONS"), 0);
    EXPECT_EQ(enter("Require method GET OPTIONS", "192.0.2.7", http::Method::post), 403);
    EXPECT_EQ(enter("Require env nope"), 403);
    EXPECT_EQ(enter("Require expr \"%{REQUEST_URI} == '/'\""), 0);
    EXPECT_EQ(enter("Require expr %{REQUEST_URI} == '/x y' && true"), 403);
}

TEST(Require, LimitLeavesOtherMethodsAlone)
{
    const std::string rules = "<Limit POST>\nRequire all denied\n</Limit>";
    EXPECT_EQ(enter(rules), 0);
    EXPECT_EQ(enter(rules, "192.0.2.7", http::Method::post), 403);
    const std::string except = "<LimitExcept GET>\nRequire all denied\n</LimitExcept>";
    EXPECT_EQ(enter(except), 0);
    EXPECT_EQ(enter(except, "192.0.2.7", http::Method::put), 403);
}

TEST(Require, InnerSectionsReplaceOrJoin)
{
    auto two = [](const std::string& outer, const std::string& inner) {
        Site site("<Location />\n" + outer + "\n</Location>\n<Location />\n" + inner
                  + "\n</Location>\n");
        EXPECT_EQ(site.error(), "");
        return site.enter();
    };
    EXPECT_EQ(two("Require all denied", "Require all granted"), 0);
    EXPECT_EQ(two("Require all denied", "AuthMerging And\nRequire all granted"), 403);
    EXPECT_EQ(two("Require all denied", "AuthMerging Or\nRequire all granted"), 0);
    EXPECT_EQ(two("Require all granted", "AuthMerging Or\nRequire all denied"), 0);
    EXPECT_EQ(two("Require all denied", "AuthMerging And"), 403);
}

TEST(Require, AliasesNameProvidersWithTheirArguments)
{
    Site site("<AuthzProviderAlias ip office \"10.0.0.0/8 192.0.2.7\">\n</AuthzProviderAlias>\n"
              "<Location />\nRequire office\n</Location>\n");
    EXPECT_EQ(site.error(), "");
    EXPECT_EQ(site.enter(), 0);
    EXPECT_EQ(site.from("192.0.2.8").enter(), 403);
}

TEST(Require, RefusesAsApacheDoes)
{
    EXPECT_EQ(error_of("Require dbd-group x"), "Unknown Authz provider: dbd-group");
    EXPECT_EQ(error_of("Require"), "Unknown Authz provider: ");
    EXPECT_EQ(error_of("Require ALL granted"), "Unknown Authz provider: ALL");
    EXPECT_EQ(error_of("Require all"), "Argument for 'Require all' must be 'granted' or 'denied'");
    EXPECT_EQ(error_of("Require not ip 1.2.3.4"),
              "negative Require directive has no effect in <RequireAny> directive");
    EXPECT_EQ(error_of("<RequireNone>\nRequire not ip 1.2.3.4\n</RequireNone>"),
              "negative Require directive has no effect in <RequireNone> directive");
    EXPECT_EQ(
        error_of("<RequireAny>\n<RequireNone>\nRequire all granted\n</RequireNone>\n</RequireAny>"),
        "<RequireNone> directive has no effect in <RequireAny> directive");
    EXPECT_EQ(error_of("<RequireAll>\n</RequireAll>"),
              "<RequireAll> directive contains no authorization directives");
    EXPECT_EQ(error_of("<RequireAll>\nRequire not all denied\n</RequireAll>"),
              "AH01624: <RequireAll> directive contains only negative authorization directives");
    EXPECT_EQ(error_of("<RequireAll foo>\nRequire all granted\n</RequireAll>"),
              "<RequireAll> directive doesn't take additional arguments");
    EXPECT_EQ(error_of("Require ip"), "'require ip' requires an argument");
    EXPECT_EQ(error_of("Require ip foo"), "ip address 'foo' appears to be invalid");
    EXPECT_EQ(
        error_of("Require ip 1.2.3.4/40"),
        "ip address '1.2.3.4/40' appears to be invalid: The specified network mask is invalid.");
    EXPECT_EQ(error_of("Require method get"), "Invalid Method 'get'");
    EXPECT_EQ(error_of("AuthMerging x"), "AuthMerging must be one of: Off | And | Or");
}

TEST(AccessCompat, OrderDecidesBetweenAllowAndDeny)
{
    EXPECT_EQ(enter("Order deny,allow\nDeny from all\nAllow from 192.0.2"), 0);
    EXPECT_EQ(enter("Order deny,allow\nDeny from all\nAllow from 10.1"), 403);
    EXPECT_EQ(enter("Order allow,deny\nAllow from all\nDeny from 192.0.2.0/24"), 403);
    EXPECT_EQ(enter("Order allow,deny"), 403);
    EXPECT_EQ(enter("Order deny,allow"), 0);
    EXPECT_EQ(enter("Order mutual-failure\nAllow from 192.0.2.7"), 0);
    EXPECT_EQ(enter("Order mutual-failure"), 403);
    EXPECT_EQ(enter("Deny from 192.0.0.0/255.255.0.0"), 403);
}

TEST(AccessCompat, EnvironmentDecides)
{
    Site site(
        "<Location />\nOrder deny,allow\nDeny from all\nAllow from env=let_me_in\n</Location>\n");
    EXPECT_EQ(site.enter(), 403);
    site.request.env.set("let_me_in", "1");
    EXPECT_EQ(site.enter(), 0);
    EXPECT_EQ(enter("Order deny,allow\nDeny from all\nAllow from env=!let_me_in"), 0);
}

TEST(AccessCompat, InnerSectionsInheritNothing)
{
    Site site("<Location />\nOrder allow,deny\nDeny from all\n</Location>\n"
              "<Location />\nAllow from 10.0.0.1\n</Location>\n");
    EXPECT_EQ(site.enter(), 0);
}

TEST(AccessCompat, SatisfyAnyLetsEitherRuleDecide)
{
    const std::string denied = "Order deny,allow\nDeny from all\n";
    EXPECT_EQ(enter(denied + "Satisfy Any"), 0) << "as Apache 2.4: no Require lets everybody in";
    EXPECT_EQ(enter(denied + "Satisfy Any\nRequire all denied"), 403);
    EXPECT_EQ(enter(denied + "Satisfy Any\nRequire ip 192.0.2.7"), 0);
    EXPECT_EQ(enter(denied + "Satisfy All\nRequire ip 192.0.2.7"), 403);
    EXPECT_EQ(enter("Allow from all\nSatisfy Any\nRequire all denied"), 0);
    EXPECT_EQ(enter("Allow from all\nRequire all denied"), 403);
}

TEST(AccessCompat, LimitsApplyPerMethod)
{
    const std::string rules = "<Limit POST>\nOrder allow,deny\nDeny from all\n</Limit>";
    EXPECT_EQ(enter(rules), 0);
    EXPECT_EQ(enter(rules, "192.0.2.7", http::Method::post), 403);
}

TEST(AccessCompat, RefusesAsApacheDoes)
{
    EXPECT_EQ(error_of("Order foo"), "unknown order");
    EXPECT_EQ(error_of("Satisfy maybe"), "Satisfy either 'any' or 'all'.");
    EXPECT_EQ(error_of("Allow foo bar"), "allow and deny must be followed by 'from'");
    EXPECT_EQ(error_of("Allow all"),
              "allow requires at least two arguments, 'from' followed by hostnames "
              "or IP-address wildcards");
    EXPECT_EQ(error_of("Deny from 1.2.3.4.5"), "The specified IP address is invalid.");
    EXPECT_EQ(error_of("Deny from 1.2.3.4/33"), "The specified network mask is invalid.");
    EXPECT_EQ(error_of("Deny from 1foo.com"), "");
}

TEST(ClientHost, DomainsMatchWholeLabels)
{
    EXPECT_TRUE(server::in_domain("example.org", "foo.Example.org"));
    EXPECT_TRUE(server::in_domain("example.org", "example.org"));
    EXPECT_TRUE(server::in_domain(".net", "a.net"));
    EXPECT_FALSE(server::in_domain("example.org", "fooexample.org"));
    EXPECT_FALSE(server::in_domain("example.org", ""));
    EXPECT_FALSE(server::in_domain("", "example.org"));
}

} // namespace
} // namespace signet::modules
