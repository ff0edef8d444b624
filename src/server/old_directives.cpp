#include "server/old_directives.h"

#include "base/text.h"

#include <algorithm>

namespace signet::server {
namespace {

// Catalogue ids (diagnosis/module_entries.cpp).
constexpr int renamed = 720;
constexpr int not_needed = 721;
constexpr int order_of_modules = 722;
constexpr int one_listen_for_all = 723;

void set_words(config::Node& node, std::vector<std::string> texts)
{
    const uint32_t column = node.words.empty() ? node.position.column : node.words.front().column;
    node.words.clear();
    node.arguments.clear();
    for (auto& text : texts) {
        if (!node.arguments.empty()) node.arguments += ' ';
        node.arguments += text;
        node.words.push_back({.text = std::move(text), .column = column});
    }
}

std::string first_word(const config::Node& node)
{
    return node.words.empty() ? "" : node.words[0].text;
}

// AcceptMutex fcntl → Mutex fcntl default
void accept_mutex(config::Node& node)
{
    set_words(node, {first_word(node), "default"});
}

// LockFile /run/lock/accept.lock → Mutex file:/run/lock default
void lock_file(config::Node& node)
{
    const std::string path = first_word(node);
    const auto slash = path.rfind('/');
    set_words(node, {slash == std::string::npos || slash == 0 ? "default"
                                                              : "file:" + path.substr(0, slash),
                     "default"});
}

// AgentLog and RefererLog wrote one field per line.
void agent_log(config::Node& node)
{
    set_words(node, {first_word(node), "%{User-agent}i"});
    if (node.words.size() == 2) node.words[1].quoted = true;
}

void referer_log(config::Node& node)
{
    set_words(node, {first_word(node), "%{Referer}i -> %U"});
    if (node.words.size() == 2) node.words[1].quoted = true;
}

// The usual "/dev/null" says that there is no such file; another one would have to be included, and
// what it says must not be lost without an error: this name is no directive's.
void another_file(config::Node& node)
{
    if (first_word(node) == "/dev/null") {
        set_words(node, {"http", "none"});
        node.name = "AcceptFilter";
    } else {
        node.name = "ResourceConfig or AccessConfig";
    }
}

void cookie_log(config::Node& node)
{
    set_words(node, {first_word(node), "%{Cookie}n \"%r\" %t"});
}

// SSLEnable → SSLEngine on
void engine_on(config::Node& node)
{
    set_words(node, {"on"});
}

void engine_off(config::Node& node)
{
    set_words(node, {"off"});
}

void fake_basic_auth(config::Node& node)
{
    set_words(node, {"+FakeBasicAuth"});
}

void export_certificates(config::Node& node)
{
    set_words(node, {"+ExportCertData"});
}

// SSLMutex file:/run/ssl_mutex → Mutex file:/run ssl-cache; none, sem, default keep their names.
void ssl_mutex(config::Node& node)
{
    std::string mechanism = first_word(node);
    const auto colon = mechanism.find(':');
    const auto slash = mechanism.rfind('/');
    if (colon != std::string::npos && slash != std::string::npos && slash > colon + 1) {
        mechanism.resize(slash); // Mutex takes the folder
    } else if (iequals(mechanism, "yes")) {
        mechanism = "default";
    } else if (iequals(mechanism, "no")) {
        mechanism = "none";
    }
    set_words(node, {std::move(mechanism), "ssl-cache"});
}

// SSLLogLevel warn → LogLevel ssl:warn
void ssl_log_level(config::Node& node)
{
    std::string level = lowercase(first_word(node));
    if (level == "none") level = "emerg";
    if (level == "trace") level = "trace1";
    set_words(node, {"ssl:" + level});
}

// Names of ciphers → SSLRequire %{SSL_CIPHER} in {"A", "B"}
void require_cipher(config::Node& node)
{
    std::string names;
    for (const auto& word : node.words) names += (names.empty() ? "\"" : ", \"") + word.text + "\"";
    set_words(node, {"%{SSL_CIPHER} in {" + names + "}"});
}

void ban_cipher(config::Node& node)
{
    require_cipher(node);
    set_words(node, {"not (" + node.arguments + ")"});
}

void require_ssl(config::Node& node)
{
    if (iequals(first_word(node), "on")) set_words(node, {});
}

constexpr OldDirective table[] = {
    {"MaxClients", "MaxRequestWorkers", nullptr, renamed,
     "MaxClients is called MaxRequestWorkers since Apache 2.4"},
    {"MaxRequestsPerChild", "MaxConnectionsPerChild", nullptr, renamed,
     "MaxRequestsPerChild is called MaxConnectionsPerChild since Apache 2.4"},
    {"MaxThreadsPerChild", "ThreadLimit", nullptr, renamed,
     "MaxThreadsPerChild is called ThreadLimit since Apache 2.0"},
    {"Port", "Listen", nullptr, one_listen_for_all,
     "Port was replaced with Listen in Apache 2.0; it is read as Listen"},
    {"BindAddress", "", nullptr, one_listen_for_all,
     "BindAddress was replaced with Listen in Apache 2.0; write Listen address:port"},
    {"ServerType", "", nullptr, not_needed,
     "ServerType is gone since Apache 2.0: the server is always standalone"},
    {"ClearModuleList", "", nullptr, order_of_modules,
     "ClearModuleList is gone since Apache 2.0: modules are compiled in and ordered by the server"},
    {"AddModule", "", nullptr, order_of_modules,
     "AddModule is gone since Apache 2.0: modules are compiled in and ordered by the server"},
    {"ResourceConfig", "Include", another_file, renamed,
     "ResourceConfig is gone since Apache 2.0: use Include"},
    {"AccessConfig", "Include", another_file, renamed,
     "AccessConfig is gone since Apache 2.0: use Include"},
    {"AcceptMutex", "Mutex", accept_mutex, renamed,
     "AcceptMutex is a part of Mutex since Apache 2.4"},
    {"LockFile", "Mutex", lock_file, renamed, "LockFile is a part of Mutex since Apache 2.4"},
    {"AgentLog", "CustomLog", agent_log, renamed,
     "AgentLog is gone since Apache 2.0; it is read as CustomLog with %{User-agent}i"},
    {"RefererLog", "CustomLog", referer_log, renamed,
     "RefererLog is gone since Apache 2.0; it is read as CustomLog with %{Referer}i"},
    {"RefererIgnore", "", nullptr, not_needed,
     "RefererIgnore is gone since Apache 2.0: use SetEnvIf Referer and CustomLog … env=!name"},
    {"CookieLog", "CustomLog", cookie_log, renamed,
     "CookieLog is gone since Apache 2.4; it is read as CustomLog with %{Cookie}n"},

    {"SSLMutex", "Mutex", ssl_mutex, renamed,
     "SSLMutex is a part of Mutex since Apache 2.4; it is read as Mutex … ssl-cache"},
    {"SSLLog", "", nullptr, not_needed,
     "SSLLog is gone since Apache 2.0: messages about TLS are in ErrorLog"},
    {"SSLLogLevel", "LogLevel", ssl_log_level, renamed,
     "SSLLogLevel is a part of LogLevel since Apache 2.0; it is read as LogLevel ssl:…"},

    // Apache-SSL
    {"SSLEnable", "SSLEngine", engine_on, renamed, "SSLEnable (Apache-SSL) is SSLEngine on"},
    {"SSLDisable", "SSLEngine", engine_off, renamed, "SSLDisable (Apache-SSL) is SSLEngine off"},
    {"SSLLogFile", "", nullptr, not_needed,
     "SSLLogFile (Apache-SSL) is not needed: messages about TLS are in ErrorLog"},
    {"SSLRequiredCiphers", "SSLCipherSuite", nullptr, renamed,
     "SSLRequiredCiphers (Apache-SSL) is called SSLCipherSuite"},
    {"SSLRequireCipher", "SSLRequire", require_cipher, renamed,
     "SSLRequireCipher (Apache-SSL) is SSLRequire %{SSL_CIPHER} in {…}"},
    {"SSLBanCipher", "SSLRequire", ban_cipher, renamed,
     "SSLBanCipher (Apache-SSL) is SSLRequire not (%{SSL_CIPHER} in {…})"},
    {"SSLFakeBasicAuth", "SSLOptions", fake_basic_auth, renamed,
     "SSLFakeBasicAuth (Apache-SSL) is SSLOptions +FakeBasicAuth"},
    {"SSLCacheServerPath", "", nullptr, not_needed,
     "SSLCacheServerPath (Apache-SSL) is not needed: SSLSessionCache has no server of its own"},
    {"SSLCacheServerPort", "", nullptr, not_needed,
     "SSLCacheServerPort (Apache-SSL) is not needed: SSLSessionCache has no server of its own"},
    {"SSLCacheServerRunDir", "", nullptr, not_needed,
     "SSLCacheServerRunDir (Apache-SSL) is not needed: SSLSessionCache has no server of its own"},
    {"SSLExportClientCertificates", "SSLOptions", export_certificates, renamed,
     "SSLExportClientCertificates (Apache-SSL) is SSLOptions +ExportCertData"},

    // Sioux
    {"SSL_CertFile", "SSLCertificateFile", nullptr, renamed,
     "SSL_CertFile (Sioux) is called SSLCertificateFile"},
    {"SSL_KeyFile", "SSLCertificateKeyFile", nullptr, renamed,
     "SSL_KeyFile (Sioux) is called SSLCertificateKeyFile"},
    {"SSL_CipherSuite", "SSLCipherSuite", nullptr, renamed,
     "SSL_CipherSuite (Sioux) is called SSLCipherSuite"},
    {"SSL_X509VerifyDir", "SSLCACertificatePath", nullptr, renamed,
     "SSL_X509VerifyDir (Sioux) is called SSLCACertificatePath"},
    {"SSL_X509VerifyDepth", "SSLVerifyDepth", nullptr, renamed,
     "SSL_X509VerifyDepth (Sioux) is called SSLVerifyDepth"},
    {"SSL_Log", "", nullptr, not_needed,
     "SSL_Log (Sioux) is not needed: messages about TLS are in ErrorLog"},
    {"SSL_Connect", "SSLEngine", nullptr, renamed, "SSL_Connect (Sioux) is called SSLEngine"},
    {"SSL_ClientAuth", "SSLVerifyClient", nullptr, renamed,
     "SSL_ClientAuth (Sioux) is called SSLVerifyClient"},
    {"SSL_FetchKeyPhraseFrom", "SSLPassPhraseDialog", nullptr, renamed,
     "SSL_FetchKeyPhraseFrom (Sioux) is called SSLPassPhraseDialog"},
    {"SSL_SessionDir", "", nullptr, not_needed,
     "SSL_SessionDir (Sioux) is not needed: use SSLSessionCache"},
    {"SSL_Require", "SSLRequire", nullptr, renamed, "SSL_Require (Sioux) is called SSLRequire"},

    // Stronghold
    {"SSLFlag", "SSLEngine", nullptr, renamed, "SSLFlag (Stronghold) is called SSLEngine"},
    {"SSLSessionLockFile", "", nullptr, not_needed,
     "SSLSessionLockFile (Stronghold) is not needed: the session cache has no lock file"},
    {"SSLCipherList", "SSLCipherSuite", nullptr, renamed,
     "SSLCipherList (Stronghold) is called SSLCipherSuite"},
    {"RequireSSL", "SSLRequireSSL", require_ssl, renamed,
     "RequireSSL (Stronghold) is called SSLRequireSSL"},
    {"SSLErrorFile", "", nullptr, not_needed,
     "SSLErrorFile (Stronghold) is not needed: use ErrorDocument 403"},
    {"SSLRoot", "", nullptr, not_needed,
     "SSLRoot (Stronghold) is not needed: paths begin at ServerRoot"},
    {"SSLProxyMachineCertPath", "SSLProxyMachineCertificatePath", nullptr, renamed,
     "SSLProxyMachineCertPath (Stronghold) is called SSLProxyMachineCertificatePath"},
    {"SSLProxyMachineCertFile", "SSLProxyMachineCertificateFile", nullptr, renamed,
     "SSLProxyMachineCertFile (Stronghold) is called SSLProxyMachineCertificateFile"},
    {"SSLProxyCipherList", "SSLProxyCipherSuite", nullptr, renamed,
     "SSLProxyCipherList (Stronghold) is called SSLProxyCipherSuite"},
};

} // namespace

const OldDirective* find_old_directive(std::string_view name)
{
    const auto* found = std::ranges::find_if(
        table, [&](const OldDirective& one) { return iequals(one.name, name); });
    return found == std::end(table) ? nullptr : found;
}

} // namespace signet::server
