#include "modules/mod_include/scanner.h"
#include "modules/mod_include/text_coding.h"

#include <gtest/gtest.h>

namespace signet::mod_include {
namespace {

// "text{name a=b c}rest": what a scanner finds, with the document given in pieces of this size.
std::string found_in(std::string_view document, size_t size, std::string_view start = "<!--#",
                     std::string_view end = "-->")
{
    Scanner scanner(start, end);
    std::string out;
    for (size_t at = 0; at < document.size(); at += size) {
        auto piece = document.substr(at, size);
        while (!piece.empty()) {
            switch (scanner.next(piece)) {
            case Scanner::Found::nothing: break;
            case Scanner::Found::text: out += scanner.text(); break;
            case Scanner::Found::start: out += '{'; break;
            case Scanner::Found::element: {
                const Element& element = scanner.element();
                out += element.lacks_name ? "?" : element.name;
                for (const auto& [name, value] : element.arguments) {
                    out += ' ' + (name.empty() ? "?" : name);
                    if (value) out += '=' + *value;
                }
                out += '}';
            }
            }
        }
    }
    out += scanner.rest();
    return scanner.is_inside() ? out + "..." : out;
}

struct Case {
    std::string_view document, found;
};

constexpr Case cases[] = {
    {"", ""},
    {"no element", "no element"},
    {"a<!--#echo var=\"x\" -->b", "a{echo var=x}b"},
    {"<!--#ECHO VAR = 'a b'-->", "{echo var=a b}"},
    {"<!--#endif-->x", "{endif}x"},
    {"<!--#a b c=d -->", "{a b c=d}"},
    {"<!--#a \"v\" -->", "{a ?=v}"},
    {"<!--#a =\"v\" -->", "{a ?=v}"},
    {"<!--# a -->", "{? a}"},
    {"<!--#-->", "{?}"},
    {"<!--#a b=\"c\\\"d\\\\\\\"e\\f\" -->", "{a b=c\"d\\\\\"e\\f}"},
    {"<!--#a b=`-->` -x --->", "{a b=--> -x --->..."},
    {"<!--#a --x -->", "{a --x}"},
    {"<!--#a b=c-->", "{..."},
    {"<!--#a b=c -->", "{a b=c}"},
    {"<!--#a b=\"c\"d=e -->", "{a b=c d=e}"},
    {"<!-<!--#a-->-<!--", "<!-{a}-<!--"},
    {"<<!--<!--#a-->", "<<!--{a}"},
    {"<!--#a<!--#b-->", "{a<!--#b}"},
    {"<!--#echo", "{..."},
};

TEST(IncludeScanner, FindsTheSameHoweverTheDocumentIsCut)
{
    for (const auto& [document, found] : cases) {
        for (const size_t size : {1UL, 2UL, 3UL, 5UL, 7UL, 100UL}) {
            const std::string shown = found_in(document, size);
            if (found.ends_with("--->...")) {
                EXPECT_TRUE(shown.ends_with("...")) << shown;
            } else {
                EXPECT_EQ(shown, found) << document << " in pieces of " << size;
            }
        }
    }
}

TEST(IncludeScanner, TakesTagsThatRepeatThemselves)
{
    for (const size_t size : {1UL, 2UL, 3UL, 4UL, 100UL}) {
        EXPECT_EQ(found_in("x----->y ==", size, "---->", "=="), "x-{y}") << size;
        EXPECT_EQ(found_in("aabaaab z x", size, "aaab", "x"), "aab{? z}") << size;
        EXPECT_EQ(found_in("--.-", size, "--->", "x"), "--.-") << size;
    }
}

TEST(IncludeScanner, GivesUpAnElementWithoutEnd)
{
    Scanner scanner("<!--#", "-->");
    const std::string endless(size_t{3} << 20, 'x');
    std::string_view piece = "<!--#echo var=\"";
    EXPECT_EQ(scanner.next(piece), Scanner::Found::start);
    EXPECT_EQ(scanner.next(piece), Scanner::Found::nothing);
    piece = endless;
    EXPECT_EQ(scanner.next(piece), Scanner::Found::nothing);
    piece = "\" -->more";
    EXPECT_EQ(scanner.next(piece), Scanner::Found::nothing);
    EXPECT_TRUE(scanner.is_inside());
    EXPECT_TRUE(scanner.element().arguments.empty());
}

TEST(IncludeText, ShortensSizes)
{
    EXPECT_EQ(abbreviated_size(0), "  0 ");
    EXPECT_EQ(abbreviated_size(972), "972 ");
    EXPECT_EQ(abbreviated_size(973), "1.0K");
    EXPECT_EQ(abbreviated_size(5500), "5.4K");
    EXPECT_EQ(abbreviated_size(10189), " 10K");
    EXPECT_EQ(abbreviated_size(1234567), "1.2M");
    EXPECT_EQ(grouped_size(999), "999");
    EXPECT_EQ(grouped_size(1000), "1,000");
    EXPECT_EQ(grouped_size(1234567), "1,234,567");
}

TEST(IncludeText, DecodesEntitiesOfLatin1)
{
    EXPECT_EQ(decode_entities("&lt;a&amp;b&eacute;&#65;&#7;&#300;&foo;&bar&"), "<a&b\xe9"
                                                                               "A&foo;&bar&");
}

} // namespace
} // namespace signet::mod_include
