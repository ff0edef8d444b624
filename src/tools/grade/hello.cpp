#include "tools/grade/hello.h"

#include "base/text.h"
#include "pki/openssl.h"

#include <algorithm>
#include <openssl/ec.h>
#include <openssl/objects.h>

namespace signet::tools::grade {
namespace {

constexpr uint16_t tls1_2 = 0x0303, tls1_3 = 0x0304;

enum Extension : uint16_t {
    server_name = 0,
    supported_groups = 10,
    point_formats = 11,
    signature_algorithms = 13,
    extended_master_secret = 23,
    supported_versions = 43,
    psk_modes = 45,
    key_share = 51,
    renegotiation_info = 0xff01,
};

// Writing.

void put8(std::string& out, size_t value)
{
    out += static_cast<char>(value & 0xff);
}
void put16(std::string& out, size_t value)
{
    put8(out, value >> 8);
    put8(out, value);
}
// A vector with a length of one or two bytes before it.
void put_vector8(std::string& out, std::string_view bytes)
{
    put8(out, bytes.size());
    out += bytes;
}
void put_vector16(std::string& out, std::string_view bytes)
{
    put16(out, bytes.size());
    out += bytes;
}
std::string joined(const std::vector<uint16_t>& numbers)
{
    std::string out;
    for (const auto number : numbers) put16(out, number);
    return out;
}
void put_extension(std::string& out, Extension type, std::string_view body)
{
    put16(out, type);
    put_vector16(out, body);
}

// The generator of a NIST curve: the public key of 1.
std::string generator(int nid)
{
    std::unique_ptr<EC_GROUP, pki::Deleter<EC_GROUP_free>> group(EC_GROUP_new_by_curve_name(nid));
    if (!group) return {};
    std::string point(133, '\0');
    point.resize(EC_POINT_point2oct(
        group.get(), EC_GROUP_get0_generator(group.get()), POINT_CONVERSION_UNCOMPRESSED,
        reinterpret_cast<unsigned char*>(point.data()), point.size(), nullptr));
    return point;
}

std::string base_point(size_t size, char value)
{
    std::string point(size, '\0');
    point[0] = value;
    return point;
}

std::string share_of(uint16_t group)
{
    switch (group) {
    case 23: return generator(NID_X9_62_prime256v1);
    case 24: return generator(NID_secp384r1);
    case 25: return generator(NID_secp521r1);
    case 29: return base_point(32, 9);
    case 30: return base_point(56, 5);
    // An encapsulation key of ML-KEM-768 whose coefficients are all zero, then X25519's share.
    case 0x11ec: return std::string(1184, '\0') + base_point(32, 9);
    default: return {};
    }
}

std::string shares_of(const Client& client)
{
    std::string entries;
    for (const auto group : client.shares) {
        const std::string share = share_of(group);
        if (share.empty()) continue;
        put16(entries, group);
        put_vector16(entries, share);
    }
    std::string out;
    put_vector16(out, entries);
    return out;
}

std::string extensions_of(const Client& client, const HelloOptions& options)
{
    const auto counted16 = [](const std::vector<uint16_t>& numbers) {
        std::string out;
        put_vector16(out, joined(numbers));
        return out;
    };
    std::string out;
    if (!options.server_name.empty()) {
        std::string entry(1, '\0');
        put_vector16(entry, options.server_name);
        std::string list;
        put_vector16(list, entry);
        put_extension(out, server_name, list);
    }
    if (!client.groups.empty()) {
        put_extension(out, supported_groups, counted16(client.groups));
        put_extension(out, point_formats, std::string_view("\1\0", 2));
    }
    if (!client.signatures.empty()) {
        put_extension(out, signature_algorithms, counted16(client.signatures));
    }
    put_extension(out, extended_master_secret, {});
    put_extension(out, renegotiation_info, std::string_view("\0", 1));
    if (std::ranges::find(client.versions, tls1_3) != client.versions.end()) {
        std::string versions;
        put_vector8(versions, joined(client.versions));
        put_extension(out, supported_versions, versions);
        put_extension(out, psk_modes, std::string_view("\1\1", 2));
        put_extension(out, key_share, shares_of(client));
    }
    return out;
}

// Reading: a view that never runs over its end; what is missing reads as 0 and spoils it.
class Reader {
public:
    explicit Reader(std::string_view bytes)
        : rest_(bytes)
    {
    }
    size_t number(size_t bytes)
    {
        size_t value = 0;
        for (const char c : take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
        return value;
    }
    std::string_view take(size_t size)
    {
        if (size > rest_.size()) {
            is_good_ = false;
            rest_ = {};
            return {};
        }
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    std::string_view vector(size_t length_bytes) { return take(number(length_bytes)); }
    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] bool is_good() const { return is_good_; }

private:
    std::string_view rest_;
    bool is_good_ = true;
};

// RFC 8446 §4.1.3: the random value of a HelloRetryRequest.
constexpr std::string_view retry_random =
    "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91"
    "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c";

void read_server_hello(std::string_view body, ServerAnswer& answer)
{
    Reader in(body);
    answer.version = static_cast<uint16_t>(in.number(2));
    const bool is_retry = in.take(32) == retry_random;
    in.vector(1);
    answer.suite = static_cast<uint16_t>(in.number(2));
    answer.compression = in.number(1) != 0;
    if (!in.is_good()) return;
    answer.kind = is_retry ? ServerAnswer::Kind::retry : ServerAnswer::Kind::hello;
    Reader extensions(in.empty() ? std::string_view() : in.vector(2));
    while (!extensions.empty()) {
        const size_t type = extensions.number(2);
        Reader value(extensions.vector(2));
        if (type == supported_versions) answer.version = static_cast<uint16_t>(value.number(2));
        if (type == key_share) answer.group = static_cast<uint16_t>(value.number(2));
        if (type == renegotiation_info) answer.secure_renegotiation = true;
    }
    // TLS 1.3 has neither renegotiation nor compression.
    if (answer.version >= tls1_3) answer.secure_renegotiation = true;
}

bool is_finite_field(uint16_t suite)
{
    const SSL_CIPHER* cipher = nullptr;
    const std::unique_ptr<SSL_CTX, pki::Deleter<SSL_CTX_free>> context(
        SSL_CTX_new(TLS_client_method()));
    const pki::SslPtr ssl(context ? SSL_new(context.get()) : nullptr);
    const unsigned char number[2] = {static_cast<unsigned char>(suite >> 8),
                                     static_cast<unsigned char>(suite & 0xff)};
    if (ssl) cipher = SSL_CIPHER_find(ssl.get(), number);
    return cipher && SSL_CIPHER_get_kx_nid(cipher) == NID_kx_dhe;
}

void read_message(size_t type, std::string_view body, ServerAnswer& answer)
{
    Reader in(body);
    switch (type) {
    case 2: read_server_hello(body, answer); break;
    case 11: { // Certificate
        Reader list(in.vector(3));
        while (!list.empty()) answer.certificates.emplace_back(list.vector(3));
        break;
    }
    case 12: // ServerKeyExchange
        if (is_finite_field(answer.suite)) {
            answer.dh_bits = static_cast<unsigned>(in.vector(2).size() * 8);
        } else if (in.number(1) == 3) { // named_curve
            answer.group = static_cast<uint16_t>(in.number(2));
        }
        break;
    case 14: answer.is_done = true; break; // ServerHelloDone
    default: break;
    }
}

} // namespace

std::string write_client_hello(const Client& client, const HelloOptions& options)
{
    const uint16_t highest = client.versions.empty() ? tls1_2 : client.versions.front();
    std::string body;
    put16(body, std::min(highest, tls1_2));
    body += options.random;
    put_vector8(body, options.session_id);
    auto suites = client.suites;
    if (options.is_fallback) suites.push_back(0x5600);
    put_vector16(body, joined(suites));
    put_vector8(body, options.offers_compression ? std::string_view("\1\0", 2)
                                                 : std::string_view("\0", 1));
    // SSL 3.0 has no extensions.
    if (highest > 0x0300) put_vector16(body, extensions_of(client, options));

    std::string message(1, '\1');
    put8(message, body.size() >> 16);
    put_vector16(message, body); // a hello is far below 64 KiB
    std::string record(1, '\x16');
    put16(record, std::min<uint16_t>(highest, 0x0301));
    put_vector16(record, message);
    return record;
}

ServerAnswer read_answer(std::string_view bytes)
{
    ServerAnswer answer;
    std::string handshake;
    Reader records(bytes);
    while (!records.empty()) {
        const size_t type = records.number(1);
        records.take(2);
        const auto body = records.vector(2);
        if (!records.is_good()) break;
        if (type == 22) {
            handshake += body;
        } else if (type == 21 && body.size() >= 2) {
            // A warning (unrecognized_name) does not end anything.
            if (body[0] == 1) continue;
            answer.kind = ServerAnswer::Kind::alert;
            answer.alert = static_cast<uint8_t>(body[1]);
            return answer;
        } else {
            break; // what is encrypted says nothing
        }
    }
    Reader messages(handshake);
    while (!messages.empty()) {
        const size_t type = messages.number(1);
        const auto body = messages.vector(3);
        if (!messages.is_good()) break;
        read_message(type, body, answer);
    }
    return answer;
}

std::string version_name(uint16_t version)
{
    switch (version) {
    case 0x0200: return "SSL 2.0";
    case 0x0300: return "SSL 3.0";
    case 0x0301: return "TLS 1.0";
    case 0x0302: return "TLS 1.1";
    case 0x0303: return "TLS 1.2";
    case 0x0304: return "TLS 1.3";
    default: return "version " + std::to_string(version);
    }
}

std::string group_name(uint16_t group)
{
    switch (group) {
    case 0: return "";
    case 22: return "secp256k1";
    case 23: return "P-256";
    case 24: return "P-384";
    case 25: return "P-521";
    case 29: return "X25519";
    case 30: return "X448";
    case 0x100: return "ffdhe2048";
    case 0x101: return "ffdhe3072";
    case 0x11ec: return "X25519MLKEM768";
    default: return "group " + std::to_string(group);
    }
}

std::string alert_name(uint8_t alert)
{
    switch (alert) {
    case 10: return "unexpected_message";
    case 40: return "handshake_failure";
    case 47: return "illegal_parameter";
    case 50: return "decode_error";
    case 70: return "protocol_version";
    case 71: return "insufficient_security";
    case 80: return "internal_error";
    case 86: return "inappropriate_fallback";
    case 109: return "missing_extension";
    case 112: return "unrecognized_name";
    case 120: return "no_application_protocol";
    default: return "alert " + std::to_string(alert);
    }
}

} // namespace signet::tools::grade
