#include "config/expression.h"
#include "fake_expression_context.h"

#include <fstream>
#include <gtest/gtest.h>

namespace signet::config {
namespace {

bool holds(std::string_view text, FakeContext& context)
{
    auto expression = Expression::compile_condition(text);
    EXPECT_TRUE(expression) << text << ": " << (expression ? "" : expression.error().text);
    if (!expression) return false;
    auto result = expression->test(context);
    EXPECT_TRUE(result) << text;
    return result.value_or(false);
}

bool holds(std::string_view text)
{
    FakeContext context;
    return holds(text, context);
}

std::string value(std::string_view text, FakeContext context = {})
{
    auto expression = Expression::compile_string(text);
    EXPECT_TRUE(expression) << text;
    return expression ? expression->string(context).value_or("failed") : "";
}

std::string complaint(std::string_view text, ExpressionRules rules = ExpressionRules::full)
{
    auto expression = Expression::compile_condition(text, rules);
    return expression ? "none" : expression.error().text;
}

// What the expression evaluates to, in the words of expression_cases.tsv.
std::string verdict(std::string_view kind, std::string_view text)
{
    FakeContext context;
    if (kind == "condition") {
        auto expression = Expression::compile_condition(text);
        if (!expression) return "error " + expression.error().text;
        return expression->test(context).value_or(false) ? "true" : "false";
    }
    auto expression = Expression::compile_string(text);
    if (!expression) return "error " + expression.error().text;
    return "is " + expression->string(context).value_or("failed");
}

TEST(Expression, DecidesEveryCollectedCaseAsApacheDoes)
{
    std::ifstream file(SIGNET_SOURCE_DIR "/tests/unit/config/expression_cases.tsv");
    int rows = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        const auto first = line.find('\t');
        const auto last = line.rfind('\t');
        ASSERT_NE(first, last) << line;
        const auto text = line.substr(first + 1, last - first - 1);
        const auto apache = line.substr(last + 1);
        auto ours = verdict(line.substr(0, first), text);
        // We say more: PCRE2's reason and the place.
        if (apache.starts_with("error ")) ours = ours.substr(0, apache.size());
        EXPECT_EQ(ours, apache) << line.substr(0, first) << " " << text;
        ++rows;
    }
    EXPECT_GT(rows, 250);
}

TEST(Expression, ErrorNamesTheOffsetOfTheCulprit)
{
    EXPECT_EQ(complaint("true true"), "syntax error, unexpected T_TRUE, expecting $end (at 5)");
    EXPECT_EQ(complaint("'a' == 'a' && %{NOPE}=='b'"), "Variable 'NOPE' does not exist (at 16)");
    EXPECT_EQ(
        complaint("'b' =~ /[/"),
        "Failed to compile regular expression (why: missing terminating ] for character class) "
        "(at 7)");
    EXPECT_EQ(complaint("'abc"), "Unterminated string or variable (at 0)");
}

TEST(Expression, VariablesAreAskedForInCapitalsAndFunctionsInSmallLetters)
{
    FakeContext context;
    EXPECT_TRUE(holds("%{Request_Method} == 'GET' && ReqEnv('SIENV') == 'si'", context));
    EXPECT_EQ(context.asked, (std::vector<std::string>{"REQUEST_METHOD", "reqenv:SIENV"}));
}

TEST(Expression, HeaderVariablesAreRequestHeaders)
{
    FakeContext context;
    EXPECT_TRUE(holds("%{HTTP_USER_AGENT} == http('User-Agent')", context));
    EXPECT_EQ(context.asked, (std::vector<std::string>{"req:User-Agent", "req:User-Agent"}));
}

TEST(Expression, OnlyWhatCanDecideIsEvaluated)
{
    FakeContext context;
    EXPECT_FALSE(holds("%{HTTPS} == 'on' && %{REQUEST_URI} == '/27'", context));
    EXPECT_TRUE(holds("%{HTTPS} == 'off' || -U '/x'", context));
    EXPECT_EQ(context.asked, (std::vector<std::string>{"HTTPS", "HTTPS"}));
}

TEST(Expression, WhatDependsOnNothingIsDecidedOnce)
{
    EXPECT_TRUE(
        Expression::compile_condition("tolower('A') . 'b' == 'ab' && ! -z 'x'")->is_constant());
    EXPECT_TRUE(Expression::compile_condition("false && %{HTTPS} == 'on'")->is_constant());
    EXPECT_FALSE(Expression::compile_condition("true && %{HTTPS} == 'on'")->is_constant());
    EXPECT_TRUE(Expression::compile_string("plain")->is_constant());
    EXPECT_FALSE(Expression::compile_string("%{HTTPS}")->is_constant());
}

TEST(Expression, CapturesOutliveTheEvaluationWhenTheContextKeepsThem)
{
    FakeContext context;
    EXPECT_TRUE(holds("%{HTTP_USER_AGENT} =~ m#^(\\w+)/(\\d)#", context));
    EXPECT_EQ(context.groups.count, 3);
    EXPECT_EQ(context.groups.groups[1], "Agent");
    auto later = Expression::compile_string("$2-$1-$9");
    EXPECT_EQ(later->string(context).value(), "1-Agent-");
}

TEST(Expression, CapturesAreForgottenWhenNobodyKeepsTheSubject)
{
    FakeContext context;
    context.keeps = false;
    EXPECT_TRUE(holds("%{HTTP_USER_AGENT} =~ /(Agent)/ && $1 == 'Agent'", context));
    EXPECT_EQ(context.groups.count, 0);
}

TEST(Expression, SubjectMayContainCapturesOfTheMatchBefore)
{
    EXPECT_TRUE(holds("'abc' =~ /a(b)c/ && 'x$1y' =~ /x(.)y/ && $1 == 'b' && $0 == 'xby'"));
}

TEST(Expression, ListFunctionIsAskedWithItsArgument)
{
    FakeContext context;
    context.extensions = {"one", "two"};
    EXPECT_TRUE(holds("'two' in PeerExtList('1.2.3')", context));
    EXPECT_FALSE(holds("'tw' -in PeerExtList('1.2.3')", context));
    EXPECT_EQ(context.asked[0], "peerextlist:1.2.3");
}

TEST(Expression, ClientAddressMatchesMappedAndPlainNetworks)
{
    FakeContext context;
    context.client = "2001:db8::7";
    EXPECT_TRUE(holds("-R '2001:db8::/32'", context));
    EXPECT_FALSE(holds("-R '10.0.0.0/8'", context));
    context.client = "::ffff:10.1.2.3";
    EXPECT_TRUE(holds("-R '10.0.0.0/8' && -R '10.1' && -R '10.1.2.3'", context));
    context.client = "";
    EXPECT_FALSE(holds("-R '10.0.0.0/8'", context));
}

TEST(Expression, FilesAreTestedAndRead)
{
    EXPECT_TRUE(holds("-f '" SIGNET_SOURCE_DIR "/CMakeLists.txt' && -s '" SIGNET_SOURCE_DIR
                      "/CMakeLists.txt' && -d '" SIGNET_SOURCE_DIR "' && -e '/dev/null'"));
    EXPECT_FALSE(holds("-f '" SIGNET_SOURCE_DIR "' || -L '" SIGNET_SOURCE_DIR
                       "/CMakeLists.txt' || -f '/dev/null' || -d '' || -s '/dev/null'"));
    EXPECT_TRUE(holds("file('" SIGNET_SOURCE_DIR "/CMakeLists.txt') =~ /project.signet/"));
    EXPECT_TRUE(holds("filesize('" SIGNET_SOURCE_DIR "/CMakeLists.txt') -gt 100"));
    EXPECT_EQ(value("%{filesize:/nowhere}"), "0");
}

TEST(Expression, FileThatCannotBeReadFailsTheEvaluation)
{
    FakeContext context;
    auto missing = Expression::compile_string("%{file:/nowhere}")->string(context);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().text, "Cannot open file /nowhere");
    auto folder = Expression::compile_condition("file('/') == ''")->test(context);
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().text, "Cannot read from file /");
}

TEST(Expression, RestrictedRulesKnowNoFiles)
{
    EXPECT_EQ(complaint("-f '/x'", ExpressionRules::restricted),
              "-f not available in restricted context (at 0)");
    EXPECT_EQ(complaint("file('/x') == ''", ExpressionRules::restricted),
              "file not available in restricted context (at 0)");
    EXPECT_EQ(complaint("-n 'x'", ExpressionRules::restricted), "none");
}

// Verdicts of Apache over TLS: 403 or not.
TEST(Expression, SslRequireComparesLengthsFirst)
{
    FakeContext context;
    auto test = [&](std::string_view text) {
        return Expression::compile_condition(text, ExpressionRules::ssl_require)
            ->test(context)
            .value();
    };
    for (const char* text :
         {"'9' lt '10'", "'9' < '10'", "'9' -lt '10'", "'bb' gt 'a'", "'a' == 'a'"}) {
        EXPECT_TRUE(test(text)) << text;
    }
    for (const char* text :
         {"'9' > '10'", "'b' < 'a'", "'010' -eq '10'", "'a' eq 'b'", "'b' gt 'aa'"}) {
        EXPECT_FALSE(test(text)) << text;
    }
}

TEST(Expression, DeepNestingIsRefusedAndLongChainsAreNot)
{
    EXPECT_TRUE(holds(std::string(90, '(') + "true" + std::string(90, ')')));
    EXPECT_TRUE(complaint(std::string(5000, '(')).starts_with("expression is nested too deeply"));
    EXPECT_TRUE(holds(std::string(50000, '!') + "true"));
    std::string calls;
    for (int i = 0; i < 3000; ++i) calls += "%{tolower:";
    EXPECT_TRUE(complaint(calls).starts_with("expression is nested too deeply"));
    std::string chain = "%{HTTPS} == 'off'";
    for (int i = 0; i < 5000; ++i) chain += " && %{HTTPS} == 'off'";
    EXPECT_TRUE(holds(chain));
}

// Apache's scanner gives up on these; they mean what they look like.
TEST(Expression, QuotesInsideArgumentsAreOrdinary)
{
    EXPECT_EQ(value("%{toupper:it's}"), "IT'S");
    EXPECT_TRUE(holds("%{tolower:A\"B} == 'a\"b'"));
}

} // namespace
} // namespace signet::config
