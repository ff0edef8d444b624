// What an authority says about what it revoked: lists (RFC 5280 §5) and OCSP answers (RFC 6960).
#include "base/text.h"
#include "pki/authority.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>

namespace signet::pki {
namespace {

using RevokedPtr = std::unique_ptr<X509_REVOKED, Deleter<X509_REVOKED_free>>;
using RequestOfStatusPtr = std::unique_ptr<OCSP_REQUEST, Deleter<OCSP_REQUEST_free>>;
using AnswerPtr = std::unique_ptr<OCSP_RESPONSE, Deleter<OCSP_RESPONSE_free>>;

constexpr std::string_view reasons[] = {"unspecified",  "keyCompromise",
                                        "cACompromise", "affiliationChanged",
                                        "superseded",   "cessationOfOperation"};

// Code 0 is left out of lists and answers: RFC 5280 §5.3.1.
Result<void> add_revoked(X509_CRL* list, const IssuedRecord& record)
{
    const RevokedPtr entry(X509_REVOKED_new());
    BIGNUM* number = nullptr;
    BN_hex2bn(&number, record.serial.c_str());
    const BignumPtr owned(number);
    const IntegerPtr serial(number ? BN_to_ASN1_INTEGER(number, nullptr) : nullptr);
    const TimePtr when(ASN1_TIME_set(nullptr, record.revoked_at));
    if (!entry || !serial || !when || X509_REVOKED_set_serialNumber(entry.get(), serial.get()) != 1
        || X509_REVOKED_set_revocationDate(entry.get(), when.get()) != 1) {
        return fail_openssl("revocation list");
    }
    if (record.reason != 0) {
        const std::unique_ptr<ASN1_ENUMERATED, Deleter<ASN1_ENUMERATED_free>> reason(
            ASN1_ENUMERATED_new());
        if (!reason || ASN1_ENUMERATED_set(reason.get(), record.reason) != 1
            || X509_REVOKED_add1_ext_i2d(entry.get(), NID_crl_reason, reason.get(), 0, 0) != 1) {
            return fail_openssl("revocation list");
        }
    }
    X509_REVOKED* kept = X509_REVOKED_dup(entry.get());
    if (!kept || X509_CRL_add0_revoked(list, kept) != 1) {
        X509_REVOKED_free(kept);
        return fail_openssl("revocation list");
    }
    return {};
}

Result<void> add_list_extensions(X509_CRL* list, X509* issuer, int64_t number)
{
    const IntegerPtr serial(ASN1_INTEGER_new());
    X509V3_CTX context{};
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, nullptr, nullptr, list, 0);
    const std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>> authority(
        X509V3_EXT_nconf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
    if (!serial || !authority || ASN1_INTEGER_set_int64(serial.get(), number) != 1
        || X509_CRL_add1_ext_i2d(list, NID_crl_number, serial.get(), 0, 0) != 1
        || X509_CRL_add_ext(list, authority.get(), -1) != 1) {
        return fail_openssl("revocation list");
    }
    return {};
}

Result<std::string> to_der(OCSP_RESPONSE* answer)
{
    return written("OCSP answer", [&](BIO* bio) { return i2d_OCSP_RESPONSE_bio(bio, answer); });
}

Result<std::string> refusal(int status)
{
    const AnswerPtr answer(OCSP_response_create(status, nullptr));
    if (!answer) return fail_openssl("OCSP answer");
    return to_der(answer.get());
}

} // namespace

std::optional<int> revocation_reason(std::string_view word)
{
    for (size_t i = 0; i < std::size(reasons); i++) {
        if (iequals(reasons[i], word)) return static_cast<int>(i);
    }
    return std::nullopt;
}

std::string_view revocation_reason(int code)
{
    const auto index = static_cast<size_t>(code);
    return index < std::size(reasons) ? reasons[index] : "unspecified";
}

Result<std::string> Authority::make_revocation_list(time_t now, int days)
{
    if (!key_) return fail("the authority is locked");
    const CrlPtr list(X509_CRL_new());
    const TimePtr made(ASN1_TIME_set(nullptr, now)), next(ASN1_TIME_set(nullptr, now + days * day));
    if (!list || !made || !next || X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) != 1
        || X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(intermediate_.get())) != 1
        || X509_CRL_set1_lastUpdate(list.get(), made.get()) != 1
        || X509_CRL_set1_nextUpdate(list.get(), next.get()) != 1) {
        return fail_openssl("revocation list");
    }
    auto done = store_.change([&](AuthorityStore::Change& change) -> Result<void> {
        auto text = change.setting("crl_number");
        if (!text) return std::unexpected(text.error());
        const int64_t number = parse_number<int64_t>(text->value_or("0")).value_or(0) + 1;
        auto records = change.all();
        if (!records) return std::unexpected(records.error());
        for (const auto& record : *records) {
            if (record.revoked_at == 0) continue;
            if (auto added = add_revoked(list.get(), record); !added) return added;
        }
        if (auto added = add_list_extensions(list.get(), intermediate_.get(), number); !added)
            return added;
        return change.set("crl_number", std::to_string(number));
    });
    if (!done) return std::unexpected(done.error());
    X509_CRL_sort(list.get());
    if (X509_CRL_sign(list.get(), key_->get(), hash_for(*key_)) <= 0)
        return fail_openssl("revocation list");
    return written("revocation list",
                   [&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, list.get()); });
}

Result<std::string> Authority::answer_status_request(std::string_view request, time_t now)
{
    if (!key_) return fail("the authority is locked");
    const auto* at = reinterpret_cast<const unsigned char*>(request.data());
    const RequestOfStatusPtr asked(
        d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(request.size())));
    forget_errors();
    const int count = asked ? OCSP_request_onereq_count(asked.get()) : 0;
    if (count < 1 || count > 64) return refusal(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    const OcspAnswerPtr basic(OCSP_BASICRESP_new());
    const TimePtr made(ASN1_GENERALIZEDTIME_set(nullptr, now)),
        next(ASN1_GENERALIZEDTIME_set(nullptr, now + day));
    if (!basic || !made || !next) return fail_openssl("OCSP answer");
    for (int i = 0; i < count; i++) {
        OCSP_CERTID* id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(asked.get(), i));
        ASN1_INTEGER* serial = nullptr;
        ASN1_OBJECT* hash = nullptr;
        OCSP_id_get0_info(nullptr, &hash, nullptr, &serial, id);
        const EVP_MD* digest = EVP_get_digestbyobj(hash);
        const OcspIdPtr ours(
            digest ? OCSP_cert_id_new(digest, X509_get_subject_name(intermediate_.get()),
                                      X509_get0_pubkey_bitstr(intermediate_.get()), serial)
                   : nullptr);
        std::optional<IssuedRecord> record;
        if (ours && OCSP_id_issuer_cmp(ours.get(), id) == 0) {
            auto looked = store_.look([&](AuthorityStore::Change& change) -> Result<void> {
                auto found = change.find(serial_text(serial));
                if (!found) return std::unexpected(found.error());
                record = std::move(*found);
                return {};
            });
            if (!looked) return refusal(OCSP_RESPONSE_STATUS_INTERNALERROR);
        }
        const int status = !record                   ? V_OCSP_CERTSTATUS_UNKNOWN
                           : record->revoked_at != 0 ? V_OCSP_CERTSTATUS_REVOKED
                                                     : V_OCSP_CERTSTATUS_GOOD;
        const bool revoked = status == V_OCSP_CERTSTATUS_REVOKED;
        const TimePtr when(ASN1_GENERALIZEDTIME_set(nullptr, revoked ? record->revoked_at : now));
        const int reason = revoked && record->reason != 0 ? record->reason : -1;
        if (!OCSP_basic_add1_status(basic.get(), id, status, reason, revoked ? when.get() : nullptr,
                                    made.get(), next.get())) {
            return fail_openssl("OCSP answer");
        }
    }
    OCSP_copy_nonce(basic.get(), asked.get());
    if (OCSP_basic_sign(basic.get(), intermediate_.get(), key_->get(), hash_for(*key_), nullptr, 0)
        != 1) {
        return fail_openssl("OCSP answer");
    }
    const AnswerPtr answer(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
    if (!answer) return fail_openssl("OCSP answer");
    return to_der(answer.get());
}

} // namespace signet::pki
