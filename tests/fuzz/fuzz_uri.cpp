// Request targets, paths and authorities: what comes out never climbs and never holds a NUL.
#include "http/uri.h"

#include <cstdlib>

using namespace signet;
using namespace signet::http;

namespace {

void check_path(std::string_view escaped, EncodedSlashes slashes, bool merge)
{
    Arena arena;
    const PathResult result = normalize_path(escaped, slashes, merge, arena);
    if (result.status != 0 || result.path == "*") return;
    if (!result.path.starts_with('/')) std::abort();
    if (result.path.find('\0') != std::string_view::npos) std::abort();
    if (result.path.find("/../") != std::string_view::npos || result.path.ends_with("/..")) {
        std::abort();
    }
    if (merge && slashes != EncodedSlashes::keep
        && result.path.find("//") != std::string_view::npos) {
        std::abort();
    }
    // Escaping a path and reading it again gives the path.
    if (slashes == EncodedSlashes::refuse) {
        const auto again = normalize_path(escape_path(result.path, arena), slashes, merge, arena);
        if (again.status != 0 || again.path != result.path) std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    for (bool connect : {false, true}) {
        const auto target = parse_target(input, connect);
        if (!target || target->form == TargetForm::authority) continue;
        for (bool merge : {false, true}) {
            check_path(target->path, EncodedSlashes::refuse, merge);
            check_path(target->path, EncodedSlashes::decode, merge);
            check_path(target->path, EncodedSlashes::keep, merge);
        }
    }
    for (bool strict : {false, true}) {
        const auto authority = parse_authority(input, strict);
        if (authority && authority->host.find('/') != std::string_view::npos) std::abort();
    }
    return 0;
}
