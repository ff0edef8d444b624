// signet ciphers: what a list comes to, in text and for programs.
#include "tools/ciphers.h"

#include "tools/console.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace signet::tools {
namespace {

struct Said {
    int code;
    std::string out;
};

Said list(CiphersRequest request)
{
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = list_ciphers(request);
    std::fflush(stdout);
    testing::internal::GetCapturedStderr();
    return {code, testing::internal::GetCapturedStdout()};
}

nlohmann::json facts(const std::string& text)
{
    const auto said = list({.list = text, .json = true});
    EXPECT_EQ(said.code, exit_done);
    return nlohmann::json::parse(said.out);
}

std::vector<std::string> column(const nlohmann::json& rows, const char* name)
{
    std::vector<std::string> values;
    for (const auto& row : rows) values.push_back(row.at(name));
    return values;
}

bool has(const std::vector<std::string>& all, const std::string& one)
{
    return std::ranges::find(all, one) != all.end();
}

TEST(Ciphers, OfNothingAreWhatIsServedByDefaultInOrder)
{
    const auto said = facts("");
    const auto names = column(said.at("suites"), "name");
    ASSERT_EQ(names.size(), 9U);
    EXPECT_EQ(names[0], "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(names[3], "ECDHE-ECDSA-AES128-GCM-SHA256");
    EXPECT_EQ(said.at("suites")[3].at("key_exchange"), "ECDHE");
    EXPECT_EQ(said.at("suites")[4].at("authentication"), "RSA");
    EXPECT_TRUE(said.at("removed").empty());
    EXPECT_TRUE(said.at("without_effect").empty());
}

TEST(Ciphers, OfTheOldFaqsListAreServedWithoutTheBrokenOnes)
{
    const auto said = facts("ALL:!ADH:RC4+RSA:+HIGH:+MEDIUM:!SSLv2:+EXP:+eNULL");
    const auto served = column(said.at("suites"), "name");
    const auto removed = column(said.at("removed"), "name");
    for (const char* broken : {"RC4-SHA", "EXP-RC4-MD5", "DES-CBC-SHA", "AECDH-AES128-SHA"}) {
        EXPECT_TRUE(has(removed, broken)) << broken;
        EXPECT_FALSE(has(served, broken)) << broken;
    }
    for (const auto& name : served) EXPECT_FALSE(has(removed, name)) << name;
    const auto idle = column(said.at("without_effect"), "word");
    EXPECT_TRUE(has(idle, "+eNULL"));
    EXPECT_TRUE(has(idle, "RC4+RSA"));
    EXPECT_FALSE(has(idle, "ALL"));
}

TEST(Ciphers, EachHasARemarkWhereThereIsOne)
{
    const auto said = facts("AES128-SHA:PSK-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256");
    const auto remarks = column(said.at("suites"), "remark");
    ASSERT_EQ(remarks.size(), 6U);
    EXPECT_EQ(remarks[0], "");
    EXPECT_EQ(remarks[3], "no forward secrecy, CBC (no AEAD)");
    EXPECT_TRUE(remarks[4].starts_with("needs a shared key")) << remarks[4];
    EXPECT_EQ(remarks[5], "");
    const auto text = list({.list = "AES128-SHA:PSK-AES128-GCM-SHA256"}).out;
    EXPECT_NE(text.find("Never chosen"), text.npos) << text;
}

TEST(Ciphers, OfAListThatComesToNothingAreARefusal)
{
    for (const char* empty : {"NONSENSE", "ADH", "RC4-SHA", ":::", "\x01"}) {
        const auto said = list({.list = empty});
        EXPECT_EQ(said.code, exit_no) << empty;
        EXPECT_EQ(said.out, "") << empty;
    }
}

} // namespace
} // namespace signet::tools
