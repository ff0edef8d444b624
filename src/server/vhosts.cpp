#include "server/vhosts.h"

#include "config/fnmatch.h"
#include "server/core_config.h"

#include <array>
#include <cstring>

namespace signet::server {
namespace {

// 16 address bytes and the port; the any-address is all zero.
using Key = std::array<char, 18>;

Key key_of(const unsigned char* bytes, uint16_t port)
{
    Key key{};
    if (bytes) std::memcpy(key.data(), bytes, 16);
    std::memcpy(key.data() + 16, &port, 2);
    return key;
}

std::string_view view(const Key& key)
{
    return {key.data(), key.size()};
}

} // namespace

std::optional<std::string_view> below_server_path(const VirtualHost& vhost, std::string_view path)
{
    const auto& setting = vhost.base->core().server_path;
    if (!setting || !path.starts_with(*setting)) return std::nullopt;
    const auto rest = path.substr(setting->size());
    if (!rest.empty() && !setting->ends_with('/') && rest.front() != '/') return std::nullopt;
    return rest;
}

void NameTable::add(const VirtualHost& vhost)
{
    rank_.emplace(&vhost, rank_.size());
    if (vhost.base && vhost.base->core().server_path) with_path_.push_back(&vhost);
    names_.emplace(vhost.server_name, &vhost);
    for (const auto& alias : vhost.aliases) names_.emplace(alias, &vhost);
    for (const auto& pattern : vhost.alias_patterns) patterns_.emplace_back(pattern, &vhost);
}

const VirtualHost* NameTable::find_exact(std::string_view name) const
{
    const VirtualHost* best = nullptr;
    if (const auto found = names_.find(name); found != names_.end()) best = found->second;
    for (const auto& [pattern, vhost] : patterns_) {
        if (best && rank_.at(best) < rank_.at(vhost)) break;
        if (config::glob_matches(pattern, name, {.ignore_case = true})) return vhost;
    }
    return best;
}

const VirtualHost* NameTable::find_path(std::string_view path) const
{
    for (const auto* vhost : with_path_) {
        if (below_server_path(*vhost, path)) return vhost;
    }
    return nullptr;
}

const VirtualHost& NameTable::find(std::string_view name) const
{
    const auto* found = name.empty() ? nullptr : find_exact(name);
    return found ? *found : *fallback_;
}

VirtualHosts::VirtualHosts(const Configuration& configuration)
    : main_(configuration.main)
{
    main_.add(configuration.main);
    for (const auto& vhost : configuration.vhosts) {
        for (const auto& address : vhost->bound) {
            const auto key = key_of(address.is_any() ? nullptr : address.bytes(), address.port());
            auto& table = tables_[std::string(view(key))];
            if (!table) table = std::make_unique<NameTable>(*vhost);
            table->add(*vhost);
        }
    }
}

const NameTable& VirtualHosts::at(const net::Address& local) const
{
    const std::array keys{key_of(local.bytes(), local.port()), key_of(local.bytes(), 0),
                          key_of(nullptr, local.port()), key_of(nullptr, 0)};
    for (const auto& key : keys) {
        if (const auto found = tables_.find(view(key)); found != tables_.end())
            return *found->second;
    }
    return main_;
}

} // namespace signet::server
