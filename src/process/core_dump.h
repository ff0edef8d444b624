// Keeps keys out of core dumps: when a process crashes, its heap is left out of the dump. What is
// left (the stacks, the program and its libraries) is what a backtrace needs.
#pragma once
#include <cstdint>

namespace signet::process {

// For signal handlers: only system calls, no memory is allocated. Marks every writable mapping
// without a file (the heap, where keys, plaintext and pass phrases are) with MADV_DONTDUMP, except
// the one `stack_pointer` lies in and what belongs to the static data of a program file.
void leave_heap_out_of_core(uintptr_t stack_pointer);

} // namespace signet::process
