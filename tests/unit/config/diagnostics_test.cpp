#include "config/diagnostics.h"

#include <gtest/gtest.h>

namespace signet::config {
namespace {

using diagnosis::Severity;

TEST(Position, LeavesOutWhatIsUnknown)
{
    const SourceFile file{"/etc/httpd.conf"};
    EXPECT_EQ((Position{&file, 14, 3}).text(), "/etc/httpd.conf:14:3");
    EXPECT_EQ((Position{&file, 14}).text(), "/etc/httpd.conf:14");
    EXPECT_EQ((Position{&file}).text(), "/etc/httpd.conf");
    EXPECT_EQ(Position{}.text(), "");
}

TEST(Diagnostics, ErrorsAreReportedInApachesLayout)
{
    const SourceFile file{"/etc/httpd.conf"};
    Diagnostics diagnostics;
    diagnostics.add({.id = 3,
                     .position = {&file, 14, 1},
                     .message = "Invalid command 'DocmentRoot', perhaps misspelled",
                     .line = "DocmentRoot \"/www\"",
                     .fix = "DocumentRoot"});
    const std::string report = diagnostics.report();
    EXPECT_TRUE(report.starts_with("AH00526: Syntax error on line 14 of /etc/httpd.conf:\n"
                                   "Invalid command 'DocmentRoot', perhaps misspelled\n"
                                   "  SG0003  /etc/httpd.conf:14:1:  DocmentRoot \"/www\"\n"))
        << report;
    EXPECT_NE(report.find("fix:      DocumentRoot\n"), std::string::npos) << report;
    EXPECT_TRUE(diagnostics.has_errors());
}

TEST(Diagnostics, ContinuedLineIsNamedByItsLastAsApacheDoes)
{
    const SourceFile file{"f"};
    Diagnostics diagnostics;
    diagnostics.add({.position = {&file, 3, 1, 5}, .message = "wrong"});
    EXPECT_TRUE(
        diagnostics.report().starts_with("AH00526: Syntax error on line 5 of f:\nwrong\n  "));
    EXPECT_NE(diagnostics.report().find("f:3:1"), std::string::npos);
}

TEST(Diagnostics, WhatIsFoundWhileReadingNamesTheWayThroughIncludes)
{
    const SourceFile main{"main"};
    const SourceFile included{"part", &main, 7};
    Diagnostics diagnostics;
    diagnostics.add(
        {.position = {&included, 2, 1}, .message = "wrong", .opening = Opening::reading});
    EXPECT_TRUE(diagnostics.report().starts_with("signet: Syntax error on line 7 of main: "
                                                 "Syntax error on line 2 of part: wrong\n"))
        << diagnostics.report();
}

TEST(Diagnostics, AFailedCheckIsSaidAfterTheErrors)
{
    Diagnostics diagnostics;
    diagnostics.add({.message = "(2)No such file: AH02291: no", .opening = Opening::check});
    diagnostics.add({.severity = Severity::warn, .message = "careful"});
    EXPECT_EQ(diagnostics.report(), "(2)No such file: AH02291: no\n"
                                    "AH00014: Configuration check failed\nwarning: careful\n");
}

TEST(Diagnostics, ErrorsComeBeforeWarnings)
{
    Diagnostics diagnostics;
    diagnostics.add({.severity = Severity::warn, .message = "careful"});
    diagnostics.add({.message = "wrong"});
    EXPECT_EQ(diagnostics.report(), "wrong\nwarning: careful\n");
    EXPECT_EQ(diagnostics.errors(), 1u);
}

TEST(Diagnostics, WarningsCarryApachesNumber)
{
    Diagnostics diagnostics;
    diagnostics.add(
        {.severity = Severity::warn, .id = 107, .message = "Config variable ${X} is not defined"});
    EXPECT_TRUE(diagnostics.report().starts_with(
        "warning: AH00111: Config variable ${X} is not defined\n"));
    EXPECT_FALSE(diagnostics.has_errors());
}

TEST(Diagnostics, CommandLineTextIsNamedAsSuch)
{
    const SourceFile file{command_line_source};
    Diagnostics diagnostics;
    diagnostics.add({.position = {&file, 1, 1}, .message = "wrong"});
    EXPECT_TRUE(diagnostics.report().starts_with(
        "AH00526: Syntax error on line 1 of -c/-C directives:\nwrong\n"));
}

TEST(Diagnostics, OnceIsOncePerIdAndKey)
{
    Diagnostics diagnostics;
    for (int i = 0; i < 3; ++i) {
        diagnostics.add_once({.severity = Severity::warn, .id = 5, .message = "a"}, "a");
        diagnostics.add_once({.severity = Severity::warn, .id = 5, .message = "b"}, "b");
    }
    EXPECT_EQ(diagnostics.findings().size(), 2u);
}

TEST(Diagnostics, ControlBytesDoNotReachTheTerminal)
{
    Diagnostics diagnostics;
    diagnostics.add({.id = 3, .message = "a\033[31mb", .line = "c\007d"});
    EXPECT_EQ(diagnostics.report().find_first_of("\033\007"), std::string::npos);
}

TEST(Diagnostics, AnExpressionsOffsetBecomesTheColumnOfItsWord)
{
    const std::string text = "'a' frob 'b'";
    Node node{.name = "If", .arguments = "\"'a' frob 'b'\""};
    node.words.push_back({.text = text, .column = 5, .quoted = true});
    Diagnostics diagnostics;
    diagnostics.add({.message = with_column("syntax error (at 4)", node, text)});
    EXPECT_EQ(diagnostics.findings()[0].message, "syntax error");
    EXPECT_EQ(diagnostics.findings()[0].position.column, 10U);
    EXPECT_EQ(with_column("syntax error (at 4)", node, "elsewhere"), "syntax error (at 4)");
    EXPECT_EQ(with_column("no offset", node, text), "no offset");
}

TEST(Diagnostics, WhatApacheDoesNotSayStandsApart)
{
    Diagnostics diagnostics;
    diagnostics.add({.message = "Failed to compile regular expression (why: missing ]) (at 7)"});
    EXPECT_EQ(diagnostics.findings()[0].message, "Failed to compile regular expression");
    EXPECT_NE(diagnostics.findings()[0].expected.find("missing ]"), std::string::npos);
}

TEST(Diagnostics, MillionsOfErrorsAreCountedButNotKept)
{
    Diagnostics diagnostics;
    for (int i = 0; i < 10'000; ++i) diagnostics.add({.message = "x"});
    EXPECT_EQ(diagnostics.errors(), 10'000u);
    EXPECT_LE(diagnostics.findings().size(), 2000u);
}

} // namespace
} // namespace signet::config
