// A configuration text and a request to run modules' hooks on, without sockets or files.
#pragma once
#include "config/reader.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/core_module.h"
#include "server/interpreter.h"
#include "server/request.h"
#include "server/response.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace signet::modules {

// Every section of the text applies to the request, in the order written.
class Site {
public:
    explicit Site(const std::string& text)
        : modules_(tested_modules())
        , configuration(modules_)
        , request(arena_)
    {
        providers_ = all_providers();
        configuration.providers = &providers_;
        configuration.server_root = "/srv";
        tree_ = config::read_text(text, "test.conf", {}, diagnostics);
        server::Interpreter(configuration, diagnostics).interpret(tree_);
        merge();
        peer_.client = *net::Address::parse("192.0.2.7", 4711);
        peer_.local = *net::Address::parse("192.0.2.1", 80);
        request.peer = &peer_;
        request.configuration = &configuration;
        request.vhost = &configuration.main;
        request.response = &response;
        request.method_name = "GET";
        request.start_micros = 1'700'000'000'000'000;
        configuration.main.server_name = "example.com";
        at("/");
    }

    // The message of the first error, "" when there is none.
    [[nodiscard]] std::string error() const { return first(diagnosis::Severity::error); }
    [[nodiscard]] std::string warning() const { return first(diagnosis::Severity::warn); }

    Site& at(std::string_view uri, std::string_view filename = {})
    {
        request.uri = request.path_escaped = uri;
        request.filename = filename;
        return *this;
    }
    Site& from(std::string_view client)
    {
        peer_.client = *net::Address::parse(client, 4711);
        return *this;
    }

    // As the pipeline does: the first status ends the phase; translate ends with the first answer.
    server::Outcome run(server::Phase phase)
    {
        for (const auto& hook : request.scope->hooks(phase)) {
            const auto outcome = hook.run(request, response);
            if (outcome.is_status()) return outcome;
            const bool first_decides =
                phase == server::Phase::translate || phase == server::Phase::authenticate;
            if (first_decides && outcome != server::Outcome::declined) return outcome;
        }
        return server::Outcome::ok;
    }
    // 0: may come in; else the status.
    int enter()
    {
        using server::Phase;
        request.admitted = false;
        for (const Phase phase : {Phase::access, Phase::authenticate, Phase::authorize}) {
            if (request.admitted && phase != Phase::access) return 0;
            if (const auto outcome = run(phase); outcome.is_status()) return outcome.status();
        }
        return 0;
    }
    [[nodiscard]] std::string env(std::string_view name) const
    {
        return std::string(request.env_or(name, "(unset)"));
    }
    [[nodiscard]] std::string header(std::string_view name) const
    {
        std::string all;
        for (const auto* headers : {&response.always_headers, &response.headers}) {
            for (const auto& field : *headers) {
                if (iequals(field.name, name))
                    all += (all.empty() ? "" : "|") + std::string(field.value);
            }
        }
        return all;
    }

private:
    static std::vector<server::Module> tested_modules()
    {
        std::vector<server::Module> modules{
            server::core_module(), mod_env(),         mod_setenvif(),
            mod_expires(),         mod_headers(),     mod_access_compat(),
            mod_authz_host(),      mod_authz_core(),  mod_authz_user(),
            mod_authz_groupfile(), mod_authz_owner(), mod_authn_core(),
            mod_auth_basic(),      mod_authn_file(),  mod_authn_anon(),
            mod_authn_socache(),   mod_mime(),        mod_dir(),
            mod_autoindex(),       mod_alias(),       mod_version()};
        for (size_t i = 0; i < modules.size(); ++i) modules[i].index = static_cast<int>(i);
        return modules;
    }

    void merge()
    {
        auto& main = configuration.main;
        main.is_main = true;
        main.base = std::make_unique<server::Scope>(modules_, nullptr, main.section);
        for (const auto& module : modules_) {
            if (!module.prepare || module.index == 0) continue;
            (void)module.prepare(module, main.base->config(module.index), main, configuration,
                                 diagnostics);
        }
        request.scope = main.base.get();
        for (const auto& section : configuration.sections) {
            scopes_.push_back(
                std::make_unique<server::Scope>(modules_, request.scope, section->config));
            request.scope = scopes_.back().get();
        }
    }

    [[nodiscard]] std::string first(diagnosis::Severity severity) const
    {
        for (const auto& finding : diagnostics.findings()) {
            if (finding.severity == severity) return finding.message;
        }
        return {};
    }

    Arena arena_;
    std::vector<server::Module> modules_;
    server::Providers providers_;
    server::Peer peer_;
    config::Tree tree_;

public:
    config::Diagnostics diagnostics;
    server::Configuration configuration;
    server::Response response;
    server::Request request;

private:
    std::vector<std::unique_ptr<server::Scope>> scopes_;
};

} // namespace signet::modules
