#include "pki/ocsp.h"

#include "unit/pki/make_certificate.h"

#include <functional>
#include <gtest/gtest.h>
#include <openssl/ocsp.h>

namespace signet::test {
namespace {

using Kind = pki::OcspTrouble::Kind;

struct Scene {
    Made authority = make({.common_name = "authority", .authority = true});
    Made stranger = make({.common_name = "stranger", .authority = true});
    Made leaf = make({.issuer = &authority});
    Made other = make({.common_name = "other", .issuer = &authority});
    pki::OcspQuestion question =
        *pki::OcspQuestion::create(leaf.as_certificate(), authority.as_certificate(), false);
    time_t now = std::time(nullptr);

    struct Response {
        int status = V_OCSP_CERTSTATUS_GOOD;
        long begins = -60;
        long ends = 3600; // 0: no nextUpdate
        const Made* about = nullptr;
        const Made* signer = nullptr;
    };

    [[nodiscard]] std::string respond(const Response& wanted) const
    {
        const Made& about = wanted.about ? *wanted.about : leaf;
        const Made& signer = wanted.signer ? *wanted.signer : authority;
        OCSP_BASICRESP* basic = OCSP_BASICRESP_new();
        OCSP_CERTID* id =
            OCSP_cert_to_id(nullptr, about.certificate.get(), authority.certificate.get());
        ASN1_TIME* begins = X509_gmtime_adj(nullptr, wanted.begins);
        ASN1_TIME* ends = wanted.ends != 0 ? X509_gmtime_adj(nullptr, wanted.ends) : nullptr;
        ASN1_TIME* revoked = X509_gmtime_adj(nullptr, -3600);
        OCSP_basic_add1_status(basic, id, wanted.status, OCSP_REVOKED_STATUS_KEYCOMPROMISE, revoked,
                               begins, ends);
        OCSP_basic_sign(basic, signer.certificate.get(), signer.key.get(), EVP_sha256(), nullptr,
                        0);
        OCSP_RESPONSE* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
        unsigned char* der = nullptr;
        const int size = i2d_OCSP_RESPONSE(response, &der);
        std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
        OPENSSL_free(der);
        OCSP_RESPONSE_free(response);
        OCSP_BASICRESP_free(basic);
        OCSP_CERTID_free(id);
        ASN1_TIME_free(begins);
        ASN1_TIME_free(ends);
        ASN1_TIME_free(revoked);
        return bytes;
    }

    [[nodiscard]] auto check(const std::string& response, const pki::OcspLimits& limits = {}) const
    {
        return pki::check_ocsp_response(response, question, authority.as_certificate(), limits,
                                        now);
    }
};

TEST(Ocsp, ResponseOfTheIssuerIsBelieved)
{
    const Scene scene;
    const auto answer = scene.check(scene.respond({}));
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->status, pki::OcspStatus::good);
    EXPECT_NEAR(static_cast<double>(answer->next_update - scene.now), 3600, 5);
}

TEST(Ocsp, RevocationComesWithItsReason)
{
    const Scene scene;
    const auto answer = scene.check(scene.respond({.status = V_OCSP_CERTSTATUS_REVOKED}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, pki::OcspStatus::revoked);
    EXPECT_EQ(answer->reason, "keyCompromise");
}

TEST(Ocsp, UnknownCertificateIsNotGood)
{
    const Scene scene;
    const auto answer = scene.check(scene.respond({.status = V_OCSP_CERTSTATUS_UNKNOWN}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, pki::OcspStatus::unknown);
}

TEST(Ocsp, ExpiredAndFutureResponsesAreRefusedBeyondTheSkew)
{
    const Scene scene;
    const auto expired = scene.respond({.begins = -7200, .ends = -400});
    EXPECT_EQ(scene.check(expired).error().kind, Kind::not_valid_now);
    EXPECT_TRUE(scene.check(expired, {.skew = std::chrono::seconds(500)}));
    const auto future = scene.respond({.begins = 400});
    EXPECT_EQ(scene.check(future).error().kind, Kind::not_valid_now);
    EXPECT_TRUE(scene.check(future, {.skew = std::chrono::seconds(500)}));
}

TEST(Ocsp, MaxAgeCountsFromThisUpdate)
{
    const Scene scene;
    const auto response = scene.respond({.begins = -1000, .ends = 0});
    EXPECT_TRUE(scene.check(response));
    // The skew is not added to it, as in OCSP_check_validity(3).
    const pki::OcspLimits strict{.max_age = std::chrono::seconds(900)};
    EXPECT_EQ(scene.check(response, strict).error().kind, Kind::not_valid_now);
}

TEST(Ocsp, ResponseOfAnotherAuthorityIsRefused)
{
    const Scene scene;
    EXPECT_EQ(scene.check(scene.respond({.signer = &scene.stranger})).error().kind,
              Kind::signature);
}

// A certificate of the same issuer without the right to sign responses.
TEST(Ocsp, ResponseSignedByAnyCertificateOfTheIssuerIsRefused)
{
    const Scene scene;
    EXPECT_EQ(scene.check(scene.respond({.signer = &scene.other})).error().kind, Kind::signature);
}

TEST(Ocsp, ResponseAboutAnotherCertificateIsRefused)
{
    const Scene scene;
    EXPECT_EQ(scene.check(scene.respond({.about = &scene.other})).error().kind,
              Kind::other_certificate);
}

TEST(Ocsp, ResponseWithoutTheNonceIsRefusedWhereOneWasSent)
{
    Scene scene;
    scene.question = *pki::OcspQuestion::create(scene.leaf.as_certificate(),
                                                scene.authority.as_certificate(), true);
    EXPECT_EQ(scene.check(scene.respond({})).error().kind, Kind::nonce);
}

TEST(Ocsp, ErrorsAndGarbageAreToldApart)
{
    const Scene scene;
    EXPECT_EQ(scene.check(pki::ocsp_try_later()).error().kind, Kind::responder);
    EXPECT_EQ(scene.check("<html>").error().kind, Kind::malformed);
    EXPECT_EQ(scene.check("").error().kind, Kind::malformed);
}

TEST(Ocsp, EveryCutResponseIsRefused)
{
    const Scene scene;
    const auto response = scene.respond({});
    for (size_t size = 0; size < response.size(); ++size)
        EXPECT_FALSE(scene.check(response.substr(0, size))) << size;
}

TEST(Ocsp, OnlyHttpIsSpoken)
{
    EXPECT_FALSE(pki::ask_ocsp_responder("file:///etc/passwd", "x", {}));
    EXPECT_FALSE(pki::ask_ocsp_responder("https://127.0.0.1:1/", "x", {}));
}

} // namespace
} // namespace signet::test
