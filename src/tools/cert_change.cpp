// signet cert passphrase, convert.
#include "base/file.h"
#include "base/text.h"
#include "pki/issue.h"
#include "pki/material.h"
#include "pki/new_key.h"
#include "pki/pkcs12.h"
#include "tools/answer.h"
#include "tools/cert.h"
#include "tools/console.h"
#include "tools/phrase.h"

#include <nlohmann/json.hpp>
#include <openssl/pem.h>

namespace signet::tools {
namespace {

// Where the one private key of a PEM text stands.
Result<std::pair<size_t, size_t>> find_key(std::string_view text, const std::string& path)
{
    std::optional<std::pair<size_t, size_t>> found;
    for (size_t at = 0; (at = text.find("-----BEGIN ", at)) != text.npos; at++) {
        const size_t line_end = text.find('\n', at);
        if (line_end == text.npos) break;
        std::string_view label = text.substr(at + 11, line_end - at - 11);
        while (label.ends_with('\r') || label.ends_with(' ')) label.remove_suffix(1);
        if (!label.ends_with("PRIVATE KEY-----")) continue;
        label.remove_suffix(5);
        const std::string last = "-----END " + std::string(label) + "-----";
        size_t end = text.find(last, line_end);
        if (end == text.npos) return fail(Error::Kind::malformed, path + ": the key is cut short");
        end += last.size();
        while (end < text.size() && (text[end] == '\r' || text[end] == '\n')) end++;
        if (found) return fail(Error::Kind::malformed, path + ": holds more than one private key");
        found.emplace(at, end - at);
    }
    if (!found) return fail(Error::Kind::not_found, path + ": holds no private key in PEM form");
    return *found;
}

struct Converted {
    pki::Secret bytes{};
    bool is_secret = false;
};

class Converter {
public:
    Converter(const pki::Material& material, const CertOptions& options)
        : material_(material)
        , options_(options)
    {
    }

    Result<Converted> run(const std::string& form)
    {
        if (form == "pem") return to_pem();
        if (form == "der") return to_der();
        if (form == "pkcs7" || form == "p7b") return to_pkcs7();
        if (form == "pkcs12" || form == "p12" || form == "pfx") return to_pkcs12();
        if (form == "pkcs8" || form == "traditional") return to_key(form == "traditional");
        return fail("\"" + pki::visible(form)
                    + "\" is no form: pem, der, pkcs7, pkcs12, pkcs8, traditional");
    }

private:
    static Converted open_text(const std::string& text)
    {
        return {.bytes = pki::Secret(std::string_view(text))};
    }

    Result<Converted> to_pem()
    {
        auto text = pki::to_pem(material_.certificates);
        if (!text) return std::unexpected(text.error());
        for (const auto& request : material_.requests) {
            auto one = pki::to_pem(request.get());
            if (!one) return std::unexpected(one.error());
            *text += *one;
        }
        for (const auto& list : material_.revocation_lists) {
            auto one = pki::written("revocation list", [&](BIO* bio) {
                return PEM_write_bio_X509_CRL(bio, list.get());
            });
            if (!one) return std::unexpected(one.error());
            *text += *one;
        }
        for (const auto& key : material_.public_keys) {
            auto one = pki::written("public key",
                                    [&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key.get()); });
            if (!one) return std::unexpected(one.error());
            *text += *one;
        }
        Converted converted{.is_secret = !material_.keys.empty()};
        for (const auto& key : material_.keys) {
            auto one = pki::key_to_pem(key, nullptr);
            if (!one) return std::unexpected(one.error());
            *text += one->text();
        }
        converted.bytes = pki::Secret(std::string_view(*text));
        pki::wipe(text->data(), text->size());
        return converted;
    }

    // DER has room for one object: a certificate before all.
    Result<Converted> to_der()
    {
        if (!material_.certificates.empty()) return open_text(material_.certificates.front().der());
        if (!material_.keys.empty()) {
            auto der = pki::key_to_der(material_.keys.front());
            if (!der) return std::unexpected(der.error());
            return Converted{.bytes = std::move(*der), .is_secret = true};
        }
        auto text = pki::written("conversion", [&](BIO* bio) {
            if (!material_.requests.empty())
                return i2d_X509_REQ_bio(bio, material_.requests.front().get());
            if (!material_.revocation_lists.empty())
                return i2d_X509_CRL_bio(bio, material_.revocation_lists.front().get());
            return i2d_PUBKEY_bio(bio, material_.public_keys.front().get());
        });
        if (!text) return std::unexpected(text.error());
        return open_text(*text);
    }

    // As `openssl crl2pkcs7 -nocrl` makes it: signed data without a signature.
    Result<Converted> to_pkcs7()
    {
        if (material_.certificates.empty()) return fail("there is no certificate to put in PKCS#7");
        const pki::Pkcs7Ptr pkcs7(PKCS7_new());
        if (!pkcs7 || PKCS7_set_type(pkcs7.get(), NID_pkcs7_signed) != 1
            || PKCS7_content_new(pkcs7.get(), NID_pkcs7_data) != 1)
            return pki::fail_openssl("PKCS#7");
        PKCS7_set_detached(pkcs7.get(), 1);
        for (const auto& one : material_.certificates) {
            if (PKCS7_add_certificate(pkcs7.get(), one.get()) != 1)
                return pki::fail_openssl("PKCS#7");
        }
        auto text =
            pki::written("PKCS#7", [&](BIO* bio) { return PEM_write_bio_PKCS7(bio, pkcs7.get()); });
        if (!text) return std::unexpected(text.error());
        return open_text(*text);
    }

    Result<Converted> to_pkcs12()
    {
        std::optional<pki::PrivateKey> loaded;
        const pki::PrivateKey* key = material_.keys.empty() ? nullptr : &material_.keys.front();
        if (!options_.key.empty()) {
            const PhraseSource phrases(options_.phrase_file, options_.key);
            auto read = pki::PrivateKey::load(options_.key, phrases.asker());
            if (!read) return std::unexpected(read.error());
            key = &loaded.emplace(std::move(*read));
        }
        if (!key) return fail("PKCS#12 needs the key: give it with --key");
        if (material_.certificates.empty() || !key->matches(material_.certificates.front()))
            return fail("the key is not that of the first certificate");
        auto phrase = PhraseSource(options_.new_phrase_file, options_.output).fresh();
        if (!phrase) return std::unexpected(phrase.error());
        auto bytes = pki::make_pkcs12(*key, material_.certificates,
                                      material_.certificates.front().common_name(), *phrase);
        if (!bytes) return std::unexpected(bytes.error());
        return Converted{.bytes = std::move(*bytes), .is_secret = true};
    }

    Result<Converted> to_key(bool traditional)
    {
        if (material_.keys.empty()) return fail("there is no private key");
        std::optional<pki::Secret> phrase;
        if (!options_.new_phrase_file.empty()) {
            auto fresh = PhraseSource(options_.new_phrase_file, options_.output).fresh();
            if (!fresh) return std::unexpected(fresh.error());
            phrase.emplace(std::move(*fresh));
        }
        auto bytes = pki::key_to_pem(material_.keys.front(), phrase ? &*phrase : nullptr,
                                     traditional ? pki::KeyForm::traditional : pki::KeyForm::pkcs8);
        if (!bytes) return std::unexpected(bytes.error());
        return Converted{.bytes = std::move(*bytes), .is_secret = true};
    }

    const pki::Material& material_;
    const CertOptions& options_;
};

// The form that the name of the result suggests.
std::string form_of(const CertOptions& options)
{
    if (!options.to.empty()) return lowercase(options.to);
    const auto dot = options.output.rfind('.');
    const std::string ending =
        dot == options.output.npos ? "" : lowercase(options.output.substr(dot));
    if (ending == ".der" || ending == ".cer") return "der";
    if (ending == ".p12" || ending == ".pfx") return "pkcs12";
    if (ending == ".p7b" || ending == ".p7c") return "pkcs7";
    return "pem";
}

std::string openssl_convert_line(const pki::Material& material, const std::string& form,
                                 const CertOptions& options)
{
    const std::string in = " -in " + shell_word(options.words.front()),
                      out = " -out " + shell_word(options.output);
    const std::string from = material.form == "DER" ? " -inform DER" : "";
    const std::string to = form == "der" ? " -outform DER" : "";
    if (form == "pkcs12") {
        return "openssl pkcs12 -export" + in
               + (options.key.empty() ? "" : " -inkey " + shell_word(options.key)) + out;
    }
    if (form == "pkcs7")
        return "openssl crl2pkcs7 -nocrl -certfile " + shell_word(options.words.front()) + out;
    if (form == "traditional") return "openssl pkey -traditional" + in + from + out;
    if (form == "pkcs8") return "openssl pkcs8 -topk8 -nocrypt" + in + from + out;
    if (material.form == "PKCS#12") return "openssl pkcs12 -nodes" + in + out;
    if (material.form == "PKCS#7") return "openssl pkcs7 -print_certs" + in + out;
    const char* program = !material.certificates.empty()       ? "x509"
                          : !material.keys.empty()             ? "pkey"
                          : !material.requests.empty()         ? "req"
                          : !material.revocation_lists.empty() ? "crl"
                                                               : "pkey -pubin";
    return std::string("openssl ") + program + from + in + to + out;
}

} // namespace

int change_pass_phrase(const CertOptions& options, Answer& answer)
{
    if (options.words.size() != 1) return answer.complain(cannot_read, "one key at a time");
    const std::string& path = options.words.front();
    answer.replaces(options.openssl, "openssl pkey -in " + shell_word(path)
                                         + (options.remove ? "" : " -aes256") + " -out "
                                         + shell_word(path + ".new") + " && mv "
                                         + shell_word(path + ".new") + " " + shell_word(path));
    auto text = read_file(path, size_t{16} << 20);
    if (!text) return answer.complain(text.error(), cannot_read);
    const auto place = find_key(*text, path);
    if (!place) return answer.complain(place.error(), cannot_read);
    const PhraseSource old(options.phrase_file, path);
    auto key = pki::PrivateKey::parse(*text, path, old.asker());
    if (!key) return answer.complain(key.error(), cannot_read);
    std::optional<pki::Secret> phrase;
    if (!options.remove) {
        auto fresh = PhraseSource(options.new_phrase_file, path).fresh();
        if (!fresh) return answer.complain(fresh.error(), phrase_missing);
        phrase.emplace(std::move(*fresh));
    }
    auto pem = pki::key_to_pem(*key, phrase ? &*phrase : nullptr);
    if (!pem) return answer.complain(conversion_impossible, pem.error().text);
    std::string changed = text->substr(0, place->first);
    changed += pem->text();
    changed += text->substr(place->first + place->second);
    auto written = replace_file(path, changed, 0600);
    pki::wipe(changed.data(), changed.size());
    pki::wipe(text->data(), text->size());
    if (!written) return answer.complain(cannot_write, written.error().text);
    answer.facts() = pki::describe(*key);
    answer.facts()["file"] = path;
    answer.facts()["encrypted"] = !options.remove;
    answer.wrote(path, options.remove ? "not encrypted any more; only its owner may read it"
                                      : "encrypted under the new pass phrase");
    return exit_done;
}

int convert_file(const CertOptions& options, Answer& answer)
{
    if (options.words.size() != 1) return answer.complain(cannot_read, "one file at a time");
    const PhraseSource phrases(options.phrase_file, options.words.front());
    auto material = pki::load_material(options.words.front(), phrases.asker());
    if (!material) return answer.complain(material.error(), cannot_read);
    const std::string form = form_of(options);
    answer.replaces(options.openssl, openssl_convert_line(*material, form, options));
    auto converted = Converter(*material, options).run(form);
    if (!converted) return answer.complain(converted.error(), conversion_impossible);
    auto written = write_new(options.output, converted->bytes.text(),
                             converted->is_secret ? 0600 : 0644, options.force);
    if (!written) {
        return answer.complain_of_writing(written.error());
    }
    answer.facts()["file"] = options.output;
    answer.facts()["form"] = form;
    answer.facts()["from"] = pki::describe(*material, ::time(nullptr));
    answer.wrote(options.output, "written as " + form);
    return exit_done;
}

} // namespace signet::tools
