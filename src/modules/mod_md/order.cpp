#include "modules/mod_md/order.h"

#include "base/text.h"
#include "modules/mod_md/certificate_set.h"
#include "modules/mod_md/status_document.h"
#include "net/child.h"
#include "pki/acme/material.h"
#include "pki/issue.h"
#include "tls/live_credentials.h"

#include <algorithm>
#include <cstdlib>

namespace signet::mod_md {
namespace {

using pki::acme::Authorization, pki::acme::Challenge, pki::acme::Refusal, pki::acme::Status;

constexpr std::chrono::seconds program_limit{60};
// After so long a step ends and the other domains have their turn; what was done is not done again.
constexpr std::chrono::seconds longest_step{60};
// An order that is not finished by then never will be.
constexpr time_t longest_order = 86400;

// As long as the CA says; without a word from it soon at first, and less often as the order ages.
Progress wait_for(std::chrono::seconds wish, const OrderRecord& record)
{
    using std::chrono::milliseconds, std::chrono::seconds;
    const seconds age(std::max<time_t>(::time(nullptr) - record.begun, 0));
    const milliseconds wait = wish.count() > 0 ? milliseconds(wish) : milliseconds(age) / 4;
    return {.wait = std::clamp<milliseconds>(wait, milliseconds(200), seconds(60))};
}

Result<pki::PrivateKey> new_key(const KeyWish& wish)
{
    return wish.is_rsa ? pki::acme::new_rsa_key(wish.bits) : pki::acme::new_ec_key(wish.curve);
}

std::span<const unsigned char> octets(const std::string& bytes)
{
    return {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()};
}

std::string wire(const pki::PrivateKey& key)
{
    return std::string(key.to_der().text());
}

// What an order is for, besides names: an order begun for something else is of no use.
std::string wish_of(const Domain& domain)
{
    std::string wish;
    for (const auto& key : domain.keys) wish += kind_of(key) + ' ';
    return wish + (domain.must_staple ? "must-staple" : "");
}

bool is_among(const std::vector<std::string>& names, const std::string& name)
{
    return std::ranges::any_of(names, [&](const std::string& one) {
        return iequals(one, name) || iequals(one, "*." + name);
    });
}

// A chain that the CA sent, written anew: for the key, for all names, and valid?
Result<std::string> check_chain(const std::string& pem, const std::string& key_der,
                                const std::vector<std::string>& names, time_t now)
{
    const auto chain = pki::parse_certificates(pem, "the CA's answer");
    if (!chain) return std::unexpected(chain.error());
    const auto key = pki::PrivateKey::from_der(octets(key_der));
    if (!key) return std::unexpected(key.error());
    if (!key->matches(chain->front())) return fail("the CA's certificate has another public key");
    const time_t from = chain->front().not_before(), until = chain->front().not_after();
    if (until <= now || from > now + 86400) {
        return fail("the CA's certificate is valid from " + date(from) + " to " + date(until)
                    + ", and this machine's clock says " + date(now));
    }
    const auto has = chain->front().dns_names();
    for (const auto& name : names) {
        const bool found =
            std::ranges::any_of(has, [&](const std::string& one) { return iequals(one, name); });
        if (!found) return fail("the CA's certificate lacks the name " + name);
    }
    return pki::to_pem(*chain);
}

// Why a CA did not believe a proof: which name, which challenge, its words.
Refusal refusal_of(const Authorization& authorization)
{
    Refusal refusal{.detail = "the authorization for " + authorization.name + " failed"};
    for (const auto& challenge : authorization.challenges) {
        if (!challenge.error) continue;
        refusal = *challenge.error;
        refusal.detail = authorization.name + " by " + challenge.type + ": " + refusal.detail;
    }
    return refusal;
}

} // namespace

// Everything that talks to one CA for one step.
struct OrderRun::Session {
    std::string authority;
    AccountRecord account;
    pki::acme::AccountKey key;
    pki::WebClient web;
    pki::acme::Client client;
    bool is_new = false; // registered in this step
    Monotonic::time_point begun = Monotonic::now();

    [[nodiscard]] bool is_long() const { return Monotonic::now() - begun > longest_step; }

    Session(std::string url, AccountRecord record, pki::acme::AccountKey account_key,
            pki::WebSettings settings)
        : authority(std::move(url))
        , account(std::move(record))
        , key(std::move(account_key))
        , web(std::move(settings))
        , client(web, authority, key, account.url)
    {
    }
};

OrderRun::OrderRun(const Domain& domain, OrderTools tools)
    : domain_(domain)
    , tools_(std::move(tools))
    , records_(tools_.store)
    , ledger_(tools_.store)
{
}

Result<Progress> OrderRun::advance(const std::string& authority, bool rehearsal,
                                   const std::string& replaces, time_t now)
{
    auto found = records_.order(domain_.name);
    if (!found) return std::unexpected(found.error());
    OrderRecord record = found->value_or(OrderRecord{});
    // Another CA, other names: what was begun for the old ones is of no use.
    if (*found
        && (record.authority != authority || record.names != domain_.names
            || record.rehearsal != rehearsal || record.wish != wish_of(domain_))) {
        clear_proofs(record);
        record = {};
    }
    if (record.begun > now) { // the clock was put back
        record.begun = now;
        if (auto saved = records_.save(domain_.name, record); !saved)
            return std::unexpected(saved.error());
    }
    if (!record.url.empty() && now - record.begun > longest_order)
        return give_up(record, {.detail = "the CA did not finish the order within a day"});
    record.authority = authority;
    record.rehearsal = rehearsal;
    record.names = domain_.names;
    record.wish = wish_of(domain_);

    auto known = records_.account(authority);
    if (!known) return std::unexpected(known.error());
    AccountRecord account = known->value_or(AccountRecord{});
    auto key = account.key.empty() ? pki::acme::AccountKey::create()
                                   : pki::acme::AccountKey::from_der(octets(account.key));
    if (!key) return std::unexpected(key.error());
    if (account.key.empty()) {
        // Before the CA hears of it: an account whose key is lost is lost.
        account.key = std::string(key->to_der().text());
        if (auto saved = records_.save(authority, account); !saved)
            return std::unexpected(saved.error());
    }
    Session session(authority, std::move(account), std::move(*key),
                    {.user_agent = tools_.plan.user_agent,
                     .ca_file = domain_.ca_file,
                     .proxy = tools_.plan.said->proxy,
                     .proxy_ca_file = domain_.proxy_ca_file});

    if (auto step = open_account(session); !step || *step)
        return step ? Result<Progress>(**step) : std::unexpected(step.error());
    if (record.url.empty()) {
        auto step = begin(session, record, replaces, now);
        if (!step || *step) return step ? Result<Progress>(**step) : std::unexpected(step.error());
    }
    auto order = session.client.order(record.url);
    if (!order) return give_up(record, order.error());
    switch (order->status) {
    case Status::pending: {
        auto step = prove(session, record, *order);
        if (!step) return std::unexpected(step.error());
        return step->value_or(wait_for(order->retry_after, record));
    }
    case Status::ready:
    case Status::valid: {
        auto step = collect(session, record, *order, now);
        if (!step) return std::unexpected(step.error());
        return step->value_or(wait_for(order->retry_after, record));
    }
    case Status::processing: return wait_for(order->retry_after, record);
    case Status::invalid:
    case Status::other: break;
    }
    return give_up(record, why_invalid(session, *order));
}

// The order's own error may leave out the name that it is about.
Refusal OrderRun::why_invalid(Session& session, const pki::acme::Order& order)
{
    for (const auto& url : order.authorizations) {
        if (session.is_long()) break;
        const auto authorization = session.client.authorization(url);
        if (authorization && authorization->status == Status::invalid)
            return refusal_of(*authorization);
    }
    return order.error.value_or(Refusal{.detail = "the order became invalid"});
}

OrderRun::Step OrderRun::open_account(Session& session)
{
    if (!session.account.url.empty()) return std::nullopt;
    const auto refused = [](Refusal refusal) {
        return Progress{.state = Progress::State::refused, .refusal = std::move(refusal)};
    };
    std::vector<std::string> contacts;
    if (!domain_.contact.empty()) {
        contacts.push_back(domain_.contact.starts_with("mailto:") ? domain_.contact
                                                                  : "mailto:" + domain_.contact);
    }
    std::optional<pki::acme::ExternalAccount> other;
    if (!domain_.external_account.key_id.empty()) {
        auto secret = pki::acme::from_base64url(domain_.external_account.hmac);
        if (!secret)
            return refused({.detail = "MDExternalAccountBinding: the HMAC is not base64url"});
        other = {.key_id = domain_.external_account.key_id, .hmac = pki::Secret(*secret)};
        pki::wipe(secret->data(), secret->size());
    }
    const auto url = session.client.register_account(contacts, other);
    if (!url) return refused(url.error());
    session.account.url = *url;
    session.is_new = true;
    if (auto saved = records_.save(session.authority, session.account); !saved)
        return std::unexpected(saved.error());
    tools_.tell(domain_, "registered an account at " + session.authority);
    return std::nullopt;
}

OrderRun::Step OrderRun::begin(Session& session, OrderRecord& record, const std::string& replaces,
                               time_t now)
{
    const auto refused = [&](Refusal refusal) -> Step {
        return give_up(record, std::move(refusal));
    };
    // What cannot become an order is not counted: a CA that is down uses up no limit.
    const auto directory = session.client.directory();
    if (!directory) return refused(directory.error());
    const auto profile = profile_at(**directory);
    if (!profile) return refused({.detail = profile.error().text});
    if (!record.rehearsal) {
        if (auto corrected = ledger_.correct(record.authority, now); !corrected)
            return std::unexpected(corrected.error());
        const auto limit = static_cast<size_t>(tools_.plan.said->order_limit);
        // What is there of this renewal, the certificate of another kind of key, is kept for later.
        if (auto allowed = ledger_.may_begin(record.authority, record.names, limit, now);
            !allowed) {
            return Progress{.state = Progress::State::refused,
                            .refusal = {.type = "signet:ledger", .detail = allowed.error().text}};
        }
        // Before the order: a keeper that dies in between has counted one too many, never one too
        // few.
        if (auto noted = ledger_.note(record.authority, record.names, now); !noted)
            return std::unexpected(noted.error());
    }
    // A certificate is replaced once: by the first of those that are made together.
    const bool ari =
        domain_.via_ari && record.key_index == 0 && !(*directory)->renewal_info.empty();
    auto order = session.client.new_order(record.names, *profile, ari ? replaces : "");
    if (!order && order.error().is("alreadyReplaced"))
        order = session.client.new_order(record.names, *profile, "");
    // A word of the CA's says that there is no order; without an answer there may be one.
    if (!order && !record.rehearsal && order.error().status != 0) {
        if (auto struck = ledger_.strike(record.authority); !struck)
            return std::unexpected(struck.error());
    }
    if (!order && order.error().is("accountDoesNotExist") && !session.is_new) {
        // A CA that has forgotten us (a test server does with each start): register anew, once.
        session.account.url.clear();
        if (auto saved = records_.save(session.authority, session.account); !saved)
            return std::unexpected(saved.error());
        return Progress{};
    }
    if (!order) return refused(order.error());
    record.url = order->url;
    record.begun = now;
    if (record.key.empty() && !record.rehearsal) {
        auto key = new_key(domain_.keys[std::min(record.key_index, domain_.keys.size() - 1)]);
        if (!key) return std::unexpected(key.error());
        record.key = wire(*key);
    }
    if (auto saved = records_.save(domain_.name, record); !saved)
        return std::unexpected(saved.error());
    tools_.tell(domain_,
                (record.rehearsal ? "rehearsal begun at " : "order begun at ") + record.authority);
    return std::nullopt;
}

// The name to send, "" for none.
Result<std::string> OrderRun::profile_at(const pki::acme::Directory& directory)
{
    if (domain_.profile.empty() || directory.profiles.contains(domain_.profile))
        return domain_.profile;
    std::string offered;
    for (const auto& [name, words] : directory.profiles) offered += ' ' + name;
    const std::string problem = "the CA has no profile '" + domain_.profile + "', it offers"
                                + (offered.empty() ? " none" : ':' + offered);
    if (domain_.profile_mandatory) return fail(problem);
    tools_.warn(domain_, problem + "; ordering without (MDProfileMandatory off)");
    return std::string();
}

OrderRun::Step OrderRun::prove(Session& session, OrderRecord& record, const pki::acme::Order& order)
{
    if (order.authorizations.size() > record.names.size())
        return give_up(record, {.detail = "the CA wants more proofs than there are names"});
    for (const auto& url : order.authorizations) {
        if (session.is_long()) return Progress{};
        auto authorization = session.client.authorization(url);
        if (!authorization) return give_up(record, authorization.error());
        // Names go to programs as arguments, and into certificates.
        if (!is_among(record.names, authorization->name)) {
            return give_up(record, {.detail = "the CA wants a proof for " + authorization->name
                                              + ", which was not ordered"});
        }
        if (authorization->status == Status::valid) continue;
        if (authorization->status != Status::pending)
            return give_up(record, refusal_of(*authorization));
        if (auto step = prove_one(session, record, *authorization); !step || *step) return step;
    }
    return std::nullopt;
}

OrderRun::Step OrderRun::prove_one(Session& session, OrderRecord& record,
                                   const Authorization& authorization)
{
    const Challenge* chosen = nullptr;
    for (const auto& type : domain_.challenges) {
        const auto found = std::ranges::find(authorization.challenges, type, &Challenge::type);
        if (found == authorization.challenges.end()) continue;
        chosen = &*found;
        break;
    }
    if (!chosen) {
        std::string offered;
        for (const auto& one : authorization.challenges) offered += ' ' + one.type;
        return give_up(record, {.detail = "for " + authorization.name + " the CA offers" + offered
                                          + ", this server can do " + joined(domain_.challenges)});
    }
    const bool is_new = chosen->status == Status::pending;
    // A keeper that was started anew has an empty board: shown again also while the CA looks.
    if (auto shown = show(record, chosen->type, authorization.name, chosen->token,
                          session.client.key_authorization(chosen->token));
        !shown) {
        return give_up(record, {.detail = shown.error().text});
    }
    if (!is_new) return std::nullopt;
    if (!tools_.announce("challenge-setup:" + chosen->type + ':' + authorization.name,
                         domain_.name)) {
        return give_up(
            record, {.detail = "MDMessageCmd refused challenge-setup for " + authorization.name});
    }
    if (auto told = session.client.answer(*chosen); !told) return give_up(record, told.error());
    return std::nullopt;
}

Result<void> OrderRun::show(OrderRecord& record, const std::string& type, const std::string& name,
                            const std::string& token, const std::string& key_authorization)
{
    if (type == "http-01") {
        tools_.board.put("http-01 " + token, key_authorization);
        return tools_.board.publish();
    }
    if (type == "tls-alpn-01") {
        auto pair = pki::acme::challenge_certificate(name, key_authorization);
        if (!pair) return std::unexpected(pair.error());
        tools_.board.put("tls-alpn-01 " + name,
                         tls::pack_credential(pair->certificate, {}, pair->key));
        return tools_.board.publish();
    }
    const std::string proof = pki::acme::dns_proof(key_authorization);
    const std::string entry = name + ' ' + proof;
    if (std::ranges::find(record.dns_set, entry) != record.dns_set.end()) return {};
    if (auto run = run_dns_command("setup", name, proof); !run) return run;
    record.dns_set.push_back(entry);
    return records_.save(domain_.name, record);
}

OrderRun::Step OrderRun::collect(Session& session, OrderRecord& record,
                                 const pki::acme::Order& order, time_t now)
{
    if (record.rehearsal) {
        // All names are proven; a test CA's certificate is of no use.
        clear_proofs(record);
        if (auto dropped = records_.drop_order(domain_.name); !dropped)
            return std::unexpected(dropped.error());
        return Progress{.state = Progress::State::rehearsed};
    }
    if (order.status == Status::ready) {
        auto key = pki::PrivateKey::from_der(octets(record.key));
        if (!key) return give_up(record, {.detail = "the key of the order cannot be read"});
        auto request = pki::acme::request_der(*key, record.names, domain_.must_staple);
        if (!request) return std::unexpected(request.error());
        if (auto noted = ledger_.note_certificate(record.authority, record.names, now); !noted)
            return std::unexpected(noted.error());
        auto finalized = session.client.finalize(order, *request);
        if (!finalized) return give_up(record, finalized.error());
        return finalized->status == Status::valid ? collect(session, record, *finalized, now)
                                                  : Step(wait_for(finalized->retry_after, record));
    }
    // The order is good, whatever was wrong with the answer: asking again costs no other order.
    const auto refused = [](Refusal refusal) -> Step {
        return Progress{.state = Progress::State::refused, .refusal = std::move(refusal)};
    };
    auto body = session.client.certificate(order.certificate);
    if (!body) return refused(body.error());
    auto chain = check_chain(*body, record.key, record.names, now);
    if (!chain) return refused({.detail = chain.error().text});
    record.certificates.push_back({.chain = std::move(*chain), .key = record.key});
    auto packed = pack_set({.certificates = record.certificates});
    if (!packed) return refused({.detail = packed.error().text});
    const bool fits = packed->size() <= tls::LiveCredentials::capacity;
    pki::wipe(packed->data(), packed->size());
    if (!fits) return refused({.detail = "the CA's chain is too long"});
    clear_proofs(record);
    if (++record.key_index < domain_.keys.size()) {
        record.url.clear();
        record.key.clear();
        record.dns_set.clear();
        if (auto saved = records_.save(domain_.name, record); !saved)
            return std::unexpected(saved.error());
        return Progress{};
    }
    SetRecord set{.certificates = record.certificates,
                  .authority = record.authority,
                  .obtained = now,
                  .must_staple = domain_.must_staple};
    if (auto finished = records_.finish(domain_.name, set); !finished)
        return std::unexpected(finished.error());
    return Progress{.state = Progress::State::obtained, .set = std::move(set)};
}

Result<Progress> OrderRun::give_up(OrderRecord& record, Refusal refusal)
{
    // No answer, a full CA: the order may still be good, and is taken up again later.
    const bool may_go_on =
        refusal.type.empty() && refusal.status == 0 && refusal.detail.find("http") == 0;
    const bool is_busy = refusal.is("serverInternal") || refusal.status / 100 == 5;
    if (!may_go_on && !is_busy) {
        clear_proofs(record);
        if (auto dropped = records_.drop_order(domain_.name); !dropped)
            return std::unexpected(dropped.error());
    }
    return Progress{.state = Progress::State::refused, .refusal = std::move(refusal)};
}

void OrderRun::clear_proofs(const OrderRecord& record)
{
    for (const auto& name : record.names) tools_.board.remove("tls-alpn-01 " + name);
    const auto begun = Monotonic::now();
    for (const auto& entry : record.dns_set) {
        if (Monotonic::now() - begun > 2 * longest_step) {
            tools_.tell(domain_, "MDChallengeDns01 takes too long, TXT records are left");
            break;
        }
        const size_t blank = entry.find(' ');
        const std::string name = entry.substr(0, blank);
        if (auto run = run_dns_command("teardown", name, entry.substr(blank + 1)); !run)
            tools_.tell(domain_, run.error().text);
    }
    if (auto published = tools_.board.publish(); !published)
        tools_.tell(domain_, published.error().text);
}

Result<void> OrderRun::run_dns_command(const std::string& verb, const std::string& name,
                                       const std::string& proof)
{
    if (domain_.dns_command.empty()) return fail("there is no MDChallengeDns01");
    net::ChildOptions options{.arguments = domain_.dns_command, .environment = {}};
    if (const char* path = std::getenv("PATH"))
        options.environment.push_back(std::string("PATH=") + path);
    options.arguments.push_back(verb);
    options.arguments.push_back(name);
    if (verb == "setup" || tools_.plan.said->dns_version == 2) options.arguments.push_back(proof);
    const auto done = net::run_child(std::move(options), {}, 1 << 16, program_limit);
    if (!done) return std::unexpected(done.error());
    if (!done->status.ok()) {
        return fail("MDChallengeDns01 " + verb + ' ' + name + ": " + done->status.text());
    }
    return {};
}

} // namespace signet::mod_md
