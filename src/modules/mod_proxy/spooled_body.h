// A request body of unknown length, read to its end before a backend is asked that has to know how
// long it is. Short ones stay in memory, others in a file without a name.
#pragma once
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace signet::server {
class RequestBody;
}

namespace signet::mod_proxy {

class SpooledBody {
public:
    // Reads all of it. Errors: the body's own, or that there is no room on the disk (failed).
    [[nodiscard]] Result<void> fill(server::RequestBody& body);
    [[nodiscard]] uint64_t size() const { return size_; }
    // The next bytes, valid until the next call; empty at the end.
    [[nodiscard]] Result<std::string_view> next();

private:
    [[nodiscard]] Result<void> append(std::string_view bytes);

    std::string memory_;  // how it begins
    FileDescriptor file_; // what did not fit
    uint64_t size_ = 0;
    bool memory_given_ = false;
    off_t given_ = 0; // of the file
    std::string buffer_;
};

} // namespace signet::mod_proxy
