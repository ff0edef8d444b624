#include "unit/modules/site.h"

namespace signet::modules {
namespace {

using server::Outcome, server::Phase;

std::string file_of(const std::string& text, std::string_view uri)
{
    Site site(text);
    EXPECT_EQ(site.error(), "");
    site.at(uri);
    return site.run(Phase::translate) == Outcome::ok ? std::string(site.request.filename) : "?";
}

// "302 http://…", or the status alone.
std::string redirect_of(const std::string& text, std::string_view uri,
                        std::optional<std::string_view> query = {}, Phase phase = Phase::translate)
{
    Site site(text);
    EXPECT_EQ(site.error(), "");
    site.at(uri).request.query = query;
    const auto outcome = site.run(phase);
    if (!outcome.is_status()) return "-";
    const auto location = site.header("Location");
    return std::to_string(outcome.status()) + (location.empty() ? "" : " " + location);
}

TEST(Alias, CoversWholeSegmentsAndAnyNumberOfSlashes)
{
    const std::string text = "Alias /a/b /x\nAlias /s/ /y/\n";
    EXPECT_EQ(file_of(text, "/a/b/c"), "/x/c");
    EXPECT_EQ(file_of(text, "/a/b"), "/x");
    EXPECT_EQ(file_of(text, "/a//b/c"), "/x/c");
    EXPECT_EQ(file_of(text, "/a/bc"), "");
    EXPECT_EQ(file_of(text, "/s/t"), "/y/t");
    EXPECT_EQ(file_of(text, "/s"), "");
}

TEST(Alias, RelativeTargetsAreBelowTheServerRoot)
{
    EXPECT_EQ(file_of("Alias /a htdocs\n", "/a/b"), "/srv/htdocs/b");
    EXPECT_EQ(file_of("AliasMatch ^/u/([a-z]+)/(.*)$ home/$1/$2\n", "/u/ann/f"), "/srv/home/ann/f");
}

TEST(Alias, ScriptsGetTheirHandler)
{
    Site site("ScriptAlias /cgi /usr/lib/cgi-bin\n");
    site.at("/cgi/run");
    site.run(Phase::translate);
    EXPECT_EQ(site.request.handler, "cgi-script");
    EXPECT_EQ(site.request.notes.find("alias-forced-type"), "cgi-script");
}

TEST(Alias, InLocationTheTargetIsAnExpression)
{
    EXPECT_EQ(file_of("<Location /l>\nAlias /x%{REQUEST_URI}\n</Location>\n", "/l/a"), "/x/l/a");
    EXPECT_EQ(file_of("<Location /l>\nAlias /x\n</Location>\n", "/l/a"), "/x");
    EXPECT_EQ(file_of("<Location /l>\nAliasPreservePath on\nAlias /x\n</Location>\n", "/l/a"),
              "/x/a");
}

TEST(Alias, WarnsWhenAnEarlierOneHidesIt)
{
    EXPECT_EQ(
        Site("Alias /a /b\nAlias /a/c /d\n").warning(),
        "AH00671: The Alias directive in test.conf at line 2 will probably never match because it "
        "overlaps an earlier Alias.");
    EXPECT_EQ(Site("Alias /a/c /d\nAlias /a /b\n").warning(), "");
}

TEST(Redirect, AppendsTheRestEscapedAndTheQueryUnlessThereIsOne)
{
    const std::string text =
        "Redirect /old http://e.com/new?a\nRedirect 303 /oldq http://e.com/new\n";
    EXPECT_EQ(redirect_of(text, "/old/x y?z", "q=1"), "302 http://e.com/new?a/x%20y%3fz");
    EXPECT_EQ(redirect_of(text, "/oldq/x", "q=1"), "303 http://e.com/new/x?q=1");
    EXPECT_EQ(redirect_of(text, "/oldfoo"), "-");
}

TEST(Redirect, PathsBecomeAbsoluteUnlessRelativeIsAllowed)
{
    EXPECT_EQ(redirect_of("Redirect permanent /a /b\n", "/a/c"), "301 http://example.com/b/c");
    EXPECT_EQ(redirect_of("RedirectRelative on\nRedirect /a /b\n", "/a/c"), "302 /b/c");
}

TEST(Redirect, PatternsEscapeThePathButNotQueryAndFragment)
{
    EXPECT_EQ(
        redirect_of("RedirectMatch ^/rmx/(.*) http://e.com/$1/x%20y?foo=$1#fr\n", "/rmx/a b", "z"),
        "302 http://e.com/a%20b/x%2520y?foo=a b#fr");
    EXPECT_EQ(redirect_of("RedirectMatch ^/nu foo\n", "/nu"), "500");
    EXPECT_EQ(redirect_of("RedirectMatch gone \\.bak$\n", "/x.bak"), "410");
}

TEST(Redirect, StatusesWithoutUrl)
{
    EXPECT_EQ(redirect_of("Redirect gone /g\n", "/g/x"), "410");
    EXPECT_EQ(redirect_of("Redirect 404 /g\n", "/g/x"), "404");
}

TEST(Redirect, InSectionsActsInFixup)
{
    EXPECT_EQ(redirect_of("<Location /x>\nRedirect /x http://e.com/y\n</Location>\n", "/x/1"), "-");
    EXPECT_EQ(redirect_of("<Location /x>\nRedirect /x http://e.com/y\n</Location>\n", "/x/1", {},
                          Phase::fixup),
              "302 http://e.com/y/1");
    EXPECT_EQ(redirect_of(
                  "<Location /x>\nRedirect 307 \"http://e.com%{REQUEST_URI}?x=a b\"\n</Location>\n",
                  "/x/1"),
              "307 http://e.com/x/1?x=a b");
    EXPECT_EQ(redirect_of("<Location /x>\nRedirect gone\n</Location>\n", "/x/1"), "410");
}

TEST(Redirect, ComesBeforeAlias)
{
    EXPECT_EQ(redirect_of("Alias /a /x\nRedirect /a http://e.com/\n", "/a"), "302 http://e.com/");
}

TEST(Redirect, RefusesAsApacheDoes)
{
    EXPECT_EQ(Site("Redirect /a\n").error(), "URL to redirect to is missing");
    EXPECT_EQ(Site("Redirect 301 /a\n").error(), "URL to redirect to is missing");
    EXPECT_EQ(Site("Redirect foo /a http://x/\n").error(),
              "Redirect: invalid first argument (of three)");
    EXPECT_EQ(Site("Redirect /a foo\n").error(), "Redirect to non-URL");
    EXPECT_EQ(Site("Redirect gone /a http://x\n").error(),
              "Redirect URL not valid for this status");
    EXPECT_EQ(Site("RedirectMatch ( http://x\n").error(),
              "Regular expression could not be compiled.");
    EXPECT_EQ(Site("Alias /a\n").error(), "Alias must have two arguments when used globally");
    EXPECT_EQ(Site("<Location /x>\nAlias /a /b\n</Location>\n").error(),
              "Alias cannot occur within directory context");
    EXPECT_EQ(Site("<Directory /x>\nAlias /b\n</Directory>\n").error(),
              "Alias cannot occur within <Directory> section");
}

} // namespace
} // namespace signet::modules
