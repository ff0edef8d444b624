#include "tls/responders.h"

#include "base/text.h"
#include "tls/context_policy.h"
#include "tls/policy.h"
#include "tls/stream_core.h"
#include "tls/verification_notes.h"

#include <ctime>
#include <openssl/async.h>
#include <openssl/ocsp.h>

namespace signet::tls {
namespace {

using diagnosis::Severity;
using pki::OcspStatus;
using pki::OcspTrouble;

// Apache's numbers and words for what can be wrong with a response.
std::pair<std::string_view, std::string_view> apache_words(OcspTrouble::Kind kind)
{
    using Kind = OcspTrouble::Kind;
    switch (kind) {
    case Kind::malformed: return {"AH01988", "failed to decode OCSP response data"};
    case Kind::responder: return {"AH01922", "OCSP response not successful"};
    case Kind::signature: return {"AH01925", "failed to verify the OCSP response"};
    case Kind::other_certificate: return {"AH02272", "failed to retrieve OCSP response status"};
    case Kind::nonce: return {"AH01924", "Bad OCSP responder answer (bad nonce)"};
    case Kind::not_valid_now: break;
    }
    return {"AH02273", "OCSP response outside validity period"};
}

// The numbers that RFC 6960 and OpenSSL give the three.
int openssl_status(OcspStatus status)
{
    switch (status) {
    case OcspStatus::good: return V_OCSP_CERTSTATUS_GOOD;
    case OcspStatus::revoked: return V_OCSP_CERTSTATUS_REVOKED;
    case OcspStatus::unknown: break;
    }
    return V_OCSP_CERTSTATUS_UNKNOWN;
}

bool refuse(X509_STORE_CTX& store, int error)
{
    X509_STORE_CTX_set_error(&store, error);
    return false;
}

// Whom to ask, or empty: then a line in the log has said so.
std::string responder_url(Stream::Core& core, const ResponderSettings& settings,
                          const pki::Certificate& subject)
{
    std::string url = settings.overrides ? std::string() : pki::ocsp_responder(subject);
    if (url.empty()) url = settings.default_url;
    if (!url.empty()) return url;
    if (settings.missing_url_is_fine) {
        note(core, Severity::debug, {},
             "Skipping OCSP check for certificate cos no OCSP URL found and no_ocsp_for_cert_ok "
             "is set",
             portrait(subject.get()));
    } else {
        note(core, Severity::error, "AH01918",
             "no OCSP responder specified in certificate and no default configured",
             portrait(subject.get()), responder_missing);
    }
    return {};
}

bool apply(Stream::Core& core, X509_STORE_CTX& store, const pki::Certificate& subject,
           const pki::OcspAnswer& answer)
{
    const int status = openssl_status(answer.status);
    const bool is_good = answer.status == OcspStatus::good;
    note(core, is_good ? Severity::info : Severity::error, "AH03239",
         "OCSP validation completed, certificate status: "
             + std::string(OCSP_cert_status_str(status)) + " (" + std::to_string(status) + ", "
             + (answer.reason.empty() ? "-1" : answer.reason) + ")",
         portrait(subject.get()));
    if (is_good) return true;
    return refuse(store, answer.status == OcspStatus::revoked
                             ? X509_V_ERR_CERT_REVOKED
                             : X509_V_ERR_APPLICATION_VERIFICATION);
}

// Lets the loop go on until somebody has answered.
void wait(Stream::Core& core)
{
    pki::forget_errors(); // the queue is the thread's, not the job's
    while (!core.inquiry->verdict) {
        if (core.asks_nobody || ASYNC_get_current_job() == nullptr || ASYNC_pause_job() != 1) {
            core.inquiry->verdict =
                ResponderVerdict{.apache_id = "AH01974",
                                 .text = "the OCSP responder cannot be asked now",
                                 .id = responder_silent};
        }
    }
}

} // namespace

std::string PendingInquiry::key() const
{
    return inquiry_.url + '\n' + std::string(question_.id());
}

ResponderVerdict PendingInquiry::judge(const Result<std::string>& response,
                                       const ResponderSettings& settings,
                                       const std::vector<pki::Certificate>& trusted,
                                       time_t now) const
{
    if (!response) {
        return {.apache_id = "AH01974",
                .text = "could not connect to OCSP responder: " + response.error().text,
                .id = responder_silent};
    }
    const pki::OcspLimits limits{.skew = settings.skew, .max_age = settings.max_age};
    auto checked = pki::check_ocsp_response(*response, question_, issuer_, limits, now, trusted,
                                            settings.verify);
    if (checked) return {.answer = std::move(*checked)};
    const auto [number, words] = apache_words(checked.error().kind);
    return {.apache_id = number,
            .text = std::string(words) + ": " + inquiry_.url + ": " + checked.error().text,
            .id = responder_unusable};
}

const pki::OcspAnswer* Responders::find(const std::string& key, time_t now) const
{
    const auto found = kept_.find(key);
    return found != kept_.end() && now < found->second.until ? &found->second.answer : nullptr;
}

void Responders::keep(const std::string& key, const pki::OcspAnswer& answer, time_t now)
{
    if (kept_.size() >= most) {
        std::erase_if(kept_, [now](const auto& one) { return one.second.until <= now; });
        if (kept_.size() >= most) kept_.clear();
    }
    const time_t until = answer.next_update == 0 ? now : answer.next_update;
    kept_[key] = {answer, std::min(until, now + memory)};
}

bool set_responders(Context::Policy& policy, pki::Problems& problems)
{
    const auto& settings = policy.client.responder;
    if (settings.check == RevocationCheck::none) return true;
    const size_t before = problems.size();
    auto trusted = settings.trusted_file.empty()
                       ? std::vector<pki::Certificate>()
                       : pki::load_authorities({.file = settings.trusted_file}, problems);
    policy.responders = std::make_unique<Responders>(std::move(trusted));
    for (size_t i = before; i < problems.size(); ++i) {
        if (problems[i].is_error()) return false;
    }
    return true;
}

bool is_vouched_for(Stream::Core& core, const Context::Policy& policy, X509_STORE_CTX& store,
                    bool is_unvouched)
{
    X509* const shown = X509_STORE_CTX_get_current_cert(&store);
    if (is_unvouched || !shown) {
        note(core, Severity::error, "AH02038",
             "cannot perform OCSP validation for cert if issuer has not been verified "
             "(optional_no_ca configured)",
             portrait(shown));
        return refuse(store, X509_V_ERR_APPLICATION_VERIFICATION);
    }
    X509_up_ref(shown);
    const pki::Certificate subject{pki::X509Ptr(shown)};
    if (X509_check_issued(shown, shown) == X509_V_OK) {
        note(core, Severity::debug, {}, "Skipping OCSP check for valid self-issued cert",
             portrait(shown));
        return true;
    }
    const auto& settings = policy.client.responder;
    std::string url = responder_url(core, settings, subject);
    if (url.empty()) {
        return settings.missing_url_is_fine ? true
                                            : refuse(store, X509_V_ERR_APPLICATION_VERIFICATION);
    }
    X509* const above = X509_STORE_CTX_get0_current_issuer(&store);
    if (!above) return refuse(store, X509_V_ERR_APPLICATION_VERIFICATION);
    X509_up_ref(above);
    pki::Certificate issuer{pki::X509Ptr(above)};
    auto question = pki::OcspQuestion::create(subject, issuer, settings.nonce);
    if (!question) {
        note(core, Severity::error, "AH01921", "could not retrieve certificate id",
             portrait(shown));
        return refuse(store, X509_V_ERR_APPLICATION_VERIFICATION);
    }
    Inquiry inquiry{.url = std::move(url),
                    .request = std::string(question->request()),
                    .transport = {.timeout = settings.timeout, .proxy = settings.proxy}};
    core.inquiry = std::make_unique<PendingInquiry>(std::move(inquiry), std::move(*question),
                                                    std::move(issuer));
    if (const auto* kept = policy.responders->find(core.inquiry->key(), std::time(nullptr)))
        core.inquiry->verdict = ResponderVerdict{.answer = *kept};
    wait(core);
    const auto verdict = std::move(*core.inquiry->verdict);
    core.inquiry.reset();
    if (verdict.answer) return apply(core, store, subject, *verdict.answer);
    note(core, Severity::error, verdict.apache_id, verdict.text, portrait(shown), verdict.id);
    return refuse(store, X509_V_ERR_APPLICATION_VERIFICATION);
}

const Inquiry* Stream::inquiry() const
{
    return core_->is_paused && core_->inquiry ? &core_->inquiry->inquiry() : nullptr;
}

void Stream::answer(const Result<std::string>& response, Chain& out)
{
    auto& core = *core_;
    if (!core.is_paused || !core.inquiry) return;
    const auto& policy = policy_of(core.ssl.get());
    const time_t now = std::time(nullptr);
    auto verdict =
        core.inquiry->judge(response, policy.client.responder, policy.responders->trusted(), now);
    if (verdict.answer) policy.responders->keep(core.inquiry->key(), *verdict.answer, now);
    core.inquiry->verdict = std::move(verdict);
    core.is_paused = false;
    core.out = &out;
    if (state_ == State::handshaking) {
        Handshake(*this).advance();
    } else if (state_ == State::established) {
        (void)read_openssl({}); // data that comes now is dropped
    }
}

// The job must come to its end, or what it holds were lost. The same call resumes it.
void Stream::Core::give_up_inquiry()
{
    asks_nobody = true;
    if (!std::exchange(is_paused, false)) return;
    out = nullptr;
    size_t none = 0;
    char byte = 0;
    if (reauthentication == Reauthenticating::no) {
        SSL_do_handshake(ssl.get());
    } else {
        SSL_read_ex(ssl.get(), &byte, sizeof byte, &none);
    }
    pki::forget_errors();
}

} // namespace signet::tls
