#include "http/script_head.h"

#include <gtest/gtest.h>

#include <string>

namespace signet::http {
namespace {

using State = ScriptHead::State;

TEST(ScriptHead, EndsAtAnEmptyLineOfEitherKind)
{
    for (const std::string end : {"\n", "\r\n"}) {
        const std::string text = "Content-Type: text/plain" + end + "X:   y " + end + end + "body";
        const auto head = parse_script_head(text);
        ASSERT_EQ(head.state, State::complete);
        ASSERT_EQ(head.fields.size(), 2U);
        EXPECT_EQ(head.fields[0].name, "Content-Type");
        EXPECT_EQ(head.fields[1].value, "y ");
        EXPECT_EQ(text.substr(head.size), "body");
    }
}

TEST(ScriptHead, IsIncompleteUntilThen)
{
    for (const char* text : {"", "A", "A: b", "A: b\n", "A: b\r"})
        EXPECT_EQ(parse_script_head(text).state, State::incomplete) << text;
}

TEST(ScriptHead, NamesTheFirstLineWithoutColon)
{
    const auto head = parse_script_head("A: b\r\nTraceback\r\nC: d\n\n");
    EXPECT_EQ(head.state, State::malformed);
    EXPECT_EQ(head.bad_line, "Traceback");
    EXPECT_EQ(head.fields.size(), 1U);
}

TEST(ScriptHead, CutsLinesThatAreTooLong)
{
    const std::string text = "A: " + std::string(9000, 'x') + "\n\n";
    const auto head = parse_script_head(text);
    EXPECT_EQ(head.state, State::malformed);
    EXPECT_EQ(head.fields.at(0).value.size(), 8187U);
}

TEST(ScriptStatus, IsTheNumberAtTheBeginning)
{
    EXPECT_EQ(script_status("404 Not Found"), 404);
    EXPECT_EQ(script_status("200"), 200);
    EXPECT_EQ(script_status("abc"), 0);
    EXPECT_EQ(script_status(""), 0);
    EXPECT_EQ(script_status("99999999999999999999"), 0);
}

} // namespace
} // namespace signet::http
