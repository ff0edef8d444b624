// What is in a directory, as far as this client may see it, in the order it asked for.
#pragma once
#include "base/result.h"
#include "modules/mod_autoindex/config.h"
#include "server/request.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signet::mod_autoindex {

// How to list: the configuration's options, as the query of the client changed them.
struct View {
    uint32_t options = 0;
    char key = 'N';
    char direction = 'A';
    std::string pattern;   // P=: "" is everything
    std::string arguments; // ";F=2;V=1": what the links of the columns carry on
};

struct Entry {
    std::string name; // of a directory with a slash; of the parent an absolute path
    int64_t size = -1;
    int64_t modified_micros = -1; // -1: not told
    bool is_folder = false;       // only with FoldersFirst
    const std::string* icon = nullptr;
    std::string alternative; // "": none
    std::string description;
    bool has_description = false;
};

// The view of a request: reads C=, O=, F=, V= and P= of its query, unless IgnoreClient.
[[nodiscard]] View view_of(const Config& config, const server::Request& request);

// Reads the directory on a helper thread; looks every file up as if it were asked for. Failures:
// the directory cannot be opened, or the client left.
[[nodiscard]] Result<std::vector<Entry>> read_entries(const Config& config, const View& view,
                                                      server::Request& request);

void sort_entries(std::vector<Entry>& entries, const View& view);

} // namespace signet::mod_autoindex
