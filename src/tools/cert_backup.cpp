// signet cert backup, restore.
#include "base/file.h"
#include "pki/archive.h"
#include "pki/objects.h"
#include "tools/answer.h"
#include "tools/cert.h"
#include "tools/console.h"
#include "tools/phrase.h"
#include "tools/vhost_files.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace signet::tools {
namespace {

// Every file that a configuration names for its certificates.
Result<std::vector<std::string>> configured_files(const ConfigurationPlace& place)
{
    auto read = read_configuration(place);
    if (!read) return std::unexpected(read.error());
    std::vector<std::string> paths;
    const auto add = [&](const server::VirtualHost& vhost) {
        const auto files = files_of(*read->configuration, vhost);
        for (const auto* path : {&files.certificate, &files.key, &files.chain}) {
            if (!path->empty() && std::ranges::find(paths, *path) == paths.end())
                paths.push_back(*path);
        }
    };
    add(read->configuration->main);
    for (const auto& vhost : read->configuration->vhosts) add(*vhost);
    return paths;
}

} // namespace

int back_up(const CertOptions& options, Answer& answer)
{
    auto paths = options.words;
    if (paths.empty()) {
        auto configured = configured_files(options.configuration);
        if (!configured) return answer.complain(configuration_unreadable, configured.error().text);
        paths = std::move(*configured);
    }
    std::string line = "tar cP";
    std::vector<pki::ArchivedFile> files;
    for (const auto& path : paths) {
        std::error_code error;
        const std::string whole = std::filesystem::absolute(path, error).string();
        auto bytes = read_file(path, size_t{16} << 20);
        struct stat status {};
        if (!bytes || ::stat(path.c_str(), &status) != 0) {
            return answer.complain(bytes ? Error{.text = path + ": cannot be read"} : bytes.error(),
                                   cannot_read);
        }
        files.push_back({.path = whole,
                         .mode = status.st_mode & 07777,
                         .bytes = pki::Secret(std::string_view(*bytes))});
        pki::wipe(bytes->data(), bytes->size());
        line += " " + shell_word(whole);
    }
    if (files.empty()) return answer.complain(nothing_known, "there is no file to keep");
    answer.replaces(options.openssl,
                    line
                        + " | openssl cms -encrypt -aes-256-gcm -binary -outform PEM "
                          "-pwri_password PHRASE -out "
                        + shell_word(options.output));
    auto phrase = PhraseSource(options.phrase_file, options.output).fresh();
    if (!phrase) return answer.complain(phrase.error(), phrase_missing);
    auto sealed = pki::seal_archive(files, *phrase);
    if (!sealed) return answer.complain(cannot_write, sealed.error().text);
    if (auto written = write_new(options.output, *sealed, 0600, options.force); !written) {
        return answer.complain_of_writing(written.error());
    }
    answer.facts()["file"] = options.output;
    answer.facts()["files"] = pki::Facts::array();
    for (const auto& file : files) answer.facts()["files"].push_back(file.path);
    answer.wrote(options.output, std::to_string(files.size())
                                     + " files. Keep it and its pass phrase in different places.");
    return exit_done;
}

int restore(const CertOptions& options, Answer& answer)
{
    const std::string& archive = options.words.front();
    answer.replaces(options.openssl,
                    "openssl cms -decrypt -inform PEM -pwri_password PHRASE -in "
                        + shell_word(archive) + " | tar x"
                        + (options.list           ? "t"
                           : options.into.empty() ? "P"
                                                  : " -C " + shell_word(options.into)));
    auto pem = read_file(archive, size_t{64} << 20);
    if (!pem) return answer.complain(pem.error(), cannot_read);
    const PhraseSource phrases(options.phrase_file, archive);
    Result<std::vector<pki::ArchivedFile>> files =
        fail(Error::Kind::denied, archive + ": there is no pass phrase");
    const auto ask = phrases.asker();
    for (int attempt = 0; auto phrase = ask(attempt); attempt++) {
        files = pki::open_archive(*pem, *phrase);
        if (files || files.error().kind != Error::Kind::denied) break;
    }
    if (!files) return answer.complain(files.error(), archive_unreadable);
    auto& facts = answer.facts();
    facts["file"] = archive;
    facts["restored"] = !options.list;
    auto& listed = facts["files"] = pki::Facts::array();
    for (const auto& file : *files) {
        if (options.list) {
            answer.say(pki::visible(file.path) + "\n");
            listed.push_back(pki::visible(file.path));
            continue;
        }
        const std::filesystem::path inside = file.path;
        // An archive of a stranger shall not leave the folder that it is unpacked into.
        if (std::ranges::find(inside, std::filesystem::path("..")) != inside.end())
            return answer.complain(archive_unreadable, "a path in it has .. in it");
        const auto target = options.into.empty()
                                ? inside
                                : std::filesystem::path(options.into) / inside.relative_path();
        std::error_code ignored;
        std::filesystem::create_directories(target.parent_path(), ignored);
        if (auto written = write_new(target.string(), file.bytes.text(),
                                     static_cast<int>(file.mode & 0777U), options.force);
            !written) {
            return answer.complain_of_writing(written.error());
        }
        answer.say(target.string() + ": restored\n");
        listed.push_back(target.string());
    }
    return exit_done;
}

} // namespace signet::tools
