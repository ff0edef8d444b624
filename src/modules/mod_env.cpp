// mod_env: environment variables for scripts, logs and conditions, whatever the request.
//
//     SetEnv   SPECIAL_PATH /foo/bin      a variable and its value (empty when left out)
//     PassEnv  LD_LIBRARY_PATH            a variable of the server's own environment
//     UnsetEnv LD_LIBRARY_PATH            not this one, though an outer section sets it
//
// The variables are set late, in the fixup phase: access control and SetEnvIf do not see them, and
// a variable that SetEnvIf has set keeps its value.
// Use SetEnvIf for variables that decide something.
// https://httpd.apache.org/docs/2.4/mod/mod_env.html
#include "base/text.h"
#include "modules/list.h"
#include "server/request.h"

#include <algorithm>
#include <cstdlib>

namespace signet::mod_env {
namespace {

using config::allowed_everywhere, config::override_file_info;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int pass_env_undefined = 600;
constexpr int equals_in_name = 601;

struct Variable {
    std::string name;
    std::string value;
};

struct Config {
    std::vector<Variable> variables;
    std::vector<std::string> unset; // of those that outer sections set
};

void assign(std::vector<Variable>& variables, const Variable& variable)
{
    const auto same = std::ranges::find_if(
        variables, [&](const Variable& old) { return iequals(old.name, variable.name); });
    if (same == variables.end()) {
        variables.push_back(variable);
    } else {
        *same = variable;
    }
}

Config merge(const Config& outer, const Config& inner)
{
    // As in Apache, what is unset is forgotten: of sections that are merged among themselves first,
    // an UnsetEnv does not reach what is around all of them.
    Config merged{.variables = outer.variables, .unset = {}};
    for (const auto& name : inner.unset) {
        std::erase_if(merged.variables, [&](const Variable& v) { return iequals(v.name, name); });
    }
    for (const auto& variable : inner.variables) assign(merged.variables, variable);
    return merged;
}

Result<void> set_env(Config& config, const Words& words)
{
    if (words[0].find('=') != std::string::npos) {
        words.warn(equals_in_name,
                   "AH10032: Spurious usage of '=' in an environment variable name. 'SetEnv "
                       + words[0].substr(0, words[0].find('=')) + " "
                       + words[0].substr(words[0].find('=') + 1) + "' expected instead?",
                   "a space in place of the '='");
    }
    assign(config.variables, {words[0], words.size() > 1 ? words[1] : ""});
    return {};
}

Result<void> pass_env(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        if (const char* value = std::getenv(words[i].c_str())) {
            assign(config.variables, {words[i], value});
        } else {
            words.warn(pass_env_undefined,
                       "AH01506: PassEnv variable " + words[i] + " was undefined",
                       "SetEnv " + words[i] + " value");
        }
    }
    return {};
}

Result<void> unset_env(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        std::erase_if(config.variables,
                      [&](const Variable& v) { return iequals(v.name, words[i]); });
        config.unset.push_back(words[i]);
    }
    return {};
}

Outcome set_variables(const Config& config, Request& request, Response&)
{
    // What the request decided itself (SetEnvIf) stands.
    for (const auto& variable : config.variables) {
        if (!request.env.has(variable.name)) request.env.set(variable.name, variable.value);
    }
    return Outcome::ok;
}

bool has_variables(const Config& config)
{
    return !config.variables.empty();
}

constexpr server::Directive<Config> directives[] = {
    {"SetEnv", Takes::one_or_two, set_env, allowed_everywhere, override_file_info,
     "a variable name and optionally its value"},
    {"PassEnv", Takes::iterate, pass_env, allowed_everywhere, override_file_info,
     "names of variables of the server's environment"},
    {"UnsetEnv", Takes::iterate, unset_env, allowed_everywhere, override_file_info,
     "names of variables that are not to be inherited"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::fixup, server::Order::middle, set_variables, has_variables,
     server::repeats_as<Config, server::Repeats::by_running_again>},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("env_module", "mod_env.c", directives, hooks);
}

} // namespace signet::mod_env

namespace signet::modules {

server::Module mod_env()
{
    return mod_env::module();
}

} // namespace signet::modules
