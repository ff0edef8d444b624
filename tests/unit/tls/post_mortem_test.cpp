#include "tls/names.h"
#include "tls/policy.h"
#include "tls/post_mortem.h"
#include "unit/tls/support.h"

namespace signet::tls {
namespace {

using namespace signet::test;

const Made& ecdsa()
{
    static const Made made =
        make({.common_name = "localhost", .alternative_names = "DNS:localhost"});
    return made;
}

const Made& rsa()
{
    static const Made made =
        make({.common_name = "localhost", .alternative_names = "DNS:localhost", .kind = "RSA"});
    return made;
}

ClientHello modern()
{
    ClientHello hello;
    hello.server_name = "localhost";
    hello.versions = {0x0304, 0x0303};
    hello.suites = {0x1301, 0xc02b, 0xc02f};
    hello.groups = {29, 23};
    hello.signature_algorithms = {0x0403, 0x0804, 0x0401};
    return hello;
}

TEST(PostMortem, FindsNothingWhereEverythingIsInCommon)
{
    Site site;
    const Context* context = site.add("", {&ecdsa()});
    ASSERT_NE(context, nullptr);
    EXPECT_EQ(examine(modern(), *context).id, 0);
    ClientHello hello = modern();
    hello.versions = {0x0303};
    EXPECT_EQ(examine(hello, *context).id, 0);
}

TEST(PostMortem, NamesTheFirstPredicateThatFails)
{
    Site site;
    const Context* context = site.add("", {&ecdsa()});
    ASSERT_NE(context, nullptr);
    ClientHello hello = modern();
    hello.versions = {0x0302, 0x0301};
    hello.suites = {4}; // also wrong, but the version comes first
    EXPECT_EQ(examine(hello, *context).id, handshake_no_shared_protocol);

    hello = modern();
    hello.suites = {0x1304};
    EXPECT_EQ(examine(hello, *context).id, handshake_no_shared_cipher);
    hello.versions = {0x0303};
    hello.suites = {0x0034, 0xc018, 0x00ff};
    EXPECT_EQ(examine(hello, *context).id, handshake_anonymous_suites);
    hello.suites = {4, 5, 0x0a, 3};
    EXPECT_EQ(examine(hello, *context).id, handshake_obsolete_suites);
    hello.suites = {0xc02f};
    const auto wrong_key = examine(hello, *context);
    EXPECT_EQ(wrong_key.id, handshake_wrong_key_kind);
    EXPECT_NE(wrong_key.cause.find("need an RSA certificate"), std::string::npos)
        << wrong_key.cause;

    hello = modern();
    hello.groups = {25};
    EXPECT_EQ(examine(hello, *context).id, handshake_no_shared_group);
    hello = modern();
    hello.signature_algorithms = {0x0804};
    EXPECT_EQ(examine(hello, *context).id, handshake_no_shared_signature);
    hello.signature_algorithms = {0x0201, 0x0203};
    EXPECT_EQ(examine(hello, *context).id, handshake_security_level);
    hello = modern();
    hello.alpn = {"spdy/1"};
    EXPECT_EQ(examine(hello, *context).id, handshake_no_application_protocol);
}

TEST(PostMortem, AnRsaKeyNeedsPssInTls13)
{
    Site site;
    const Context* context = site.add("", {&rsa()});
    ASSERT_NE(context, nullptr);
    ClientHello hello = modern();
    hello.signature_algorithms = {0x0401, 0x0403};
    EXPECT_EQ(examine(hello, *context).id, handshake_no_shared_signature);
    hello.versions = {0x0303};
    EXPECT_EQ(examine(hello, *context).id, 0);
}

TEST(PostMortem, DescribesBothSidesInOneShortLine)
{
    Site site;
    Settings settings;
    settings.commands = {{"Groups", "P-384:X448"}};
    const Context* context = site.add("", {&ecdsa()}, settings);
    ASSERT_NE(context, nullptr);
    ClientHello hello = modern();
    for (uint16_t one = 0xd000; one < 0xd100; one++) hello.suites.push_back(one);
    hello.suites.push_back(0x1a1a); // GREASE
    const std::string text = describe(hello, *context);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_LT(text.size(), 1000U) << text;
    EXPECT_NE(text.find("name asked for: localhost"), std::string::npos) << text;
    EXPECT_NE(text.find("and 253 more"), std::string::npos) << text;
    EXPECT_NE(text.find("groups P-384, X448"), std::string::npos) << text;
    EXPECT_NE(text.find("in common TLSv1.3, TLSv1.2"), std::string::npos) << text;
    EXPECT_EQ(text.find("0x1a1a"), std::string::npos) << text;
}

TEST(PostMortem, AlertsOfTheClientGetTheirUsualCauses)
{
    Failure failure{.id = peer_unknown_ca, .alert = 48, .by_peer = true};
    explain_alert(failure);
    EXPECT_NE(failure.cause.find("intermediate"), std::string::npos);
    EXPECT_FALSE(failure.fix.empty());
}

TEST(PostMortem, AddsApachesHintsToOpensslsErrors)
{
    EXPECT_EQ(apache_hint("error:0A0000C1:SSL routines::no shared cipher"),
              " -- Too restrictive SSLCipherSuite or using DSA server certificate?");
    EXPECT_EQ(apache_hint("error:0A000076:SSL routines::no suitable signature algorithm"), "");
}

TEST(Names, KnowWhatIsOnTheWire)
{
    EXPECT_EQ(version_name(0x0304), "TLSv1.3");
    EXPECT_EQ(group_name(29), "X25519");
    EXPECT_EQ(group_number("prime256v1"), 23);
    EXPECT_EQ(group_number("x25519"), 29);
    EXPECT_EQ(group_number("nonsense"), 0);
    EXPECT_EQ(signature_name(0x0804), "rsa_pss_rsae_sha256");
    EXPECT_EQ(suite_name(0xc02f), "ECDHE-RSA-AES128-GCM-SHA256");
    EXPECT_EQ(suite_name(0x1301), "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(suite_name(0x0004), "0x0004 (RC4)");
    EXPECT_EQ(suite_name(0xfefe), "0xfefe");
    EXPECT_TRUE(is_grease(0x5a5a));
    EXPECT_FALSE(is_grease(0x5a6a));
    EXPECT_EQ(name_list({}, version_name), "none");
}

} // namespace
} // namespace signet::tls
