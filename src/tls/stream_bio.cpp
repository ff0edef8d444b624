// How OpenSSL gets its bytes: straight from what was received, straight into the outgoing chain.
#include "tls/stream_core.h"

#include <algorithm>
#include <cstring>

namespace signet::tls {
namespace {

Stream::Core& core_of(BIO* bio)
{
    return *static_cast<Stream::Core*>(BIO_get_data(bio));
}

int bio_read(BIO* bio, char* into, size_t wanted, size_t* got)
{
    BIO_clear_retry_flags(bio);
    *got = core_of(bio).pull(into, wanted);
    if (*got > 0) return 1;
    BIO_set_retry_read(bio);
    return 0;
}

int bio_write(BIO* bio, const char* bytes, size_t count, size_t* taken)
{
    BIO_clear_retry_flags(bio);
    auto& core = core_of(bio);
    *taken = count;
    // Without a chain we are being freed: nobody is listening.
    if (core.out) core.out->append({bytes, count});
    if (!core.records) core.count_records({bytes, count});
    return 1;
}

long bio_control(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

const BIO_METHOD* method()
{
    struct Free {
        void operator()(BIO_METHOD* one) const { BIO_meth_free(one); }
    };
    static const std::unique_ptr<BIO_METHOD, Free> made = [] {
        std::unique_ptr<BIO_METHOD, Free> fresh(
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "signet stream"));
        if (!fresh) impossible("BIO_meth_new failed");
        BIO_meth_set_read_ex(fresh.get(), bio_read);
        BIO_meth_set_write_ex(fresh.get(), bio_write);
        BIO_meth_set_ctrl(fresh.get(), bio_control);
        return fresh;
    }();
    return made.get();
}

} // namespace

BIO* new_core_bio(Stream::Core& core)
{
    BIO* bio = BIO_new(method());
    if (!bio) return nullptr;
    BIO_set_data(bio, &core);
    BIO_set_init(bio, 1);
    return bio;
}

size_t Stream::Core::pull(char* into, size_t count)
{
    if (!record.empty()) {
        const size_t part = std::min(count, record.size());
        std::memcpy(into, record.data(), part);
        record = record.subspan(part);
        return part;
    }
    size_t done = 0;
    if (held_at < held.size()) {
        done = std::min(count, held.size() - held_at);
        std::memcpy(into, held.data() + held_at, done);
        held_at += done;
        if (held_at == held.size()) {
            held.clear();
            held_at = 0;
        }
    }
    if (count > 0 && (done > 0 || !input.empty())) records_written = 0;
    const size_t rest = std::min(count - done, input.size());
    if (rest > 0) std::memcpy(into + done, input.data(), rest);
    input = input.subspan(rest);
    return done + rest;
}

// OpenSSL's buffering cuts flights anywhere, so headers and bodies may come in pieces.
void Stream::Core::count_records(std::string_view written)
{
    while (!written.empty()) {
        if (record_left > 0) {
            const size_t part = std::min(record_left, written.size());
            record_left -= part;
            written.remove_prefix(part);
            continue;
        }
        header[header_size++] = static_cast<unsigned char>(written.front());
        written.remove_prefix(1);
        if (header_size < header.size()) continue;
        header_size = 0;
        record_left = static_cast<size_t>(header[3]) << 8 | header[4];
        records_written++;
    }
}

// TLS 1.2 allows 2048 bytes of expansion, TLS 1.3 256 (RFC 5246 §6.2.3, RFC 8446 §5.2).
size_t Stream::Core::longest_record() const
{
    return records ? Records::largest_record : Records::header_size + 16384 + 2048;
}

void Stream::Core::keep_input()
{
    if (input.empty()) return;
    held.append(input.data(), input.size());
    input = {};
}

std::span<char> Stream::Core::next_record(bool& broken)
{
    constexpr size_t head = Records::header_size;
    const size_t longest = longest_record();
    const auto length = [&](const char* at) {
        return head
               + (static_cast<size_t>(static_cast<unsigned char>(at[3])) << 8
                  | static_cast<unsigned char>(at[4]));
    };
    if (held_at == held.size()) { // the common case: records lie in the received bytes
        held.clear();
        held_at = 0;
        if (input.size() >= head) {
            const size_t size = length(input.data());
            broken = size > longest;
            if (broken) return {};
            if (input.size() >= size) {
                const auto whole = input.first(size);
                input = input.subspan(size);
                return whole;
            }
        }
        keep_input();
        return {};
    }
    held.erase(0, held_at);
    held_at = 0;
    const auto complete = [&](size_t size) {
        const size_t missing = size - std::min(size, held.size());
        const size_t part = std::min(missing, input.size());
        held.append(input.data(), part);
        input = input.subspan(part);
        return part == missing;
    };
    if (!complete(head)) return {};
    const size_t size = length(held.data());
    broken = size > longest;
    if (broken || !complete(size)) return {};
    const std::span<char> whole(held.data(), size);
    held_at = size; // its bytes stay until the next call
    return whole;
}

} // namespace signet::tls
