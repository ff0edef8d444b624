// Gathers the frames of many streams into full TLS records, which leave in one write.
#pragma once
#include "server/connection.h"

#include <algorithm>
#include <cstring>

namespace signet::server {

// Between the first put() and flush() nothing else may be sent on the connection.
class RecordWriter {
public:
    explicit RecordWriter(Connection& connection)
        : connection_(connection)
    {
    }

    void put(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto room = reserve();
            const size_t size = std::min(room.size(), bytes.size());
            std::memcpy(room.data(), bytes.data(), size);
            used_ += size;
            bytes.remove_prefix(size);
        }
    }
    // Room in the record under way; then commit what was used of it.
    [[nodiscard]] std::span<char> reserve()
    {
        if (used_ == record_.size()) {
            seal(true);
            record_ = connection_.prepare();
        }
        return record_.subspan(used_);
    }
    void commit(size_t size) { used_ += size; }
    // How much fits before the record is full; a whole record when none is under way.
    [[nodiscard]] size_t room() const
    {
        return used_ == record_.size() ? Connection::record_size : record_.size() - used_;
    }
    void flush() { seal(false); }

private:
    void seal(bool more)
    {
        if (!record_.empty()) connection_.commit(used_, more);
        record_ = {};
        used_ = 0;
    }

    Connection& connection_;
    std::span<char> record_{};
    size_t used_ = 0;
};

} // namespace signet::server
