#include "modules/mod_ssl/stapling.h"

#include "base/file.h"
#include "pki/digest.h"
#include "server/vhost.h"

#include <algorithm>
#include <ctime>

namespace signet::mod_ssl {
namespace {

constexpr int no_issuer = 340;
constexpr int no_responder = 341;

pki::Certificate share(X509* x509)
{
    X509_up_ref(x509);
    return pki::Certificate(pki::X509Ptr(x509));
}

// In the chain, or among the authorities that SSLCACertificateFile and SSLCACertificatePath name.
std::optional<pki::Certificate> issuer_of(const tls::Credential& credential,
                                          const pki::Certificate& leaf,
                                          const pki::TrustFiles& authorities)
{
    const auto* chain = credential.chain();
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        auto candidate = share(sk_X509_value(chain, i));
        if (leaf.may_be_issued_by(candidate)) return candidate;
    }
    if (leaf.is_self_issued()) return share(leaf.get());
    pki::Problems told_elsewhere;
    for (auto& candidate : pki::load_authorities(authorities, told_elsewhere)) {
        if (leaf.may_be_issued_by(candidate)) return std::move(candidate);
    }
    return std::nullopt;
}

std::string number(std::optional<std::chrono::seconds> seconds)
{
    return seconds ? std::to_string(seconds->count()) + "," : ",";
}

// Whatever makes the responses for a certificate differ.
std::string key_of(const pki::Certificate& leaf, const std::string& url, const StaplingConfig& s)
{
    const std::string text = leaf.der() + url + ',' + number(s.responder_timeout)
                             + number(s.time_skew) + number(s.max_age) + number(s.standard_cache)
                             + number(s.error_cache)
                             + (s.fake_try_later.value_or(true) ? "later" : "nothing");
    return pki::hex_digest("sha256", text);
}

// When to ask anew: at half life, so that there is time for many attempts when the responder is
// down; or as MDStaplingRenewWindow says.
int64_t due_after(const StaplingConfig& settings, const pki::OcspAnswer& answer,
                  int64_t usable_until, int64_t now)
{
    if (settings.renew_window && answer.next_update > now) {
        const std::chrono::seconds life(answer.next_update - answer.this_update);
        return std::max<int64_t>(answer.next_update - settings.renew_window->of(life).count(),
                                 now + 1);
    }
    int64_t due = now + settings.standard_cache.value_or(std::chrono::hours(1)).count();
    if (answer.next_update > now) due = std::min(due, now + (answer.next_update - now) / 2);
    if (usable_until > now) due = std::min(due, now + (usable_until - now + 1) / 2);
    return std::max(due, now + 1);
}

} // namespace

pki::OcspLimits limits_of(const StaplingConfig& settings)
{
    pki::OcspLimits limits{.skew = settings.time_skew.value_or(std::chrono::seconds(300))};
    limits.max_age = settings.max_age;
    return limits;
}

Stapling::Stapling(std::string directory, const Stapling* former)
    : directory_(std::move(directory))
{
    if (!former) return;
    for (const auto& one : former->all_) {
        if (auto content = former->staples_->read(one.place); content && content->is_answer)
            remembered_[one.key] = std::move(content->response);
    }
}

std::vector<tls::Staple> Stapling::add(const StaplingConfig& settings,
                                       const tls::Credentials& credentials, const Host& host)
{
    std::vector<tls::Staple> staples;
    for (const auto& credential : credentials.all()) {
        auto& staple = staples.emplace_back();
        const auto index = add_one(settings, credential, host);
        if (!index) continue;
        staple = {.staples = staples_,
                  .place = all_[*index].place,
                  .return_errors = settings.return_errors.value_or(true)};
    }
    return staples;
}

std::optional<size_t> Stapling::add_one(const StaplingConfig& settings,
                                        const tls::Credential& credential, const Host& host)
{
    const auto& [vhost, label, authorities] = host;
    if (!credential.leaf()) return std::nullopt;
    const auto leaf = share(credential.leaf());
    const std::string named =
        " [subject: " + leaf.subject() + " / issuer: " + leaf.issuer() + "] (" + label + ")";
    std::string url = settings.force_url.value_or("");
    if (url.empty()) url = pki::ocsp_responder(leaf);
    if (url.empty()) {
        notes_.push_back({&vhost, diagnosis::Severity::info, "AH02218", no_responder,
                          "ssl_stapling_init_cert: no OCSP URI in certificate and no "
                          "SSLStaplingForceURL set"
                              + named});
        return std::nullopt;
    }
    auto issuer = issuer_of(credential, leaf, authorities);
    if (!issuer) {
        notes_.push_back({&vhost, diagnosis::Severity::warn, "AH02217", no_issuer,
                          "ssl_stapling_init_cert: can't retrieve issuer certificate!" + named});
        return std::nullopt;
    }
    const std::string key = key_of(leaf, url, settings);
    if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second;

    auto question = pki::OcspQuestion::create(leaf, *issuer, false);
    auto place = staples_->add();
    if (!question || !place) {
        notes_.push_back({&vhost, diagnosis::Severity::warn, "", no_issuer,
                          label + ": " + (question ? place.error().text : question.error().text)});
        return std::nullopt;
    }
    all_.push_back({.label = label,
                    .vhost = &vhost,
                    .issuer = std::move(*issuer),
                    .question = std::move(*question),
                    .url = std::move(url),
                    .settings = settings,
                    .key = key,
                    .place = *place});
    by_key_[key] = all_.size() - 1;
    seed(all_.back());
    return all_.size() - 1;
}

// What was known before counts, if it still holds: the first client after a start is served too.
void Stapling::seed(const StapledCertificate& certificate) const
{
    std::string response;
    if (const auto found = remembered_.find(certificate.key); found != remembered_.end()) {
        response = found->second;
    } else if (!directory_.empty()) {
        response = read_file(directory_ + "/" + certificate.key + ".der", pki::max_ocsp_response)
                       .value_or("");
    }
    if (response.empty()) return;
    const auto now = std::time(nullptr);
    const auto answer = pki::check_ocsp_response(response, certificate.question, certificate.issuer,
                                                 limits_of(certificate.settings), now);
    if (answer) accept(certificate, std::move(response), *answer, now);
}

void Stapling::accept(const StapledCertificate& certificate, std::string response,
                      const pki::OcspAnswer& answer, int64_t now) const
{
    const auto limits = limits_of(certificate.settings);
    int64_t usable_until = answer.next_update == 0 ? 0 : answer.next_update + limits.skew.count();
    if (limits.max_age) {
        const int64_t oldest = answer.this_update + limits.max_age->count();
        usable_until = usable_until == 0 ? oldest : std::min(usable_until, oldest);
    }
    staples_->publish(certificate.place,
                      {.response = std::move(response),
                       .is_answer = true,
                       .usable_until = usable_until,
                       .due = due_after(certificate.settings, answer, usable_until, now)});
}

Result<void> Stapling::keep(const StapledCertificate& certificate, std::string_view response) const
{
    if (directory_.empty()) return {};
    return write_file_atomically(directory_ + "/" + certificate.key + ".der", response);
}

} // namespace signet::mod_ssl
