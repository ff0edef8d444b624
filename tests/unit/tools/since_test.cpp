#include "tools/check/since.h"

#include <gtest/gtest.h>

namespace signet::tools::check {
namespace {

using std::chrono::minutes;

// Local time, as logs have it.
time_t at(int hour, int minute)
{
    tm parts{.tm_min = minute, .tm_hour = hour, .tm_mday = 28, .tm_mon = 10, .tm_year = 126};
    parts.tm_isdst = -1;
    return ::mktime(&parts);
}

constexpr std::string_view log =
    "[Sat Nov 28 09:00:00.000000 2026] [core:error] [pid 1:tid 1] AH00001: long ago\n"
    "[Sat Nov 28 10:01:00.123456 2026] [authz_core:error] [pid 1:tid 1] [client 1.2.3.4:5] "
    "AH01630: no\n"
    "[Sat Nov 28 10:02:00.123456 2026] [core:error] [pid 1:tid 1] (36)File name too long: [client "
    "1.2.3.4:5] AH00127: Cannot map\n"
    "[Sat Nov 28 10:05:00.000001 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: signet -- "
    "resuming\n"
    "[Sat Nov 28 10:06:00.123456 2026] [core:error] [pid 2:tid 2] [client 1.2.3.4:5] AH00127: "
    "Cannot map\n"
    "[Sat Nov 28 10:06:30 2026] [ssl:warn] [pid 2:tid 2] SG0825: too small\n"
    "[Sat Nov 28 10:06:31 2026] [ssl:info] [pid 2:tid 2] SG0381: closed\n"
    "sh: 1: cannot open\n";

TEST(Since, ComparesWhatWasBeforeTheLastReloadWithWhatCameAfter)
{
    const auto told = compare_log(log, at(10, 10), minutes(15));
    EXPECT_TRUE(told.is_reload);
    EXPECT_EQ(told.split, at(10, 5));
    EXPECT_EQ(told.unread, 1U);
    ASSERT_EQ(told.classes.size(), 3U);
    EXPECT_EQ(told.classes.at("AH01630").before, 1U);
    EXPECT_EQ(told.classes.at("AH01630").after, 0U);
    EXPECT_EQ(told.classes.at("AH00127").before, 1U);
    EXPECT_EQ(told.classes.at("AH00127").after, 1U);
    EXPECT_EQ(told.classes.at("SG0825").level, "warn");
    EXPECT_TRUE(has_new(told));
    EXPECT_NE(text_of(told).find("still there:\n  AH00127  error  1 before, 1 after"),
              std::string::npos)
        << text_of(told);
}

TEST(Since, GoesByThePlaceOfTheReloadWithinItsSecond)
{
    const auto told =
        compare_log("[Sat Nov 28 10:05:00 2026] [mpm_event:notice] [pid 1] AH00489: first\n"
                    "[Sat Nov 28 10:05:00 2026] [core:error] [pid 1] AH01630: before\n"
                    "[Sat Nov 28 10:05:00 2026] [mpm_event:notice] [pid 1] AH00489: again\n"
                    "[Sat Nov 28 10:05:00 2026] [core:error] [pid 1] AH00127: after\n",
                    at(10, 10), minutes(15));
    EXPECT_EQ(told.classes.at("AH01630").before, 1U);
    EXPECT_EQ(told.classes.at("AH00127").after, 1U);
}

TEST(Since, WithoutReloadSplitsAtTheBeginningOfTheWindow)
{
    const auto told = compare_log(log, at(10, 16), minutes(10));
    EXPECT_FALSE(told.is_reload);
    EXPECT_EQ(told.split, at(10, 6));
    EXPECT_EQ(told.classes.at("AH00127").after, 1U);
    EXPECT_EQ(told.classes.at("AH01630").before, 1U);
}

TEST(Since, FindsNothingInAnEmptyLog)
{
    const auto told = compare_log("", at(10, 10), minutes(15));
    EXPECT_FALSE(has_new(told));
    EXPECT_NE(text_of(told).find("no warnings and no errors"), std::string::npos);
}

TEST(Since, KnowsWindows)
{
    EXPECT_EQ(parse_window("15m"), minutes(15));
    EXPECT_EQ(parse_window("2d"), std::chrono::hours(48));
    for (const auto wrong : {"", "m", "15", "0m", "-1m", "15x", "9999999999999m"})
        EXPECT_FALSE(parse_window(wrong)) << wrong;
}

} // namespace
} // namespace signet::tools::check
