// Applies lines of configuration to core's configuration without the reader and interpreter.
#pragma once
#include "config/arity.h"
#include "config/diagnostics.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/core_module.h"
#include "server/words.h"

#include <deque>
#include <string>
#include <vector>

namespace signet::server {

class CoreFixture {
public:
    CoreFixture()
        : modules_{core_module()}
        , configuration(modules_)
    {
        configuration.server_root = "/";
    }

    // The error's text, or "" when the directive was accepted.
    std::string apply(const std::string& name, const std::vector<std::string>& words,
                      Words::Place place = {})
    {
        places_.push_back(place);
        auto& node = nodes_.emplace_back();
        node.name = name;
        for (const auto& word : words) {
            if (!node.arguments.empty()) node.arguments += ' ';
            node.arguments += word;
            node.words.push_back({.text = word});
        }
        for (const auto& directive : modules_[0].directives) {
            if (name != directive.name) continue;
            if (auto message = config::check_arity(node, directive.takes, directive.help))
                return *message;
            const Words said(node, places_.back(), configuration, diagnostics);
            auto applied = directive.apply(directive.entry, &config, said);
            return applied ? "" : applied.error().text;
        }
        return "no such directive";
    }

    [[nodiscard]] std::string last_finding() const
    {
        return diagnostics.findings().empty() ? "" : diagnostics.findings().back().message;
    }

private:
    std::vector<Module> modules_;
    std::deque<config::Node> nodes_;
    std::deque<Words::Place> places_;

public:
    Configuration configuration;
    config::Diagnostics diagnostics;
    CoreConfig config;
};

} // namespace signet::server
