#include "base/json.h"

#include <gtest/gtest.h>

namespace signet {
namespace {

std::string json(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(Json, PlainTextStaysAsItIs)
{
    EXPECT_EQ(json(""), "\"\"");
    EXPECT_EQ(json("GET /a?b=c HTTP/1.1"), "\"GET /a?b=c HTTP/1.1\"");
}

TEST(Json, QuotesBackslashesAndControlsAreEscaped)
{
    EXPECT_EQ(json("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(json("\n\r\t\x01\x7f"), "\"\\n\\r\\t\\u0001\\u007f\"");
}

TEST(Json, Utf8StaysUtf8)
{
    EXPECT_EQ(json("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"),
              "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

TEST(Json, BytesThatAreNoUtf8AreTakenForLatin1)
{
    EXPECT_EQ(json("\xe4"), "\"\\u00e4\"");
    EXPECT_EQ(json("\xc3"), "\"\\u00c3\"");
    EXPECT_EQ(json("\xc0\x80"), "\"\\u00c0\\u0080\"");            // overlong
    EXPECT_EQ(json("\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\""); // a surrogate
    EXPECT_EQ(json("\xf4\x90\x80\x80"), "\"\\u00f4\\u0090\\u0080\\u0080\"");
    EXPECT_EQ(json("\xe2\x82x"), "\"\\u00e2\\u0082x\"");
}

} // namespace
} // namespace signet
