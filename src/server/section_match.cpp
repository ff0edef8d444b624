#include "server/section_match.h"

#include "config/fnmatch.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"

#include <memory>

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

} // namespace

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
        : context_(request)
    {
    }

    void visit(const Section& section, Matched& matched)
    {
        if (section.kind == Section::Kind::condition) decided_ = false;
        if (decided_) return;
        bool holds = true;
        if (section.condition) {
            const auto tested = section.condition->test(context_);
            if (!tested) {
                log_event(context_.request(),
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
    RequestExpression context_;
    bool decided_ = false;
};

} // namespace

void match_conditions(const SectionList& sections, Request& request, Matched& matched)
{
    ConditionChain server_level(request);
    size_t done = 0;
    size_t end = matched.size();
    for (const Section* section : sections.conditions) server_level.visit(*section, matched);
    // Those of the sections that matched, then those inside of these conditions, level by level.
    do {
        for (; done < end; ++done) {
            ConditionChain chain(request);
            const Section* outer = matched[done];
            for (const auto& section : outer->conditions) chain.visit(*section, matched);
        }
        end = matched.size();
    } while (done < end);
}

} // namespace signet::server
