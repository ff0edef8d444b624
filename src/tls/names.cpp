#include "tls/names.h"

#include "base/text.h"
#include "pki/openssl.h"

#include <algorithm>
#include <cstdio>

namespace signet::tls {
namespace {

struct Name {
    uint16_t number;
    std::string_view text;
};

constexpr Name versions[] = {{0x0002, "SSLv2"},   {0x0300, "SSLv3"},   {0x0301, "TLSv1"},
                             {0x0302, "TLSv1.1"}, {0x0303, "TLSv1.2"}, {0x0304, "TLSv1.3"}};

constexpr Name groups[] = {{19, "P-192"},
                           {21, "P-224"},
                           {22, "secp256k1"},
                           {23, "P-256"},
                           {24, "P-384"},
                           {25, "P-521"},
                           {26, "brainpoolP256r1"},
                           {27, "brainpoolP384r1"},
                           {28, "brainpoolP512r1"},
                           {29, "X25519"},
                           {30, "X448"},
                           {256, "ffdhe2048"},
                           {257, "ffdhe3072"},
                           {258, "ffdhe4096"},
                           {259, "ffdhe6144"},
                           {260, "ffdhe8192"},
                           {4587, "SecP256r1MLKEM768"},
                           {4588, "X25519MLKEM768"},
                           {4589, "SecP384r1MLKEM1024"},
                           {0x6399, "X25519Kyber768Draft00"}};

// Other spellings of groups that configurations use.
constexpr Name other_group_names[] = {{23, "prime256v1"}, {23, "secp256r1"}, {24, "secp384r1"},
                                      {25, "secp521r1"},  {21, "secp224r1"}, {19, "prime192v1"}};

constexpr Name signatures[] = {{0x0201, "rsa_pkcs1_sha1"},
                               {0x0202, "dsa_sha1"},
                               {0x0203, "ecdsa_sha1"},
                               {0x0301, "rsa_pkcs1_sha224"},
                               {0x0302, "dsa_sha224"},
                               {0x0303, "ecdsa_sha224"},
                               {0x0401, "rsa_pkcs1_sha256"},
                               {0x0402, "dsa_sha256"},
                               {0x0403, "ecdsa_secp256r1_sha256"},
                               {0x0501, "rsa_pkcs1_sha384"},
                               {0x0502, "dsa_sha384"},
                               {0x0503, "ecdsa_secp384r1_sha384"},
                               {0x0601, "rsa_pkcs1_sha512"},
                               {0x0602, "dsa_sha512"},
                               {0x0603, "ecdsa_secp521r1_sha512"},
                               {0x0804, "rsa_pss_rsae_sha256"},
                               {0x0805, "rsa_pss_rsae_sha384"},
                               {0x0806, "rsa_pss_rsae_sha512"},
                               {0x0807, "ed25519"},
                               {0x0808, "ed448"},
                               {0x0809, "rsa_pss_pss_sha256"},
                               {0x080a, "rsa_pss_pss_sha384"},
                               {0x080b, "rsa_pss_pss_sha512"},
                               {0x0101, "rsa_pkcs1_md5"}};

std::string named(std::span<const Name> table, uint16_t number)
{
    const auto found = std::ranges::find(table, number, &Name::number);
    if (found != table.end()) return std::string(found->text);
    char text[8];
    std::snprintf(text, sizeof text, "0x%04x", static_cast<unsigned>(number));
    return text;
}

bool is_between(uint16_t number, uint16_t first, uint16_t last)
{
    return number >= first && number <= last;
}

template <size_t count> bool is_one_of(uint16_t number, const uint16_t (&list)[count])
{
    return std::ranges::find(list, number) != std::end(list);
}

} // namespace

std::string version_name(uint16_t number)
{
    return named(versions, number);
}

std::string group_name(uint16_t number)
{
    return named(groups, number);
}

std::string signature_name(uint16_t number)
{
    return named(signatures, number);
}

std::string suite_name(uint16_t number)
{
    // OpenSSL looks suites up through a connection; one that never connects will do.
    static const pki::SslContextPtr context(SSL_CTX_new(TLS_server_method()));
    static const pki::SslPtr ssl(context ? SSL_new(context.get()) : nullptr);
    const unsigned char bytes[] = {static_cast<unsigned char>(number >> 8),
                                   static_cast<unsigned char>(number & 0xff)};
    const SSL_CIPHER* cipher = ssl ? SSL_CIPHER_find(ssl.get(), bytes) : nullptr;
    std::string name = cipher ? SSL_CIPHER_get_name(cipher) : named({}, number);
    if (!cipher && !suite_weakness(number).empty())
        name += " (" + std::string(suite_weakness(number)) + ")";
    return name;
}

uint16_t group_number(std::string_view name)
{
    const auto same = [&](const Name& one) { return iequals(one.text, name); };
    if (const auto* found = std::ranges::find_if(groups, same); found != std::end(groups))
        return found->number;
    const auto* found = std::ranges::find_if(other_group_names, same);
    return found != std::end(other_group_names) ? found->number : 0;
}

bool is_grease(uint16_t number)
{
    return (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);
}

bool is_signalling_suite(uint16_t number)
{
    return number == 0x00ff || number == 0x5600; // RFC 5746 §3.3, RFC 7507 §2
}

std::string_view suite_weakness(uint16_t number)
{
    constexpr uint16_t anonymous[] = {0x18, 0x1a, 0x1b, 0x34, 0x3a, 0x46, 0x6c,
                                      0x6d, 0x89, 0x9b, 0xa6, 0xa7, 0xbf, 0xc5};
    constexpr uint16_t exported[] = {3, 6, 8, 0x0b, 0x0e, 0x11, 0x14, 0x17, 0x19};
    constexpr uint16_t rc4[] = {4,    5,      0x20,   0x24,   0x8a,   0x8e,
                                0x92, 0xc002, 0xc007, 0xc00c, 0xc011, 0xc033};
    constexpr uint16_t null[] = {0, 1, 2, 0x2c, 0x2d, 0x2e, 0x3b, 0xc001, 0xc006, 0xc00b, 0xc010};
    constexpr uint16_t des[] = {9, 0x0c, 0x0f, 0x12, 0x15, 0x1e, 0x22};
    constexpr uint16_t triple_des[] = {0x0a, 0x0d, 0x10, 0x13,   0x16,   0x1f,   0x23,
                                       0x8b, 0x8f, 0x93, 0xc003, 0xc008, 0xc00d, 0xc012};
    if (is_one_of(number, anonymous) || is_between(number, 0xc015, 0xc019)) return "anonymous";
    if (is_one_of(number, exported) || is_between(number, 0x26, 0x2b)
        || is_between(number, 0x60, 0x66))
        return "export";
    if (is_one_of(number, rc4)) return "RC4";
    if (is_one_of(number, null)) return "NULL";
    if (is_one_of(number, des)) return "DES";
    if (is_one_of(number, triple_des)) return "3DES";
    return {};
}

std::string name_list(std::span<const uint16_t> numbers, std::string (*name)(uint16_t), size_t most)
{
    if (numbers.empty()) return "none";
    std::string text;
    const size_t shown = numbers.size() <= most + 1 ? numbers.size() : most;
    for (const uint16_t number : numbers.first(shown)) {
        if (!text.empty()) text += ", ";
        text += name(number);
    }
    if (shown < numbers.size()) text += " and " + std::to_string(numbers.size() - shown) + " more";
    return text;
}

} // namespace signet::tls
