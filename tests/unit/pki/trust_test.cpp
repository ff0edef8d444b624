#include "pki/trust.h"

#include "unit/pki/make_certificate.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace signet::pki {
namespace {

TEST(Trust, ADirectoryNeedsNoHashLinks)
{
    const test::TemporaryDirectory directory;
    const auto one = test::make({.common_name = "One", .authority = true});
    const auto two = test::make({.common_name = "Two", .authority = true});
    const std::string path =
        std::filesystem::path(directory.put("b.pem", two.certificate_pem())).parent_path();
    directory.put("a name.txt", one.certificate_pem() + two.certificate_pem());
    directory.put("README", "no certificate");
    Problems problems;
    const auto found = load_authorities({.path = path}, problems);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].common_name(), "One");
    EXPECT_EQ(found[1].common_name(), "Two");
    EXPECT_TRUE(problems.empty());
}

TEST(Trust, ALinkToNothingIsReported)
{
    const test::TemporaryDirectory directory;
    const auto one = test::make({.authority = true});
    const std::filesystem::path file = directory.put("a.pem", one.certificate_pem());
    std::filesystem::create_symlink("gone.pem", file.parent_path() / "12345678.0");
    std::filesystem::create_symlink("a.pem", file.parent_path() / "87654321.0");
    Problems problems;
    EXPECT_EQ(load_authorities({.path = file.parent_path()}, problems).size(), 1U);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].id, stale_link);
    EXPECT_NE(problems[0].message.find("12345678.0"), std::string::npos);
}

TEST(Trust, AFileWithoutCertificatesIsAnError)
{
    const test::TemporaryDirectory directory;
    Problems problems;
    (void)load_authorities({.file = directory.put("a.pem", "nothing")}, problems);
    (void)load_authorities({.path = "/nonexistent"}, problems);
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_TRUE(problems[0].is_error());
    EXPECT_TRUE(problems[1].is_error());
}

TEST(Trust, AFileWithoutListsIsAnError)
{
    const test::TemporaryDirectory directory;
    const X509StorePtr store(X509_STORE_new());
    Problems problems;
    add_revocation_lists(*store, {.file = directory.put("a.crl", "nothing")}, problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].id, revocation_unreadable);
}

} // namespace
} // namespace signet::pki
