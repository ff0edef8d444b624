// What is said about a server's handshakes, and when.
#include "server/tls_advice.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

// In `totals`: 300 handshakes, two of three resumed, cheap and prompt.
void count_good_handshakes(WorkerTotals& totals)
{
    totals.tls_full += 100;
    totals.tls_resumed += 200;
    totals.handshake_work_micros += 100 * 400;
    totals.resumption_work_micros += 200 * 100;
    totals.hello_wait[0] += 300;
}

TEST(TlsAdvice, IsNotNeededByAServerInGoodShape)
{
    WorkerTotals totals{};
    count_good_handshakes(totals);
    EXPECT_TRUE(tls_advice(totals).empty());
}

TEST(TlsAdvice, WaitsForAHundredHandshakes)
{
    WorkerTotals totals{};
    totals.tls_full += 99;
    EXPECT_TRUE(tls_advice(totals).empty());
    totals.tls_full += 1;
    ASSERT_EQ(tls_advice(totals).size(), 1U);
    EXPECT_EQ(tls_advice(totals)[0].id, 827);
}

TEST(TlsAdvice, NamesAKeyThatIsDearToSignWith)
{
    WorkerTotals totals{};
    count_good_handshakes(totals);
    totals.handshake_work_micros += 100 * 601; // RSA 4096 costs some 5 ms
    const auto advice = tls_advice(totals);
    ASSERT_EQ(advice.size(), 1U);
    EXPECT_EQ(advice[0].id, 828);
    EXPECT_EQ(advice[0].text,
              "a full TLS handshake costs 1001 microseconds of computing, a resumed one 100");
    EXPECT_NE(advice[0].in_full.find("; cause: "), std::string::npos);
    EXPECT_NE(advice[0].in_full.find("; fix: Use an ECDSA certificate"), std::string::npos);
}

TEST(TlsAdvice, NamesClientsThatTakeLongToSayAnything)
{
    WorkerTotals totals{};
    count_good_handshakes(totals);
    totals.hello_wait[WorkerTotals::handshake_limits.size() - 1] += 15; // five of 105 in a hundred
    EXPECT_TRUE(tls_advice(totals).empty());
    totals.hello_wait.back() += 10; // longer than the last limit
    const auto advice = tls_advice(totals);
    ASSERT_EQ(advice.size(), 1U);
    EXPECT_EQ(advice[0].id, 829);
    EXPECT_EQ(advice[0].text,
              "7 % of the clients take more than a second until their ClientHello is there");
}

} // namespace
} // namespace signet::server
