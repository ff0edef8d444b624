// How bytes become lines and words: the cases were compared with Apache 2.4.71.
#include "config/lexer.h"

#include <gtest/gtest.h>

namespace signet::config {
namespace {

std::vector<std::string> lines(std::string_view bytes)
{
    LineReader reader(bytes);
    std::vector<std::string> out;
    while (auto line = reader.next()) out.push_back(line->text);
    return out;
}

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> out;
    for (auto& word : split_arguments(text, 0)) out.push_back(word.text);
    return out;
}

using Texts = std::vector<std::string>;

TEST(Lexer, WhiteSpaceAroundALineGoes)
{
    EXPECT_EQ(lines("  Listen 80 \t\r\n\t\n"), (Texts{"Listen 80", ""}));
}

TEST(Lexer, LastLineNeedsNoNewline)
{
    EXPECT_EQ(lines("a\nb"), (Texts{"a", "b"}));
}

TEST(Lexer, BackslashContinuesAndKeepsTheNextLinesIndent)
{
    EXPECT_EQ(lines("a\\\r\n  b\nc"), (Texts{"a  b", "c"}));
}

TEST(Lexer, BackslashContinuesCommentsToo)
{
    EXPECT_EQ(lines("# a\\\nb"), (Texts{"# ab"}));
}

TEST(Lexer, BackslashAtTheEndOfTheFileStays)
{
    EXPECT_EQ(lines("a\\"), (Texts{"a\\"}));
}

TEST(Lexer, ContinuedLineKnowsBothItsLines)
{
    LineReader reader("\nServerName \\\n  www x");
    (void)reader.next();
    const auto line = reader.next();
    ASSERT_TRUE(line);
    EXPECT_EQ(line->line, 2u);
    EXPECT_EQ(line->end_line, 3u);
    const size_t at = line->text.find("www");
    EXPECT_EQ(line->columns.line(at), 3u);
    EXPECT_EQ(line->columns.column(at), 3u);
    EXPECT_EQ(line->columns.column(0), 1u);
}

TEST(Lexer, NulByteEndsTheLineAndIsToldOf)
{
    LineReader reader(std::string_view("ab\0cd\ne", 7));
    const auto line = reader.next();
    EXPECT_EQ(line->text, "ab");
    EXPECT_TRUE(line->has_nul);
    EXPECT_EQ(reader.next()->text, "e");
}

TEST(Lexer, LineOverSixteenMebibytesIsCutAndToldOf)
{
    std::string bytes;
    for (int i = 0; i < 17; ++i) bytes += std::string(size_t{1} << 20, 'x') + "\\\n";
    LineReader reader(bytes);
    const auto line = reader.next();
    EXPECT_TRUE(line->too_long);
    EXPECT_EQ(line->text.size(), max_line_bytes);
    EXPECT_FALSE(reader.next());
}

TEST(Words, QuotesOfBothKindsGroup)
{
    EXPECT_EQ(words("\"a b\" 'c \"d' e"), (Texts{"a b", "c \"d", "e"}));
}

TEST(Words, BackslashEscapesOnlyTheQuoteAndItself)
{
    EXPECT_EQ(words(R"("a\"b\\c\d\'" x)"), (Texts{R"(a"b\c\d\')", "x"}));
}

TEST(Words, BackslashOutsideOfQuotesIsOrdinary)
{
    EXPECT_EQ(words(R"(a\ b)"), (Texts{R"(a\)", "b"}));
}

TEST(Words, QuoteInsideOfAWordIsOrdinary)
{
    EXPECT_EQ(words(R"(a"b c")"), (Texts{R"(a"b)", R"(c")"}));
}

TEST(Words, WordEndsWithItsClosingQuote)
{
    EXPECT_EQ(words(R"("a"b)"), (Texts{"a", "b"}));
}

TEST(Words, UnterminatedQuoteRunsToTheEnd)
{
    const auto split = split_arguments("x \"a b", 0);
    ASSERT_EQ(split.size(), 2u);
    EXPECT_EQ(split[1].text, "a b");
    EXPECT_TRUE(split[1].unterminated);
    EXPECT_EQ(split[1].offset, 2u);
}

TEST(Words, BackslashAtTheEndOfAQuoteIsKept)
{
    EXPECT_EQ(words(R"("a\)"), (Texts{R"(a\)"}));
}

TEST(Words, EmptyQuotesAreAWord)
{
    EXPECT_EQ(words("a \"\""), (Texts{"a", ""}));
}

TEST(Words, ADoubleBackslashIsOneWithoutQuotesToo)
{
    size_t offset = 0;
    EXPECT_EQ(take_word(R"(a\\b\n\"c)", offset).text, R"(a\b\n\"c)");
}

} // namespace
} // namespace signet::config
