#include "base/file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace signet {

void FileDescriptor::reset()
{
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Result<FileDescriptor> open_file(const std::string& path, int flags, int mode)
{
    FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC, mode));
    if (!file) return fail_errno(path);
    return file;
}

bool is_directory(const std::string& path)
{
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Result<std::string> read_file(const std::string& path, size_t limit)
{
    auto file = open_file(path, O_RDONLY);
    if (!file) return std::unexpected(file.error());
    std::string bytes;
    while (true) {
        const size_t had = bytes.size();
        if (had > limit) return fail(Error::Kind::too_large, path + ": larger than expected");
        bytes.resize(had + 65536);
        const ssize_t count = ::read(file->get(), bytes.data() + had, 65536);
        if (count < 0 && errno == EINTR) {
            bytes.resize(had);
            continue;
        }
        if (count < 0) return fail_errno(path);
        bytes.resize(had + static_cast<size_t>(count));
        if (count == 0) return bytes;
    }
}

Result<void> write_file_atomically(const std::string& path, std::string_view bytes, int mode)
{
    const std::string temporary = path + ".new." + std::to_string(::getpid());
    // Never through a link that somebody laid out under the predictable name.
    ::unlink(temporary.c_str());
    auto file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (!file) return std::unexpected(file.error());
    while (!bytes.empty()) {
        const ssize_t count = ::write(file->get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            auto error = fail_errno(temporary);
            ::unlink(temporary.c_str());
            return error;
        }
        bytes.remove_prefix(static_cast<size_t>(count));
    }
    // Else a power cut may keep the new name and lose the bytes.
    if (::fdatasync(file->get()) != 0) {
        auto error = fail_errno(temporary);
        ::unlink(temporary.c_str());
        return error;
    }
    if (std::rename(temporary.c_str(), path.c_str()) != 0) {
        auto error = fail_errno(path);
        ::unlink(temporary.c_str());
        return error;
    }
    return {};
}

} // namespace signet
