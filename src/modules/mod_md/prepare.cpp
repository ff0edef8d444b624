#include "modules/mod_md/prepare.h"

#include "modules/mod_md/certificate_set.h"
#include "modules/mod_md/challenge_board.h"
#include "modules/mod_md/domain.h"
#include "modules/mod_md/records.h"
#include "modules/mod_md/renewal.h"
#include "modules/mod_md/status_document.h"
#include "pki/acme/material.h"
#include "server/configuration.h"
#include "server/managed_tls.h"

#include <filesystem>
#include <pwd.h>
#include <unistd.h>

namespace signet::mod_md {
namespace {

using server::Configuration;

constexpr int cannot_start = 788;

// What outlives a reload: the memory that workers of every generation look at.
template <class T, class Make>
Result<std::shared_ptr<T>> kept(Configuration& configuration, const std::string& name, Make&& make)
{
    const auto found = configuration.shared.find(name);
    if (found != configuration.shared.end()) {
        if (const auto* held = std::any_cast<std::shared_ptr<T>>(&found->second)) return *held;
    }
    Result<std::shared_ptr<T>> made = make();
    if (made) configuration.shared[name] = *made;
    return made;
}

// The keeper works as User, and so do those who read its store later.
void give_to_user(const std::string& store, const Configuration& configuration)
{
    if (::geteuid() != 0 || configuration.process.user.empty()) return;
    const passwd* user = ::getpwnam(configuration.process.user.c_str());
    if (!user) return;
    for (const auto& path : {store, store + "/data.mdb", store + "/lock.mdb"}) {
        if (::lchown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
            continue; // told when it is used
    }
}

// Files of MDCertificateFile: somebody else's to renew.
Result<std::string> pack_files(const Domain& domain)
{
    std::string packed;
    for (size_t i = 0; i < domain.certificate_files.size(); ++i) {
        auto chain = pki::load_certificates(domain.certificate_files[i]);
        if (!chain) return std::unexpected(chain.error());
        const std::string& key_file =
            i < domain.key_files.size() ? domain.key_files[i] : domain.certificate_files[i];
        auto key = pki::PrivateKey::load(key_file, {});
        if (!key) return std::unexpected(key.error());
        const pki::Certificate leaf = std::move(chain->front());
        chain->erase(chain->begin());
        if (!key->matches(leaf)) {
            return fail("certificate " + domain.certificate_files[i] + " and key " + key_file
                        + " do not match");
        }
        packed += tls::pack_credential(leaf, *chain, *key);
    }
    return packed;
}

class Starter {
public:
    Starter(const Config& config, Configuration& configuration, config::Diagnostics& diagnostics)
        : said_(config.said)
        , configuration_(configuration)
        , diagnostics_(diagnostics)
    {
    }

    Result<void> run(const server::VirtualHost& main)
    {
        auto plan = make_plan(said_, configuration_, diagnostics_);
        if (!plan) return std::unexpected(plan.error());
        auto managed = std::make_shared<server::ManagedTls>();
        if (said_->defaults.stapling.value_or(false) && said_->staple_others)
            managed->staple_others = said_->staple_renew;
        configuration_.shared[std::string(server::managed_tls)] = managed;
        if ((*plan)->domains.empty()) return {};
        auto board = kept<ChallengeBoard>(configuration_, "md.board", ChallengeBoard::create);
        if (!board) return std::unexpected(board.error());
        said_->board = *board;
        auto status = kept<StatusBoard>(configuration_, "md.status", StatusBoard::create);
        if (!status) return std::unexpected(status.error());
        said_->status = *status;
        for (auto& domain : (*plan)->domains) {
            auto live = kept<tls::LiveCredentials>(configuration_, "md.live." + domain.name, [&] {
                return tls::LiveCredentials::create("signet-md");
            });
            if (!live) return std::unexpected(live.error());
            domain.live = *live;
        }
        if (auto loaded = load(**plan); !loaded) return loaded;
        if (auto tied = tie_hosts(**plan, *managed); !tied) return tied;
        said_->plan = *plan;
        if (!configuration_.checking_only) {
            configuration_.keeper_tasks.push_back(std::make_unique<Renewal>(
                *plan, Renewal::Shared{.board = *board, .status = *status, .managed = managed},
                main));
        }
        return {};
    }

private:
    // What the store or the files have, into the memory of the workers.
    Result<void> load(const Plan& plan)
    {
        std::optional<pki::StateStore> store;
        if (std::filesystem::exists(plan.store) || !configuration_.checking_only) {
            auto opened = pki::StateStore::open(plan.store);
            if (!opened) return refuse(plan.domains.front(), opened.error().text);
            store.emplace(std::move(*opened));
        }
        for (const auto& domain : plan.domains) {
            Result<std::string> packed = std::string();
            if (!domain.certificate_files.empty()) {
                packed = pack_files(domain);
                if (!packed) return refuse(domain, packed.error().text);
            } else if (store) {
                auto set = Records(*store).certificates(domain.name);
                if (!set) return refuse(domain, set.error().text);
                if (*set) packed = pack_set(**set, domain.keys);
                // A damaged entry is obtained anew rather than keeping the server from starting.
                if (!packed) packed = std::string();
            }
            if (packed->empty()) continue;
            auto published = domain.live->publish(*packed);
            pki::wipe(packed->data(), packed->size());
            if (!published) return refuse(domain, published.error().text);
        }
        store.reset();
        if (!configuration_.checking_only) give_to_user(plan.store, configuration_);
        return {};
    }

    Result<void> tie_hosts(const Plan& plan, server::ManagedTls& managed)
    {
        for (const auto& domain : plan.domains) {
            if (domain.hosts.empty()) continue;
            auto pair = pki::acme::stand_in(domain.names);
            if (!pair) return std::unexpected(pair.error());
            auto stand_in =
                tls::unpack_credentials(tls::pack_credential(pair->certificate, {}, pair->key));
            if (!stand_in) return std::unexpected(stand_in.error());
            for (const auto* host : domain.hosts)
                managed.hosts[host] = {.stand_in = *stand_in,
                                       .source = domain.live,
                                       .must_staple = domain.must_staple,
                                       .staple = domain.stapling};
            if (!managed.challenge_stand_in) managed.challenge_stand_in = *stand_in;
        }
        managed.challenges = std::make_shared<ChallengeCredentials>(said_->board);
        return {};
    }

    Result<void> refuse(const Domain& domain, const std::string& text)
    {
        diagnostics_.add({.severity = diagnosis::Severity::error,
                          .id = cannot_start,
                          .position = domain.position,
                          .message = "MD " + domain.name + ": " + text,
                          .expected = {},
                          .fix = {}});
        return fail("managed domains cannot start");
    }

    std::shared_ptr<Said> said_;
    Configuration& configuration_;
    config::Diagnostics& diagnostics_;
};

} // namespace

Result<void> prepare(const Config& config, server::VirtualHost& host, Configuration& configuration,
                     config::Diagnostics& diagnostics)
{
    // The main server comes first, and does it for all.
    if (!host.is_main) return {};
    configuration.shared.erase(std::string(server::managed_tls)); // of the configuration before
    if (!config.said) return {};
    return Starter(config, configuration, diagnostics).run(host);
}

} // namespace signet::mod_md
