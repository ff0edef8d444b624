// Files of names and passwords, and remembered passwords.
#include "server/password_checker.h"

#include "net/fiber.h"
#include "net/loop.h"
#include "pki/password.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace signet::server {
namespace {

constexpr const char* sha_of_pass = "{SHA}nU4eI71bcnBGqeO0t9tXvY1u5oQ=";

TEST(CredentialFile, LeavesOutCommentsAndJoinsContinuedLines)
{
    const auto file =
        CredentialFile::parse("# comment\n\n  anna:one:more  \nbro\\\nken:two\nanna:three\nbare");
    ASSERT_EQ(file.lines.size(), 4U);
    EXPECT_EQ(*file.find("anna"), "one:more") << "the first line counts";
    EXPECT_EQ(*file.find("broken"), "two");
    EXPECT_EQ(*file.find("bare"), "");
    EXPECT_EQ(file.find("# comment"), nullptr);
    EXPECT_EQ(file.find("zoe"), nullptr);
}

TEST(Password, FitsTheFormatsOfHtpasswd)
{
    EXPECT_TRUE(pki::password_fits("pass", sha_of_pass));
    EXPECT_FALSE(pki::password_fits("pass ", sha_of_pass));
    EXPECT_TRUE(pki::password_fits("secret", "$apr1$GZJ5qJFv$OrDRCrpCPHfaIwupK36Kx1"));
    EXPECT_TRUE(
        pki::password_fits("pass", "$2y$04$Jch6eHmrV/eEV8r2Jj3Vu.Wrf6foMj.n1CiLyvpYh.49fAlx5nI7C"));
    EXPECT_FALSE(pki::password_fits("pass", "pass")) << "plain text is no hash";
    EXPECT_FALSE(pki::password_fits("", ""));
    EXPECT_FALSE(pki::password_fits(std::string("pass\0x", 6), sha_of_pass));
}

// Runs the function on a fiber, and the loop until it ends.
void on_fiber(net::Loop& loop, std::function<void()> work)
{
    struct Run {
        std::function<void()> work;
        bool over = false;
    } run{std::move(work)};
    net::FiberPool fibers;
    const auto started = fibers.start(
        [](void* argument) {
            auto& self = *static_cast<Run*>(argument);
            self.work();
            self.over = true;
        },
        &run);
    ASSERT_TRUE(started);
    while (!run.over) loop.turn(std::chrono::milliseconds(10));
}

TEST(PasswordChecker, RemembersWhatWasRightForThatHashOnly)
{
    net::Loop loop;
    PasswordChecker checker(loop);
    on_fiber(loop, [&] {
        EXPECT_TRUE(checker.fits("anna", "pass", sha_of_pass).value());
        EXPECT_TRUE(checker.fits("anna", "pass", sha_of_pass).value());
        EXPECT_FALSE(checker.fits("anna", "other", sha_of_pass).value());
        EXPECT_FALSE(checker.fits("anna", "pass", "{SHA}AAAA").value()) << "changed since";
    });
}

TEST(PasswordChecker, ReadsAFileAgainWhenItHasChanged)
{
    char name[] = "/tmp/signet-passwords-XXXXXX";
    ASSERT_GE(::mkstemp(name), 0);
    const std::string path(name);
    std::ofstream(path) << "anna:one\n";
    net::Loop loop;
    PasswordChecker checker(loop);
    on_fiber(loop, [&] {
        const auto first = checker.read(path).value();
        const auto again = checker.read(path).value();
        EXPECT_EQ(first.file, again.file) << "kept";
        std::ofstream(path) << "anna:longer\n";
        const auto changed = checker.read(path).value();
        EXPECT_EQ(*changed.file->find("anna"), "longer");
        std::filesystem::remove(path);
        const auto gone = checker.read(path).value();
        EXPECT_EQ(gone.file, nullptr);
        EXPECT_EQ(gone.system_error, ENOENT);
    });
}

TEST(PasswordChecker, KeepsHashesForAWhile)
{
    net::Loop loop;
    PasswordChecker checker(loop);
    checker.keep_hash("site:anna", "hash", 100);
    EXPECT_EQ(checker.kept_hash("site:anna", 99), "hash");
    EXPECT_EQ(checker.kept_hash("site:anna", 100), std::nullopt);
    EXPECT_EQ(checker.kept_hash("site:zoe", 1), std::nullopt);
}

} // namespace
} // namespace signet::server
