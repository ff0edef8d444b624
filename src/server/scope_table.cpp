#include "server/scope_table.h"

#include "server/vhost.h"

#include <algorithm>

namespace signet::server {

namespace {

constexpr size_t max_idle_overrides = 512;

uint64_t hash_of(const VirtualHost& vhost, const Matched& matched)
{
    uint64_t hash = reinterpret_cast<uintptr_t>(&vhost);
    for (const Section* section : matched) {
        hash = (hash ^ section->number) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 29;
    }
    return hash;
}

// Directories with .htaccess files, then files, then locations, then each level of conditions.
unsigned group_of(const Section& section)
{
    return std::min(static_cast<unsigned>(section.kind),
                    static_cast<unsigned>(Section::Kind::condition))
           + section.nesting;
}

bool same(const std::vector<uint32_t>& numbers, const Matched& matched)
{
    return std::ranges::equal(numbers, matched, {}, {}, &Section::number);
}

} // namespace

ScopeTable::~ScopeTable() = default;

const Scope* ScopeTable::Entry::scope() const
{
    return levels.empty() ? vhost->base.get() : levels.back().get();
}

const Scope& ScopeTable::pin(const VirtualHost& vhost, const Matched& matched,
                             std::vector<std::shared_ptr<const Section>> keep_alive)
{
    if (matched.empty()) return *vhost.base;
    const uint64_t hash = hash_of(vhost, matched);
    for (auto [at, end] = by_hash_.equal_range(hash); at != end; ++at) {
        Entry& entry = *at->second;
        if (entry.vhost != &vhost || !same(entry.numbers, matched)) continue;
        entries_.splice(entries_.begin(), entries_, at->second);
        ++entry.pins;
        return *entry.scope();
    }
    Entry entry{.hash = hash, .vhost = &vhost, .keep_alive = std::move(keep_alive), .pins = 1};
    const Scope* outer = vhost.base.get();
    for (size_t i = 0; i < matched.size();) {
        JoinedSections joined(outer->modules());
        const size_t first = i;
        for (; i < matched.size() && group_of(*matched[i]) == group_of(*matched[first]); ++i) {
            joined.add(matched[i]->config);
        }
        entry.levels.push_back(std::make_unique<Scope>(outer->modules(), outer, joined.said()));
        outer = entry.levels.back().get();
        for (size_t k = first; k < i; ++k) {
            entry.numbers.push_back(matched[k]->number);
            entry.levels.back()->provenance.push_back(&matched[k]->position);
        }
    }
    entries_.push_front(std::move(entry));
    by_hash_.emplace(hash, entries_.begin());
    by_scope_.emplace(outer, entries_.begin());
    evict();
    return *outer;
}

void ScopeTable::unpin(const Scope& scope)
{
    const auto found = by_scope_.find(&scope);
    if (found == by_scope_.end()) return;
    const auto at = found->second;
    // A .htaccess file that is read anew has another number: its old scope may never be asked for.
    if (--at->pins == 0 && !at->keep_alive.empty() && entries_.size() > max_idle_overrides)
        erase(at);
}

void ScopeTable::erase(std::list<Entry>::iterator at)
{
    by_scope_.erase(at->scope());
    for (auto [hashed, end] = by_hash_.equal_range(at->hash); hashed != end; ++hashed) {
        if (hashed->second == at) {
            by_hash_.erase(hashed);
            break;
        }
    }
    entries_.erase(at);
}

void ScopeTable::evict()
{
    auto at = entries_.end();
    while (entries_.size() > limit_ && at != entries_.begin()) {
        --at;
        if (at->pins == 0) erase(at++);
    }
}

void ScopeTable::clear()
{
    const size_t limit = std::exchange(limit_, 0);
    evict();
    limit_ = limit;
}

} // namespace signet::server
