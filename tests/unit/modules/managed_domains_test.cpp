// What the store keeps of managed domains, and the count of orders.
#include "modules/mod_md/certificate_set.h"
#include "modules/mod_md/ledger.h"
#include "modules/mod_md/records.h"
#include "modules/mod_md/staples.h"
#include "unit/pki/make_certificate.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace signet::mod_md {
namespace {

constexpr time_t now = 1'800'000'000;
const std::string ca = "https://ca/dir";

class Store : public testing::Test {
protected:
    void SetUp() override
    {
        path_ = directory_.put("x", "") + ".store";
        reopen();
    }
    void reopen()
    {
        store_.reset();
        auto opened = pki::StateStore::open(path_);
        ASSERT_TRUE(opened) << opened.error().text;
        store_.emplace(std::move(*opened));
    }
    pki::StateStore& store() { return *store_; }

private:
    test::TemporaryDirectory directory_;
    std::string path_;
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
    for (time_t day = 0; day < 4; ++day)
        ASSERT_TRUE(ledger.note(ca, {"a.example"}, now + day * 86400));
    EXPECT_EQ(*ledger.count(ca, now + 4 * 86400), 4U);
    EXPECT_EQ(*ledger.count("https://other/dir", now), 0U);
    EXPECT_EQ(*ledger.count(ca, now + 8 * 86400), 2U);
    EXPECT_TRUE(ledger.may_begin(ca, {"b.example"}, 5, now + 4 * 86400));
    const auto fifth = ledger.may_begin(ca, {"b.example"}, 4, now + 4 * 86400);
    ASSERT_FALSE(fifth);
    EXPECT_TRUE(fifth.error().text.starts_with("4 orders within a week at https://ca/dir; "));
}

TEST_F(Store, FailedOrdersForTheSameNamesHaveToWaitForAnHourOnly)
{
    Ledger ledger(store());
    for (time_t minute = 0; minute < 5; ++minute)
        ASSERT_TRUE(ledger.note(ca, {"a.example"}, now + minute * 60));
    const auto sixth = ledger.may_begin(ca, {"a.example"}, 20, now + 300);
    ASSERT_FALSE(sixth);
    EXPECT_NE(sixth.error().text.find("for the same names within an hour"), std::string::npos);
    EXPECT_TRUE(ledger.may_begin(ca, {"b.example"}, 20, now + 300));
    EXPECT_TRUE(ledger.may_begin(ca, {"a.example"}, 20, now + 3600));
}

TEST_F(Store, OrdersThatTheCaRefusedDoNotCount)
{
    Ledger ledger(store());
    ASSERT_TRUE(ledger.strike(ca)); // there is nothing
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(ledger.note(ca, {"a.example"}, now + i));
        ASSERT_TRUE(ledger.strike(ca));
    }
    EXPECT_EQ(*ledger.count(ca, now + 10), 0U);
    EXPECT_TRUE(ledger.may_begin(ca, {"a.example"}, 20, now + 10));
}

TEST_F(Store, FiveCertificatesForTheSameNamesAreEnoughForAWeek)
{
    Ledger ledger(store());
    for (time_t day = 0; day < 5; ++day)
        ASSERT_TRUE(ledger.note_certificate(ca, {"a.example"}, now + day * 86400));
    const auto sixth = ledger.may_begin(ca, {"a.example"}, 20, now + 5 * 86400);
    ASSERT_FALSE(sixth);
    EXPECT_NE(sixth.error().text.find("5 certificates for the same names"), std::string::npos);
    EXPECT_TRUE(ledger.may_begin(ca, {"b.example"}, 20, now + 5 * 86400));
    EXPECT_TRUE(ledger.may_begin(ca, {"a.example"}, 20, now + 7 * 86400));
}

TEST_F(Store, OrdersOfAClockThatRanAYearAheadCountForAWeekNotForAYear)
{
    Ledger ledger(store());
    constexpr time_t ahead = now + 365 * 86400;
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(ledger.note(ca, {"a.example"}, ahead));
    ASSERT_TRUE(ledger.correct(ca, now));
    EXPECT_EQ(*ledger.count(ca, now), 5U); // they were made: none is given away
    EXPECT_FALSE(ledger.may_begin(ca, {"a.example"}, 20, now));
    EXPECT_TRUE(ledger.may_begin(ca, {"a.example"}, 20, now + Ledger::hour));
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(ledger.note_certificate(ca, {"a.example"}, ahead));
    EXPECT_TRUE(ledger.may_begin(ca, {"b.example"}, 20, now));
    ASSERT_TRUE(ledger.correct(ca, now));
    EXPECT_FALSE(ledger.may_begin(ca, {"a.example"}, 20, now + Ledger::hour));
    EXPECT_TRUE(ledger.may_begin(ca, {"a.example"}, 20, now + Ledger::week));
}

TEST_F(Store, BytesThatAreNoTextAreKeptWithoutHarm)
{
    Records records(store());
    const std::string bytes = "a\xff\xfe.example";
    ASSERT_TRUE(records.save("https://ca/dir", AccountRecord{.key = bytes, .url = bytes}));
    ASSERT_TRUE(records.save("a.example", OrderRecord{.authority = bytes, .names = {bytes}}));
    ASSERT_TRUE(records.finish("a.example", {.certificates = {{.chain = bytes, .key = bytes}}}));
    EXPECT_EQ((*records.account("https://ca/dir"))->key, bytes);
    EXPECT_EQ((*records.obtained("a.example"))->certificates.front().key, bytes);
}

TEST_F(Store, TakesWritesAgainWhenTheDiskIsNoLongerFull)
{
    ASSERT_TRUE(store().write({{"a", "kept"}}));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit full{.rlim_cur = 16 << 10, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
    const auto refused = store().write({{"b", std::string(1 << 20, 'x')}});
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_FALSE(refused);
    reopen(); // as the keeper does after each failure
    EXPECT_EQ(*store().get("a"), "kept");
    EXPECT_FALSE(*store().get("b"));
    EXPECT_TRUE(store().write({{"b", "now"}}));
}

CertificateRecord certified(const std::string& kind, const std::string& names)
{
    const auto made = test::make({.alternative_names = names, .kind = kind});
    BIO* bio = BIO_new(BIO_s_mem());
    i2d_PrivateKey_bio(bio, made.key.get());
    return {.chain = made.certificate_pem(), .key = test::take_text(bio)};
}

size_t packed_certificates(const SetRecord& set, const std::vector<KeyWish>& keys)
{
    return (*tls::unpack_credentials(*pack_set(set, keys)))->all().size();
}

TEST(WishedCertificates, LackAKindOfKeyANameOrMustStaple)
{
    const KeyWish rsa{.is_rsa = true}, p256{}, p384{.curve = "P-384"};
    Domain domain{.name = "a.example", .names = {"a.example", "b.example"}};
    domain.keys = {p256};
    SetRecord set{
        .certificates = {certified("P-256", "DNS:a.example,DNS:b.example,DNS:c.example")}};
    EXPECT_EQ(what_it_lacks(set, domain), ""); // a name too many is no reason
    domain.keys = {rsa};
    EXPECT_EQ(what_it_lacks(set, domain), "certificate(rsa) is missing");
    domain.keys = {p256, p384};
    EXPECT_EQ(what_it_lacks(set, domain), "certificate(P-384) is missing");
    set.certificates.push_back(certified("P-384", "DNS:a.example"));
    EXPECT_EQ(what_it_lacks(set, domain), "certificate(P-384) does not cover all domains");
    domain.keys = {p256};
    EXPECT_EQ(what_it_lacks(set, domain), "");
    domain.must_staple = true;
    EXPECT_EQ(what_it_lacks(set, domain), "'must-staple' is off");
    domain.keys = {rsa};
    set.certificates = {certified("RSA", "DNS:a.example,DNS:b.example")};
    set.must_staple = true;
    domain.keys.front().bits = 4096; // is for the next key, as in Apache
    EXPECT_EQ(what_it_lacks(set, domain), "");
}

TEST(WishedCertificates, AreServedAloneAsSoonAsThereIsOne)
{
    const KeyWish rsa{.is_rsa = true}, p256{}, p384{.curve = "P-384"};
    const SetRecord set{.certificates = {certified("RSA", "DNS:a"), certified("P-256", "DNS:a")}};
    EXPECT_EQ(packed_certificates(set, {}), 2U);
    EXPECT_EQ(packed_certificates(set, {p256}), 1U);
    EXPECT_EQ(packed_certificates(set, {rsa, p256}), 2U);
    EXPECT_EQ(packed_certificates(set, {p384}), 2U); // the old ones until the new one is there
}

TEST_F(Store, ResponsesOlderThanMDStaplingKeepResponseGo)
{
    const auto response = [](time_t obtained) {
        return R"({"response":"AA","obtained":)" + std::to_string(obtained) + "}";
    };
    ASSERT_TRUE(store().write({{"ocsp/fresh", response(now - 3599)},
                               {"ocsp/old", response(now - 3600)},
                               {"ocsp/future", response(now + 365 * 86400)},
                               {"ocsp/damaged", "{"},
                               {"domain/a.example/status", "{}"}}));
    auto plan = std::make_shared<Plan>();
    Said said;
    said.staple_keep = std::chrono::hours(1);
    plan->said = std::make_shared<const Said>(said);
    ManagedStaples staples(plan, std::make_shared<server::ManagedTls>(), {});
    ASSERT_TRUE(staples.run(store(), now));
    const auto left = store().list("");
    ASSERT_EQ(left->size(), 2U);
    EXPECT_EQ((*left)[0].first, "domain/a.example/status");
    EXPECT_EQ((*left)[1].first, "ocsp/fresh");
}

} // namespace
} // namespace signet::mod_md
