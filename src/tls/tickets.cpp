#include "tls/tickets.h"

#include "base/file.h"
#include "pki/openssl.h"
#include "pki/secret.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <openssl/rand.h>

namespace signet::tls {

// Three keys in a ring behind a sequence lock: odd while the writer is inside. The writer makes the
// slot of the oldest key new, so a reader that is not disturbed needs no lock. The ring index is
// published last.
struct TicketKeys::Shared {
    std::atomic<uint32_t> sequence;
    std::atomic<uint32_t> current; // index into keys
    std::atomic<uint32_t> count;   // valid keys
    bool from_file;
    TicketKey keys[3];
};

namespace {

Result<TicketKey> random_key()
{
    TicketKey key;
    if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1
        || RAND_priv_bytes(key.hmac.data(), static_cast<int>(key.hmac.size())) != 1
        || RAND_priv_bytes(key.aes.data(), static_cast<int>(key.aes.size())) != 1) {
        return pki::fail_openssl("no random bytes for a session ticket key");
    }
    return key;
}

} // namespace

TicketKeys::Shared& TicketKeys::shared() const
{
    return *static_cast<Shared*>(memory_.get());
}

Result<TicketKeys> TicketKeys::create()
{
    auto memory = SharedMemory::create(sizeof(Shared));
    if (!memory) return std::unexpected(memory.error());
    auto key = random_key();
    if (!key) return std::unexpected(key.error());
    TicketKeys keys(std::move(*memory));
    keys.shared().keys[0] = *key;
    keys.shared().count = 1;
    return keys;
}

Result<TicketKeys> TicketKeys::from_file(const std::string& path)
{
    auto bytes = read_file(path, 4096);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->size() != 48 && bytes->size() != 80) {
        return fail(path + ": a session ticket key file has 48 or 80 bytes, this one has "
                    + std::to_string(bytes->size()));
    }
    auto memory = SharedMemory::create(sizeof(Shared));
    if (!memory) return std::unexpected(memory.error());

    // Name, HMAC secret, AES key: Apache's order for 48 bytes; the 80 byte form doubles the
    // secrets.
    TicketKey key;
    key.hmac_size = key.aes_size = bytes->size() == 48 ? 16 : 32;
    std::memcpy(key.name.data(), bytes->data(), 16);
    std::memcpy(key.hmac.data(), bytes->data() + 16, key.hmac_size);
    std::memcpy(key.aes.data(), bytes->data() + 16 + key.hmac_size, key.aes_size);
    pki::wipe(bytes->data(), bytes->size());

    TicketKeys keys(std::move(*memory));
    keys.shared().keys[0] = key;
    keys.shared().count = 1;
    keys.shared().from_file = true;
    return keys;
}

Result<void> TicketKeys::rotate()
{
    Shared& all = shared();
    if (all.from_file) return {};
    auto key = random_key();
    if (!key) return std::unexpected(key.error());
    const uint32_t next = (all.current + 1) % 3;
    all.sequence.fetch_add(1, std::memory_order_acq_rel);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    all.keys[next] = *key;
    all.current.store(next, std::memory_order_release);
    all.count.store(std::min(all.count.load() + 1, 3U), std::memory_order_release);
    all.sequence.fetch_add(1, std::memory_order_release);
    return {};
}

TicketKey TicketKeys::current() const
{
    // The current key is never the one being rewritten, unless two rotations pass in between.
    const Shared& all = shared();
    while (true) {
        const uint32_t before = all.sequence.load(std::memory_order_acquire);
        const TicketKey key = all.keys[all.current.load(std::memory_order_acquire)];
        std::atomic_thread_fence(std::memory_order_acquire);
        if (all.sequence.load(std::memory_order_relaxed) - before <= 2) return key;
    }
}

std::optional<TicketKey> TicketKeys::find(std::span<const unsigned char> name,
                                          bool& is_current) const
{
    const Shared& all = shared();
    const uint32_t count = all.count.load(std::memory_order_acquire);
    const uint32_t current = all.current.load(std::memory_order_acquire);
    for (uint32_t age = 0; age < count; age++) {
        const TicketKey key = all.keys[(current + 3 - age) % 3];
        // A key torn by a rotation at this very moment does not match: a full handshake follows.
        if (!std::ranges::equal(key.name, name)) continue;
        is_current = age == 0;
        return key;
    }
    return std::nullopt;
}

} // namespace signet::tls
