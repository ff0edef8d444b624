// mod_expires: codes, types, merging.
#include "unit/modules/site.h"

namespace signet::modules {
namespace {

// What a file of the type, changed 100 seconds before the request, gets as Cache-Control.
std::string age_of(const std::string& text, std::string_view type = "text/plain")
{
    Site site(text);
    EXPECT_EQ(site.error(), "");
    site.response.content_type = type;
    site.request.file.type = server::FileInfo::Type::regular;
    site.request.file.mtime_micros = site.request.start_micros - 100'000'000;
    site.run(server::Phase::response_head);
    return site.header("Cache-Control");
}

std::string code(const std::string& words)
{
    return age_of("ExpiresActive On\nExpiresDefault \"" + words + "\"\n");
}

TEST(Expires, CodesInWords)
{
    EXPECT_EQ(code("access plus 1 hour 30 minutes"), "max-age=5400");
    EXPECT_EQ(code("now 2 days"), "max-age=172800");
    EXPECT_EQ(code("modification plus 3 minutes"), "max-age=80");
    EXPECT_EQ(code("a p 1 y 1 mo 1 w"), "max-age=34732800");
    EXPECT_EQ(code("modification plus 1 second"), "max-age=0") << "never in the past";
}

TEST(Expires, ShortCodes)
{
    EXPECT_EQ(code("A3600"), "max-age=3600");
    EXPECT_EQ(code("M160"), "max-age=60");
    EXPECT_EQ(code("A-5"), "max-age=0");
}

TEST(Expires, CapitalLettersMakeItAShortCode)
{
    Site site("ExpiresActive On\nExpiresDefault \"Access plus 1 month\"\n");
    EXPECT_NE(site.warning(), "");
    EXPECT_EQ(code("Access plus 1 month"), "max-age=0");
}

TEST(Expires, TypeBeatsStarBeatsDefault)
{
    const std::string text = "ExpiresActive On\nExpiresDefault A1\nExpiresByType image/* A2\n"
                             "ExpiresByType image/png A3\n";
    EXPECT_EQ(age_of(text, "image/png; x=y"), "max-age=3");
    EXPECT_EQ(age_of(text, "IMAGE/gif"), "max-age=2");
    EXPECT_EQ(age_of(text, "text/html"), "max-age=1");
    EXPECT_EQ(age_of(text, ""), "max-age=1");
}

TEST(Expires, StarsOfOuterSectionsCountOnlyWhereThereIsAStar)
{
    const std::string outer = "ExpiresActive On\nExpiresByType image/* A2\n";
    EXPECT_EQ(age_of(outer + "<Location />\nExpiresByType text/css A1\n</Location>\n", "image/png"),
              "");
    EXPECT_EQ(age_of(outer + "<Location />\nExpiresByType text/* A1\n</Location>\n", "image/png"),
              "max-age=2");
}

TEST(Expires, LeavesErrorsAndFinishedAnswersAlone)
{
    Site site("ExpiresActive On\nExpiresDefault A1\n");
    site.response.status = 404;
    site.run(server::Phase::response_head);
    EXPECT_EQ(site.header("Expires"), "");
    site.response.status = 200;
    site.response.headers.add("Expires", "0");
    site.run(server::Phase::response_head);
    EXPECT_EQ(site.header("Cache-Control"), "");
}

TEST(Expires, JoinsWhatCacheControlSaysAlready)
{
    Site site("ExpiresActive On\nExpiresDefault A1\n");
    site.response.headers.add("Cache-Control", "public");
    site.run(server::Phase::response_head);
    EXPECT_EQ(site.header("Cache-Control"), "public, max-age=1");
}

TEST(Expires, OffInnerAndBrokenCodes)
{
    EXPECT_EQ(age_of("ExpiresActive On\nExpiresDefault A1\n<Location />\nExpiresActive "
                     "Off\n</Location>\n"),
              "");
    EXPECT_NE(Site("ExpiresDefault \"access 1\"\n").error(), "");
    EXPECT_NE(Site("ExpiresByType html A1\n").error(), "");
}

} // namespace
} // namespace signet::modules
