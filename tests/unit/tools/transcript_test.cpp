// signet explain transcript and signet status: reading what other programs and the kernel print.
#include "tools/transcript.h"

#include "tools/server_status.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace signet::tools {
namespace {

bool has(const Transcript& transcript, int id)
{
    return std::ranges::any_of(transcript.findings, [&](const auto& one) { return one.id == id; });
}

TEST(Transcript, TellsAMissingIntermediateFromAnUnknownRoot)
{
    const auto gap = read_transcript(
        "depth=0 CN = a\nverify error:num=20:unable to get local issuer certificate\n");
    EXPECT_TRUE(has(gap, 410));
    const auto root = read_transcript(
        "depth=1 CN = a\nverify error:num=20:unable to get local issuer certificate\n");
    EXPECT_TRUE(has(root, 464));
    EXPECT_FALSE(has(root, 410));
}

TEST(Transcript, KnowsWhoSentAnAlert)
{
    const auto refused = read_transcript("* TLSv1.3 (IN), TLS alert, unknown CA (560):\n");
    ASSERT_EQ(refused.findings.size(), 1U);
    EXPECT_NE(refused.findings[0].cause.find("client's certificate"), std::string::npos);
    const auto distrusted = read_transcript("* TLSv1.3 (OUT), TLS alert, unknown CA (560):\n");
    ASSERT_EQ(distrusted.findings.size(), 1U);
    EXPECT_NE(distrusted.findings[0].cause.find("our certificate"), std::string::npos);
    EXPECT_TRUE(read_transcript("* TLSv1.3 (OUT), TLS alert, close notify (256):\n").is_empty());
}

TEST(Transcript, TakesARequestLineForNoAnswer)
{
    EXPECT_TRUE(read_transcript("GET / HTTP/1.0\r\n> GET / HTTP/1.1\n").is_empty());
    const auto answered = read_transcript("< HTTP/2 421 \r\n");
    ASSERT_EQ(answered.facts.size(), 1U);
    EXPECT_EQ(answered.facts[0].second, "HTTP/2 421");
    EXPECT_EQ(answered.findings.size(), 1U);
}

TEST(Transcript, SaysLittleAboutMuchNoise)
{
    std::string noise;
    for (int i = 0; i < 20000; i++) {
        noise += "Cipher is S" + std::to_string(i) + "\nSSL alert number " + std::to_string(i)
                 + "\nverify error:num=" + std::to_string(i) + ":\x1b\n";
    }
    const auto found = read_transcript(noise);
    EXPECT_LE(found.facts.size(), 100U);
    EXPECT_LE(found.findings.size(), 100U);
    for (const auto& one : found.findings) EXPECT_EQ(one.seen.find('\x1b'), std::string::npos);
    for (const char* cut : {"", "-----BEGIN CERTIFICATE-----", "verify error:num=", "HTTP/",
                            "Cipher is ", "(IN), TLS alert, x (", "Verify return code: "}) {
        EXPECT_TRUE(read_transcript(cut).findings.empty()) << cut;
    }
}

TEST(Status, AddsThePartsOfAProcess)
{
    const auto use = parse_memory_use("55d0-7ffe ---p 00000000 00:00 0    [rollup]\n"
                                      "Rss:                 100 kB\nPss:                  40 kB\n"
                                      "Shared_Clean:         50 kB\nShared_Dirty:         10 kB\n"
                                      "Private_Clean:        30 kB\nPrivate_Dirty:        10 kB\n"
                                      "Swap: many kB\nRss: 99999999999999999999 kB\n");
    EXPECT_EQ(use.resident, 100U * 1024);
    EXPECT_EQ(use.proportional, 40U * 1024);
    EXPECT_EQ(use.shared, 60U * 1024);
    EXPECT_EQ(use.own, 40U * 1024);
}

} // namespace
} // namespace signet::tools
