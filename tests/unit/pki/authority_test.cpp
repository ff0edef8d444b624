#include "pki/authority.h"

#include "pki/chain.h"
#include "pki/material.h"
#include "pki/new_key.h"
#include "unit/pki/make_certificate.h"

#include <gtest/gtest.h>
#include <set>

namespace signet::pki {
namespace {

constexpr time_t now = 1'800'000'000;

struct Lab {
    test::TemporaryDirectory directory;
    std::string folder = std::filesystem::path(directory.put("x", "")).parent_path() / "ca";

    Result<Authority> create(std::vector<std::string> domains = {})
    {
        auto made =
            Authority::create(folder, {.permitted_domains = std::move(domains), .now = now});
        if (made) (void)made->unlock({});
        return made;
    }
};

Result<Certificate> sign(Authority& authority, const std::string& name)
{
    auto key = make_key("ecdsa-p256");
    return authority.sign({.subject = std::move(*parse_subject("/CN=" + name)),
                           .names = {name},
                           .public_key = key->get(),
                           .now = now});
}

TEST(Authority, SignsWhatAClientTrusts)
{
    Lab lab;
    auto authority = lab.create();
    ASSERT_TRUE(authority) << authority.error().text;
    const auto leaf = sign(*authority, "a.example");
    ASSERT_TRUE(leaf) << leaf.error().text;
    Trust trust{.at = now, .host = "a.example"};
    trust.roots.push_back(share(authority->root()));
    std::vector<Certificate> chain;
    chain.push_back(share(authority->intermediate()));
    EXPECT_TRUE(verify_chain(*leaf, chain, trust).trusted);
    trust.host = "b.example";
    EXPECT_EQ(verify_chain(*leaf, chain, trust).code, X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST(Authority, RemembersAcrossProcessesAndIsNeverMadeTwice)
{
    Lab lab;
    std::set<std::string> serials;
    {
        auto authority = lab.create();
        ASSERT_TRUE(authority);
        for (int i = 0; i < 20; i++) ASSERT_TRUE(sign(*authority, "a.example"));
        const auto listed = authority->list();
        for (const auto& one : *listed) serials.insert(one.serial);
        EXPECT_EQ(serials.size(), 20U);
    }
    EXPECT_EQ(lab.create().error().kind, Error::Kind::denied);
    auto again = Authority::open(lab.folder);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->list()->size(), 20U);
    ASSERT_TRUE(again->revoke(*serials.begin(), 1, now));
    EXPECT_EQ(again->revoke(*serials.begin(), 1, now).error().kind, Error::Kind::malformed);
    EXPECT_EQ(again->revoke("00", 1, now).error().kind, Error::Kind::not_found);
}

TEST(Authority, StaysBelowItsDomains)
{
    Lab lab;
    auto authority = lab.create({"example.com"});
    ASSERT_TRUE(authority) << authority.error().text;
    EXPECT_TRUE(sign(*authority, "www.example.com"));
    EXPECT_TRUE(sign(*authority, "example.com"));
    EXPECT_EQ(sign(*authority, "badexample.com").error().kind, Error::Kind::denied);
    EXPECT_TRUE(authority->list()->size() == 2);
}

TEST(Authority, ARefusedCertificateLeavesNoRecord)
{
    Lab lab;
    auto authority = lab.create();
    ASSERT_TRUE(authority);
    EXPECT_FALSE(sign(*authority, "a..example"));
    EXPECT_TRUE(authority->list()->empty());
}

TEST(Authority, StatusRequestsThatAreNoneAreAnswered)
{
    Lab lab;
    auto authority = lab.create();
    ASSERT_TRUE(authority);
    const auto answer = authority->answer_status_request("nonsense", now);
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, std::string("\x30\x03\x0a\x01\x01", 5)); // malformedRequest
}

TEST(Chain, IsArrangedFromAnyOrder)
{
    Lab lab;
    auto authority = lab.create();
    ASSERT_TRUE(authority);
    std::vector<Certificate> given;
    given.push_back(share(authority->root()));
    given.push_back(share(authority->intermediate()));
    given.push_back(std::move(*sign(*authority, "a.example")));
    given.push_back(share(authority->intermediate()));
    const auto chain = arrange_chain(given, {}, {});
    ASSERT_EQ(chain.certificates.size(), 2U);
    EXPECT_EQ(chain.certificates[0].common_name(), "a.example");
    EXPECT_TRUE(chain.complete);
    EXPECT_EQ(chain.remarks.size(), 4U); // not first, order, root, twice
}

TEST(Chain, ThatIsInOrderHasNoRemarks)
{
    Lab lab;
    auto authority = lab.create();
    ASSERT_TRUE(authority);
    std::vector<Certificate> given;
    given.push_back(std::move(*sign(*authority, "a.example")));
    given.push_back(share(authority->intermediate()));
    const auto chain = arrange_chain(given, {}, {});
    EXPECT_TRUE(chain.remarks.empty());
    EXPECT_FALSE(chain.complete); // nobody here knows the root
    EXPECT_EQ(chain.missing, "CN=signet root");
}

TEST(Chain, OfAnIssuerWhoseNameFitsButNotItsKeyIsNotTaken)
{
    Lab lab, other;
    auto authority = lab.create(), impostor = other.create();
    ASSERT_TRUE(authority && impostor);
    std::vector<Certificate> given;
    given.push_back(std::move(*sign(*authority, "a.example")));
    given.push_back(share(impostor->intermediate()));
    const auto chain = arrange_chain(given, {}, {});
    EXPECT_EQ(chain.certificates.size(), 1U);
}

} // namespace
} // namespace signet::pki
