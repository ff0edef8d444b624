#include "pki/pkcs12.h"

namespace signet::pki {
namespace {

constexpr int iterations = 100'000;

std::optional<Pkcs12Contents> try_phrase(PKCS12& sealed, const char* phrase, int length)
{
    if (PKCS12_mac_present(&sealed) && PKCS12_verify_mac(&sealed, phrase, length) != 1) {
        forget_errors();
        return std::nullopt;
    }
    EVP_PKEY* key = nullptr;
    X509* leaf = nullptr;
    STACK_OF(X509)* others = nullptr;
    if (PKCS12_parse(&sealed, phrase, &key, &leaf, &others) != 1) return std::nullopt;
    const StackPtr owned(others);
    Pkcs12Contents contents;
    if (key) contents.key.emplace(EvpKeyPtr(key));
    if (leaf) contents.certificates.emplace_back(X509Ptr(leaf));
    for (int i = 0; others && i < sk_X509_num(others); i++) {
        X509* one = sk_X509_value(others, i);
        X509_up_ref(one);
        contents.certificates.emplace_back(X509Ptr(one));
    }
    forget_errors();
    return contents;
}

} // namespace

Result<Pkcs12Contents> open_pkcs12(PKCS12& sealed, std::string_view path, const AskPassPhrase& ask)
{
    if (auto contents = try_phrase(sealed, "", 0)) return std::move(*contents);
    if (auto contents = try_phrase(sealed, nullptr, 0)) return std::move(*contents);
    std::string reasons = drain_errors();
    int attempt = 0;
    for (; ask; attempt++) {
        const auto phrase = ask(attempt);
        if (!phrase) break;
        std::string text(phrase->text());
        auto contents = try_phrase(sealed, text.c_str(), static_cast<int>(text.size()));
        wipe(text.data(), text.size());
        if (contents) return std::move(*contents);
        reasons = drain_errors();
        if (!reasons.empty()) { // the pass phrase is right, but the contents cannot be decoded
            return fail(Error::Kind::malformed,
                        std::string(path)
                            + ": cannot be decoded (an old algorithm such as RC2, perhaps): "
                            + reasons);
        }
    }
    return fail(Error::Kind::denied,
                std::string(path)
                    + (attempt == 0 ? ": is encrypted and there is no pass phrase for it"
                                    : ": the pass phrase is wrong"));
}

Result<Secret> make_pkcs12(const PrivateKey& key, const std::vector<Certificate>& certificates,
                           const std::string& friendly_name, const Secret& phrase)
{
    if (certificates.empty()) return fail("PKCS#12 needs the certificate of the key");
    const StackPtr chain(sk_X509_new_null());
    for (size_t i = 1; i < certificates.size(); i++) {
        X509_up_ref(certificates[i].get());
        sk_X509_push(chain.get(), certificates[i].get());
    }
    std::string text(phrase.text());
    const Pkcs12Ptr made(PKCS12_create(text.c_str(), friendly_name.c_str(), key.get(),
                                       certificates[0].get(), chain.get(), NID_aes_256_cbc,
                                       NID_aes_256_cbc, iterations, iterations, 0));
    wipe(text.data(), text.size());
    if (!made) return fail_openssl("PKCS#12");
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio || i2d_PKCS12_bio(bio.get(), made.get()) != 1) return fail_openssl("PKCS#12");
    return take_secret(bio.get());
}

} // namespace signet::pki
