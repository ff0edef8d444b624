// mod_macro's part of the language: <Macro> keeps lines, Use gives them back with its words in the
// place of the parameters. Names ignore case, parameters do not.
// https://httpd.apache.org/docs/2.4/mod/mod_macro.html
#pragma once
#include "base/result.h"
#include "config/lexer.h"
#include "config/line_checks.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

// Lives as long as one reading of the configuration. Errors are in Apache's words.
class Macros {
public:
    explicit Macros(Reporter reporter)
        : report_(std::move(reporter))
    {
    }

    // "<Macro name $a $b>": `arguments` is what follows the word "<Macro". From now on, and until
    // its </Macro>, every line belongs to the definition; also after an error, so that they are
    // not taken for directives.
    [[nodiscard]] Result<void> begin(std::string_view arguments, const Position& position);
    [[nodiscard]] bool is_defining() const { return open_.has_value(); }
    // The place of the <Macro> that is not closed yet.
    [[nodiscard]] const Position& begun_at() const { return open_->macro.position; }
    void add(const LogicalLine& line, const SourceFile& file);
    // The file ended inside of a definition: what to say about it.
    [[nodiscard]] std::string abandon();

    struct Expansion {
        std::string macro; // in small letters
        std::string name; // of the source it is for messages: "macro 'a' (defined on …) used on …"
        std::vector<std::string> lines;
    };
    // `expanding`: the macros (in small letters) in whose lines this Use stands.
    [[nodiscard]] Result<Expansion> use(const std::vector<Argument>& words,
                                        const Position& position,
                                        std::span<const std::string> expanding) const;
    [[nodiscard]] Result<void> undefine(std::string_view name);

    bool ignores_empty_arguments = false; // MacroIgnoreEmptyArgs
    bool ignores_bad_nesting = false;     // MacroIgnoreBadNesting

private:
    struct Macro {
        std::string name;
        Position position; // of <Macro>
        std::vector<std::string> parameters;
        std::vector<std::string> lines;

        [[nodiscard]] std::string text() const; // "macro 'a' (defined on line 3 of "httpd.conf")"
    };
    struct Definition {
        Macro macro;
        int macros = 1;   // <Macro> inside of <Macro>
        int sections = 1; // any section
        bool broken = false;
    };

    [[nodiscard]] Result<void> check_parameters(const Macro& macro) const;
    void check_contents(const Macro& macro) const;
    void finish();
    void warn(const Position& position, int id, std::string message, std::string fix = {}) const;

    Reporter report_;
    std::map<std::string, Macro, std::less<>> macros_;
    bool any_defined_ = false; // "no macro defined before Use" is said only before the first
    std::optional<Definition> open_;
};

} // namespace signet::config
