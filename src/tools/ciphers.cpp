#include "tools/ciphers.h"

#include "base/text.h"
#include "modules/mod_ssl/config.h"
#include "pki/describe.h"
#include "pki/openssl.h"
#include "tls/names.h"
#include "tls/policy.h"
#include "tools/answer.h"
#include "tools/console.h"
#include "tools/grade/cipher_string.h"
#include "tools/grade/suites.h"
#include "tools/style.h"
#include "tools/vhost_files.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

namespace signet::tools {
namespace {

// What SSLCipherSuite appends (tls/policy.cpp) is no word of the administrator's.
constexpr std::string_view appended = ":!aNULL:!eNULL:!EXP:!RC4:!SSLv2";

// One suite, in the columns of `openssl ciphers -v`.
struct Row {
    std::string name{}, standard{}, protocol{}, exchange{}, authentication{}, encryption{}, mac{};
    grade::Suite facts{};

    // What it takes to use them is not to be had here.
    [[nodiscard]] bool is_unusable() const
    {
        return exchange.contains("PSK") || exchange.contains("SRP") || authentication == "DSS";
    }
    // What a person should know before offering it.
    [[nodiscard]] std::string remark() const
    {
        if (is_unusable()) return "needs a shared key, an SRP password or a DSA key";
        std::string text = facts.forward_secrecy ? "" : "no forward secrecy";
        if (!facts.aead) text += std::string(text.empty() ? "" : ", ") + "CBC (no AEAD)";
        return text;
    }
};

struct Removed {
    std::string name{}, why{};
};

struct Expansion {
    std::vector<Row> tls13{}, older{};
    std::vector<Removed> removed{};
    std::vector<grade::IdleToken> idle{};
};

// "Kx=ECDH": SSL_CIPHER_description(3).
std::string field(const std::vector<std::string_view>& words, std::string_view label)
{
    for (const auto word : words) {
        if (word.starts_with(label)) return std::string(word.substr(label.size()));
    }
    return "";
}

Row row_of(const SSL_CIPHER* cipher)
{
    char text[256] = "";
    SSL_CIPHER_description(cipher, text, sizeof text);
    const auto words = split_words(text);
    const char* standard = SSL_CIPHER_standard_name(cipher);
    Row row{.name = SSL_CIPHER_get_name(cipher),
            .standard = standard ? standard : "",
            .protocol = SSL_CIPHER_get_version(cipher),
            .exchange = field(words, "Kx="),
            .authentication = field(words, "Au="),
            .encryption = field(words, "Enc="),
            .mac = field(words, "Mac="),
            .facts = grade::suite_of(SSL_CIPHER_get_protocol_id(cipher))};
    if (row.protocol == "TLSv1.0" || row.protocol == "SSLv3") row.protocol += "+"; // and all later
    if (row.exchange == "ECDH" && row.facts.forward_secrecy) row.exchange = "ECDHE";
    if (row.exchange == "DH" && row.facts.forward_secrecy) row.exchange = "DHE";
    return row;
}

void append_rows(SSL_CTX* context, bool tls13, std::vector<Row>& rows)
{
    const auto* ciphers = SSL_CTX_get_ciphers(context);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
        auto row = row_of(sk_SSL_CIPHER_value(ciphers, i));
        if (row.facts.tls13 == tls13) rows.push_back(std::move(row));
    }
}

std::string why_removed(uint16_t number)
{
    const auto why = tls::suite_weakness(number);
    return why.empty() ? "not authenticated, or broken" : std::string(why);
}

// Suites that the list asks for by itself and does not get.
std::vector<Removed> removed_from(const std::string& written, const std::vector<Row>& served)
{
    std::vector<Removed> removed;
    const auto add = [&](const std::string& name, const std::string& why) {
        const bool is_served =
            std::ranges::any_of(served, [&](const Row& row) { return row.name == name; });
        const bool is_there =
            std::ranges::any_of(removed, [&](const Removed& one) { return one.name == name; });
        if (!is_served && !is_there) removed.push_back({name, why});
    };
    for (const uint16_t number : grade::broken_suites_of(written))
        add(grade::suite_name(number), why_removed(number));
    for (const auto& name : tls::expand_cipher_list(written)) add(name, "anonymous, or NULL");
    return removed;
}

Result<Expansion> expand(const std::string& written, const std::string& served,
                         const std::string& tls13)
{
    const pki::SslContextPtr context(SSL_CTX_new(TLS_server_method()));
    if (!context || SSL_CTX_set_ciphersuites(context.get(), tls13.c_str()) != 1
        || SSL_CTX_set_cipher_list(context.get(), served.c_str()) != 1) {
        return fail("OpenSSL refuses the list: " + pki::drain_errors());
    }
    Expansion expansion;
    append_rows(context.get(), true, expansion.tls13);
    append_rows(context.get(), false, expansion.older);
    expansion.removed = removed_from(written, expansion.older);
    expansion.idle = grade::idle_tokens(written);
    return expansion;
}

std::string padded(std::string text, size_t width)
{
    text.resize(std::max(text.size() + 1, width), ' ');
    return text;
}

std::string text_of(const Row& row)
{
    const auto remark = row.remark();
    std::string line = "  " + padded(row.name, 32) + padded(row.protocol, 9)
                       + padded(row.exchange, 8) + padded(row.authentication, 7)
                       + padded(row.encryption, 24)
                       + (remark.empty() ? row.mac : padded(row.mac, 8));
    if (!remark.empty()) line += coloured(remark, Colour::yellow);
    return line + "\n";
}

std::string text_of(const Expansion& expansion)
{
    std::string out = "  " + padded("suite", 32) + padded("protocol", 9) + padded("key", 8)
                      + padded("proof", 7) + padded("encryption", 24) + "integrity\n";
    out += "TLS 1.3 (SSLCipherSuite TLSv1.3 LIST; a list without TLSv1.3 has no say in it):\n";
    for (const auto& row : expansion.tls13) out += text_of(row);
    out += "TLS 1.2 and older, in the order of the list:\n";
    std::string unusable;
    for (const auto& row : expansion.older) {
        if (row.is_unusable())
            unusable += (unusable.empty() ? "" : " ") + row.name;
        else
            out += text_of(row);
    }
    if (!unusable.empty()) {
        out += "Never chosen, since they need a shared key, an SRP password or a DSA key:\n"
               + paragraph("", unusable, 2);
    }
    if (!expansion.removed.empty()) out += "Asked for and never served:\n";
    for (const auto& one : expansion.removed)
        out += "  " + padded(one.name, 32) + coloured(one.why, Colour::red) + "\n";
    if (!expansion.idle.empty()) out += "Words without effect:\n";
    for (const auto& one : expansion.idle) out += "  " + padded(one.token, 32) + one.reason + "\n";
    return out;
}

pki::Facts facts_of(const Row& row)
{
    pki::Facts facts;
    facts["name"] = row.name;
    facts["standard_name"] = row.standard;
    facts["protocol"] = row.protocol;
    facts["key_exchange"] = row.exchange;
    facts["authentication"] = row.authentication;
    facts["encryption"] = row.encryption;
    facts["mac"] = row.mac;
    facts["bits"] = row.facts.bits;
    facts["forward_secrecy"] = row.facts.forward_secrecy;
    facts["aead"] = row.facts.aead;
    facts["remark"] = row.remark();
    return facts;
}

pki::Facts facts_of(const std::string& written, const Expansion& expansion)
{
    pki::Facts facts;
    facts["list"] = written;
    facts["suites"] = pki::Facts::array();
    for (const auto* rows : {&expansion.tls13, &expansion.older}) {
        for (const auto& row : *rows) facts["suites"].push_back(facts_of(row));
    }
    facts["removed"] = pki::Facts::array();
    for (const auto& one : expansion.removed) {
        facts["removed"].push_back({{"name", one.name}, {"reason", one.why}});
    }
    facts["without_effect"] = pki::Facts::array();
    for (const auto& one : expansion.idle) {
        facts["without_effect"].push_back({{"word", one.token}, {"reason", one.reason}});
    }
    return facts;
}

// The lists of a virtual host as they were written; nothing written leaves `lists` alone.
std::optional<int> take_from_vhost(const CiphersRequest& request, std::string& list,
                                   std::string& tls13, Answer& answer)
{
    const auto read = read_configuration(request.configuration);
    if (!read) return answer.complain(configuration_unreadable, read.error().text);
    const auto vhost = find_vhost(*read->configuration, request.vhost);
    if (!vhost) return answer.complain(no_such_vhost, vhost.error().text);
    const auto* module = read->configuration->find_module("ssl_module");
    const auto* base = (*vhost)->base.get();
    if (!module || !base) return std::nullopt;
    const auto* config = static_cast<const mod_ssl::Config*>(base->config(module->index));
    if (!config) return std::nullopt;
    if (config->cipher_suites) tls13 = *config->cipher_suites;
    if (!config->cipher_list) return std::nullopt;
    list = *config->cipher_list;
    if (list.ends_with(appended)) list.resize(list.size() - appended.size());
    return std::nullopt;
}

int answer_with_list(const CiphersRequest& request, Answer& answer)
{
    std::string written = request.list.empty() ? tls::defaults::cipher_list : request.list;
    std::string tls13 = tls::defaults::cipher_suites;
    if (!request.vhost.empty()) {
        if (const auto code = take_from_vhost(request, written, tls13, answer)) return *code;
    }
    answer.replaces(request.openssl, "openssl ciphers -v " + shell_word(written));
    pki::Problems problems;
    const std::string_view words[] = {written};
    const auto served = tls::parse_cipher_suites(words, problems);
    for (const auto& problem : problems) {
        answer.complain(problem.id, problem.message + " " + problem.cause);
        return exit_no;
    }
    const auto expansion = expand(written, served.list, tls13);
    if (!expansion) return answer.complain(tls::ciphers_invalid, expansion.error().text);
    answer.say(text_of(*expansion));
    answer.facts() = facts_of(written, *expansion);
    return exit_done;
}

} // namespace

int list_ciphers(const CiphersRequest& request)
{
    Answer answer("ciphers", request.json);
    const int code = answer_with_list(request, answer);
    answer.deliver();
    return code;
}

void add_ciphers_verb(CLI::App& app, int& code)
{
    auto* ciphers =
        app.add_subcommand("ciphers", "say what a cipher string comes to, suite by suite");
    auto request = std::make_shared<CiphersRequest>();
    ciphers->add_option("list", request->list,
                        "as in SSLCipherSuite; else what is served when nothing is said");
    ciphers->add_option("--vhost", request->vhost, "the list of this virtual host");
    ciphers->add_option("-f", request->configuration.file, "the configuration");
    ciphers->add_option("-d", request->configuration.root, "its ServerRoot");
    ciphers->add_flag("-v", request->verbose, "as openssl ciphers -v, which this always does");
    ciphers->add_flag("--json", request->json, "for programs");
    ciphers->add_flag("--show-openssl", request->openssl, "print the openssl line this replaces");
    ciphers->callback([request, &code] { code = list_ciphers(*request); });
}

} // namespace signet::tools
