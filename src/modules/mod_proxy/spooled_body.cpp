#include "modules/mod_proxy/spooled_body.h"

#include "server/request.h"

#include <fcntl.h>
#include <unistd.h>

namespace signet::mod_proxy {
namespace {

constexpr size_t most_in_memory = size_t{64} * 1024;
constexpr size_t piece_size = size_t{32} * 1024;

} // namespace

Result<void> SpooledBody::fill(server::RequestBody& body)
{
    while (true) {
        const auto piece = body.read();
        if (!piece) return std::unexpected(piece.error());
        if (piece->empty()) return {};
        if (auto added = append(*piece); !added) return added;
    }
}

Result<void> SpooledBody::append(std::string_view bytes)
{
    size_ += bytes.size();
    if (!file_ && memory_.size() + bytes.size() <= most_in_memory) {
        memory_.append(bytes);
        return {};
    }
    if (!file_) file_ = FileDescriptor(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file_) return fail_errno("a temporary file in /tmp");
    while (!bytes.empty()) {
        const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
        if (count < 0) return fail_errno("write to a temporary file in /tmp");
        bytes.remove_prefix(static_cast<size_t>(count));
    }
    return {};
}

Result<std::string_view> SpooledBody::next()
{
    if (!memory_given_) {
        memory_given_ = true;
        if (!memory_.empty()) return memory_;
    }
    if (!file_) return std::string_view();
    buffer_.resize(piece_size);
    const ssize_t count = ::pread(file_.get(), buffer_.data(), buffer_.size(), given_);
    if (count < 0) return fail_errno("read of a temporary file in /tmp");
    given_ += count;
    return std::string_view(buffer_).substr(0, static_cast<size_t>(count));
}

} // namespace signet::mod_proxy
