#include "tls/probe_failure.h"

#include "diagnosis/catalogue.h"
#include "tools/probe.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace signet {
namespace {

TEST(Probe, UnderstandsUrlsAndPlaces)
{
    const auto url = tls::parse_probe_target("https://a.example:8443/x?y");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "a.example");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->path, "/x?y");
    const auto place = tls::parse_probe_target("[::1]:444");
    ASSERT_TRUE(place);
    EXPECT_EQ(place->host, "::1");
    EXPECT_EQ(place->port, 444);
    EXPECT_EQ(tls::parse_probe_target("a.example")->port, 443);
    EXPECT_EQ(tls::parse_probe_target("::1")->host, "::1");
    EXPECT_EQ(tls::parse_probe_target("::1")->port, 443);
}

TEST(Probe, RefusesWhatIsNoPlace)
{
    for (const char* bad : {"", ":443", "a:0", "a:70000", "a:b", "http://a/", "[::1", "[::1]x",
                            "a b", "https://a/x y", "https://a/\r\nX: y"}) {
        EXPECT_FALSE(tls::parse_probe_target(bad)) << bad;
    }
}

TEST(Probe, TakesTheOneDashOptionsOfSClient)
{
    EXPECT_EQ(tools::with_two_dashes({"-tls1_2", "--json", "-h", "a:443", "-CAfile", "x"}),
              (std::vector<std::string>{"--tls1_2", "--json", "-h", "a:443", "--CAfile", "x"}));
}

unsigned long of_alert(int number)
{
    return ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + number);
}

TEST(ProbeFailure, NamesWhatSpeaksInPlaceOfTls)
{
    const tls::ProbeOptions options;
    for (const auto& [bytes, words] : {std::pair{"HTTP/1.1 400 Bad Request\r\nServer: x",
                                                 "speaks HTTP without TLS on this port"},
                                       {"SSH-2.0-OpenSSH_9\r\n", "this is a port for SSH"},
                                       {"220 mail.example ESMTP\r\n", "a mail or file server"},
                                       {"hello", "is not TLS (it said \"hello\")"}}) {
        const auto why = explain({.first_bytes = bytes}, options);
        EXPECT_EQ(why.id, tls::probe_not_tls);
        EXPECT_NE(why.text.find(words), std::string::npos) << why.text;
    }
}

TEST(ProbeFailure, TellsAlertsApartByWhatWasOfferedAndAskedFor)
{
    tls::ProbeOptions options{.host = "a.example"};
    EXPECT_EQ(explain({.error = of_alert(40)}, options).id, tls::probe_nothing_in_common);
    EXPECT_EQ(explain({.error = of_alert(40), .certificate_asked = true}, options).id,
              tls::probe_wants_certificate);
    EXPECT_EQ(explain({.error = of_alert(116), .in_handshake = false}, options).id,
              tls::probe_wants_certificate);
    EXPECT_EQ(explain({.error = of_alert(48), .certificate_asked = true, .certificate_sent = true},
                      options)
                  .id,
              tls::probe_certificate_refused);
    EXPECT_EQ(explain({.error = of_alert(112)}, options).text,
              "the server serves nobody called a.example (alert unrecognized_name)");
    EXPECT_EQ(explain({.error = of_alert(80)}, options).id, tls::probe_alert);
    options.highest_version = TLS1_1_VERSION; // Apache's way to refuse a version
    EXPECT_EQ(explain({.error = of_alert(80)}, options).text,
              "the server accepts nothing of what -tls1_1 offers (alert internal_error)");
}

TEST(ProbeFailure, TellsSilenceFromAnEnd)
{
    const tls::ProbeOptions options;
    const auto silent = explain({.timed_out = true}, options);
    EXPECT_EQ(silent.id, tls::probe_silence);
    EXPECT_EQ(silent.text, "the server took the connection, but said nothing for 10 seconds");
    EXPECT_EQ(explain({}, options).text, "the server closed the connection without a word");
    EXPECT_EQ(explain({.in_handshake = false}, options).id, tls::probe_no_answer);
}

TEST(ProbeFailure, HasACatalogueEntryForEveryId)
{
    for (int id = tls::probe_not_tls; id <= tls::probe_alert; ++id) {
        const auto* entry = diagnosis::find(id);
        ASSERT_TRUE(entry) << id;
        EXPECT_FALSE(entry->cause.empty() || entry->fix.empty()) << id;
    }
}

} // namespace
} // namespace signet
