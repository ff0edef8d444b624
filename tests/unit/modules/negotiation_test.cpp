// Which variant a client gets, and what a type map says, without files.
#include "modules/mod_negotiation/description.h"
#include "modules/mod_negotiation/type_map.h"

#include <gtest/gtest.h>

namespace signet::mod_negotiation {
namespace {

struct KnownLengths final : Lengths {
    int64_t of(Variant& variant) override { return variant.length.value_or(-1); }
};

class Negotiating : public ::testing::Test {
protected:
    void add(std::string_view name, std::string_view type, std::string_view language = {},
             int64_t length = 100)
    {
        Variant variant{.file_name = name, .length = length};
        variant.set_type(take_wish(type, arena));
        if (!language.empty()) variant.languages.push_back(language);
        variants.push_back(variant);
    }
    void accept(std::string_view types, std::optional<std::string_view> languages = {})
    {
        client.types = parse_wishes(types, arena);
        client.languages = parse_wishes(languages, arena);
    }
    std::string chosen()
    {
        KnownLengths lengths;
        Variants fresh = variants; // weighing leaves its marks
        const Choice choice = choose(config, client, fresh, lengths);
        return choice.is_certain ? std::string(choice.best->file_name) : "none";
    }

    Arena arena;
    Config config;
    Client client;
    Variants variants;
};

TEST(Wishes, AreReadAsLenientlyAsApacheDoes)
{
    EXPECT_FLOAT_EQ(parse_wish_quality(".5"), 0.5F);
    EXPECT_FLOAT_EQ(parse_wish_quality("0.1239"), 0.123F);
    EXPECT_FLOAT_EQ(parse_wish_quality("1.5"), 1.0F);
    EXPECT_FLOAT_EQ(parse_wish_quality("-1"), 1.0F);
    EXPECT_FLOAT_EQ(parse_wish_quality("0"), 0.0F);
    Arena arena;
    const auto wishes =
        parse_wishes("Text/HTML;Level=3; q = 0.3 ,, a/b c/d;charset=\"UTF-8\"", arena);
    ASSERT_EQ(wishes->size(), 4U);
    EXPECT_EQ((*wishes)[0].name, "text/html");
    EXPECT_FLOAT_EQ((*wishes)[0].level, 3);
    EXPECT_FLOAT_EQ((*wishes)[0].quality, 0.3F);
    EXPECT_EQ((*wishes)[1].name, "");
    EXPECT_EQ((*wishes)[3].charset, "utf-8");
    EXPECT_FALSE(parse_wishes(std::nullopt, arena));
}

TEST(Wishes, AreNotReadWithoutEnd)
{
    Arena arena;
    EXPECT_EQ(parse_wishes(std::string(8000, ','), arena)->size(), 400U);
    EXPECT_EQ(parse_wishes("\"never closed, q=1", arena)->size(), 1U);
    EXPECT_EQ(parse_wishes(";;;=;q", arena)->size(), 1U);
}

TEST_F(Negotiating, TheHigherProductOfQualitiesWins)
{
    add("a.html", "text/html;qs=0.5");
    add("a.txt", "text/plain");
    accept("text/html, text/plain;q=0.4");
    EXPECT_EQ(chosen(), "a.html");
    accept("text/html, text/plain;q=0.6");
    EXPECT_EQ(chosen(), "a.txt");
}

TEST_F(Negotiating, AWildcardWithoutWeightsIsALastResort)
{
    add("a.html", "text/html;qs=0.1");
    add("a.txt", "text/plain");
    accept("*/*, text/html");
    EXPECT_EQ(chosen(), "a.html");
}

TEST_F(Negotiating, TheLanguagePriorityBreaksTies)
{
    add("a.de", "text/html", "de", 10);
    add("a.en", "text/html", "en", 5);
    accept("*/*");
    EXPECT_EQ(chosen(), "a.en"); // the shorter one
    config.language_priority = {"de", "en"};
    EXPECT_EQ(chosen(), "a.de");
}

TEST_F(Negotiating, AnUnwantedLanguageNeedsTheFallback)
{
    add("a.de", "text/html", "de");
    add("a.en", "text/html", "en");
    accept("*/*", "it");
    EXPECT_EQ(chosen(), "none");
    config.language_priority = {"en"};
    config.force = force_fallback;
    EXPECT_EQ(chosen(), "a.en");
}

TEST_F(Negotiating, ThePreferredLanguageGoesBeforeTheClients)
{
    add("a.de", "text/html", "de");
    add("a.en", "text/html", "en");
    accept("*/*", "en");
    client.preferred_language = "de";
    EXPECT_EQ(chosen(), "a.de");
}

TEST_F(Negotiating, TheAlgorithmOfRfc2296ChoosesOnlyWhatIsDefinite)
{
    add("a.de", "text/html", "de");
    client.wants_rvsa = client.is_taken_literally = true;
    accept("*/*", "de");
    EXPECT_EQ(chosen(), "none");
    accept("text/html", "de");
    EXPECT_EQ(chosen(), "a.de");
}

TypeMap read(std::string_view text, Arena& arena)
{
    return parse_type_map(text, "/srv/a.var", "a.var", arena);
}

TEST(TypeMaps, HaveBlocksOfFields)
{
    Arena arena;
    const auto map = read("# list\nURI: a.html\n# in between\nContent-Type: text/html;\n qs=0.5\n"
                          "Content-Language: EN, de\n\n \nURI: b\n\nURI: c.png\r\n"
                          "Content-Length: 12\r\nDescription: (not) this",
                          arena);
    EXPECT_EQ(map.apache_id, "");
    ASSERT_EQ(map.variants.size(), 2U);
    EXPECT_EQ(map.variants[0].file_name, "a.html");
    EXPECT_FLOAT_EQ(map.variants[0].source_quality, 0.5F);
    EXPECT_EQ(map.variants[0].languages, (std::vector<std::string_view>{"en", "de"}));
    EXPECT_EQ(map.variants[1].length, 12);
}

TEST(TypeMaps, HaveBodiesThatEndWithTheirTag)
{
    Arena arena;
    const auto map = read("Content-Type: text/html\nBody: --x--\n line\n\n#two\n--x-- rest\n\n"
                          "Content-Type: text/plain\nBody: END\nshortEND",
                          arena);
    ASSERT_EQ(map.variants.size(), 2U);
    EXPECT_EQ(*map.variants[0].body, " line\n\n#two\n");
    EXPECT_EQ(map.variants[0].file_name, "a.var");
    EXPECT_EQ(*map.variants[1].body, "short");
}

TEST(TypeMaps, StopAtAMistake)
{
    Arena arena;
    EXPECT_TRUE(read("no colon\n", arena).is_useless);
    EXPECT_EQ(read("URI:\n", arena).apache_id, "AH00682");
    const auto map = read("URI: a\nContent-Length: 1\n\nURI: b\nContent-Length: -1\n", arena);
    EXPECT_EQ(map.apache_id, "AH00684");
    EXPECT_EQ(map.variants.size(), 1U);
    EXPECT_EQ(read("Body: x\n" + std::string(9000, 'y') + "x", arena).apache_id, "AH00685");
    EXPECT_EQ(read("", arena).variants.size(), 0U);
    EXPECT_EQ(read("Body:\n\n", arena).apache_id, "AH00682");
}

TEST_F(Negotiating, WhatCachesAreToldNamesOnlyWhatDiffers)
{
    add("a b.html", "text/html", "de");
    add("a b.txt", "text/plain;charset=utf-8;qs=0.125", "de", -1);
    EXPECT_EQ(vary_of(variants, true), "negotiate, accept, accept-charset");
    KnownLengths lengths;
    EXPECT_EQ(
        alternates_of(variants, lengths),
        "{\"a%20b.html\" 1 {type text/html} {language de} {length 100}}, {\"a%20b.txt\" 0.125 "
        "{type text/plain} {charset utf-8} {language de}}");
    EXPECT_EQ(vary_of({}, false), "");
}

} // namespace
} // namespace signet::mod_negotiation
