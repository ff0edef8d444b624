// Options MultiViews: the files of a directory whose names begin with the one asked for.
#pragma once
#include "base/result.h"
#include "modules/mod_negotiation/variant.h"
#include "server/request.h"

#include <cstdint>

namespace signet::mod_negotiation {

struct Views {
    Variants variants;
    // A type map stands for all of them.
    server::Request* map = nullptr;
    bool found_any = false; // there were such files, fit or not
    int64_t directory_mtime_micros = 0;
};

// Reads the directory on a helper thread; looks every file up as if it were asked for, so that the
// client only learns of what it may see. Failures: the directory cannot be read, or the client
// left.
[[nodiscard]] Result<Views> find_views(server::Request& request);

} // namespace signet::mod_negotiation
