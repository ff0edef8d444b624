#include "modules/mod_auth_digest/digest_login.h"
#include "modules/mod_auth_digest/nonce_book.h"

#include <gtest/gtest.h>

namespace signet::mod_auth_digest {
namespace {

TEST(DigestLogin, ReadsQuotedAndBareWords)
{
    Arena memory;
    const auto login = parse_digest_login(
        R"( username="an\"na", realm="R",nonce="n", uri="/a?b=c", response="0123456789abcdef0123456789abcdef", qop=auth , nc=00000001, cnonce="x,y")",
        memory);
    EXPECT_EQ(login.user, "an\"na");
    EXPECT_EQ(login.uri, "/a?b=c");
    EXPECT_EQ(login.qop, "auth");
    EXPECT_EQ(login.cnonce, "x,y");
    EXPECT_TRUE(login.is_complete());
    EXPECT_FALSE(parse_digest_login(R"(username="anna", qop=auth)", memory).is_complete());
    EXPECT_FALSE(parse_digest_login(R"(username="never closed)", memory).is_complete());
    EXPECT_FALSE(parse_digest_login("=,=\"\\", memory).is_complete());
}

TEST(DigestLogin, ExpectsWhatRfc2617Computes) // its §3.5
{
    DigestLogin login;
    login.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
    login.uri = "/dir/index.html";
    login.qop = "auth";
    login.count = "00000001";
    login.cnonce = "0a4f113b";
    EXPECT_EQ(login.expected_response("939e7578ed9e3c518a452acee763bce9", "GET"),
              "6629fae49393a05397450978507c4ef1");
}

TEST(DigestLogin, ComparesUrisByTheirParts)
{
    const auto match = [](const char* hashed) {
        return match_digest_uri(hashed, "/a%20b?c", "example.org", 80, 80);
    };
    EXPECT_EQ(match("/a%20b?c"), UriMatch::same);
    EXPECT_EQ(match("/%61%20b?c"), UriMatch::same);
    EXPECT_EQ(match("http://Example.org/a%20b?c"), UriMatch::same);
    EXPECT_EQ(match("http://example.org:81/a%20b?c"), UriMatch::different);
    EXPECT_EQ(match("http://example.com/a%20b?c"), UriMatch::different);
    EXPECT_EQ(match("/a%20b"), UriMatch::different);
    EXPECT_EQ(match("/a%20b?d"), UriMatch::different);
}

TEST(NonceBook, KnowsItsOwnNoncesAndCountsTheirUses)
{
    const auto book = NonceBook::create(64);
    ASSERT_TRUE(book);
    const auto nonce = book->make(4711, "Members", "1");
    EXPECT_EQ(nonce.size(), 52u);
    EXPECT_TRUE(book->is_genuine(nonce, "Members", "1"));
    EXPECT_FALSE(book->is_genuine(nonce, "Members", "2"));
    EXPECT_FALSE(book->is_genuine(nonce, "Member", "s1"));
    EXPECT_FALSE(book->is_genuine("", "Members", "1"));
    EXPECT_EQ(NonceBook::number_of(nonce), 4711u);
    EXPECT_FALSE(NonceBook::create(64)->is_genuine(nonce, "Members", "1"));

    using enum NonceBook::Use;
    EXPECT_EQ(book->use(nonce, 1), forgotten);
    book->enter(nonce);
    EXPECT_EQ(book->use(nonce, 1), allowed);
    EXPECT_EQ(book->use(nonce, 1), repeated);
    EXPECT_EQ(book->use(nonce, 3), allowed);
    EXPECT_EQ(book->use(nonce, 2), repeated);
    EXPECT_EQ(book->use(nonce, NonceBook::last_count), allowed);
    EXPECT_EQ(book->use(nonce, NonceBook::last_count), repeated);
    const auto number = book->next_number();
    EXPECT_LT(number, book->next_number());
}

} // namespace
} // namespace signet::mod_auth_digest
