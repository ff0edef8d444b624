// Interned scopes of one worker: a merged configuration depends only on which sections matched, in
// which order, so each distinct list is merged once. Bounded: least recently used goes first.
#pragma once
#include "server/scope.h"
#include "server/section_match.h"

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

namespace signet::server {

class VirtualHost;

class ScopeTable {
public:
    explicit ScopeTable(size_t limit = 4096)
        : limit_(limit)
    {
    }
    ScopeTable(const ScopeTable&) = delete;
    ScopeTable& operator=(const ScopeTable&) = delete;
    ~ScopeTable();

    // The vhost's base scope with the sections merged over it, pinned: call unpin when done with
    // it. `keep_alive` holds what the sections belong to (a .htaccess file) as long as the scope
    // exists.
    [[nodiscard]] const Scope& pin(const VirtualHost& vhost, const Matched& matched,
                                   std::vector<std::shared_ptr<const Section>> keep_alive = {});
    void unpin(const Scope& scope);
    // After a reload: forgets everything that is not pinned, and the rest when it is unpinned.
    void clear();

    [[nodiscard]] size_t size() const { return entries_.size(); }

private:
    struct Entry {
        uint64_t hash;
        const VirtualHost* vhost;
        std::vector<uint32_t> numbers;
        // Each level is a scope of its own that shares what the next one does not change.
        std::vector<std::unique_ptr<Scope>> levels;
        std::vector<std::shared_ptr<const Section>> keep_alive;
        unsigned pins = 0;
        [[nodiscard]] const Scope* scope() const;
    };
    void evict();
    void erase(std::list<Entry>::iterator at);

    size_t limit_;
    std::list<Entry> entries_; // most recently used first
    std::unordered_multimap<uint64_t, std::list<Entry>::iterator> by_hash_;
    std::unordered_map<const Scope*, std::list<Entry>::iterator> by_scope_;
};

} // namespace signet::server
