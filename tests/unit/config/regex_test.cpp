#include "config/regex.h"

#include <chrono>
#include <gtest/gtest.h>

namespace signet::config {
namespace {

Regex compiled(std::string_view pattern, Regex::Options options = {})
{
    auto regex = Regex::compile(pattern, options);
    EXPECT_TRUE(regex) << (regex ? "" : regex.error().text);
    return std::move(*regex);
}

Captures captures_of(std::string_view pattern, std::string_view subject)
{
    Captures captures;
    EXPECT_TRUE(compiled(pattern).match(subject, captures));
    return captures;
}

TEST(Regex, MatchesAnywhereUnlessAnchored)
{
    EXPECT_TRUE(compiled("b").matches("abc"));
    EXPECT_FALSE(compiled("^b").matches("abc"));
    EXPECT_TRUE(compiled("").matches(""));
    EXPECT_TRUE(compiled("^$").matches(std::string_view{}));
}

TEST(Regex, DefaultsAreDotAllAndDollarOnlyAtTheEnd)
{
    EXPECT_TRUE(compiled("a.b").matches("a\nb"));
    EXPECT_FALSE(compiled("a$").matches("a\n"));
    EXPECT_FALSE(compiled("a.b", {.dot_all = false}).matches("a\nb"));
    EXPECT_TRUE(compiled("a$", {.dollar_endonly = false}).matches("a\n"));
    EXPECT_FALSE(compiled("A").matches("a"));
    EXPECT_TRUE(compiled("A", {.ignore_case = true}).matches("a"));
    EXPECT_TRUE(compiled("a b", {.extended = true}).matches("ab"));
}

TEST(Regex, CapturesAreViewsIntoTheSubject)
{
    const std::string_view subject = "/user/anna/x";
    const auto captures = captures_of("^/user/([^/]+)/(y)?(.*)$", subject);
    EXPECT_EQ(captures.count, 4);
    EXPECT_EQ(captures.groups[0], subject);
    EXPECT_EQ(captures.groups[1], "anna");
    EXPECT_EQ(captures.groups[1].data(), subject.data() + 6);
    EXPECT_EQ(captures.groups[2], "");
    EXPECT_EQ(captures.groups[3], "x");
}

TEST(Regex, FailedMatchLeavesCapturesAlone)
{
    auto captures = captures_of("(a)", "a");
    EXPECT_FALSE(compiled("(b)").match("a", captures));
    EXPECT_EQ(captures.groups[1], "a");
}

TEST(Regex, MoreThanNineGroupsFillTheFirstTen)
{
    const auto captures = captures_of("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", "abcdefghijk");
    EXPECT_EQ(captures.count, 10);
    EXPECT_EQ(captures.groups[9], "i");
}

TEST(Regex, SubjectMayContainZeroBytes)
{
    EXPECT_TRUE(compiled("^a.b$").matches(std::string_view("a\0b", 3)));
}

TEST(Regex, NamesAreListedWithTheirNumbers)
{
    const auto regex = compiled("(x)(?<site>[a-z]+)/(?<page>.*)");
    EXPECT_EQ(regex.groups(), 3);
    ASSERT_EQ(regex.names().size(), 2U);
    EXPECT_EQ(regex.names()[0], (std::pair<std::string, int>{"page", 3}));
    EXPECT_EQ(regex.names()[1], (std::pair<std::string, int>{"site", 2}));
}

TEST(Regex, NameMayRepeatAsInApache)
{
    EXPECT_TRUE(compiled("(?<n>a)|(?<n>b)").matches("b"));
}

TEST(Regex, ErrorsNameTheReasonAndThePlace)
{
    auto regex = Regex::compile("ab[c");
    ASSERT_FALSE(regex);
    EXPECT_EQ(regex.error().text, "missing terminating ] for character class (at 4)");
    EXPECT_FALSE(Regex::compile("(a"));
    EXPECT_FALSE(Regex::compile(std::string(100'000, 'a')));
    EXPECT_FALSE(Regex::compile(std::string(1000, '(') + std::string(1000, ')')));
}

TEST(Regex, CatastrophicPatternGivesUpSoon)
{
    const std::string subject = std::string(8000, 'a') + "!";
    for (const char* pattern : {"^(a+)+$", "(a+)+$", "(a|aa)+[bc]", "(?:a|a){17}[bc]"}) {
        const auto regex = compiled(pattern);
        const auto start = std::chrono::steady_clock::now();
        EXPECT_FALSE(regex.matches(subject));
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << pattern;
    }
}

TEST(Regex, HonestPatternsFindTheirMatchInLongSubjects)
{
    const std::string subject = std::string(8000, 'a') + "!";
    EXPECT_TRUE(compiled("(?:a|b)*!").matches(subject));
    EXPECT_TRUE(compiled("([a-z]|[0-9])+!$").matches(subject));
    EXPECT_TRUE(compiled("^(?:.|\\n)*(?:.|\\n)*!$").matches(subject));
    EXPECT_TRUE(compiled("(.*)(.*)(.*)!").matches(subject));
}

TEST(Regex, MovedPatternStillMatches)
{
    auto first = compiled("a(b)");
    const auto second = std::move(first);
    Captures captures;
    EXPECT_TRUE(second.match("ab", captures));
    EXPECT_EQ(captures.groups[1], "b");
    EXPECT_EQ(second.pattern(), "a(b)");
}

// Expected values are Apache's answers to RedirectMatch.
TEST(Substitute, ReplacesGroupsAndUnescapes)
{
    const auto captures = captures_of("^/b(.)$", "/b2");
    EXPECT_EQ(substitute("http://h/?x=$1&y=2", captures), "http://h/?x=2&y=2");
    EXPECT_EQ(substitute("\\$1-\\&-\\x-$2-$$1-$a-\\\\-$0", captures), "$1-&-x--$2-$a-\\-/b2");
    EXPECT_EQ(substitute("$1\\", captures), "2\\");
    EXPECT_EQ(substitute("$", captures), "$");
}

TEST(Substitute, WithoutAMatchGroupsAreEmpty)
{
    EXPECT_EQ(substitute("a$0b$9", {}), "ab");
}

} // namespace
} // namespace signet::config
