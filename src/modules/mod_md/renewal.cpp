#include "modules/mod_md/renewal.h"

#include "base/text.h"
#include "http/date.h"
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

std::string date(time_t when)
{
    return std::string(http::date_text(when).view());
}

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names) text.append(text.empty() ? "" : " ").append(name);
    return text;
}

std::string serial_of(const pki::Certificate& certificate)
{
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.get());
    std::string text;
    for (int i = 0; i < ASN1_STRING_length(serial); ++i)
        append_hex(text, ASN1_STRING_get0_data(serial)[i], 2);
    return text;
}

// The first certificate of a set stands for all: they were made together.
std::optional<pki::Certificate> leaf_of(const SetRecord& set)
{
    if (set.certificates.empty()) return std::nullopt;
    auto chain = pki::parse_certificates(set.certificates.front().chain, "the store");
    if (!chain) return std::nullopt;
    return std::move(chain->front());
}

bool covers_all(const pki::Certificate& certificate, const std::vector<std::string>& names)
{
    const auto has = certificate.dns_names();
    return std::ranges::all_of(names, [&](const std::string& name) {
        return std::ranges::any_of(has, [&](const auto& one) { return iequals(one, name); });
    });
}

// A place in a span that differs from server to server, so that not all come at once.
time_t somewhere(time_t from, time_t to, const std::string& seed)
{
    if (to <= from) return from;
    std::seed_seq words(seed.begin(), seed.end());
    std::mt19937_64 random(words);
    return from + static_cast<time_t>(random() % static_cast<uint64_t>(to - from));
}

} // namespace

Result<std::string> pack_set(const SetRecord& set)
{
    std::string packed;
    for (const auto& one : set.certificates) {
        auto chain = pki::parse_certificates(one.chain, "the store");
        if (!chain) return std::unexpected(chain.error());
        auto key = pki::PrivateKey::from_der(
            {reinterpret_cast<const unsigned char*>(one.key.data()), one.key.size()});
        if (!key) return std::unexpected(key.error());
        const pki::Certificate leaf = std::move(chain->front());
        chain->erase(chain->begin());
        if (!key->matches(leaf)) return fail("a stored certificate and its key do not match");
        packed += tls::pack_credential(leaf, *chain, *key);
    }
    return packed;
}

Renewal::Renewal(std::shared_ptr<const Plan> plan, std::shared_ptr<ChallengeBoard> board,
                 const server::VirtualHost& main)
    : plan_(std::move(plan))
    , board_(std::move(board))
    , main_(main)
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
        for (const auto& domain : plan_->domains)
            due_[domain.name] = now + plan_->said->initial_delay;
    }
    auto next = now + plan_->said->check_interval;
    for (const auto& domain : plan_->domains) {
        auto& due = due_[domain.name];
        if (due <= now) {
            auto wait = look_at(domain, ::time(nullptr));
            if (!wait) return std::unexpected(wait.error());
            due = Monotonic::now() + *wait;
        }
        next = std::min(next, due);
    }
    return next;
}

Result<milliseconds> Renewal::look_at(const Domain& domain, time_t now)
{
    if (!domain.is_driven()) return plan_->said->check_interval;
    Records records(*store_);
    auto set = records.certificates(domain.name);
    if (!set) return std::unexpected(set.error());
    auto status = records.status(domain.name);
    if (!status) return std::unexpected(status.error());
    const auto leaf = *set ? leaf_of(**set) : std::nullopt;
    if (!domain.agreed) return plan_->said->check_interval; // told at start
    if (status->failures > 0 && status->next_at > now) return seconds(status->next_at - now);
    if (leaf && covers_all(*leaf, domain.names)) {
        warn_of_expiry(domain, *leaf, *status, now);
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

time_t Renewal::due_at(const Domain& domain, const pki::Certificate& certificate,
                       StatusRecord& status, const std::string& authority, time_t now)
{
    const auto life = seconds(certificate.not_after() - certificate.not_before());
    const time_t by_window = certificate.not_after() - domain.renew_window.of(life).count();
    if (!domain.via_ari) return by_window;
    ask_the_authority(domain, certificate, status, authority, now);
    if (status.window_start == 0 || status.serial != serial_of(certificate)) return by_window;
    return std::min(somewhere(status.window_start, status.window_end, status.serial),
                    certificate.not_after() - 3600);
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
    if (status.failures == 0 && !announce("renewing", domain.name)) {
        return failed(domain, status, {.detail = "MDMessageCmd refused 'renewing'"}, now);
    }
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
    auto packed = pack_set(set);
    if (!packed) return std::unexpected(packed.error());
    if (domain.live) {
        auto published = domain.live->publish(*packed);
        pki::wipe(packed->data(), packed->size());
        if (!published) return std::unexpected(published.error());
    }
    const auto leaf = leaf_of(set);
    const std::string serial = leaf ? serial_of(*leaf) : "";
    std::string hosts;
    for (const auto* host : domain.hosts) hosts += (hosts.empty() ? "" : ", ") + host->server_name;
    status = StatusRecord{.last = "certificate " + serial + " obtained from " + set.authority,
                          .last_at = now,
                          .next = "renewal",
                          .rehearsed = status.rehearsed};
    if (auto saved = Records(*store_).save(domain.name, status); !saved)
        return std::unexpected(saved.error());
    log(Severity::notice, message::serving, "AH10059",
        "The Managed Domain " + domain.name + " has been setup: now serving certificate " + serial
            + ", valid until " + (leaf ? date(leaf->not_after()) : "?") + ", on "
            + (hosts.empty() ? "no virtual host" : hosts));
    announce("renewed", domain.name);
    announce("installed", domain.name);
    return seconds(1);
}

void Renewal::warn_of_expiry(const Domain& domain, const pki::Certificate& certificate,
                             StatusRecord& status, time_t now)
{
    const auto life = seconds(certificate.not_after() - certificate.not_before());
    if (now < certificate.not_after() - domain.warn_window.of(life).count()) return;
    if (now - status.warned_at < 86400) return;
    status.warned_at = now;
    log(Severity::warn, message::expiring, "",
        domain.name + ": the certificate expires " + date(certificate.not_after()));
    announce("expiring", domain.name);
}

bool Renewal::announce(const std::string& event, const std::string& domain)
{
    const auto call = [&](std::vector<std::string> words) {
        net::ChildOptions options{.arguments = std::move(words), .environment = {}};
        if (const char* path = std::getenv("PATH"))
            options.environment.push_back(std::string("PATH=") + path);
        const auto done = net::run_child(std::move(options), {}, 1 << 16, seconds(60));
        if (done && done->status.ok()) return true;
        log(Severity::warn, message::program_failed, "AH10109",
            "MDMessageCmd " + event + ' ' + domain + ": "
                + (done ? done->status.text() : done.error().text));
        return false;
    };
    bool good = true;
    if (event == "renewed" && !plan_->said->notify_command.empty()) {
        auto words = plan_->said->notify_command;
        words.push_back(domain);
        good = call(std::move(words));
    }
    if (plan_->said->message_command.empty()) return good;
    auto words = plan_->said->message_command;
    words.push_back(event);
    words.push_back(domain);
    return call(std::move(words)) && good;
}

} // namespace signet::mod_md
