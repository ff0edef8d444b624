// RewriteRule's and RewriteCond's lines, map files, and what groups look like when escaped.
#include "modules/mod_rewrite/context.h"
#include "modules/mod_rewrite/parse.h"
#include "modules/mod_rewrite/uris.h"

#include <gtest/gtest.h>

namespace signet::mod_rewrite {
namespace {

Rule rule(std::string_view line)
{
    auto parsed = parse_rule(line);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().text);
    return parsed ? std::move(*parsed) : Rule{};
}

std::string rule_error(std::string_view line)
{
    const auto parsed = parse_rule(line);
    return parsed ? "" : parsed.error().text;
}

Condition condition(std::string_view line)
{
    auto parsed = parse_condition(line, config::ExpressionRules::full);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().text);
    return parsed ? std::move(parsed->condition) : Condition{};
}

TEST(RewriteParse, WordsMayBeQuotedOrHaveEscapedSpaces)
{
    const auto quoted = rule("\"^/a b$\" '/x y' \"[L, NC]\"");
    EXPECT_EQ(quoted.written, "^/a b$");
    EXPECT_EQ(quoted.output, "/x y");
    EXPECT_TRUE(quoted.is_last && quoted.ignores_case);
    const auto escaped = rule("a\\ b x\\ y");
    EXPECT_EQ(escaped.written, "a\\ b");
    EXPECT_EQ(escaped.output, "x\\ y");
}

TEST(RewriteParse, FlagsHaveShortAndLongNames)
{
    const auto made = rule("a b [QSA,qsdiscard,END,next=7,S=2,env=x:y,E=z,BNP,PT]");
    EXPECT_TRUE(made.appends_query && made.discards_query && made.ends && made.starts_over);
    EXPECT_EQ(made.most_rounds, 7);
    EXPECT_EQ(made.skips, 2);
    EXPECT_EQ(made.variables, (std::vector<std::string>{"x:y", "z"}));
    EXPECT_TRUE(made.space_is_no_plus && made.passes_through);
}

TEST(RewriteParse, RedirectStatusesAreNamesOrNumbers)
{
    EXPECT_EQ(rule("a b [R]").status, 302);
    EXPECT_EQ(rule("a b [R=permanent]").status, 301);
    EXPECT_EQ(rule("a b [redirect=308]").status, 308);
    const auto gone = rule("a b [R=410]");
    EXPECT_TRUE(gone.answers_status && gone.keeps_url);
    EXPECT_EQ(rule_error("a b [R=999]"),
              "RewriteRule: invalid HTTP response code '999' for flag 'R'");
}

TEST(RewriteParse, WrongLinesAreRefusedInApachesWords)
{
    EXPECT_EQ(rule_error("a"), "RewriteRule: bad argument line 'a'");
    EXPECT_EQ(rule_error("a b [Q]"), "RewriteRule: unknown flag 'Q'");
    EXPECT_EQ(rule_error("a b L"), "RewriteRule: bad flag delimiters");
    EXPECT_EQ(rule_error("( b"), "RewriteRule: cannot compile regular expression '('");
}

TEST(RewriteParse, AQuestionMarkAtTheEndForbidsAQuery)
{
    EXPECT_TRUE(rule("a /b?").has_no_query);
    EXPECT_EQ(rule("a /b?").output, "/b");
    EXPECT_FALSE(rule("a /b? [QSA]").has_no_query);
    EXPECT_TRUE(rule("a /b [QSD]").has_no_query);
    EXPECT_FALSE(rule("a /b?c [QSD]").has_no_query);
}

TEST(RewriteParse, ConditionsTellTestsApart)
{
    EXPECT_EQ(condition("x -f").test, Test::is_file);
    EXPECT_EQ(condition("x -l").test, Test::is_link);
    EXPECT_EQ(condition("x -lt5").test, Test::number_less);
    EXPECT_EQ(condition("x -lt5").pattern, "5");
    EXPECT_TRUE(condition("x -ne5").negated);
    EXPECT_FALSE(condition("x !-ne5").negated);
    EXPECT_EQ(condition("x >=b").test, Test::text_greater_or_equal);
    EXPECT_EQ(condition("x '=\"\"'").pattern, "");
    EXPECT_EQ(condition("expr \"true\"").test, Test::expression);
    EXPECT_EQ(condition("x -fx").test, Test::regex);
    EXPECT_EQ(condition("x !^a$ [NC,OR]").test, Test::regex);
}

TEST(RewriteParse, CaseMeansNothingToFileTests)
{
    const auto parsed = parse_condition("x -f [NC]", config::ExpressionRules::full);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->ignored_case_flag);
    EXPECT_FALSE(parsed->condition.ignores_case);
}

TEST(RewriteEscape, GroupsAreEscapedAsFlagsSay)
{
    EXPECT_EQ(escape_group("a b&c_/", rule("a b [B]")), "a+b%26c_%2f");
    EXPECT_EQ(escape_group("a b", rule("a b [B,BNP]")), "a%20b");
    EXPECT_EQ(escape_group("a b&\t", rule("a b [BCTLS]")), "a+b&%09");
    EXPECT_EQ(escape_group("a b&?", rule("a b [B=?]")), "a b&%3f");
    EXPECT_EQ(escape_group("a/b&", rule("a b [B,BNE=/]")), "a/b%26");
}

TEST(RewriteMapText, FirstLineOfAKeyCounts)
{
    constexpr std::string_view text = "#k no\n k no\nk\nk one two\nk three\nlast x";
    EXPECT_EQ(find_in_map_text(text, "k"), "one");
    EXPECT_EQ(find_in_map_text(text, "last"), "x");
    EXPECT_FALSE(find_in_map_text(text, "#k"));
    EXPECT_FALSE(find_in_map_text(text, "on"));
}

TEST(RewriteMapText, CommandsAreSplitWithoutAShell)
{
    EXPECT_EQ(split_command("/bin/x 'a b' \"c\"\\ d  e"),
              (std::vector<std::string>{"/bin/x", "a b", "c d", "e"}));
    EXPECT_TRUE(split_command("  ").empty());
}

TEST(RewriteUri, OnlyKnownSchemesAreAbsolute)
{
    EXPECT_EQ(scheme_of("HTTP://x").length, 7U);
    EXPECT_EQ(scheme_of("mailto:x").length, 7U);
    EXPECT_FALSE(is_absolute_uri("javascript:x"));
    EXPECT_FALSE(is_absolute_uri("/http://x"));
}

TEST(RewriteUri, EscapesSpareSchemeAndHost)
{
    Arena arena;
    EXPECT_EQ(escape_absolute_uri("http://h ost/a b?", 7, arena), "http://h ost/a%20b%3f");
    EXPECT_EQ(escape_absolute_uri("http://host", 7, arena), "http://host");
    EXPECT_EQ(escape_absolute_uri("ldap://h/a b?c d", 7, arena), "ldap://h/a%20b?c%20d");
    EXPECT_EQ(escape_uri("a:b c", arena), "a:b%20c");
    EXPECT_EQ(unescape_uri("a%20b%zz%4"), "a b%zz%4");
}

} // namespace
} // namespace signet::mod_rewrite
