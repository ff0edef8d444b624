// signet cert install --site: a configuration for a site that there is not yet. Beside a server's
// configuration it is a part of it; anywhere else it is a whole one that the server starts with.
#include "base/file.h"
#include "base/obstacle.h"
#include "pki/issue.h"
#include "tools/answer.h"
#include "tools/cert_incoming.h"
#include "tools/configuration_options.h"
#include "tools/console.h"

#include <algorithm>
#include <filesystem>
#include <grp.h>
#include <nlohmann/json.hpp>
#include <pwd.h>
#include <unistd.h>

namespace signet::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view first_page = "<!doctype html>\n<html lang=\"en\">\n"
                                        "<title>It works</title>\n<h1>It works, over TLS.</h1>\n"
                                        "<p>Replace this page by your own.</p>\n</html>\n";

// Everything absolute, without "." and "..".
struct Site {
    std::string name{}; // of the server
    std::vector<std::string> aliases{};
    std::string file{}, folder{}, pages{}, certificate{}, key{};
    unsigned port = 443;
    bool listens_already = false;
    std::string main_file{};   // the configuration that this is a part of, or empty
    std::string worker_user{}; // who serves, when root starts a whole configuration
    bool has_pages = false;
};

std::string whole(const std::string& path)
{
    std::error_code ignored;
    return fs::absolute(path, ignored).lexically_normal().string();
}

std::string quoted(const std::string& path)
{
    return "\"" + path + "\"";
}

std::string vhost_text(const Site& site)
{
    const std::string port = std::to_string(site.port);
    std::string aliases;
    for (const auto& one : site.aliases) aliases += " " + one;
    return (site.listens_already ? "" : "Listen " + port + " https\n") + "<VirtualHost *:" + port
           + ">\n    ServerName " + site.name + "\n"
           + (aliases.empty() ? "" : "    ServerAlias" + aliases + "\n") + "    DocumentRoot "
           + quoted(site.pages) + "\n    SSLEngine on\n    SSLCertificateFile "
           + quoted(site.certificate) + "\n    SSLCertificateKeyFile " + quoted(site.key)
           + "\n    <Directory " + quoted(site.pages)
           + ">\n        Require all granted\n    </Directory>\n</VirtualHost>\n";
}

std::string group_of(const std::string& user)
{
    const auto* entry = ::getpwnam(user.c_str());
    const auto* group = entry ? ::getgrgid(entry->pw_gid) : nullptr;
    return group ? group->gr_name : "nogroup";
}

std::string text_of(const Site& site)
{
    const std::string head = "# Written by \"signet cert install\".\n";
    if (!site.main_file.empty()) return head + vhost_text(site);
    const std::string stem = fs::path(site.file).stem().string();
    std::string text = head + "ServerRoot " + quoted(site.folder) + "\nServerName " + site.name
                       + "\nPidFile " + quoted(stem + ".pid") + "\nErrorLog "
                       + quoted(stem + ".log") + "\n";
    if (!site.worker_user.empty())
        text += "User " + site.worker_user + "\nGroup " + group_of(site.worker_user) + "\n";
    return text + "\n" + vhost_text(site);
}

// The server's configuration, if the site's file is in its folder or below.
std::string main_file_above(const ConfigurationPlace& place, const std::string& file)
{
    process::CommandLine line;
    set_place(line, place.root, place.file);
    std::error_code ignored;
    const std::string path = line.config_path();
    if (!fs::exists(path, ignored)) return "";
    return file.starts_with(fs::path(path).parent_path().string() + "/") ? path : "";
}

bool listens(const ConfigurationPlace& place, unsigned port)
{
    const auto read = read_configuration(place);
    return read && std::ranges::any_of(read->configuration->listeners, [&](const auto& one) {
               return one.address.port() == port;
           });
}

const char* user_for_workers()
{
    for (const char* name : {"www-data", "nobody"}) {
        if (::getpwnam(name)) return name;
    }
    return "";
}

std::expected<Site, int> plan_site(const CertOptions& options, const pki::Certificate& leaf,
                                   Answer& answer)
{
    Site site{.aliases = leaf.dns_names(), .file = whole(options.site)};
    const auto named = std::ranges::find_if(
        site.aliases, [](const auto& one) { return one.find('*') == one.npos; });
    if (named == site.aliases.end()) {
        return std::unexpected(answer.complain(
            no_such_vhost, "a new site needs a name in the certificate that is not a wildcard"));
    }
    site.name = *named;
    site.aliases.erase(named);
    site.folder = fs::path(site.file).parent_path().string();
    site.certificate = site.folder + "/" + site.name + ".crt";
    site.main_file = main_file_above(options.configuration, site.file);
    const bool is_root = ::geteuid() == 0;
    if (options.document_root.empty() && !site.main_file.empty()) {
        return std::unexpected(answer.complain(no_such_vhost, "a site of " + site.main_file
                                                                  + " needs --document-root"));
    }
    site.pages =
        options.document_root.empty() ? site.folder + "/htdocs" : whole(options.document_root);
    std::error_code ignored;
    site.has_pages = fs::exists(site.pages, ignored);
    site.port = options.port != 0 ? options.port : is_root || !site.main_file.empty() ? 443 : 8443;
    if (!site.main_file.empty()) site.listens_already = listens(options.configuration, site.port);
    if (is_root && site.main_file.empty()) site.worker_user = user_for_workers();
    return site;
}

// What root's workers may not read, they answer with 403.
void warn_of_obstacle(const Site& site, Answer& answer)
{
    if (site.worker_user.empty()) return;
    const auto* user = ::getpwnam(site.worker_user.c_str());
    if (!user) return;
    const auto what = obstacle(site.pages + "/index.html", Subject::of(user->pw_uid, user->pw_gid));
    if (what.empty()) return;
    answer.note(what + ", so " + site.worker_user
                + " could not serve the pages: move them, or chmod o+x that folder");
}

void say_what_is_next(const Site& site, Answer& answer)
{
    const std::string port = site.port == 443 ? "" : ":" + std::to_string(site.port);
    const bool is_ours = site.main_file == process::CommandLine().config_path();
    const std::string start = site.main_file.empty() ? "signet -f " + shell_word(site.file)
                              : is_ours              ? "signetctl configtest && signetctl graceful"
                                        : "signet -k graceful -f " + shell_word(site.main_file);
    const std::string url = "https://" + site.name + port + "/";
    answer.facts()["next"] = start;
    answer.facts()["url"] = url;
    answer.say("Next: " + start + "\nThen: " + url + "\n");
}

} // namespace

int write_site(const CertOptions& options, Incoming& incoming, Answer& answer)
{
    const auto& leaf = incoming.chain.certificates.front();
    auto site = plan_site(options, leaf, answer);
    if (!site) return site.error();
    const auto key = find_key(options, {}, leaf, incoming.keys, answer);
    if (!key) return key.error();
    site->key = whole(key->first);
    for (const auto* path : {&site->file, &site->pages, &site->key}) {
        if (path->find_first_of("\"\n\r") != path->npos)
            return answer.complain(cannot_write, "a path has a quote or the end of a line in it");
    }
    auto pem = pki::to_pem(incoming.chain.certificates);
    if (!pem) return answer.complain(cannot_write, pem.error().text);
    const std::string text = text_of(*site);
    auto& facts = answer.facts();
    facts = pki::describe(leaf, ::time(nullptr));
    facts["vhost"] = site->name;
    facts["key_file"] = site->key;
    facts["changed"] = !options.dry;
    facts["files"] = pki::Facts::array();
    if (options.dry) {
        facts["configuration"] = text;
        answer.say(text);
        return exit_done;
    }
    std::error_code error;
    fs::create_directories(site->folder, error); // what is wrong with it, writing tells
    for (const auto& [path, bytes] : {std::pair{site->certificate, *pem}, {site->file, text}}) {
        if (fs::equivalent(path, options.words.front(), error)) continue;
        if (auto written = write_new(path, bytes, 0644, false); !written)
            return answer.complain(file_exists, written.error().text);
        facts["files"].push_back(path);
        answer.wrote(path, "written");
    }
    if (!site->has_pages && fs::create_directories(site->pages, error)) {
        const std::string page = site->pages + "/index.html";
        if (auto written = write_new(page, first_page, 0644, false); !written)
            return answer.complain(cannot_write, written.error().text);
        facts["files"].push_back(page);
        answer.wrote(page, "written, to begin with");
    }
    warn_of_obstacle(*site, answer);
    say_what_is_next(*site, answer);
    return exit_done;
}

} // namespace signet::tools
