#include "server/scope.h"

#include <algorithm>

namespace signet::server {

SectionConfig::SectionConfig(std::span<const Module> modules)
    : modules_(modules)
    , configs_(modules.size(), nullptr)
{
}

SectionConfig::SectionConfig(SectionConfig&& other) noexcept
    : modules_(other.modules_)
    , configs_(std::exchange(other.configs_, {}))
{
}

SectionConfig::~SectionConfig()
{
    forget();
}

void SectionConfig::forget()
{
    for (size_t i = 0; i < configs_.size(); ++i) {
        if (configs_[i]) modules_[i].destroy(configs_[i]);
    }
    configs_ = {};
}

void* SectionConfig::at(int module)
{
    configs_.resize(modules_.size());
    auto& config = configs_[static_cast<size_t>(module)];
    if (!config) config = modules_[static_cast<size_t>(module)].create();
    return config;
}

JoinedSections::~JoinedSections()
{
    for (const auto& [index, config] : owned_) modules_[static_cast<size_t>(index)].destroy(config);
}

const void* JoinedSections::empty_core()
{
    if (!empty_core_) {
        empty_core_ = modules_[0].create();
        owned_.emplace_back(0, empty_core_);
    }
    return empty_core_;
}

void JoinedSections::add(const SectionConfig& section)
{
    // In Apache every section has a configuration of core, and merging it with another one that
    // says nothing settles what + and - have gathered (FileETag).
    const bool joins_core = !is_first_ && (said_[0] || section.said()[0]);
    if (joins_core && !said_[0]) said_[0] = empty_core();
    is_first_ = false;
    for (size_t i = 0; i < said_.size(); ++i) {
        const void* inner = section.said()[i];
        if (!inner && i == 0 && joins_core) inner = empty_core();
        if (!inner) continue;
        if (said_[i]) {
            owned_.emplace_back(static_cast<int>(i), modules_[i].merge(said_[i], inner));
            inner = owned_.back().second;
        }
        said_[i] = inner;
    }
}

Scope::Scope(std::span<const Module> modules, const Scope* outer,
             std::span<const void* const> inner)
    : modules_(modules)
    , configs_(modules.size())
{
    if (outer) provenance = outer->provenance;
    for (size_t i = 0; i < modules.size(); ++i) {
        const auto index = static_cast<int>(i);
        const void* said = inner[i];
        if (outer && !said) {
            configs_[i] = outer->configs_[i];
        } else if (outer) {
            owned_.emplace_back(index, modules[i].merge(outer->configs_[i], said));
            configs_[i] = owned_.back().second;
        } else if (said) {
            configs_[i] = said;
        } else {
            owned_.emplace_back(index, modules[i].create());
            configs_[i] = owned_.back().second;
        }
    }
    bind_hooks();
}

Scope::~Scope()
{
    for (const auto& [index, config] : owned_) modules_[static_cast<size_t>(index)].destroy(config);
}

void Scope::bind_hooks()
{
    for (size_t i = 0; i < modules_.size(); ++i) {
        const auto& hooks = modules_[i].hooks;
        for (size_t number = 0; number < hooks.size(); ++number) {
            const auto& hook = hooks[number];
            if (!hook.wanted(hook.entry, configs_[i])) continue;
            const auto place =
                static_cast<uint32_t>(hook.order) << 16 | static_cast<uint32_t>(i << 8 | number);
            hooks_[static_cast<size_t>(hook.phase)].push_back({&hook, configs_[i], place});
        }
    }
    for (auto& bound : hooks_) std::ranges::sort(bound, {}, &BoundHook::place);
    judge_repetition();
}

// Handlers are left out: they go by request.handler, the method and the file (phases.h).
void Scope::judge_repetition()
{
    for (const Phase phase : {Phase::header_parse, Phase::access, Phase::authenticate,
                              Phase::authorize, Phase::type, Phase::fixup, Phase::response_head}) {
        for (const BoundHook& bound : hooks(phase)) {
            const Repeats repeats = bound.hook->repeats(bound.hook->entry, bound.config);
            const bool runs_again =
                repeats == Repeats::by_running_again || repeats == Repeats::for_the_log;
            if (runs_again) {
                to_repeat_.push_back(bound);
            } else if (repeats != Repeats::always) {
                repeatable_ = false;
            }
            if (repeats == Repeats::by_running_again) for_the_log_only_ = false;
        }
    }
    for (const Phase phase : {Phase::post_read, Phase::translate}) {
        for (const BoundHook& bound : hooks(phase)) {
            const Repeats repeats = bound.hook->repeats(bound.hook->entry, bound.config);
            const bool holds = repeats == Repeats::always
                               || (repeats == Repeats::on_connection && phase == Phase::post_read);
            if (!holds) maps_repeatably_ = false;
        }
    }
}

} // namespace signet::server
