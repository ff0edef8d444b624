// The nonces of mod_auth_digest: made and recognised by a secret that all workers share, with a
// note in shared memory about each that may be used but once, or in ascending counts.
#pragma once
#include "base/result.h"
#include "base/shared_memory.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace signet::mod_auth_digest {

// Made by the master, kept over reloads; any number of processes use it at once.
class NonceBook {
public:
    [[nodiscard]] static Result<NonceBook> create(size_t places);

    static constexpr size_t nonce_size = 52;
    // A time or a number as text, with a seal that covers the realm and the opaque value.
    [[nodiscard]] std::string make(uint64_t number, std::string_view realm,
                                   std::string_view opaque) const;
    // Did make() make it, from the same?
    [[nodiscard]] bool is_genuine(std::string_view nonce, std::string_view realm,
                                  std::string_view opaque) const;
    // Of a genuine nonce.
    [[nodiscard]] static uint64_t number_of(std::string_view nonce);

    // 1, 2, 3 …: no process gets one twice.
    [[nodiscard]] uint64_t next_number() const;

    // Expects a first use of a nonce. The place may be another's later: then it is forgotten.
    void enter(std::string_view nonce) const;
    enum class Use : uint8_t { allowed, repeated, forgotten };
    // Counts must ascend. With `last_count` this use is the only one.
    [[nodiscard]] Use use(std::string_view nonce, uint32_t count) const;
    static constexpr uint32_t last_count = UINT32_MAX;

private:
    struct Shared;
    struct Place;
    explicit NonceBook(SharedMemory memory)
        : memory_(std::move(memory))
    {
    }
    [[nodiscard]] Shared& shared() const;
    [[nodiscard]] Place place_of(std::string_view nonce) const;
    [[nodiscard]] std::string seal(std::string_view number, std::string_view realm,
                                   std::string_view opaque) const;

    SharedMemory memory_;
};

} // namespace signet::mod_auth_digest
