#include "pki/ocsp.h"
#include "pki/objects.h"

#include <algorithm>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

namespace signet::pki {
namespace {

using QuestionPtr = std::unique_ptr<OCSP_REQUEST, Deleter<OCSP_REQUEST_free>>;
using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Deleter<OCSP_RESPONSE_free>>;

struct FreeNames {
    void operator()(STACK_OF(OPENSSL_STRING) * names) const { X509_email_free(names); }
};
struct FreeCertificates {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); } // it owns none
};

// i2d_X into a string; empty when OpenSSL has no memory.
template <auto encode, class T> std::string to_der(T* object)
{
    unsigned char* bytes = nullptr;
    const int size = encode(object, &bytes);
    if (size <= 0) return {};
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::unexpected<OcspTrouble> trouble(OcspTrouble::Kind kind, std::string text)
{
    forget_errors();
    return std::unexpected(OcspTrouble{.kind = kind, .text = std::move(text)});
}

time_t to_time(const ASN1_GENERALIZEDTIME* time)
{
    tm parts{};
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    return ::timegm(&parts);
}

std::string to_text(time_t time)
{
    tm parts{};
    ::gmtime_r(&time, &parts);
    char text[40];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S GMT", &parts)};
}

// The signer is the issuer, a responder the issuer delegated to, or one that is trusted anyway.
bool is_signed_well(OCSP_BASICRESP* basic, const Certificate& issuer,
                    const std::vector<Certificate>& trusted)
{
    const StorePtr store(X509_STORE_new());
    const std::unique_ptr<STACK_OF(X509), FreeCertificates> known(sk_X509_new_null());
    if (!store || !known || X509_STORE_add_cert(store.get(), issuer.get()) != 1) return false;
    // An intermediate is enough of an anchor: the server was told to use it.
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    for (const auto& one : trusted) sk_X509_push(known.get(), one.get());
    if (!trusted.empty()
        && OCSP_basic_verify(basic, known.get(), store.get(), OCSP_TRUSTOTHER) == 1) {
        return true;
    }
    forget_errors();
    sk_X509_push(known.get(), issuer.get());
    return OCSP_basic_verify(basic, known.get(), store.get(), 0) == 1;
}

bool answers_this_question(const OcspQuestion& question, OCSP_BASICRESP* basic)
{
    const unsigned char* at = bytes_of(question.request());
    const QuestionPtr request(
        d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(question.request().size())));
    return request && OCSP_check_nonce(request.get(), basic) == 1;
}

std::expected<OcspAnswer, OcspTrouble> check_dates(OcspAnswer answer, const OcspLimits& limits,
                                                   time_t now)
{
    const auto skew = static_cast<time_t>(limits.skew.count());
    if (answer.this_update == 0 || answer.this_update > now + skew) {
        return trouble(OcspTrouble::Kind::not_valid_now,
                       "the response is not valid before " + to_text(answer.this_update));
    }
    if (answer.next_update != 0 && answer.next_update < now - skew) {
        return trouble(OcspTrouble::Kind::not_valid_now,
                       "the response expired at " + to_text(answer.next_update));
    }
    if (limits.max_age && answer.this_update < now - limits.max_age->count()) {
        return trouble(OcspTrouble::Kind::not_valid_now,
                       "the response of " + to_text(answer.this_update) + " is older than "
                           + std::to_string(limits.max_age->count()) + " seconds");
    }
    return answer;
}

} // namespace

std::string ocsp_responder(const Certificate& subject)
{
    const std::unique_ptr<STACK_OF(OPENSSL_STRING), FreeNames> urls(X509_get1_ocsp(subject.get()));
    for (int i = 0; urls && i < sk_OPENSSL_STRING_num(urls.get()); ++i) {
        const std::string_view url(sk_OPENSSL_STRING_value(urls.get(), i));
        if (url.starts_with("http://")) return std::string(url);
    }
    return {};
}

Result<OcspQuestion> OcspQuestion::create(const Certificate& subject, const Certificate& issuer,
                                          bool nonce)
{
    const QuestionPtr request(OCSP_REQUEST_new());
    OcspIdPtr id(
        OCSP_cert_to_id(nullptr, subject.get(), issuer.get())); // SHA-1: what responders know
    OcspQuestion question;
    if (request && id) {
        question.id_ = to_der<i2d_OCSP_CERTID>(id.get());
        if (OCSP_request_add0_id(request.get(), id.get())) (void)id.release();
        if (!nonce || OCSP_request_add1_nonce(request.get(), nullptr, -1) == 1)
            question.request_ = to_der<i2d_OCSP_REQUEST>(request.get());
    }
    if (question.id_.empty() || question.request_.empty()) return fail_openssl("OCSP request");
    question.nonce_ = nonce;
    return question;
}

std::expected<OcspAnswer, OcspTrouble>
check_ocsp_response(std::string_view response, const OcspQuestion& question,
                    const Certificate& issuer, const OcspLimits& limits, time_t now,
                    const std::vector<Certificate>& trusted, bool check_signature)
{
    using Kind = OcspTrouble::Kind;
    const unsigned char* at = bytes_of(response);
    const ResponsePtr parsed(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(response.size())));
    if (!parsed) return trouble(Kind::malformed, "what the responder sent is no OCSP response");
    const int outcome = OCSP_response_status(parsed.get());
    if (outcome != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        return trouble(Kind::responder,
                       std::string("the responder says: ") + OCSP_response_status_str(outcome));
    }
    const OcspAnswerPtr basic(OCSP_response_get1_basic(parsed.get()));
    if (!basic) return trouble(Kind::malformed, "the OCSP response has no basic response");
    if (check_signature && !is_signed_well(basic.get(), issuer, trusted)) {
        return trouble(Kind::signature,
                       "the signature of the OCSP response is not the issuer's: " + drain_errors());
    }
    if (question.has_nonce() && !answers_this_question(question, basic.get()))
        return trouble(Kind::nonce, "the OCSP response was made for another request (nonce)");

    const unsigned char* id_at = bytes_of(question.id());
    const OcspIdPtr id(d2i_OCSP_CERTID(nullptr, &id_at, static_cast<long>(question.id().size())));
    int status = 0;
    int reason = 0;
    ASN1_GENERALIZEDTIME* this_update = nullptr;
    ASN1_GENERALIZEDTIME* next_update = nullptr;
    if (!id
        || OCSP_resp_find_status(basic.get(), id.get(), &status, &reason, nullptr, &this_update,
                                 &next_update)
               != 1) {
        return trouble(Kind::other_certificate,
                       "the OCSP response says nothing about this certificate");
    }
    OcspAnswer answer{.this_update = to_time(this_update), .next_update = to_time(next_update)};
    if (status == V_OCSP_CERTSTATUS_GOOD) answer.status = OcspStatus::good;
    if (status == V_OCSP_CERTSTATUS_REVOKED) {
        answer.status = OcspStatus::revoked;
        if (reason >= 0) answer.reason = OCSP_crl_reason_str(reason);
    }
    return check_dates(std::move(answer), limits, now);
}

std::string ocsp_try_later()
{
    const ResponsePtr response(OCSP_response_create(OCSP_RESPONSE_STATUS_TRYLATER, nullptr));
    return response ? to_der<i2d_OCSP_RESPONSE>(response.get()) : std::string();
}

} // namespace signet::pki
