// Everything SSLProxy… names is opened while the server starts, so that a missing key is not found
// out by the first request that is passed on.
#include "base/file.h"
#include "modules/mod_ssl/proxy_config.h"
#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/openssl.h"

#include <filesystem>
#include <openssl/pem.h>

namespace signet::mod_ssl {
namespace {

constexpr int machine_certificate_bad = 353;
constexpr int authorities_bad = 354;
constexpr int revocation_lists_bad = 355;
constexpr int settings_bad = 356;

class Check {
public:
    Check(const ProxyTls& settings, const std::string& label, config::Diagnostics& diagnostics)
        : settings_(settings)
        , label_(label)
        , diagnostics_(diagnostics)
    {
    }

    bool run()
    {
        check_policy();
        check_authorities();
        check_revocation_lists();
        check_machine_certificates();
        return good_;
    }

private:
    void refuse(int id, const config::Position& position, std::string message, std::string why = {})
    {
        good_ = false;
        diagnostics_.add({.severity = diagnosis::Severity::emerg,
                          .id = id,
                          .position = position,
                          .message = std::move(message),
                          .expected = std::move(why)});
    }

    void check_policy()
    {
        if (settings_.protocols && settings_.protocols->bits == 0) {
            refuse(settings_bad, settings_.protocols_position,
                   "No SSL protocols available [hint: SSLProxyProtocol]");
        }
        const pki::SslContextPtr context(SSL_CTX_new(TLS_client_method()));
        if (!context) return;
        if (settings_.cipher_list
            && SSL_CTX_set_cipher_list(context.get(), settings_.cipher_list->c_str()) != 1) {
            refuse(settings_bad, {}, "Unable to configure permitted SSL ciphers",
                   pki::drain_errors());
        }
        if (settings_.cipher_suites
            && SSL_CTX_set_ciphersuites(context.get(), settings_.cipher_suites->c_str()) != 1) {
            refuse(settings_bad, {}, "Unable to configure permitted TLSv1.3 ciphers",
                   pki::drain_errors());
        }
    }

    void check_authorities()
    {
        if (!settings_.ca_file) return;
        if (auto loaded = pki::load_certificates(settings_.ca_file->path); !loaded) {
            refuse(authorities_bad, settings_.ca_file->position,
                   "Unable to configure verify locations for client authentication",
                   loaded.error().text);
        }
    }

    void check_revocation_lists()
    {
        const bool checks =
            settings_.crl_check && *settings_.crl_check != ProxyTls::RevocationCheck::none;
        if (checks && !settings_.crl_file && !settings_.crl_path) {
            refuse(revocation_lists_bad, {},
                   "Host " + label_
                       + ": CRL checking has been enabled, but neither SSLProxyCARevocationFile "
                         "nor SSLProxyCARevocationPath is configured");
        }
        if (!settings_.crl_file) return;
        const pki::BioPtr file(BIO_new_file(settings_.crl_file->path.c_str(), "r"));
        X509_CRL* list =
            file ? PEM_read_bio_X509_CRL(file.get(), nullptr, nullptr, nullptr) : nullptr;
        if (!list) {
            refuse(revocation_lists_bad, settings_.crl_file->position,
                   "Host " + label_
                       + ": unable to configure X.509 CRL storage for certificate revocation",
                   pki::drain_errors());
        }
        X509_CRL_free(list);
    }

    void check_machine_certificates()
    {
        if (settings_.machine_chain) {
            if (auto chain = pki::load_certificates(settings_.machine_chain->path); !chain) {
                refuse(machine_certificate_bad, settings_.machine_chain->position,
                       "failed to load certificate chain for SSL proxy", chain.error().text);
            }
        }
        if (settings_.machine_file)
            check_pairs(*settings_.machine_file, settings_.machine_file->path);
        if (!settings_.machine_path) return;
        std::error_code error;
        for (const auto& entry :
             std::filesystem::directory_iterator(settings_.machine_path->path, error)) {
            if (entry.is_regular_file(error)) check_pairs(*settings_.machine_path, entry.path());
        }
    }

    // A file holds certificates and their unencrypted keys, each certificate with its key.
    void check_pairs(const ProxyTls::Place& place, const std::string& path)
    {
        auto bytes = read_file(path, size_t{16} << 20);
        auto certificates =
            bytes ? pki::parse_certificates(*bytes, path)
                  : Result<std::vector<pki::Certificate>>(std::unexpected(bytes.error()));
        if (!certificates) {
            refuse(machine_certificate_bad, place.position,
                   "no client certs found for SSL proxy in " + path, certificates.error().text);
            return;
        }
        auto key = pki::PrivateKey::parse(*bytes, path, {});
        pki::wipe(bytes->data(), bytes->size());
        if (!key) {
            refuse(machine_certificate_bad, place.position,
                   "incomplete client cert configured for SSL proxy (missing or encrypted private "
                   "key?)",
                   key.error().text);
        } else if (!key->matches(certificates->front())) {
            refuse(machine_certificate_bad, place.position,
                   "proxy client cert and key do not match: " + path);
        }
    }

    const ProxyTls& settings_;
    const std::string& label_;
    config::Diagnostics& diagnostics_;
    bool good_ = true;
};

} // namespace

bool check_proxy_tls(const ProxyTls& settings, const std::string& label,
                     config::Diagnostics& diagnostics)
{
    if (!settings.engine.value_or(false)) return true;
    return Check(settings, label, diagnostics).run();
}

} // namespace signet::mod_ssl
