// The catalogue of messages: its numbers are a promise to everybody who looks one up.
#include "diagnosis/catalogue.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace signet::diagnosis {
namespace {

TEST(Catalogue, UsesEachIdOnce)
{
    const auto entries = all();
    for (size_t i = 1; i < entries.size(); ++i) {
        EXPECT_LT(entries[i - 1].id, entries[i].id)
            << entries[i - 1].symptom << " / " << entries[i].symptom;
    }
}

TEST(Catalogue, KnowsCauseAndFixOfEverything)
{
    for (const auto& entry : all()) {
        EXPECT_FALSE(entry.symptom.empty()) << entry.id;
        EXPECT_FALSE(entry.cause.empty()) << entry.id;
        EXPECT_FALSE(entry.fix.empty()) << entry.id;
    }
}

TEST(Catalogue, FindsWhatItHas)
{
    for (const auto& entry : all()) EXPECT_EQ(find(entry.id)->symptom, entry.symptom);
    EXPECT_EQ(find(9999), nullptr);
}

} // namespace
} // namespace signet::diagnosis
