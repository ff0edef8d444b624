// Keys, folders and links: who may read, write and reach them.
#include "base/file.h"
#include "base/obstacle.h"
#include "base/text.h"
#include "pki/certificate.h"
#include "tools/check/inspection.h"

#include <algorithm>
#include <filesystem>
#include <grp.h>
#include <openssl/x509.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::tools::check {
namespace {

namespace fs = std::filesystem;
using config::Node;

// The path without symbolic links, as far as it exists.
std::string real_path(const std::string& path)
{
    std::error_code error;
    const auto real = fs::weakly_canonical(path, error);
    return error ? path : real.string();
}

bool is_below(const std::string& path, const std::string& folder)
{
    return path == folder
           || (path.starts_with(folder) && (folder.ends_with('/') || path[folder.size()] == '/'));
}

void key_below_document_root(Inspection& inspection)
{
    std::vector<std::pair<std::string, const Node*>> roots;
    inspection.each({"DocumentRoot"}, [&](const Node& node, Sections) {
        if (!node.words.empty()) {
            roots.emplace_back(real_path(inspection.path(node.words[0].text)), &node);
        }
    });
    inspection.each({"Alias"}, [&](const Node& node, Sections) {
        if (node.words.size() > 1) {
            roots.emplace_back(real_path(inspection.path(node.words[1].text)), &node);
        }
    });
    inspection.each({"SSLCertificateKeyFile", "SSLProxyMachineCertificateFile", "AuthUserFile",
                     "SSLSessionTicketKeyFile"},
                    [&](const Node& node, Sections) {
                        if (node.words.empty()) return;
                        const std::string path = real_path(inspection.path(node.words[0].text));
                        for (const auto& [root, line] : roots) {
                            if (!is_below(path, root)) continue;
                            inspection.report(137, node,
                                              path + " is below " + line_of(*line) + " ("
                                                  + line->position.text() + ")");
                            return;
                        }
                    });
}

bool may(const struct stat& about, const Inspection& inspection, mode_t bit)
{
    const auto& worker = inspection.worker();
    if (!worker || worker->user == 0) return false;
    if (about.st_uid == worker->user) return (about.st_mode & (bit << 6)) != 0;
    if (about.st_gid == worker->group) return (about.st_mode & (bit << 3)) != 0;
    return (about.st_mode & bit) != 0;
}

void keys_that_workers_read(Inspection& inspection)
{
    inspection.each({"SSLCertificateKeyFile"}, [&](const Node& node, Sections) {
        if (node.words.empty()) return;
        const std::string path = inspection.path(node.words[0].text);
        struct stat about {};
        if (::stat(path.c_str(), &about) != 0) return;
        // Readable by everybody is the loader's finding (SG0413).
        if (!may(about, inspection, S_IROTH) || (about.st_mode & S_IROTH)) return;
        auto& finding =
            inspection.report(138, node, inspection.worker()->user_name + " may read " + path);
        finding.fix = "chown root:root " + path + " && chmod 600 " + path;
    });
}

void writable_by_workers(Inspection& inspection)
{
    const auto& worker = inspection.worker();
    if (!worker || worker->user == 0) return;
    std::set<std::string> told;
    const auto look = [&](const std::string& path, const config::Position& position) {
        for (const auto& one : {path, fs::path(path).parent_path().string()}) {
            struct stat about {};
            if (one.empty() || ::stat(one.c_str(), &about) != 0) continue;
            // A sticky folder (/tmp) lets nobody replace what is not his.
            if (S_ISDIR(about.st_mode) && (about.st_mode & S_ISVTX)) continue;
            if (!may(about, inspection, S_IWOTH) || !told.insert(one).second) continue;
            auto& finding =
                inspection.report(152, position, worker->user_name + " may write " + one);
            finding.fix = "chown root:root " + one + " && chmod go-w " + one;
        }
    };
    for (const auto& file : inspection.reading().files) {
        if (file.starts_with('/')) look(file, {});
    }
    inspection.each({"SSLCertificateFile", "SSLCertificateKeyFile"},
                    [&](const Node& node, Sections) {
                        if (!node.words.empty()) {
                            look(inspection.path(node.words[0].text), node.position);
                        }
                    });
}

signet::Subject worker_as_subject(const process::Identity& worker)
{
    auto who = signet::Subject::of(worker.user, worker.group);
    std::vector<gid_t> groups(256);
    int count = static_cast<int>(groups.size());
    if (::getgrouplist(worker.user_name.c_str(), worker.group, groups.data(), &count) > 0) {
        groups.resize(static_cast<size_t>(count));
        who.groups = groups;
    }
    return who;
}

// Folders that the workers themselves have to reach: content, locks, dumps.
void folders_out_of_reach(Inspection& inspection)
{
    if (!inspection.worker() || inspection.worker()->user == 0) return;
    const auto who = worker_as_subject(*inspection.worker());
    std::set<std::string> told;
    const auto look = [&](const Node& node, const std::string& path) {
        // obstacle() looks at what is above the path: so that the folder itself counts, too.
        const auto why = obstacle(path + "/.", who);
        if (why.empty() || !told.insert(why).second) return;
        auto& finding = inspection.report(151, node, why);
        const size_t end = why.find(" may not");
        if (end != why.npos)
            finding.fix = "chmod o+x " + why.substr(0, end);
        else
            finding.fix = "make the folder, or correct the path";
    };
    inspection.each({"DocumentRoot", "CoreDumpDirectory"}, [&](const Node& node, Sections) {
        if (!node.words.empty()) look(node, inspection.path(node.words[0].text));
    });
    inspection.each({"Alias", "ScriptAlias"}, [&](const Node& node, Sections) {
        if (node.words.size() < 2) return;
        look(node, fs::path(inspection.path(node.words[1].text)).parent_path().string());
    });
    inspection.each({"SSLMutex", "LockFile"}, [&](const Node& node, Sections) {
        if (node.words.empty()) return;
        std::string path = node.words[0].text;
        const size_t colon = path.find(':');
        if (colon != path.npos)
            path.erase(0, colon + 1);
        else if (iequals(node.name, "SSLMutex"))
            return; // sem, none …
        look(node, fs::path(inspection.path(path)).parent_path().string());
    });
}

bool is_hash_name(const std::string& name)
{
    const size_t dot = name.find('.');
    if (dot != 8) return false;
    const bool hex =
        std::ranges::all_of(name.substr(0, 8), [](char c) { return hex_digit(c) >= 0; });
    return hex && name.size() > 9;
}

std::string hash_text(unsigned long hash)
{
    std::string text;
    append_hex(text, hash & 0xffffffffUL, 8);
    return text;
}

void stale_hash_links(Inspection& inspection)
{
    inspection.each(
        {"SSLCACertificatePath", "SSLProxyCACertificatePath", "SSLCADNRequestPath"},
        [&](const Node& node, Sections) {
            if (node.words.empty()) return;
            std::error_code error;
            size_t old_links = 0;
            size_t unlinked = 0;
            std::set<std::string> links;
            std::set<std::string> hashes;
            for (const auto& entry :
                 fs::directory_iterator(inspection.path(node.words[0].text), error)) {
                const std::string name = entry.path().filename().string();
                const auto loaded = pki::load_certificates(entry.path().string());
                if (!loaded || loaded->empty()) continue;
                X509* first = loaded->front().get();
                const auto hash = hash_text(X509_subject_name_hash(first));
                if (!is_hash_name(name)) {
                    hashes.insert(hash);
                } else if (name.starts_with(hash)) {
                    links.insert(hash);
                } else if (name.starts_with(hash_text(X509_subject_name_hash_old(first)))) {
                    ++old_links;
                }
            }
            for (const auto& hash : hashes) unlinked += links.contains(hash) ? 0 : 1;
            pki::forget_errors();
            if (old_links == 0 && unlinked == 0) return;
            auto& finding = inspection.report(
                139, node,
                old_links ? std::to_string(old_links) + " links have the hash of OpenSSL 0.9 (MD5)"
                          : std::to_string(unlinked) + " certificates have no link");
            finding.fix = "openssl rehash " + inspection.path(node.words[0].text);
        });
}

void workers_as_root(Inspection& inspection)
{
    if (!inspection.worker() || inspection.worker()->user != 0) return;
    const Node* user = last_of(inspection.nodes(), "User");
    if (user) inspection.report(164, *user, "User " + inspection.worker()->user_name + " is root");
}

constexpr Rule table[] = {
    {137, "keys and passwords that are served", key_below_document_root},
    {138, "keys that the workers may read", keys_that_workers_read},
    {152, "what the workers may change", writable_by_workers},
    {151, "folders that the workers cannot reach", folders_out_of_reach},
    {139, "hash links", stale_hash_links},
    {164, "workers that are root", workers_as_root},
};

} // namespace

std::span<const Rule> file_rules()
{
    return table;
}

} // namespace signet::tools::check
