#include "tools/grade/vhosts.h"

#include "base/text.h"
#include "tls/context.h"
#include "tools/grade/cipher_string.h"
#include "tools/tree.h"

#include <algorithm>

namespace signet::tools::grade {
namespace {

using config::Node;
using server::Configuration, server::VirtualHost;

constexpr std::string_view hsts_field = "Strict-Transport-Security";

// What a Header line does to the field.
void apply_header(const Node& node, HstsLines& found)
{
    size_t at = 0;
    const auto word = [&](size_t i) {
        return i < node.words.size() ? std::string_view(node.words[i].text) : std::string_view();
    };
    if (iequals(word(0), "always") || iequals(word(0), "onsuccess")) at = 1;
    if (!iequals(word(at + 1), hsts_field)) return;
    const std::string value(word(at + 2));
    const auto action = word(at);
    if (iequals(action, "unset")) {
        found = {};
    } else if (iequals(action, "set")) {
        found = {{value}, &node};
    } else if (iequals(action, "setifempty") || iequals(action, "merge")) {
        if (found.values.empty()) found = {{value}, &node};
    } else if (iequals(action, "add") || iequals(action, "append")) {
        found.values.push_back(value);
        found.line = &node;
    }
}

// Sections that hold for the page at "/" are looked into.
bool holds_for_root(const Node& section)
{
    if (iequals(section.name, "Location")) {
        return !section.words.empty() && section.words[0].text == "/";
    }
    return iequals(section.name, "Directory") || iequals(section.name, "If");
}

void collect_hsts(const std::vector<Node>& nodes, HstsLines& found)
{
    for (const auto& node : nodes) {
        if (node.is_section) {
            if (holds_for_root(node)) collect_hsts(node.children, found);
        } else if (iequals(node.name, "Header")) {
            apply_header(node, found);
        }
    }
}

class Surveyor {
public:
    Surveyor(const Configuration& configuration, time_t now, X509_STORE* store)
        : configuration_(configuration)
        , now_(now)
        , store_(store)
    {
    }

    [[nodiscard]] Survey survey(const VirtualHost& vhost) const
    {
        const auto& main = configuration_.reading.tree.nodes;
        const Node* node = vhost.is_main ? nullptr : vhost_node(main, vhost.position);
        const auto& settings = vhost.tls_context->settings();
        Survey survey{.name = vhost.server_name,
                      .label = settings.host.label,
                      .vhost = {vhost.position.text(), node ? line_of(*node) : "main server"}};
        survey.early_data = settings.max_early_data;
        survey.insecure_renegotiation = settings.insecure_renegotiation;
        add_places(main, node, survey);
        add_certificates(*vhost.tls_context, survey);
        auto hsts = hsts_of(main, node);
        survey.hsts = std::move(hsts.values);
        if (hsts.line) survey.places["Header"] = place_of(*hsts.line);
        add_written(main, node, survey);
        const auto endpoint = in_memory(*vhost.tls_context);
        ask(*endpoint, survey);
        return survey;
    }

private:
    static Place place_of(const Node& node) { return {node.position.text(), line_of(node)}; }

    static const Node* effective(const std::vector<Node>& main, const Node* vhost,
                                 std::string_view name)
    {
        const Node* found = vhost ? last_of(vhost->children, name) : nullptr;
        return found ? found : last_of(main, name);
    }

    static void add_places(const std::vector<Node>& main, const Node* vhost, Survey& survey)
    {
        const Node* policy = effective(main, vhost, "SSLPolicy");
        for (const char* name : {"SSLProtocol", "SSLCipherSuite", "SSLCertificateFile",
                                 "SSLInsecureRenegotiation", "SSLCompression"}) {
            const Node* node = effective(main, vhost, name);
            const bool is_policy =
                !node && policy && std::string_view(name).substr(0, 6) != "SSLCer";
            if (is_policy) node = policy;
            if (node) survey.places[name] = place_of(*node);
        }
    }

    void add_certificates(const tls::Context& context, Survey& survey) const
    {
        for (const auto& one : context.credentials().all()) {
            std::vector<pki::Certificate> chain;
            const auto keep = [&](X509* x509) {
                if (x509 && X509_up_ref(x509) == 1) chain.emplace_back(pki::X509Ptr(x509));
            };
            keep(one.leaf());
            for (int i = 0; i < sk_X509_num(one.chain()); ++i) {
                keep(sk_X509_value(one.chain(), i));
            }
            if (!chain.empty()) {
                survey.certificates.push_back(judge(chain, survey.name, now_, store_));
            }
        }
    }

    // What the lines ask for and signet does not serve.
    static void add_written(const std::vector<Node>& main, const Node* vhost, Survey& survey)
    {
        const Node* list = effective(main, vhost, "SSLCipherSuite");
        if (list && !list->words.empty() && !iequals(list->words[0].text, "TLSv1.3")) {
            survey.written_broken = broken_suites_of(list->words.back().text);
        }
        const Node* protocols = effective(main, vhost, "SSLProtocol");
        if (!protocols) return;
        for (const char* old : {"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"}) {
            bool on = false;
            for (const auto& word : protocols->words) {
                std::string_view name = word.text;
                const bool off = name.starts_with('-');
                if (off || name.starts_with('+')) name.remove_prefix(1);
                if (!off && name == word.text) on = false; // a bare word replaces the set
                const bool is_all = iequals(name, "all") && std::string_view(old) != "SSLv2"
                                    && std::string_view(old) != "SSLv3";
                if (is_all || iequals(name, old)) on = !off;
            }
            if (on) survey.written_versions.emplace_back(old);
        }
    }

    const Configuration& configuration_;
    time_t now_;
    X509_STORE* store_;
};

} // namespace

HstsLines hsts_of(const std::vector<Node>& main, const Node* vhost)
{
    HstsLines found;
    collect_hsts(main, found);
    if (vhost) collect_hsts(vhost->children, found);
    return found;
}

std::vector<Survey> survey_vhosts(const Configuration& configuration, const std::string& only,
                                  time_t now, X509_STORE* store)
{
    const Surveyor surveyor(configuration, now, store);
    std::vector<Survey> surveys;
    const auto add = [&](const VirtualHost& vhost) {
        const bool wanted = only.empty() || iequals(only, vhost.server_name)
                            || std::ranges::any_of(vhost.aliases, [&](const auto& alias) {
                                   return iequals(alias, only);
                               });
        if (vhost.tls_context && wanted) surveys.push_back(surveyor.survey(vhost));
    };
    add(configuration.main);
    for (const auto& vhost : configuration.vhosts) add(*vhost);
    return surveys;
}

} // namespace signet::tools::grade
