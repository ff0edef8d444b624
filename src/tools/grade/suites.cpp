#include "tools/grade/suites.h"

#include "base/text.h"
#include "pki/openssl.h"

#include <algorithm>
#include <map>
#include <openssl/objects.h>

namespace signet::tools::grade {
namespace {

// ciphers(1) of OpenSSL 1.0.1, the last that had them all.
constexpr OldSuite broken[] = {
    {0x0001, "NULL-MD5", "eNULL NULL kRSA aRSA RSA MD5 SSLv3", 0},
    {0x0002, "NULL-SHA", "eNULL NULL kRSA aRSA RSA SHA SHA1 SSLv3", 0},
    {0x0003, "EXP-RC4-MD5", "ALL EXP EXPORT EXPORT40 kRSA aRSA RSA RC4 MD5 SSLv3", 40},
    {0x0004, "RC4-MD5", "ALL MEDIUM kRSA aRSA RSA RC4 MD5 SSLv3", 128},
    {0x0005, "RC4-SHA", "ALL MEDIUM kRSA aRSA RSA RC4 SHA SHA1 SSLv3", 128},
    {0x0006, "EXP-RC2-CBC-MD5", "ALL EXP EXPORT EXPORT40 kRSA aRSA RSA RC2 MD5 SSLv3", 40},
    {0x0008, "EXP-DES-CBC-SHA", "ALL EXP EXPORT EXPORT40 kRSA aRSA RSA DES SHA SHA1 SSLv3", 40},
    {0x0009, "DES-CBC-SHA", "ALL LOW kRSA aRSA RSA DES SHA SHA1 SSLv3", 56},
    {0x000a, "DES-CBC3-SHA", "ALL HIGH kRSA aRSA RSA 3DES SHA SHA1 SSLv3", 112},
    {0x0012, "EDH-DSS-DES-CBC-SHA", "ALL LOW kEDH EDH DHE DSS aDSS DES SHA SHA1 SSLv3", 56},
    {0x0013, "EDH-DSS-DES-CBC3-SHA", "ALL HIGH kEDH EDH DHE DSS aDSS 3DES SHA SHA1 SSLv3", 112},
    {0x0014, "EXP-EDH-RSA-DES-CBC-SHA",
     "ALL EXP EXPORT EXPORT40 kEDH EDH DHE aRSA DES SHA SHA1 SSLv3", 40},
    {0x0015, "EDH-RSA-DES-CBC-SHA", "ALL LOW kEDH EDH DHE aRSA DES SHA SHA1 SSLv3", 56},
    {0x0016, "EDH-RSA-DES-CBC3-SHA", "ALL HIGH kEDH EDH DHE aRSA 3DES SHA SHA1 SSLv3", 112},
    {0x0017, "EXP-ADH-RC4-MD5", "ALL EXP EXPORT EXPORT40 ADH aNULL DH RC4 MD5 SSLv3", 40},
    {0x0018, "ADH-RC4-MD5", "ALL MEDIUM ADH aNULL DH RC4 MD5 SSLv3", 128},
    {0x001b, "ADH-DES-CBC3-SHA", "ALL HIGH ADH aNULL DH 3DES SHA SHA1 SSLv3", 112},
    {0x0034, "ADH-AES128-SHA", "ALL HIGH ADH aNULL DH AES AES128 SHA SHA1 SSLv3", 128},
    {0x003a, "ADH-AES256-SHA", "ALL HIGH ADH aNULL DH AES AES256 SHA SHA1 SSLv3", 256},
    {0x0062, "EXP1024-DES-CBC-SHA", "ALL EXP EXPORT EXPORT56 kRSA aRSA RSA DES SHA SHA1 SSLv3", 56},
    {0x0064, "EXP1024-RC4-SHA", "ALL EXP EXPORT EXPORT56 kRSA aRSA RSA RC4 SHA SHA1 SSLv3", 56},
    {0xc007, "ECDHE-ECDSA-RC4-SHA", "ALL MEDIUM ECDHE EECDH kEECDH ECDSA RC4 SHA SHA1 SSLv3", 128},
    {0xc011, "ECDHE-RSA-RC4-SHA", "ALL MEDIUM ECDHE EECDH kEECDH aRSA RC4 SHA SHA1 SSLv3", 128},
    {0xc012, "ECDHE-RSA-DES-CBC3-SHA", "ALL HIGH ECDHE EECDH kEECDH aRSA 3DES SHA SHA1 SSLv3", 112},
    {0xc008, "ECDHE-ECDSA-DES-CBC3-SHA", "ALL HIGH ECDHE EECDH kEECDH ECDSA 3DES SHA SHA1 SSLv3",
     112},
    {0xc016, "AECDH-RC4-SHA", "ALL MEDIUM AECDH aNULL ECDH RC4 SHA SHA1 SSLv3", 128},
    {0xc018, "AECDH-AES128-SHA", "ALL HIGH AECDH aNULL ECDH AES AES128 SHA SHA1 SSLv3", 128},
};

bool has_tag(const OldSuite& suite, std::string_view tag)
{
    return std::ranges::any_of(split_words(suite.tags), [&](auto one) { return one == tag; });
}

Suite from_openssl(const SSL_CIPHER* cipher)
{
    const int kx = SSL_CIPHER_get_kx_nid(cipher);
    const int algorithm = SSL_CIPHER_get_cipher_nid(cipher);
    const std::string name = SSL_CIPHER_get_name(cipher);
    return {.number = SSL_CIPHER_get_protocol_id(cipher),
            .name = name,
            .bits = SSL_CIPHER_get_bits(cipher, nullptr),
            .forward_secrecy = kx == NID_kx_any || kx == NID_kx_dhe || kx == NID_kx_ecdhe
                               || kx == NID_kx_ecdhe_psk || kx == NID_kx_dhe_psk,
            .aead = SSL_CIPHER_is_aead(cipher) == 1,
            .anonymous = SSL_CIPHER_get_auth_nid(cipher) == NID_auth_null,
            .rc4 = algorithm == NID_rc4,
            .small_blocks = algorithm == NID_des_ede3_cbc || algorithm == NID_des_cbc
                            || algorithm == NID_idea_cbc,
            .tls13 = kx == NID_kx_any};
}

struct Library {
    std::map<uint16_t, Suite> known;
    std::vector<uint16_t> candidates;

    Library()
    {
        for (const auto& one : broken) {
            const bool dhe = has_tag(one, "DHE") || has_tag(one, "ECDHE");
            known[one.number] = {.number = one.number,
                                 .name = std::string(one.name),
                                 .bits = one.bits,
                                 .forward_secrecy = dhe,
                                 .anonymous = has_tag(one, "aNULL"),
                                 .rc4 = has_tag(one, "RC4"),
                                 .small_blocks = has_tag(one, "DES") || has_tag(one, "3DES"),
                                 .is_export = has_tag(one, "EXP")};
            candidates.push_back(one.number);
        }
        const pki::SslContextPtr context(SSL_CTX_new(TLS_method()));
        if (!context) return;
        // "ALL" leaves out the suites without encryption.
        SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
        SSL_CTX_set_ciphersuites(context.get(),
                                 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                 "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:"
                                 "TLS_AES_128_CCM_8_SHA256");
        const auto* ciphers = SSL_CTX_get_ciphers(context.get());
        for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
            auto suite = from_openssl(sk_SSL_CIPHER_value(ciphers, i));
            const uint16_t number = suite.number;
            if (!suite.tls13 && !known.contains(number)) candidates.push_back(number);
            if (!known.contains(number)) known[number] = std::move(suite);
        }
        pki::forget_errors();
    }
};

const Library& library()
{
    static const Library made;
    return made;
}

} // namespace

Suite suite_of(uint16_t number)
{
    const auto found = library().known.find(number);
    if (found != library().known.end()) return found->second;
    std::string name = "0x";
    append_hex(name, number, 4);
    return {.number = number, .name = name, .bits = 128};
}

std::string suite_name(uint16_t number)
{
    return suite_of(number).name;
}

const std::vector<uint16_t>& candidates()
{
    return library().candidates;
}

std::span<const OldSuite> old_suites()
{
    return broken;
}

} // namespace signet::tools::grade
