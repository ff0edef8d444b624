// Which links are pushed, and how often.
#include "server/http2_push.h"

#include <gtest/gtest.h>
#include <string>

namespace signet::server {
namespace {

std::string pushed(std::string_view field)
{
    std::string all;
    for (auto link = next_preload(field); !link.target.empty(); link = next_preload(field))
        all += std::string(link.target) + (link.critical ? "! " : " ");
    return all;
}

TEST(PreloadLinks, AreThoseWithThatRelation)
{
    EXPECT_EQ(pushed("</a.css>;rel=preload"), "/a.css ");
    EXPECT_EQ(pushed("</a>; rel=\"next preload\"; as=style, </b>; rel=next, </c>;REL=Preload"),
              "/a /c ");
    EXPECT_EQ(pushed("</a>;rel=preload;nopush, </b>;rel=preload;critical"), "/b! ");
    EXPECT_EQ(pushed("</a,b>;rel=preload;title=\"x, <y>; z\\\" \", </c>;rel=preload"), "/a,b /c ");
}

TEST(PreloadLinks, OfABrokenFieldAreNone)
{
    for (const char* field : {"", "a", "<", "</a;rel=preload", "</a>", "</a>;rel", "<>;rel=preload",
                              "</a>;rel=\"preload", ";;;,,,"})
        EXPECT_EQ(pushed(field), "") << field;
}

TEST(PushDiary, TakesEachResourceOnce)
{
    PushDiary diary(2);
    EXPECT_TRUE(diary.note("/a"));
    EXPECT_FALSE(diary.note("/a"));
    EXPECT_TRUE(diary.note("/b"));
    EXPECT_TRUE(diary.note("/c")); // the oldest is forgotten
    EXPECT_FALSE(diary.note("/b"));
    EXPECT_TRUE(diary.note("/a"));
}

TEST(PushDiary, OfSizeZeroRemembersNothing)
{
    PushDiary diary(0);
    EXPECT_TRUE(diary.note("/a"));
    EXPECT_TRUE(diary.note("/a"));
}

} // namespace
} // namespace signet::server
