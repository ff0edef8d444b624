// mod_mime, and what mod_dir does without looking anything up.
#include "modules/mod_mime/types.h"
#include "unit/modules/site.h"

namespace signet::modules {
namespace {

using server::FileInfo, server::Phase;

void classify(Site& site, std::string_view name)
{
    EXPECT_EQ(site.error(), "");
    site.at("/f", name);
    site.request.file.type = FileInfo::Type::regular;
    site.run(Phase::type);
    site.run(Phase::fixup);
}

std::string type_of(const std::string& text, std::string_view name)
{
    Site site(text);
    classify(site, name);
    std::string type(site.response.content_type);
    if (!site.response.charset.empty()) type += "; charset=" + std::string(site.response.charset);
    return type;
}

TEST(Mime, BuiltInTypesServeWhenThereIsNoFile)
{
    EXPECT_EQ(type_of("", "/d/x.html"), "text/html");
    EXPECT_EQ(type_of("", "/d/X.SVG"), "image/svg+xml");
    EXPECT_EQ(type_of("", "/d/x.unknown"), "");
    EXPECT_EQ(Site("TypesConfig /nonexistent\n").warning(),
              "AH01597: could not open mime types config file /nonexistent.");
    EXPECT_EQ(Site("").warning(), "");
}

TEST(Mime, TheFirstPartOfANameIsNoExtension)
{
    EXPECT_EQ(type_of("", "/d/html"), "");
    EXPECT_EQ(type_of("", "/d/.png"), "");
    EXPECT_EQ(type_of("", "/d.html/x"), "");
    EXPECT_EQ(type_of("", "/d/txt.html"), "text/html");
}

TEST(Mime, LaterExtensionsWinAndOthersAddUp)
{
    Site site("AddLanguage en .en\nAddLanguage de de\nAddEncoding x-gzip .gz\nAddEncoding br br\n"
              "AddCharset UTF-8 .utf8\nAddHandler cgi-script .cgi\n");
    classify(site, "/d/x.cgi.EN.html.txt.de.utf8.gz.br");
    EXPECT_EQ(site.response.content_type, "text/plain");
    EXPECT_EQ(site.response.charset, "utf-8");
    EXPECT_EQ(site.response.content_languages, (std::vector<std::string_view>{"en", "de"}));
    EXPECT_EQ(site.response.content_encodings, (std::vector<std::string_view>{"x-gzip", "br"}));
    EXPECT_EQ(site.request.handler, "cgi-script");
    EXPECT_EQ(site.request.notes.find("ap-mime-exceptions-list"), "x.cgi");
}

TEST(Mime, CharsetsReplaceThoseOfTheType)
{
    EXPECT_EQ(type_of("AddType \"text/x; charset=a\" .x\nAddCharset b .b\n", "f.x.b"),
              "text/x; charset=b");
    EXPECT_EQ(type_of("AddType \"text/x; charset=a\" .x\n", "f.x"), "text/x; charset=a");
}

TEST(Mime, ARemovedTypeIsAnEmptyOneThatLaterLinesReplace)
{
    EXPECT_EQ(type_of("<Location />\nRemoveType .txt\n</Location>\n", "f.txt"), "");
    EXPECT_EQ(type_of("<Location />\nRemoveType .txt\nAddType a/b .txt\n</Location>\n", "f.txt"),
              "a/b");
    EXPECT_EQ(type_of("AddType a/b .foo\n<Location />\nRemoveType foo\n</Location>\n"
                      "<Location />\nAddType c/d .foo\n</Location>\n",
                      "f.foo"),
              "c/d");
}

TEST(Mime, DefaultsAndForcedTypes)
{
    Site site("DefaultLanguage fr\n");
    classify(site, "f.html");
    EXPECT_EQ(site.response.content_languages, (std::vector<std::string_view>{"fr"}));
    EXPECT_EQ(type_of("<Location />\nForceType text/forced\n</Location>\n", "f.html"),
              "text/forced");
    EXPECT_EQ(type_of("<Location />\nForceType None\n</Location>\n", "f.html"), "text/html");
    Site handler("AddHandler a .html\n<Location />\nSetHandler b\n</Location>\n");
    classify(handler, "f.html");
    EXPECT_EQ(handler.request.handler, "b");
}

TEST(Mime, MultiviewsMatchRefusesContradictions)
{
    EXPECT_EQ(Site("MultiviewsMatch foo\n").error(), "Unrecognized option 'foo'");
    EXPECT_EQ(Site("MultiviewsMatch Any Handlers\n").error(),
              "Handlers is incompatible with Any and NegotiatedOnly");
    EXPECT_EQ(Site("MultiviewsMatch Handlers Filters\n").error(), "");
}

TEST(Mime, TypeFilesHaveCommentsAndLaterLinesWin)
{
    mod_mime::Types types;
    types.add("# comment x\ntext/a  X y\n\napplication/none\ntext/b\ty");
    EXPECT_EQ(types.find("x"), "text/a");
    EXPECT_EQ(types.find("y"), "text/b");
    EXPECT_EQ(types.find("none"), "");
}

server::Outcome visit_directory(Site& site, std::string_view uri)
{
    site.at(uri, "/srv/d").request.file.type = FileInfo::Type::directory;
    return site.run(Phase::fixup);
}

TEST(Dir, DirectoriesGetTheirSlash)
{
    Site site("");
    site.request.query = "x=1";
    EXPECT_EQ(visit_directory(site, "/d e"), server::Outcome(301));
    EXPECT_EQ(site.header("Location"), "http://example.com/d%20e/?x=1");

    Site off("DirectorySlash Off\n");
    EXPECT_EQ(visit_directory(off, "/d"), server::Outcome::ok);

    Site careful("SetEnv redirect-carefully 1\n");
    careful.request.method = http::Method::post;
    EXPECT_EQ(visit_directory(careful, "/d"), server::Outcome::ok);
}

TEST(Dir, DisabledIndexesLookNothingUp)
{
    Site site("DirectoryIndex a b\n<Location />\nDirectoryIndex disabled\n</Location>\n");
    EXPECT_EQ(visit_directory(site, "/d/"), server::Outcome::ok);
}

TEST(Dir, RefusesAsApacheDoes)
{
    EXPECT_EQ(Site("DirectoryIndexRedirect foo\n").error(),
              "DirectoryIndexRedirect ON|OFF|permanent|temp|seeother|3xx");
    EXPECT_EQ(Site("DirectoryIndexRedirect 200\n").error(),
              "DirectoryIndexRedirect only accepts values between 300 and 399");
    EXPECT_EQ(Site("DirectoryIndexRedirect 308\n").error(), "");
}

} // namespace
} // namespace signet::modules
