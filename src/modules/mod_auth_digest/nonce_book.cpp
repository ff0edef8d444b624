#include "modules/mod_auth_digest/nonce_book.h"

#include "base/text.h"
#include "pki/base64.h"

#include <array>
#include <atomic>
#include <cstring>
#include <new>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace signet::mod_auth_digest {
namespace {

constexpr size_t number_size = 12; // 8 bytes in base64
constexpr size_t seal_size = 40;   // 20 bytes in hexadecimal

std::string bytes_of(uint64_t number)
{
    std::string bytes(sizeof number, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

void append_sized(std::string& out, std::string_view part)
{
    out += bytes_of(part.size());
    out += part;
}

} // namespace

// The secret, a counter, and as many places as fit: each the tag of a nonce and its last count.
struct NonceBook::Shared {
    std::array<unsigned char, 32> secret;
    std::atomic<uint64_t> numbers;
    uint64_t place_count;
    std::atomic<uint64_t>* places() { return reinterpret_cast<std::atomic<uint64_t>*>(this + 1); }
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

struct NonceBook::Place {
    std::atomic<uint64_t>& word;
    uint64_t tag; // in the upper half
};

Result<NonceBook> NonceBook::create(size_t places)
{
    auto memory = SharedMemory::create("signet-digest-nonces",
                                       sizeof(Shared) + places * sizeof(std::atomic<uint64_t>));
    if (!memory) return std::unexpected(memory.error());
    memory->keep_out_of_core_dumps();
    auto* shared = new (memory->data()) Shared; // the pages are zero
    shared->place_count = places;
    if (RAND_bytes(shared->secret.data(), static_cast<int>(shared->secret.size())) != 1)
        return fail("error generating secret");
    return NonceBook(std::move(*memory));
}

NonceBook::Shared& NonceBook::shared() const
{
    return *reinterpret_cast<Shared*>(memory_.data());
}

std::string NonceBook::seal(std::string_view number, std::string_view realm,
                            std::string_view opaque) const
{
    std::string text;
    append_sized(text, number);
    append_sized(text, realm);
    append_sized(text, opaque);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    HMAC(EVP_sha256(), shared().secret.data(), static_cast<int>(shared().secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
    std::string hexadecimal;
    for (size_t i = 0; i < seal_size / 2; ++i) append_hex(hexadecimal, mac[i], 2);
    return hexadecimal;
}

std::string NonceBook::make(uint64_t number, std::string_view realm, std::string_view opaque) const
{
    const std::string text = pki::encode_base64(bytes_of(number));
    return text + seal(text, realm, opaque);
}

bool NonceBook::is_genuine(std::string_view nonce, std::string_view realm,
                           std::string_view opaque) const
{
    if (nonce.size() != number_size + seal_size) return false;
    const std::string expected = seal(nonce.substr(0, number_size), realm, opaque);
    return CRYPTO_memcmp(expected.data(), nonce.data() + number_size, seal_size) == 0;
}

uint64_t NonceBook::number_of(std::string_view nonce)
{
    const std::string bytes = pki::decode_base64(nonce.substr(0, number_size));
    uint64_t number = 0;
    if (bytes.size() == sizeof number) std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

uint64_t NonceBook::next_number() const
{
    return shared().numbers.fetch_add(1, std::memory_order_relaxed) + 1;
}

// By the seal, which nobody can choose.
NonceBook::Place NonceBook::place_of(std::string_view nonce) const
{
    const auto tail = nonce.substr(nonce.size() - std::min<size_t>(nonce.size(), 24));
    const auto at = parse_number<uint64_t>(tail.substr(0, 16), 16).value_or(0);
    const auto tag = parse_number<uint32_t>(tail.substr(std::min<size_t>(tail.size(), 16)), 16);
    return {.word = shared().places()[at % shared().place_count],
            .tag = uint64_t{tag.value_or(0) | 1} << 32};
}

void NonceBook::enter(std::string_view nonce) const
{
    const Place place = place_of(nonce);
    place.word.store(place.tag, std::memory_order_relaxed);
}

NonceBook::Use NonceBook::use(std::string_view nonce, uint32_t count) const
{
    const Place place = place_of(nonce);
    uint64_t seen = place.word.load(std::memory_order_relaxed);
    do {
        if (seen >> 32 != place.tag >> 32) return Use::forgotten;
        if (count <= static_cast<uint32_t>(seen)) return Use::repeated;
    } while (!place.word.compare_exchange_weak(seen, place.tag | count));
    return Use::allowed;
}

} // namespace signet::mod_auth_digest
