#include "config/include_paths.h"

#include "base/file.h"
#include "config/file_reader.h"
#include "config/fnmatch.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>

namespace signet::config {
namespace {

constexpr unsigned max_directory_depth = 20; // Apache's AP_MAX_INCLUDE_DIR_DEPTH

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

bool exists(const std::string& path)
{
    struct stat status {};
    return stat(path.c_str(), &status) == 0;
}

std::string join(const std::string& directory, std::string_view name)
{
    return directory + (directory.ends_with('/') ? "" : "/") + std::string(name);
}

// Names in a directory without . and .., sorted by byte.
Result<std::vector<std::string>> list(const std::string& path)
{
    const std::unique_ptr<DIR, CloseDirectory> directory(opendir(path.c_str()));
    if (!directory) {
        return fail("Could not open config directory " + path + ": " + std::strerror(errno));
    }
    std::vector<std::string> names;
    while (const dirent* entry = readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
        if (names.size() > max_files) return fail("Too many files in directory " + path);
    }
    std::ranges::sort(names);
    return names;
}

class Finder {
public:
    explicit Finder(bool optional)
        : optional_(optional)
    {
    }

    Result<void> add(const std::string& path, unsigned depth)
    {
        if (!is_directory(path)) {
            if (!optional_ || exists(path)) files.push_back(path);
            if (files.size() > max_files) return fail("Include: more than 100000 files");
            return {};
        }
        if (depth > max_directory_depth) {
            return fail("Include/IncludeOptional: Directory '" + path
                        + "' exceeds the maximum include directory nesting level of 20. "
                          "You have probably a recursion somewhere.");
        }
        auto names = list(path);
        if (!names) return std::unexpected(names.error());
        for (const auto& name : *names) {
            if (auto added = add(join(path, name), depth + 1); !added) return added;
        }
        return {};
    }

    // Matches the components of `rest` one after the other below `directory`.
    Result<void> match(const std::string& directory, std::string_view rest)
    {
        const size_t slash = rest.find('/');
        const std::string component(rest.substr(0, slash));
        rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
        if (component.empty() && !rest.empty()) return match(directory, rest);
        if (!has_wildcards(component)) {
            const std::string path = component.empty() ? directory : join(directory, component);
            return rest.empty() ? add(path, 0) : match(path, rest);
        }
        auto names = list(directory);
        if (!names) {
            if (optional_) return {};
            return std::unexpected(names.error());
        }
        bool matched = false;
        for (const auto& name : *names) {
            const std::string path = join(directory, name);
            if (!glob_matches(component, name, {.period = true})) continue;
            if (!rest.empty() && !is_directory(path)) continue;
            matched = true;
            if (auto done = rest.empty() ? add(path, 0) : match(path, rest); !done) return done;
        }
        if (matched || optional_) return {};
        return fail("Include/IncludeOptional: No matches for the wildcard '" + component + "' in '"
                    + directory + "', failing");
    }

    std::vector<std::string> files;

private:
    bool optional_;
};

} // namespace

Result<std::vector<std::string>> find_included(const std::string& absolute_path, bool optional)
{
    // Longer than any path the kernel opens; also bounds the walk over the components.
    if (absolute_path.size() > 4096)
        return fail("Include has a bad path, " + absolute_path.substr(0, 200));
    Finder finder(optional);
    auto found = has_wildcards(absolute_path)
                     ? finder.match("/", std::string_view(absolute_path).substr(1))
                     : finder.add(absolute_path, 0);
    if (!found) return std::unexpected(found.error());
    return std::move(finder.files);
}

} // namespace signet::config
