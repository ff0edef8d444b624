#include "tools/probe.h"

#include "base/text.h"
#include "diagnosis/catalogue.h"
#include "pki/describe.h"
#include "pki/new_key.h"
#include "tls/probe_failure.h"
#include "tools/answer.h"
#include "tools/console.h"
#include "tools/phrase.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace signet::tools {
namespace {

using pki::Facts;
using tls::ProbeResult;

struct Wanted {
    std::string target{}, connect{}, phrase_file{};
    tls::ProbeOptions options{};
    int timeout = 10;
    bool json = false, state = false, message = false, debug = false, openssl = false;
    bool v10 = false, v11 = false, v12 = false, v13 = false;
    bool ssl3 = false, done_anyway = false; // of s_client, with nothing to do here
};

std::string milliseconds(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.1f ms", value);
    return text;
}

std::string version_verdict(const ProbeResult& seen)
{
    if (seen.version == "TLSv1.3" || seen.version == "TLSv1.2") return seen.version;
    return seen.version + " (obsolete: browsers refuse it)";
}

// What HSTS says in words.   RFC 6797 §6.1
std::string hsts_verdict(const std::string& field)
{
    if (field.empty()) return "none: a browser may be led to http:// again";
    const size_t at = ifind(field, "max-age=");
    std::string_view digits = at == std::string::npos ? "" : std::string_view(field).substr(at + 8);
    if (digits.starts_with('"')) digits.remove_prefix(1);
    digits = digits.substr(0, digits.find_first_not_of("0123456789"));
    const auto age = parse_number<uint64_t>(digits);
    if (!age) return field + " (no max-age: has no effect)";
    if (*age == 0) return field + " (switched off)";
    return field + (*age < 15768000 ? " (shorter than half a year)" : "");
}

// RFC 8446 §8
std::string early_data_verdict(uint32_t bytes)
{
    if (bytes == 0) return "not taken";
    return "up to " + std::to_string(bytes)
           + " bytes are taken before the handshake is over (SSLEarlyData): who records such a "
             "request can send it again";
}

Facts chain_facts(const ProbeResult& seen)
{
    auto chain = Facts::array();
    const time_t now = ::time(nullptr);
    for (size_t i = 0; i < seen.chain.size(); i++) {
        const auto& one = seen.chain[i];
        auto all = pki::describe(one, now);
        Facts row;
        row["number"] = i;
        for (const char* name : {"subject", "issuer", "names", "not_before", "not_after",
                                 "days_left", "key", "signature", "notes"}) {
            if (all.contains(name) && !(i > 0 && std::string_view(name) == "names"))
                row[name] = all[name];
        }
        if (i > 0 && !seen.chain[i - 1].may_be_issued_by(one))
            row["order"] = "did not issue the certificate before it";
        if (one.is_self_issued() && seen.chain.size() > 1)
            row["order"] = "a root, which need not be sent";
        chain.push_back(std::move(row));
    }
    return chain;
}

// The whole report; what is not known is left out.
Facts facts_of(const ProbeResult& seen, const std::string& name)
{
    Facts facts;
    if (!seen.address.empty()) facts["address"] = seen.address;
    if (!seen.version.empty()) {
        facts["version"] = version_verdict(seen);
        facts["cipher"] = seen.cipher;
        facts["group"] = seen.group;
        if (!seen.signature.empty()) facts["signature"] = seen.signature;
        facts["alpn"] = seen.alpn.empty() ? "none" : seen.alpn;
        if (seen.resumption_tried)
            facts["http2"] = seen.alpn_offered_h2 == "h2" ? "chosen when it is offered" : "no";
        facts["name"] =
            name + (seen.name_fits ? " is in the certificate" : " is NOT in the certificate");
        facts["trusted"] = seen.verdict.trusted;
        if (!seen.verdict.trusted) facts["reason"] = tls::explain_distrust(seen, name).text;
        facts["stapled_status"] = seen.staple;
        facts["resumption"] = !seen.resumption_tried ? "not tried"
                              : seen.resumed         ? "works"
                                                     : "does not work";
        if (seen.resumption_tried) facts["early_data"] = early_data_verdict(seen.early_data);
        if (seen.client_certificate_asked)
            facts["client_certificate"] = seen.client_certificate_sent
                                              ? "asked for, and sent"
                                              : "asked for; none was sent (-cert, -key)";
    }
    if (seen.status != 0) {
        facts["answer"] = seen.status_line;
        if (!seen.server.empty()) facts["server"] = seen.server;
        if (!seen.location.empty()) facts["leads_to"] = seen.location;
        facts["hsts"] = hsts_verdict(seen.hsts);
    } else if (seen.alpn == "h2") {
        facts["answer"] = "not asked for: the server chose HTTP/2 (-alpn), probe asks by HTTP/1.1";
    }
    if (!seen.failure.empty()) {
        facts["failure"] = seen.failure;
        facts["failure_id"] = diagnosis::name(seen.failure_id);
    }
    if (seen.stage > ProbeResult::Stage::options)
        facts["time_to_resolve"] = milliseconds(seen.resolve_ms);
    if (seen.stage > ProbeResult::Stage::connect) {
        facts["time_to_connect"] = milliseconds(seen.connect_ms);
        if (!seen.version.empty()) facts["time_of_handshake"] = milliseconds(seen.handshake_ms);
        if (seen.first_byte_ms > 0) facts["time_to_first_byte"] = milliseconds(seen.first_byte_ms);
    }
    facts["chain"] = chain_facts(seen);
    return facts;
}

int verdict_of(const ProbeResult& seen, const std::string& name, Answer& answer)
{
    if (seen.stage != ProbeResult::Stage::done) {
        answer.complain(seen.failure_id, seen.failure);
        return seen.stage == ProbeResult::Stage::request ? exit_no : exit_failed;
    }
    const auto distrust = tls::explain_distrust(seen, name);
    if (distrust.id == 0) return exit_done;
    answer.complain(distrust.id, distrust.text);
    return exit_no;
}

std::string openssl_line(const Wanted& wanted, const tls::ProbeOptions& options)
{
    std::string line =
        "openssl s_client -connect "
        + shell_word(
            (options.host.find(':') != std::string::npos ? "[" + options.host + "]" : options.host)
            + ":" + std::to_string(options.port))
        + " -servername "
        + shell_word(options.server_name.empty() ? options.host : options.server_name)
        + " -status -showcerts";
    if (wanted.v12) line += " -tls1_2";
    if (wanted.v13) line += " -tls1_3";
    if (!options.authorities.empty()) line += " -CAfile " + shell_word(options.authorities);
    const std::pair<std::string_view, const std::string&> given[] = {
        {" -cipher ", options.cipher_list}, {" -ciphersuites ", options.cipher_suites},
        {" -groups ", options.groups},      {" -alpn ", options.alpn},
        {" -cert ", options.certificate},   {" -key ", options.key}};
    for (const auto& [flag, text] : given) {
        if (!text.empty()) line.append(flag).append(shell_word(text));
    }
    if (wanted.state) line += " -state";
    if (wanted.message) line += " -msg";
    return line;
}

int probe(const Wanted& wanted, Answer& answer)
{
    if (wanted.ssl3) {
        return answer.complain(
            tls::probe_no_handshake,
            "SSL 2.0 and 3.0 are broken (DROWN, POODLE), no OpenSSL of today speaks "
            "them, and signet never answers them");
    }
    const std::string& place = wanted.target.empty() ? wanted.connect : wanted.target;
    auto target = tls::parse_probe_target(place);
    if (!target) return answer.complain(name_invalid, target.error().text);
    tls::ProbeOptions options = wanted.options;
    options.host = target->host;
    options.port = target->port;
    options.path = target->path;
    if (!wanted.connect.empty() && !wanted.target.empty()) { // -connect: where, the URL: what
        auto where = tls::parse_probe_target(wanted.connect);
        if (!where) return answer.complain(name_invalid, where.error().text);
        if (options.server_name.empty()) options.server_name = options.host;
        options.host = where->host;
        options.port = where->port;
    }
    constexpr std::pair<bool Wanted::*, int> versions[] = {{&Wanted::v10, TLS1_VERSION},
                                                           {&Wanted::v11, TLS1_1_VERSION},
                                                           {&Wanted::v12, TLS1_2_VERSION},
                                                           {&Wanted::v13, TLS1_3_VERSION}};
    for (const auto& [flag, version] : versions) {
        if (!(wanted.*flag)) continue;
        if (options.least_version == 0) options.least_version = version;
        options.highest_version = version;
    }
    const auto say = [](const std::string& line) {
        std::fprintf(stderr, "%s\n", pki::visible(line).c_str());
    };
    if (wanted.state || wanted.debug) options.on_state = say;
    if (wanted.message || wanted.debug) options.on_message = say;
    const PhraseSource phrases(wanted.phrase_file, "the client's key");
    options.patience = std::chrono::seconds(wanted.timeout);
    options.ask = phrases.asker();
    answer.replaces(wanted.openssl, openssl_line(wanted, options));
    auto seen = tls::probe(options);
    if (!seen) return answer.complain(seen.error(), cannot_read);
    const std::string name = options.server_name.empty() ? options.host : options.server_name;
    const auto facts = facts_of(*seen, name);
    answer.say(pki::facts_text(facts, 0));
    answer.facts() = facts;
    return verdict_of(*seen, name, answer);
}

} // namespace

std::vector<std::string> with_two_dashes(std::vector<std::string> words)
{
    for (auto& word : words) {
        if (word.size() > 2 && word[0] == '-' && word[1] != '-') word.insert(0, 1, '-');
    }
    return words;
}

void add_probe_verb(CLI::App& app, int& code)
{
    auto* verb = app.add_subcommand("probe", "explain one handshake and request to a server");
    auto wanted = std::make_shared<Wanted>();
    auto& options = wanted->options;
    verb->add_option("target", wanted->target, "https://host/path or host:port");
    verb->add_option("--connect", wanted->connect, "host:port to connect to");
    verb->add_option("--servername", options.server_name, "the name to ask for (SNI)");
    verb->add_option("--cipher", options.cipher_list, "suites up to TLS 1.2");
    verb->add_option("--ciphersuites", options.cipher_suites, "suites of TLS 1.3");
    verb->add_option("--groups", options.groups, "groups for the key exchange");
    verb->add_option("--alpn", options.alpn, "protocols to offer: h2,http/1.1");
    verb->add_option("--CAfile", options.authorities, "roots to trust instead of the system's");
    verb->add_option("--cert", options.certificate, "the client's certificate");
    verb->add_option("--key", options.key, "and its key");
    verb->add_option("--passphrase-file", wanted->phrase_file, "pass phrase of that key");
    verb->add_flag("--tls1", wanted->v10, "only TLS 1.0");
    verb->add_flag("--tls1_1", wanted->v11, "only TLS 1.1");
    verb->add_flag("--tls1_2", wanted->v12, "only TLS 1.2");
    verb->add_flag("--tls1_3", wanted->v13, "only TLS 1.3");
    verb->add_flag("--state", wanted->state, "say each step of the handshake");
    verb->add_flag("--msg", wanted->message, "say each message of the handshake");
    verb->add_flag("--debug", wanted->debug, "both");
    verb->add_flag("--status,--showcerts,--reconnect", wanted->done_anyway,
                   "of s_client: probe asks for the stapled status, shows the chain and resumes");
    verb->add_flag("--ssl2,--ssl3", wanted->ssl3, "of old s_client: nobody speaks these any more");
    verb->add_flag("--handshake", options.only_handshake, "make no request");
    verb->add_option("--timeout", wanted->timeout, "seconds to wait for each step, 10")
        ->check(CLI::Range(1, 3600));
    verb->add_flag("--json", wanted->json, "for programs");
    verb->add_flag("--show-openssl", wanted->openssl, "print the openssl line this replaces");
    verb->callback([wanted, &code] {
        if (wanted->target.empty() && wanted->connect.empty()) throw CLI::RequiredError("target");
        Answer answer("probe", wanted->json);
        code = probe(*wanted, answer);
        answer.deliver();
    });
}

} // namespace signet::tools
