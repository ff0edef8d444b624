#include "pki/check.h"

#include "unit/pki/make_certificate.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace signet::pki {
namespace {

Problems check(const test::Made& leaf, const std::vector<const test::Made*>& chain = {},
               HostNames host = {.label = "www.example.com:443", .server_name = "www.example.com"})
{
    std::vector<Certificate> certificates;
    for (const auto* one : chain) certificates.push_back(one->as_certificate());
    Problems problems;
    check_certificate(leaf.as_certificate(), certificates, host, "/etc/www.crt", std::time(nullptr),
                      problems);
    return problems;
}

bool has(const Problems& problems, int id)
{
    return std::ranges::any_of(problems, [id](const Problem& one) { return one.id == id; });
}

TEST(Check, AGoodCertificateHasNoProblem)
{
    EXPECT_TRUE(check(test::make({})).empty());
}

TEST(Check, DatesAreWarnedAbout)
{
    EXPECT_TRUE(has(check(test::make({.begins = -7200, .ends = -3600})), certificate_expired));
    EXPECT_TRUE(has(check(test::make({.begins = 3600})), certificate_not_yet_valid));
    EXPECT_TRUE(has(check(test::make({.ends = 86400})), certificate_expires_soon));
}

TEST(Check, TheServerNameMustBeAmongTheNames)
{
    const auto other = test::make({.common_name = "mail.example.com"});
    const auto problems = check(other);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].id, certificate_wrong_name);
    EXPECT_FALSE(problems[0].is_error());
    EXPECT_EQ(
        problems[0].message,
        "www.example.com:443 server certificate does NOT include an ID which matches the server "
        "name");
    EXPECT_NE(problems[0].cause.find("mail.example.com"), std::string::npos);
}

TEST(Check, AlternativeNamesHideTheCommonName)
{
    const auto made = test::make({.alternative_names = "DNS:other.example.com"});
    EXPECT_TRUE(has(check(made), certificate_wrong_name));
    const auto wild = test::make({.common_name = "x", .alternative_names = "DNS:*.example.com"});
    EXPECT_TRUE(check(wild).empty());
}

TEST(Check, EveryAliasMustBeAmongTheNames)
{
    const auto made = test::make({.alternative_names = "DNS:www.example.com,DNS:*.example.org"});
    const HostNames good{.label = "l",
                         .server_name = "www.example.com",
                         .aliases = {"a.example.org", "*.example.org"}};
    EXPECT_TRUE(check(made, {}, good).empty());
    const HostNames bad{.label = "l", .server_name = "www.example.com", .aliases = {"example.net"}};
    EXPECT_TRUE(has(check(made, {}, bad), certificate_wrong_name));
}

TEST(Check, AnAddressIsComparedWithTheCertificatesAddresses)
{
    const auto made = test::make({.alternative_names = "IP:127.0.0.1,IP:::1"});
    EXPECT_TRUE(check(made, {}, {.label = "l", .server_name = "127.0.0.1"}).empty());
    EXPECT_TRUE(check(made, {}, {.label = "l", .server_name = "[::1]"}).empty());
    EXPECT_FALSE(check(made, {}, {.label = "l", .server_name = "127.0.0.2"}).empty());
}

TEST(Check, SmallRsaKeysAndAuthoritiesAreWarnedAbout)
{
    EXPECT_TRUE(has(check(test::make({.kind = "RSA", .rsa_bits = 1024})), key_too_small));
    EXPECT_TRUE(has(check(test::make({.authority = true})), certificate_is_authority));
}

TEST(Check, TheChainMustBeInOrderAndComplete)
{
    const auto root = test::make({.common_name = "root", .authority = true});
    const auto middle = test::make({.common_name = "middle",
                                    .authority = true,
                                    .issuer_url = "http://ca.test/root.crt",
                                    .issuer = &root});
    const auto leaf = test::make({.issuer_url = "http://ca.test/middle.crt", .issuer = &middle});
    const auto stranger = test::make({.common_name = "stranger", .authority = true});

    const auto missing = check(leaf);
    ASSERT_TRUE(has(missing, chain_incomplete));
    EXPECT_NE(missing[0].fix.find("http://ca.test/middle.crt"), std::string::npos);
    EXPECT_FALSE(has(check(leaf, {&middle, &root}), chain_incomplete));
    EXPECT_TRUE(has(check(leaf, {&middle, &root}), chain_has_root));
    EXPECT_TRUE(has(check(leaf, {&root, &middle}), chain_out_of_order));
    EXPECT_TRUE(has(check(leaf, {&middle, &stranger}), chain_unrelated));
}

TEST(Check, APrivateAuthorityIsNoIncompleteChain)
{
    const auto root = test::make({.common_name = "root", .authority = true});
    EXPECT_TRUE(check(test::make({.issuer = &root})).empty());
}

TEST(Check, AKeyFileOthersCanReadIsWarnedAbout)
{
    const test::TemporaryDirectory directory;
    Problems problems;
    check_key_file(directory.put("good.key", "x", 0640), problems);
    EXPECT_TRUE(problems.empty());
    check_key_file(directory.put("bad.key", "x", 0644), problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].id, key_readable_by_others);
}

TEST(Certificates, AFileOfSeveralIsReadInOrder)
{
    const auto one = test::make({.common_name = "one"});
    const auto two = test::make({.common_name = "two"});
    auto found = parse_certificates(
        one.certificate_pem() + one.key_pem() + "text\n" + two.certificate_pem(), "f");
    ASSERT_TRUE(found) << found.error().text;
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ((*found)[0].common_name(), "one");
    EXPECT_EQ((*found)[1].common_name(), "two");
    const std::string der = (*found)[0].der();
    EXPECT_TRUE(parse_certificates(der, "f"));
}

TEST(Certificates, DamagedFilesAreRefusedWithoutResidue)
{
    const auto made = test::make({});
    std::string pem = made.certificate_pem();
    EXPECT_FALSE(parse_certificates("", "f"));
    EXPECT_FALSE(parse_certificates("rubbish", "f"));
    EXPECT_FALSE(parse_certificates(made.key_pem(), "f"));
    EXPECT_FALSE(parse_certificates(pem + pem.substr(0, pem.size() / 2), "f"));
    pem[pem.size() / 2] = '!';
    EXPECT_FALSE(parse_certificates(pem, "f"));
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Catalogue, HasAnEntryForEveryIdOfThisFloor)
{
    for (int id = key_mismatch; id <= key_missing; id++) {
        const auto* entry = diagnosis::find(id);
        ASSERT_NE(entry, nullptr) << id;
        EXPECT_FALSE(entry->fix.empty());
    }
}

} // namespace
} // namespace signet::pki
