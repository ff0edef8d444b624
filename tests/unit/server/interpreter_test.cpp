#include "http/method.h"
#include "server/interpreter.h"
#include "unit/server/site.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

const Notes* notes_of(const SectionConfig& config)
{
    return static_cast<const Notes*>(config.find(1));
}

// A .htaccess text interpreted under AllowOverride rules.
class Htaccess {
public:
    Htaccess(const std::string& text, uint8_t overrides,
             const std::vector<std::string>* override_list = nullptr)
        : section(site_.modules())
    {
        const Words::Place place{.level = Level::htaccess,
                                 .section = SectionKind::directory,
                                 .path = "/srv/",
                                 .overrides = overrides,
                                 .override_list = override_list};
        tree_ = config::read_text(text, "/srv/.htaccess", {}, diagnostics);
        Interpreter(*site_.configuration, diagnostics).interpret_htaccess(tree_, section, place);
    }
    [[nodiscard]] std::string error() const
    {
        return diagnostics.findings().empty() ? "" : diagnostics.findings().front().message;
    }

private:
    Site site_{"ServerName example.com\n"};
    config::Tree tree_;

public:
    config::Diagnostics diagnostics;
    Section section;
};

TEST(Interpreter, NamesAnUnknownDirectiveItsLineAndTheNearest)
{
    const Site site("ServerName example.com\n\nDocmentRoot /srv\n");
    EXPECT_FALSE(site.loaded());
    EXPECT_EQ(site.error(),
              "Invalid command 'DocmentRoot', perhaps misspelled or defined by a module not "
              "included in the server configuration (line 3)");
    const auto& finding = site.diagnostics.findings().front();
    EXPECT_EQ(finding.fix, "did you mean DocumentRoot?");
    EXPECT_EQ(finding.position.file->path, site.folder.path("httpd.conf"));
}

TEST(Interpreter, ReportsEveryErrorNotOnlyTheFirst)
{
    const Site site("ServerName example.com\nNonsense\nNote wrong\n<Directory>\n</Directory>\n");
    EXPECT_EQ(site.diagnostics.errors(), 3U);
    EXPECT_EQ(site.diagnostics.findings()[1].message, "no such note");
    EXPECT_EQ(site.diagnostics.findings()[1].position.line, 3U);
    EXPECT_EQ(site.diagnostics.findings()[1].fix, "Note right");
}

TEST(Interpreter, DirectiveNamesIgnoreCase)
{
    const Site site("servername example.com\nNOTE x\n<directory /a>\nnote y\n</DIRECTORY>\n");
    ASSERT_TRUE(site.loaded()) << site.error();
    EXPECT_EQ(noted(*site.main().base), "x");
    EXPECT_EQ(site.main().sections.directories.size(), 1U);
}

TEST(Interpreter, WrongNumbersOfWordsAreErrors)
{
    const Site site("ServerName\n");
    EXPECT_NE(site.error().find("(line 1)"), std::string::npos);
    EXPECT_FALSE(site.loaded());
}

TEST(Interpreter, DirectivesOutOfPlaceAreErrors)
{
    const Site site("ServerName example.com\n<Directory /a>\nListen 8080\n</Directory>\n");
    EXPECT_TRUE(site.error().starts_with("Listen not allowed")) << site.error();
    EXPECT_TRUE(site.error().ends_with("(line 3)")) << site.error();
}

TEST(Interpreter, VhostsDoNotNest)
{
    const Site nested("ServerName a.example\n<VirtualHost *:80>\n<VirtualHost *:81>\n"
                      "</VirtualHost>\n</VirtualHost>\n");
    EXPECT_TRUE(nested.error().starts_with("<VirtualHost> ")) << nested.error();
    EXPECT_TRUE(nested.error().ends_with("(line 3)")) << nested.error();
    const Site deeper("ServerName a.example\n<Directory /a>\n<VirtualHost *:81>\n"
                      "</VirtualHost>\n</Directory>\n");
    EXPECT_FALSE(deeper.loaded());
}

TEST(Interpreter, DirectoriesDoNotNestButFilesAndIfDo)
{
    const Site wrong("ServerName a.example\n<Directory /a>\n<Directory /b>\n</Directory>\n"
                     "</Directory>\n");
    EXPECT_FALSE(wrong.loaded());
    const Site right("ServerName a.example\n<Directory /a>\n<Files x>\n<If true>\nNote deep\n"
                     "</If>\n</Files>\n</Directory>\n");
    ASSERT_TRUE(right.loaded()) << right.error();
    const Section& directory = *right.main().sections.directories.at(0);
    ASSERT_EQ(directory.files.size(), 1U);
    ASSERT_EQ(directory.files[0]->conditions.size(), 1U);
    EXPECT_EQ(notes_of(directory.files[0]->conditions[0]->config)->words,
              std::vector<std::string>{"deep"});
    EXPECT_TRUE(right.main().sections.files.empty()) << "it belongs to the directory";
}

TEST(Interpreter, EverySectionHasANumberOfItsOwn)
{
    const Site site("ServerName a.example\n<Directory /a>\n<Files x>\n</Files>\n<If true>\n</If>\n"
                    "</Directory>\n<Location /a>\n</Location>\n");
    ASSERT_TRUE(site.loaded()) << site.error();
    const Section& directory = *site.main().sections.directories.at(0);
    const std::set<uint32_t> numbers{directory.number, directory.files.at(0)->number,
                                     directory.conditions.at(0)->number,
                                     site.main().sections.locations.at(0)->number};
    EXPECT_EQ(numbers.size(), 4U);
    EXPECT_EQ(numbers.count(0), 0U);
}

TEST(Interpreter, ModulesOwnSectionsOpenAndCloseAroundTheirContent)
{
    const Site site("ServerName a.example\nNote before\n<NoteBlock>\nNote inside\n</NoteBlock>\n");
    ASSERT_TRUE(site.loaded()) << site.error();
    EXPECT_EQ(noted(*site.main().base), "before ( inside )");
}

TEST(Interpreter, BadRegexesAndConditionsAreErrorsAtTheirLine)
{
    const Site regex("ServerName a.example\n<LocationMatch \"(((\">\n</LocationMatch>\n");
    EXPECT_EQ(regex.error(), "Regex could not be compiled (line 2)");
    const Site condition("ServerName a.example\n<If \"%{\">\n</If>\n");
    EXPECT_NE(condition.error().find("Cannot parse condition clause: "), std::string::npos);
}

TEST(Limit, TellsDirectivesTheirMethods)
{
    const Site site("ServerName a.example\n<Directory /a>\n<Limit GET POST>\nNote x\n</Limit>\n"
                    "</Directory>\n<Directory /b>\n<LimitExcept GET>\nNote y\n</LimitExcept>\n"
                    "</Directory>\n");
    ASSERT_TRUE(site.loaded()) << site.error();
    const auto get = http::method_bit(http::Method::get);
    const auto post = http::method_bit(http::Method::post);
    EXPECT_EQ(notes_of(site.main().sections.directories[0]->config)->limited_to, get | post);
    const auto except = notes_of(site.main().sections.directories[1]->config)->limited_to;
    EXPECT_EQ(except & get, 0U);
    EXPECT_NE(except & post, 0U);
}

TEST(Limit, RefusesTraceUnknownMethodsAndNone)
{
    auto error = [](const std::string& words) {
        return Site("ServerName a.example\n<Directory /a>\n<Limit" + words
                    + ">\n</Limit>\n</Directory>\n")
            .error();
    };
    EXPECT_EQ(error(" TRACE"), "TRACE cannot be controlled by <Limit>, see TraceEnable (line 3)");
    EXPECT_EQ(error(" BREW"), "unknown method \"BREW\" in <Limit> (line 3)");
    EXPECT_EQ(error(""), "<Limit> directive requires additional arguments (line 3)");
}

TEST(HtaccessText, AllowOverrideAdmitsByClass)
{
    const Htaccess admitted("Note x\n", config::override_file_info);
    EXPECT_EQ(admitted.error(), "");
    EXPECT_EQ(notes_of(admitted.section.config)->words, std::vector<std::string>{"x"});
    const Htaccess refused("Note x\n", config::override_indexes);
    EXPECT_EQ(refused.error(), "Note not allowed here");
    EXPECT_EQ(notes_of(refused.section.config), nullptr) << "and it has no effect";
}

TEST(HtaccessText, AllowOverrideListAdmitsByNameWhateverTheClass)
{
    const std::vector<std::string> listed{"nOTE"};
    EXPECT_EQ(Htaccess("Note x\n", config::override_none, &listed).error(), "");
    EXPECT_EQ(Htaccess("ErrorDocument 404 x\n", config::override_none, &listed).error(),
              "ErrorDocument not allowed here");
}

TEST(HtaccessText, ServerSectionsAreRefused)
{
    for (const char* text : {"<Directory /a>\nNote x\n</Directory>\n",
                             "<Location /a>\n</Location>\n", "<VirtualHost *>\n</VirtualHost>\n"}) {
        const Htaccess htaccess(text, config::override_all);
        EXPECT_TRUE(htaccess.diagnostics.has_errors()) << text;
    }
}

TEST(HtaccessText, FilesAndIfBelongToIt)
{
    const Htaccess htaccess("<Files x>\nNote f\n</Files>\n<If true>\nNote i\n</If>\n",
                            config::override_all);
    EXPECT_EQ(htaccess.error(), "");
    EXPECT_EQ(htaccess.section.files.size(), 1U);
    EXPECT_EQ(htaccess.section.conditions.size(), 1U);
}

} // namespace
} // namespace signet::server
