// Edits, lost line breaks, secrets, topics: the parts of signet check, report and explain that need
// no server.
#include "tools/check/edits.h"
#include "tools/check/inspect.h"
#include "tools/check/recover.h"
#include "tools/explain.h"
#include "tools/report/redact.h"

#include "diagnosis/topics.h"

#include <gtest/gtest.h>
#include <set>

namespace signet::tools {
namespace {

using check::Edit;

TEST(Edits, ReplaceRemoveAndInsertLines)
{
    const std::string text = "one\ntwo\nthree\n";
    EXPECT_EQ(check::edited(text, {{"f", 2, 2, "zwei"}}), "one\nzwei\nthree\n");
    EXPECT_EQ(check::edited(text, {{"f", 1, 2, ""}}), "three\n");
    EXPECT_EQ(check::edited(text, {{"f", 2, 1, "between"}, {"f", 4, 3, "end"}}),
              "one\nbetween\ntwo\nthree\nend\n");
}

TEST(Edits, ThatOverlapAreMadeOnce)
{
    std::vector<check::Finding> findings(2);
    findings[0].edits = {{"f", 2, 3, "a"}};
    findings[1].edits = {{"f", 3, 3, "b"}};
    const auto edits = check::collect_edits(findings);
    ASSERT_EQ(edits.at("f").size(), 1U);
    EXPECT_EQ(edits.at("f")[0].text, "a");
}

TEST(Rules, EachHasAnEntryWithCauseAndFixAndItsOwnNumber)
{
    std::set<int> ids;
    for (const auto& rule : check::all_rules()) {
        const auto* entry = diagnosis::find(rule.id);
        ASSERT_NE(entry, nullptr) << rule.id;
        EXPECT_FALSE(entry->fix.empty()) << rule.id;
        EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    }
}

TEST(Recover, BreaksAtDirectivesAndCommentsAndIndentsSections)
{
    const std::string pasted =
        "# Basics User apache Group apache KeepAlive On # see \"the manual\" "
        "<Directory /> Options None AllowOverride None Require all denied </Directory> "
        "LogFormat \"%h User %u\" common";
    EXPECT_EQ(check::recover_lines(pasted), "# Basics\n"
                                            "User apache\n"
                                            "Group apache\n"
                                            "KeepAlive On\n"
                                            "# see \"the manual\"\n"
                                            "<Directory />\n"
                                            "    Options None\n"
                                            "    AllowOverride None\n"
                                            "    Require all denied\n"
                                            "</Directory>\n"
                                            "LogFormat \"%h User %u\" common\n");
}

TEST(Recover, LeavesAFileWithLineBreaksAlone)
{
    const std::string text = "User apache\n# Group apache\nListen 80\n";
    EXPECT_EQ(check::recover_lines(text), text);
}

TEST(Redact, TakesSecretsOutOfLines)
{
    using report::redact_line;
    EXPECT_EQ(redact_line("AuthLDAPBindPassword hunter2"), "AuthLDAPBindPassword [redacted]");
    EXPECT_EQ(redact_line("  SetEnv DB_PASSWORD hunter2"), "  SetEnv DB_PASSWORD [redacted]");
    EXPECT_EQ(redact_line("ProxyPass / http://joe:hunter2@host/"),
              "ProxyPass / http://[redacted]@host/");
    EXPECT_EQ(redact_line("GET /?token=hunter2&x=1"), "GET /?token=[redacted]&x=1");
    EXPECT_EQ(redact_line("RequestHeader set Authorization \"Basic aHVudGVyMg==\"").find("aHV"),
              std::string::npos);
    EXPECT_EQ(redact_line("DocumentRoot /srv/www"), "DocumentRoot /srv/www");
}

TEST(Redact, TakesKeysOutOfTexts)
{
    const auto text = report::redact("a\n-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEI\n"
                                     "-----END EC PRIVATE KEY-----\nb\n");
    EXPECT_EQ(text.find("MHcC"), std::string::npos);
    EXPECT_NE(text.find("\nb\n"), std::string::npos);
}

// Rows of the mission that are answered by text: found by the words a user would type.
struct Asked {
    const char* words;
    const char* answer;
};

class ExplainedByWords : public testing::TestWithParam<Asked> {};

TEST_P(ExplainedByWords, IsTheFirstAnswer)
{
    const auto found = diagnosis::find_topics(GetParam().words);
    ASSERT_FALSE(found.empty()) << GetParam().words;
    EXPECT_NE(found.front()->text.find(GetParam().answer), std::string_view::npos)
        << GetParam().words << " → " << found.front()->title;
    const auto text = explain(GetParam().words);
    ASSERT_TRUE(text);
    EXPECT_TRUE(text->starts_with(found.front()->title)) << *text;
}

constexpr Asked rows[] = {
    {"startup", "pass phrases are asked for"},                                   // 31
    {"Stronghold directives", "SSLEngine on"},                                   // 32
    {"history", "April 1998"},                                                   // 33
    {"year 2038", "64 bits"},                                                    // 34
    {"export", "Wassenaar"},                                                     // 35
    {"certificates", "private key is the secret"},                               // 92
    {"genrsa", "signet cert key"},                                               // 93
    {"make a private key", "signet cert key"},                                   // 93
    {"rsa -noout -text", "signet cert show"},                                    // 94
    {"csr", "signet cert csr"},                                                  // 95
    {"FQDN common name", "subjectAltName"},                                      // 95
    {"x509 -noout -text", "signet cert show"},                                   // 96
    {"commercial CA", "ACME"},                                                   // 97
    {"verisign thawte", "ACME"},                                                 // 97
    {"install certificate", "signet cert install"},                              // 98
    {"back up my key", "Without the key a certificate is worthless"},            // 99
    {"self-signed test certificate", "signet cert self-signed"},                 // 100
    {"own CA", "signet ca init"},                                                // 101
    {"CA.pl", "signet ca init"},                                                 // 101
    {"sign.sh", "signet ca sign"},                                               // 102
    {"change pass phrase", "signet cert passphrase"},                            // 103
    {"remove pass phrase", "--remove"},                                          // 104
    {"modulus", "signet cert match"},                                            // 105
    {"key does not match certificate", "signet cert match"},                     // 105
    {"pem to der", "signet cert convert"},                                       // 106
    {"getca", "PEM"},                                                            // 107
    {"Server Gated Cryptography", "OIDs"},                                       // 108
    {"intermediate missing", "between its own and the root"},                    // 109
    {"unable to verify the first certificate", "between its own and the root"},  // 109
    {"alert bad certificate", "alert 42"},                                       // 110
    {"2048 bit key does not work", "ee key too small"},                          // 111
    {"2048", "ee key too small"},                                                // 111
    {"1024", "ee key too small"},                                                // 111
    {"client authentication broken after update hash", "openssl rehash"},        // 112
    {"expired crl", "Next Update"},                                              // 113
    {"revoked", "on one is refused"},                                            // 113
    {"unsecured key", "can impersonate the server"},                             // 114
    {"impersonate", "can impersonate the server"},                               // 114
    {"file permission key", "can impersonate the server"},                       // 114
    {"passphrase", "Neither more nor less"},                                     // 115
    {"core dump at first https request", "backtrace"},                           // 116
    {"SSLMutex permission denied", "no lock file"},                              // 117
    {"each process grows in top", "status --memory"},                            // 118
    {"EAPI_MM_CORE_PATH files", "pid file"},                                     // 119
    {"Failed to generate temporary 512 bit RSA private key", "export browsers"}, // 120
    {"which port for https", "443"},                                             // 121
    {"speak https manually telnet", "s_client"},                                 // 122
    {"connection hangs", "first bytes"},                                         // 123
    {"connection refused", "Nobody listens"},                                    // 124
    {"SSL_ variables missing in CGI", "StdEnvVars"},                             // 125
    {"relative hyperlinks", "Relative links"},                                   // 126
    {"random SSL errors under load", "shmcb"},                                   // 127
    {"higher load with SSL", "ECDSA"},                                           // 128
    {"30 seconds connects", "/dev/random"},                                      // 129
    {"which ciphers are supported", "signet grade"},                             // 130
    {"ADH", "authentication"},                                                   // 131
    {"no shared cipher", "in common"},                                           // 132
    {"name-based virtual hosts", "SNI"},                                         // 133
    {"separate IP addresses", "without SNI"},                                    // 134
    {"lock icon", "drew the lock"},                                              // 135
    {"MSIE I/O error", "SG0143"},                                                // 136
    {"Netscape bad data same DN", "serial number"},                              // 137
    {"unsafe legacy renegotiation", "RFC 5746"},                                 // 138
    {"BEAST RC4", "CBC in TLS 1.0"},                                             // 139
    {"cipher names", "forward secrecy"},                                         // 140
    {"SSL Labs A+", "HSTS"},                                                     // 142
    {"Mozilla generator", "SSLPolicy"},                                          // 143
    {"browser warning", "is the issuer known"},                                  // 144
    {"128-bit", "searches that space"},                                          // 145
    {"verify error 18", "self-signed"},                                          // 146
    {"Ethereal ssldump", "SSLKEYLOGFILE"},                                       // 147
    {"bug report", "signet report"},                                             // 148
    {"core dump backtrace gdb", "CoreDumpDirectory"},                            // 149
    {"client certificates mistakes", "SSLVerifyDepth"},                          // 150
    {"sub-protocols record alert handshake", "record protocol"},                 // 151
    {"SSLv2 weaknesses", "handshake is not protected"},                          // 152
    {"PCT WTLS", "WAP gap"},                                                     // 153
    {"SSLv3 TLS 1.0", "SSLLegacyProtocols"},                                     // 154
    {"NAT firewall", "CONNECT"},                                                 // 155
    {"risks", "verify the server"},                                              // 156
    {"transcript", "MD5 signature"},                                             // 157
    {"ETag inode", "FileETag"},                                                  // 158
    {"TLS-SRP", "deprecated in OpenSSL 3"},
    {"Java 7 DH primes", "1024 bits"},
    {"421 misdirected request", "SNI"},
};
INSTANTIATE_TEST_SUITE_P(Rows, ExplainedByWords, testing::ValuesIn(rows));

} // namespace
} // namespace signet::tools
