// What a module is: a name, a typed configuration with its merge, a directive table, a hook table.
// Reading one module (src/modules/mod_env.cpp is the smallest) explains the rest.
#pragma once
#include "base/result.h"
#include "config/arity.h"
#include "config/known_directives.h"
#include "server/phases.h"
#include "server/words.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {

class Request;
class Response;
class VirtualHost;

using config::Takes;

// Tables a module writes.

template <class C> struct Directive {
    const char* name; // sections as "<RequireAll>"
    Takes takes;
    Result<void> (*apply)(C&, const Words&);
    uint8_t allowed;   // config::Allowed bits
    uint8_t overrides; // config::Override bits; override_none: not in .htaccess
    const char* help;  // what the words are: "On or Off", "a URL-path and a directory"
    // Sections only: runs at the closing tag. `apply` runs at the opening tag; the directives
    // inside are applied to the same C in between (<RequireAll>).
    Result<void> (*close)(C&, const Words&) = nullptr;
    // Only of a directive that is read and checked although nothing acts on it yet: the one value
    // that is what happens anyway ("off"), or "" when there is none. `-L` tells, and a
    // configuration that relies on it gets the warning "accepted, no effect yet".
    const char* only_value = nullptr;
    // Sections only: the directives inside make a configuration of their own, which `close` finds
    // in Words::Place::inside (<AuthnProviderAlias>).
    bool stands_apart = false;
};

// May a hook's result be used again, for another request for the same file in the same scope? In
// post_read and translate: for another request for the same target on the same virtual host?
enum class Repeats : uint8_t {
    never,            // it looks at the request
    always,           // it follows from the configuration and the file alone
    by_running_again, // it changes only the request's environment, which logs and programs see
    for_the_log,      // the same, and the server itself does not look at what it sets
    on_connection,    // post_read: it follows from the connection and the Host field
};

template <class C> struct Hook {
    Phase phase;
    Order order;
    Outcome (*run)(const C&, Request&, Response&);
    // False when this configuration gives the hook nothing to do: then it is not called at all.
    bool (*wanted)(const C&) = nullptr;
    // Without it: never. Any hook before the handler that is always wanted and never repeats takes
    // the kept answers (kept_answer.h) from every site.
    Repeats (*repeats)(const C&) = nullptr;
};

// For a hook's `repeats`, where the configuration makes no difference.
template <class C, Repeats answer> Repeats repeats_as(const C&)
{
    return answer;
}

// A module's other contributions; all optional.
template <class C> struct Extras {
    // Once per server (the main one first, then each vhost) after everything is read and merged:
    // opens files, checks what needs the whole. Errors stop the start.
    Result<void> (*prepare)(const C&, VirtualHost&, Configuration&, config::Diagnostics&) = nullptr;
    // SSL_PROTOCOL and the like, for logs, expressions, CGI: true when the name is this module's.
    bool (*variable)(const C&, const Request&, std::string_view name, std::string& value) = nullptr;
    // LoadModule names the module: for one that acts without any directive of its own. Gets the
    // main server's configuration.
    void (*loaded)(C&) = nullptr;
};

// What the server sees.

struct AnyDirective {
    const char* name;
    Takes takes;
    uint8_t allowed;
    uint8_t overrides;
    const char* help;
    bool is_section;
    const char* only_value;
    bool stands_apart;
    const void* entry; // the Directive<C>
    Result<void> (*apply)(const void* entry, void* config, const Words&);
    Result<void> (*close)(const void* entry, void* config, const Words&);
};

struct AnyHook {
    Phase phase;
    Order order;
    const void* entry; // the Hook<C>
    Outcome (*run)(const void* entry, const void* config, Request&, Response&);
    bool (*wanted)(const void* entry, const void* config);
    Repeats (*repeats)(const void* entry, const void* config);
};

struct Module {
    std::string_view name;   // "expires_module"
    std::string_view source; // "mod_expires.c", as IfModule and -l know it
    std::vector<AnyDirective> directives;
    std::vector<AnyHook> hooks;
    void* (*create)() = nullptr;
    void* (*merge)(const void* outer, const void* inner) = nullptr;
    void (*destroy)(void*) = nullptr;
    const void* extras = nullptr;
    Result<void> (*prepare)(const Module&, const void* config, VirtualHost&, Configuration&,
                            config::Diagnostics&) = nullptr;
    bool (*variable)(const Module&, const void* config, const Request&, std::string_view name,
                     std::string& value) = nullptr;
    void (*loaded)(const Module&, void* config) = nullptr;
    int index = 0; // position in the module list; assigned when the list is made
};

// Making the one from the other.

template <class C> AnyDirective erase(const Directive<C>& directive)
{
    return {
        .name = directive.name,
        .takes = directive.takes,
        .allowed = directive.allowed,
        .overrides = directive.overrides,
        .help = directive.help,
        .is_section = directive.name[0] == '<',
        .only_value = directive.only_value,
        .stands_apart = directive.stands_apart,
        .entry = &directive,
        .apply =
            [](const void* entry, void* config, const Words& words) {
                return static_cast<const Directive<C>*>(entry)->apply(*static_cast<C*>(config),
                                                                      words);
            },
        .close = [](const void* entry, void* config, const Words& words) -> Result<void> {
            const auto close = static_cast<const Directive<C>*>(entry)->close;
            if (!close) return {};
            return close(*static_cast<C*>(config), words);
        },
    };
}

template <class C> AnyHook erase(const Hook<C>& hook)
{
    return {
        .phase = hook.phase,
        .order = hook.order,
        .entry = &hook,
        .run =
            [](const void* entry, const void* config, Request& request, Response& response) {
                return static_cast<const Hook<C>*>(entry)->run(*static_cast<const C*>(config),
                                                               request, response);
            },
        .wanted =
            [](const void* entry, const void* config) {
                const auto wanted = static_cast<const Hook<C>*>(entry)->wanted;
                return !wanted || wanted(*static_cast<const C*>(config));
            },
        .repeats =
            [](const void* entry, const void* config) {
                const auto repeats = static_cast<const Hook<C>*>(entry)->repeats;
                return repeats ? repeats(*static_cast<const C*>(config)) : Repeats::never;
            },
    };
}

// `define_module<Config, merge>("env_module", "mod_env.c", directives, hooks)`. The tables and
// `extras` must have static storage duration. The merge function is a template argument, so that
// no state is needed to reach it; it returns what inner adds to or changes in outer.
template <class C, C (*merge)(const C&, const C&)>
Module define_module(std::string_view name, std::string_view source,
                     std::span<const Directive<C>> directives, std::span<const Hook<C>> hooks,
                     const Extras<C>* extras = nullptr)
{
    Module module{.name = name, .source = source};
    for (const auto& directive : directives) module.directives.push_back(erase(directive));
    for (const auto& hook : hooks) module.hooks.push_back(erase(hook));
    module.create = []() -> void* { return new C(); };
    module.merge = [](const void* outer, const void* inner) -> void* {
        return new C(merge(*static_cast<const C*>(outer), *static_cast<const C*>(inner)));
    };
    module.destroy = [](void* config) { delete static_cast<C*>(config); };
    module.extras = extras;
    if (extras && extras->prepare) {
        module.prepare = [](const Module& self, const void* config, VirtualHost& vhost,
                            Configuration& configuration, config::Diagnostics& diagnostics) {
            return static_cast<const Extras<C>*>(self.extras)
                ->prepare(*static_cast<const C*>(config), vhost, configuration, diagnostics);
        };
    }
    if (extras && extras->variable) {
        module.variable = [](const Module& self, const void* config, const Request& request,
                             std::string_view variable, std::string& value) {
            return static_cast<const Extras<C>*>(self.extras)
                ->variable(*static_cast<const C*>(config), request, variable, value);
        };
    }
    if (extras && extras->loaded) {
        module.loaded = [](const Module& self, void* config) {
            static_cast<const Extras<C>*>(self.extras)->loaded(*static_cast<C*>(config));
        };
    }
    return module;
}

} // namespace signet::server
