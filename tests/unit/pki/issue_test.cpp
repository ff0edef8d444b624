#include "pki/issue.h"

#include "pki/archive.h"
#include "pki/describe.h"
#include "pki/new_key.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace signet::pki {
namespace {

TEST(Subject, RefusesWhatIsNoName)
{
    for (const char* bad : {"", "a..b", "-a.example", "a*.example", "*.com", "x.*.example", "a b",
                            "b\xc3\xbc"
                            "cher.example",
                            "a,DNS:b", "a\nb", "*"}) {
        EXPECT_FALSE(check_name(bad)) << bad;
    }
    const std::string with_nul("good.example\0.evil.example", 26);
    EXPECT_FALSE(check_name(with_nul));
    for (const char* good : {"a.example", "*.a.example", "xn--bcher-kva.example", "192.0.2.1",
                             "::1", "me@a.example", "localhost", "_acme.a.example"}) {
        EXPECT_TRUE(check_name(good)) << good;
    }
}

TEST(Subject, TakesSlashesAndCommas)
{
    EXPECT_EQ(name_text(parse_subject("/C=DE/O=Example/CN=a")->get()), "CN=a,O=Example,C=DE");
    EXPECT_EQ(name_text(parse_subject("C=DE, O=Example, CN=a")->get()), "CN=a,O=Example,C=DE");
    EXPECT_FALSE(parse_subject("/CN"));
    EXPECT_FALSE(parse_subject("/NOSUCHTHING=a"));
    EXPECT_FALSE(parse_subject("/C=Germany"));
}

TEST(Issue, SerialNumbersHave128Bits)
{
    const auto one = random_serial(), other = random_serial();
    EXPECT_EQ(one->size(), 16U);
    EXPECT_NE((*one)[0], 0);
    EXPECT_NE(*one, *other);
}

TEST(Issue, DatesBeyond2049AndBefore1950AreKept)
{
    auto key = *make_key("ed25519");
    const time_t begin = *parse_date("1949-01-01", 0), end = *parse_date("2099-12-31", 0);
    const auto made = issue({.subject = std::move(*parse_subject("/CN=a")),
                             .names = {"a.example"},
                             .public_key = key.get(),
                             .not_before = begin,
                             .not_after = end},
                            nullptr, key);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->not_before(), begin);
    EXPECT_EQ(made->not_after(), end);
    const auto facts = describe(*made, 0);
    EXPECT_EQ(facts["not_before"], "1949-01-01 00:00:00 GMT");
    EXPECT_EQ(facts["not_after"], "2099-12-31 00:00:00 GMT");
}

TEST(Issue, TextInPlacesCannotAddExtensions)
{
    auto key = *make_key("ed25519");
    for (const char* url : {"http://a/,CA:TRUE", "ftp://a/", "http://a\nb", "http://a;b"}) {
        EXPECT_FALSE(issue({.subject = std::move(*parse_subject("/CN=a")),
                            .public_key = key.get(),
                            .not_after = 1000,
                            .crl_url = url},
                           nullptr, key))
            << url;
    }
}

TEST(Issue, ARequestKeepsItsNamesAndASpoiledOneIsNoticed)
{
    auto key = *make_key("ecdsa-p256");
    const auto subject = std::move(*parse_subject("/CN=a.example"));
    auto request = make_request(key, subject, {"a.example", "192.0.2.1", "A.example"});
    ASSERT_TRUE(request);
    EXPECT_TRUE(verify_request(request->get()));
    EXPECT_EQ(*requested_names(request->get()),
              (std::vector<std::string>{"a.example", "192.0.2.1"}));
    const auto other = *make_key("ecdsa-p256");
    X509_REQ_set_pubkey(request->get(), other.get());
    EXPECT_FALSE(verify_request(request->get()));
}

TEST(Dates, AreReadInTheirUsualForms)
{
    EXPECT_EQ(*parse_date("+30d", 1000), 1000 + 30 * 86400);
    EXPECT_EQ(*parse_date("-1y", 0), -365 * 86400);
    EXPECT_EQ(date_text(*parse_date("2038-01-20T00:00:00Z", 0)), "2038-01-20 00:00:00 GMT");
    for (const char* bad : {"", "+", "soon", "2026-13-01", "+99999999999999999y", "2026-01-01x"}) {
        EXPECT_FALSE(parse_date(bad, 0)) << bad;
    }
}

TEST(NewKey, RefusesWhatClientsRefuse)
{
    for (const char* bad : {"rsa-1024", "rsa-8192", "rsa-2049", "rsa-", "dsa", ""}) {
        EXPECT_FALSE(make_key(bad)) << bad;
    }
}

TEST(Archive, ComesBackAsItWasAndOnlyWithItsPassPhrase)
{
    const std::string long_path = "/" + std::string(90, 'd') + "/" + std::string(90, 'e') + ".key";
    std::vector<ArchivedFile> files;
    files.push_back(
        {.path = "/etc/a.key", .mode = 0600, .bytes = Secret(std::string_view("secret"))});
    files.push_back({.path = long_path, .mode = 0644, .bytes = Secret(std::string(1000, 'x'))});
    files.push_back({.path = "/empty", .mode = 0640, .bytes = Secret()});
    const Secret phrase(std::string_view("open sesame"));
    const auto sealed = seal_archive(files, phrase);
    ASSERT_TRUE(sealed) << sealed.error().text;
    const auto opened = open_archive(*sealed, phrase);
    ASSERT_TRUE(opened) << opened.error().text;
    ASSERT_EQ(opened->size(), 3U);
    EXPECT_EQ((*opened)[0].bytes.text(), "secret");
    EXPECT_EQ((*opened)[1].path, long_path);
    EXPECT_EQ((*opened)[1].bytes.bytes().size(), 1000U);
    EXPECT_EQ((*opened)[2].mode, 0640U);
    EXPECT_EQ(open_archive(*sealed, Secret(std::string_view("x"))).error().kind,
              Error::Kind::denied);
    std::string spoiled = *sealed;
    spoiled[spoiled.size() / 2] = spoiled[spoiled.size() / 2] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_archive(spoiled, phrase));
    EXPECT_EQ(open_archive("nothing", phrase).error().kind, Error::Kind::malformed);
}

} // namespace
} // namespace signet::pki
