#include "tls/live_credentials.h"

#include "pki/acme/material.h"
#include "tls/client_hello.h"

#include <gtest/gtest.h>

namespace signet::tls {
namespace {

TEST(LiveCredentials, ServeTheNewestThatCanBeReadAndTheOldOnesElse)
{
    const auto live = LiveCredentials::create("test");
    ASSERT_TRUE(live) << live.error().text;
    EXPECT_TRUE((*live)->is_empty());
    EXPECT_EQ((*live)->current(ClientHello{}), nullptr);

    const auto pair = pki::acme::stand_in({"a.example"});
    ASSERT_TRUE(pair);
    ASSERT_TRUE((*live)->publish(pack_credential(pair->certificate, {}, pair->key)));
    const auto* first = (*live)->current(ClientHello{});
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->all().size(), 1U);

    ASSERT_TRUE((*live)->publish("cut off"));
    EXPECT_EQ((*live)->current(ClientHello{}), first);
}

TEST(LiveCredentials, StapleOnlyWhatIsAboutTheShownCertificateAndStillHolds)
{
    const auto live = LiveCredentials::create("test");
    const auto shown = pki::acme::stand_in({"a.example"});
    const auto other = pki::acme::stand_in({"b.example"});
    ASSERT_TRUE(live && shown && other);
    const X509* certificate = shown->certificate.get();
    EXPECT_EQ((*live)->staple(certificate, 1000), "");

    const std::string response("a response with \0 in it", 23);
    ASSERT_TRUE((*live)->publish_staples(
        {{certificate_fingerprint(other->certificate.get()), 2000, "another one"},
         {certificate_fingerprint(certificate), 2000, response}}));
    EXPECT_EQ((*live)->staple(certificate, 1000), response);
    EXPECT_EQ((*live)->staple(certificate, 2000), "");

    ASSERT_TRUE((*live)->publish_staples({}));
    EXPECT_EQ((*live)->staple(certificate, 1000), "");
}

} // namespace
} // namespace signet::tls
