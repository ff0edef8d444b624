// Walks from the root to a file as Apache's directory walk does: which <Directory> sections and
// .htaccess files apply, whether symbolic links may be followed, where the path info begins.
// https://httpd.apache.org/docs/2.4/sections.html
#pragma once
#include "server/path_cache.h"
#include "server/request.h"

#include <string>
#include <string_view>

namespace signet::server {

// stat(2) following links; false when there is nothing.
[[nodiscard]] bool stat_file(const std::string& path, FileInfo& info);
// A symbolic link, or a file with another hard link: the directory of a name tells only of changes
// made through that name.
[[nodiscard]] bool has_other_names(const std::string& path);
// Same inode, size, modification time and kind.
[[nodiscard]] bool same_file(const FileInfo& a, const FileInfo& b);

class DirectoryWalk {
public:
    // Fills `entry` for request.filename. Both must outlive run().
    DirectoryWalk(Request& request, PathEntry& entry)
        : request_(request)
        , entry_(entry)
    {
    }
    void run();

    // The result rests on more than the file itself: .htaccess files or link checks on the way.
    [[nodiscard]] bool depends_on_directories() const { return depends_on_directories_; }

private:
    // What the sections matched so far say about walking on.
    struct Permissions {
        uint8_t options;
        uint8_t overrides;
        uint8_t override_options;
        const std::vector<std::string>* override_list = nullptr;
        bool nonfatal = false;
        void apply(const struct CoreConfig& core);
    };

    void enter_directory(std::string_view directory, unsigned depth);
    void read_htaccess(std::string_view directory);
    // Links need no look: FollowSymLinks without SymLinksIfOwnerMatch.
    [[nodiscard]] bool follows_links() const;
    bool may_pass(const std::string& path, const struct stat& link);
    void refuse(int status, std::string_view apache_id, std::string_view reason);
    void finish(std::string_view existing);

    Request& request_;
    PathEntry& entry_;
    Permissions permissions_{};
    size_t applied_ = 0; // matched sections already applied to permissions_
    bool depends_on_directories_ = false;
};

} // namespace signet::server
