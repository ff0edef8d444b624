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
    std::atomic<uint32_t> current;    // index into keys
    std::atomic<uint32_t> count;      // valid keys
    std::atomic<Monotonic::rep> born; // of the current key
    bool from_file;
    bool has_past;
    TicketKey keys[3];
};

namespace {

constexpr unsigned char saved_layout = 1;
constexpr size_t saved_head = 5;
constexpr size_t saved_key = 80; // name, secret of the HMAC, AES key

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

Result<SharedMemory> TicketKeys::secret_memory()
{
    auto memory = SharedMemory::create("signet-ticket-keys", sizeof(Shared));
    if (memory) memory->keep_out_of_core_dumps();
    return memory;
}

TicketKeys::Shared& TicketKeys::shared() const
{
    return *reinterpret_cast<Shared*>(memory_.data());
}

Result<TicketKeys> TicketKeys::create()
{
    auto memory = secret_memory();
    if (!memory) return std::unexpected(memory.error());
    auto key = random_key();
    if (!key) return std::unexpected(key.error());
    TicketKeys keys(std::move(*memory));
    keys.shared().keys[0] = *key;
    keys.shared().count = 1;
    keys.shared().born = Monotonic::now().time_since_epoch().count();
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
    auto memory = secret_memory();
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
    keys.shared().from_file = keys.shared().has_past = true;
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
    all.born = Monotonic::now().time_since_epoch().count();
    return {};
}

bool TicketKeys::have_a_past() const
{
    return shared().has_past;
}

Monotonic::time_point TicketKeys::born() const
{
    return Monotonic::time_point(Monotonic::duration(shared().born.load()));
}

// A byte for the layout, the age in seconds (four bytes, big end first), then the keys of 80 bytes.
pki::Secret TicketKeys::save() const
{
    const Shared& all = shared();
    if (all.from_file) return {};
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(Monotonic::now() - born());
    const auto seconds = static_cast<uint32_t>(age.count());
    std::array<unsigned char, saved_head + 3 * saved_key> bytes{saved_layout};
    for (size_t i = 0; i < 4; ++i) {
        bytes[1 + i] = static_cast<unsigned char>(seconds >> (24 - 8 * i));
    }
    unsigned char* at = bytes.data() + saved_head;
    for (uint32_t older = 0; older < all.count; older++) {
        const TicketKey& key = all.keys[(all.current + 3 - older) % 3];
        at = std::ranges::copy(key.name, at).out;
        at = std::ranges::copy(key.hmac, at).out;
        at = std::ranges::copy(key.aes, at).out;
    }
    pki::Secret saved(std::span<const unsigned char>(bytes.data(), at));
    pki::wipe(bytes.data(), bytes.size());
    return saved;
}

Result<TicketKeys> TicketKeys::restore(std::span<const unsigned char> saved)
{
    const size_t count = saved.size() < saved_head ? 0 : (saved.size() - saved_head) / saved_key;
    if (count < 1 || count > 3 || saved.size() != saved_head + count * saved_key
        || saved[0] != saved_layout) {
        return fail("session ticket keys in a layout that this version does not know");
    }
    auto memory = secret_memory();
    if (!memory) return std::unexpected(memory.error());
    TicketKeys keys(std::move(*memory));
    Shared& all = keys.shared();
    uint32_t seconds = 0;
    for (size_t i = 0; i < 4; ++i) seconds = seconds << 8 | saved[1 + i];
    all.born = (Monotonic::now() - std::chrono::seconds(seconds)).time_since_epoch().count();
    // Newest first there, newest last here.
    for (size_t i = 0; i < count; ++i) {
        const auto bytes = saved.subspan(saved_head + (count - 1 - i) * saved_key, saved_key);
        TicketKey& key = all.keys[i];
        std::ranges::copy(bytes.subspan(0, 16), key.name.begin());
        std::ranges::copy(bytes.subspan(16, 32), key.hmac.begin());
        std::ranges::copy(bytes.subspan(48, 32), key.aes.begin());
        key.hmac_size = key.aes_size = 32; // memory from the system is zeroed, not constructed
    }
    all.has_past = true;
    all.count = static_cast<uint32_t>(count);
    all.current = static_cast<uint32_t>(count - 1);
    return keys;
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
