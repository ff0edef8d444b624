// signet explain, and the reading of Debian's envvars.
#include "tools/explain.h"

#include "base/file.h"
#include "tools/envvars.h"
#include "tools/explain_tls.h"
#include "tools/verbs.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <unistd.h>

namespace signet::tools {
namespace {

TEST(Explain, SaysCauseAndFixForOurNumber)
{
    const auto text = explain("sg0030");
    ASSERT_TRUE(text);
    EXPECT_TRUE(text->starts_with("SG0030  AH00558  (warn)\nmessage:  ")) << *text;
    EXPECT_NE(text->find("\ncause:    "), text->npos);
    EXPECT_NE(text->find("\nfix:      "), text->npos);
    EXPECT_EQ(*explain("30"), *text);
}

TEST(Explain, FindsEveryEntryOfApachesNumberAsCopiedFromALog)
{
    const auto text = explain("AH00558:");
    ASSERT_TRUE(text);
    EXPECT_TRUE(text->starts_with("SG0030")) << *text;
}

TEST(Explain, KnowsAlertsSuitesAndErrorsOfOpenssl)
{
    EXPECT_EQ(*explain_alert("48"), *explain_alert("unknown_ca"));
    EXPECT_NE(explain_alert("unknown ca")->find("intermediates"), std::string::npos);
    EXPECT_FALSE(explain_alert("300"));
    EXPECT_EQ(*explain("unknown_ca"), *explain_alert("48"));

    const auto cipher = explain_cipher("ECDHE-RSA-AES128-GCM-SHA256");
    ASSERT_TRUE(cipher);
    EXPECT_NE(cipher->find("needs an RSA key"), cipher->npos) << *cipher;
    EXPECT_NE(cipher->find("served by default:  yes"), cipher->npos) << *cipher;
    EXPECT_NE(explain_cipher("AES128-SHA")->find("no: who steals"), std::string::npos);
    EXPECT_FALSE(explain_cipher("RC4-SHA"));

    const auto error = explain("error:0A0000C1:SSL routines::no shared cipher");
    ASSERT_TRUE(error) << error.error().text;
    EXPECT_TRUE(error->starts_with("SG0323")) << *error;
    const auto alert =
        explain("error:0A000418:SSL routines::tlsv1 alert unknown ca (SSL alert number 48)");
    ASSERT_TRUE(alert) << alert.error().text;
    EXPECT_TRUE(alert->starts_with("TLS alert 48")) << *alert;
    EXPECT_FALSE(explain("xyzzy plugh"));
}

TEST(Explain, ReadsTheCodesOfOldAndNewOpenssl)
{
    // sslv3 alert bad certificate, as OpenSSL 0.9 to 1.1 and as 3.0 number it.
    for (const char* code : {"14094412", "0A000412", "error:14094412:SSL routines"}) {
        const auto text = explain(code);
        ASSERT_TRUE(text) << code;
        EXPECT_NE(text->find("TLS alert 42"), text->npos) << *text;
    }
    for (const char* code : {"1408A0C1", "0a0000c1"})
        EXPECT_NE(explain(code)->find("SG0323"), std::string::npos) << *explain(code);
    EXPECT_NE(explain("0906D06C")->find("no start line"), std::string::npos);
    EXPECT_FALSE(explain("7fffffff"));
    // What is no message may be an alert, or a number in a question.
    EXPECT_EQ(*explain("48"), *explain_alert("48"));
    EXPECT_TRUE(explain("2048")->starts_with("Key size"));
    EXPECT_FALSE(explain("SG2048"));
}

TEST(Explain, BreaksLinesAtEightyColumns)
{
    const auto text = explain("SG0001");
    ASSERT_TRUE(text);
    for (size_t from = 0, end = 0; (end = text->find('\n', from)) != text->npos; from = end + 1) {
        EXPECT_LE(end - from, 80U) << *text;
    }
}

TEST(Explain, RefusesWhatIsNoNumber)
{
    for (const char* wrong : {"", "FOO", "SG", "SGx", "SG99999999999999", "AH", "AH99999", "-1"}) {
        EXPECT_FALSE(explain(wrong)) << wrong;
    }
}

TEST(Verbs, LeaveHttpdsFlagsAlone)
{
    const char* flags[] = {"signet", "-t"};
    EXPECT_FALSE(run_verb(flags));
    const char* none[] = {"signet"};
    EXPECT_FALSE(run_verb(none));
    const char* verb[] = {"signet", "explain", "SG99999"};
    EXPECT_EQ(run_verb(verb), 1);
    const char* unknown[] = {"signet", "frobnicate"};
    EXPECT_EQ(run_verb(unknown), 2);
}

TEST(Envvars, TakesOverWhatTheScriptExportsAndNotWhatItPrints)
{
    char path[] = "/tmp/signet-envvars-XXXXXX";
    ::close(::mkstemp(path));
    ASSERT_TRUE(write_file_atomically(path, "echo NOISE=1\nexport SIGNET_TEST_A=\"x\ny\"\nB=no\n"));
    EXPECT_TRUE(read_envvars(path));
    EXPECT_STREQ(std::getenv("SIGNET_TEST_A"), "x\ny");
    EXPECT_EQ(std::getenv("NOISE"), nullptr);
    ASSERT_TRUE(write_file_atomically(path, "if then\n"));
    EXPECT_FALSE(read_envvars(path));
    ::unlink(path);
    EXPECT_TRUE(read_envvars(path)); // no file, nothing to read
}

} // namespace
} // namespace signet::tools
