// The keeper's side of stapling: asks what is due, believes nothing that does not verify, and says
// once when a responder fails and once when it is back.
#include "modules/mod_ssl/stapling.h"
#include "server/error_log.h"
#include "server/vhost.h"

#include <algorithm>
#include <ctime>

namespace signet::mod_ssl {
namespace {

using server::Severity;

constexpr int responder_failed = 342;
constexpr int response_unusable = 343;
constexpr int certificate_revoked = 344;
constexpr int responder_back = 345;
constexpr int cannot_keep = 346;

void say(const StapledCertificate& certificate, Severity severity, int id, const char* apache_id,
         const std::string& text)
{
    server::log_event(
        *certificate.vhost, nullptr,
        {.severity = severity, .module = "ssl", .apache_id = apache_id, .id = id, .text = text});
}

std::chrono::seconds timeout_of(const StapledCertificate& certificate)
{
    return std::max(certificate.settings.responder_timeout.value_or(std::chrono::seconds(10)),
                    std::chrono::seconds(1));
}

} // namespace

std::chrono::seconds StapleRefresh::limit() const
{
    std::chrono::seconds longest{10};
    for (const auto& one : stapling_->certificates()) longest = std::max(longest, timeout_of(one));
    return longest + std::chrono::seconds(20);
}

bool StapleRefresh::is_ready() const
{
    return std::ranges::all_of(stapling_->certificates(), [this](const StapledCertificate& one) {
        return stapling_->staples().read(one.place).has_value();
    });
}

// When this certificate is to be asked about: the time is kept with the staple, where a keeper that
// is started anew finds it.
int64_t StapleRefresh::due(const StapledCertificate& certificate) const
{
    const auto content = stapling_->staples().read(certificate.place);
    const auto responder = responders_.find(certificate.url);
    const int64_t rests = responder == responders_.end() ? 0 : responder->second.rests_until;
    return std::max(content ? content->due : 0, rests);
}

// One certificate at a time: other tasks take their turns between.
Result<Monotonic::time_point> StapleRefresh::run(Monotonic::time_point now)
{
    if (!std::exchange(noted_, true)) {
        for (const auto& note : stapling_->notes()) {
            server::log_event(*note.vhost, nullptr,
                              {.severity = note.severity,
                               .module = "ssl",
                               .apache_id = note.apache_id,
                               .id = note.id,
                               .text = note.text});
        }
    }
    const int64_t today = std::time(nullptr);
    const StapledCertificate* first = nullptr;
    int64_t first_due = 0;
    int64_t next_due = today + 3600;
    for (const auto& one : stapling_->certificates()) {
        const int64_t when = due(one);
        if (!first || when < first_due) {
            if (first) next_due = std::min(next_due, first_due);
            first = &one;
            first_due = when;
        } else {
            next_due = std::min(next_due, when);
        }
    }
    if (!first) return now + std::chrono::hours(1);
    if (first_due <= today) {
        refresh(*first, today);
        first_due = due(*first);
    }
    const int64_t wait = std::min(first_due, next_due) - std::time(nullptr);
    return Monotonic::now() + std::chrono::seconds(std::max<int64_t>(wait, 0));
}

void StapleRefresh::refresh(const StapledCertificate& certificate, int64_t now)
{
    auto& responder = responders_[certificate.url];
    auto response = pki::ask_ocsp_responder(certificate.url, certificate.question.request(),
                                            {.timeout = timeout_of(certificate)});
    if (!response) {
        responder.rests_until = now + pause_after_failure(certificate, responder);
        fail(certificate, responder, "AH01941", "stapling_renew_response: responder error",
             response.error().text, "");
        return;
    }
    const auto answer = pki::check_ocsp_response(
        *response, certificate.question, certificate.issuer, limits_of(certificate.settings), now);
    if (!answer) {
        const bool by_responder = answer.error().kind == pki::OcspTrouble::Kind::responder;
        fail(certificate, responder, by_responder ? "AH01944" : "AH01943",
             by_responder ? "stapling_renew_response: responder error"
                          : "stapling_renew_response: error in retrieved response!",
             certificate.url + ": " + answer.error().text, by_responder ? *response : "");
        return;
    }
    if (std::exchange(responder.failing, false)) {
        say(certificate, Severity::notice, responder_back, "",
            "the OCSP responder " + certificate.url + " answers again");
    }
    responder = {};
    if (answer->status != pki::OcspStatus::good) {
        say(certificate, Severity::error, certificate_revoked, "AH02969",
            "stapling_check_response: response has certificate status "
                + std::string(answer->status == pki::OcspStatus::revoked ? "revoked" : "unknown")
                + " (reason: " + (answer->reason.empty() ? "n/a" : answer->reason) + ") for "
                + certificate.label);
    }
    say(certificate, Severity::debug, 0, "AH03040",
        "stapling_cb: success renewing response for " + certificate.label);
    if (auto kept = stapling_->keep(certificate, *response);
        !kept && !std::exchange(cannot_keep_, true)) {
        say(certificate, Severity::info, cannot_keep, "", kept.error().text);
    }
    stapling_->accept(certificate, std::move(*response), *answer, now);
}

// Soon at first: at boot the network may only be a moment late.
int64_t StapleRefresh::pause_after_failure(const StapledCertificate& certificate,
                                           const Responder& responder)
{
    const auto longest =
        certificate.settings.error_cache.value_or(std::chrono::seconds(600)).count();
    return std::clamp<int64_t>(int64_t{10} << std::min(responder.failures, 16U), 1,
                               std::max<int64_t>(longest, 1));
}

// The last good response stays as long as it may be used; then what the settings say.
void StapleRefresh::fail(const StapledCertificate& certificate, Responder& responder,
                         const char* apache_id, std::string_view opening, const std::string& why,
                         std::string error_response)
{
    const int64_t now = std::time(nullptr);
    const int64_t pause = pause_after_failure(certificate, responder);
    const bool is_news = !std::exchange(responder.failing, true);
    const auto& settings = certificate.settings;
    ++responder.failures;
    say(certificate, is_news ? Severity::error : Severity::debug,
        error_response.empty() && std::string_view(apache_id) == "AH01943" ? response_unusable
                                                                           : responder_failed,
        apache_id,
        std::string(opening) + " (" + certificate.label + ": " + why + "); trying again in "
            + std::to_string(pause) + " s");

    auto& staples = stapling_->staples();
    if (auto content = staples.read(certificate.place);
        content && content->is_answer
        && (content->usable_until == 0 || content->usable_until > now)) {
        content->due = now + pause;
        if (content->usable_until != 0)
            content->due = std::min(content->due, content->usable_until);
        staples.publish(certificate.place, *content);
        return;
    }
    if (error_response.empty() && settings.fake_try_later.value_or(true))
        error_response = pki::ocsp_try_later();
    staples.publish(certificate.place, {.response = std::move(error_response), .due = now + pause});
}

} // namespace signet::mod_ssl
