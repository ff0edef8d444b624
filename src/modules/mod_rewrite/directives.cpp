// mod_rewrite: rules that make other URLs, files, redirects and answers of requested URLs.
//
//     RewriteEngine On
//     RewriteCond "%{HTTPS}" "off"
//     RewriteRule "^/(.*)" "https://%{HTTP_HOST}/$1" [R=301,L]
//
// Rules of a server act on the URL-path before the file is looked for. Rules in <Directory> and
// .htaccess act on the path below the directory, after it was found; what they make is looked up
// anew, so that they run again (END stops that). RewriteMap adds tables and programs to look things
// up in. `LogLevel rewrite:trace3` shows each step.
// https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_rewrite/engine.h"
#include "modules/mod_rewrite/parse.h"
#include "server/module.h"

#include <algorithm>
#include <sys/stat.h>

namespace signet::mod_rewrite {

namespace {

using config::allowed_everywhere, config::allowed_server, config::in_directory, config::in_htaccess;
using config::override_file_info, config::override_none;
using server::Level, server::Outcome, server::Takes, server::Words;

constexpr int bad_rule = 751;
constexpr int bad_map = 755;
constexpr int case_without_effect = 756;
constexpr int unknown_option = 757;
constexpr int bad_base = 758;
constexpr int program_user = 759;

// Does the inner configuration go on with the outer one's rules, and on which side?
enum class Inherits : uint8_t { nothing, after, before };
Inherits inherits(unsigned outer, unsigned own)
{
    const bool lets = (own & option_ignore_inherit) == 0;
    if ((own & option_inherit) != 0 || (lets && (outer & option_inherit_down) != 0))
        return Inherits::after;
    if ((own & option_inherit_before) != 0 || (lets && (outer & option_inherit_down_before) != 0))
        return Inherits::before;
    return Inherits::nothing;
}

void append(Rules& rules, const Rules& more)
{
    rules.insert(rules.end(), more.begin(), more.end());
}

void merge_settings(const Settings& outer, const Settings& inner, Settings& merged)
{
    merged.engine = inner.engine ? inner.engine : outer.engine;
    merged.options = inner.options_set ? inner.options : outer.options;
    merged.options_set = inner.options_set || outer.options_set;
    const auto how = inherits(outer.options, merged.options);
    if (how == Inherits::before) append(merged.rules, outer.rules);
    append(merged.rules, inner.rules);
    if (how == Inherits::after) append(merged.rules, outer.rules);
}

// `line` is of a server: its rules, else of a section or .htaccess.
Settings& settings_of(Config& config, const Words& words)
{
    if (!words.at_server_level()) {
        auto& path = config.directory.path;
        path = words.place().section == server::SectionKind::condition ? "*If" : words.place().path;
        if (!path.ends_with('/')) path += '/';
        return config.directory;
    }
    config.server.of_vhost = words.place().level == Level::vhost;
    return config.server;
}

Result<void> rewrite_engine(Config& config, const Words& words)
{
    // A server's switch is its directories', too.
    settings_of(config, words).engine = words.on();
    config.directory.engine = words.on();
    return {};
}

struct NamedOption {
    std::string_view name;
    unsigned option;
};
constexpr NamedOption option_names[] = {
    {"inherit", option_inherit},
    {"inheritbefore", option_inherit_before},
    {"inheritdown", option_inherit_down},
    {"inheritdownbefore", option_inherit_down_before},
    {"ignoreinherit", option_ignore_inherit},
    {"allownoslash", option_no_slash},
    {"allowanyuri", option_any_uri},
    {"mergebase", option_merge_base},
    {"ignorecontextinfo", option_ignore_context},
    {"legacyprefixdocroot", option_legacy_prefix},
};

Result<void> rewrite_options(Config& config, const Words& words)
{
    unsigned options = 0;
    for (size_t i = 0; i < words.size(); ++i) {
        if (istarts_with(words[i], "MaxRedirects=")) {
            words.warn(unknown_option,
                       "AH00664: RewriteOptions: MaxRedirects option has been removed in favor of "
                       "the global LimitInternalRecursion directive and will be ignored.");
            continue;
        }
        const auto* known = std::ranges::find_if(
            option_names, [&](const auto& one) { return iequals(one.name, words[i]); });
        if (known == std::end(option_names)) {
            return words.refuse(unknown_option, "RewriteOptions: unknown option '" + words[i] + "'",
                                "Inherit, InheritBefore, InheritDown, InheritDownBefore, "
                                "IgnoreInherit, AllowNoSlash, AllowAnyURI, MergeBase, "
                                "IgnoreContextInfo or LegacyPrefixDocRoot");
        }
        options |= known->option;
    }
    for (Settings* settings :
         {&settings_of(config, words), static_cast<Settings*>(&config.directory)}) {
        settings->options |= options;
        settings->options_set = true;
    }
    return {};
}

Result<void> rewrite_base(Config& config, const Words& words)
{
    if (words.at_server_level()) {
        return words.refuse(bad_base, "RewriteBase: only valid in per-directory config files",
                            "a <Directory> section or .htaccess");
    }
    if (words[0].empty()) {
        return words.refuse(bad_base, "RewriteBase: empty URL not allowed", "a URL-path", "/");
    }
    if (words[0].front() != '/') {
        return words.refuse(bad_base, "RewriteBase: argument is not a valid URL",
                            "a URL-path that begins with a slash", "RewriteBase /" + words[0]);
    }
    (void)settings_of(config, words);
    config.directory.base = words[0];
    return {};
}

Result<void> rewrite_cond(Config& config, const Words& words)
{
    const bool is_restricted = words.place().level == Level::htaccess;
    auto parsed = parse_condition(words.raw(), is_restricted ? config::ExpressionRules::restricted
                                                             : config::ExpressionRules::full);
    if (!parsed) {
        return words.refuse(bad_rule, parsed.error().text,
                            "a test string, a pattern and perhaps [flags]");
    }
    if (parsed->ignored_case_flag) {
        const auto& position = words.position();
        words.warn(case_without_effect,
                   "AH00665: RewriteCond: NoCase option for non-regex pattern '"
                       + parsed->condition.written + "' is not supported and will be ignored. ("
                       + (position.file ? position.file->path : std::string()) + ":"
                       + std::to_string(position.line) + ")",
                   "leave [NC] out");
    }
    settings_of(config, words)
        .pending.push_back(std::make_shared<const Condition>(std::move(parsed->condition)));
    return {};
}

Result<void> rewrite_rule(Config& config, const Words& words)
{
    auto rule = parse_rule(words.raw());
    if (!rule) {
        return words.refuse(bad_rule, rule.error().text,
                            "a pattern, a substitution and perhaps [flags]");
    }
    auto& settings = settings_of(config, words);
    rule->conditions = std::exchange(settings.pending, {});
    settings.rules.push_back(std::make_shared<const Rule>(std::move(*rule)));
    return {};
}

std::unexpected<Error> refuse_map(const Words& words, std::string message, std::string fix = {})
{
    return words.refuse(bad_map, std::move(message),
                        "txt:, rnd: or prg: and a file, or int: and toupper, tolower, escape or "
                        "unescape",
                        std::move(fix));
}

Result<void> check_map_file(const Words& words, const std::string& path)
{
    struct stat facts {};
    if (::stat(path.c_str(), &facts) == 0) return {};
    return refuse_map(words, "RewriteMap: file for map " + words[0] + " not found:" + path);
}

Result<std::shared_ptr<const Map>> make_program(const Words& words, std::string_view command)
{
    auto arguments = split_command(command);
    if (arguments.empty()) return refuse_map(words, "RewriteMap: bad path to prg map: ");
    arguments.front() = words.path(arguments.front());
    if (auto checked = check_map_file(words, arguments.front()); !checked)
        return std::unexpected(checked.error());
    if (words.size() > 2) {
        words.warn(program_user,
                   "RewriteMap: the program runs as the User of the workers, not as " + words[2],
                   "leave out the third word");
    }
    return make_program_map(std::move(arguments));
}

Result<std::shared_ptr<const Map>> make_map(const Words& words)
{
    const std::string_view source = words[1];
    const auto after = [&](std::string_view prefix) { return source.substr(prefix.size()); };
    if (istarts_with(source, "prg:")) return make_program(words, after("prg:"));
    if (istarts_with(source, "int:")) {
        if (auto map = make_function_map(after("int:"))) return map;
        return refuse_map(words,
                          "RewriteMap: internal map not found:" + std::string(after("int:")));
    }
    if (istarts_with(source, "dbd:") || istarts_with(source, "fastdbd:"))
        return refuse_map(words, "RewriteMap types dbd and fastdbd require mod_dbd!");
    if (istarts_with(source, "dbm:") || istarts_with(source, "dbm=")) {
        return refuse_map(words, "RewriteMap: DBM files are not supported",
                          "use the text file it was made from: txt:");
    }
    const bool picks_one = istarts_with(source, "rnd:");
    const auto file = picks_one || istarts_with(source, "txt:") ? source.substr(4) : source;
    auto path = words.path(file);
    if (auto checked = check_map_file(words, path); !checked)
        return std::unexpected(checked.error());
    return make_file_map(std::move(path), picks_one);
}

Result<void> rewrite_map(Config& config, const Words& words)
{
    auto map = make_map(words);
    if (!map) return std::unexpected(map.error());
    (void)settings_of(config, words);
    config.server.maps[words[0]] = std::move(*map);
    return {};
}

bool rewrites_in_server(const Config& config)
{
    return config.server.engine.value_or(false);
}

bool rewrites_in_directory(const Config& config)
{
    return config.directory.engine.value_or(false) && !config.directory.path.empty();
}

bool rewrites(const Config& config)
{
    return rewrites_in_server(config) || config.directory.engine.value_or(false);
}

constexpr server::Directive<Config> directives[] = {
    {"RewriteEngine", Takes::flag, rewrite_engine, allowed_everywhere, override_file_info,
     "On or Off"},
    {"RewriteOptions", Takes::iterate, rewrite_options, allowed_everywhere, override_file_info,
     "Inherit, AllowNoSlash and others"},
    {"RewriteBase", Takes::one, rewrite_base, allowed_everywhere, override_file_info,
     "the URL-path of this directory"},
    {"RewriteCond", Takes::raw, rewrite_cond, allowed_everywhere, override_file_info,
     "a test string, a pattern and perhaps [flags]"},
    {"RewriteRule", Takes::raw, rewrite_rule, allowed_everywhere, override_file_info,
     "a pattern, a substitution and perhaps [flags]"},
    {"RewriteMap", Takes::two_or_three, rewrite_map, allowed_server, override_none,
     "a name, a type with its source, and perhaps options"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::translate, server::Order::first, rewrite_in_server, rewrites_in_server},
    {server::Phase::fixup, server::Order::first, rewrite_in_directory, rewrites_in_directory},
    {server::Phase::fixup, server::Order::last, force_type, rewrites},
    {server::Phase::handler, server::Order::middle, redirect_internally, rewrites},
};

} // namespace

Config merge(const Config& outer, const Config& inner)
{
    Config merged;
    if (inner.server.of_vhost) {
        merge_settings(outer.server, inner.server, merged.server);
        merged.server.of_vhost = true;
        merged.server.maps = inner.server.maps;
        if (inherits(outer.server.options, merged.server.options) != Inherits::nothing)
            merged.server.maps.insert(outer.server.maps.begin(), outer.server.maps.end());
    } else {
        merged.server = outer.server; // a section, which says nothing about the server
    }
    merge_settings(outer.directory, inner.directory, merged.directory);
    merged.directory.path = inner.directory.path;
    merged.directory.base = inner.directory.base;
    if (!inner.directory.base && (merged.directory.options & option_merge_base) != 0)
        merged.directory.base = outer.directory.base;
    return merged;
}

server::Module module()
{
    return server::define_module<Config, merge>("rewrite_module", "mod_rewrite.c", directives,
                                                hooks);
}

} // namespace signet::mod_rewrite

namespace signet::modules {

server::Module mod_rewrite()
{
    return mod_rewrite::module();
}

} // namespace signet::modules
