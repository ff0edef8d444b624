#include "tls/pass_phrase.h"

#include "tls/credentials.h"
#include "unit/pki/make_certificate.h"

#include <gtest/gtest.h>

namespace signet::tls {
namespace {

const test::Made& made()
{
    static const test::Made one = test::make({});
    return one;
}

// Two hosts' worth of encrypted keys; the second has another phrase when asked for.
struct Keys {
    explicit Keys(const char* second = "secret")
    {
        settings.host = {.label = "www.example.com:443", .server_name = "www.example.com"};
        for (const char* phrase : {"secret", second}) {
            const std::string number = std::to_string(settings.key_files.size());
            settings.certificate_files.push_back(
                directory.put(number + ".crt", made().certificate_pem()));
            settings.key_files.push_back(directory.put(number + ".key", made().key_pem(phrase)));
        }
    }
    std::string program(const std::string& body) const
    {
        return directory.put("program", "#!/bin/sh\n" + body + "\n", 0700);
    }
    pki::Problems load(PassPhrases& phrases) const
    {
        pki::Problems problems;
        (void)load_credentials(settings, phrases, std::time(nullptr), problems);
        return problems;
    }
    std::string log() const { return read_file(log_path).value_or(""); }

    test::TemporaryDirectory directory;
    std::string log_path = directory.put("log", "");
    Settings settings;
};

PassPhrases dialog(const std::string& argument)
{
    auto phrases = PassPhrases::from_directive(argument, "signet");
    EXPECT_TRUE(phrases);
    return std::move(*phrases);
}

TEST(PassPhrase, ExecIsCalledOncePerUnknownPhraseWithHostAndKind)
{
    const Keys same;
    auto phrases =
        dialog("exec:" + same.program("echo \"$#:$1:$2\" >> " + same.log_path + "; echo secret"));
    EXPECT_TRUE(same.load(phrases).empty());
    EXPECT_EQ(same.log(), "2:www.example.com:443:RSA\n") << "the second key reuses the phrase";

    const Keys different("other");
    auto both =
        dialog("exec:"
               + different.program("echo \"$2\" >> " + different.log_path
                                   + "; if [ $2 = RSA ]; then echo secret; else echo other; fi"));
    EXPECT_TRUE(different.load(both).empty());
    EXPECT_EQ(different.log(), "RSA\nDSA\n");
}

TEST(PassPhrase, AWrongPhraseNamesTheKey)
{
    const Keys keys;
    auto phrases = dialog("exec:" + keys.program("echo wrong"));
    const auto problems = keys.load(phrases);
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[0].id, pki::pass_phrase_wrong);
    EXPECT_EQ(problems[0].message, "Init: Pass phrase incorrect for key www.example.com:443:0");
    EXPECT_EQ(problems[0].path, keys.settings.key_files[0]);
}

TEST(PassPhrase, AProgramWithoutAnswerIsReported)
{
    const Keys keys;
    auto silent = dialog("exec:" + keys.program("exit 1"));
    const auto problems = keys.load(silent);
    ASSERT_FALSE(problems.empty());
    EXPECT_EQ(problems[0].id, pki::pass_phrase_missing);
    EXPECT_NE(problems[0].cause.find("printed no pass phrase"), std::string::npos);
    auto missing = dialog("exec:/nonexistent/program");
    EXPECT_NE(keys.load(missing)[0].cause.find("/nonexistent/program"), std::string::npos);
}

TEST(PassPhrase, APipeConverses)
{
    const Keys keys("other");
    // Answers each prompt; the first answer to the second key is wrong.
    const std::string program = keys.program(
        "n=0; while IFS= read -r line; do echo \"$line\" >> " + keys.log_path
        + "; case $line in 'Private key'*) n=$((n+1)); echo secret;; *incorrect*) echo other;; "
          "esac; done");
    {
        auto phrases = dialog("|" + program + " argument");
        EXPECT_TRUE(keys.load(phrases).empty());
        phrases.finish();
    }
    EXPECT_NE(keys.log().find("Private key www.example.com:443:1 ("), std::string::npos);
    EXPECT_NE(keys.log().find("(5 more retries permitted)."), std::string::npos) << keys.log();
}

TEST(PassPhrase, APipeThatEndsIsReported)
{
    const Keys keys;
    auto phrases = dialog("|" + keys.program("exit 0"));
    const auto problems = keys.load(phrases);
    ASSERT_FALSE(problems.empty());
    EXPECT_EQ(problems[0].id, pki::pass_phrase_missing);
}

TEST(PassPhrase, BadArgumentsAreRefused)
{
    for (const char* argument : {"", "nonsense", "exec:", "exec:relative", "|", "|relative"}) {
        EXPECT_FALSE(PassPhrases::from_directive(argument, "signet")) << argument;
    }
    EXPECT_TRUE(PassPhrases::from_directive("builtin", "signet"));
}

} // namespace
} // namespace signet::tls
