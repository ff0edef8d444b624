#include "server/path_cache.h"

#include "server/configuration.h"
#include "server/core_config.h"
#include "server/directory_walk.h"
#include "server/scope_table.h"

#include <algorithm>
#include <sys/stat.h>

namespace signet::server {
namespace {

constexpr size_t max_entries = 8192;
constexpr size_t max_key = 1024;       // longer paths are what attackers ask for
constexpr size_t target_places = 2048; // a power of two
constexpr size_t max_content_bytes = size_t{64} << 20;

bool has_undotted_access_file(const Configuration& configuration)
{
    auto undotted = [](const VirtualHost& vhost) {
        const auto& names = vhost.base->core().access_file_names;
        return std::ranges::any_of(names,
                                   [](const std::string& name) { return !name.starts_with('.'); });
    };
    return undotted(configuration.main)
           || std::ranges::any_of(configuration.vhosts,
                                  [&](const auto& vhost) { return undotted(*vhost); });
}

} // namespace

PathRef::PathRef(PathEntry* entry)
    : entry_(entry)
{
    ++entry_->references_;
}

void PathRef::reset()
{
    PathEntry* entry = std::exchange(entry_, nullptr);
    if (entry && --entry->references_ == 0 && !entry->listed_) {
        entry->cache_->destroy(entry);
    }
}

const std::string* PathEntry::find_variant(std::string_view name) const
{
    for (const auto& [known, bytes] : variants_) {
        if (known == name) return &bytes;
    }
    return nullptr;
}

void PathEntry::keep_variant(std::string_view name, std::string_view bytes)
{
    constexpr size_t most = 4; // of codings and settings, which sections may vary
    if (variants_.size() >= most || find_variant(name) || !cache_->admit_content(bytes.size()))
        return;
    variants_.emplace_back(name, bytes);
}

PathCache::PathCache(net::Loop& loop, ScopeTable& scopes, const Configuration& configuration)
    : scopes_(scopes)
    , watch_(loop, has_undotted_access_file(configuration))
    , targets_(target_places)
{
}

PathCache::~PathCache()
{
    clear();
}

bool PathCache::is_current(const PathEntry& entry) const
{
    if (entry.watched_) return entry.stamps_.valid();
    FileInfo now;
    if (!stat_file(std::string(entry.filename), now))
        return entry.file.type == FileInfo::Type::none;
    return same_file(now, entry.file);
}

// Apache remembers the directory walk of the request that a subrequest or an internal redirect
// comes from, and does not walk again to a file of the same directory: <Directory "/srv/*"> and
// <DirectoryMatch> have then been compared with the path of the first.
std::string_view PathCache::continued_by(const Request& request)
{
    const Request* origin = request.parent ? request.parent : request.previous;
    if (!origin || !origin->path || origin->vhost != request.vhost) return {};
    const PathEntry& entry = *origin->path;
    if (entry.status != 0 || !entry.path_info.empty()) return {};
    const auto folder = [](std::string_view path) { return path.substr(0, path.rfind('/') + 1); };
    const std::string_view own = folder(request.filename);
    const bool same = entry.file.type <= FileInfo::Type::regular     ? folder(entry.filename) == own
                      : entry.file.type != FileInfo::Type::directory ? false
                      : entry.filename.ends_with('/')                ? entry.filename == own
                                                      : own.size() == entry.filename.size() + 1
                                                            && own.starts_with(entry.filename);
    if (!same) return {};
    return entry.continues.empty() ? entry.filename : entry.continues;
}

PathRef PathCache::look_up(Request& request)
{
    // The vhost is part of the key: another vhost has other sections.
    const std::string_view continues = continued_by(request);
    std::string_view key = request.arena.join(
        request.filename, std::string_view("\0", 1),
        // NOLINTNEXTLINE(bugprone-sizeof-expression): the pointer itself
        std::string_view(reinterpret_cast<const char*>(&request.vhost), sizeof request.vhost),
        continues);
    if (const auto found = entries_.find(key); found != entries_.end()) {
        PathEntry* entry = found->second;
        if (is_current(*entry)) {
            order_.splice(order_.begin(), order_, entry->place_);
            ++hits_;
            return PathRef(entry);
        }
        drop(*entry);
    }
    ++misses_;
    auto entry = std::make_unique<PathEntry>();
    entry->cache_ = this;
    entry->vhost = request.vhost;
    entry->key = key;
    entry->continues = std::string_view(entry->key).substr(key.size() - continues.size());
    const auto parent = request.filename.substr(0, request.filename.rfind('/'));
    // Watch first, look then: a change in between is noticed.
    DirectoryWalk walk(request, *entry);
    entry->watched_ = watch_.watch(parent, entry->stamps_);
    walk.run();
    if (entry->watched_ && entry->file.type == FileInfo::Type::directory) {
        entry->watched_ = watch_.watch(entry->filename, entry->stamps_);
    }
    if (entry->watched_ && has_other_names(std::string(entry->filename))) entry->watched_ = false;
    if (!entry->watched_ && walk.depends_on_directories()) entry->cacheable = false;
    if (entry->key.size() > max_key) entry->cacheable = false;
    entry->scope = &scopes_.pin(*request.vhost, entry->matched, entry->htaccess);
    PathEntry* made = entry.release();
    if (!made->cacheable) return PathRef(made);
    while (entries_.size() >= max_entries) drop(*order_.back());
    order_.push_front(made);
    made->place_ = order_.begin();
    made->listed_ = true;
    entries_.emplace(made->key, made);
    return PathRef(made);
}

PathEntry*& PathCache::place_of(const VirtualHost& vhost, std::string_view target)
{
    const size_t hash =
        std::hash<std::string_view>()(target) ^ (reinterpret_cast<uintptr_t>(&vhost) >> 6);
    return targets_[hash % target_places];
}

PathEntry* PathCache::find_target(const VirtualHost& vhost, std::string_view target)
{
    PathEntry* entry = place_of(vhost, target);
    if (!entry || entry->vhost != &vhost || entry->target != target) return nullptr;
    if (!entry->kept || !is_current(*entry)) return nullptr;
    order_.splice(order_.begin(), order_, entry->place_);
    ++hits_;
    return entry;
}

void PathCache::set_target(PathEntry& entry, std::string_view target, std::string_view path)
{
    forget_target(entry);
    PathEntry*& place = place_of(*entry.vhost, target);
    if (place) place->target.clear();
    place = &entry;
    entry.target = target;
    entry.target_path = path;
}

void PathCache::forget_target(PathEntry& entry)
{
    if (entry.target.empty()) return;
    place_of(*entry.vhost, entry.target) = nullptr;
    entry.target.clear();
}

void PathCache::drop(PathEntry& entry)
{
    forget_target(entry);
    entries_.erase(std::string_view(entry.key));
    order_.erase(entry.place_);
    entry.listed_ = false;
    if (entry.references_ == 0) destroy(&entry);
}

void PathCache::destroy(PathEntry* entry)
{
    content_bytes_ -= entry->content.size();
    for (const auto& [key, bytes] : entry->variants_) content_bytes_ -= bytes.size();
    scopes_.unpin(*entry->scope);
    delete entry;
}

void PathCache::clear()
{
    while (!order_.empty()) drop(*order_.back());
}

bool PathCache::admit_content(size_t bytes)
{
    if (content_bytes_ + bytes > max_content_bytes) return false;
    content_bytes_ += bytes;
    return true;
}

} // namespace signet::server
