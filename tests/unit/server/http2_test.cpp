// What HTTP/2 clients may cost (http2_budget.h), and HTTP2-Settings (protocols.h).
#include "server/http2_budget.h"
#include "server/protocols.h"

#include <chrono>
#include <gtest/gtest.h>

namespace signet::server {
namespace {

using std::chrono::seconds;

const Monotonic::time_point start{seconds(1000)};

int charges(Http2Budget& budget, Nuisance kind, Monotonic::time_point now)
{
    int count = 0;
    while (count < 10'000 && budget.charge(kind, now)) ++count;
    return count;
}

TEST(Http2Budget, GivesABurstAndThenARate)
{
    Http2Budget budget;
    EXPECT_EQ(charges(budget, Nuisance::pings, start), 100);
    EXPECT_FALSE(budget.charge(Nuisance::pings, start));
    EXPECT_EQ(charges(budget, Nuisance::pings, start + seconds(2)), 20);
    EXPECT_EQ(charges(budget, Nuisance::pings, start + seconds(60)), 100);
}

TEST(Http2Budget, KeepsKindsApart)
{
    Http2Budget budget;
    (void)charges(budget, Nuisance::settings, start);
    EXPECT_TRUE(budget.charge(Nuisance::resets, start));
}

TEST(Http2Budget, LetsAClientResetAsManyStreamsAsItLetBeAnswered)
{
    Http2Budget budget;
    for (int i = 0; i < 5000; ++i) {
        EXPECT_TRUE(budget.charge(Nuisance::resets, start));
        budget.response_sent();
    }
}

TEST(Http2Budget, ChargesWhatIsCheapToSend)
{
    using http::H2Frame, http::H2FrameType;
    const auto cost = [](H2FrameType type, size_t length, bool ends, bool acknowledges) {
        return Http2Budget::cost_of({.type = type,
                                     .stream = 1,
                                     .length = length,
                                     .ends_stream = ends,
                                     .acknowledges = acknowledges});
    };
    EXPECT_EQ(cost(H2FrameType::ping, 8, false, false), Nuisance::pings);
    EXPECT_EQ(cost(H2FrameType::ping, 8, false, true), std::nullopt);
    EXPECT_EQ(cost(H2FrameType::data, 0, false, false), Nuisance::empty_frames);
    EXPECT_EQ(cost(H2FrameType::data, 0, true, false), std::nullopt);
    EXPECT_EQ(cost(H2FrameType::data, 1, false, false), std::nullopt);
    EXPECT_EQ(cost(H2FrameType::headers, 0, false, false), std::nullopt);
    EXPECT_EQ(cost(static_cast<H2FrameType>(0xee), 1, false, false), Nuisance::unknown_frames);
}

TEST(Http2Settings, AreBase64WithAnotherAlphabet)
{
    EXPECT_EQ(decode_base64url("AAMAAABkAAQCAAAAAAIAAAAA")->size(), 18U);
    EXPECT_EQ(decode_base64url("-_8"), std::string("\xfb\xff"));
    EXPECT_EQ(decode_base64url(""), std::string());
    EXPECT_EQ(decode_base64url("a+b/"), std::nullopt);
}

} // namespace
} // namespace signet::server
