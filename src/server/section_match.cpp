#include "server/section_match.h"

#include "config/fnmatch.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace signet::server {
namespace {

// Named groups of a section's regex become MATCH_NAME variables of the request.
void export_names(const config::Regex& regex, const config::Captures& captures, Request& request)
{
    for (const auto& [name, number] : regex.names()) {
        if (number >= static_cast<int>(captures.groups.size())) continue;
        const auto value = captures.groups[static_cast<size_t>(number)];
        request.env.set(request.arena.join("MATCH_", name), request.arena.copy(value));
    }
}

bool matches_regex(const Section& section, std::string_view subject, Request& request)
{
    config::Captures captures;
    if (!section.regex->match(subject, captures)) return false;
    export_names(*section.regex, captures, request);
    return true;
}

// "/a" covers "/a", "/a/" and "/a/b", but not "/ab".
bool is_below(std::string_view path, std::string_view uri)
{
    if (!uri.starts_with(path)) return false;
    return path.empty() || path.back() == '/' || uri.size() == path.size()
           || uri[path.size()] == '/';
}

bool matches_location(const Section& section, Request& request)
{
    switch (section.pattern) {
    case Section::Pattern::literal: return is_below(section.path, request.uri);
    case Section::Pattern::glob:
        return config::glob_matches(section.path, request.uri, {.path_name = true});
    case Section::Pattern::regex: return matches_regex(section, request.uri, request);
    }
    return false;
}

bool matches_file(const Section& section, std::string_view name, Request& request)
{
    switch (section.pattern) {
    case Section::Pattern::literal: return section.path == name;
    case Section::Pattern::glob:
        return config::glob_matches(section.path, name, {.path_name = true});
    case Section::Pattern::regex: return matches_regex(section, name, request);
    }
    return false;
}

// As <Proxy> compares: literally, the URL begins with it.
bool matches_proxy(const Section& section, std::string_view url, Request& request)
{
    switch (section.pattern) {
    case Section::Pattern::literal: return url.starts_with(section.path);
    case Section::Pattern::glob: return config::glob_matches(section.path, url);
    case Section::Pattern::regex: return matches_regex(section, url, request);
    }
    return false;
}

} // namespace

void match_proxies(const SectionList& sections, std::string_view url, Request& request,
                   Matched& matched)
{
    for (const Section* section : sections.proxies) {
        if (matches_proxy(*section, url, request)) matched.push_back(section);
    }
}

void match_locations(const SectionList& sections, Request& request, Matched& matched)
{
    for (const Section* section : sections.locations) {
        if (matches_location(*section, request)) matched.push_back(section);
    }
}

void match_directory(const SectionList& sections, std::string_view directory, unsigned depth,
                     Matched& matched)
{
    for (const Section* section : sections.directories) {
        if (section->components > depth) return;
        if (section->components < depth) continue;
        const bool hit = section->pattern == Section::Pattern::literal
                             ? section->path == directory
                             : config::glob_matches(section->path, directory, {.path_name = true});
        if (hit) matched.push_back(section);
    }
}

void match_directory_patterns(const SectionList& sections, std::string_view path, Request& request,
                              Matched& matched)
{
    for (const Section* section : sections.directory_patterns) {
        if (matches_regex(*section, path, request)) matched.push_back(section);
    }
}

void match_files(const SectionList& sections, Request& request, Matched& matched)
{
    const size_t slash = request.filename.rfind('/');
    const auto name =
        slash == std::string_view::npos ? request.filename : request.filename.substr(slash + 1);
    const size_t directories = matched.size();
    for (const Section* section : sections.files) {
        if (matches_file(*section, name, request)) matched.push_back(section);
    }
    for (size_t i = 0; i < directories; ++i) {
        for (const auto& section : matched[i]->files) {
            if (matches_file(*section, name, request)) matched.push_back(section.get());
        }
    }
}

namespace {

// One run of <If> <ElseIf> <Else>: at most one of a chain applies.
class ConditionChain {
public:
    explicit ConditionChain(Request& request)
        : request_(request)
    {
    }

    void visit(const Section& section, Matched& matched)
    {
        if (section.kind == Section::Kind::condition) decided_ = false;
        if (decided_) return;
        bool holds = true;
        if (section.condition) {
            RequestExpression context(request_);
            const auto tested = section.condition->test(context);
            if (!tested) {
                log_event(request_,
                          {.severity = Severity::error,
                           .module = "core",
                           .id = 211,
                           .text = "Failed to evaluate <If > condition: " + tested.error().text});
            }
            holds = tested.value_or(false);
        }
        if (!holds) return;
        decided_ = true;
        matched.push_back(&section);
    }

private:
    Request& request_;
    bool decided_ = false;
};

} // namespace

namespace {

using Identities = std::vector<size_t>;

// Sections by where they stand: a .htaccess file that two look-ups have read has two numbers.
Identities identities_of(std::span<const Section* const> sections)
{
    Identities identities;
    for (const Section* section : sections) {
        const auto& position = section->position;
        const std::string_view file = position.file ? position.file->path : section->path;
        identities.push_back(std::hash<std::string_view>()(file) + size_t{position.line} * 4096
                             + position.column);
    }
    return identities;
}

// The walk that Apache compares the request's next one with: the one of the same place among those
// of the request that this one replaces or serves, else its own last one.
const ConditionWalk* earlier_walk(const Request& request)
{
    const auto& own = request.condition_walks;
    for (const Request* from : {request.previous, request.parent}) {
        if (!from || from->condition_walks.empty()) continue;
        if (own.size() < from->condition_walks.size()) return &from->condition_walks[own.size()];
        break;
    }
    return own.empty() ? nullptr : &own.back();
}

// Notes which conditions hold on top of which sections. True when the earlier walk found the same:
// Apache then takes that walk's result, and does not look at the conditions inside of these.
bool repeats_earlier_walk(Request& request, Identities base, Identities found)
{
    const auto* earlier = earlier_walk(request);
    const bool repeats = earlier && earlier->base == base && earlier->found == found;
    request.condition_walks.push_back({std::move(base), std::move(found)});
    return repeats;
}

} // namespace

void match_conditions(const SectionList& sections, Request& request, Matched& matched)
{
    // Those of the server and of the sections that matched, then those inside of the conditions
    // that hold, level by level.
    size_t outer = 0;
    bool any = !sections.conditions.empty();
    ConditionChain server_level(request);
    Matched found;
    for (const Section* section : sections.conditions) server_level.visit(*section, found);
    while (true) {
        for (; outer < matched.size(); ++outer) {
            ConditionChain chain(request);
            any = any || !matched[outer]->conditions.empty();
            for (const auto& section : matched[outer]->conditions) chain.visit(*section, found);
        }
        if (!any) return;
        const bool repeats =
            repeats_earlier_walk(request, identities_of(matched), identities_of(found));
        matched.insert(matched.end(), found.begin(), found.end());
        if (repeats || found.empty()) return;
        found.clear();
        any = false;
    }
}

} // namespace signet::server
