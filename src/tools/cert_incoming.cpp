#include "tools/cert_incoming.h"

#include "base/file.h"
#include "pki/material.h"
#include "tools/answer.h"
#include "tools/console.h"
#include "tools/phrase.h"

#include <filesystem>

namespace signet::tools {

std::expected<std::pair<std::string, pki::PrivateKey>, int>
find_key(const CertOptions& options, const VhostFiles& files, const pki::Certificate& leaf,
         std::vector<pki::PrivateKey>& in_file, Answer& answer)
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
            return std::unexpected(answer.complain(key.error(), cannot_read));
    }
    return std::unexpected(answer.complain(
        options.key.empty() ? no_key_found : do_not_match,
        options.key.empty() ? "no file has the key of this certificate: not the one that the "
                              "configuration names, and none beside the certificate"
                            : options.key + " is not the key of this certificate"));
}

std::expected<Incoming, int> read_incoming(const CertOptions& options, Answer& answer)
{
    std::vector<pki::Certificate> given, more;
    Incoming incoming;
    for (const auto* list : {&options.words, &options.with}) {
        for (const auto& path : *list) {
            const PhraseSource phrases(options.phrase_file, path);
            auto material = pki::load_material(path, phrases.asker());
            if (!material) return std::unexpected(answer.complain(material.error(), cannot_read));
            for (auto& one : material->certificates)
                (list == &options.words ? given : more).push_back(std::move(one));
            for (auto& one : material->keys) incoming.keys.push_back(std::move(one));
        }
    }
    if (given.empty()) {
        return std::unexpected(
            answer.complain(nothing_known, options.words.front() + ": holds no certificate"));
    }
    incoming.chain = pki::arrange_chain(given, more, {});
    for (const auto& remark : incoming.chain.remarks) answer.note(remark);
    return incoming;
}

} // namespace signet::tools
