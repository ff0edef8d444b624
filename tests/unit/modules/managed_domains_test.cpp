// What the store keeps of managed domains, and the count of orders.
#include "modules/mod_md/certificate_set.h"
#include "modules/mod_md/ledger.h"
#include "modules/mod_md/records.h"
#include "unit/pki/make_certificate.h"

#include <gtest/gtest.h>

namespace signet::mod_md {
namespace {

class Store : public testing::Test {
protected:
    void SetUp() override
    {
        auto opened = pki::StateStore::open(directory_.put("x", "") + ".store");
        ASSERT_TRUE(opened) << opened.error().text;
        store_.emplace(std::move(*opened));
    }
    pki::StateStore& store() { return *store_; }

private:
    test::TemporaryDirectory directory_;
    std::optional<pki::StateStore> store_;
};

TEST_F(Store, WhatIsObtainedIsInUseAfterItsActivationOnly)
{
    Records records(store());
    ASSERT_TRUE(records.save("a.example", OrderRecord{.authority = "https://ca/dir"}));
    const SetRecord set{.certificates = {{.chain = "PEM", .key = std::string("\0key", 4)}},
                        .authority = "https://ca/dir",
                        .obtained = 1000,
                        .must_staple = true};
    ASSERT_TRUE(records.finish("a.example", set));
    EXPECT_FALSE(*records.order("a.example"));
    EXPECT_FALSE(*records.certificates("a.example"));
    ASSERT_TRUE(*records.obtained("a.example"));

    ASSERT_TRUE(records.activate("a.example"));
    EXPECT_FALSE(*records.obtained("a.example"));
    const auto used = records.certificates("a.example");
    ASSERT_TRUE(*used);
    EXPECT_EQ((*used)->certificates.front().key, std::string("\0key", 4));
    EXPECT_EQ((*used)->obtained, 1000);
    EXPECT_TRUE((*used)->must_staple);

    // A second time there is nothing to activate, and nothing is lost.
    ASSERT_TRUE(records.activate("a.example"));
    EXPECT_TRUE(*records.certificates("a.example"));
}

TEST_F(Store, AnEntryThatCannotBeReadCountsAsMissing)
{
    ASSERT_TRUE(store().write({{"domain/a.example/obtained", "{\"certificates\": 7, \"obtai"},
                               {"domain/a.example/order", "{\"authority\": 7}"}}));
    const Records records(store());
    EXPECT_FALSE(*records.obtained("a.example"));
    EXPECT_FALSE(*records.order("a.example"));
    EXPECT_FALSE(pack_set({.certificates = {{.chain = "no PEM", .key = "no key"}}}));
}

TEST_F(Store, TheLedgerCountsTheOrdersOfAWeekPerCa)
{
    Ledger ledger(store());
    constexpr time_t now = 1'800'000'000;
    const std::string ca = "https://ca/dir";
    for (time_t day = 0; day < 4; ++day)
        ASSERT_TRUE(ledger.note(ca, {"a.example"}, now + day * 86400));
    EXPECT_EQ(*ledger.count(ca, now + 4 * 86400), 4U);
    EXPECT_EQ(*ledger.count("https://other/dir", now), 0U);
    EXPECT_EQ(*ledger.count(ca, now + 8 * 86400), 2U);
    EXPECT_TRUE(ledger.may_begin(ca, {"a.example"}, 20, now + 4 * 86400));
    ASSERT_TRUE(ledger.note(ca, {"a.example"}, now + 4 * 86400));
    const auto fifth = ledger.may_begin(ca, {"a.example"}, 20, now + 4 * 86400 + 1);
    ASSERT_FALSE(fifth);
    EXPECT_NE(fifth.error().text.find("for the same names"), std::string::npos);
    EXPECT_TRUE(ledger.may_begin(ca, {"b.example"}, 20, now + 4 * 86400 + 1));
    EXPECT_FALSE(ledger.may_begin(ca, {"b.example"}, 5, now + 4 * 86400 + 1));
}

} // namespace
} // namespace signet::mod_md
