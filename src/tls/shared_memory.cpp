#include "tls/shared_memory.h"

#include <sys/mman.h>

namespace signet::tls {

Result<SharedMemory> SharedMemory::create(size_t bytes)
{
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return fail_errno("shared memory of " + std::to_string(bytes) + " bytes");
    madvise(at, bytes, MADV_DONTDUMP);
    return SharedMemory(at, bytes);
}

SharedMemory::~SharedMemory()
{
    if (at_) munmap(at_, size_);
}

} // namespace signet::tls
