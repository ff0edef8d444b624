#include "server/directory_walk.h"

#include "server/core_config.h"
#include "server/htaccess.h"
#include "server/vhost.h"

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::server {
namespace {

void fill(FileInfo& info, const struct stat& about)
{
    info.type = S_ISREG(about.st_mode)   ? FileInfo::Type::regular
                : S_ISDIR(about.st_mode) ? FileInfo::Type::directory
                                         : FileInfo::Type::other;
    info.size = static_cast<uint64_t>(about.st_size);
    info.mtime_micros = int64_t{about.st_mtim.tv_sec} * 1'000'000 + about.st_mtim.tv_nsec / 1000;
    info.inode = about.st_ino;
    info.device = about.st_dev;
    info.mode = about.st_mode;
    info.owner = about.st_uid;
    info.group = about.st_gid;
}

bool has_named_groups(const Section& section)
{
    return section.regex && !section.regex->names().empty();
}

// Their variables belong to a request: what matched may not be remembered for the next one.
bool has_named_groups(const SectionList& sections, const Matched& matched)
{
    for (const auto* list : {&sections.directory_patterns, &sections.files}) {
        for (const Section* section : *list) {
            if (has_named_groups(*section)) return true;
        }
    }
    for (const Section* section : matched) {
        for (const auto& file : section->files) {
            if (has_named_groups(*file)) return true;
        }
    }
    return false;
}

} // namespace

bool stat_file(const std::string& path, FileInfo& info)
{
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return false;
    fill(info, about);
    return true;
}

bool has_other_names(const std::string& path)
{
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0 && !S_ISDIR(about.st_mode)
           && (S_ISLNK(about.st_mode) || about.st_nlink > 1);
}

bool same_file(const FileInfo& a, const FileInfo& b)
{
    return a.type == b.type && a.inode == b.inode && a.device == b.device && a.size == b.size
           && a.mtime_micros == b.mtime_micros && a.mode == b.mode;
}

void DirectoryWalk::Permissions::apply(const CoreConfig& core)
{
    if (core.options_set) {
        options = core.options_relative
                      ? static_cast<uint8_t>((options | core.options_add) & ~core.options_remove)
                      : core.options;
    }
    if (core.allow_override) overrides = *core.allow_override;
    if (core.allow_override) override_options = core.allow_override_options.value_or(0xff);
    if (core.allow_override_list) override_list = &*core.allow_override_list;
    nonfatal = nonfatal || core.allow_override_nonfatal;
}

void DirectoryWalk::refuse(int status, std::string_view apache_id, std::string_view reason)
{
    entry_.status = status;
    entry_.apache_id = apache_id;
    entry_.reason = reason;
}

void DirectoryWalk::enter_directory(std::string_view directory, unsigned depth)
{
    match_directory(request_.vhost->sections, directory, depth, entry_.matched);
    auto apply_new = [&] {
        for (; applied_ < entry_.matched.size(); ++applied_) {
            if (const void* core = entry_.matched[applied_]->config.find(0)) {
                permissions_.apply(*static_cast<const CoreConfig*>(core));
            }
        }
    };
    apply_new();
    const bool listed = permissions_.override_list && !permissions_.override_list->empty();
    if (permissions_.overrides != 0 || listed) {
        read_htaccess(directory);
        apply_new();
    }
}

void DirectoryWalk::read_htaccess(std::string_view directory)
{
    depends_on_directories_ = true;
    static const std::vector<std::string> usual{".htaccess"};
    const auto& names = request_.vhost->base->core().access_file_names;
    for (const auto& name : names.empty() ? usual : names) {
        const HtaccessRules rules{.overrides = permissions_.overrides,
                                  .override_options = permissions_.override_options,
                                  .override_list = permissions_.override_list,
                                  .nonfatal = permissions_.nonfatal};
        const std::string path = std::string(directory) + name;
        if (has_other_names(path)) entry_.cacheable = false;
        auto section = load_htaccess(path, std::string(directory), rules, request_);
        if (!section) {
            refuse(section.error().kind == Error::Kind::denied ? 403 : 500, "", "");
            return;
        }
        if (!*section) continue;
        entry_.htaccess.push_back(*section);
        entry_.matched.push_back(section->get());
        return; // the first file that exists is the one
    }
}

bool DirectoryWalk::follows_links() const
{
    return (permissions_.options & option_follow_symlinks)
           && !(permissions_.options & option_symlinks_if_owner);
}

bool DirectoryWalk::may_pass(const std::string& path, const struct stat& link)
{
    if (follows_links()) return true;
    depends_on_directories_ = true;
    if (!S_ISLNK(link.st_mode)) return true;
    struct stat target {};
    if ((permissions_.options & option_symlinks_if_owner) && ::stat(path.c_str(), &target) == 0) {
        return target.st_uid == link.st_uid;
    }
    return false;
}

void DirectoryWalk::finish(std::string_view existing)
{
    entry_.filename = existing;
    if (entry_.file.type != FileInfo::Type::regular) entry_.continues = {};
    entry_.path_info = std::string_view(entry_.key).substr(existing.size());
    entry_.path_info = entry_.path_info.substr(0, request_.filename.size() - existing.size());
    match_directory_patterns(request_.vhost->sections,
                             entry_.continues.empty() ? existing : entry_.continues, request_,
                             entry_.matched);
    const auto filename = std::exchange(request_.filename, existing);
    match_files(request_.vhost->sections, request_, entry_.matched);
    request_.filename = filename;
    if (has_named_groups(request_.vhost->sections, entry_.matched)) entry_.cacheable = false;
}

void DirectoryWalk::run()
{
    const std::string_view whole = std::string_view(entry_.key).substr(0, request_.filename.size());
    const auto& base = request_.vhost->base->core();
    permissions_ = {.options = base.options,
                    .overrides = base.allow_override.value_or(0),
                    .override_options = base.allow_override_options.value_or(0xff)};
    enter_directory("/", 1);
    if (whole == "/") (void)stat_file("/", entry_.file); // a rewrite rule can lead there
    unsigned depth = 1;
    size_t at = 1; // start of the next component
    while (at < whole.size() && entry_.status == 0) {
        size_t end = whole.find('/', at);
        if (end == whole.npos) end = whole.size();
        const std::string path(whole.substr(0, end));
        struct stat link {};
        // Where links may be followed one stat tells all; else the link itself is looked at first.
        const bool follow = follows_links();
        if ((follow ? ::stat(path.c_str(), &link) : ::lstat(path.c_str(), &link)) != 0) {
            if (errno == EACCES) {
                refuse(403, "AH00035",
                       "because search permissions are missing on a component of the path");
            }
            if (errno == ENAMETOOLONG) refuse(403, "AH00036", "File name too long");
            // A link that leads nowhere, or round in a circle.
            if ((errno == ENOENT || errno == ELOOP) && ::lstat(path.c_str(), &link) == 0) {
                refuse(403, "AH00037", "Symbolic link not allowed or link target not accessible");
            }
            // What does not exist is still a file name in this directory, the rest its path info.
            entry_.file = {};
            finish(whole.substr(0, end));
            return;
        }
        if (!may_pass(path, link)) {
            refuse(403, "AH00037", "Symbolic link not allowed or link target not accessible");
            finish(whole.substr(0, end));
            return;
        }
        if (S_ISLNK(link.st_mode) && ::stat(path.c_str(), &link) != 0) {
            refuse(403, "AH00037", "Symbolic link not allowed or link target not accessible");
            entry_.file = {};
            finish(whole.substr(0, end));
            return;
        }
        fill(entry_.file, link);
        if (entry_.file.type != FileInfo::Type::directory) {
            // Where links may be followed, Apache matches a whole path that exists without looking
            // at its last part: <Directory "/srv/*"> and <Directory "/srv/file"> apply to the file.
            if (follow && end == whole.size() && !entry_.continues.ends_with('/')) {
                const std::string file(entry_.continues.empty() ? path : entry_.continues);
                FileInfo info; // what was missing matched no <Directory>
                if (entry_.continues.empty() || stat_file(file, info)) {
                    match_directory(request_.vhost->sections, file + "/", depth + 1,
                                    entry_.matched);
                }
            }
            finish(whole.substr(0, end));
            return;
        }
        while (end < whole.size() && whole[end] == '/') ++end;
        enter_directory(path + "/", ++depth);
        at = end;
    }
    // A .htaccess file that is wrong: this far it got.
    finish(entry_.status == 0 ? whole : whole.substr(0, at));
}

} // namespace signet::server
