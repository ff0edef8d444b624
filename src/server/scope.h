// The configuration that applies to a request: every module's merged configuration, and per phase
// the hooks that have something to do. Interned: one Scope per distinct list of matched sections.
#pragma once
#include "config/source.h"
#include "server/module.h"
#include "server/phases.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace signet::server {

struct CoreConfig;

// Module configurations of one section: null where the section says nothing about a module.
// Owns its configurations.
class SectionConfig {
public:
    explicit SectionConfig(std::span<const Module> modules);
    ~SectionConfig();
    SectionConfig(SectionConfig&& other) noexcept;
    SectionConfig(const SectionConfig&) = delete;
    SectionConfig& operator=(const SectionConfig&) = delete;
    SectionConfig& operator=(SectionConfig&&) = delete;

    // Destroys the configurations: nothing is said any more.
    void forget();
    // The module's configuration, created on first use.
    [[nodiscard]] void* at(int module);
    // By module index: null where nothing is said.
    [[nodiscard]] std::span<const void* const> said() const
    {
        return {configs_.data(), configs_.size()};
    }
    [[nodiscard]] const void* find(int module) const
    {
        return configs_.empty() ? nullptr : configs_[static_cast<size_t>(module)];
    }

private:
    std::span<const Module> modules_;
    std::vector<void*> configs_; // empty when moved from or forgotten
};

// Sections of one kind that apply together. Apache merges each kind (directories, files, locations,
// each level of <If>) among itself before it lays the result over what is outside, which matters to
// directives whose merge depends on what was said before: AuthMerging, FileETag, UnsetEnv.
// Lives while a Scope is made; the sections outlive it.
class JoinedSections {
public:
    explicit JoinedSections(std::span<const Module> modules)
        : modules_(modules)
        , said_(modules.size(), nullptr)
    {
    }
    ~JoinedSections();
    JoinedSections(const JoinedSections&) = delete;
    JoinedSections& operator=(const JoinedSections&) = delete;

    void add(const SectionConfig& section);
    [[nodiscard]] std::span<const void* const> said() const { return said_; }

private:
    [[nodiscard]] const void* empty_core();

    std::span<const Module> modules_;
    std::vector<const void*> said_;
    std::vector<std::pair<int, void*>> owned_;
    void* empty_core_ = nullptr; // in owned_
    bool is_first_ = true;
};

// A hook ready to run: bound to this scope's configuration of its module.
struct BoundHook {
    const AnyHook* hook;
    const void* config;
    // Where it stands in its phase, the same in every scope.
    uint32_t place;

    Outcome run(Request& request, Response& response) const
    {
        return hook->run(hook->entry, config, request, response);
    }
};

// Immutable once built. Lives in its Configuration (vhost scopes) or in the worker's scope table;
// requests in flight pin the latter.
class Scope {
public:
    // Merges `inner` over `outer`; modules that inner does not mention share outer's pointer, so
    // `outer` must outlive the result, or be kept alive by it (see ScopeTable).
    Scope(std::span<const Module> modules, const Scope* outer, std::span<const void* const> inner);
    Scope(std::span<const Module> modules, const Scope* outer, const SectionConfig& inner)
        : Scope(modules, outer, inner.said())
    {
    }
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    [[nodiscard]] std::span<const BoundHook> hooks(Phase phase) const
    {
        return hooks_[static_cast<size_t>(phase)];
    }
    [[nodiscard]] const void* config(int module) const
    {
        return configs_[static_cast<size_t>(module)];
    }
    // Where no hook looks at the request, the answer for a file can be kept (kept_answer.h).
    [[nodiscard]] bool is_repeatable() const { return repeatable_; }
    // Hooks that have to run even when a kept answer is repeated.
    [[nodiscard]] std::span<const BoundHook> hooks_to_repeat() const { return to_repeat_; }
    // The log alone sees whether they ran.
    [[nodiscard]] bool repeats_for_the_log_only() const { return for_the_log_only_; }
    // Up to the file's name no hook looks at more of a request than its target, nor at more of its
    // connection than what the one before, for the same Host, has passed (shortcut.h).
    [[nodiscard]] bool maps_repeatably() const { return maps_repeatably_; }
    [[nodiscard]] std::span<const Module> modules() const { return modules_; }
    // Module 0 is core: what the server itself reads.
    [[nodiscard]] const CoreConfig& core() const
    {
        return *static_cast<const CoreConfig*>(configs_[0]);
    }

    // Sections that made this scope, outermost first (`signet explain`).
    std::vector<const config::Position*> provenance;

private:
    void bind_hooks();
    void judge_repetition();

    std::span<const Module> modules_;
    std::vector<const void*> configs_;         // by module index, never null
    std::vector<std::pair<int, void*>> owned_; // what this scope merged itself
    std::array<std::vector<BoundHook>, phase_count> hooks_;
    std::vector<BoundHook> to_repeat_;
    bool repeatable_ = true;
    bool for_the_log_only_ = true;
    bool maps_repeatably_ = true;
};

} // namespace signet::server
