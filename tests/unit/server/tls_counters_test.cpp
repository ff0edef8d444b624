// What is counted about TLS connections, and what a flood of failures may write.
#include "server/tls_counters.h"

#include "server/line_budget.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

TEST(TlsCounters, TellOtherProtocolsOnAnHttpPortApart)
{
    EXPECT_EQ(misplaced_protocol("\x16\x03\x01\x02\x00"s), hello_on_http_port);
    EXPECT_EQ(misplaced_protocol("PROXY TCP4 1.2.3.4 1.2.3.4 5 6\r\n"), proxy_header_on_http_port);
    EXPECT_EQ(misplaced_protocol("\r\n\r\n\0\r\nQUIT\n\x21"s), proxy_header_on_http_port);
    EXPECT_EQ(misplaced_protocol("SSH-2.0-x\r\n"), ssh_on_http_port);
    for (const char* request :
         {"GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "PROPFIND / HTTP/1.1\r\n",
          "SEARCH / HTTP/1.1\r\n", "\r\nGET / HTTP/1.0\r\n", "P", ""}) {
        EXPECT_EQ(misplaced_protocol(request), 0) << request;
    }
}

TEST(TlsCounters, NameTheSlowestStage)
{
    EXPECT_EQ((HandshakeTimes{.hello_wait = 5s, .work = 1ms, .whole = 6s}.slowest()),
              "waiting for the ClientHello");
    EXPECT_EQ((HandshakeTimes{.hello_wait = 1ms, .work = 5s, .whole = 6s}.slowest()), "computing");
    EXPECT_EQ((HandshakeTimes{.hello_wait = 1ms, .work = 1ms, .whole = 6s}.slowest()),
              "waiting for the client's answer");
}

TEST(TlsCounters, SortDurationsIntoBuckets)
{
    WorkerTotals totals{};
    totals.reset();
    count_handshake(totals, {.hello_wait = 500us, .work = 2ms, .whole = 40s}, false);
    EXPECT_EQ(uint64_t{totals.tls_full}, 1U);
    EXPECT_EQ(uint64_t{totals.handshake_work_micros}, 2000U);
    EXPECT_EQ(uint64_t{totals.hello_wait.front()}, 1U);
    EXPECT_EQ(uint64_t{totals.handshake_work[1]}, 1U);
    EXPECT_EQ(uint64_t{totals.handshake_whole.back()}, 1U);
    WorkerTotals sum{};
    sum.reset();
    sum.add(totals);
    sum.add(totals);
    EXPECT_EQ(uint64_t{sum.handshake_whole.back()}, 2U);
}

TEST(LineBudget, SumsUpWhatItDidNotAllow)
{
    LineBudget budget;
    auto now = Monotonic::time_point(100s);
    for (unsigned i = 0; i < LineBudget::lines_per_period; ++i)
        EXPECT_TRUE(budget.allows(323, now));
    EXPECT_FALSE(budget.allows(323, now));
    EXPECT_FALSE(budget.allows(323, now));
    EXPECT_FALSE(budget.allows(370, now));
    EXPECT_EQ(budget.take_summary(now), "");
    now += LineBudget::period;
    EXPECT_EQ(budget.take_summary(now), "SG0323: 2, SG0370: 1");
    EXPECT_EQ(budget.take_summary(now), "");
    EXPECT_TRUE(budget.allows(323, now));
}

} // namespace
} // namespace signet::server
