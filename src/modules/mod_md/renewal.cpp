#include "modules/mod_md/renewal.h"

#include "base/text.h"
#include "http/date.h"
#include "modules/mod_md/certificate_set.h"
#include "net/child.h"
#include "server/error_log.h"

#include <algorithm>
#include <cstdlib>
#include <random>

namespace signet::mod_md {
namespace {

using diagnosis::Severity;
using std::chrono::milliseconds, std::chrono::seconds;

namespace message {
constexpr int serving = 790, failing = 791, expiring = 792, limited = 793, step = 794,
              program_failed = 795, not_as_wished = 798;
}

constexpr std::string_view lets_encrypt = "https://acme-v02.api.letsencrypt.org/directory";
constexpr std::string_view lets_encrypt_staging =
    "https://acme-staging-v02.api.letsencrypt.org/directory";

// A place in a span that differs from server to server, so that not all come at once.
time_t somewhere(time_t from, time_t to, const std::string& seed)
{
    if (to <= from) return from;
    std::seed_seq words(seed.begin(), seed.end());
    std::mt19937_64 random(words);
    return from + static_cast<time_t>(random() % static_cast<uint64_t>(to - from));
}

constexpr seconds pause_after_error{30}; // of the store

// The clock was put back: what was written down with the later time would hold until then.
void forget_the_future(StatusRecord& status, time_t now)
{
    if (status.last_at > now) {
        status.last_at = now;
        status.next_at = 0;
    }
    if (status.window_checked > now + 2 * 86400) status.window_checked = 0;
    for (auto* when : {&status.warned_at, &status.errored_at}) {
        if (*when > now) *when = 0;
    }
}

} // namespace

Renewal::Renewal(std::shared_ptr<const Plan> plan, Shared shared, const server::VirtualHost& main)
    : plan_(std::move(plan))
    , board_(std::move(shared.board))
    , status_(std::move(shared.status))
    , main_(main)
    , staples_(plan_, std::move(shared.managed),
               {.announce =
                    [this](const std::string& event, const std::string& domain) {
                        changed_.insert(domain);
                        due_[domain] = Monotonic::now(); // a revoked one does not wait its turn
                        (void)announce(event, domain);
                    },
                .log = [this](Severity severity, int id, std::string_view apache_id,
                              const std::string& text) { log(severity, id, apache_id, text); }})
{
}

void Renewal::log(Severity severity, int id, std::string_view apache_id,
                  const std::string& text) const
{
    if (!main_.error_log) return;
    main_.error_log->write(
        {.severity = severity, .module = "md", .apache_id = apache_id, .id = id, .text = text},
        nullptr, nullptr);
}

OrderTools Renewal::tools()
{
    return {.plan = *plan_,
            .store = *store_,
            .board = *board_,
            .announce = [this](const std::string& event,
                               const std::string& domain) { return announce(event, domain); },
            .tell =
                [this](const Domain& domain, const std::string& what) {
                    log(Severity::info, message::step, "", domain.name + ": " + what);
                },
            .warn =
                [this](const Domain& domain, const std::string& what) {
                    log(Severity::warn, message::not_as_wished, "", domain.name + ": " + what);
                }};
}

Result<Monotonic::time_point> Renewal::run(Monotonic::time_point now)
{
    if (!store_) {
        auto opened = pki::StateStore::open(plan_->store);
        if (!opened) return std::unexpected(opened.error());
        store_.emplace(std::move(*opened));
        if (due_.empty()) {
            for (const auto& domain : plan_->domains)
                due_[domain.name] = now + plan_->said->initial_delay;
        }
    }
    // What goes wrong with one domain keeps none of the others waiting.
    std::optional<Error> problem;
    for (const auto& domain : plan_->domains) {
        auto& due = due_[domain.name];
        if (due > now) continue;
        if (Monotonic::now() - now > longest_turn) break;
        auto wait = look_at(domain, ::time(nullptr));
        if (!wait) problem = wait.error();
        due = Monotonic::now() + wait.value_or(pause_after_error);
        changed_.insert(domain.name);
    }
    const time_t today = ::time(nullptr);
    auto staples_due = staples_.run(*store_, today);
    if (!staples_due) problem = staples_due.error();
    if (auto told = tell_workers(today); !told) problem = told.error();
    if (problem) {
        // LMDB takes nothing more after a write that failed (a full disk), until it is opened anew.
        store_.reset();
        return std::unexpected(*problem);
    }
    auto next = Monotonic::now() + seconds(std::max<time_t>(*staples_due - today, 0));
    for (const auto& [name, due] : due_) next = std::min(next, due);
    return next;
}

// What the pages of the workers show.
Result<void> Renewal::tell_workers(time_t now)
{
    const Records records(*store_);
    for (const auto& domain : plan_->domains) {
        if (!changed_.erase(domain.name)) continue;
        auto state = read_state(domain, records);
        if (!state) return std::unexpected(state.error());
        described_[domain.name] = describe(domain, *state, staples_, now);
    }
    std::string all;
    for (const auto& [name, text] : described_) all += (all.empty() ? "[" : ",") + text;
    all += all.empty() ? "[]" : "]";
    if (all == told_) return {};
    // One that is too long for the memory leaves the pages as they were.
    if (status_->publish(all)) told_ = std::move(all);
    return {};
}

Result<milliseconds> Renewal::look_at(const Domain& domain, time_t now)
{
    Records records(*store_);
    auto set = records.certificates(domain.name);
    if (!set) return std::unexpected(set.error());
    auto found = records.status(domain.name);
    if (!found) return std::unexpected(found.error());
    StatusRecord* status = &*found;
    forget_the_future(*status, now);
    const auto leaf = *set ? leaf_of(**set) : std::nullopt;
    const bool is_as_wished = leaf && what_it_lacks(**set, domain).empty();
    auto obtained = records.obtained(domain.name);
    if (!obtained) return std::unexpected(obtained.error());
    if (*obtained) {
        // One that was ordered before the configuration changed does not replace a better one.
        if (is_as_wished && !what_it_lacks(**obtained, domain).empty()) {
            if (auto dropped = records.drop_obtained(domain.name); !dropped)
                return std::unexpected(dropped.error());
            return milliseconds(0);
        }
        return wait_or_activate(domain, *status, **obtained, leaf, now);
    }
    if (!domain.is_driven() || !domain.agreed) return watch(domain, *status, leaf, now);
    if (status->failures > 0 && status->next_at > now) return seconds(status->next_at - now);
    if (is_as_wished && !is_revoked(**set)) {
        (void)warn_of_expiry(domain, *leaf, *status, now);
        const time_t due = due_at(domain, *leaf, *status, (*set)->authority, now);
        if (due > now) {
            status->next = "renewal";
            status->next_at = due;
            if (auto saved = records.save(domain.name, *status); !saved)
                return std::unexpected(saved.error());
            return std::min<seconds>(seconds(due - now), plan_->said->check_interval);
        }
    }
    return work_on(domain, *status, leaf ? pki::acme::renewal_id(*leaf) : "", now);
}

// Of a certificate that is not ours to renew (MDRenewMode manual, MDCertificateFile) it is told
// when it is about to expire.
Result<milliseconds> Renewal::watch(const Domain& domain, StatusRecord& status,
                                    const std::optional<pki::Certificate>& stored, time_t now)
{
    const pki::Certificate* leaf = stored ? &*stored : nullptr;
    std::optional<pki::Certificate> of_file;
    if (!domain.certificate_files.empty()) {
        const auto* shown = domain.live ? domain.live->latest() : nullptr;
        leaf = nullptr;
        if (shown && shown->all().front().leaf()) {
            X509_up_ref(shown->all().front().leaf());
            leaf = &of_file.emplace(pki::X509Ptr(shown->all().front().leaf()));
        }
    }
    if (leaf && warn_of_expiry(domain, *leaf, status, now)) {
        if (auto saved = Records(*store_).save(domain.name, status); !saved)
            return std::unexpected(saved.error());
    }
    return plan_->said->check_interval;
}

time_t Renewal::due_at(const Domain& domain, const pki::Certificate& certificate,
                       StatusRecord& status, const std::string& authority, time_t now)
{
    const auto life = seconds(certificate.not_after() - certificate.not_before());
    const time_t by_window = certificate.not_after() - domain.renew_window.of(life).count();
    if (!domain.via_ari) return by_window;
    ask_the_authority(domain, certificate, status, authority, now);
    if (status.window_start == 0 || status.serial != serial_of(certificate)) return by_window;
    // However late a CA says, there is time for a second attempt.
    return std::min(somewhere(status.window_start, status.window_end, status.serial),
                    certificate.not_after() - std::max<time_t>(life.count() / 10, 3600));
}

// RFC 9773: every six hours, or as the CA says.
void Renewal::ask_the_authority(const Domain& domain, const pki::Certificate& certificate,
                                StatusRecord& status, const std::string& authority, time_t now)
{
    const std::string serial = serial_of(certificate);
    if (status.serial == serial && status.window_checked > now) return;
    if (status.serial != serial) status.window_start = status.window_end = 0;
    status.serial = serial;
    status.window_checked = now + 6 * 3600;
    const std::string id = pki::acme::renewal_id(certificate);
    auto key = pki::acme::AccountKey::create(); // asking needs no account
    if (id.empty() || authority.empty() || !key) return;
    pki::WebClient web({.user_agent = plan_->user_agent,
                        .ca_file = domain.ca_file,
                        .proxy = plan_->said->proxy,
                        .proxy_ca_file = domain.proxy_ca_file});
    pki::acme::Client client(web, authority, *key);
    const auto directory = client.directory();
    if (!directory || (*directory)->renewal_info.empty()) return;
    const auto window = client.renewal_window(id);
    if (!window) return;
    const bool is_news = window->start != status.window_start;
    status.window_start = window->start;
    status.window_end = window->end;
    if (window->retry_after.count() > 0) status.window_checked = now + window->retry_after.count();
    if (is_news) {
        log(Severity::info, message::step, "",
            domain.name + ": the CA suggests to renew between " + date(window->start) + " and "
                + date(window->end)
                + (window->explanation.empty() ? "" : ", see " + window->explanation));
    }
}

std::string Renewal::staging_of(const std::string& authority) const
{
    const std::string& said = plan_->said->rehearsal;
    if (said == "off") return {};
    if (said != "auto") return said == authority ? "" : said;
    return authority == lets_encrypt ? std::string(lets_encrypt_staging) : "";
}

Result<milliseconds> Renewal::work_on(const Domain& domain, StatusRecord& status,
                                      const std::string& replaces, time_t now)
{
    if (!store_) return fail("the store is closed");
    // Failures move on to the next CA, round and round.
    const auto failover = static_cast<size_t>(plan_->said->retry_failover);
    const size_t which =
        static_cast<size_t>(status.failures) / failover % domain.authorities.size();
    const std::string& authority = domain.authorities[which];
    const std::string staging = staging_of(authority);
    const bool rehearsal = !staging.empty() && status.rehearsed != joined(domain.names);
    const auto begun = Records(*store_).order(domain.name);
    if (!begun) return std::unexpected(begun.error());
    if (!*begun && !announce("renewing", domain.name))
        return failed(domain, status, {.detail = "MDMessageCmd refused 'renewing'"}, now);
    OrderRun run(domain, tools());
    auto progress = run.advance(rehearsal ? staging : authority, rehearsal, replaces, now);
    if (!progress) return std::unexpected(progress.error());
    switch (progress->state) {
    case Progress::State::waiting: return progress->wait;
    case Progress::State::refused: return failed(domain, status, progress->refusal, now);
    case Progress::State::obtained: return obtained(domain, status, progress->set, now);
    case Progress::State::rehearsed: break;
    }
    status.rehearsed = joined(domain.names);
    status.last = "rehearsal at " + staging + " passed";
    status.last_at = now;
    log(Severity::info, message::step, "", domain.name + ": " + status.last);
    if (auto saved = Records(*store_).save(domain.name, status); !saved)
        return std::unexpected(saved.error());
    return milliseconds(0);
}

Result<milliseconds> Renewal::failed(const Domain& domain, StatusRecord& status,
                                     const pki::acme::Refusal& refusal, time_t now)
{
    const bool by_ledger = refusal.type == "signet:ledger";
    ++status.failures;
    // Doubled with each failure, a day at most, and never sooner than the CA said.
    const int doublings = std::min(status.failures - 1, 20);
    seconds wait = std::min<seconds>(plan_->said->retry_delay * (1LL << doublings), seconds(86400));
    if (by_ledger || refusal.is_final()) wait = std::max(wait, seconds(3600));
    wait = std::max(wait, refusal.retry_after);
    status.last = by_ledger ? refusal.detail : refusal.text();
    status.last_problem = status.last;
    status.last_at = now;
    status.next = "attempt " + std::to_string(status.failures + 1);
    status.next_at = now + wait.count();
    const std::string text = by_ledger ? domain.name + ": no order is begun: " + refusal.detail
                                       : domain.name + ": " + status.last;
    log(Severity::error, by_ledger ? message::limited : message::failing,
        by_ledger ? "" : "AH10056",
        (by_ledger ? text : "processing " + text) + "; trying again " + date(status.next_at));
    if (now - status.errored_at >= 3600) {
        status.errored_at = now;
        announce("errored", domain.name);
    }
    if (auto saved = Records(*store_).save(domain.name, status); !saved)
        return std::unexpected(saved.error());
    return wait;
}

Result<milliseconds> Renewal::obtained(const Domain& domain, StatusRecord& status,
                                       const SetRecord& set, time_t now)
{
    const auto leaf = leaf_of(set);
    const std::string serial = leaf ? serial_of(*leaf) : "";
    status = StatusRecord{.last = "certificate " + serial + " obtained from " + set.authority,
                          .last_at = now,
                          .rehearsed = status.rehearsed};
    if (auto saved = Records(*store_).save(domain.name, status); !saved)
        return std::unexpected(saved.error());
    log(Severity::info, message::step, "", domain.name + ": " + status.last);
    announce("renewed", domain.name);
    return milliseconds(0);
}

// MDActivationDelay: not before clients with slow clocks find the new certificate valid, as long
// as the old one serves.
Result<milliseconds> Renewal::wait_or_activate(const Domain& domain, StatusRecord& status,
                                               const SetRecord& set,
                                               const std::optional<pki::Certificate>& old,
                                               time_t now)
{
    const time_t wish = std::min(set.obtained, now) + plan_->said->activation_delay.count();
    const time_t due =
        old && covers_all(*old, domain.names) ? std::min(wish, old->not_after() - 3600) : now;
    if (due <= now) return activate(domain, status, set, now);
    if (status.next_at != due) {
        status.next = "activation";
        status.next_at = due;
        if (auto saved = Records(*store_).save(domain.name, status); !saved)
            return std::unexpected(saved.error());
    }
    return std::min<milliseconds>(seconds(due - now), plan_->said->check_interval);
}

Result<milliseconds> Renewal::activate(const Domain& domain, StatusRecord& status,
                                       const SetRecord& set, time_t now)
{
    auto packed = pack_set(set, domain.keys);
    if (!packed || packed->size() > tls::LiveCredentials::capacity) {
        // Damaged: obtained anew rather than waiting for somebody to delete it.
        if (auto dropped = Records(*store_).drop_obtained(domain.name); !dropped)
            return std::unexpected(dropped.error());
        return milliseconds(0);
    }
    // Served before it is written down: a keeper that dies in between does both again. Where files
    // are named (MDRenewMode always), they are what is served.
    if (domain.live && domain.certificate_files.empty()) {
        auto published = domain.live->publish(*packed);
        pki::wipe(packed->data(), packed->size());
        if (!published) return std::unexpected(published.error());
    }
    if (auto done = Records(*store_).activate(domain.name); !done)
        return std::unexpected(done.error());
    const auto leaf = leaf_of(set);
    std::string hosts;
    for (const auto* host : domain.hosts) hosts += (hosts.empty() ? "" : ", ") + host->server_name;
    status.next = "renewal";
    status.next_at = 0;
    if (auto saved = Records(*store_).save(domain.name, status); !saved)
        return std::unexpected(saved.error());
    log(Severity::notice, message::serving, "AH10059",
        "The Managed Domain " + domain.name + " has been setup: now serving certificate "
            + (leaf ? serial_of(*leaf) : "") + ", valid until "
            + (leaf ? date(leaf->not_after()) : "?") + ", on "
            + (hosts.empty() ? "no virtual host" : hosts));
    announce("installed", domain.name);
    return look_at(domain, now);
}

bool Renewal::is_revoked(const SetRecord& set) const
{
    return std::ranges::any_of(set.certificates, [&](const CertificateRecord& record) {
        const auto leaf = leaf_of(record);
        const auto* known =
            leaf ? staples_.find(tls::certificate_fingerprint(leaf->get())) : nullptr;
        return known && !known->response.empty()
               && known->answer.status == pki::OcspStatus::revoked;
    });
}

bool Renewal::warn_of_expiry(const Domain& domain, const pki::Certificate& certificate,
                             StatusRecord& status, time_t now)
{
    const auto life = seconds(certificate.not_after() - certificate.not_before());
    if (now < certificate.not_after() - domain.warn_window.of(life).count()) return false;
    if (now - status.warned_at < 86400) return false;
    status.warned_at = now;
    log(Severity::warn, message::expiring, "",
        domain.name + ": the certificate expires " + date(certificate.not_after()));
    announce("expiring", domain.name);
    return true;
}

bool Renewal::announce(const std::string& event, const std::string& domain)
{
    const auto call = [&](const char* program, std::vector<std::string> words) {
        net::ChildOptions options{.arguments = std::move(words), .environment = {}};
        if (const char* path = std::getenv("PATH"))
            options.environment.push_back(std::string("PATH=") + path);
        const auto done = net::run_child(std::move(options), {}, 1 << 16, seconds(60));
        if (done && done->status.ok()) return true;
        log(Severity::warn, message::program_failed, "AH10109",
            std::string(program) + ' ' + event + ' ' + domain + ": "
                + (done ? done->status.text() : done.error().text));
        return false;
    };
    bool good = true;
    if (event == "renewed" && !plan_->said->notify_command.empty()) {
        auto words = plan_->said->notify_command;
        words.push_back(domain);
        good = call("MDNotifyCmd", std::move(words));
    }
    if (plan_->said->message_command.empty()) return good;
    auto words = plan_->said->message_command;
    words.push_back(event);
    words.push_back(domain);
    return call("MDMessageCmd", std::move(words)) && good;
}

} // namespace signet::mod_md
