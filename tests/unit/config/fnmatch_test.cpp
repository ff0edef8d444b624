#include "config/fnmatch.h"

#include <gtest/gtest.h>
#include <string>

namespace signet::config {
namespace {

constexpr GlobOptions path{.path_name = true};
constexpr GlobOptions period{.period = true};
constexpr GlobOptions path_period{.path_name = true, .period = true};
constexpr GlobOptions blind{.ignore_case = true};

struct Case {
    std::string_view pattern;
    std::string_view text;
    GlobOptions options;
    bool matches;
};

// Every verdict here was also asked of apr_fnmatch 1.7.2.
constexpr Case cases[] = {
    {"", "", {}, true},
    {"", "a", {}, false},
    {"*", "", {}, true},
    {"a", "", {}, false},
    {"*.cgi", "x.cgi", {}, true},
    {"*.cgi", "x.cgi~", {}, false},
    {"?.html", "a.html", {}, true},
    {"?.html", ".html", {}, false},
    {"a*b*c", "aXXbYYc", {}, true},
    {"a*b*c", "aXXbYY", {}, false},
    {"*ab", "aab", {}, true},
    {"**a", "ba", {}, true},
    {"a/*", "a/b/c", {}, true},
    {"a/*", "a/b/c", path, false},
    {"/home/*/www", "/home/anna/www", path, true},
    {"/home/*/www", "/home/a/b/www", path, false},
    {"*/b", "a/b", path, true},
    {"*b", "a/b", path, false},
    {"a?b", "a/b", {}, true},
    {"a?b", "a/b", path, false},
    {"a[/]b", "a/b", {}, true},
    {"a[/]b", "a/b", path, false},
    {"a[/]b", "a[/]b", path, true},
    {"a[!x]b", "a/b", path, false},
    {"*", ".hidden", {}, true},
    {"*", ".hidden", period, false},
    {"?hidden", ".hidden", period, false},
    {"[.]hidden", ".hidden", period, false},
    {".*", ".hidden", period, true},
    {"*", "a.b", period, true},
    {"a/*", "a/.b", path_period, false},
    {"a/*", "a/.b", period, true},
    {"a/.*", "a/.b", path_period, true},
    {"[abc]x", "bx", {}, true},
    {"[a-c]x", "bx", {}, true},
    {"[a-c]x", "dx", {}, false},
    {"[!a-c]x", "dx", {}, true},
    {"[^a-c]x", "bx", {}, false},
    {"[]]", "]", {}, true},
    {"[!]]", "a", {}, true},
    {"[a-]", "-", {}, true},
    {"[-a]", "-", {}, true},
    {"[\\]]", "]", {}, true},
    {"[", "[", {}, true},
    {"[a", "[a", {}, true},
    {"[a", "a", {}, false},
    {"\\*", "*", {}, true},
    {"\\*", "a", {}, false},
    {"\\*", "\\a", {.no_escape = true}, true},
    {"a\\", "a\\", {}, true},
    {"ABC", "abc", {}, false},
    {"ABC", "abc", blind, true},
    {"[A-C]*", "bell", blind, true},
    {"*.EXAMPLE.com", "www.example.COM", blind, true},
};

TEST(Fnmatch, DecidesAsAprDoes)
{
    for (const auto& each : cases) {
        EXPECT_EQ(glob_matches(each.pattern, each.text, each.options), each.matches)
            << "'" << each.pattern << "' against '" << each.text << "'";
    }
}

TEST(Fnmatch, ManyStarsStayFast)
{
    std::string pattern;
    for (int i = 0; i < 500; ++i) pattern += "a*";
    EXPECT_FALSE(glob_matches(pattern + "b", std::string(20'000, 'a')));
    EXPECT_TRUE(glob_matches(pattern, std::string(20'000, 'a')));
}

TEST(Fnmatch, BytesAboveAsciiAreOrderedAsBytes)
{
    EXPECT_TRUE(glob_matches("[\x80-\xff]", "\xc3"));
    EXPECT_FALSE(glob_matches("[\x80-\xff]", "a"));
}

TEST(Fnmatch, WildcardsAreStarQuestionMarkAndClosedBracket)
{
    EXPECT_TRUE(has_wildcards("conf.d/*.conf"));
    EXPECT_TRUE(has_wildcards("a?"));
    EXPECT_TRUE(has_wildcards("[ab]"));
    EXPECT_FALSE(has_wildcards("[ab"));
    EXPECT_FALSE(has_wildcards("ab]"));
    EXPECT_FALSE(has_wildcards("a\\*b\\"));
    EXPECT_FALSE(has_wildcards("/etc/httpd.conf"));
}

} // namespace
} // namespace signet::config
