// TLS 1.3 records after the handshake: sealed straight from the caller's bytes into the outgoing
// block, opened in place in what was received. Only OpenSSL's AEAD ciphers and HKDF are used; what
// is ours is framing, sequence numbers and KeyUpdate.   RFC 8446 §5, §4.6.3, §7.2
#pragma once
#include "base/chain.h"
#include "pki/openssl.h"
#include "pki/secret.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace signet::tls {

class Records {
public:
    static constexpr size_t header_size = 5;
    static constexpr size_t trailer_size = 1 + 16; // content type, authentication tag
    static constexpr size_t overhead = header_size + trailer_size;
    static constexpr size_t largest_plain = 16384;
    static constexpr size_t largest_record = header_size + largest_plain + 256; // what we accept

    // The application traffic secrets of both directions and how many records have been written
    // under the server's already (tickets), read under the client's. nullptr: not a suite we know;
    // stay with OpenSSL.
    [[nodiscard]] static std::unique_ptr<Records>
    create(uint16_t suite, std::span<const unsigned char> client_secret,
           std::span<const unsigned char> server_secret, uint64_t written, uint64_t read = 0);
    Records(const Records&) = delete;
    Records& operator=(const Records&) = delete;
    ~Records();

    enum class Kind : uint8_t {
        data,    // `plain` is the plaintext, in place
        nothing, // an empty record, a KeyUpdate, a warning
        closed,  // the peer's close_notify
        failed,  // `alert` ended the connection: the peer's, or ours, which is in the chain
    };
    struct Opened {
        Kind kind = Kind::nothing;
        std::span<char> plain{};
        int alert = -1;
        bool by_peer = false;
        bool is_flood = false; // too many records that carry no data
        const char* text = "";
    };
    // One complete record with its header. A KeyUpdate that asks for one is answered into `out`.
    [[nodiscard]] Opened open(std::span<char> record, Chain& out);

    // One record of application data made of the next `size` (1 … largest_plain) bytes of the
    // pieces; moves the pieces on.
    [[nodiscard]] bool seal(std::span<std::string_view> pieces, size_t size, Chain& out);
    // The same for `size` bytes of plaintext that already lie at record + header_size.
    [[nodiscard]] bool seal_in_place(char* record, size_t size, Chain& out);
    // Before seal_in_place(), and before the plaintext is in place: changes our keys now and then.
    [[nodiscard]] bool rekey_when_due(Chain& out);
    // A record of another content type than data: 21 alert, 22 handshake.
    [[nodiscard]] bool seal_message(char type, std::string_view message, Chain& out);
    void send_alert(int level, int description, Chain& out);
    [[nodiscard]] Opened refuse(int alert, const char* text, Chain& out);

    // Gives back what can be made again: 2 KiB of key schedules.
    void shrink();

private:
    using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, pki::Deleter<EVP_CIPHER_CTX_free>>;
    struct Suite {
        uint16_t id;
        const EVP_CIPHER* cipher;
        const char* digest;
        uint8_t key_size;
        uint8_t secret_size;
    };
    struct Direction {
        CipherContext context{};
        uint64_t sequence = 0;
        std::array<unsigned char, 12> iv{};
        std::array<unsigned char, 32> key{};
        std::array<unsigned char, 48> secret{};
    };

    explicit Records(const Suite& suite)
        : suite_(&suite)
    {
    }
    [[nodiscard]] static const Suite* find_suite(uint16_t id);
    class Expander; // of secrets to keys
    [[nodiscard]] bool set_keys(Direction& direction, const Expander& expand);
    [[nodiscard]] bool next_generation(Direction& direction);
    // The cipher with the nonce of the next record and its header as additional data.
    [[nodiscard]] EVP_CIPHER_CTX* prepare(Direction& direction, bool sealing, const char* header);
    [[nodiscard]] bool finish(char* record, size_t size, Chain& out);
    [[nodiscard]] Opened handshake_message(std::string_view bytes, Chain& out);
    [[nodiscard]] Opened alert_message(std::string_view bytes, Chain& out);

    const Suite* suite_;
    Direction read_;
    Direction write_;
    uint8_t fragment_size_ = 0; // of a handshake message split over records
    std::array<char, 5> fragment_{};
    uint8_t idle_records_ = 0; // records without data in a row
};

} // namespace signet::tls
