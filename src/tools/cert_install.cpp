// signet cert install: certificate, chain and key go where the configuration names them. What was
// there comes back if the server would not start with the new ones.
#include "base/file.h"
#include "base/text.h"
#include "pki/chain.h"
#include "pki/check.h"
#include "pki/issue.h"
#include "pki/material.h"
#include "pki/new_key.h"
#include "process/pid_file.h"
#include "tools/answer.h"
#include "tools/cert.h"
#include "tools/cert_incoming.h"
#include "tools/console.h"
#include "tools/phrase.h"
#include "tools/vhost_files.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::tools {
namespace {

// A file to write, and what was there before.
struct Replacement {
    std::string path{};
    pki::Secret bytes{};
    int mode = 0644;
    std::optional<pki::Secret> before{};
};

Result<void> put(const std::string& path, std::string_view bytes, int mode)
{
    if (::access(path.c_str(), F_OK) == 0) return replace_file(path, bytes, mode);
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    return write_file_atomically(path, bytes, mode);
}

Result<void> put_all(std::vector<Replacement>& files)
{
    for (auto& file : files) {
        if (auto old = read_file(file.path)) file.before.emplace(std::string_view(*old));
        if (auto done = put(file.path, file.bytes.text(), file.mode); !done) return done;
    }
    return {};
}

void take_back(const std::vector<Replacement>& files, Answer& answer)
{
    for (const auto& file : files) {
        if (!file.before) {
            ::unlink(file.path.c_str());
        } else if (auto done = put(file.path, file.before->text(), 07777); !done) {
            answer.complain(cannot_write, done.error().text);
        }
    }
}

// Warnings do not stop anybody; what the server would refuse does.
bool report_problems(const pki::Certificate& leaf, const pki::Chain& chain,
                     const server::VirtualHost& vhost, const std::string& path, Answer& answer)
{
    std::vector<pki::Certificate> rest;
    for (size_t i = 1; i < chain.certificates.size(); i++)
        rest.push_back(pki::share(chain.certificates[i]));
    pki::HostNames host{
        .label = vhost.server_name, .server_name = vhost.server_name, .aliases = vhost.aliases};
    host.aliases.insert(host.aliases.end(), vhost.alias_patterns.begin(),
                        vhost.alias_patterns.end());
    pki::Problems problems;
    pki::check_certificate(leaf, rest, host, path, ::time(nullptr), problems);
    for (const auto& problem : problems) {
        answer.note(diagnosis::name(problem.id) + ": " + problem.message);
    }
    return std::ranges::none_of(problems, [](const auto& one) { return one.is_error(); });
}

// SIGUSR1 to the server whose pid file the configuration names.
int reload(const server::Configuration& configuration, Answer& answer)
{
    const auto path = configuration.path(configuration.process.pid_file);
    const auto file = process::read_pid_file(path);
    if (file.state != process::PidFile::State::running) {
        answer.facts()["reloads"] = false;
        answer.say("The server does not run; it will use them when it starts.\n");
        return exit_done;
    }
    if (::kill(file.pid, SIGUSR1) != 0) {
        return answer.complain(reload_failed,
                               "process " + std::to_string(file.pid) + ": " + std::strerror(errno));
    }
    answer.facts()["reloads"] = true;
    answer.say("The running server (process " + std::to_string(file.pid) + ") reloads.\n");
    return exit_done;
}

std::vector<Replacement> plan_files(const VhostFiles& files, const pki::Chain& chain,
                                    const std::string& leaf_pem, const std::string& chain_pem,
                                    const pki::Secret& key_pem, const std::string& key_source)
{
    std::vector<Replacement> plan;
    std::error_code error;
    const bool key_apart = !files.key.empty() && files.key != files.certificate;
    std::string certificate = leaf_pem;
    if (files.chain.empty()) {
        certificate += chain_pem;
    } else if (chain.certificates.size() > 1) {
        plan.push_back({.path = files.chain, .bytes = pki::Secret(std::string_view(chain_pem))});
    }
    if (key_apart) {
        if (!std::filesystem::equivalent(files.key, key_source, error))
            plan.push_back({.path = files.key, .bytes = key_pem, .mode = 0600});
    } else {
        certificate += key_pem.text();
    }
    plan.push_back({.path = files.certificate,
                    .bytes = pki::Secret(std::string_view(certificate)),
                    .mode = key_apart ? 0644 : 0600});
    pki::wipe(certificate.data(), certificate.size());
    return plan;
}

// A key that was encrypted stays so: its text is taken as it is.
Result<pki::Secret> text_of_key(const std::string& path, const pki::PrivateKey& key)
{
    auto text = read_file(path, size_t{1} << 20);
    if (!text) return std::unexpected(text.error());
    const bool encrypted = pki::is_encrypted_key(*text);
    pki::Secret whole{std::string_view(*text)};
    pki::wipe(text->data(), text->size());
    return encrypted ? whole : pki::key_to_pem(key, nullptr);
}

void describe_plan(Answer& answer, const pki::Certificate& leaf, const server::VirtualHost& vhost,
                   const std::vector<Replacement>& plan, bool dry)
{
    auto& facts = answer.facts();
    facts = pki::describe(leaf, ::time(nullptr));
    facts["vhost"] = vhost.server_name;
    facts["changed"] = !dry;
    facts["files"] = pki::Facts::array();
    for (const auto& file : plan) {
        facts["files"].push_back(file.path);
        answer.say(file.path + (dry ? ": would be written\n" : "\n"));
    }
}

} // namespace

int install_certificate(const CertOptions& options, Answer& answer)
{
    answer.replaces(options.openssl, "cat " + shell_word(options.words.front())
                                         + " chain.pem > SSLCertificateFile && apachectl graceful");
    auto incoming = read_incoming(options, answer);
    if (!incoming) return incoming.error();
    if (!options.site.empty()) return write_site(options, *incoming, answer);
    const auto& leaf = incoming->chain.certificates.front();

    auto read = read_configuration(options.configuration);
    if (!read) return answer.complain(configuration_unreadable, read.error().text);
    const auto names = leaf.dns_names();
    const std::string wanted = !options.vhost.empty() ? options.vhost
                               : names.empty()        ? std::string()
                                                      : names.front();
    const auto vhost = find_vhost(*read->configuration, wanted);
    if (!vhost) return answer.complain(no_such_vhost, vhost.error().text);
    const VhostFiles files = files_of(*read->configuration, **vhost);
    if (files.certificate.empty()) {
        return answer.complain(no_such_vhost, "the virtual host " + (*vhost)->server_name
                                                  + " has no SSLCertificateFile");
    }
    const auto key = find_key(options, files, leaf, incoming->keys, answer);
    if (!key) return key.error();
    if (!report_problems(leaf, incoming->chain, **vhost, files.certificate, answer)) return exit_no;

    auto leaf_pem = pki::to_pem(leaf);
    std::string chain_pem;
    for (size_t i = 1; i < incoming->chain.certificates.size(); i++)
        chain_pem += pki::to_pem(incoming->chain.certificates[i]).value_or("");
    const auto key_pem = text_of_key(key->first, key->second);
    if (!leaf_pem || !key_pem) return answer.complain(cannot_write, "the files cannot be made");
    auto plan = plan_files(files, incoming->chain, *leaf_pem, chain_pem, *key_pem, key->first);
    describe_plan(answer, leaf, **vhost, plan, options.dry);
    if (options.dry) return exit_done;

    if (auto done = put_all(plan); !done) {
        take_back(plan, answer);
        return answer.complain(cannot_write, done.error().text);
    }
    config::Diagnostics diagnostics;
    const auto checked = read->loader->load(true, nullptr, diagnostics);
    if (!checked) {
        take_back(plan, answer);
        return answer.complain(install_refused,
                               "the server refuses these files; the old ones are back\n"
                                   + diagnostics.report());
    }
    return reload(*checked, answer);
}

} // namespace signet::tools
