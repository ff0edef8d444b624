// Applies a configuration tree to modules' configurations and sections: directive names become
// calls, sections become Section objects. Reports every error it meets and goes on.
#pragma once
#include "config/diagnostics.h"
#include "config/tree.h"
#include "server/configuration.h"

#include <memory>
#include <span>

namespace signet::server {

// Works without being in a module's table: sections that the interpreter knows (<Directory>,
// <Limit>), and what the reader obeys before any module sees it (Include, <IfModule>).
[[nodiscard]] bool is_built_in(const config::KnownDirective& known);

class Interpreter {
public:
    Interpreter(Configuration& configuration, config::Diagnostics& diagnostics);
    ~Interpreter();
    Interpreter(const Interpreter&) = delete;
    Interpreter& operator=(const Interpreter&) = delete;

    // The whole configuration: fills main, vhosts and sections.
    void interpret(const config::Tree& tree);
    // A .htaccess file's content into a section of its own. Sections nested in it belong to it.
    void interpret_htaccess(const config::Tree& tree, Section& section, const Words::Place& place);

private:
    // Where the directives of one level go.
    struct Target {
        SectionConfig* config;
        SectionList* list;        // at server level: where sections are entered
        Section* section;         // inside a section: what nested sections belong to
        std::string_view context; // "Directory": the innermost section, for messages
    };

    void walk(std::span<const config::Node> nodes, const Target& target, const Words::Place& place);
    void visit(const config::Node& node, const Target& target, const Words::Place& place);
    bool visit_section(const config::Node& node, const Target& target, const Words::Place& place);
    void visit_vhost(const config::Node& node, const Target& target, const Words::Place& place);
    void visit_limit(const config::Node& node, const Target& target, Words::Place place,
                     bool except);
    void visit_path_section(const config::Node& node, const Target& target,
                            const Words::Place& place, Section::Kind kind, bool is_match);
    void visit_condition(const config::Node& node, const Target& target, const Words::Place& place,
                         Section::Kind kind);
    // Whether an <ElseIf> or <Else> may stand here.
    static bool continues_condition(const Target& target);
    void apply(const config::Node& node, int module, const AnyDirective& directive,
               const Target& target, const Words::Place& place);
    void visit_unimplemented(const config::Node& node, const Target& target,
                             const Words::Place& place);
    bool check_place(const config::Node& node, uint8_t allowed, uint8_t overrides,
                     const Target& target, const Words::Place& place);
    void enter(std::unique_ptr<Section> section, const Target& target);
    void invalid(const config::Node& node);
    void error(const config::Node& node, int id, std::string message, std::string expected = {},
               std::string fix = {});
    void warning(const config::Node& node, int id, std::string message,
                 const std::string& once = {});

    Configuration* configuration_;
    config::Diagnostics* diagnostics_;
    struct Index;
    std::unique_ptr<Index> index_; // directive names to modules
};

} // namespace signet::server
