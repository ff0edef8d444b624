#include "tools/ca.h"

#include "base/file.h"
#include "base/text.h"
#include "pki/authority.h"
#include "pki/describe.h"
#include "pki/material.h"
#include "pki/new_key.h"
#include "pki/pkcs12.h"
#include "tools/answer.h"
#include "tools/console.h"
#include "tools/ocsp_responder.h"
#include "tools/phrase.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <openssl/rand.h>
#include <unistd.h>

namespace signet::tools {
namespace {

using pki::Authority;
using pki::Facts;

struct CaOptions {
    std::string folder{}, phrase_file{}, export_phrase_file{};
    std::string name = "signet", type = "ecdsa-p256", output{}, subject{}, reason = "unspecified";
    std::string crl_url{}, ocsp_url{}, issuer_url{}, address = "127.0.0.1";
    std::vector<std::string> words{}, domains{};
    int days = 90;
    unsigned port = 0, count = 0;
    bool no_phrase = false, force = false, json = false, openssl = false;
};

// Where an authority is kept when nobody says: $SIGNET_CA, root's in /etc, else the user's.
std::string usual_folder()
{
    if (const char* folder = std::getenv("SIGNET_CA"); folder && *folder) return folder;
    const char* home = std::getenv("HOME");
    if (::geteuid() == 0 || !home) return "/etc/signet/ca";
    return std::string(home) + "/.signet-ca";
}

std::expected<Authority, int> open_authority(const CaOptions& options, Answer& answer)
{
    auto authority = Authority::open(options.folder);
    if (authority) return std::move(*authority);
    return std::unexpected(answer.complain(
        authority.error().kind == Error::Kind::not_found ? no_authority : authority_failed,
        authority.error().text));
}

std::expected<Authority, int> unlocked_authority(const CaOptions& options, Answer& answer)
{
    auto authority = open_authority(options, answer);
    if (!authority) return authority;
    const PhraseSource phrases(options.phrase_file, "the authority in " + options.folder);
    if (auto open = authority->unlock(phrases.asker()); !open)
        return std::unexpected(answer.complain(open.error(), authority_failed));
    return authority;
}

int refused(Answer& answer, const Error& error)
{
    switch (error.kind) {
    case Error::Kind::denied: return answer.complain(outside_constraints, error.text);
    case Error::Kind::malformed: return answer.complain(name_invalid, error.text);
    default: return answer.complain(authority_failed, error.text);
    }
}

int write_or_complain(Answer& answer, const std::string& path, std::string_view bytes, int mode,
                      bool force)
{
    auto written = write_new(path, bytes, mode, force);
    if (written) return exit_done;
    return answer.complain_of_writing(written.error());
}

// The certificate and the intermediate that clients need with it.
Result<std::string> with_chain(const pki::Certificate& leaf, const Authority& authority)
{
    auto pem = pki::to_pem(leaf);
    if (!pem) return pem;
    auto above = pki::to_pem(authority.intermediate());
    if (!above) return above;
    return *pem + *above;
}

std::string until(const pki::Certificate& certificate)
{
    return "until " + pki::date_text(certificate.not_after());
}

int initialise(const CaOptions& options, Answer& answer)
{
    answer.replaces(
        options.openssl,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 3650 -subj "
            + shell_word("/CN=" + options.name + " root") + " -keyout ca.key -out ca.crt");
    pki::AuthorityPlan plan{.name = options.name,
                            .key_type = options.type,
                            .permitted_domains = options.domains,
                            .crl_url = options.crl_url,
                            .ocsp_url = options.ocsp_url,
                            .issuer_url = options.issuer_url,
                            .now = ::time(nullptr)};
    if (!options.no_phrase) {
        auto phrase = PhraseSource(options.phrase_file, "the authority").fresh();
        if (!phrase) return answer.complain(phrase.error(), phrase_missing);
        plan.phrase = std::move(*phrase);
    }
    auto made = Authority::create(options.folder, plan);
    if (!made) {
        return made.error().kind == Error::Kind::denied
                   ? answer.complain(authority_exists, made.error().text)
                   : refused(answer, made.error());
    }
    const time_t now = plan.now;
    for (const auto& [name, one] :
         {std::pair("root", &made->root()), {"intermediate", &made->intermediate()}}) {
        auto& facts = answer.facts()[name] = pki::describe(*one, now);
        facts["file"] = options.folder + "/" + name + ".crt";
    }
    answer.facts()["directory"] = options.folder;
    answer.facts()["encrypted"] = !options.no_phrase;
    answer.say(options.folder + "/root.crt: " + made->root().subject() + ", " + until(made->root())
               + "\n    Clients and browsers have to trust this one, and no other.\n"
               + options.folder + "/intermediate.crt: " + made->intermediate().subject() + ", "
               + until(made->intermediate()) + "\n    Signs everything, and goes along with it.\n");
    answer.say(
        "Chromium on this machine trusts it after this line (certutil is in libnss3-tools):\n"
        "    mkdir -p ~/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n "
        + shell_word(options.name) + " -i " + shell_word(options.folder + "/root.crt")
        + "\nNext: signet ca issue NAME"
        + (options.folder == usual_folder() ? "" : " --dir " + shell_word(options.folder)) + "\n");
    return exit_done;
}

int sign_request(const CaOptions& options, Answer& answer)
{
    const std::string& path = options.words.front();
    auto material = pki::load_material(path, {});
    if (!material) return answer.complain(material.error(), cannot_read);
    if (material->requests.size() != 1)
        return answer.complain(nothing_known, path + ": holds no certificate request");
    X509_REQ* request = material->requests.front().get();
    if (auto right = pki::verify_request(request); !right)
        return answer.complain(request_refused, path + ": " + right.error().text);
    auto names = pki::requested_names(request);
    if (!names) return answer.complain(name_invalid, path + ": " + names.error().text);
    if (names->empty()) {
        return answer.complain(request_refused,
                               path + ": asks for no host name that clients would look at");
    }
    EVP_PKEY* key = X509_REQ_get0_pubkey(request);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < 2048) {
        return answer.complain(request_refused,
                               path + ": its key, " + pki::key_text(key) + ", is too small");
    }
    const auto dot = path.ends_with(".csr") ? path.size() - 4 : path.size();
    const std::string output =
        options.output.empty() ? path.substr(0, dot) + ".crt" : options.output;
    answer.replaces(options.openssl,
                    "openssl x509 -req -in " + shell_word(path) + " -copy_extensions copy -days "
                        + std::to_string(options.days)
                        + " -CA ca.crt -CAkey ca.key -CAcreateserial -out " + shell_word(output));
    if (output != "-" && !options.force && ::access(output.c_str(), F_OK) == 0)
        return answer.complain(file_exists, output + " exists and is left as it is");
    auto authority = unlocked_authority(options, answer);
    if (!authority) return authority.error();
    auto made =
        authority->sign({.subject = pki::NamePtr(X509_NAME_dup(X509_REQ_get_subject_name(request))),
                         .names = *names,
                         .public_key = key,
                         .days = options.days,
                         .now = ::time(nullptr)});
    if (!made) return refused(answer, made.error());
    auto pem = with_chain(*made, *authority);
    if (!pem) return answer.complain(cannot_write, pem.error().text);
    if (const int code = write_or_complain(answer, output, *pem, 0644, options.force)) return code;
    answer.facts() = pki::describe(*made, ::time(nullptr));
    answer.facts()["file"] = output;
    answer.wrote(output, "signed, " + until(*made));
    return exit_done;
}

// A new key and its certificate.
struct Issued {
    pki::PrivateKey key;
    pki::Certificate certificate;
};

std::expected<Issued, int> issue_for(Answer& answer, const CaOptions& options, Authority& authority,
                                     pki::Role role, const std::string& subject_text,
                                     const std::vector<std::string>& names)
{
    auto subject = pki::parse_subject(subject_text);
    if (!subject) return std::unexpected(answer.complain(name_invalid, subject.error().text));
    auto key = pki::make_key(options.type);
    if (!key) return std::unexpected(answer.complain(key_kind_unknown, key.error().text));
    auto made = authority.sign({.role = role,
                                .subject = std::move(*subject),
                                .names = names,
                                .public_key = key->get(),
                                .days = options.days,
                                .now = ::time(nullptr)});
    if (!made) return std::unexpected(refused(answer, made.error()));
    return Issued{std::move(*key), std::move(*made)};
}

int issue_server(const CaOptions& options, Answer& answer)
{
    for (const auto& name : options.words) {
        if (auto right = pki::check_name(name); !right)
            return answer.complain(name_invalid, right.error().text);
    }
    const std::string& name = options.words.front();
    std::string stem = options.output.empty() ? name : options.output;
    if (options.output.empty()) std::ranges::replace(stem, '*', '_');
    for (const char* ending : {".crt", ".key"}) {
        const std::string path = stem + ending;
        if (!options.force && ::access(path.c_str(), F_OK) == 0)
            return answer.complain(file_exists, path + " exists and is left as it is");
    }
    answer.replaces(
        options.openssl,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -CA ca.crt "
        "-CAkey ca.key -subj "
            + shell_word("/CN=" + name) + " -addext " + shell_word("subjectAltName=DNS:" + name)
            + " -keyout " + shell_word(stem + ".key") + " -out " + shell_word(stem + ".crt"));
    auto authority = unlocked_authority(options, answer);
    if (!authority) return authority.error();
    const std::string subject = name.size() <= 64 ? "/CN=" + name : "";
    auto issued = issue_for(answer, options, *authority, pki::Role::server, subject, options.words);
    if (!issued) return issued.error();
    auto key = pki::key_to_pem(issued->key, nullptr);
    auto pem = with_chain(issued->certificate, *authority);
    if (!key || !pem) return answer.complain(cannot_write, "the certificate cannot be written");
    if (const int code = write_or_complain(answer, stem + ".key", key->text(), 0600, options.force))
        return code;
    if (const int code = write_or_complain(answer, stem + ".crt", *pem, 0644, options.force))
        return code;
    answer.facts() = pki::describe(issued->certificate, ::time(nullptr));
    answer.facts()["file"] = stem + ".crt";
    answer.facts()["key_file"] = stem + ".key";
    answer.say(stem + ".key: " + pki::key_text(issued->key.get()) + ", mode 0600\n" + stem
               + ".crt: with its chain, " + until(issued->certificate)
               + "\nNext: signet cert install " + shell_word(stem + ".crt")
               + ", where a configuration names its file; or --site site.conf for a new one\n");
    return exit_done;
}

// Four groups of five: 100 bits that can be typed.
Result<pki::Secret> random_phrase()
{
    constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";
    unsigned char bytes[20];
    if (RAND_bytes(bytes, sizeof bytes) != 1) return fail("no random numbers");
    std::string text;
    text.reserve(32);
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i > 0 && i % 5 == 0) text += '-';
        text += letters[bytes[i] % letters.size()];
    }
    pki::Secret phrase{std::string_view(text)};
    pki::wipe(text.data(), text.size());
    pki::wipe(bytes, sizeof bytes);
    return phrase;
}

int issue_client(const CaOptions& options, Answer& answer)
{
    const std::string& name = options.words.front();
    if (name.empty() || name.size() > 64 || name.find_first_of("/\\=,") != name.npos
        || pki::visible(name) != name) {
        return answer.complain(name_invalid,
                               "\"" + pki::visible(name) + "\" cannot be a common name");
    }
    const std::string output = options.output.empty() ? name + ".p12" : options.output;
    if (options.export_phrase_file.empty() && (options.json || output == "-")) {
        return answer.complain(phrase_missing, "a new pass phrase is only shown to a person: give "
                                               "--export-passphrase-file with --json or -o -");
    }
    if (output != "-" && !options.force && ::access(output.c_str(), F_OK) == 0)
        return answer.complain(file_exists, output + " exists and is left as it is");
    answer.replaces(options.openssl, "openssl pkcs12 -export -in client.crt -inkey client.key "
                                     "-certfile ca.crt -out "
                                         + shell_word(output));
    auto authority = unlocked_authority(options, answer);
    if (!authority) return authority.error();
    auto phrase = options.export_phrase_file.empty()
                      ? random_phrase()
                      : PhraseSource(options.export_phrase_file, output).fresh();
    if (!phrase) return answer.complain(phrase.error(), phrase_missing);
    std::vector<std::string> names;
    if (name.find('@') != name.npos) names.push_back(name);
    const std::string subject = options.subject.empty() ? "/CN=" + name : options.subject;
    auto issued = issue_for(answer, options, *authority, pki::Role::client, subject, names);
    if (!issued) return issued.error();
    std::vector<pki::Certificate> chain;
    chain.push_back(pki::share(issued->certificate));
    chain.push_back(pki::share(authority->intermediate()));
    auto bytes = pki::make_pkcs12(issued->key, chain, name, *phrase);
    if (!bytes) return answer.complain(cannot_write, bytes.error().text);
    if (const int code = write_or_complain(answer, output, bytes->text(), 0600, options.force))
        return code;
    answer.facts() = pki::describe(issued->certificate, ::time(nullptr));
    answer.facts()["file"] = output;
    if (output == "-") return exit_done;
    answer.wrote(output, "for the browser of " + name + ", " + until(issued->certificate));
    if (options.export_phrase_file.empty())
        answer.say("its pass phrase: " + std::string(phrase->text()) + "\n");
    return exit_done;
}

// A serial number, or a file with the certificate.
std::expected<std::string, int> serial_of(const std::string& which, Answer& answer)
{
    if (::access(which.c_str(), F_OK) != 0) {
        std::string serial = lowercase(which);
        std::erase(serial, ':');
        return serial;
    }
    auto certificates = pki::load_certificates(which);
    if (!certificates) return std::unexpected(answer.complain(certificates.error(), cannot_read));
    return pki::serial_text(X509_get0_serialNumber(certificates->front().get()));
}

int revoke(const CaOptions& options, Answer& answer)
{
    const auto reason = pki::revocation_reason(options.reason);
    if (!reason) {
        return answer.complain(
            name_invalid, "\"" + pki::visible(options.reason)
                              + "\" is no reason: keyCompromise, superseded, cessationOfOperation, "
                                "affiliationChanged, unspecified");
    }
    answer.replaces(options.openssl, "openssl ca -revoke " + shell_word(options.words.front())
                                         + " -crl_reason " + shell_word(options.reason));
    auto authority = open_authority(options, answer);
    if (!authority) return authority.error();
    const auto serial = serial_of(options.words.front(), answer);
    if (!serial) return serial.error();
    auto done = authority->revoke(*serial, *reason, ::time(nullptr));
    if (!done) {
        answer.complain(certificate_unknown, done.error().text);
        return exit_no;
    }
    answer.facts()["serial"] = *serial;
    answer.facts()["state"] = "revoked";
    answer.facts()["reason"] = options.reason;
    answer.say(*serial + ": revoked (" + options.reason
               + "). Clients learn of it from the next list: signet ca crl\n");
    return exit_done;
}

int write_list(const CaOptions& options, Answer& answer)
{
    answer.replaces(options.openssl, "openssl ca -gencrl -crldays " + std::to_string(options.days)
                                         + " -out " + shell_word(options.output));
    auto authority = unlocked_authority(options, answer);
    if (!authority) return authority.error();
    auto list = authority->make_revocation_list(::time(nullptr), options.days);
    if (!list) return answer.complain(authority_failed, list.error().text);
    if (const auto made = pki::parse_material(*list, options.output, {})) {
        answer.facts() = pki::describe(made->revocation_lists.front().get(), ::time(nullptr));
        answer.facts()["file"] = options.output;
    }
    // A list is made to be replaced.
    if (const int code = write_or_complain(answer, options.output, *list, 0644, true)) return code;
    answer.wrote(options.output, "valid for " + std::to_string(options.days) + " days");
    return exit_done;
}

std::string state_of(const pki::Listed& one, time_t now)
{
    if (one.revoked_at != 0) return "revoked";
    return one.certificate.not_after() < now ? "expired" : "valid";
}

int list_certificates(const CaOptions& options, Answer& answer)
{
    auto authority = open_authority(options, answer);
    if (!authority) return authority.error();
    auto listed = authority->list();
    if (!listed) return answer.complain(authority_failed, listed.error().text);
    const time_t now = ::time(nullptr);
    if (!options.words.empty()) { // one of them, as PEM: the file may have been lost
        for (const auto& one : *listed) {
            if (one.serial != lowercase(options.words.front())) continue;
            const std::string pem = with_chain(one.certificate, *authority).value_or("");
            answer.facts() = pki::describe(one.certificate, now);
            answer.facts()["pem"] = pem;
            answer.say(pem);
            return exit_done;
        }
        answer.complain(certificate_unknown,
                        "no certificate has the serial number " + options.words.front());
        return exit_no;
    }
    auto rows = Facts::array();
    for (const auto& one : *listed) {
        const std::string state = state_of(one, now);
        if (!options.json) {
            const auto colour = state == "valid" ? Colour::green : Colour::red;
            std::string padded = state;
            padded.resize(8, ' ');
            answer.say(one.serial + "  " + coloured(padded, colour) + " "
                       + pki::date_text(one.certificate.not_after()).substr(0, 10) + "  "
                       + one.certificate.subject() + "\n");
            continue;
        }
        Facts row;
        row["serial"] = one.serial;
        row["state"] = state;
        if (one.revoked_at != 0) {
            row["revoked_at"] = pki::date_text(one.revoked_at);
            row["reason"] = pki::revocation_reason(one.reason);
        }
        row["certificate"] = pki::describe(one.certificate, now);
        rows.push_back(std::move(row));
    }
    answer.facts() = std::move(rows);
    return exit_done;
}

int answer_status(const CaOptions& options, Answer& answer)
{
    auto authority = unlocked_authority(options, answer);
    if (!authority) return authority.error();
    const auto listening = [&](const std::string& url) {
        answer.facts()["url"] = url;
        answer.say("OCSP answers at " + url + "\n");
        answer.deliver();
    };
    auto served = serve_status(*authority, options.address, options.port, options.count, listening);
    if (!served) return answer.complain(nobody_listens, served.error().text);
    return exit_done;
}

// One word after "signet ca".
std::pair<CLI::App*, std::shared_ptr<CaOptions>>
add_word(CLI::App& ca, const char* name, const char* what, int& code,
         std::function<int(const CaOptions&, Answer&)> act)
{
    auto* word = ca.add_subcommand(name, what);
    auto options = std::make_shared<CaOptions>();
    options->folder = usual_folder();
    word->add_option("--dir", options->folder, "the authority's folder")->capture_default_str();
    word->add_option("--passphrase-file", options->phrase_file,
                     "pass phrase: first line of this file, or - for standard input");
    word->add_flag("--show-openssl", options->openssl, "print the openssl line this replaces");
    word->add_flag("--json", options->json, "for programs; on standard error with -o -");
    word->callback([options, &code, act = std::move(act), name] {
        Answer answer(std::string("ca ") + name, options->json, options->output);
        code = act(*options, answer);
        answer.deliver();
    });
    return {word, options};
}

void add_days(CLI::App& word, CaOptions& options, int normally)
{
    options.days = normally;
    word.add_option("--days", options.days, "how long it is valid")
        ->check(CLI::Range(1, 3650))
        ->capture_default_str();
}

void add_makers(CLI::App& ca, int& code)
{
    auto [init, plan] =
        add_word(ca, "init", "make an authority: root and intermediate", code, initialise);
    init->add_option("--name", plan->name, "what it is called")->capture_default_str();
    init->add_option("--type", plan->type, "kind of its keys")->capture_default_str();
    init->add_option("--permit", plan->domains, "only for names below this domain")
        ->allow_extra_args(false);
    init->add_option("--crl-url", plan->crl_url, "where the revocation list will be");
    init->add_option("--ocsp-url", plan->ocsp_url, "where status requests are answered");
    init->add_option("--issuer-url", plan->issuer_url, "where intermediate.crt will be");
    init->add_flag("--no-passphrase", plan->no_phrase, "leave its keys unencrypted");

    auto [sign, request] = add_word(ca, "sign", "sign a certificate request", code, sign_request);
    sign->add_option("file", request->words, "the request (CSR)")->required();
    sign->add_option("-o,--output", request->output, "FILE.crt for FILE.csr if not given");
    sign->add_flag("--force", request->force, "replace a file that is there");
    add_days(*sign, *request, 90);

    auto [issue, server] =
        add_word(ca, "issue", "make key and certificate of a server", code, issue_server);
    issue->add_option("name", server->words, "host names and addresses")->required();
    issue->add_option("--type", server->type, "kind of the key")->capture_default_str();
    issue->add_option("-o,--output", server->output, "NAME.key and NAME.crt if not given");
    issue->add_flag("--force", server->force, "replace files that are there");
    add_days(*issue, *server, 90);

    auto [client, person] =
        add_word(ca, "client", "make a certificate for a person's browser", code, issue_client);
    client->add_option("name", person->words, "who it is: a name or an e-mail address")
        ->required()
        ->expected(1);
    client->add_option("--subject", person->subject, "/O=Example/CN=NAME, if more is to be said");
    client->add_option("--type", person->type, "kind of the key")->capture_default_str();
    client->add_option("-o,--output", person->output, "NAME.p12 if not given");
    client->add_option("--export-passphrase-file", person->export_phrase_file,
                       "pass phrase of the .p12 file; a new one is printed if not given");
    client->add_flag("--force", person->force, "replace a file that is there");
    add_days(*client, *person, 365);
}

void add_keepers(CLI::App& ca, int& code)
{
    auto [revoked, which] = add_word(ca, "revoke", "revoke a certificate", code, revoke);
    revoked->add_option("certificate", which->words, "serial number, or the file")
        ->required()
        ->expected(1);
    revoked->add_option("--reason", which->reason, "keyCompromise, superseded, …");

    auto [crl, list] = add_word(ca, "crl", "write the revocation list", code, write_list);
    list->output = "ca.crl";
    crl->add_option("-o,--output", list->output, "file to write")->capture_default_str();
    add_days(*crl, *list, 7);

    auto [listing, shown] = add_word(ca, "list", "list what was signed", code, list_certificates);
    listing->add_option("serial", shown->words, "print this one as PEM")->expected(0, 1);

    auto [ocsp, place] =
        add_word(ca, "ocsp", "answer status requests, for tests", code, answer_status);
    ocsp->add_option("--address", place->address, "where to listen")->capture_default_str();
    ocsp->add_option("--port", place->port, "0: any that is free")->check(CLI::Range(0, 65535));
    ocsp->add_option("--count", place->count, "end after so many answers");
}

} // namespace

void add_ca_verb(CLI::App& app, int& code)
{
    auto* ca = app.add_subcommand("ca", "a small certificate authority");
    ca->require_subcommand(1);
    add_makers(*ca, code);
    add_keepers(*ca, code);
}

} // namespace signet::tools
