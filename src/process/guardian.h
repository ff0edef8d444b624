// After a binary upgrade in the foreground without systemd: whoever started the server waits for
// the end of this very process (a container, runit, a shell). So it stays, serves nobody, passes
// signals on, and ends with the servers that came after it.
#pragma once
#include "base/file.h"

namespace signet::process {

// From then on what descends from this process and loses its parent becomes its child: also the
// third program, once the second has gone.
void become_guardian();

// Waits for the end of every child. `signals`: the signalfd of the master that was. Returns the
// exit code: 0 when each of them ended well.
[[nodiscard]] int guard(const FileDescriptor& signals);

} // namespace signet::process
