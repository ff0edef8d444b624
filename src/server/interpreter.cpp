#include "server/interpreter.h"

#include "base/text.h"
#include "config/arity.h"
#include "config/conditions.h"
#include "config/fnmatch.h"
#include "http/method.h"
#include "server/door.h"
#include "server/old_directives.h"

#include <algorithm>

namespace signet::server {
namespace {

// Catalogue ids of this file (diagnosis/configuration_entries.cpp).
constexpr int invalid_command = 3;
constexpr int wrong_arity = 4;
constexpr int no_effect_yet = 5;
constexpr int would_open_a_door = 6;
constexpr int not_allowed_here = 7;
constexpr int bad_section = 8;
constexpr int bad_value = 20;

std::string line_of(const config::Node& node)
{
    std::string line = node.is_section ? "<" + node.name : node.name;
    if (!node.arguments.empty()) line += " " + node.arguments;
    if (node.is_section) line += ">";
    return line;
}

uint8_t place_bit(Level level)
{
    switch (level) {
    case Level::server: return config::in_server;
    case Level::vhost: return config::in_vhost;
    case Level::directory: return config::in_directory;
    case Level::htaccess: return config::in_htaccess;
    }
    return 0;
}

// Number of components of a directory path: "/" has 1, "/srv/www/" has 3 (its slashes).
unsigned count_components(std::string_view path)
{
    return static_cast<unsigned>(std::ranges::count(path, '/'));
}

// The places that `allowed` names, for "expected:".
std::string places(uint8_t allowed)
{
    std::string where;
    if (allowed & config::in_server) where += "the server configuration, ";
    if (allowed & config::in_vhost) where += "<VirtualHost>, ";
    if (allowed & config::in_directory) where += "<Directory>, <Location> or <Files>, ";
    if (allowed & config::in_htaccess) where += ".htaccess (with AllowOverride), ";
    if (where.size() > 2) where.resize(where.size() - 2);
    return where;
}

// A section's name as Apache spells it in messages.
std::string_view name_of(const config::Node& node)
{
    const auto* known = config::find_known_directive(node.name);
    return known ? known->message_name : std::string_view(node.name);
}

// Nothing acts on the directive yet, and its word asks for something else than what happens anyway.
bool misses_its_effect(const AnyDirective& directive, const config::Node& node)
{
    return directive.only_value
           && !(node.words.size() == 1 && iequals(node.words[0].text, directive.only_value));
}

// Apache obeys these while it reads, so their errors open as those of the reader do.
bool is_obeyed_on_read(std::string_view name)
{
    return iequals(name, "LoadModule") || iequals(name, "LoadFile");
}

struct PathSection {
    std::string_view name;
    Section::Kind kind;
    bool is_match;
};
constexpr PathSection path_sections[] = {
    {"Directory", Section::Kind::directory, false},
    {"DirectoryMatch", Section::Kind::directory, true},
    {"Location", Section::Kind::location, false},
    {"LocationMatch", Section::Kind::location, true},
    {"Proxy", Section::Kind::proxy, false},
    {"ProxyMatch", Section::Kind::proxy, true},
    {"Files", Section::Kind::files, false},
    {"FilesMatch", Section::Kind::files, true},
    {"If", Section::Kind::condition, false},
    {"ElseIf", Section::Kind::else_if, false},
    {"Else", Section::Kind::otherwise, false},
};
constexpr std::string_view other_sections[] = {"VirtualHost", "Limit", "LimitExcept", "Macro"};
constexpr std::string_view read_directives[] = {
    "Include", "IncludeOptional", "Define", "UnDefine", "Error", "ServerRoot", "Use", "UndefMacro"};

SectionKind section_kind(Section::Kind kind)
{
    switch (kind) {
    case Section::Kind::location: return SectionKind::location;
    case Section::Kind::files: return SectionKind::files;
    case Section::Kind::proxy: return SectionKind::proxy;
    default: return SectionKind::directory;
    }
}

} // namespace

bool is_built_in(const config::KnownDirective& known)
{
    const auto is_this = [&](std::string_view name) { return iequals(name, known.name); };
    if (!known.is_section) return std::ranges::any_of(read_directives, is_this);
    return config::is_conditional_section(known.name)
           || std::ranges::any_of(other_sections, is_this)
           || std::ranges::any_of(path_sections, is_this, &PathSection::name);
}

struct Interpreter::Index {
    struct Entry {
        int module;
        const AnyDirective* directive;
    };
    CaseInsensitiveMap<Entry> names;
};

Interpreter::Interpreter(Configuration& configuration, config::Diagnostics& diagnostics)
    : configuration_(&configuration)
    , diagnostics_(&diagnostics)
    , index_(std::make_unique<Index>())
{
    for (const auto& module : configuration.modules()) {
        for (const auto& directive : module.directives) {
            std::string_view name = directive.name;
            if (directive.is_section) name = name.substr(1, name.size() - 2);
            index_->names.emplace(name, Index::Entry{module.index, &directive});
        }
    }
}

Interpreter::~Interpreter() = default;

void Interpreter::error(const config::Node& node, int id, std::string message, std::string expected,
                        std::string fix)
{
    diagnostics_->add({.severity = diagnosis::Severity::error,
                       .id = id,
                       .position = node.position,
                       .message = std::move(message),
                       .line = line_of(node),
                       .expected = std::move(expected),
                       .fix = std::move(fix),
                       .opening = is_obeyed_on_read(node.name) ? config::Opening::reading
                                                               : config::Opening::syntax_error});
}

void Interpreter::warning(const config::Node& node, int id, std::string message,
                          const std::string& once)
{
    config::Finding finding{.severity = diagnosis::Severity::warn,
                            .id = id,
                            .position = node.position,
                            .message = std::move(message),
                            .line = line_of(node)};
    if (once.empty()) {
        diagnostics_->add(std::move(finding));
    } else {
        diagnostics_->add_once(std::move(finding), once);
    }
}

void Interpreter::interpret(const config::Tree& tree)
{
    auto& main = configuration_->main;
    walk(tree.nodes, {&main.section, &main.sections, nullptr, ""}, {.level = Level::server});
}

void Interpreter::interpret_htaccess(const config::Tree& tree, Section& section,
                                     const Words::Place& place)
{
    walk(tree.nodes, {&section.config, nullptr, &section, ""}, place);
}

void Interpreter::walk(std::span<const config::Node> nodes, const Target& target,
                       const Words::Place& place)
{
    for (const auto& node : nodes) visit(node, target, place);
}

void Interpreter::visit(const config::Node& node, const Target& target, const Words::Place& place)
{
    if (node.is_section && visit_section(node, target, place)) return;
    if (const auto found = index_->names.find(node.name);
        found != index_->names.end() && found->second.directive->is_section == node.is_section) {
        apply(node, found->second.module, *found->second.directive, target, place);
        return;
    }
    if (const auto* old = find_old_directive(node.name)) {
        warning(node, old->id, std::string(old->explanation));
        if (old->replacement.empty()) return;
        config::Node modern = node;
        modern.name = old->replacement;
        if (old->convert) old->convert(modern);
        visit(modern, target, place);
        return;
    }
    if (const auto* known = config::find_known_directive(node.name);
        known && known->is_section == node.is_section) {
        visit_unimplemented(node, target, place);
        return;
    }
    invalid(node);
}

void Interpreter::invalid(const config::Node& node)
{
    const auto nearest = config::nearest_directive(node.name);
    error(node, invalid_command,
          "Invalid command '" + std::string(node.is_section ? "<" : "") + node.name
              + "', perhaps misspelled or defined by a module not included in the server "
                "configuration",
          "a directive of Apache 2.4",
          nearest.empty() ? "" : "did you mean " + std::string(nearest) + "?");
}

bool Interpreter::check_place(const config::Node& node, uint8_t allowed, uint8_t overrides,
                              const Target& target, const Words::Place& place)
{
    const auto is_this = [&](const auto& one) { return iequals(one, node.name); };
    const bool listed = place.override_list && std::ranges::any_of(*place.override_list, is_this);
    const bool overridden =
        place.level != Level::htaccess || listed || (overrides & place.overrides) != 0;
    const auto message =
        config::check_context(node, overridden ? allowed : uint8_t{0},
                              static_cast<config::Allowed>(place_bit(place.level)), target.context);
    if (!message) return true;
    error(node, not_allowed_here, *message, places(allowed));
    return false;
}

// A directive that Apache has and signet has not yet: what is wrong in itself is an error all the
// same, then it is refused when something would be unprotected without it.
void Interpreter::visit_unimplemented(const config::Node& node, const Target& target,
                                      const Words::Place& place)
{
    const auto* known = config::find_known_directive(node.name);
    if (!known || !check_place(node, known->allowed, known->overrides, target, place)) return;
    if (auto message = config::check_arity(node, known->takes, known->syntax)) {
        error(node, wrong_arity, *message, std::string(known->syntax));
        return;
    }
    if (const auto door = door_opened_by_ignoring(node)) {
        error(node, would_open_a_door,
              node.name + " is not supported yet, and ignoring it would open a door: " + *door,
              "a configuration whose protection signet can enforce", {});
        return;
    }
    warning(node, no_effect_yet, node.name + ": accepted, no effect yet", lowercase(node.name));
    Target inside = target;
    inside.context = name_of(node);
    Words::Place inner = place;
    if (place.level <= Level::vhost) inner.level = Level::directory;
    for (const auto& child : node.children) {
        const bool works = index_->names.contains(child.name) || find_old_directive(child.name);
        if (works) continue; // but not here
        if (config::find_known_directive(child.name)) {
            visit_unimplemented(child, inside, inner);
        } else {
            invalid(child);
        }
    }
}

void Interpreter::apply(const config::Node& node, int module, const AnyDirective& directive,
                        const Target& target, const Words::Place& place)
{
    if (!check_place(node, directive.allowed, directive.overrides, target, place)) return;
    if (auto message = config::check_arity(node, directive.takes, directive.help)) {
        error(node, wrong_arity, *message, directive.help);
        return;
    }
    if (misses_its_effect(directive, node)) {
        warning(node, no_effect_yet, node.name + ": accepted, no effect yet", lowercase(node.name));
    }
    const size_t errors_before = diagnostics_->errors();
    void* config = target.config->at(module);
    const Words words(node, place, *configuration_, *diagnostics_);
    auto check = [&](const Result<void>& applied) {
        if (!applied && diagnostics_->errors() == errors_before) {
            error(node, bad_value, applied.error().text, directive.help);
        }
        return applied.has_value();
    };
    if (!check(directive.apply(directive.entry, config, words)) || !node.is_section) return;
    Target inside = target;
    inside.context = name_of(node);
    if (!directive.stands_apart) {
        walk(node.children, inside, place);
        check(directive.close(directive.entry, config, words));
        return;
    }
    Words::Place inner = place;
    inner.level = Level::directory;
    inner.inside = std::make_shared<SectionConfig>(configuration_->modules());
    inside.config = inner.inside.get();
    walk(node.children, inside, inner);
    check(directive.close(directive.entry, config,
                          Words(node, inner, *configuration_, *diagnostics_)));
}

bool Interpreter::visit_section(const config::Node& node, const Target& target,
                                const Words::Place& place)
{
    if (iequals(node.name, "VirtualHost")) {
        visit_vhost(node, target, place);
        return true;
    }
    if (iequals(node.name, "Limit") || iequals(node.name, "LimitExcept")) {
        visit_limit(node, target, place, iequals(node.name, "LimitExcept"));
        return true;
    }
    for (const auto& known : path_sections) {
        if (!iequals(node.name, known.name)) continue;
        if (known.kind >= Section::Kind::condition) {
            visit_condition(node, target, place, known.kind);
        } else {
            visit_path_section(node, target, place, known.kind, known.is_match);
        }
        return true;
    }
    return false;
}

void Interpreter::visit_vhost(const config::Node& node, const Target& target,
                              const Words::Place& place)
{
    if (!check_place(node, config::in_server, config::override_none, target, place)) return;
    if (node.words.empty()) {
        error(node, bad_section, "<VirtualHost> directive requires additional arguments",
              "addr[:port] …", "<VirtualHost *:443>");
        return;
    }
    auto vhost = std::make_unique<VirtualHost>(configuration_->modules());
    vhost->position = node.position;
    for (const auto& word : node.words) vhost->addresses.push_back(word.text);
    walk(node.children, {&vhost->section, &vhost->sections, nullptr, "VirtualHost"},
         {.level = Level::vhost});
    configuration_->vhosts.push_back(std::move(vhost));
}

void Interpreter::visit_limit(const config::Node& node, const Target& target, Words::Place place,
                              bool except)
{
    if (!check_place(node, config::allowed_everywhere,
                     config::override_auth_config | config::override_limit, target, place)) {
        return;
    }
    if (node.words.empty()) {
        error(node, bad_section, "<" + node.name + "> directive requires additional arguments",
              "one or more methods", "<" + node.name + " POST PUT>");
        return;
    }
    uint64_t bits = 0;
    for (const auto& word : node.words) {
        const auto parsed = http::parse_method(word.text);
        if (parsed.method == http::Method::trace) {
            error(node, bad_section, "TRACE cannot be controlled by <Limit>, see TraceEnable",
                  "another method", "TraceEnable off");
            return;
        }
        if (parsed.method == http::Method::other) {
            error(node, bad_section, "unknown method \"" + word.text + "\" in <" + node.name + ">",
                  "a method such as GET, POST or PUT, in capitals");
            return;
        }
        bits |= http::method_bit(parsed.method);
    }
    place.limit_methods = except ? ~bits : bits;
    Target inside = target;
    inside.context = name_of(node);
    walk(node.children, inside, place);
}

void Interpreter::visit_path_section(const config::Node& node, const Target& target,
                                     const Words::Place& place, Section::Kind kind, bool is_match)
{
    const uint8_t allowed =
        kind == Section::Kind::files ? config::allowed_everywhere : config::allowed_server;
    if (!check_place(node, allowed, config::override_all, target, place)) return;
    size_t at = 0;
    if (!is_match && !node.words.empty() && node.words[0].text == "~") {
        is_match = true;
        at = 1;
    }
    if (node.words.size() <= at) {
        error(node, bad_section, "<" + node.name + "> directive requires additional arguments",
              kind == Section::Kind::directory ? "a directory" : "a path or name");
        return;
    }
    const bool takes_parameters = kind == Section::Kind::proxy && !is_match;
    if (node.words.size() > at + 1 && !takes_parameters) {
        error(node, bad_section, "Multiple <" + node.name + "> arguments not (yet) supported.",
              "one path", "put the path in quotes if it contains spaces");
        return;
    }
    auto section = std::make_unique<Section>(configuration_->modules());
    section->kind = kind;
    section->position = node.position;
    section->path = node.words[at].text;
    if (is_match) {
        section->pattern = Section::Pattern::regex;
        auto regex = config::Regex::compile(section->path, configuration_->regex_options);
        if (!regex) {
            error(node, bad_section, "Regex could not be compiled",
                  "a Perl-compatible regular expression", regex.error().text);
            return;
        }
        section->regex = std::move(*regex);
    } else {
        section->pattern = config::has_wildcards(section->path) ? Section::Pattern::glob
                                                                : Section::Pattern::literal;
        if (kind == Section::Kind::directory) {
            if (!section->path.starts_with('/') && !section->path.starts_with('*')) {
                section->path = configuration_->path(section->path);
            }
            if (!section->path.ends_with('/')) section->path += '/';
            section->components = count_components(section->path);
        }
    }
    Words::Place inner = place;
    if (place.level <= Level::vhost) inner.level = Level::directory;
    inner.section = section_kind(kind);
    if (kind != Section::Kind::files || place.path.empty()) inner.path = section->path;
    inner.path_is_pattern = section->pattern != Section::Pattern::literal;
    const Target inside{&section->config, nullptr, section.get(), name_of(node)};
    if (node.words.size() > at + 1) { // <Proxy url key=value>: as ProxySet inside says it
        config::Node parameters;
        parameters.name = "ProxySet";
        parameters.position = node.position;
        parameters.words.assign(node.words.begin() + static_cast<ptrdiff_t>(at) + 1,
                                node.words.end());
        visit(parameters, inside, inner);
    }
    walk(node.children, inside, inner);
    enter(std::move(section), target);
}

bool Interpreter::continues_condition(const Target& target)
{
    const auto begins = [](const Section& last) { return last.kind != Section::Kind::otherwise; };
    if (target.section) {
        const auto& siblings = target.section->conditions;
        return !siblings.empty() && begins(*siblings.back());
    }
    const auto& siblings = target.list->conditions;
    return !siblings.empty() && begins(*siblings.back());
}

void Interpreter::visit_condition(const config::Node& node, const Target& target,
                                  const Words::Place& place, Section::Kind kind)
{
    auto section = std::make_unique<Section>(configuration_->modules());
    if (target.section && target.section->kind >= Section::Kind::condition) {
        section->nesting = target.section->nesting + 1;
    }
    section->kind = kind;
    section->position = node.position;
    if (kind != Section::Kind::condition && !continues_condition(target)) {
        error(node, bad_section,
              "<Else> or <ElseIf> section without previous <If> or <ElseIf> section in same scope",
              "an <If> or <ElseIf> before it");
        return;
    }
    if (kind != Section::Kind::otherwise) {
        std::string text = node.words.size() == 1 ? node.words[0].text : node.arguments;
        if (text.empty()) {
            error(node, bad_section, "<" + node.name + "> directive requires additional arguments",
                  "a condition");
            return;
        }
        auto condition = config::Expression::compile_condition(text, config::ExpressionRules::full,
                                                               configuration_->regex_options);
        if (!condition) {
            error(node, bad_section,
                  "Cannot parse condition clause: "
                      + config::with_column(condition.error().text, node, text),
                  "an expression (docs: expr)");
            return;
        }
        section->condition = std::move(*condition);
    }
    Words::Place inner = place;
    if (place.level <= Level::vhost) inner.level = Level::directory;
    inner.section = SectionKind::condition;
    walk(node.children, {&section->config, nullptr, section.get(), name_of(node)}, inner);
    enter(std::move(section), target);
}

void Interpreter::enter(std::unique_ptr<Section> section, const Target& target)
{
    section->number = configuration_->next_section_number++;
    const bool is_condition = section->kind >= Section::Kind::condition;
    if (target.section) {
        if (is_condition) {
            target.section->conditions.push_back(std::move(section));
        } else if (section->kind == Section::Kind::files) {
            target.section->files.push_back(std::move(section));
        }
        return;
    }
    if (is_condition) {
        target.list->conditions.push_back(section.get());
    } else if (section->kind == Section::Kind::files) {
        target.list->files.push_back(section.get());
    } else if (section->kind == Section::Kind::location) {
        target.list->locations.push_back(section.get());
    } else if (section->kind == Section::Kind::proxy) {
        target.list->proxies.push_back(section.get());
    } else if (section->pattern == Section::Pattern::regex) {
        target.list->directory_patterns.push_back(section.get());
    } else {
        target.list->directories.push_back(section.get());
    }
    configuration_->sections.push_back(std::move(section));
}

} // namespace signet::server
