#include "server/interpreter.h"

#include "base/text.h"
#include "config/arity.h"
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



} // namespace

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
                       .fix = std::move(fix)});
}

void Interpreter::warning(const config::Node& node, int id, std::string message, const std::string& once)
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

void Interpreter::interpret_htaccess(const config::Tree& tree, Section& section, const Words::Place& place)
{
    walk(tree.nodes, {&section.config, nullptr, &section, ".htaccess"}, place);
}

void Interpreter::walk(std::span<const config::Node> nodes, const Target& target, const Words::Place& place)
{
    for (const auto& node : nodes) visit(node, target, place);
}

void Interpreter::visit(const config::Node& node, const Target& target, const Words::Place& place)
{
    if (node.is_section && visit_section(node, target, place)) return;
    if (const auto found = index_->names.find(node.name); found != index_->names.end()
        && found->second.directive->is_section == node.is_section) {
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
        if (check_place(node, node.name, known->allowed, known->overrides, place)) visit_unimplemented(node);
        return;
    }
    const auto nearest = config::nearest_directive(node.name);
    error(node, invalid_command,
          "Invalid command '" + std::string(node.is_section ? "<" : "") + node.name
              + "', perhaps misspelled or defined by a module not included in the server configuration",
          "a directive of Apache 2.4", nearest.empty() ? "" : "did you mean " + std::string(nearest) + "?");
}

bool Interpreter::check_place(const config::Node& node, std::string_view name, uint8_t allowed,
                              uint8_t overrides, const Words::Place& place)
{
    const bool listed = place.override_list
        && std::ranges::any_of(*place.override_list, [&](const auto& one) { return iequals(one, name); });
    const bool admitted = (allowed & place_bit(place.level)) != 0
        && (place.level != Level::htaccess || listed || (overrides & place.overrides) != 0);
    if (admitted) return true;
    std::string where;
    if (allowed & config::in_server) where += "the server configuration, ";
    if (allowed & config::in_vhost) where += "<VirtualHost>, ";
    if (allowed & config::in_directory) where += "<Directory>, <Location> or <Files>, ";
    if (allowed & config::in_htaccess) where += ".htaccess (with AllowOverride), ";
    if (where.size() > 2) where.resize(where.size() - 2);
    error(node, not_allowed_here,
          (node.is_section ? "<" + std::string(name) : std::string(name)) + " not allowed here", where);
    return false;
}

void Interpreter::visit_unimplemented(const config::Node& node)
{
    if (const auto door = door_opened_by_ignoring(node)) {
        error(node, would_open_a_door,
              node.name + " is not supported yet, and ignoring it would open a door: " + *door,
              "a configuration whose protection signet can enforce", {});
        return;
    }
    warning(node, no_effect_yet, node.name + ": accepted, no effect yet", lowercase(node.name));
    for (const auto& child : node.children) {
        if (!index_->names.contains(child.name)) {
            if (config::find_known_directive(child.name)) visit_unimplemented(child);
        }
    }
}

void Interpreter::apply(const config::Node& node, int module, const AnyDirective& directive,
                        const Target& target, const Words::Place& place)
{
    if (!check_place(node, node.name, directive.allowed, directive.overrides, place)) return;
    if (auto message = config::check_arity(node, directive.takes, directive.help)) {
        error(node, wrong_arity, *message, directive.help);
        return;
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
    walk(node.children, target, place);
    check(directive.close(directive.entry, config, words));
}

bool Interpreter::visit_section(const config::Node& node, const Target& target, const Words::Place& place)
{
    struct Known {
        std::string_view name;
        Section::Kind kind;
        bool is_match;
    };
    static constexpr Known kinds[] = {
        {"Directory", Section::Kind::directory, false}, {"DirectoryMatch", Section::Kind::directory, true},
        {"Location", Section::Kind::location, false},   {"LocationMatch", Section::Kind::location, true},
        {"Files", Section::Kind::files, false},         {"FilesMatch", Section::Kind::files, true},
        {"If", Section::Kind::condition, false},        {"ElseIf", Section::Kind::else_if, false},
        {"Else", Section::Kind::otherwise, false},
    };
    if (iequals(node.name, "VirtualHost")) {
        visit_vhost(node, target);
        return true;
    }
    if (iequals(node.name, "Limit") || iequals(node.name, "LimitExcept")) {
        visit_limit(node, target, place, iequals(node.name, "LimitExcept"));
        return true;
    }
    for (const auto& known : kinds) {
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

void Interpreter::visit_vhost(const config::Node& node, const Target& target)
{
    if (target.section || target.list != &configuration_->main.sections) {
        error(node, bad_section, "<VirtualHost> doesn't nest!", "<VirtualHost> outside of other sections");
        return;
    }
    if (node.words.empty()) {
        error(node, bad_section, "<VirtualHost> directive requires additional arguments", "addr[:port] …",
              "<VirtualHost *:443>");
        return;
    }
    auto vhost = std::make_unique<VirtualHost>(configuration_->modules());
    vhost->position = node.position;
    for (const auto& word : node.words) vhost->addresses.push_back(word.text);
    walk(node.children, {&vhost->section, &vhost->sections, nullptr, "<VirtualHost>"},
         {.level = Level::vhost});
    configuration_->vhosts.push_back(std::move(vhost));
}

void Interpreter::visit_limit(const config::Node& node, const Target& target, Words::Place place, bool except)
{
    if (!check_place(node, node.name, config::in_directory | config::in_htaccess | config::in_server | config::in_vhost,
                     config::override_auth_config | config::override_limit, place)) {
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
            error(node, bad_section, "TRACE cannot be controlled by <Limit>, see TraceEnable", "another method",
                  "TraceEnable off");
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
    walk(node.children, target, place);
}

void Interpreter::visit_path_section(const config::Node& node, const Target& target,
                                     const Words::Place& place, Section::Kind kind, bool is_match)
{
    const uint8_t allowed = kind == Section::Kind::files ? config::allowed_everywhere : config::allowed_server;
    if (!check_place(node, node.name, allowed, config::override_all, place)) return;
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
    if (node.words.size() > at + 1) {
        error(node, bad_section, "Multiple <" + node.name + "> arguments not (yet) supported.", "one path",
              "put the path in quotes if it contains spaces");
        return;
    }
    auto section = std::make_unique<Section>(configuration_->modules());
    section->kind = kind;
    section->position = node.position;
    section->path = node.words[at].text;
    if (is_match) {
        section->pattern = Section::Pattern::regex;
        auto regex = config::Regex::compile(section->path);
        if (!regex) {
            error(node, bad_section, "Regex could not be compiled", "a Perl-compatible regular expression",
                  regex.error().text);
            return;
        }
        section->regex = std::move(*regex);
    } else {
        section->pattern = config::has_wildcards(section->path) ? Section::Pattern::glob : Section::Pattern::literal;
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
    inner.section = kind == Section::Kind::location ? SectionKind::location
        : kind == Section::Kind::files              ? SectionKind::files
                                                    : SectionKind::directory;
    if (kind != Section::Kind::files || place.path.empty()) inner.path = section->path;
    inner.path_is_pattern = section->pattern != Section::Pattern::literal;
    walk(node.children, {&section->config, nullptr, section.get(), "<Directory>"}, inner);
    enter(std::move(section), target);
}

void Interpreter::visit_condition(const config::Node& node, const Target& target,
                                  const Words::Place& place, Section::Kind kind)
{
    auto section = std::make_unique<Section>(configuration_->modules());
    section->kind = kind;
    section->position = node.position;
    if (kind != Section::Kind::otherwise) {
        std::string text = node.words.size() == 1 ? node.words[0].text : node.arguments;
        if (text.empty()) {
            error(node, bad_section, "<" + node.name + "> directive requires additional arguments", "a condition");
            return;
        }
        auto condition = config::Expression::compile_condition(text);
        if (!condition) {
            error(node, bad_section, "Cannot parse condition clause: " + condition.error().text,
                  "an expression (docs: expr)");
            return;
        }
        section->condition = std::move(*condition);
    }
    Words::Place inner = place;
    if (place.level <= Level::vhost) inner.level = Level::directory;
    inner.section = SectionKind::condition;
    walk(node.children, {&section->config, nullptr, section.get(), "<If>"}, inner);
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
    } else if (section->pattern == Section::Pattern::regex) {
        target.list->directory_patterns.push_back(section.get());
    } else {
        target.list->directories.push_back(section.get());
    }
    configuration_->sections.push_back(std::move(section));
}

} // namespace signet::server
