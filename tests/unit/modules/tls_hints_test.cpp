#include "modules/mod_cgi/missing_variables.h"
#include "modules/mod_ssl/cache_watch.h"

#include <gtest/gtest.h>

namespace signet {
namespace {

using Names = std::vector<std::string>;

TEST(MissingVariables, AreTheNamesOfModSslInAProgram)
{
    EXPECT_EQ(mod_cgi::tls_variables_in("#!/bin/sh\necho $SSL_PROTOCOL ${SSL_CLIENT_S_DN_CN} "
                                        "$SSL_PROTOCOL"),
              (Names{"SSL_PROTOCOL", "SSL_CLIENT_S_DN_CN"}));
    EXPECT_EQ(
        mod_cgi::tls_variables_in(std::string_view("\0SSL_CIPHER\0SSL_CIPHER_ALGKEYSIZE", 33)),
        (Names{"SSL_CIPHER", "SSL_CIPHER_ALGKEYSIZE"}));
    EXPECT_EQ(mod_cgi::tls_variables_in("SSL_TLS_SNI MY_SSL_CIPHER SSL_CTX_new SSL_ OPENSSL_x"),
              Names{});
    EXPECT_EQ(mod_cgi::tls_variables_in("... SSL_SERVER_"), Names{"SSL_SERVER_"});
    EXPECT_EQ(mod_cgi::tls_variables_in(""), Names{});
    std::string many;
    for (int i = 0; i < 100; ++i) many += "SSL_CLIENT_CERT_CHAIN_" + std::to_string(i) + " ";
    EXPECT_EQ(mod_cgi::tls_variables_in(many).size(), 8U);
}

tls::SessionCache::Counters evicted(uint64_t count, uint64_t age, uint64_t left)
{
    return {.evicted = count,
            .sessions = 30,
            .evicted_age_sum = count * age,
            .evicted_left_sum = count * left};
}

TEST(CacheWatch, WarnsOfManySessionsThatMadeRoomYoung)
{
    const auto counted = evicted(25, 10, 290);
    const auto text = mod_ssl::too_small({}, counted, 8192);
    ASSERT_TRUE(text);
    EXPECT_NE(text->find("25 sessions made room for new ones, 10 s old on average, 290 s before"),
              std::string::npos)
        << *text;
    EXPECT_NE(text->find("262144 bytes would hold"), std::string::npos) << *text;
    EXPECT_NE(text->find("; fix: "), std::string::npos) << *text;
    EXPECT_FALSE(mod_ssl::too_small(counted, counted, 8192)) << "nothing new";
}

TEST(CacheWatch, SaysNothingOfFewOrOfOldOnes)
{
    const auto few = evicted(19, 1, 299);
    EXPECT_FALSE(mod_ssl::too_small({}, few, 8192));
    const auto old = evicted(1000, 250, 50);
    EXPECT_FALSE(mod_ssl::too_small({}, old, 8192));
}

} // namespace
} // namespace signet
