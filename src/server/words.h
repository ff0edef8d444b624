// One directive as its handler sees it: its words, where it stands, and how to complain about it.
#pragma once
#include "base/result.h"
#include "config/diagnostics.h"
#include "config/expression.h"
#include "config/tree.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {

class Configuration;
class SectionConfig;

// Where a directive stands.
enum class Level : uint8_t { server, vhost, directory, htaccess };
// The innermost section around it (Level::directory), for relative paths and messages.
enum class SectionKind : uint8_t { none, directory, files, location, condition, proxy };

class Words {
public:
    struct Place {
        Level level = Level::server;
        SectionKind section = SectionKind::none;
        std::string path{}; // of the innermost <Directory> or <Location>; "" at server level
        bool path_is_pattern = false;    // regex or wildcard section
        uint64_t limit_methods = 0;      // <Limit>: bits of http::Method; 0: not limited
        uint8_t overrides = 0xff;        // .htaccess: which classes AllowOverride admits
        uint8_t override_options = 0xff; // .htaccess: which Options AllowOverride Options=… admits
        const std::vector<std::string>* override_list = nullptr; // AllowOverrideList
        // At the end of a section that stands apart: what was said in it.
        std::shared_ptr<SectionConfig> inside{};
    };

    Words(const config::Node& node, const Place& place, Configuration& configuration,
          config::Diagnostics& diagnostics)
        : node_(&node)
        , place_(&place)
        , configuration_(&configuration)
        , diagnostics_(&diagnostics)
    {
    }

    [[nodiscard]] size_t size() const { return node_->words.size(); }
    [[nodiscard]] const std::string& operator[](size_t i) const { return node_->words[i].text; }
    [[nodiscard]] bool quoted(size_t i) const { return node_->words[i].quoted; }
    [[nodiscard]] const std::string& raw() const { return node_->arguments; } // not unquoted
    [[nodiscard]] const std::string& name() const { return node_->name; }
    [[nodiscard]] const config::Node& node() const { return *node_; }
    [[nodiscard]] const config::Position& position() const { return node_->position; }
    [[nodiscard]] bool on() const; // of a flag directive (Takes::flag checked that it is On or Off)

    [[nodiscard]] const Place& place() const { return *place_; }
    // In the main server or a vhost, outside of directory sections.
    [[nodiscard]] bool at_server_level() const { return place_->level <= Level::vhost; }
    [[nodiscard]] Configuration& configuration() const { return *configuration_; }

    // The path made absolute with ServerRoot, as Apache's ap_server_root_relative.
    [[nodiscard]] std::string path(std::string_view relative) const;

    // A regular expression, or a condition of the expression language, under RegexDefaultOptions.
    [[nodiscard]] Result<config::Regex> regex(std::string_view pattern,
                                              bool ignore_case = false) const;
    [[nodiscard]] Result<config::Expression> condition(std::string_view text) const;
    // A string of that language. The errors of both know the column, when `text` is a word of the
    // directive or its end.
    [[nodiscard]] Result<config::Expression> text_expression(std::string_view text) const;

    // The same words, for a part of the directive whose errors open with `opening`.
    [[nodiscard]] Words opening_with(std::string opening) const;

    // Reports a warning (or notice, info) about this directive under a catalogue id.
    void warn(int id, std::string message, std::string fix = {}) const;
    void report(config::Finding finding) const; // position and line are filled in
    // Reports an error under a catalogue id; `return words.refuse(…)`.
    // (`return fail("…")` works too: it is reported as SG0020 with that text.)
    [[nodiscard]] std::unexpected<Error>
    refuse(int id, std::string message, std::string expected = {}, std::string fix = {}) const;

private:
    [[nodiscard]] Result<config::Expression> located(Result<config::Expression> compiled,
                                                     std::string_view text) const;

    const config::Node* node_;
    const Place* place_;
    Configuration* configuration_;
    config::Diagnostics* diagnostics_;
    std::string opening_{}; // of errors
};

} // namespace signet::server
