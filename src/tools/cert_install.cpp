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
#include "tools/cert.h"
#include "tools/console.h"
#include "tools/phrase.h"
#include "tools/vhost_files.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::tools {
namespace {

constexpr const char* verb = "cert install";

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

void take_back(const std::vector<Replacement>& files)
{
    for (const auto& file : files) {
        if (!file.before) {
            ::unlink(file.path.c_str());
        } else if (auto done = put(file.path, file.before->text(), 07777); !done) {
            complain(verb, cannot_write, done.error().text);
        }
    }
}

// The key of --key, of the configuration, or one beside the certificate.
std::expected<std::pair<std::string, pki::PrivateKey>, int>
find_key(const CertOptions& options, const VhostFiles& files, const pki::Certificate& leaf,
         std::vector<pki::PrivateKey>& in_file)
{
    for (auto& key : in_file) {
        if (key.matches(leaf)) return std::pair(options.words.front(), std::move(key));
    }
    std::vector<std::string> candidates;
    if (!options.key.empty()) {
        candidates.push_back(options.key);
    } else {
        if (!files.key.empty()) candidates.push_back(files.key);
        if (files.key.empty() && !files.certificate.empty())
            candidates.push_back(files.certificate);
        std::error_code error;
        const auto folder = std::filesystem::absolute(options.words.front(), error).parent_path();
        for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
            const auto ending = entry.path().extension();
            if (ending == ".key" || ending == ".pem") candidates.push_back(entry.path().string());
        }
    }
    for (const auto& path : candidates) {
        auto text = read_file(path, size_t{1} << 20);
        if (!text || !pki::holds_private_key(*text)) continue;
        const PhraseSource phrases(options.phrase_file, path);
        auto key = pki::PrivateKey::parse(*text, path, phrases.asker());
        pki::wipe(text->data(), text->size());
        if (key && key->matches(leaf)) return std::pair(path, std::move(*key));
        if (!key && !options.key.empty())
            return std::unexpected(complain(verb, key.error(), cannot_read));
    }
    return std::unexpected(complain(
        verb, options.key.empty() ? no_key_found : do_not_match,
        options.key.empty() ? "no file has the key of this certificate: not the one that the "
                              "configuration names, and none beside the certificate"
                            : options.key + " is not the key of this certificate"));
}

// Warnings do not stop anybody; what the server would refuse does.
bool report_problems(const pki::Certificate& leaf, const pki::Chain& chain,
                     const server::VirtualHost& vhost, const std::string& path)
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
        std::fprintf(stderr, "%s: %s\n", diagnosis::name(problem.id).c_str(),
                     problem.message.c_str());
    }
    return std::ranges::none_of(problems, [](const auto& one) { return one.is_error(); });
}

// SIGUSR1 to the server whose pid file the configuration names.
int reload(const server::Configuration& configuration)
{
    const auto path = configuration.path(configuration.process.pid_file);
    const auto file = process::read_pid_file(path);
    if (file.state != process::PidFile::State::running) {
        print("The server does not run; it will use them when it starts.\n");
        return exit_done;
    }
    if (::kill(file.pid, SIGUSR1) != 0) {
        return complain(verb, reload_failed,
                        "process " + std::to_string(file.pid) + ": " + std::strerror(errno));
    }
    print("The running server (process " + std::to_string(file.pid) + ") reloads.\n");
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

// Everything about a certificate that is to be installed.
struct Incoming {
    pki::Chain chain{};
    std::vector<pki::PrivateKey> keys{};
};

std::expected<Incoming, int> read_incoming(const CertOptions& options)
{
    std::vector<pki::Certificate> given, more;
    Incoming incoming;
    for (const auto* list : {&options.words, &options.with}) {
        for (const auto& path : *list) {
            const PhraseSource phrases(options.phrase_file, path);
            auto material = pki::load_material(path, phrases.asker());
            if (!material) return std::unexpected(complain(verb, material.error(), cannot_read));
            for (auto& one : material->certificates)
                (list == &options.words ? given : more).push_back(std::move(one));
            for (auto& one : material->keys) incoming.keys.push_back(std::move(one));
        }
    }
    if (given.empty()) {
        return std::unexpected(
            complain(verb, nothing_known, options.words.front() + ": holds no certificate"));
    }
    incoming.chain = pki::arrange_chain(given, more, {});
    for (const auto& remark : incoming.chain.remarks) print("note: " + remark + "\n");
    return incoming;
}

std::string site_text(const std::string& name, const pki::Certificate& leaf,
                      const std::string& certificate, const std::string& key,
                      const std::string& pages)
{
    std::string aliases;
    for (const auto& one : leaf.dns_names()) {
        if (one != name) aliases += " " + one;
    }
    return "# Written by \"signet cert install\".\n<IfModule !ssl_module>\n"
           "    LoadModule ssl_module modules/mod_ssl.so\n</IfModule>\n"
           "Listen 443\n<VirtualHost *:443>\n    ServerName "
           + name + "\n" + (aliases.empty() ? "" : "    ServerAlias" + aliases + "\n")
           + "    DocumentRoot \"" + pages + "\"\n    SSLEngine on\n    SSLCertificateFile \""
           + certificate + "\"\n    SSLCertificateKeyFile \"" + key + "\"\n    <Directory \""
           + pages + "\">\n        Require all granted\n    </Directory>\n</VirtualHost>\n";
}

// A configuration for a site that there is not yet; the files stay where they are.
int write_site(const CertOptions& options, Incoming& incoming)
{
    const auto& leaf = incoming.chain.certificates.front();
    const auto names = leaf.dns_names();
    if (names.empty() || options.document_root.empty()) {
        return complain(verb, no_such_vhost,
                        "a new site needs a name in the certificate and --document-root");
    }
    const auto key = find_key(options, {}, leaf, incoming.keys);
    if (!key) return key.error();
    std::error_code error;
    const auto whole = [&](const std::string& path) {
        return std::filesystem::absolute(path, error).string();
    };
    const std::string folder = std::filesystem::path(whole(options.site)).parent_path().string();
    const std::string certificate = folder + "/" + names.front() + ".crt";
    auto pem = pki::to_pem(incoming.chain.certificates);
    if (!pem) return complain(verb, cannot_write, pem.error().text);
    for (const auto* path : {&options.site, &options.document_root, &key->first}) {
        if (path->find_first_of("\"\n\r") != path->npos)
            return complain(verb, cannot_write, "a path has a quote or the end of a line in it");
    }
    const std::string text = site_text(names.front(), leaf, certificate, whole(key->first),
                                       whole(options.document_root));
    if (options.dry) {
        print(text);
        return exit_done;
    }
    for (const auto& [path, bytes] : {std::pair{certificate, *pem}, {options.site, text}}) {
        std::error_code same;
        if (std::filesystem::equivalent(path, options.words.front(), same)) continue;
        if (auto written = write_new(path, bytes, 0644, false); !written)
            return complain(verb, file_exists, written.error().text);
        print(path + ": written\n");
    }
    return exit_done;
}

} // namespace

int install_certificate(const CertOptions& options)
{
    show_openssl(options.openssl, "cat " + shell_word(options.words.front())
                                      + " chain.pem > SSLCertificateFile && apachectl graceful");
    auto incoming = read_incoming(options);
    if (!incoming) return incoming.error();
    if (!options.site.empty()) return write_site(options, *incoming);
    const auto& leaf = incoming->chain.certificates.front();

    auto read = read_configuration(options.configuration);
    if (!read) return complain(verb, configuration_unreadable, read.error().text);
    const auto names = leaf.dns_names();
    const std::string wanted = !options.vhost.empty() ? options.vhost
                               : names.empty()        ? std::string()
                                                      : names.front();
    const auto vhost = find_vhost(*read->configuration, wanted);
    if (!vhost) return complain(verb, no_such_vhost, vhost.error().text);
    const VhostFiles files = files_of(*read->configuration, **vhost);
    if (files.certificate.empty()) {
        return complain(verb, no_such_vhost,
                        "the virtual host " + (*vhost)->server_name + " has no SSLCertificateFile");
    }
    const auto key = find_key(options, files, leaf, incoming->keys);
    if (!key) return key.error();
    if (!report_problems(leaf, incoming->chain, **vhost, files.certificate)) return exit_no;

    auto leaf_pem = pki::to_pem(leaf);
    std::string chain_pem;
    for (size_t i = 1; i < incoming->chain.certificates.size(); i++)
        chain_pem += pki::to_pem(incoming->chain.certificates[i]).value_or("");
    const auto key_pem = text_of_key(key->first, key->second);
    if (!leaf_pem || !key_pem) return complain(verb, cannot_write, "the files cannot be made");
    auto plan = plan_files(files, incoming->chain, *leaf_pem, chain_pem, *key_pem, key->first);
    for (const auto& file : plan) print(file.path + (options.dry ? ": would be written\n" : "\n"));
    if (options.dry) return exit_done;

    if (auto done = put_all(plan); !done) {
        take_back(plan);
        return complain(verb, cannot_write, done.error().text);
    }
    config::Diagnostics diagnostics;
    const auto checked = read->loader->load(true, nullptr, diagnostics);
    if (!checked) {
        take_back(plan);
        return complain(verb, install_refused,
                        "the server refuses these files; the old ones are back\n"
                            + diagnostics.report());
    }
    return reload(*checked);
}

} // namespace signet::tools
