#include "base/shared_document.h"
#include "pki/acme/jose.h"
#include "pki/acme/material.h"
#include "pki/state_store.h"
#include "unit/pki/make_certificate.h"

#include <gtest/gtest.h>

namespace signet::pki {
namespace {

TEST(Jose, AKeyReadFromItsDerIsTheSameToTheCa)
{
    for (int i = 0; i < 20; ++i) {
        const auto made = acme::AccountKey::create();
        ASSERT_TRUE(made);
        const auto der = made->to_der();
        const auto read = acme::AccountKey::from_der(der.bytes());
        ASSERT_TRUE(read) << read.error().text;
        EXPECT_EQ(read->jwk(), made->jwk());
        EXPECT_EQ(read->thumbprint(), made->thumbprint());
        EXPECT_EQ(made->thumbprint().size(), 43U);
        EXPECT_EQ(made->jwk().size(), acme::base64url(std::string(32, 'x')).size() * 2 + 40);
    }
}

TEST(Jose, Base64urlGoesBothWays)
{
    for (const std::string text : {"", "f", "fo", "foo", "\xff\xfe\xfd", "foob"}) {
        EXPECT_EQ(*acme::from_base64url(acme::base64url(text)), text);
    }
    EXPECT_EQ(acme::base64url("\xfb\xff"), "-_8");
    EXPECT_FALSE(acme::from_base64url("a"));
    EXPECT_FALSE(acme::from_base64url("%%%%"));
}

TEST(AcmeMaterial, TheRequestAsksForItsNamesAndStapling)
{
    const auto key = acme::new_ec_key("P-256");
    ASSERT_TRUE(key);
    const auto der = acme::request_der(*key, {"a.example", "*.b.example"}, true);
    ASSERT_TRUE(der) << der.error().text;
    EXPECT_NE(der->find("*.b.example"), der->npos);
    EXPECT_NE(der->find("\x30\x03\x02\x01\x05"), der->npos);
}

TEST(StateStore, WritesAllChangesOrNoneAndListsByPrefix)
{
    test::TemporaryDirectory directory;
    const std::string path = directory.put("x", "") + ".store";
    {
        auto store = StateStore::open(path);
        ASSERT_TRUE(store) << store.error().text;
        ASSERT_TRUE(store->write({{"a/1", "one"}, {"a/2", "two"}, {"b/1", "three"}}));
        EXPECT_FALSE(store->write({{"a/3", "lost"}, {std::string(600, 'k'), "too long a key"}}));
    }
    auto store = StateStore::open(path);
    ASSERT_TRUE(store);
    EXPECT_EQ(**store->get("a/2"), "two");
    EXPECT_FALSE(*store->get("a/3"));
    EXPECT_EQ(store->list("a/")->size(), 2U);
    ASSERT_TRUE(store->write({{"a/1", std::nullopt}}));
    EXPECT_EQ(store->list("a/")->size(), 1U);
}

TEST(SharedDocument, ReadersSeeTheLastTextWhole)
{
    auto document = SharedDocument::create("test", 100);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->version(), 0U);
    std::string text;
    for (const std::string one : {"first", "second and longer", "", "fourth"}) {
        ASSERT_TRUE(document->publish(one));
        EXPECT_EQ(document->read(text), document->version());
        EXPECT_EQ(text, one);
    }
    EXPECT_FALSE(document->publish(std::string(200, 'x')));
    EXPECT_EQ(document->version(), 4U);
}

} // namespace
} // namespace signet::pki
