#include "tls/live_credentials.h"

#include "base/text.h"

#include <cstring>

namespace signet::tls {
namespace {

// Lengths of four bytes before each part: number of certificates, the certificates, the key.
void put(std::string& into, std::string_view bytes)
{
    const auto length = static_cast<uint32_t>(bytes.size());
    into.append(reinterpret_cast<const char*>(&length), sizeof length);
    into.append(bytes);
}

// nullopt where the text ends too early.
std::optional<std::string_view> take(std::string_view& from)
{
    uint32_t length = 0;
    if (from.size() < sizeof length) return std::nullopt;
    std::memcpy(&length, from.data(), sizeof length);
    from.remove_prefix(sizeof length);
    if (from.size() < length) return std::nullopt;
    const std::string_view bytes = from.substr(0, length);
    from.remove_prefix(length);
    return bytes;
}

std::span<const unsigned char> octets(std::string_view bytes)
{
    return {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()};
}

Result<Credential> unpack_one(std::string_view& packed, SharedChains& chains)
{
    const auto certificates = take(packed);
    const auto key_bytes = take(packed);
    if (!certificates || !key_bytes) return fail(Error::Kind::malformed, "a cut-off credential");
    std::vector<pki::Certificate> chain;
    for (std::string_view rest = *certificates; !rest.empty();) {
        const auto der = take(rest);
        if (!der) return fail(Error::Kind::malformed, "a cut-off certificate");
        auto certificate = pki::Certificate::from_der(octets(*der));
        if (!certificate) return std::unexpected(certificate.error());
        chain.push_back(std::move(*certificate));
    }
    auto key = pki::PrivateKey::from_der(octets(*key_bytes));
    if (!key) return std::unexpected(key.error());
    if (chain.empty() || !key->matches(chain.front()))
        return fail(Error::Kind::malformed, "a certificate and a key that do not match");
    const pki::Certificate leaf = std::move(chain.front());
    chain.erase(chain.begin());
    return Credential(leaf, chain, *key, chains);
}

} // namespace

std::string CredentialSource::staple(const X509*, int64_t)
{
    return {};
}

std::string certificate_fingerprint(const X509* certificate)
{
    std::string digest(32, '\0');
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), reinterpret_cast<unsigned char*>(digest.data()),
                    &size)
        != 1)
        return {};
    return digest;
}

std::string pack_credential(const pki::Certificate& leaf,
                            const std::vector<pki::Certificate>& chain, const pki::PrivateKey& key)
{
    std::string certificates, packed;
    put(certificates, leaf.der());
    for (const auto& one : chain) put(certificates, one.der());
    const pki::Secret secret = key.to_der();
    packed.reserve(certificates.size() + secret.bytes().size() + 16);
    put(packed, certificates);
    put(packed, secret.text());
    return packed;
}

Result<std::shared_ptr<const Credentials>> unpack_credentials(std::string_view packed)
{
    auto credentials = std::make_shared<Credentials>();
    SharedChains chains;
    while (!packed.empty()) {
        auto one = unpack_one(packed, chains);
        if (!one) return std::unexpected(one.error());
        credentials->add(std::move(*one));
    }
    return credentials;
}

Result<std::shared_ptr<LiveCredentials>> LiveCredentials::create(const std::string& name)
{
    auto document = SharedDocument::create(name, capacity);
    if (!document) return std::unexpected(document.error());
    auto staples = SharedDocument::create(name + "-staples", capacity);
    if (!staples) return std::unexpected(staples.error());
    return std::shared_ptr<LiveCredentials>(
        new LiveCredentials(std::move(*document), std::move(*staples)));
}

Result<void> LiveCredentials::publish(std::string_view packed)
{
    return document_.publish(packed);
}

const Credentials* LiveCredentials::current(const ClientHello&)
{
    return latest();
}

const Credentials* LiveCredentials::latest()
{
    if (document_.version() == seen_) return decoded_.get();
    std::string packed;
    seen_ = document_.read(packed);
    auto credentials = unpack_credentials(packed);
    pki::wipe(packed.data(), packed.size());
    // What cannot be read leaves the old ones in place: publishers check what they publish.
    if (credentials && !(*credentials)->empty()) decoded_ = std::move(*credentials);
    return decoded_.get();
}

Result<void> LiveCredentials::publish_staples(const std::vector<LiveStaple>& staples)
{
    std::string text;
    for (const auto& one : staples) {
        put(text, one.fingerprint);
        put(text, std::to_string(one.usable_until));
        put(text, one.response);
    }
    return staples_.publish(text);
}

std::string LiveCredentials::staple(const X509* shown, int64_t now)
{
    if (staples_.version() != staples_seen_) {
        std::string text;
        staples_seen_ = staples_.read(text);
        decoded_staples_.clear();
        for (std::string_view rest = text; !rest.empty();) {
            const auto fingerprint = take(rest), until = take(rest), response = take(rest);
            if (!fingerprint || !until || !response) break;
            decoded_staples_.push_back({.fingerprint = std::string(*fingerprint),
                                        .usable_until = parse_number<int64_t>(*until).value_or(0),
                                        .response = std::string(*response)});
        }
    }
    if (decoded_staples_.empty()) return {};
    const std::string wanted = certificate_fingerprint(shown);
    for (const auto& one : decoded_staples_) {
        if (one.fingerprint == wanted && one.usable_until > now) return one.response;
    }
    return {};
}

} // namespace signet::tls
