// What a worker knows about paths: what stat said, which sections and .htaccess files apply, the
// bytes of small files. Exact: see PathWatch; where that cannot watch, one stat per request.
#pragma once
#include "base/text.h"
#include "server/body.h"
#include "server/kept_answer.h"
#include "server/path_watch.h"
#include "server/request.h"
#include "server/section_match.h"

#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace signet::server {

class PathCache;
class ScopeTable;
class VirtualHost;

// One path as one vhost sees it. Immutable but for what is filled in lazily; counted references.
struct PathEntry {
    const VirtualHost* vhost = nullptr;
    std::string key;              // the filename asked for, path info included
    int status = 0;               // 0, or why it may not be walked (403)
    std::string_view apache_id{}; // of the log line for a status
    std::string_view reason{};
    FileInfo file;
    std::string_view filename;  // the part of key that exists (or the whole)
    std::string_view path_info; // the rest
    Matched matched;            // <Directory>, .htaccess, DirectoryMatch, Files sections
    std::vector<std::shared_ptr<const Section>> htaccess;
    const Scope* scope = nullptr; // of `matched` alone; pinned by the entry
    // Where the look-up continues one in the same directory (a directory's index, an error page):
    // the path of that one, whose <Directory> sections and patterns apply. A part of key, or "".
    std::string_view continues;
    bool cacheable = true; // false: named groups of a regex depend on the request

    // Filled by the static file handler.
    std::string content; // of a small file
    bool has_content = false;
    // What a filter made of the content, by the filter's name and settings; nullptr: not kept.
    [[nodiscard]] const std::string* find_variant(std::string_view key) const;
    void keep_variant(std::string_view key, std::string_view bytes);
    [[nodiscard]] bool is_watched() const { return watched_; }
    [[nodiscard]] bool is_listed() const { return listed_; }
    int etag_bits = -1; // FileETag that the etag was made for
    std::string etag;
    std::string last_modified;
    std::unique_ptr<KeptAnswer> kept; // the whole answer, where all get the same
    // The target that leads here by a short cut (shortcut.h) as sent, and unescaped; or "".
    std::string target;
    std::string target_path;

private:
    friend class PathRef;
    friend class PathCache;
    PathCache* cache_ = nullptr;
    PathWatch::Stamps stamps_;
    bool watched_ = false;
    std::list<std::pair<std::string, std::string>> variants_;
    bool listed_ = false; // in the cache's table; else it goes with its last reference
    unsigned references_ = 0;
    std::list<PathEntry*>::iterator place_{};
};

// Keeps an entry, its scope and its bytes alive.
class PathRef {
public:
    PathRef() = default;
    explicit PathRef(PathEntry* entry);
    PathRef(PathRef&& other) noexcept
        : entry_(std::exchange(other.entry_, nullptr))
    {
    }
    PathRef& operator=(PathRef&& other) noexcept
    {
        std::swap(entry_, other.entry_);
        return *this;
    }
    ~PathRef() { reset(); }
    void reset();
    [[nodiscard]] PathEntry* operator->() const { return entry_; }
    [[nodiscard]] PathEntry& operator*() const { return *entry_; }
    explicit operator bool() const { return entry_ != nullptr; }

private:
    PathEntry* entry_ = nullptr;
};

// One per worker and configuration generation.
class PathCache {
public:
    PathCache(net::Loop& loop, ScopeTable& scopes, const Configuration& configuration);
    ~PathCache();
    PathCache(const PathCache&) = delete;
    PathCache& operator=(const PathCache&) = delete;

    // What `request.filename` is, from memory when nothing has changed, else by a directory walk.
    [[nodiscard]] PathRef look_up(Request& request);
    // What changed on the disk until now is seen by the look-ups that follow, not only by those of
    // the next loop turn.
    [[nodiscard]] int watch_trouble() const { return watch_.trouble(); }
    void catch_up() { watch_.catch_up(); }
    // Forgets everything not in use (reload).
    void clear();
    // By its target as sent (shortcut.h), when nothing has changed; else null. The entry stays at
    // least until this turn's next look-up.
    [[nodiscard]] PathEntry* find_target(const VirtualHost& vhost, std::string_view target);
    // From now on `target` leads to the entry; only the last one does.
    void set_target(PathEntry& entry, std::string_view target, std::string_view path);
    // Room for the bytes of a small file? Counts them.
    [[nodiscard]] bool admit_content(size_t bytes);
    void release_content(size_t bytes) { content_bytes_ -= bytes; }

    [[nodiscard]] size_t size() const { return entries_.size(); }
    [[nodiscard]] uint64_t hits() const { return hits_; }
    [[nodiscard]] uint64_t misses() const { return misses_; }

private:
    friend class PathRef;
    [[nodiscard]] static std::string_view continued_by(const Request& request);
    [[nodiscard]] bool is_current(const PathEntry& entry) const;
    [[nodiscard]] PathEntry*& place_of(const VirtualHost& vhost, std::string_view target);
    void forget_target(PathEntry& entry);
    void drop(PathEntry& entry);
    void destroy(PathEntry* entry);

    ScopeTable& scopes_;
    PathWatch watch_;
    std::unordered_map<std::string_view, PathEntry*> entries_; // keyed by vhost and key
    std::list<PathEntry*> order_;                              // most recently used first
    // Listed entries by vhost and target; one that falls on a taken place takes it over.
    std::vector<PathEntry*> targets_;
    size_t content_bytes_ = 0;
    uint64_t hits_ = 0, misses_ = 0;
};

} // namespace signet::server
