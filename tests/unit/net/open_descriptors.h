// Counts this process's open descriptors, to see whether any was left behind.
#pragma once
#include <filesystem>
#include <iterator>

namespace signet::net {

inline auto open_descriptors()
{
    namespace fs = std::filesystem;
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

} // namespace signet::net
