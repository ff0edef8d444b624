#include "modules/mod_headers/edit.h"
#include "unit/modules/site.h"

namespace signet::modules {
namespace {

using server::Phase;

TEST(Headers, ActionsRunInTheOrderWritten)
{
    Site site("Header set Multi a\nHeader add Multi b\nHeader edit Multi ^ z\n"
              "Header edit* Multi z yy\nHeader merge Multi \"yya, q\"\nHeader append Multi b\n"
              "Header setifempty Multi n\nHeader setifempty Multi2 n\n"
              "Header set Gone x\nHeader unset Gone:\n");
    EXPECT_EQ(site.error(), "");
    site.run(Phase::response_head);
    EXPECT_EQ(site.header("Multi"), "yya, yya, q, b|yyb");
    EXPECT_EQ(site.header("Multi2"), "n");
    EXPECT_EQ(site.header("Gone"), "");
}

TEST(Headers, ErrorPagesGetOnlyWhatIsAlwaysSet)
{
    Site site("Header set X-On success\nHeader always set X-Always yes\n");
    site.response.is_error_page = true;
    site.run(Phase::response_head);
    EXPECT_EQ(site.header("X-On"), "");
    EXPECT_EQ(site.response.always_headers.find("X-Always"), "yes");
    site.response.status = 304;
    site.run(Phase::response_head);
    EXPECT_EQ(site.header("X-On"), "success");
}

TEST(Headers, ValuesInsertVariablesAndKeepPercentSigns)
{
    Site site("Header set A \"%t %{X}e %{NOPE}e 100%% 50%\"\nHeader set B expr=%{REQUEST_URI}\n");
    site.at("/u").request.env.set("X", "x");
    site.run(Phase::response_head);
    EXPECT_EQ(site.header("A"), "t=1700000000000000 x (null) 100% 50%");
    EXPECT_EQ(site.header("B"), "/u");
}

TEST(Headers, ConditionsAskTheEnvironmentOrAnExpression)
{
    Site site("Header set A 1 env=yes\nHeader set B 1 env=!yes\n"
              "Header set C 1 \"expr=%{REQUEST_URI} == '/u'\"\n"
              "Header set D 1 \"expr=%{REQUEST_URI} == '/v'\"\n");
    site.at("/u").request.env.set("yes", "");
    site.run(Phase::response_head);
    EXPECT_EQ(site.header("A") + site.header("B") + site.header("C") + site.header("D"), "11");
    EXPECT_EQ(site.header("B"), "");
    EXPECT_EQ(site.header("D"), "");
}

TEST(Headers, ContentTypeIsTheResponsesOwn)
{
    Site site("Header edit Content-Type plain planar\n");
    site.response.content_type = "text/plain";
    site.response.charset = "utf-8";
    site.run(Phase::response_head);
    EXPECT_EQ(site.response.content_type, "text/planar; charset=utf-8");
    EXPECT_EQ(site.response.charset, "");
    EXPECT_EQ(site.header("Content-Type"), "");

    Site unset("Header unset Content-Type\n");
    unset.response.content_type = "text/plain";
    unset.run(Phase::response_head);
    EXPECT_EQ(unset.response.content_type, "");
}

TEST(Headers, EarlyChangesComeBeforeEverything)
{
    Site site("RequestHeader set Proxy none early\nRequestHeader append Late x\n");
    site.request.headers.add("Proxy", "evil");
    site.run(Phase::post_read);
    EXPECT_EQ(site.request.headers.find("Proxy"), "none");
    EXPECT_FALSE(site.request.headers.has("Late"));
    site.run(Phase::fixup);
    EXPECT_EQ(site.request.headers.find("Late"), "x");
}

TEST(Headers, EchoAndNote)
{
    Site site("Header echo ^TS\nHeader set A v\nHeader note A kept\n");
    site.request.headers.add("TS-1", "5");
    site.request.headers.add("ts-2", "6");
    site.run(Phase::response_head);
    EXPECT_EQ(site.header("TS-1"), "5");
    EXPECT_EQ(site.header("TS-2"), "");
    EXPECT_EQ(site.request.notes.find("kept"), "v");
}

TEST(Headers, EditingAnEmptyMatchEverywhereEnds)
{
    Site site("Header set A abc\nHeader edit* A x* -\n");
    site.run(Phase::response_head);
    EXPECT_EQ(site.header("A"), "-a-b-c-");
}

TEST(Headers, RefusesAsApacheDoes)
{
    const std::string first =
        "first argument must be 'add', 'set', 'setifempty', 'append', 'merge', "
        "'unset', 'echo', 'note', 'edit', or 'edit*'.";
    EXPECT_EQ(Site("Header\n").error(), first);
    EXPECT_EQ(Site("Header always\n").error(), first);
    EXPECT_EQ(Site("Header foo bar baz\n").error(), first);
    EXPECT_EQ(Site("Header set a\n").error(), "Header requires three arguments");
    EXPECT_EQ(Site("Header set a b c\n").error(), "Unknown parameter: c");
    EXPECT_EQ(Site("Header set a b env=c d\n").error(), "Too many arguments to directive");
    EXPECT_EQ(
        Site("Header set a b env=\n").error(),
        "error: missing environment variable name. envclause should be in the form env=envar ");
    EXPECT_EQ(Site("Header set a %q\n").error(), "Unrecognized header format %q");
    EXPECT_EQ(Site("Header set a %{foo\n").error(), "Unrecognized header format %");
    EXPECT_EQ(Site("Header edit a ( b\n").error(), "Header edit regex could not be compiled");
    EXPECT_EQ(Site("Header edit a b\n").error(), "Header edit requires a match and a substitution");
    EXPECT_EQ(Site("Header unset a b c\n").error(), "header unset takes two arguments");
    EXPECT_EQ(Site("RequestHeader echo a\n").error(),
              "Header echo only valid on Header directives");
    EXPECT_EQ(Site("RequestHeader note a b\n").error(),
              "RequestHeader does not support the 'note' action");
}

TEST(Headers, ListElementsAreFoundOutsideOfQuotes)
{
    EXPECT_TRUE(mod_headers::has_element("a, b ,c", "b"));
    EXPECT_FALSE(mod_headers::has_element("a, \"x, b, y\"", "b"));
    EXPECT_FALSE(mod_headers::has_element("ab", "b"));
    EXPECT_FALSE(mod_headers::has_element("", "b"));
}

} // namespace
} // namespace signet::modules
