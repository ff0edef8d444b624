// Which virtual host a Host field led to the last time. Clients send the same few values all day:
// taking them apart and looking the name up is a good part of a small request's cost.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace signet::server {

class NameTable;
class VirtualHost;

// One per worker. A fixed number of places; a value that falls on a taken one takes it over, so
// that made-up names cost no memory.
class HostMemo {
public:
    struct Entry {
        const NameTable* names = nullptr; // of the local address: each has its own hosts
        std::string field;
        size_t name_length = 0; // the field begins with the name, in small letters
        uint16_t port = 0;
        const VirtualHost* vhost = nullptr;
    };

    [[nodiscard]] const Entry* find(const NameTable& names, std::string_view field) const
    {
        const Entry& entry = entries_[place(field)];
        return entry.names == &names && entry.field == field ? &entry : nullptr;
    }
    void remember(Entry entry)
    {
        if (entry.field.size() <= max_field) entries_[place(entry.field)] = std::move(entry);
    }

private:
    static constexpr size_t max_field = 128;

    // Names differ most at their beginning, and in length.
    static size_t place(std::string_view field)
    {
        uint64_t word = 0;
        std::memcpy(&word, field.data(), std::min<size_t>(field.size(), sizeof word));
        return ((word ^ field.size()) * 0x9e3779b97f4a7c15U) >> 58;
    }

    std::array<Entry, 64> entries_;
};

} // namespace signet::server
