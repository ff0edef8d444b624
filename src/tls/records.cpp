#include "tls/records.h"

#include "tls/algorithms.h"

#include <algorithm>
#include <cstring>
#include <openssl/core_names.h>

namespace signet::tls {
namespace {

constexpr char change_cipher_spec_type = 20;
constexpr char alert_type = 21;
constexpr char handshake_type = 22;
constexpr char data_type = 23;
constexpr char key_update = 24;

constexpr int unexpected_message = 10;
constexpr int bad_record_mac = 20;
constexpr int record_overflow = 22;
constexpr int decode_error = 50;
constexpr int illegal_parameter = 47;
constexpr int internal_error = 80;

constexpr uint8_t idle_limit = 32; // as OpenSSL: more empty records in a row are an attack
// AES-GCM stays safe for 2^24.5 full records under one key (RFC 8446 §5.5).
constexpr uint64_t rekey_after = uint64_t{1} << 23;

void write_header(char* at, size_t body)
{
    at[0] = data_type;
    at[1] = 3;
    at[2] = 3;
    at[3] = static_cast<char>(body >> 8);
    at[4] = static_cast<char>(body & 0xff);
}

unsigned char* bytes(char* at)
{
    return reinterpret_cast<unsigned char*>(at);
}
const unsigned char* bytes(const char* at)
{
    return reinterpret_cast<const unsigned char*>(at);
}

} // namespace

// HKDF-Expand-Label with an empty context (RFC 8446 §7.1). What it makes is never longer than the
// hash: a single HMAC (RFC 5869 §2.3). OpenSSL's HKDF would fetch the hash for each of the four
// keys of a connection, at ten times the cost.
class Records::Expander {
public:
    explicit Expander(const char* digest)
        : mac_(EVP_MAC_CTX_new(algorithms().hmac.get()))
    {
        const OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
            OSSL_PARAM_construct_end(),
        };
        if (mac_ && EVP_MAC_CTX_set_params(mac_.get(), parameters) != 1) mac_.reset();
    }

    // From `secret`, or from the one of the call before when it is empty.
    [[nodiscard]] bool operator()(std::span<const unsigned char> secret, std::string_view label,
                                  std::span<unsigned char> into) const
    {
        std::array<unsigned char, 32> info{};
        size_t used = 0;
        info[used++] = 0;
        info[used++] = static_cast<unsigned char>(into.size());
        info[used++] = static_cast<unsigned char>(6 + label.size());
        for (const char c : std::string_view("tls13 "))
            info[used++] = static_cast<unsigned char>(c);
        for (const char c : label) info[used++] = static_cast<unsigned char>(c);
        info[used++] = 0;
        info[used++] = 1; // HKDF's first block
        std::array<unsigned char, EVP_MAX_MD_SIZE> block{};
        size_t size = 0;
        const bool good = mac_
                          && EVP_MAC_init(mac_.get(), secret.data(), secret.size(), nullptr) == 1
                          && EVP_MAC_update(mac_.get(), info.data(), used) == 1
                          && EVP_MAC_final(mac_.get(), block.data(), &size, block.size()) == 1
                          && size >= into.size();
        if (good) std::copy_n(block.begin(), into.size(), into.begin());
        pki::wipe(block.data(), block.size());
        return good;
    }

private:
    std::unique_ptr<EVP_MAC_CTX, pki::Deleter<EVP_MAC_CTX_free>> mac_;
};

const Records::Suite* Records::find_suite(uint16_t id)
{
    static const Suite suites[] = {
        {0x1301, algorithms().aes_128_gcm.get(), "SHA256", 16, 32},
        {0x1302, algorithms().aes_256_gcm.get(), "SHA384", 32, 48},
        {0x1303, algorithms().chacha20_poly1305.get(), "SHA256", 32, 32},
    };
    for (const auto& suite : suites) {
        if (suite.id == id && suite.cipher) return &suite;
    }
    return nullptr;
}

std::unique_ptr<Records> Records::create(uint16_t suite,
                                         std::span<const unsigned char> client_secret,
                                         std::span<const unsigned char> server_secret,
                                         uint64_t written, uint64_t read)
{
    const Suite* known = find_suite(suite);
    if (!known || client_secret.size() != known->secret_size
        || server_secret.size() != known->secret_size) {
        return nullptr;
    }
    std::unique_ptr<Records> records(new Records(*known));
    std::ranges::copy(client_secret, records->read_.secret.begin());
    std::ranges::copy(server_secret, records->write_.secret.begin());
    const Expander expand(known->digest);
    if (!records->set_keys(records->read_, expand) || !records->set_keys(records->write_, expand)) {
        pki::forget_errors();
        return nullptr;
    }
    records->write_.sequence = written;
    records->read_.sequence = read;
    return records;
}

Records::~Records()
{
    for (Direction* one : {&read_, &write_}) {
        pki::wipe(one->key.data(), one->key.size());
        pki::wipe(one->secret.data(), one->secret.size());
    }
}

bool Records::set_keys(Direction& direction, const Expander& expand)
{
    direction.context.reset();
    direction.sequence = 0;
    const auto secret = std::span(direction.secret).first(suite_->secret_size);
    return expand(secret, "key", std::span(direction.key).first(suite_->key_size))
           && expand({}, "iv", direction.iv);
}

bool Records::next_generation(Direction& direction)
{
    const Expander expand(suite_->digest);
    std::array<unsigned char, 48> next{};
    const auto secret = std::span(direction.secret).first(suite_->secret_size);
    const bool good = expand(secret, "traffic upd", std::span(next).first(suite_->secret_size));
    direction.secret = next;
    pki::wipe(next.data(), next.size());
    return good && set_keys(direction, expand);
}

EVP_CIPHER_CTX* Records::prepare(Direction& direction, bool sealing, const char* header)
{
    std::array<unsigned char, 12> nonce = direction.iv;
    uint64_t sequence = direction.sequence;
    for (size_t i = nonce.size(); sequence > 0; sequence >>= 8) {
        nonce[--i] ^= static_cast<unsigned char>(sequence & 0xff);
    }
    direction.sequence++;
    EVP_CIPHER_CTX* context = direction.context.get();
    const EVP_CIPHER* cipher = nullptr; // the key is set already
    const unsigned char* key = nullptr;
    if (!context) {
        direction.context.reset(EVP_CIPHER_CTX_new());
        context = direction.context.get();
        cipher = suite_->cipher;
        key = direction.key.data();
    }
    int taken = 0;
    if (!context
        || EVP_CipherInit_ex2(context, cipher, key, nonce.data(), sealing ? 1 : 0, nullptr) != 1
        || EVP_CipherUpdate(context, nullptr, &taken, bytes(header), header_size) != 1) {
        return nullptr;
    }
    return context;
}

bool Records::seal(std::span<std::string_view> pieces, size_t size, Chain& out)
{
    if (!rekey_when_due(out)) return false;
    char* record = out.reserve(size + overhead);
    char* at = record + header_size;
    // Small records are gathered first: one pass of the cipher costs less than several.
    constexpr size_t small = 2048;
    if (size <= small) {
        size_t left = size;
        for (auto& piece : pieces) {
            const size_t part = std::min(left, piece.size());
            if (part > 0) std::memcpy(at, piece.data(), part);
            piece.remove_prefix(part);
            at += part;
            left -= part;
        }
        return seal_in_place(record, size, out);
    }
    write_header(record, size + trailer_size);
    EVP_CIPHER_CTX* context = prepare(write_, true, record);
    if (!context) return false;
    size_t left = size;
    int written = 0;
    for (auto& piece : pieces) {
        const size_t part = std::min(left, piece.size());
        if (part == 0) continue;
        if (EVP_CipherUpdate(context, bytes(at), &written, bytes(piece.data()),
                             static_cast<int>(part))
            != 1) {
            return false;
        }
        piece.remove_prefix(part);
        at += part;
        left -= part;
    }
    const char type = data_type;
    if (EVP_CipherUpdate(context, bytes(at), &written, bytes(&type), 1) != 1) return false;
    return finish(record, size, out);
}

bool Records::seal_in_place(char* record, size_t size, Chain& out)
{
    char* body = record + header_size;
    body[size] = data_type;
    write_header(record, size + trailer_size);
    EVP_CIPHER_CTX* context = prepare(write_, true, record);
    int written = 0;
    if (!context
        || EVP_CipherUpdate(context, bytes(body), &written, bytes(body), static_cast<int>(size + 1))
               != 1) {
        return false;
    }
    return finish(record, size, out);
}

bool Records::finish(char* record, size_t size, Chain& out)
{
    EVP_CIPHER_CTX* context = write_.context.get();
    char* tag = record + header_size + size + 1;
    int written = 0;
    if (EVP_CipherFinal_ex(context, bytes(tag), &written) != 1
        || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag) != 1) {
        return false;
    }
    out.commit(size + overhead);
    return true;
}

// Handshake and alert messages.
bool Records::seal_message(char type, std::string_view message, Chain& out)
{
    char* record = out.reserve(message.size() + overhead);
    char* body = record + header_size;
    std::memcpy(body, message.data(), message.size());
    body[message.size()] = type;
    write_header(record, message.size() + trailer_size);
    EVP_CIPHER_CTX* context = prepare(write_, true, record);
    int written = 0;
    if (!context
        || EVP_CipherUpdate(context, bytes(body), &written, bytes(body),
                            static_cast<int>(message.size() + 1))
               != 1) {
        return false;
    }
    return finish(record, message.size(), out);
}

bool Records::rekey_when_due(Chain& out)
{
    if (write_.sequence < rekey_after) return true;
    const char update[] = {key_update, 0, 0, 1, 0}; // update_not_requested
    return seal_message(handshake_type, {update, sizeof update}, out) && next_generation(write_);
}

void Records::send_alert(int level, int description, Chain& out)
{
    const char alert[] = {static_cast<char>(level), static_cast<char>(description)};
    if (!seal_message(alert_type, {alert, sizeof alert}, out)) pki::forget_errors();
}

Records::Opened Records::refuse(int alert, const char* text, Chain& out)
{
    pki::forget_errors();
    send_alert(2, alert, out);
    return {.kind = Kind::failed, .alert = alert, .text = text};
}

Records::Opened Records::open(std::span<char> record, Chain& out)
{
    if (record.size() > largest_record) return refuse(record_overflow, "record too long", out);
    if (record[0] != data_type) {
        // An unencrypted alert cannot be trusted; nothing else may come unencrypted now.
        return refuse(unexpected_message,
                      record[0] == change_cipher_spec_type
                          ? "change_cipher_spec after the handshake"
                          : "unencrypted record after the handshake",
                      out);
    }
    if (record.size() < overhead) return refuse(bad_record_mac, "record too short", out);
    char* body = record.data() + header_size;
    size_t size = record.size() - header_size - 16;
    EVP_CIPHER_CTX* context = prepare(read_, false, record.data());
    int written = 0;
    if (!context
        || EVP_CipherUpdate(context, bytes(body), &written, bytes(body), static_cast<int>(size))
               != 1
        || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, body + size) != 1
        || EVP_CipherFinal_ex(context, bytes(body + size), &written) != 1) {
        return refuse(bad_record_mac, "decryption failed or bad record mac", out);
    }
    while (size > 0 && body[size - 1] == 0) size--; // padding
    if (size == 0) return refuse(unexpected_message, "record without content type", out);
    const char type = body[--size];
    if (size > largest_plain) return refuse(record_overflow, "plaintext too long", out);
    if (type == data_type && size > 0 && fragment_size_ == 0) {
        idle_records_ = 0;
        return {.kind = Kind::data, .plain = {body, size}};
    }
    if (++idle_records_ > idle_limit) {
        auto refused = refuse(unexpected_message, "too many records without data", out);
        refused.is_flood = true;
        return refused;
    }
    const std::string_view plain(body, size);
    if (type == handshake_type) return handshake_message(plain, out);
    if (fragment_size_ > 0) return refuse(unexpected_message, "handshake message cut short", out);
    if (type == alert_type) return alert_message(plain, out);
    if (type == data_type) return {};
    return refuse(unexpected_message, "unknown content type", out);
}

// KeyUpdate is the only message a client may send now: 24, length 1, whether it wants ours too.
Records::Opened Records::handshake_message(std::string_view bytes_in, Chain& out)
{
    if (bytes_in.empty()) return refuse(unexpected_message, "empty handshake record", out);
    const size_t missing = fragment_.size() - fragment_size_;
    if (bytes_in.size() > missing) {
        return refuse(unexpected_message, "unexpected handshake message", out);
    }
    std::ranges::copy(bytes_in, fragment_.begin() + fragment_size_);
    fragment_size_ = static_cast<uint8_t>(fragment_size_ + bytes_in.size());
    if (fragment_[0] != key_update) {
        return refuse(unexpected_message, "unexpected handshake message", out);
    }
    if (fragment_size_ < fragment_.size()) return {};
    fragment_size_ = 0;
    if (fragment_[1] != 0 || fragment_[2] != 0 || fragment_[3] != 1) {
        return refuse(decode_error, "KeyUpdate of a wrong length", out);
    }
    const char wanted = fragment_[4];
    if (wanted != 0 && wanted != 1) return refuse(illegal_parameter, "bad KeyUpdate", out);
    if (!next_generation(read_)) return refuse(internal_error, "no new keys", out);
    if (wanted == 1) {
        const char update[] = {key_update, 0, 0, 1, 0};
        if (!seal_message(handshake_type, {update, sizeof update}, out)
            || !next_generation(write_)) {
            return refuse(internal_error, "no new keys", out);
        }
    }
    return {};
}

// RFC 8446 §6: the level says nothing any more; all but two alerts end the connection.
Records::Opened Records::alert_message(std::string_view alert, Chain& out)
{
    constexpr int close_notify = 0;
    constexpr int user_canceled = 90;
    if (alert.size() != 2) return refuse(decode_error, "malformed alert", out);
    const int description = static_cast<unsigned char>(alert[1]);
    if (description == close_notify) return {.kind = Kind::closed};
    if (description == user_canceled) return {};
    return {.kind = Kind::failed, .alert = description, .by_peer = true, .text = "fatal alert"};
}

void Records::shrink()
{
    read_.context.reset();
    write_.context.reset();
}

} // namespace signet::tls
