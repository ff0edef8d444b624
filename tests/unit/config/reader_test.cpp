// Reading whole configurations. Where a message is expected, Apache 2.4.71 says the same.
#include "config/reader.h"

#include "base/file.h"
#include "base/text.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace signet::config {
namespace {

namespace fs = std::filesystem;

// A ServerRoot of its own with the files a test writes.
class Reader : public testing::Test {
protected:
    Reader()
    {
        std::string name = (fs::temp_directory_path() / "signet-reader-XXXXXX").string();
        root = mkdtemp(name.data());
        options.server_root = root;
        options.has_module = [](std::string_view module) {
            return module == "mod_so.c" || module == "so_module";
        };
    }
    ~Reader() override { fs::remove_all(root); }

    void write(const std::string& path, std::string_view text) const
    {
        const fs::path full = fs::path(root) / path;
        fs::create_directories(full.parent_path());
        std::ofstream(full, std::ios::binary) << text;
    }

    // The directives in order, sections with their content in braces: "ServerName a; Directory
    // /x{…}".
    static std::string text_of(const std::vector<Node>& nodes)
    {
        std::string out;
        for (const auto& node : nodes) {
            if (!out.empty()) out += "; ";
            out += node.name;
            for (const auto& word : node.words) out += " " + word.text;
            if (node.is_section) out += "{" + text_of(node.children) + "}";
        }
        return out;
    }

    std::string read(std::string_view text)
    {
        write("httpd.conf", text);
        diagnostics = {};
        auto result = read_configuration(root + "/httpd.conf", options, diagnostics);
        EXPECT_TRUE(result);
        reading = std::move(*result);
        return text_of(reading.tree.nodes);
    }

    // "3: message" for every error, with this test's folder as @.
    std::vector<std::string> errors(std::string_view text)
    {
        read(text);
        std::vector<std::string> out;
        for (const auto& finding : diagnostics.findings()) {
            if (finding.severity > diagnosis::Severity::error) continue;
            std::string message = std::to_string(finding.position.line) + ": " + finding.message;
            for (size_t at; (at = message.find(root)) != std::string::npos;)
                message.replace(at, root.size(), "@");
            out.push_back(message);
        }
        return out;
    }

    std::vector<std::string> warnings(std::string_view text)
    {
        read(text);
        std::vector<std::string> out;
        for (const auto& finding : diagnostics.findings()) {
            if (finding.severity == diagnosis::Severity::warn) out.push_back(finding.message);
        }
        return out;
    }

    std::string root;
    ReaderOptions options;
    Diagnostics diagnostics;
    Reading reading;
};

using Texts = std::vector<std::string>;

TEST_F(Reader, SectionsNest)
{
    EXPECT_EQ(read("<VirtualHost *:80>\n<Directory \"/a b\">\nOptions "
                   "None\n</directory>\n</VirtualHost>\nTimeout 5"),
              "VirtualHost *:80{Directory /a b{Options None}}; Timeout 5");
    EXPECT_FALSE(diagnostics.has_errors());
}

TEST_F(Reader, NodesKnowWhereTheyStand)
{
    read("\n  ServerName   \"www\" \n");
    const Node& node = reading.tree.nodes.at(0);
    EXPECT_EQ(node.position.text(), root + "/httpd.conf:2:3");
    EXPECT_EQ(node.words.at(0).column, 16u);
    EXPECT_TRUE(node.words.at(0).quoted);
    EXPECT_EQ(node.arguments, "\"www\"");
}

TEST_F(Reader, ColumnsOutliveVariables)
{
    read("Define ROOT /srv/a/very/long/path\nAlias ${ROOT} b");
    EXPECT_EQ(reading.tree.nodes.at(0).words.at(0).column, 7u);
    EXPECT_EQ(reading.tree.nodes.at(0).words.at(1).column, 15u);
}

TEST_F(Reader, LastBracketEndsATag)
{
    EXPECT_EQ(read("<If \"1 > 0\">\n</If>"), "If 1 > 0{}");
}

TEST_F(Reader, WrongTagsAreReportedInApachesWords)
{
    EXPECT_EQ(errors("</Directory>"),
              (Texts{"1: </Directory> without matching <Directory> section"}));
    EXPECT_EQ(errors("</Directory"), (Texts{"1: </Directory without matching <Directory section"}));
    EXPECT_EQ(errors("<Directory /x>\n</Files>\n</Directory>"),
              (Texts{"2: Expected </Directory> but saw </Files>"}));
    EXPECT_EQ(errors("<Directory /x\n</Directory>"),
              (Texts{"1: <Directory> directive missing closing '>'"}));
    EXPECT_EQ(errors("<Directory /x>\n</Directory >"),
              (Texts{"2: </Directory> directive missing closing '>'"}));
    EXPECT_EQ(errors("\n<Directory /x>"),
              (Texts{"2: @/httpd.conf:2: <Directory> was not closed."}));
}

TEST_F(Reader, OneMissingTagGivesOneError)
{
    EXPECT_EQ(errors("<VirtualHost *>\n<Directory /x>\n</VirtualHost>\nTimeout 5\n"),
              (Texts{"3: Expected </Directory> but saw </VirtualHost>"}));
    EXPECT_EQ(text_of(reading.tree.nodes), "VirtualHost *{Directory /x{}}; Timeout 5");
}

TEST_F(Reader, AllErrorsAreReported)
{
    EXPECT_EQ(errors("</A>\nError one\nInclude nope.conf\nDefine\n").size(), 4u);
}

TEST_F(Reader, ErrorDirectiveSaysItsText)
{
    EXPECT_EQ(errors("Error \"quoted text\"\nError 'a' b 'c'\nError\nError a # b"),
              (Texts{"1: quoted text", "2: a' b 'c",
                     "3: The Error directive was used with no message.", "4: a # b"}));
}

TEST_F(Reader, VariablesSplitIntoWordsAndIgnoreCase)
{
    EXPECT_EQ(read("Define Name \"a b\"\nServerAlias ${NAME} \"${name}\""), "ServerAlias a b a b");
}

TEST_F(Reader, VariablesAreNotExpandedTwice)
{
    EXPECT_EQ(read("Define B x\nDefine A \"${u}{B}\"\nServerName ${A}"), "ServerName ${u}{B}");
}

TEST_F(Reader, EnvironmentIsAskedAfterDefine)
{
    setenv("SIGNET_TEST_VARIABLE", "env", 1);
    EXPECT_EQ(read("ServerName ${SIGNET_TEST_VARIABLE}"), "ServerName env");
    EXPECT_EQ(read("Define SIGNET_TEST_VARIABLE def\nServerName ${SIGNET_TEST_VARIABLE}"),
              "ServerName def");
    EXPECT_EQ(read("Define X a\nUnDefine X\nServerName ${SIGNET_TEST_VARIABLE}"), "ServerName env");
}

TEST_F(Reader, UnknownVariableStaysWithAWarning)
{
    EXPECT_EQ(warnings("ServerName ${nope}\nRewriteRule a ${map:key}\nServerName ${open"),
              (Texts{"Config variable ${nope} is not defined"}));
    EXPECT_EQ(text_of(reading.tree.nodes),
              "ServerName ${nope}; RewriteRule a ${map:key}; ServerName ${open");
}

TEST_F(Reader, DoublingVariableIsStopped)
{
    std::string text = "Define A 0123456789\n";
    for (int i = 0; i < 40; ++i) text += "Define A ${A}${A}\n";
    EXPECT_FALSE(errors(text).empty());
}

TEST_F(Reader, DefineRefusesColons)
{
    EXPECT_EQ(
        errors("Define a:b c\nUnDefine a:b"),
        (Texts{"1: Variable name must not contain ':'", "2: Variable name must not contain ':'"}));
}

TEST_F(Reader, ConditionsHoldAsInApache)
{
    options.defines = {"TLS"};
    write("there.conf", "");
    for (const auto* yes :
         {"IfModule mod_so.c", "IfModule so_module", "IfModule \"mod_so.c\"",
          "IfModule !mod_nope.c", "IfModule ! mod_nope.c", "IfDefine TLS", "IfDefine !FOO",
          "IfFile there.conf", "IfFile !nope", "IfDirective ServerName", "IfDirective <Directory",
          "IfSection Directory", "IfVersion 2.4.71", "IfVersion >= 2.4", "IfVersion > 2",
          "IfVersion !>= 2.4.72", "IfVersion = /^2.4/", "IfVersion ~ ^2.4",
          "ifversion == 2.4.71"}) {
        const std::string name(split_words(yes)[0]);
        EXPECT_EQ(read("<" + std::string(yes) + ">\nTimeout 1\n</" + name + ">"), "Timeout 1")
            << yes;
        EXPECT_FALSE(diagnostics.has_errors()) << yes;
    }
    for (const auto* no :
         {"IfModule mod_ssl.c", "IfModule !mod_so.c", "IfDefine tls", "IfFile nope",
          "IfDirective Directory", "IfDirective Nope", "IfSection ServerName", "IfVersion 2.4",
          "IfVersion = 2", "IfVersion <= 2.4", "IfVersion !> 2.4", "IfVersion < 2.4.71",
          "IfVersion ~ /^2.4/", "IfVersion 2.4 "}) {
        const std::string name(split_words(no)[0]);
        EXPECT_EQ(read("<" + std::string(no) + ">\nTimeout 1\n</" + name + ">\nTimeout 2"),
                  "Timeout 2")
            << no;
        EXPECT_FALSE(diagnostics.has_errors()) << no;
    }
}

TEST_F(Reader, WrongConditionsAreReportedInApachesWords)
{
    const std::string invalid_version =
        "1: Version appears to be invalid. It must have the format "
        "major[.minor[.patch]] where major, minor and patch are numbers.";
    EXPECT_EQ(errors("<IfModule mod_so.c\n</IfModule>"),
              (Texts{"1: <IfModule> directive missing closing '>'"}));
    EXPECT_EQ(errors("<IfModule>\n</IfModule>"),
              (Texts{"1: <IfModule> directive requires additional arguments"}));
    EXPECT_EQ(errors("<IfModule !>\n</IfModule>"),
              (Texts{"1: <IfModule> directive requires additional arguments"}));
    EXPECT_EQ(errors("<IfVersion>\n</IfVersion>"), (Texts{invalid_version}));
    EXPECT_EQ(errors("<IfVersion 2.x>\n</IfVersion>"), (Texts{invalid_version}));
    EXPECT_EQ(errors("<IfVersion 2.4.71.1>\n</IfVersion>"), (Texts{invalid_version}));
    EXPECT_EQ(errors("<IfVersion ! 2.4>\n</IfVersion>"), (Texts{"1: unrecognized operator '!'"}));
    EXPECT_EQ(errors("<IfVersion = /^2>\n</IfVersion>"),
              (Texts{"1: Missing delimiting / of regular expression."}));
    EXPECT_EQ(errors("<IfVersion ~ (>\n</IfVersion>"),
              (Texts{"1: Unable to compile regular expression"}));
    EXPECT_EQ(errors("<IfVersion >= 2.4 x>\n</IfVersion>"),
              (Texts{"1: <IfVersion> directive missing closing '>'"}));
    EXPECT_EQ(errors("<IfDefine X>\n"),
              (Texts{"1: Expected </IfDefine> before end of configuration"}));
}

TEST_F(Reader, SectionMayNotCrossTheEndOfACondition)
{
    EXPECT_EQ(errors("<IfModule mod_so.c>\n<Directory /x>\n</IfModule>\n"),
              (Texts{"3: Expected </Directory> but saw </IfModule>"}));
    EXPECT_EQ(errors("<Directory /x>\n<IfModule mod_so.c>\n</Directory>\n"),
              (Texts{"3: </Directory> without matching <Directory> section"}));
    EXPECT_EQ(errors("<IfModule mod_ssl.c>\n</Directory>\n</IfModule>"),
              (Texts{"2: Expected </IfModule> but saw </Directory>"}));
}

TEST_F(Reader, SkippedBlocksMayContainAnything)
{
    EXPECT_EQ(read("<IfDefine X>\nFoo <bar\n<x y\n</x>\nError no\n${nope}\n<IfModule "
                   "mod_so.c>\n</IfModule>\n"
                   "</IfDefine> trailing\nTimeout 1"),
              "Timeout 1");
    EXPECT_TRUE(diagnostics.findings().empty());
}

TEST_F(Reader, ConditionsNestInsideOfSections)
{
    EXPECT_EQ(read("<Directory /x>\n<IfModule mod_so.c>\n<IfDefine !X>\nOptions None\n</IfDefine>\n"
                   "<Files a>\nRequire all denied\n</Files>\n</IfModule>\n</Directory>"),
              "Directory /x{Options None; Files a{Require all denied}}");
}

TEST_F(Reader, IncludesAreSortedAndRelativeToServerRoot)
{
    write("inc/b.conf", "ServerAlias b");
    write("inc/a.conf", "ServerAlias a");
    write("inc/.hidden", "ServerAlias hidden");
    write("inc/sub/c.conf", "ServerAlias c");
    EXPECT_EQ(read("Include inc/*.conf"), "ServerAlias a; ServerAlias b");
    EXPECT_EQ(read("Include inc/*"), "ServerAlias a; ServerAlias b; ServerAlias c");
    EXPECT_EQ(read("Include inc"),
              "ServerAlias hidden; ServerAlias a; ServerAlias b; ServerAlias c");
    EXPECT_EQ(read("Include i?c/*/[cd].conf"), "ServerAlias c");
    EXPECT_EQ(read("<Directory /x>\nInclude " + root + "/inc/a.conf\n</Directory>"),
              "Directory /x{ServerAlias a}");
    EXPECT_EQ(reading.files, (Texts{root + "/httpd.conf", root + "/inc/a.conf"}));
}

TEST_F(Reader, MissingIncludesAreErrorsUnlessOptional)
{
    fs::create_directories(root + "/empty");
    EXPECT_EQ(
        errors("Include nope.conf"),
        (Texts{"1: Could not open configuration file @/nope.conf: No such file or directory"}));
    EXPECT_EQ(errors("Include empty/*.conf"),
              (Texts{"1: Include/IncludeOptional: No matches for the wildcard '*.conf' in "
                     "'@/empty', failing"}));
    EXPECT_EQ(
        errors("Include no*/x.conf"),
        (Texts{"1: Include/IncludeOptional: No matches for the wildcard 'no*' in '@', failing"}));
    EXPECT_EQ(errors("IncludeOptional nope.conf\nIncludeOptional empty/*.conf\nIncludeOptional "
                     "no*/x\nInclude empty\n"
                     "Include /dev/null"),
              Texts{});
    EXPECT_EQ(errors("Include /dev/zero"),
              (Texts{"1: Could not open configuration file /dev/zero: not a regular file"}));
    EXPECT_TRUE(errors("Include").at(0).starts_with("1: Include takes one argument"));
}

TEST_F(Reader, RecursionOfIncludesIsStopped)
{
    write("self.conf", "Include self.conf\nInclude self.conf\n");
    EXPECT_EQ(
        errors("Include self.conf"),
        (Texts{"1: Exceeded maximum include depth of 100, There appears to be a recursion."}));
}

TEST_F(Reader, SectionsEndInTheFileTheyBeganIn)
{
    write("open.conf", "<Directory /x>");
    write("close.conf", "</Directory>");
    EXPECT_EQ(errors("Include open.conf"),
              (Texts{"1: @/open.conf:1: <Directory> was not closed."}));
    EXPECT_EQ(errors("<Directory /x>\nInclude close.conf\n</Directory>"),
              (Texts{"1: </Directory> without matching <Directory> section"}));
}

TEST_F(Reader, ServerRootMovesLaterIncludes)
{
    write("other/a.conf", "ServerAlias other");
    EXPECT_EQ(read("ServerRoot " + root + "/other/\nInclude a.conf"),
              "ServerRoot " + root + "/other/; ServerAlias other");
    EXPECT_EQ(reading.server_root, root + "/other");
    EXPECT_EQ(errors("ServerRoot /nope"), (Texts{"1: ServerRoot must be a valid directory"}));
}

TEST_F(Reader, CommandLineTextSurroundsTheFile)
{
    options.before = {"Define X 1", "Timeout ${X}"};
    options.after = {"<Directory /x>", "Options None", "</Directory>"};
    EXPECT_EQ(read("ServerName a"), "Timeout 1; ServerName a; Directory /x{Options None}");
    EXPECT_EQ(reading.tree.nodes[0].position.text(), "-c/-C directives:2:1");
}

TEST_F(Reader, MissingMainFileFails)
{
    EXPECT_FALSE(read_configuration(root + "/nope.conf", options, diagnostics));
}

TEST_F(Reader, MacroStandsForItsLines)
{
    EXPECT_EQ(read("<Macro Site $x $(y) @z>\n# $x\nServerName $x.$(y)\nServerAdmin @z\n</Macro>\n"
                   "Use SITE a b 'c \"d'\nUse site $(y) @z e"),
              "ServerName a.b; ServerAdmin c \"d; ServerName $(y).@z; ServerAdmin e");
}

TEST_F(Reader, MacroTakesTheLongestParameterOfAPlace)
{
    EXPECT_EQ(read("<Macro M $x $xy>\nServerName $xyz$x\n</Macro>\nUse M 1 2"), "ServerName 2z1");
}

TEST_F(Reader, MacroMayOpenWhatIsClosedBehindIt)
{
    EXPECT_EQ(read("<Macro Open $d>\n<Directory $d>\n</Macro>\nUse Open /x\nOptions None\n"
                   "</Directory>"),
              "Directory /x{Options None}");
}

TEST_F(Reader, MacroLinesNameDefinitionAndUse)
{
    (void)read("\n<Macro Inner $y>\nServerName $y\n</Macro>\n<Macro Outer>\n# no line\n\n"
               "Use Inner b\n</Macro>\nUse Outer");
    const std::string file = root + "/httpd.conf";
    const std::string outer =
        "macro 'outer' (defined on line 5 of \"" + file + "\") used on line 10 of \"" + file + "\"";
    EXPECT_EQ(reading.tree.nodes[0].position.text(), "macro 'inner' (defined on line 2 of \"" + file
                                                         + "\") used on line 2 of \"" + outer
                                                         + "\":1:1");
}

TEST_F(Reader, MacroMistakesAreToldInApachesWords)
{
    EXPECT_EQ(errors("Use A"), (Texts{"1: no macro defined before Use"}));
    EXPECT_EQ(errors("<Macro>\n</Macro>"), (Texts{"1: <Macro macro definition: empty name"}));
    EXPECT_EQ(errors("<Macro A\nFoo\n</Macro>"),
              (Texts{"1: <Macro> directive missing closing '>'"}));
    EXPECT_EQ(errors("<Macro A>\nFoo\n</Macro>\nUse B\nUndefMacro C\nUndefMacro A\nUse A"),
              (Texts{"4: macro 'b' undefined", "5: cannot remove undefined macro 'c'",
                     "7: macro 'a' undefined"}));
    const auto recursive = errors("<Macro A>\nUse B\n</Macro>\n<Macro B>\nUse a\n</Macro>\nUse A");
    EXPECT_EQ(recursive, (Texts{"1: recursive use of macro 'a' is invalid"}));
    const auto unclosed = errors("<Macro A>\n</macro>\n<Macro A>\nFoo");
    ASSERT_EQ(unclosed.size(), 1u);
    EXPECT_TRUE(unclosed[0].ends_with("expected token not found: </Macro>"));
}

TEST_F(Reader, MacrosThatMultiplyAreStopped)
{
    std::string text = "<Macro M0>\nServerName x\n</Macro>\n";
    for (int i = 1; i <= 30; ++i) {
        const std::string use = "Use M" + std::to_string(i - 1) + "\n";
        text += "<Macro M" + std::to_string(i) + ">\n" + use + use + "</Macro>\n";
    }
    text += "Use M30\n<IfDefine X>\n";
    const auto found = errors(text);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_NE(found[0].find("too large"), std::string::npos);
}

TEST_F(Reader, ModuleNameThatNeverWasIsSuggestedFor)
{
    EXPECT_EQ(
        warnings("<IfModule mime.c>\nAddType a b\n</IfModule>"),
        (Texts{"<IfModule mime.c>: no Apache module has this name, so this block is never used"}));
    EXPECT_EQ(diagnostics.findings().at(0).fix, "did you mean <IfModule mod_mime.c>?");
    EXPECT_EQ(warnings("<IfModule mod_mime.c>\n</IfModule>\n<IfModule prefork.c>\n</IfModule>"),
              Texts{});
}

TEST_F(Reader, TrapsGetWarnings)
{
    EXPECT_EQ(warnings("ServerName \"a b"), (Texts{"The quote that begins here is never closed"}));
    EXPECT_EQ(warnings("# comment \\\nServerName a"),
              (Texts{"The comment above ends in a backslash and swallows ServerName"}));
    EXPECT_EQ(warnings("<Directory /x> Options None\n</Directory>"),
              (Texts{"Text after the > of <Directory> is ignored"}));
    EXPECT_EQ(warnings("<IfModule mod_so.c>\nTimeout 1"), (Texts{"<IfModule> was not closed"}));
}

TEST_F(Reader, BinaryFilesAndDeepNestingAreErrors)
{
    EXPECT_EQ(errors(std::string_view("S\0e\0r\0\n\0", 8)),
              (Texts{"1: The file contains a NUL byte: it is not a text file"}));
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<If true>\n";
    EXPECT_EQ(errors(deep).size(), 1u);
}

TEST_F(Reader, ByteOrderMarkIsSkipped)
{
    EXPECT_EQ(read("\xef\xbb\xbfServerName a"), "ServerName a");
}

TEST_F(Reader, HtaccessLeavesIncludeToTheContextCheck)
{
    const Tree tree =
        read_text("Include /etc/passwd\nDefine a b\n<IfModule mod_so.c>\nOptions None\n</IfModule>",
                  ".htaccess", options, diagnostics);
    EXPECT_EQ(text_of(tree.nodes), "Include /etc/passwd; Define a b; Options None");
    EXPECT_EQ(tree.nodes[0].position.text(), ".htaccess:1:1");
}

std::string article()
{
    return *read_file(std::string(SIGNET_SOURCE_DIR) + "/tests/fuzz/corpus/config/article.conf");
}

TEST_F(Reader, ArticlePrintedAsOneLineIsRecognised)
{
    const auto found = errors(article());
    ASSERT_EQ(found.size(), 2u);
    EXPECT_TRUE(
        found[0].starts_with("1: This looks like a configuration whose line breaks were lost: 80 "))
        << found[0];
    EXPECT_EQ(found[1], "1: Listen requires 1 or 2 arguments.");
    const auto& lost = diagnostics.findings().at(0);
    EXPECT_EQ(lost.position.column, 126u);
    EXPECT_NE(lost.fix.find("2427 Listen, 2434 SSLEngine"), std::string::npos) << lost.fix;
    EXPECT_EQ(
        warnings(article()),
        (Texts{"<IfModule mime.c>: no Apache module has this name, so this block is never used"}));
    EXPECT_EQ(diagnostics.findings().back().position.column, 3026u);
}

TEST_F(Reader, ProseAboutDirectivesIsNoLostConfiguration)
{
    EXPECT_EQ(
        warnings(
            "# ServerName, DocumentRoot and Listen: see Options and AllowOverride # and Timeout\n"
            "# The Options directive in a <Directory> section needs AllowOverride Options in "
            "</Directory>\n"
            "AllowOverrideList Redirect RedirectMatch Header Options Require AuthType AuthName "
            "ErrorDocument\n"),
        Texts{});
}

} // namespace
} // namespace signet::config
