// Sections that apply by path, name or condition, and the list a request is matched against.
// https://httpd.apache.org/docs/2.4/sections.html
#pragma once
#include "config/expression.h"
#include "config/regex.h"
#include "config/source.h"
#include "server/scope.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signet::server {

// One <Directory>, <Location>, <Files>, <If> … or one .htaccess file.
struct Section {
    enum class Kind : uint8_t { directory, files, proxy, location, condition, else_if, otherwise };
    enum class Pattern : uint8_t { literal, glob, regex };

    explicit Section(std::span<const Module> modules)
        : config(modules)
    {
    }

    uint32_t number = 0; // unique in its generation; the key of interned scopes
    Kind kind = Kind::directory;
    unsigned nesting = 0; // of an <If> inside an <If>: how deep
    Pattern pattern = Pattern::literal;
    std::string path;        // literal or glob, as Apache normalises it
    unsigned components = 0; // of a directory path: its depth
    std::optional<config::Regex> regex;
    std::optional<config::Expression> condition; // <If>, <ElseIf>
    config::Position position{};
    SectionConfig config;
    // Nested sections, matched after this one matched: <Files> and <If> inside <Directory> …
    std::vector<std::unique_ptr<Section>> files;
    std::vector<std::unique_ptr<Section>> conditions;
};

// The sections of a server, in configuration order by kind. Pointers into the generation.
struct SectionList {
    std::vector<const Section*> directories;        // literal and glob, sorted by depth (stable)
    std::vector<const Section*> directory_patterns; // DirectoryMatch, Directory ~
    std::vector<const Section*> locations;
    std::vector<const Section*> proxies;    // Proxy, ProxyMatch
    std::vector<const Section*> files;      // at server level
    std::vector<const Section*> conditions; // at server level
};

} // namespace signet::server
