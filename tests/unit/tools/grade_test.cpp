// The rating as a function of a survey, cipher strings, hellos and answers.
#include "tools/grade/cipher_string.h"
#include "tools/grade/clients.h"
#include "tools/grade/hello.h"
#include "tools/grade/rating.h"

#include "tls/client_hello.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace signet::tools::grade {
namespace {

// A server as signet serves it without any TLS directive, with a trusted certificate and HSTS.
Survey good_server()
{
    Survey survey{.name = "a.example", .label = "a.example:443"};
    survey.suites[0x0303] = {0xc02b, 0xc02c, 0xcca9};
    survey.suites[0x0304] = {0x1301, 0x1302, 0x1303};
    survey.groups = {29, 23};
    survey.fallback_testable = survey.fallback_signal = true;
    survey.certificates = {{.subject = "CN=a.example",
                            .kind = pki::KeyKind::ecdsa,
                            .bits = 256,
                            .digest = "SHA256",
                            .trusted = true}};
    survey.hsts = {"max-age=63072000"};
    survey.clients = {
        {.client = "Browser", .is_reference = true, .version = 0x0304, .suite = 0x1301}};
    return survey;
}

TEST(Rating, OfTheGuidesWorkedExampleIsNinetySix)
{
    const auto rating = rate(good_server());
    EXPECT_EQ(rating.protocol, 100);
    EXPECT_EQ(rating.key_exchange, 100);
    EXPECT_EQ(rating.cipher, 90);
    EXPECT_EQ(rating.total, 96);
    EXPECT_EQ(rating.shown(), "A+");
    EXPECT_TRUE(rating.caps.empty());
}

TEST(Rating, WithholdsThePlusWithoutHstsAndSaysWhatTheLineWouldBring)
{
    auto survey = good_server();
    survey.hsts.clear();
    const auto rating = rate(survey);
    EXPECT_EQ(rating.shown(), "A");
    ASSERT_EQ(rating.caps.size(), 1U);
    EXPECT_EQ(rating.caps[0].rule->id, 493);
    EXPECT_EQ(name(rating.caps[0].after), "A+");
    survey.hsts = {"max-age=100; includeSubDomains"};
    EXPECT_EQ(rate(survey).shown(), "A");
}

TEST(Rating, CapsOldVersions)
{
    auto survey = good_server();
    survey.suites[0x0301] = {0xc013};
    EXPECT_EQ(rate(survey).shown(), "B");
    survey.suites[0x0300] = {0x002f};
    EXPECT_EQ(rate(survey).shown(), "B");
    survey.suites.erase(0x0303);
    survey.suites.erase(0x0304);
    EXPECT_EQ(rate(survey).shown(), "C");
    survey.suites.erase(0x0301);
    EXPECT_EQ(rate(survey).shown(), "F");
    EXPECT_EQ(name(rate(survey).mended), "A+");
}

TEST(Rating, NeedsTls13AndMoreThanTls13)
{
    auto survey = good_server();
    survey.suites.erase(0x0304);
    EXPECT_EQ(rate(survey).shown(), "A-");
    survey = good_server();
    survey.suites.erase(0x0303);
    EXPECT_EQ(rate(survey).shown(), "A");
}

TEST(Rating, OfBrokenSuites)
{
    auto survey = good_server();
    survey.suites[0x0303].push_back(0x0005); // RC4-SHA
    EXPECT_EQ(rate(survey).shown(), "B");
    survey.suites[0x0303].push_back(0x0003); // EXP-RC4-MD5
    EXPECT_EQ(rate(survey).shown(), "F");
}

TEST(Rating, LooksAtWhatReferenceClientsGetNotAtWhatIsOffered)
{
    auto survey = good_server();
    survey.suites[0x0303].push_back(0x002f); // AES128-SHA, without forward secrecy
    EXPECT_EQ(rate(survey).shown(), "A+");
    survey.clients[0].suite = 0x002f;
    const auto rating = rate(survey);
    EXPECT_EQ(rating.shown(), "B");
    EXPECT_EQ(rating.caps.size(), 2U); // neither forward secrecy nor AEAD
    survey.clients[0].is_reference = false;
    EXPECT_EQ(rate(survey).shown(), "A+");
}

TEST(Rating, PutsTrustAndNamesOutOfTheScale)
{
    auto survey = good_server();
    survey.certificates[0].trusted = false;
    EXPECT_EQ(rate(survey).shown(), "T");
    EXPECT_EQ(name(rate(survey).letter), "A+");
    survey.certificates[0].trusted = true;
    survey.certificates[0].covers_name = false;
    EXPECT_EQ(rate(survey).shown(), "M");
}

TEST(Rating, OfSmallKeysAndGapsInTheChain)
{
    auto survey = good_server();
    survey.certificates[0].chain_complete = false;
    EXPECT_EQ(rate(survey).shown(), "B");
    survey = good_server();
    survey.certificates[0].kind = pki::KeyKind::rsa;
    survey.certificates[0].bits = 2048;
    EXPECT_EQ(rate(survey).shown(), "A+");
    EXPECT_EQ(rate(survey).key_exchange, 90);
    survey.certificates[0].bits = 1024;
    EXPECT_EQ(rate(survey).shown(), "B");
    survey.certificates[0].bits = 512;
    EXPECT_EQ(rate(survey).shown(), "F");
}

TEST(Rating, EveryRuleIsMendedByItsOwnFix)
{
    auto survey = good_server();
    survey.suites[0x0300] = survey.suites[0x0301] = {0x0003, 0x0005};
    survey.clients[0].suite = 0x000a;
    survey.dh_bits = 1024;
    survey.compression = survey.insecure_renegotiation = true;
    survey.secure_renegotiation = survey.fallback_signal = false;
    survey.hsts.clear();
    survey.certificates[0].chain_complete = false;
    survey.certificates[0].weak_signature = survey.certificates[0].broken_signature = true;
    for (const auto& rule : rules()) {
        if (rule.evidence(survey).empty()) continue;
        auto mended = survey;
        rule.mend(mended);
        EXPECT_EQ(rule.evidence(mended), "") << rule.id;
    }
    EXPECT_EQ(name(rate(survey).mended), "A+");
}

TEST(Hsts, AgeIsReadFromAnyOrderAndSpelling)
{
    EXPECT_EQ(hsts_age("includeSubDomains; Max-Age=\"31536000\""), 31536000);
    EXPECT_EQ(hsts_age("max-age = 5"), 5);
    EXPECT_FALSE(hsts_age("max-age"));
    EXPECT_FALSE(hsts_age("max-age=soon"));
}

std::vector<std::string> names_of(const std::vector<uint16_t>& numbers)
{
    std::vector<std::string> names;
    for (const auto number : numbers) names.push_back(suite_name(number));
    return names;
}

bool has(const std::vector<std::string>& list, const std::string& one)
{
    return std::ranges::find(list, one) != list.end();
}

TEST(CipherString, OfTheBlogAsksForExportAndRc4ButNotForSuitesWithoutEncryption)
{
    const auto names =
        names_of(broken_suites_of("ALL:!ADH:RC4+RSA:+HIGH:+MEDIUM:!SSLv2:+EXP:+eNULL"));
    EXPECT_TRUE(has(names, "EXP-RC4-MD5"));
    EXPECT_TRUE(has(names, "RC4-SHA"));
    EXPECT_FALSE(has(names, "NULL-SHA")); // + moves and does not add
    EXPECT_FALSE(has(names, "ADH-RC4-MD5"));
}

TEST(CipherString, ThatExcludesThemAsksForNothingBroken)
{
    EXPECT_TRUE(broken_suites_of("HIGH:!aNULL:!3DES").empty());
    EXPECT_TRUE(broken_suites_of("ECDHE-RSA-AES128-GCM-SHA256").empty());
    EXPECT_EQ(names_of(broken_suites_of("HIGH:!aNULL:!ECDHE:!EDH")),
              std::vector<std::string>{"DES-CBC3-SHA"});
    // What was excluded by ! does not come back, what was removed by - does.
    EXPECT_TRUE(broken_suites_of("!RC4:RC4-SHA").empty());
    EXPECT_EQ(broken_suites_of("ALL:-RC4:RC4-SHA:!EXP:!LOW:!3DES:!aNULL").size(), 1U);
}

TEST(CipherString, TokensWithoutEffectAreNamed)
{
    const auto idle = idle_tokens("ECDHE+AESGCM:+eNULL:!SSLv2:!MD5");
    ASSERT_EQ(idle.size(), 3U);
    EXPECT_EQ(idle[0].token, "+eNULL");
    EXPECT_TRUE(idle_tokens("ECDHE-RSA-AES128-GCM-SHA256").empty());
}

TEST(Hello, OfEveryKnownClientCanBeReadByTheServer)
{
    const auto clients = known_clients();
    EXPECT_GE(clients.size(), 30U);
    for (const auto& client : clients) {
        const auto bytes = write_client_hello(
            client, {.server_name = "a.example", .random = std::string(32, 'r')});
        tls::ClientHello hello;
        const auto read = tls::read_client_hello(bytes, hello);
        ASSERT_TRUE(read && *read) << client.name;
        EXPECT_EQ(hello.suites, client.suites) << client.name;
        EXPECT_EQ(hello.groups, client.groups) << client.name;
        EXPECT_EQ(hello.signature_algorithms, client.signatures) << client.name;
        EXPECT_EQ(hello.server_name, client.versions.front() > 0x0300 ? "a.example" : "");
    }
}

TEST(Answer, OfAnAlertAndOfRubbish)
{
    const auto alert = read_answer(std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
    EXPECT_EQ(alert.kind, ServerAnswer::Kind::alert);
    EXPECT_EQ(alert_name(alert.alert), "handshake_failure");
    EXPECT_EQ(read_answer("HTTP/1.1 400 Bad Request\r\n\r\n").kind, ServerAnswer::Kind::nothing);
    EXPECT_EQ(read_answer("").kind, ServerAnswer::Kind::nothing);
    EXPECT_EQ(read_answer(std::string("\x16\x03\x03\x00\x04\x02\x00\x00\x00", 9)).kind,
              ServerAnswer::Kind::nothing);
}

} // namespace
} // namespace signet::tools::grade
