// memfd_create(2): shared memory without a name in any file system, so nothing to clean up.
#include "base/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace signet {

Result<SharedMemory> SharedMemory::create(const std::string& name, size_t size)
{
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    constexpr size_t most = size_t{1} << 46; // keeps the rounding and off_t from overflowing
    if (size == 0 || size > most) return fail("shared memory cannot have this size");
    SharedMemory made;
    made.size_ = (size + page - 1) / page * page;
    made.descriptor_ = FileDescriptor(memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!made.descriptor_) return fail_errno("memfd_create");
    if (ftruncate(made.descriptor_.get(), static_cast<off_t>(made.size_)) != 0)
        return fail_errno("cannot size shared memory");
    // Without these a holder of the descriptor could shrink it: SIGBUS for everyone else.
    if (fcntl(made.descriptor_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return fail_errno("cannot seal shared memory");
    if (auto mapped = made.map(); !mapped) return std::unexpected(std::move(mapped.error()));
    return made;
}

Result<SharedMemory> SharedMemory::open(FileDescriptor descriptor)
{
    SharedMemory opened;
    opened.descriptor_ = std::move(descriptor);
    struct stat status {};
    if (fstat(opened.descriptor_.get(), &status) != 0) return fail_errno("shared memory");
    const int seals = fcntl(opened.descriptor_.get(), F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || status.st_size <= 0)
        return fail("the descriptor is not shared memory of ours");
    opened.size_ = static_cast<size_t>(status.st_size);
    if (auto mapped = opened.map(); !mapped) return std::unexpected(std::move(mapped.error()));
    return opened;
}

Result<void> SharedMemory::map()
{
    void* const at = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_.get(), 0);
    if (at == MAP_FAILED) return fail_errno("cannot map shared memory");
    data_ = static_cast<std::byte*>(at);
    return {};
}

void SharedMemory::keep_out_of_core_dumps() const
{
    madvise(data_, size_, MADV_DONTDUMP);
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : descriptor_(std::move(other.descriptor_))
    , data_(std::exchange(other.data_, nullptr))
    , size_(std::exchange(other.size_, 0))
{
}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept
{
    if (this != &other) {
        if (data_ != nullptr) munmap(data_, size_);
        descriptor_ = std::move(other.descriptor_);
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

SharedMemory::~SharedMemory()
{
    if (data_ != nullptr) munmap(data_, size_);
}

} // namespace signet
