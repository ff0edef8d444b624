// Signals as something to read, instead of something that interrupts.
#pragma once
#include "base/file.h"
#include "base/result.h"

#include <initializer_list>
#include <optional>

namespace signet::process {

// Blocks exactly these signals and returns a descriptor that is readable when one has come
// (signalfd(2), non-blocking). The mask before is replaced.
[[nodiscard]] Result<FileDescriptor> receive_signals(std::initializer_list<int> numbers);
// Keeps orders to the server waiting until receive_signals(): one that comes while it starts must
// not end it.
void hold_orders();
// The next one, if any. Leaves out a SIGWINCH that only says that the terminal was resized.
[[nodiscard]] std::optional<int> next_signal(const FileDescriptor& signals);

// Asks the master to put a new program in its place (-k upgrade). A real-time signal, since all
// others have a meaning in Apache.
[[nodiscard]] int upgrade_signal();

// "SIGSEGV" → "Segmentation fault".
[[nodiscard]] const char* signal_text(int number);

} // namespace signet::process
