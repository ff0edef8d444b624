#include "tls/facts.h"

#include "base/text.h"
#include "pki/objects.h"
#include "tls/stream_core.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <openssl/x509v3.h>

namespace signet::tls {
namespace {

// The version mod_ssl reports of itself; ours is what a script compares with.
constexpr std::string_view interface_version = "mod_ssl/2.4.71";

std::string session_fact(const Stream::Session& session, std::string_view name)
{
    if (name == "SSL_PROTOCOL") return session.protocol;
    if (name == "SSL_CIPHER") return session.cipher;
    if (name == "SSL_CIPHER_EXPORT") return session.used_bits < 56 ? "true" : "false";
    if (name == "SSL_CIPHER_USEKEYSIZE") return std::to_string(session.used_bits);
    if (name == "SSL_CIPHER_ALGKEYSIZE") return std::to_string(session.algorithm_bits);
    if (name == "SSL_SECURE_RENEG") return session.secure_renegotiation ? "true" : "false";
    if (name == "SSL_COMPRESS_METHOD") return "NULL";
    if (name == "SSL_CLIENT_VERIFY") return session.client.verdict();
    if (name == "SSL_SESSION_RESUMED") return session.resumed ? "Resumed" : "Initial";
    if (name == "SSL_TLS_SNI") return session.server_name;
    if (name == "SSL_SESSION_ID") {
        std::string hex;
        for (int i = 0; i < session.id_size; i++) append_hex(hex, session.id[i], 2);
        return hex;
    }
    return {};
}

// "OpenSSL 3.0.22 25 Aug 2026" → "OpenSSL/3.0.22", as mod_ssl does.
std::string library_version(std::string_view text)
{
    const auto words = split_words(text);
    return words.size() < 2 ? std::string(text)
                            : std::string(words[0]) + '/' + std::string(words[1]);
}

// The certificate of ours that this connection uses; null before the handshake.
X509* server_certificate(const Stream& stream)
{
    const auto* session = stream.session();
    return session ? session->certificate.get() : nullptr;
}

constexpr std::string_view chain_prefix = "SSL_CLIENT_CERT_CHAIN_";

// "SSL_CLIENT_CERT_CHAIN_0": what the client sent behind its own certificate.
std::string chain_certificate(const ClientIdentity& client, std::string_view name)
{
    const auto index = parse_number<size_t>(name.substr(chain_prefix.size()));
    return index && *index < client.chain.size()
               ? pki::certificate_variable(client.chain[*index].get(), "CERT")
               : std::string();
}

} // namespace

std::string fact(const Stream& stream, std::string_view name, pki::NameFormat format)
{
    if (name == "SSL_VERSION_INTERFACE") return std::string(interface_version);
    if (name == "SSL_VERSION_LIBRARY") return library_version(OpenSSL_version(OPENSSL_VERSION));
    if (name == "SSL_VERSION_LIBRARY_INTERFACE") return library_version(OPENSSL_VERSION_TEXT);
    const auto* session = stream.session();
    if (!session || session->version == 0 || stream.state() == Stream::State::failed) return {};
    constexpr std::string_view server = "SSL_SERVER_";
    constexpr std::string_view client = "SSL_CLIENT_";
    if (name.starts_with(chain_prefix)) return chain_certificate(session->client, name);
    if (name.starts_with(client) && name != "SSL_CLIENT_VERIFY") {
        X509* x509 = session->client.certificate.get();
        return x509 ? pki::certificate_variable(x509, name.substr(client.size()), format)
                    : std::string();
    }
    if (!name.starts_with(server)) return session_fact(*session, name);
    X509* x509 = server_certificate(stream);
    return x509 ? pki::certificate_variable(x509, name.substr(server.size()), format)
                : std::string();
}

std::vector<std::string> peer_extensions(const Stream& stream, std::string_view oid)
{
    const auto* x509 = stream.client().certificate.get();
    const std::unique_ptr<ASN1_OBJECT, pki::Deleter<ASN1_OBJECT_free>> wanted(
        OBJ_txt2obj(std::string(oid).c_str(), 0));
    std::vector<std::string> found;
    for (int i = 0; x509 && wanted && i < X509_get_ext_count(x509); i++) {
        X509_EXTENSION* one = X509_get_ext(x509, i);
        if (OBJ_cmp(X509_EXTENSION_get_object(one), wanted.get()) != 0) continue;
        found.push_back(pki::printed([&](BIO* bio) {
            return X509V3_EXT_print(bio, one, 0, 0) == 1
                   || ASN1_STRING_print(bio, X509_EXTENSION_get_data(one)) == 1;
        }));
    }
    pki::forget_errors();
    return found;
}

std::string subject_line(const ClientIdentity& client)
{
    if (!client.certificate) return {};
    const std::unique_ptr<char, decltype([](char* text) { OPENSSL_free(text); })> line(
        X509_NAME_oneline(X509_get_subject_name(client.certificate.get()), nullptr, 0));
    return line ? line.get() : "";
}

std::vector<std::pair<std::string, std::string>> standard_facts(const Stream& stream,
                                                                pki::NameFormat format)
{
    static constexpr std::array names{"SSL_VERSION_INTERFACE", "SSL_VERSION_LIBRARY",
                                      "SSL_PROTOCOL",          "SSL_SECURE_RENEG",
                                      "SSL_COMPRESS_METHOD",   "SSL_CIPHER",
                                      "SSL_CIPHER_EXPORT",     "SSL_CIPHER_USEKEYSIZE",
                                      "SSL_CIPHER_ALGKEYSIZE", "SSL_CLIENT_VERIFY",
                                      "SSL_CLIENT_M_VERSION",  "SSL_CLIENT_M_SERIAL",
                                      "SSL_CLIENT_V_START",    "SSL_CLIENT_V_END",
                                      "SSL_CLIENT_V_REMAIN",   "SSL_CLIENT_S_DN",
                                      "SSL_CLIENT_I_DN",       "SSL_CLIENT_A_KEY",
                                      "SSL_CLIENT_A_SIG",      "SSL_CLIENT_CERT_RFC4523_CEA",
                                      "SSL_SERVER_M_VERSION",  "SSL_SERVER_M_SERIAL",
                                      "SSL_SERVER_V_START",    "SSL_SERVER_V_END",
                                      "SSL_SERVER_S_DN",       "SSL_SERVER_I_DN",
                                      "SSL_SERVER_A_KEY",      "SSL_SERVER_A_SIG",
                                      "SSL_SESSION_ID",        "SSL_SESSION_RESUMED"};
    std::vector<std::pair<std::string, std::string>> found;
    if (X509* x509 = server_certificate(stream))
        found = pki::name_variables(x509, pki::Side::server);
    if (const auto* session = stream.session(); session && session->client.certificate) {
        auto more = pki::name_variables(session->client.certificate.get(), pki::Side::client);
        std::ranges::move(more, std::back_inserter(found));
    }
    for (const char* name : names) {
        if (auto value = fact(stream, name, format); !value.empty())
            found.emplace_back(name, std::move(value));
    }
    return found;
}

std::vector<std::pair<std::string, std::string>> certificate_facts(const Stream& stream)
{
    std::vector<std::pair<std::string, std::string>> found;
    found.emplace_back("SSL_SERVER_CERT", fact(stream, "SSL_SERVER_CERT"));
    found.emplace_back("SSL_CLIENT_CERT", fact(stream, "SSL_CLIENT_CERT"));
    const auto* session = stream.session();
    if (!session || !session->client.certificate) return found;
    for (size_t i = 0; i < session->client.chain.size(); ++i) {
        const std::string name = std::string(chain_prefix) + std::to_string(i);
        found.emplace_back(name, fact(stream, name));
    }
    return found;
}

} // namespace signet::tls
