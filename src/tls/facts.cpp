#include "tls/facts.h"

#include "base/text.h"
#include "tls/stream_core.h"

#include <array>
#include <ctime>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace signet::tls {
namespace {

// The version mod_ssl reports of itself; ours is what a script compares with.
constexpr std::string_view interface_version = "mod_ssl/2.4.71";

std::string text_of_bio(BIO* bio)
{
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return size > 0 ? std::string(bytes, static_cast<size_t>(size)) : std::string();
}

// Prints through a memory BIO; empty when `print` fails.
template <class Print> std::string printed(const Print& print)
{
    const pki::BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio || !print(bio.get())) {
        pki::forget_errors();
        return {};
    }
    return text_of_bio(bio.get());
}

// UTF-8 unless `raw`; characters that cannot be printed are escaped as ASN1_STRING_print_ex does.
std::string text_of_string(const ASN1_STRING* string, bool raw)
{
    return printed([&](BIO* bio) {
        unsigned long flags = ASN1_STRFLGS_ESC_CTRL;
        if (!raw) flags |= ASN1_STRFLGS_UTF8_CONVERT;
        return ASN1_STRING_print_ex(bio, string, flags) >= 0;
    });
}

std::string distinguished_name(const X509_NAME* name)
{
    return printed([&](BIO* bio) {
        constexpr unsigned long flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
        return X509_NAME_print_ex(bio, name, 0, flags) >= 0;
    });
}

// The component names after SSL_SERVER_S_DN_ and which object they stand for.
constexpr std::pair<std::string_view, int> components[] = {{"C", NID_countryName},
                                                           {"ST", NID_stateOrProvinceName},
                                                           {"SP", NID_stateOrProvinceName},
                                                           {"L", NID_localityName},
                                                           {"O", NID_organizationName},
                                                           {"OU", NID_organizationalUnitName},
                                                           {"CN", NID_commonName},
                                                           {"T", NID_title},
                                                           {"I", NID_initials},
                                                           {"G", NID_givenName},
                                                           {"S", NID_surname},
                                                           {"D", NID_description},
                                                           {"UID", NID_userId},
                                                           {"Email", NID_pkcs9_emailAddress}};

// "CN", "CN_0", "CN_1_RAW" …: an index picks one of several.
std::string name_component(const X509_NAME* name, std::string_view which)
{
    bool raw = false;
    if (which.ends_with("_RAW")) {
        raw = true;
        which.remove_suffix(4);
    }
    int index = 0;
    if (const size_t bar = which.find('_'); bar != std::string_view::npos) {
        const auto number = parse_number<unsigned>(which.substr(bar + 1));
        if (!number || *number > 1000) return {}; // more than a name may hold
        index = static_cast<int>(*number);
        which = which.substr(0, bar);
    }
    for (const auto& [word, nid] : components) {
        if (word != which) continue;
        int at = -1;
        for (int i = 0; i <= index; i++) {
            at = X509_NAME_get_index_by_NID(name, nid, at);
            if (at < 0) return {};
        }
        return text_of_string(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)), raw);
    }
    return {};
}

std::string algorithm(const X509_ALGOR* one)
{
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, one);
    const int nid = OBJ_obj2nid(object);
    return nid == NID_undef ? "UNKNOWN" : OBJ_nid2ln(nid);
}

// "SAN_DNS_0", "SAN_Email_0", "SAN_OTHER_dnsSRV_0", without "SAN_".
std::string alternative_name(X509* x509, std::string_view which)
{
    int type = -1;
    for (const auto& [prefix, kind] : {std::pair<std::string_view, int>{"Email_", GEN_EMAIL},
                                       {"DNS_", GEN_DNS},
                                       {"OTHER_dnsSRV_", GEN_OTHERNAME}}) {
        if (!which.starts_with(prefix)) continue;
        type = kind;
        which.remove_prefix(prefix.size());
        break;
    }
    const auto index = parse_number<unsigned>(which);
    if (type < 0 || !index) return {};
    const std::unique_ptr<GENERAL_NAMES, pki::Deleter<GENERAL_NAMES_free>> names(
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
    unsigned seen = 0;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); i++) {
        const GENERAL_NAME* one = sk_GENERAL_NAME_value(names.get(), i);
        if (one->type != type) continue;
        const ASN1_STRING* text = nullptr;
        if (type == GEN_OTHERNAME) {
            // RFC 4985: id-on-dnsSRV, an IA5String
            if (OBJ_obj2nid(one->d.otherName->type_id) != NID_SRVName
                || one->d.otherName->value->type != V_ASN1_IA5STRING) {
                continue;
            }
            text = one->d.otherName->value->value.ia5string;
        } else {
            text = type == GEN_DNS ? one->d.dNSName : one->d.rfc822Name;
        }
        if (seen++ == *index) return text_of_string(text, false);
    }
    return {};
}

// What follows "SSL_SERVER_".
std::string certificate_fact(X509* x509, std::string_view name)
{
    const auto subject = X509_get_subject_name(x509);
    const auto issuer = X509_get_issuer_name(x509);
    if (name == "M_VERSION") return std::to_string(X509_get_version(x509) + 1);
    if (name == "M_SERIAL") {
        return printed(
            [&](BIO* bio) { return i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(x509)) > 0; });
    }
    if (name == "V_START") {
        return printed(
            [&](BIO* bio) { return ASN1_TIME_print(bio, X509_get0_notBefore(x509)) == 1; });
    }
    if (name == "V_END") {
        return printed(
            [&](BIO* bio) { return ASN1_TIME_print(bio, X509_get0_notAfter(x509)) == 1; });
    }
    if (name == "V_REMAIN") { // whole days
        X509_up_ref(x509);
        const auto left = pki::Certificate(pki::X509Ptr(x509)).not_after() - std::time(nullptr);
        return std::to_string(left > 0 ? left / (24 * 60 * 60) : 0);
    }
    if (name == "S_DN") return distinguished_name(subject);
    if (name == "I_DN") return distinguished_name(issuer);
    if (name.starts_with("S_DN_")) return name_component(subject, name.substr(5));
    if (name.starts_with("I_DN_")) return name_component(issuer, name.substr(5));
    if (name.starts_with("SAN_")) return alternative_name(x509, name.substr(4));
    if (name == "A_SIG") return algorithm(X509_get0_tbs_sigalg(x509));
    if (name == "A_KEY") {
        ASN1_OBJECT* object = nullptr;
        X509_PUBKEY_get0_param(&object, nullptr, nullptr, nullptr, X509_get_X509_PUBKEY(x509));
        const int nid = OBJ_obj2nid(object);
        return nid == NID_undef ? "UNKNOWN" : OBJ_nid2ln(nid);
    }
    if (name == "CERT") {
        return printed([&](BIO* bio) { return PEM_write_bio_X509(bio, x509) == 1; });
    }
    return {};
}

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

} // namespace

std::string fact(const Stream& stream, std::string_view name)
{
    if (name == "SSL_VERSION_INTERFACE") return std::string(interface_version);
    if (name == "SSL_VERSION_LIBRARY") return library_version(OpenSSL_version(OPENSSL_VERSION));
    if (name == "SSL_VERSION_LIBRARY_INTERFACE") return library_version(OPENSSL_VERSION_TEXT);
    const auto* session = stream.session();
    if (!session || session->version == 0 || stream.state() == Stream::State::failed) return {};
    constexpr std::string_view server = "SSL_SERVER_";
    constexpr std::string_view client = "SSL_CLIENT_";
    if (name.starts_with(client) && name != "SSL_CLIENT_VERIFY") {
        X509* x509 = session->client.certificate.get();
        return x509 ? certificate_fact(x509, name.substr(client.size())) : std::string();
    }
    if (!name.starts_with(server)) return session_fact(*session, name);
    X509* x509 = session->credential ? session->credential->leaf() : nullptr;
    return x509 ? certificate_fact(x509, name.substr(server.size())) : std::string();
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
        found.push_back(printed([&](BIO* bio) {
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

std::vector<std::pair<std::string, std::string>> standard_facts(const Stream& stream)
{
    static constexpr std::array names{
        "SSL_VERSION_INTERFACE", "SSL_VERSION_LIBRARY",   "SSL_PROTOCOL",
        "SSL_SECURE_RENEG",      "SSL_COMPRESS_METHOD",   "SSL_CIPHER",
        "SSL_CIPHER_EXPORT",     "SSL_CIPHER_USEKEYSIZE", "SSL_CIPHER_ALGKEYSIZE",
        "SSL_CLIENT_VERIFY",     "SSL_SERVER_M_VERSION",  "SSL_SERVER_M_SERIAL",
        "SSL_SERVER_V_START",    "SSL_SERVER_V_END",      "SSL_SERVER_S_DN",
        "SSL_SERVER_I_DN",       "SSL_SERVER_A_KEY",      "SSL_SERVER_A_SIG",
        "SSL_SESSION_ID",        "SSL_SESSION_RESUMED",   "SSL_TLS_SNI"};
    std::vector<std::pair<std::string, std::string>> found;
    for (const char* name : names) {
        if (auto value = fact(stream, name); !value.empty())
            found.emplace_back(name, std::move(value));
    }
    return found;
}

} // namespace signet::tls
