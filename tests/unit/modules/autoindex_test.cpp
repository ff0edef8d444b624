// mod_autoindex: patterns, sizes, descriptions, orders, merging.
#include "modules/mod_autoindex/config.h"
#include "modules/mod_autoindex/entries.h"
#include "modules/mod_autoindex/natural_order.h"
#include "modules/mod_autoindex/page.h"
#include "unit/modules/site.h"

namespace signet::mod_autoindex {
namespace {

TEST(Autoindex, PatternsHaveStarsAndQuestionMarks)
{
    EXPECT_TRUE(fits("/srv/a.txt", "/srv/*"));
    EXPECT_TRUE(fits("a.tar.gz", "*.gz"));
    EXPECT_TRUE(fits("abcbc", "a*bc"));
    EXPECT_TRUE(fits("abc", "a?c**"));
    EXPECT_FALSE(fits("abc", "a?"));
    EXPECT_FALSE(fits("a", "[a]")) << "brackets are ordinary";
    EXPECT_TRUE(fits("TEXT/Html", "text/*", true));
    EXPECT_TRUE(fits("", "*"));
    EXPECT_FALSE(fits("", "?"));
}

TEST(Autoindex, SizesHaveFourCharacters)
{
    EXPECT_EQ(size_text(-1), "  - ");
    EXPECT_EQ(size_text(0), "  0 ");
    EXPECT_EQ(size_text(972), "972 ");
    EXPECT_EQ(size_text(973), "1.0K");
    EXPECT_EQ(size_text(1024), "1.0K");
    EXPECT_EQ(size_text(3000), "2.9K");
    EXPECT_EQ(size_text(99999), " 98K");
    EXPECT_EQ(size_text(1300000), "1.2M");
    EXPECT_EQ(size_text(int64_t{5} << 40), "5.0T");
    EXPECT_EQ(size_text(INT64_MAX).size(), 4U);
}

TEST(Autoindex, DescriptionsAreCut)
{
    const auto cut = [](std::string text, size_t width) {
        return std::string(cut_description(text, width));
    };
    EXPECT_EQ(cut("short", 10), "short");
    EXPECT_EQ(cut("exactly ten", 11), "exactly ten");
    EXPECT_EQ(cut("longer than that", 6), "longe>");
    EXPECT_EQ(cut("<b>bold</b> text", 9), "<b>bold</b> text");
    EXPECT_EQ(cut("&auml;&ouml;&uuml;", 3), "&auml;&ouml;&uuml;");
    EXPECT_EQ(cut("a < b", 3), "a < b") << "a tag that does not end";
    EXPECT_EQ(cut("anything", 0), "");
}

TEST(Autoindex, VersionsCompareByValue)
{
    EXPECT_LT(compare_naturally("foo-1.7", "foo-1.12", false), 0);
    EXPECT_LT(compare_naturally("foo-1.001", "foo-1.002", false), 0);
    EXPECT_LT(compare_naturally("foo-1.030", "foo-1.04", false), 0) << "fractions";
    EXPECT_LT(compare_naturally("foo-1.8.2", "foo-1.8.2a", false), 0);
    EXPECT_GT(compare_naturally("b", "A", true), 0);
    EXPECT_GT(compare_naturally("a", "B", false), 0);
    EXPECT_EQ(compare_naturally("a  1", "a 1", false), 0);
    EXPECT_LT(compare_naturally("", "a", false), 0);
}

std::vector<std::string> sorted(View view, std::vector<Entry> entries)
{
    sort_entries(entries, view);
    std::vector<std::string> names;
    for (const auto& entry : entries) names.push_back(entry.name);
    return names;
}

TEST(Autoindex, ParentFirstThenFolders)
{
    const std::vector<Entry> entries{
        {.name = "b"}, {.name = "/"}, {.name = "c/", .is_folder = true}};
    EXPECT_EQ(sorted({.direction = 'D'}, entries), (std::vector<std::string>{"/", "c/", "b"}));
}

TEST(Autoindex, NamesDecideBetweenEquals)
{
    const std::vector<Entry> entries{
        {.name = "b", .size = 1}, {.name = "a", .size = 1}, {.name = "B", .size = 9}};
    using Names = std::vector<std::string>;
    EXPECT_EQ(sorted({.key = 'S'}, entries), (Names{"a", "b", "B"}));
    EXPECT_EQ(sorted({.key = 'S', .direction = 'D'}, entries), (Names{"B", "b", "a"}));
    EXPECT_EQ(sorted({.options = ignore_case}, entries), (Names{"a", "B", "b"}));
}

View view(std::string_view query, uint32_t options = fancy_indexing)
{
    static Arena arena;
    server::Request request(arena);
    request.query = query;
    return view_of({.options = options}, request);
}

TEST(Autoindex, QueriesChooseOrderAndForm)
{
    const View all = view("C=S;O=D&F=2;V=1;P=%2a.txt");
    EXPECT_EQ(all.key, 'S');
    EXPECT_EQ(all.direction, 'D');
    EXPECT_EQ(all.options, fancy_indexing | html_table | version_sort);
    EXPECT_EQ(all.pattern, "*.txt");
    EXPECT_EQ(all.arguments, ";F=2;V=1;P=*.txt");
    EXPECT_EQ(view("F=0", fancy_indexing | html_table).options, 0U);
}

TEST(Autoindex, WhatIsOddEndsTheQuery)
{
    EXPECT_EQ(view("C=N;x;O=D").direction, 'A');
    EXPECT_EQ(view("C=NN;O=D").direction, 'A');
    EXPECT_EQ(view("P=%zz;O=D").pattern, "");
    EXPECT_EQ(view("P=%zz;O=D").direction, 'D');
    EXPECT_EQ(view("P=%2f").pattern, "") << "a slash";
    EXPECT_EQ(view("O=D", ignore_client).direction, 'A');
}

TEST(Autoindex, UnsignedOptionsReplaceSignedOnesAdd)
{
    const Config outer{.options = fancy_indexing | suppress_size};
    EXPECT_EQ(merge(outer, {.added = suppress_icon, .removed = suppress_size}).options,
              fancy_indexing | suppress_icon);
    EXPECT_EQ(merge(outer, {.options = html_table}).options, html_table);
    EXPECT_EQ(merge(outer, {.options = no_options}).options, no_options);
    EXPECT_EQ(merge({.options = no_options}, {.added = xhtml}).options, xhtml);
}

TEST(Autoindex, LabelsGoByPathTypeOrEncoding)
{
    const Labels labels{
        {.by = Label::By::encoding, .place = "*", .pattern = "x-gzip", .text = "packed"},
        {.by = Label::By::type, .place = "/srv/*", .pattern = "text/*", .text = "text"},
        {.by = Label::By::path, .place = "*", .pattern = "*.c", .text = "source"},
    };
    EXPECT_EQ(*find_label(labels, {.path = "/srv/a.c", .type = "text/x-c"}), "text");
    EXPECT_EQ(*find_label(labels, {.path = "/home/a.c", .type = "text/x-c"}), "source");
    EXPECT_EQ(*find_label(labels, {.path = "/srv/a", .type = "text/x", .encoding = "X-GZIP"}),
              "packed");
    EXPECT_EQ(find_label(labels, {.path = "/srv/a", .type = "text/x", .by_path_only = true}),
              nullptr);
}

TEST(Autoindex, RefusesWhatApacheRefuses)
{
    using modules::Site;
    EXPECT_EQ(Site("IndexOptions None FancyIndexing\n").error(),
              "Cannot combine other IndexOptions keywords with 'None'");
    EXPECT_EQ(Site("IndexOptions NameWidth=4\n").error(), "NameWidth value must be greater than 5");
    EXPECT_EQ(Site("IndexOptions +NameWidth\n").error(),
              "NameWidth with no value may only appear as '-NameWidth'");
    EXPECT_EQ(Site("IndexOptions -IconHeight=4\n").error(), "Cannot combine '-' with IconHeight=n");
    EXPECT_EQ(Site("AddIcon (TXT,/a.png .txt\n").error(), "missing closing paren");
    EXPECT_EQ(Site("IndexOptions NameWidth=* Charset=UTF-8 +XHTML\n").error(), "");
}

} // namespace
} // namespace signet::mod_autoindex
