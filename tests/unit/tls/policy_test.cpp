#include "tls/policy.h"

#include "base/text.h"
#include "unit/tls/support.h"

#include <algorithm>

namespace signet::tls {
namespace {

Protocols protocols(std::string_view line, pki::Problems& problems, bool legacy = false)
{
    return parse_protocols(split_words(line), legacy, problems);
}

std::vector<int> ids(const pki::Problems& problems)
{
    std::vector<int> found;
    for (const auto& one : problems) found.push_back(one.id);
    return found;
}

struct ProtocolCase {
    const char* line;
    uint8_t bits;
    std::vector<int> problems;
};

TEST(Policy, ProtocolLinesFollowApachesRules)
{
    constexpr uint8_t v12 = Protocols::tls1_2;
    constexpr uint8_t v13 = Protocols::tls1_3;
    const ProtocolCase cases[] = {
        {"all", v12 | v13, {}},
        {"all -SSLv3", v12 | v13, {}},
        {"all -SSLv2 -SSLv3", v12 | v13, {}},
        {"-all +TLSv1.2 +TLSv1.3", v12 | v13, {}},
        {"all -TLSv1.3", v12, {}},
        {"TLSv1.3", v13, {}},
        {"+TLSv1.2", v12, {}},
        {"tlsv1.2", v12, {}},
        {"TLSv1.2 TLSv1.3", v13, {protocol_overrides}},
        {"-all +TLSv1 +SSLv3", v12 | v13, {protocol_legacy_removed}},
        {"all -SSLv3 +TLSv1.1", v12 | v13, {protocol_legacy_removed}},
        {"SSLv2", v12 | v13, {protocol_legacy_removed}},
        {"-all", v12 | v13, {protocol_none_left}},
        {"all -TLSv1 -TLSv1.1 -TLSv1.2 -TLSv1.3", v12 | v13, {protocol_none_left}},
        {"TLSv2", v12 | v13, {protocol_illegal}},
    };
    for (const auto& one : cases) {
        pki::Problems problems;
        EXPECT_EQ(protocols(one.line, problems).bits, one.bits) << one.line;
        EXPECT_EQ(ids(problems), one.problems) << one.line;
    }
}

TEST(Policy, LegacyVersionsNeedTheirSwitch)
{
    pki::Problems problems;
    EXPECT_EQ(protocols("+TLSv1 +TLSv1.2", problems, true).bits,
              Protocols::tls1_0 | Protocols::tls1_2);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(protocols("+SSLv3 +TLSv1.1", problems, true).bits, +Protocols::tls1_1);
    EXPECT_EQ(ids(problems), std::vector<int>{protocol_legacy_removed});
}

TEST(Policy, EmptySetsAreErrorsAndRemovedVersionsAreNot)
{
    pki::Problems problems;
    (void)protocols("-all", problems);
    (void)protocols("SSLv3", problems);
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_TRUE(problems[0].is_error());
    EXPECT_EQ(problems[0].message, "No SSL protocols available [hint: SSLProtocol]");
    EXPECT_FALSE(problems[1].is_error());
}

TEST(Policy, CipherListsOfAllAgesAreReadAndDisarmed)
{
    for (const char* list : {"HIGH:MEDIUM:!aNULL:+SHA1:+MD5:+HIGH:+MEDIUM", "HIGH:!aNULL",
                             "ALL:!ADH:RC4+RSA:+HIGH:+MEDIUM:!SSLv2:+EXP:+eNULL",
                             "ALL:!ADH:!EXPORT56:RC4+RSA:+HIGH:+MEDIUM:+LOW:+SSLv2:+EXP",
                             "ALL:eNULL:ADH", "PROFILE=SYSTEM", "DEFAULT"}) {
        pki::Problems problems;
        const std::string_view words[] = {list};
        const auto suites = parse_cipher_suites(words, problems);
        EXPECT_TRUE(problems.empty()) << list;
        const auto names = expand_cipher_list(suites.list);
        EXPECT_FALSE(names.empty()) << list;
        for (const auto& name : names) {
            for (const char* bad : {"NULL", "RC4", "ADH", "AECDH", "EXP-"}) {
                EXPECT_EQ(name.find(bad), std::string::npos) << list << ": " << name;
            }
        }
    }
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Policy, EmptyCipherListsAreErrors)
{
    for (const char* list : {"", "RC4-SHA", "eNULL", "NONSENSE", "!ALL"}) {
        pki::Problems problems;
        const std::string_view words[] = {list};
        (void)parse_cipher_suites(words, problems);
        ASSERT_EQ(problems.size(), 1U) << list;
        EXPECT_TRUE(problems[0].is_error());
        EXPECT_EQ(problems[0].message, "Unable to configure permitted SSL ciphers");
    }
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Policy, TheFirstWordPicksTheProtocolClass)
{
    pki::Problems problems;
    const std::string_view new_words[] = {"TLSv1.3", "TLS_AES_128_GCM_SHA256"};
    auto suites = parse_cipher_suites(new_words, problems);
    EXPECT_TRUE(suites.is_tls13);
    EXPECT_EQ(suites.list, "TLS_AES_128_GCM_SHA256");
    const std::string_view old_words[] = {"SSL", "HIGH"};
    EXPECT_FALSE(parse_cipher_suites(old_words, problems).is_tls13);
    EXPECT_TRUE(problems.empty());
    const std::string_view bad[] = {"TLSv1.3", "TLS_NONSENSE"};
    (void)parse_cipher_suites(bad, problems);
    const std::string_view worse[] = {"TLSv1.2", "HIGH"};
    (void)parse_cipher_suites(worse, problems);
    EXPECT_EQ(ids(problems), (std::vector<int>{ciphers_invalid, ciphers_invalid}));
}

const test::Made& certificate()
{
    static const test::Made made = test::make({});
    return made;
}

TEST(Contexts, EqualPoliciesShareOneSslContext)
{
    test::Site site;
    const auto other = test::make({.common_name = "b"});
    ASSERT_TRUE(site.add("a.test", {&certificate()}));
    ASSERT_TRUE(site.add("b.test", {&other}));
    EXPECT_EQ(site.contexts->policy_count(), 1U);
    ASSERT_TRUE(site.add("c.test", {&other}, {.honor_cipher_order = true}));
    EXPECT_EQ(site.contexts->policy_count(), 2U);
}

TEST(Contexts, CommandsAreAppliedAndUnknownGroupsLeftOut)
{
    test::Site site;
    ASSERT_TRUE(site.add("", {&certificate()},
                         {.commands = {{"Curves", "X25519MLKEM768:secp384r1"},
                                       {"SignatureAlgorithms", "ECDSA+SHA256"}}}));
    ASSERT_EQ(ids(site.problems), std::vector<int>{configuration_command})
        << "only the unknown group; a warning";
    EXPECT_FALSE(site.problems[0].is_error());
    test::Client client(site);
    ASSERT_TRUE(client.handshake());
    EXPECT_EQ(SSL_get_negotiated_group(client.ssl.get()), NID_secp384r1);
}

TEST(Contexts, BadCommandsAreErrors)
{
    for (const auto& [command, value] : {std::pair<std::string, std::string>{"Nonsense", "x"},
                                         {"Curves", "nonsense"},
                                         {"SignatureAlgorithms", "nonsense"}}) {
        test::Site site;
        EXPECT_FALSE(site.add("", {&certificate()}, {.commands = {{command, value}}}));
        ASSERT_FALSE(site.problems.empty());
        EXPECT_TRUE(site.problems.back().is_error());
        EXPECT_EQ(ERR_peek_error(), 0U);
    }
}

TEST(Contexts, CommandsCannotBringBackLegacyVersions)
{
    test::Site site;
    ASSERT_TRUE(site.add("", {&certificate()},
                         {.cipher_list = "ALL:@SECLEVEL=0",
                          .commands = {{"MinProtocol", "TLSv1"}, {"Protocol", "ALL"}}}));
    test::Client client(site, test::version(TLS1_1_VERSION));
    EXPECT_FALSE(client.handshake());
}

TEST(Contexts, LegacyVersionsWorkWhenAllowed)
{
    test::Site site;
    const auto rsa = test::make({.kind = "RSA"});
    ASSERT_TRUE(site.add(
        "", {&rsa},
        {.protocols = {Protocols::tls1_0 | Protocols::tls1_2}, .cipher_list = "HIGH:!aNULL"}));
    test::Client old(site, test::version(TLS1_VERSION));
    EXPECT_TRUE(old.handshake()) << old.stream.failure().text << old.client_error;
    test::Client hole(site, test::version(TLS1_1_VERSION));
    EXPECT_FALSE(hole.handshake());
}

TEST(Contexts, WeakCertificatesAndBadTicketKeysAreErrorsAtStart)
{
    test::Site site;
    const auto weak = test::make({.kind = "RSA", .rsa_bits = 1024});
    EXPECT_FALSE(site.add("", {&weak}));
    EXPECT_EQ(site.problems.back().id, context_failed);
    EXPECT_FALSE(
        site.add("", {&certificate()}, {.ticket_key_file = site.directory.put("t", "short")}));
    EXPECT_EQ(site.problems.back().id, ticket_key_file_bad);
    EXPECT_FALSE(site.add("", {&certificate()}, {.ticket_key_file = "/nonexistent"}));
}

TEST(Contexts, ServerOrderIsHonoredWhenAsked)
{
    for (const bool honor : {false, true}) {
        test::Site site;
        site.add("", {&certificate()}, {.honor_cipher_order = honor});
        test::Client client(site, [](SSL_CTX*, SSL* ssl) {
            SSL_set_ciphersuites(ssl, "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256");
            SSL_set_options(ssl, SSL_OP_PRIORITIZE_CHACHA);
        });
        ASSERT_TRUE(client.handshake());
        // A client that puts ChaCha20 first has no AES hardware: it gets it either way.
        EXPECT_EQ(client.stream.cipher(), "TLS_CHACHA20_POLY1305_SHA256");
        test::Client other(site, [](SSL_CTX*, SSL* ssl) {
            SSL_set_ciphersuites(ssl, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256");
        });
        ASSERT_TRUE(other.handshake());
        EXPECT_EQ(other.stream.cipher(),
                  honor ? "TLS_AES_128_GCM_SHA256" : "TLS_AES_256_GCM_SHA384");
    }
}

TEST(Credentials, MismatchNamesBothFilesAndTheKeyThatFits)
{
    test::TemporaryDirectory directory;
    const auto other = test::make({.common_name = "other"});
    Settings settings{.host = {.label = "www.example.com:443"}};
    settings.certificate_files = {directory.put("a.crt", certificate().certificate_pem()),
                                  directory.put("b.crt", other.certificate_pem())};
    settings.key_files = {directory.put("b.key", other.key_pem()),
                          directory.put("a.key", certificate().key_pem())};
    pki::Problems problems;
    auto phrases = PassPhrases::fixed({});
    const auto loaded = load_credentials(settings, phrases, std::time(nullptr), problems);
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[0].id, pki::key_mismatch);
    EXPECT_TRUE(problems[0].is_error());
    EXPECT_EQ(problems[0].message, "Certificate and private key www.example.com:443:0 from "
                                       + settings.certificate_files[0] + " and "
                                       + settings.key_files[0] + " do not match");
    EXPECT_NE(problems[0].fix.find("a.key"), std::string::npos);
    EXPECT_TRUE(loaded->empty());
}

TEST(Credentials, WhatCannotBeOpenedIsNamed)
{
    test::TemporaryDirectory directory;
    const std::string good = directory.put("good.crt", certificate().certificate_pem());
    const std::string key = directory.put("good.key", certificate().key_pem());
    const auto problem_of = [&](std::vector<std::string> certificates,
                                std::vector<std::string> keys) {
        pki::Problems problems;
        auto phrases = PassPhrases::fixed({pki::Secret(std::string_view("guess"))});
        Settings settings{
            .host = {.label = "www.example.com:443", .server_name = "www.example.com"}};
        settings.certificate_files = std::move(certificates);
        settings.key_files = std::move(keys);
        (void)load_credentials(settings, phrases, std::time(nullptr), problems);
        return problems.empty() ? 0 : problems.front().id;
    };
    EXPECT_EQ(problem_of({good}, {key}), 0);
    EXPECT_EQ(problem_of({}, {}), pki::no_certificate);
    EXPECT_EQ(problem_of({"/nonexistent"}, {key}), pki::certificate_unreadable);
    EXPECT_EQ(problem_of({directory.put("bad.crt", "rubbish")}, {key}),
              pki::certificate_undecodable);
    EXPECT_EQ(problem_of({good}, {"/nonexistent"}), pki::key_unreadable);
    EXPECT_EQ(problem_of({good}, {directory.put("bad.key", "rubbish")}), pki::key_undecodable);
    EXPECT_EQ(problem_of({good}, {}), pki::key_missing);
    EXPECT_EQ(problem_of({good}, {directory.put("enc.key", certificate().key_pem("secret"))}),
              pki::pass_phrase_wrong);
    EXPECT_EQ(problem_of({directory.put("both.pem",
                                        certificate().certificate_pem() + certificate().key_pem())},
                         {}),
              0);
}

} // namespace
} // namespace signet::tls
