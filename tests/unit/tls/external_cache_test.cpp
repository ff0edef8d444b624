#include "tls/external_cache.h"
#include "tls/staples.h"
#include "unit/pki/make_certificate.h"

#include <gtest/gtest.h>

namespace signet::test {
namespace {

using tls::ExternalSessions;
using Change = ExternalSessions::Change;

// A store in memory that can be told to fail.
class FakeCache final : public tls::ExternalCache {
public:
    explicit FakeCache(const bool& fails)
        : fails_(fails)
    {
    }
    [[nodiscard]] std::string name() const override { return "fake"; }
    [[nodiscard]] Result<std::optional<std::string>> find(std::string_view id) override
    {
        if (fails_) return fail("no");
        if (id == "known") return "session";
        return std::nullopt;
    }
    [[nodiscard]] Result<void> store(std::string_view, std::string_view,
                                     std::chrono::seconds) override
    {
        if (fails_) return fail("no");
        return {};
    }
    [[nodiscard]] Result<bool> claim(std::string_view, std::chrono::seconds) override
    {
        return !fails_;
    }

private:
    const bool& fails_;
};

TEST(ExternalSessions, AfterAFailureNobodyAsksUntilThePauseIsOver)
{
    bool fails = false;
    auto sessions = ExternalSessions::create(std::make_unique<FakeCache>(fails));
    ASSERT_TRUE(sessions);
    ASSERT_TRUE(sessions->may_ask());
    EXPECT_EQ(sessions->find("known")->value_or(""), "session");
    EXPECT_EQ(sessions->take_change(), Change::none);

    fails = true;
    EXPECT_FALSE(sessions->find("known"));
    EXPECT_EQ(sessions->take_change(), Change::failing);
    EXPECT_EQ(sessions->take_change(), Change::none);
    EXPECT_FALSE(sessions->may_ask());
    EXPECT_EQ(sessions->counters().failures, 1U);
    EXPECT_EQ(sessions->counters().skipped, 1U);

    fails = false;
    EXPECT_TRUE(sessions->store("other", "x", std::chrono::seconds(1)));
    EXPECT_EQ(sessions->take_change(), Change::back);
    EXPECT_TRUE(sessions->may_ask());
}

TEST(ExternalCache, ServersAreReadWithAndWithoutPort)
{
    const auto servers = tls::parse_cache_servers("a.example:1,b.example,[::1]:2,[::1]", 9);
    ASSERT_TRUE(servers);
    ASSERT_EQ(servers->size(), 4U);
    EXPECT_EQ((*servers)[0].port, 1);
    EXPECT_EQ((*servers)[1].port, 9);
    EXPECT_EQ((*servers)[2].host, "::1");
    EXPECT_EQ((*servers)[2].port, 2);
    EXPECT_EQ((*servers)[3].port, 9);
    for (const auto* bad : {"", "a:", "a:x", "a:70000", ":1", "a:1,,b:2"})
        EXPECT_FALSE(tls::parse_cache_servers(bad, 9)) << bad;
}

TEST(ExternalCache, InAFileOneClaimsWhatNobodyHasClaimed)
{
    const TemporaryDirectory directory;
    const std::string path = directory.put("mark", "") + ".sessions";
    ASSERT_TRUE(tls::make_dbm_file(path));
    const auto cache = tls::dbm_cache(path);
    ASSERT_TRUE(cache);
    using std::chrono::seconds;
    EXPECT_TRUE((*cache)->claim("one", seconds(300)).value());
    EXPECT_FALSE((*cache)->claim("one", seconds(300)).value());
    EXPECT_TRUE((*cache)->claim("two", seconds(300)).value());
    EXPECT_TRUE((*cache)->store("three", "session", seconds(0)));
    EXPECT_TRUE((*cache)->claim("three", seconds(300)).value()) << "it has expired";
    EXPECT_FALSE((*cache)->claim("three", seconds(300)).value());
}

TEST(Staples, ReadersSeeWhatWasPublishedLast)
{
    tls::Staples staples;
    for (size_t i = 0; i < 100; ++i) ASSERT_EQ(staples.add().value(), i);
    EXPECT_FALSE(staples.read(99));
    EXPECT_TRUE(staples.publish(99, {.response = "one", .is_answer = true}));
    EXPECT_TRUE(staples.publish(99, {.response = "two", .is_answer = true, .due = 7}));
    EXPECT_EQ(staples.read(99)->response, "two");
    EXPECT_EQ(staples.read(99)->due, 7);
    EXPECT_FALSE(staples.read(98));
    EXPECT_FALSE(staples.publish(99, {.response = std::string(20000, 'x')}));
    EXPECT_EQ(staples.read(99)->response, "two");
}

TEST(Staples, WhatHasExpiredOrIsAnUnwantedErrorIsNotSent)
{
    auto staples = std::make_shared<tls::Staples>();
    tls::Staple staple{.staples = staples, .place = *staples->add()};
    EXPECT_EQ(staple.response(100), "");
    staples->publish(0, {.response = "good", .is_answer = true, .usable_until = 100});
    EXPECT_EQ(staple.response(100), "good");
    EXPECT_EQ(staple.response(101), "");
    staples->publish(0, {.response = "later"});
    EXPECT_EQ(staple.response(101), "later");
    staple.return_errors = false;
    EXPECT_EQ(staple.response(101), "");
    EXPECT_EQ(tls::Staple{}.response(1), "");
}

} // namespace
} // namespace signet::test
