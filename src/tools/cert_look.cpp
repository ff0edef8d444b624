// signet cert show, match, verify, chain.
#include "pki/chain.h"
#include "pki/describe.h"
#include "pki/fetch.h"
#include "pki/issue.h"
#include "pki/new_key.h"
#include "tls/probe.h"
#include "tools/answer.h"
#include "tools/cert.h"
#include "tools/console.h"
#include "tools/phrase.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace signet::tools {
namespace {

using pki::Facts;

std::string facts_with_colour(const std::string& text)
{
    // What needs attention is under "notes" and "remarks".
    std::string out;
    size_t at = 0;
    bool noting = false;
    while (at < text.size()) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at);
        const size_t word = line.find_first_not_of(' ');
        if (word != line.npos && word < 20)
            noting = line.compare(word, 5, "notes") == 0 || line.compare(word, 7, "remarks") == 0;
        out += noting ? coloured(line, Colour::yellow) : line;
        out += '\n';
        at = end + 1;
    }
    return out;
}

Result<pki::Material> look_at(const std::string& name, const CertOptions& options)
{
    const bool is_file = name == "-" || ::access(name.c_str(), F_OK) == 0;
    const bool is_place = !is_file && name.find('/') == name.npos && name.rfind(':') != name.npos;
    if (!is_place) {
        const PhraseSource phrases(options.phrase_file, name);
        return pki::load_material(name, phrases.asker());
    }
    auto target = tls::parse_probe_target(name);
    if (!target) return std::unexpected(target.error());
    target->only_handshake = true;
    auto seen = tls::probe(*target);
    if (!seen) return std::unexpected(seen.error());
    if (seen->chain.empty())
        return fail(name + ": " + (seen->failure.empty() ? "no certificate" : seen->failure));
    pki::Material material{.path = name, .form = seen->version + " handshake"};
    material.certificates = std::move(seen->chain);
    return material;
}

std::string openssl_show_line(const pki::Material& material)
{
    const std::string file = shell_word(material.path);
    const std::string form = material.form == "DER" ? " -inform DER" : "";
    if (material.form.ends_with("handshake"))
        return "openssl s_client -connect " + file + " -showcerts";
    if (material.form == "PKCS#12") return "openssl pkcs12 -info -nokeys -in " + file;
    if (material.form == "PKCS#7") return "openssl pkcs7 -print_certs -text -noout -in " + file;
    if (!material.certificates.empty()) return "openssl x509 -noout -text -in " + file + form;
    if (!material.requests.empty()) return "openssl req -noout -text -in " + file + form;
    if (!material.revocation_lists.empty()) return "openssl crl -noout -text -in " + file + form;
    if (!material.keys.empty()) return "openssl pkey -noout -text -in " + file + form;
    return "openssl pkey -pubin -noout -text -in " + file + form;
}

// The public keys in a file that have to fit: that of a chain is its leaf's.
std::vector<std::pair<std::string, EVP_PKEY*>> keys_of(const pki::Material& material)
{
    std::vector<std::pair<std::string, EVP_PKEY*>> keys;
    if (!material.certificates.empty())
        keys.emplace_back("certificate", X509_get0_pubkey(material.certificates.front().get()));
    for (const auto& key : material.keys) keys.emplace_back("private key", key.get());
    for (const auto& key : material.public_keys) keys.emplace_back("public key", key.get());
    for (const auto& request : material.requests)
        keys.emplace_back("request", X509_REQ_get0_pubkey(request.get()));
    return keys;
}

// Every certificate of some files, or an exit status.
std::expected<std::vector<pki::Certificate>, int>
certificates_of(const std::vector<std::string>& files, const CertOptions& options, Answer& answer)
{
    std::vector<pki::Certificate> all;
    for (const auto& file : files) {
        auto material = look_at(file, options);
        if (!material) return std::unexpected(answer.complain(material.error(), cannot_read));
        if (material->certificates.empty())
            return std::unexpected(answer.complain(nothing_known, file + ": holds no certificate"));
        for (auto& one : material->certificates) all.push_back(std::move(one));
    }
    return all;
}

} // namespace

int show_files(const CertOptions& options, Answer& answer)
{
    int code = exit_done;
    auto& all = answer.facts() = Facts::array();
    for (const auto& file : options.words) {
        auto material = look_at(file, options);
        if (!material) {
            code = answer.complain(material.error(), cannot_read);
            if (options.json) all.push_back({{"file", file}, {"error", answer.take_error()}});
            continue;
        }
        show_openssl(options.openssl && !options.json, openssl_show_line(*material));
        auto facts = pki::describe(*material, ::time(nullptr));
        if (options.json) {
            if (options.openssl) facts["openssl"] = openssl_show_line(*material);
            all.push_back(std::move(facts));
        } else {
            answer.say(facts_with_colour(pki::facts_text(facts, 0)) + "\n");
        }
    }
    return code;
}

int match_files(const CertOptions& options, Answer& answer)
{
    std::string first;
    bool all_equal = true;
    size_t count = 0;
    auto rows = Facts::array();
    for (const auto& file : options.words) {
        auto material = look_at(file, options);
        if (!material) return answer.complain(material.error(), cannot_read);
        for (const auto& [what, key] : keys_of(*material)) {
            answer.replaces(options.openssl,
                            std::string("openssl ")
                                + (what == "certificate"   ? "x509 -noout -pubkey -in "
                                   : what == "request"     ? "req -noout -pubkey -in "
                                   : what == "private key" ? "pkey -pubout -in "
                                                           : "pkey -pubin -pubout -in ")
                                + shell_word(file) + " | openssl sha256");
            const std::string digest = pki::public_key_digest(key);
            if (first.empty()) first = digest;
            const bool fits = !digest.empty() && digest == first;
            all_equal = all_equal && fits;
            count++;
            Facts row;
            row["file"] = file;
            row["holds"] = what;
            row["key"] = pki::key_text(key);
            row["key_sha256"] = digest;
            rows.push_back(row);
            answer.say(coloured(fits ? "same " : "OTHER", fits ? Colour::green : Colour::red) + "  "
                       + digest.substr(0, 16) + "  " + pki::key_text(key) + "  " + what + " " + file
                       + "\n");
        }
    }
    if (count < 2)
        return answer.complain(nothing_known, "there are not two keys to compare in these files");
    answer.facts()["match"] = all_equal;
    answer.facts()["keys"] = std::move(rows);
    if (all_equal) return exit_done;
    answer.complain(do_not_match, "these do not belong together");
    return exit_no;
}

int verify_files(const CertOptions& options, Answer& answer)
{
    const time_t now = ::time(nullptr);
    pki::Trust trust{.host = options.host, .for_client = options.for_client};
    if (!options.at.empty()) {
        auto at = pki::parse_date(options.at, now);
        if (!at) return answer.complain(date_invalid, at.error().text);
        trust.at = *at;
    }
    auto given = certificates_of(options.words, options, answer);
    if (!given) return given.error();
    if (!options.authorities.empty()) {
        auto roots = certificates_of({options.authorities}, options, answer);
        if (!roots) return roots.error();
        trust.roots = std::move(*roots);
    }
    std::optional<pki::Material> lists;
    if (!options.revocation_list.empty()) {
        auto read = look_at(options.revocation_list, options);
        if (!read) return answer.complain(read.error(), cannot_read);
        lists.emplace(std::move(*read));
        for (const auto& list : lists->revocation_lists) trust.revoked.push_back(list.get());
    }
    std::string line = "openssl verify";
    if (!options.authorities.empty()) line += " -CAfile " + shell_word(options.authorities);
    if (!options.host.empty()) line += " -verify_hostname " + shell_word(options.host);
    if (trust.at != 0) line += " -attime " + std::to_string(trust.at);
    if (lists) line += " -crl_check -CRLfile " + shell_word(options.revocation_list);
    for (size_t i = 0; i < options.words.size(); i++)
        line += " -untrusted " + shell_word(options.words[i]);
    answer.replaces(options.openssl, line + " " + shell_word(options.words.front()));

    const auto verdict = pki::verify_chain(given->front(), *given, trust);
    const time_t at = trust.at ? trust.at : now;
    auto& facts = answer.facts();
    facts["trusted"] = verdict.trusted;
    facts["at"] = pki::date_text(at);
    if (!verdict.trusted) facts["reason"] = verdict.reason;
    facts["depth"] = verdict.depth;
    facts["path"] = verdict.path;
    for (size_t i = 0; i < verdict.path.size(); i++)
        answer.say("  " + std::to_string(i) + " " + verdict.path[i] + "\n");
    if (verdict.trusted) {
        answer.say(coloured("trusted", Colour::green) + " at " + pki::date_text(at) + "\n");
        return exit_done;
    }
    answer.complain(not_verified, verdict.reason + " (certificate " + std::to_string(verdict.depth)
                                      + " of the chain, at " + pki::date_text(at) + ")");
    return exit_no;
}

int arrange_files(const CertOptions& options, Answer& answer)
{
    auto given = certificates_of(options.words, options, answer);
    if (!given) return given.error();
    auto more = certificates_of(options.with, options, answer);
    if (!more) return more.error();
    answer.replaces(options.openssl, "openssl crl2pkcs7 -nocrl -certfile "
                                         + shell_word(options.words.front())
                                         + " | openssl pkcs7 -print_certs -noout");
    const pki::FetchIssuer fetch = options.fetch
                                       ? [](const std::string& url) { return pki::fetch_url(url); }
                                       : pki::FetchIssuer();
    const auto chain = pki::arrange_chain(*given, *more, fetch);
    auto pem = pki::to_pem(chain.certificates);
    if (!pem) return answer.complain(cannot_write, pem.error().text);
    auto& facts = answer.facts();
    facts["complete"] = chain.complete;
    auto subjects = Facts::array();
    for (const auto& one : chain.certificates) subjects.push_back(one.subject());
    facts["chain"] = subjects;
    facts["remarks"] = chain.remarks;
    if (!chain.missing.empty()) facts["missing"] = chain.missing;
    for (size_t i = 0; i < chain.certificates.size(); i++)
        answer.say("  " + std::to_string(i) + " " + chain.certificates[i].subject() + "\n");
    for (const auto& remark : chain.remarks) answer.say("note: " + remark + "\n");
    if (chain.remarks.empty()) answer.say("nothing was wrong\n");
    if (!options.output.empty()) {
        if (auto written = write_new(options.output, *pem, 0644, options.force); !written) {
            return answer.complain_of_writing(written.error());
        }
    }
    if (chain.complete) return exit_done;
    answer.complain(
        chain_has_gap,
        "the certificate of " + chain.missing + " is missing"
            + (chain.missing_url.empty() ? "" : "; it should be at " + chain.missing_url));
    return exit_no;
}

} // namespace signet::tools
