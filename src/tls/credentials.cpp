#include "tls/credentials.h"

#include "base/file.h"
#include "base/text.h"
#include "tls/pass_phrase.h"

#include <algorithm>
#include <openssl/ec.h>

namespace signet::tls {
namespace {

using diagnosis::Severity;

std::span<const unsigned char> bytes_of(const std::string& text)
{
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};

} // namespace

std::shared_ptr<const std::string> SharedChains::keep(std::string der)
{
    if (const auto found = known_.find(der); found != known_.end()) return found->second;
    auto fresh = std::make_shared<const std::string>(std::move(der));
    known_.emplace(*fresh, fresh);
    return fresh;
}

struct Credential::Decoded {
    pki::X509Ptr leaf;
    pki::EvpKeyPtr key;
    std::unique_ptr<STACK_OF(X509), FreeStack> chain;
};

void Credential::FreeDecoded::operator()(Decoded* decoded) const
{
    delete decoded;
}

Credential::Credential(const pki::Certificate& leaf, const std::vector<pki::Certificate>& chain,
                       const pki::PrivateKey& key, SharedChains& chains)
    : kind_(key.kind())
    , leaf_(leaf.der())
    , key_(key.to_der())
{
    // What is at hand need not be decoded again for Contexts::make's trial.
    decoded_.reset(new Decoded);
    X509_up_ref(leaf.get());
    decoded_->leaf.reset(leaf.get());
    EVP_PKEY_up_ref(key.get());
    decoded_->key.reset(key.get());
    decoded_->chain.reset(sk_X509_new_null());
    for (const auto& one : chain) {
        chain_.push_back(chains.keep(one.der()));
        X509_up_ref(one.get());
        sk_X509_push(decoded_->chain.get(), one.get());
    }
    if (kind_ != pki::KeyKind::ecdsa) return;
    char group[64];
    if (EVP_PKEY_get_group_name(key.get(), group, sizeof group, nullptr) != 1) {
        pki::forget_errors();
        return;
    }
    const std::string_view name(group);
    if (name == "prime256v1" || name == "P-256") curve_ = 23, signature_algorithm_ = 0x0403;
    if (name == "secp384r1" || name == "P-384") curve_ = 24, signature_algorithm_ = 0x0503;
    if (name == "secp521r1" || name == "P-521") curve_ = 25, signature_algorithm_ = 0x0603;
}

const Credential::Decoded* Credential::decoded() const
{
    if (decoded_) return decoded_.get();
    std::unique_ptr<Decoded, FreeDecoded> fresh(new Decoded);
    fresh->chain.reset(sk_X509_new_null());
    auto take = [](const std::string& der) {
        const unsigned char* at = bytes_of(der).data();
        return d2i_X509(nullptr, &at, static_cast<long>(der.size()));
    };
    fresh->leaf.reset(take(leaf_));
    auto key = pki::PrivateKey::from_der(key_.bytes());
    if (!fresh->leaf || !key || !fresh->chain) return nullptr;
    EVP_PKEY_up_ref(key->get());
    fresh->key.reset(key->get());
    for (const auto& der : chain_) {
        X509* one = take(*der);
        if (!one || sk_X509_push(fresh->chain.get(), one) == 0) return nullptr;
    }
    decoded_ = std::move(fresh);
    return decoded_.get();
}

X509* Credential::leaf() const
{
    return decoded() ? decoded_->leaf.get() : nullptr;
}
EVP_PKEY* Credential::key() const
{
    return decoded() ? decoded_->key.get() : nullptr;
}
STACK_OF(X509) * Credential::chain() const
{
    return decoded() ? decoded_->chain.get() : nullptr;
}
void Credential::forget_decoded() const
{
    decoded_.reset();
}

void Credentials::add(Credential credential)
{
    // The last one of a kind wins, as with SSL_CTX_use_certificate.
    std::erase_if(all_, [&](const Credential& one) { return one.kind() == credential.kind(); });
    all_.push_back(std::move(credential));
    std::ranges::stable_sort(all_, [](const Credential& a, const Credential& b) {
        return (a.kind() == pki::KeyKind::ecdsa) > (b.kind() == pki::KeyKind::ecdsa);
    });
}

namespace {

// Loads the files of one virtual host; every step may add to the problems.
class Loader {
public:
    Loader(const Settings& settings, PassPhrases& phrases, SharedChains& chains, time_t now,
           pki::Problems& problems)
        : settings_(settings)
        , phrases_(phrases)
        , chains_(chains)
        , now_(now)
        , problems_(problems)
    {
    }

    void load_pair(size_t index, Credentials& into)
    {
        const std::string& path = settings_.certificate_files[index];
        // "www.example.com:443:0", as Apache counts a host's certificates
        const std::string id = settings_.host.label + ":" + std::to_string(index);
        auto certificates = load_certificate_file(id, path);
        if (certificates.empty()) return;
        const bool separate = index < settings_.key_files.size();
        const std::string& key_path = separate ? settings_.key_files[index] : path;
        auto key = load_key(id, index, key_path, separate);
        if (!key) return;

        const pki::Certificate leaf = std::move(certificates.front());
        certificates.erase(certificates.begin());
        if (certificates.empty() && !settings_.chain_file.empty()) certificates = load_chain_file();
        if (!key->matches(leaf)) {
            mismatch(id, leaf, path, key_path);
            return;
        }
        pki::check_certificate(leaf, certificates, settings_.host, path, now_, problems_);
        pki::check_key_file(key_path, problems_);
        into.add(Credential(leaf, certificates, *key, chains_));
    }

    void none_configured()
    {
        error(pki::no_certificate, "",
              "Failed to configure at least one certificate and key for " + settings_.host.label);
    }

private:
    std::vector<pki::Certificate> load_certificate_file(const std::string& id,
                                                        const std::string& path)
    {
        auto bytes = read_file(path, size_t{16} << 20);
        if (!bytes) {
            error(pki::certificate_unreadable, path,
                  "Failed to configure certificate " + id + ", check " + path, bytes.error().text);
            return {};
        }
        auto certificates = pki::parse_certificates(*bytes, path);
        pki::wipe(bytes->data(), bytes->size()); // the key may be in the same file
        if (!certificates) {
            error(pki::certificate_undecodable, path,
                  "Failed to configure certificate " + id + ", check " + path,
                  certificates.error().text);
            return {};
        }
        return std::move(*certificates);
    }

    std::vector<pki::Certificate> load_chain_file()
    {
        auto chain = pki::load_certificates(settings_.chain_file);
        if (chain) return std::move(*chain);
        problems_.push_back({.severity = Severity::emerg,
                             .id = chain.error().kind == Error::Kind::not_found
                                       ? pki::certificate_unreadable
                                       : pki::certificate_undecodable,
                             .path = settings_.chain_file,
                             .message = "Failed to configure CA certificate chain!",
                             .cause = chain.error().text,
                             .fix = {}});
        return {};
    }

    std::optional<pki::PrivateKey> load_key(const std::string& id, size_t index,
                                            const std::string& path, bool separate)
    {
        auto key = pki::PrivateKey::load(path, phrases_.asker(settings_.host.label, index, path));
        if (key) {
            phrases_.succeeded();
            return std::move(*key);
        }
        const Error& why = key.error();
        if (why.kind == Error::Kind::denied && access_ok(path)) {
            const bool asked = why.text.find("wrong") != std::string::npos;
            error(asked ? pki::pass_phrase_wrong : pki::pass_phrase_missing, path,
                  asked
                      ? "Init: Pass phrase incorrect for key " + id
                      : "Init: Unable to read pass phrase [Hint: key introduced or changed before "
                        "restart?]",
                  phrases_.trouble().empty() ? why.text : phrases_.trouble());
        } else if (!separate && why.kind == Error::Kind::not_found) {
            error(pki::key_missing, path, "Init: Private key not found",
                  path + " holds no private key and there is no SSLCertificateKeyFile for " + id);
        } else if (!access_ok(path)) {
            error(pki::key_unreadable, path, "Init: Can't open server private key file " + path,
                  why.text);
        } else {
            error(pki::key_undecodable, path,
                  "Failed to configure encrypted (?) private key " + id + ", check " + path,
                  why.text);
        }
        return std::nullopt;
    }

    static bool access_ok(const std::string& path) { return open_file(path, 0).has_value(); }

    void mismatch(const std::string& id, const pki::Certificate& leaf, const std::string& path,
                  const std::string& key_path)
    {
        std::string cause = "the certificate for " + leaf.common_name() + " has another public key";
        for (size_t i = 0; i < settings_.key_files.size(); i++) {
            auto other = pki::PrivateKey::load(settings_.key_files[i], {});
            if (!other || !other->matches(leaf)) continue;
            error(pki::key_mismatch, key_path, message(id, path, key_path), cause,
                  "SSLCertificateKeyFile " + settings_.key_files[i]
                      + " matches this certificate: "
                        "put certificates and keys in the same order");
            return;
        }
        error(pki::key_mismatch, key_path, message(id, path, key_path), cause);
    }
    static std::string message(const std::string& id, const std::string& path,
                               const std::string& key_path)
    {
        return "Certificate and private key " + id + " from " + path + " and " + key_path
               + " do not match";
    }

    void error(int id, const std::string& path, std::string message, std::string cause = {},
               std::string fix = {})
    {
        problems_.push_back({.severity = Severity::emerg,
                             .id = id,
                             .path = path,
                             .message = std::move(message),
                             .cause = std::move(cause),
                             .fix = std::move(fix)});
    }

    const Settings& settings_;
    PassPhrases& phrases_;
    SharedChains& chains_;
    time_t now_;
    pki::Problems& problems_;
};

} // namespace

std::shared_ptr<const Credentials> load_credentials(const Settings& settings, PassPhrases& phrases,
                                                    time_t now, pki::Problems& problems,
                                                    SharedChains* chains)
{
    auto credentials = std::make_shared<Credentials>();
    SharedChains own;
    Loader loader(settings, phrases, chains ? *chains : own, now, problems);
    for (size_t i = 0; i < settings.certificate_files.size(); i++) {
        loader.load_pair(i, *credentials);
    }
    if (settings.certificate_files.empty()) loader.none_configured();
    return credentials;
}

} // namespace signet::tls
