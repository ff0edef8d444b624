#include "server/without_effect.h"

#include "base/text.h"

#include <algorithm>

namespace signet::server {
namespace {

struct Ineffective {
    std::string_view name;
    std::string_view harmless; // the one value that is what signet does
};

constexpr Ineffective directives[] = {
    {"CGIPassAuth", "off"},
    {"CGIVar", ""},
    {"FlushMaxPipelined", ""},
    {"FlushMaxThreshold", ""},
    {"HostnameLookups", "off"},
    {"LimitInternalRecursion", "10"},
    {"LimitXMLRequestBody", ""},
    {"MergeTrailers", "off"},
    {"MultiviewsMatch", ""},
    {"Protocol", ""},
    {"QualifyRedirectURL", "off"},
    {"ReadBufferSize", ""},
    {"RLimitCPU", ""},
    {"RLimitMEM", ""},
    {"RLimitNPROC", ""},
};

const Ineffective* find(std::string_view name)
{
    const auto* found =
        std::ranges::find_if(directives, [&](const auto& one) { return iequals(one.name, name); });
    return found == std::end(directives) ? nullptr : found;
}

} // namespace

bool is_without_effect(std::string_view directive)
{
    return find(directive) != nullptr;
}

bool misses_its_effect(const config::Node& node)
{
    const auto* found = find(node.name);
    return found && !(node.words.size() == 1 && iequals(node.words[0].text, found->harmless));
}

} // namespace signet::server
