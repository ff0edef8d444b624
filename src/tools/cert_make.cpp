// signet cert key, csr, self-signed.
#include "base/file.h"
#include "base/text.h"
#include "pki/issue.h"
#include "pki/new_key.h"
#include "tools/answer.h"
#include "tools/cert.h"
#include "tools/console.h"
#include "tools/phrase.h"
#include "tools/vhost_files.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace signet::tools {
namespace {

constexpr int64_t day = 24 * 60 * 60;

std::string openssl_key_line(const CertOptions& options)
{
    const std::string type = lowercase(options.type);
    std::string line = "openssl genpkey -algorithm ";
    if (type.starts_with("rsa")) {
        line += "RSA -pkeyopt rsa_keygen_bits:" + (type == "rsa" ? "3072" : type.substr(4));
    } else if (type == "ed25519") {
        line += "ED25519";
    } else {
        line += std::string("EC -pkeyopt ec_paramgen_curve:P-")
                + (type.ends_with("384") ? "384" : "256");
    }
    if (options.encrypt) line += " -aes256";
    return line + " -out " + shell_word(options.output);
}

std::string openssl_names(const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names) {
        const bool is_ip =
            name.find_first_not_of("0123456789.") == name.npos || name.find(':') != name.npos;
        text += (text.empty() ? "" : ",") + std::string(is_ip ? "IP:" : "DNS:") + name;
    }
    return text.empty() ? "" : " -addext " + shell_word("subjectAltName=" + text);
}

// Whom a request or certificate is for.
struct Whom {
    std::vector<std::string> names{};
    std::string subject_text{};
    pki::NamePtr subject{};
};

// Exit status, or what was asked for.
std::expected<Whom, int> find_out(const CertOptions& options, Answer& answer)
{
    Whom whom{.names = options.words};
    if (!options.vhost.empty()) {
        auto read = read_configuration(options.configuration);
        if (!read)
            return std::unexpected(answer.complain(configuration_unreadable, read.error().text));
        auto vhost = find_vhost(*read->configuration, options.vhost);
        if (!vhost) return std::unexpected(answer.complain(no_such_vhost, vhost.error().text));
        for (auto& name : names_of(**vhost)) whom.names.push_back(std::move(name));
    }
    for (const auto& name : whom.names) {
        if (auto right = pki::check_name(name); !right)
            return std::unexpected(answer.complain(name_invalid, right.error().text));
    }
    whom.subject_text = options.subject;
    // A common name may have 64 characters; clients look at the alternative names anyhow.
    if (whom.subject_text.empty() && !whom.names.empty() && whom.names.front().size() <= 64)
        whom.subject_text = "/CN=" + whom.names.front();
    if (whom.names.empty() && whom.subject_text.empty()) {
        return std::unexpected(
            answer.complain(name_invalid, "no name is given: type one, or --vhost NAME -f FILE"));
    }
    auto subject = pki::parse_subject(whom.subject_text);
    if (!subject) return std::unexpected(answer.complain(name_invalid, subject.error().text));
    whom.subject = std::move(*subject);
    if (whom.names.empty()) { // openssl's -subj /CN=NAME alone: clients want it as a name, too
        const int at = X509_NAME_get_index_by_NID(whom.subject.get(), NID_commonName, -1);
        if (at >= 0) {
            const ASN1_STRING* common =
                X509_NAME_ENTRY_get_data(X509_NAME_get_entry(whom.subject.get(), at));
            std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(common)),
                             static_cast<size_t>(ASN1_STRING_length(common)));
            if (pki::check_name(name)) whom.names.push_back(std::move(name));
        }
    }
    return whom;
}

// The key of --key, which is made when there is none.
std::expected<pki::PrivateKey, int> key_for(const CertOptions& options, Answer& answer)
{
    if (::access(options.key.c_str(), F_OK) == 0) {
        const PhraseSource phrases(options.phrase_file, options.key);
        auto key = pki::PrivateKey::load(options.key, phrases.asker());
        if (!key) return std::unexpected(answer.complain(key.error(), cannot_read));
        return std::move(*key);
    }
    auto key = pki::make_key(options.type);
    if (!key) return std::unexpected(answer.complain(key_kind_unknown, key.error().text));
    auto pem = pki::key_to_pem(*key, nullptr);
    auto written = pem ? write_new(options.key, pem->text(), 0600, false)
                       : Result<void>(std::unexpected(pem.error()));
    if (!written) return std::unexpected(answer.complain(cannot_write, written.error().text));
    answer.note(options.key + ": new key, " + pki::key_text(key->get()) + ", mode 0600");
    return std::move(*key);
}

// Writes --output, and says so.
int write_output(const CertOptions& options, Answer& answer, std::string_view bytes, int mode,
                 const std::string& what)
{
    const auto written = write_new(options.output, bytes, mode, options.force);
    if (!written) return answer.complain_of_writing(written.error());
    answer.wrote(options.output, what);
    return exit_done;
}

} // namespace

int make_key_file(const CertOptions& options, Answer& answer)
{
    answer.replaces(options.openssl, openssl_key_line(options));
    if (options.output != "-" && !options.force && ::access(options.output.c_str(), F_OK) == 0)
        return answer.complain(file_exists, options.output + " exists and is left as it is");
    std::optional<pki::Secret> phrase;
    if (options.encrypt) {
        auto fresh = PhraseSource(options.phrase_file, options.output).fresh();
        if (!fresh) return answer.complain(fresh.error(), phrase_missing);
        phrase = std::move(*fresh);
    }
    auto key = pki::make_key(options.type);
    if (!key) return answer.complain(key_kind_unknown, key.error().text);
    auto pem =
        pki::key_to_pem(*key, phrase ? &*phrase : nullptr,
                        options.traditional ? pki::KeyForm::traditional : pki::KeyForm::pkcs8);
    if (!pem) return answer.complain(conversion_impossible, pem.error().text);
    answer.facts() = pki::describe(*key);
    answer.facts()["file"] = options.output;
    answer.facts()["encrypted"] = phrase.has_value();
    return write_output(options, answer, pem->text(), 0600,
                        pki::key_text(key->get()) + (phrase ? ", encrypted" : ", not encrypted")
                            + ", mode 0600");
}

int make_request_file(const CertOptions& options, Answer& answer)
{
    auto whom = find_out(options, answer);
    if (!whom) return whom.error();
    answer.replaces(options.openssl, "openssl req -new -key " + shell_word(options.key) + " -subj "
                                         + shell_word(whom->subject_text)
                                         + openssl_names(whom->names) + " -out "
                                         + shell_word(options.output));
    auto key = key_for(options, answer);
    if (!key) return key.error();
    auto request = pki::make_request(*key, whom->subject, whom->names);
    auto pem = request ? pki::to_pem(request->get())
                       : Result<std::string>(std::unexpected(request.error()));
    if (!pem) return answer.complain(name_invalid, pem.error().text);
    std::string names;
    for (const auto& name : whom->names) names += " " + name;
    answer.facts() = pki::describe(request->get());
    answer.facts()["file"] = options.output;
    answer.facts()["key_file"] = options.key;
    return write_output(options, answer, *pem, 0644, "request for" + names);
}

int make_self_signed(const CertOptions& options, Answer& answer)
{
    auto whom = find_out(options, answer);
    if (!whom) return whom.error();
    answer.replaces(options.openssl, "openssl req -new -x509 -days " + std::to_string(options.days)
                                         + " -key " + shell_word(options.key) + " -subj "
                                         + shell_word(whom->subject_text)
                                         + openssl_names(whom->names)
                                         + " -addext basicConstraints=critical,CA:FALSE -out "
                                         + shell_word(options.output));
    auto key = key_for(options, answer);
    if (!key) return key.error();
    const time_t now = ::time(nullptr);
    auto made = pki::issue({.role = pki::Role::server,
                            .subject = std::move(whom->subject),
                            .names = whom->names,
                            .public_key = key->get(),
                            .not_before = now - 3600,
                            .not_after = now + options.days * day},
                           nullptr, *key);
    auto pem = made ? pki::to_pem(*made) : Result<std::string>(std::unexpected(made.error()));
    if (!pem) return answer.complain(name_invalid, pem.error().text);
    answer.facts() = pki::describe(*made, now);
    answer.facts()["file"] = options.output;
    answer.facts()["key_file"] = options.key;
    return write_output(options, answer, *pem, 0644,
                        "self-signed certificate for " + std::to_string(options.days)
                            + " days; browsers will warn. signet ca makes ones they can trust");
}

} // namespace signet::tools
