#include "modules/mod_md/staples.h"

#include "base/clock.h"
#include "base/text.h"
#include "http/date.h"
#include "pki/acme/jose.h"
#include "tls/live_credentials.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace signet::mod_md {
namespace {

using diagnosis::Severity;
using Json = nlohmann::json;

namespace message {
constexpr int no_responder = 850, responder_failed = 851, revoked = 852, renewed = 853;
}
constexpr std::string_view store_prefix = "ocsp/";
constexpr time_t without_next_update = 3600; // such a response is asked for anew after an hour
constexpr std::chrono::seconds responder_patience{10};

std::string hex(const std::string& bytes)
{
    std::string text;
    for (const char byte : bytes) append_hex(text, static_cast<unsigned char>(byte), 2);
    return text;
}

pki::Certificate share(X509* x509)
{
    X509_up_ref(x509);
    return pki::Certificate(pki::X509Ptr(x509));
}

time_t usable_until(const ManagedStaples::Known& known)
{
    return known.answer.next_update != 0 ? known.answer.next_update
                                         : known.obtained + 2 * without_next_update;
}

} // namespace

// One that is in use, with whom to ask about it.
struct ManagedStaples::Certificate {
    const Domain& domain;
    std::string fingerprint, url;
    pki::Certificate issuer;
    pki::OcspQuestion question;

    // Nothing when nobody can be asked: a stand-in, or a CA without OCSP.
    static std::optional<Certificate> of(const Domain& domain, const tls::Credential& credential)
    {
        if (!credential.leaf()) return std::nullopt;
        const auto leaf = share(credential.leaf());
        const auto* chain = credential.chain();
        for (int i = 0; i < sk_X509_num(chain); ++i) {
            auto issuer = share(sk_X509_value(chain, i));
            if (!leaf.may_be_issued_by(issuer)) continue;
            auto question = pki::OcspQuestion::create(leaf, issuer, false);
            std::string url = pki::ocsp_responder(leaf);
            if (!question || url.empty()) return std::nullopt;
            return Certificate{.domain = domain,
                               .fingerprint = tls::certificate_fingerprint(leaf.get()),
                               .url = std::move(url),
                               .issuer = std::move(issuer),
                               .question = std::move(*question)};
        }
        return std::nullopt;
    }
};

ManagedStaples::ManagedStaples(std::shared_ptr<const Plan> plan,
                               std::shared_ptr<const server::ManagedTls> managed, Tools tools)
    : plan_(std::move(plan))
    , managed_(std::move(managed))
    , tools_(std::move(tools))
{
}

const ManagedStaples::Known* ManagedStaples::find(const std::string& fingerprint) const
{
    const auto found = known_.find(fingerprint);
    return found == known_.end() ? nullptr : &found->second;
}

bool ManagedStaples::is_stapled(const Domain& domain) const
{
    return domain.stapling || std::ranges::any_of(domain.hosts, [&](const auto* host) {
               const auto found = managed_->hosts.find(host);
               return found != managed_->hosts.end() && found->second.staple;
           });
}

Result<time_t> ManagedStaples::run(pki::StateStore& store, time_t now)
{
    time_t next = now + 86400;
    const auto begun = Monotonic::now();
    Result<void> all = {};
    for (const auto& domain : plan_->domains) {
        if (!domain.live || !is_stapled(domain)) continue;
        if (Monotonic::now() - begun > longest_turn) {
            next = now;
            break;
        }
        if (auto done = attend(domain, store, now, next); !done) all = done;
    }
    if (!all) return std::unexpected(all.error());
    if (!std::exchange(cleaned_, true)) {
        if (auto done = forget_old(store, now); !done) return std::unexpected(done.error());
    }
    return next;
}

Result<void> ManagedStaples::attend(const Domain& domain, pki::StateStore& store, time_t now,
                                    time_t& next)
{
    const auto* credentials = domain.live->latest();
    if (!credentials) return {};
    std::vector<tls::LiveStaple> staples;
    std::string seen;
    Result<void> stored = {}; // a full disk keeps no staple from the handshakes
    for (const auto& credential : credentials->all()) {
        if (!credential.leaf()) continue;
        const auto fingerprint = tls::certificate_fingerprint(credential.leaf());
        const bool is_new = !known_.contains(fingerprint);
        auto& known = known_[fingerprint];
        if (known.told) continue;
        if (known.obtained > now) known.due = now; // the clock was put back
        if (is_new || known.due <= now) {
            const auto certificate = Certificate::of(domain, credential);
            if (!certificate) {
                known.told = true;
                tools_.log(Severity::info, message::no_responder, "",
                           domain.name
                               + ": its certificate names no OCSP responder, so nothing "
                                 "is stapled");
                continue;
            }
            if (is_new) {
                if (auto done = recall(*certificate, known, store, now); !done) stored = done;
            }
            if (known.due <= now) {
                if (auto done = ask(*certificate, known, store, now); !done) stored = done;
            }
        }
        next = std::min(next, known.due);
        if (known.response.empty()) continue;
        seen += fingerprint + std::to_string(known.obtained);
        staples.push_back({.fingerprint = fingerprint,
                           .usable_until = usable_until(known),
                           .response = known.response});
    }
    if (staples.empty() || published_[domain.name] == seen) return stored;
    published_[domain.name] = seen;
    if (auto published = domain.live->publish_staples(staples); !published) return published;
    return stored;
}

// MDStaplingRenewWindow: when so much of a response's life is left.
time_t ManagedStaples::due_after(const pki::OcspAnswer& answer, time_t now) const
{
    if (answer.next_update <= now) return now + without_next_update;
    const std::chrono::seconds life(answer.next_update - answer.this_update);
    const time_t due = answer.next_update - plan_->said->staple_renew.of(life).count();
    return std::max(due, now + 1);
}

// What the store has from before the start, if it still holds.
Result<void> ManagedStaples::recall(const Certificate& certificate, Known& known,
                                    const pki::StateStore& store, time_t now) const
{
    auto text = store.get(std::string(store_prefix) + hex(certificate.fingerprint));
    if (!text) return std::unexpected(text.error());
    if (!*text) return {};
    const auto json = Json::parse(**text, nullptr, false);
    if (!json.is_object() || !json.contains("response") || !json["response"].is_string()
        || !json.contains("obtained") || !json["obtained"].is_number_integer()) {
        return {};
    }
    auto response = pki::acme::from_base64url(json["response"].get<std::string>());
    if (!response) return {};
    auto answer =
        pki::check_ocsp_response(*response, certificate.question, certificate.issuer, {}, now);
    if (!answer) return {};
    known.response = std::move(*response);
    known.answer = std::move(*answer);
    known.obtained = json["obtained"].get<time_t>();
    known.due = std::min(due_after(known.answer, known.obtained), usable_until(known));
    return {};
}

Result<void> ManagedStaples::ask(const Certificate& certificate, Known& known,
                                 pki::StateStore& store, time_t now)
{
    auto response =
        pki::ask_ocsp_responder(certificate.url, certificate.question.request(),
                                {.timeout = responder_patience, .proxy = plan_->said->proxy});
    if (!response) {
        failed(certificate, known, response.error().text, now);
        return {};
    }
    auto answer =
        pki::check_ocsp_response(*response, certificate.question, certificate.issuer, {}, now);
    if (!answer) {
        failed(certificate, known, answer.error().text, now);
        return {};
    }
    const std::string& name = certificate.domain.name;
    if (answer->status != pki::OcspStatus::good) {
        tools_.log(Severity::error, message::revoked, "",
                   name + ": the CA's responder says that the certificate is "
                       + (answer->status == pki::OcspStatus::revoked ? "revoked" : "unknown to it")
                       + (answer->reason.empty() ? "" : " (" + answer->reason + ")"));
    }
    const bool first = known.response.empty();
    known = {.response = std::move(*response), .answer = std::move(*answer), .obtained = now};
    known.due = due_after(known.answer, now);
    tools_.log(Severity::info, message::renewed, "",
               name + ": " + (first ? "first" : "new") + " OCSP response from " + certificate.url
                   + ", next at " + std::string(http::date_text(known.due).view()));
    tools_.announce("ocsp-renewed", name);
    const Json json = {{"response", pki::acme::base64url(known.response)}, {"obtained", now}};
    return store.write({{std::string(store_prefix) + hex(certificate.fingerprint), json.dump()}});
}

// The last good response stays in use as long as it holds.
void ManagedStaples::failed(const Certificate& certificate, Known& known, const std::string& why,
                            time_t now)
{
    const int doublings = std::min(known.failures++, 9);
    const time_t pause = std::min<time_t>(time_t{10} << doublings, 3600);
    known.due = now + pause;
    tools_.log(known.failures == 1 ? Severity::warn : Severity::info, message::responder_failed, "",
               certificate.domain.name + ": no OCSP response from " + certificate.url + ": " + why
                   + "; trying again in " + std::to_string(pause) + " s");
    if (known.failures == 1) tools_.announce("ocsp-errored", certificate.domain.name);
}

// MDStaplingKeepResponse: at start and reload, those that nobody asks for any more.
Result<void> ManagedStaples::forget_old(pki::StateStore& store, time_t now)
{
    auto entries = store.list(store_prefix);
    if (!entries) return std::unexpected(entries.error());
    std::vector<pki::StateStore::Change> changes;
    for (const auto& [key, value] : *entries) {
        const auto json = Json::parse(value, nullptr, false);
        const time_t obtained =
            json.is_object() && json.contains("obtained") && json["obtained"].is_number_integer()
                ? json["obtained"].get<time_t>()
                : 0;
        // One of the future was stored under a wrong clock, and would stay until then.
        if (obtained > now || obtained + plan_->said->staple_keep.count() <= now)
            changes.push_back({key, std::nullopt});
    }
    if (changes.empty()) return {};
    return store.write(changes);
}

} // namespace signet::mod_md
