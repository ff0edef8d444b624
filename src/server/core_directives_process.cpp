// Settings of the whole process, and directives that have no work to do in this server.
// https://httpd.apache.org/docs/2.4/mod/core.html
#include "server/core_directives.h"

#include "base/file.h"
#include "base/text.h"
#include "server/configuration.h"

#include <algorithm>

namespace signet::server::core {
namespace {

bool any_of(std::string_view word, std::span<const std::string_view> names)
{
    return std::ranges::any_of(names, [&](std::string_view name) { return iequals(name, word); });
}

// mechanism, or mechanism:directory for those that lock files.
Result<void> check_mechanism(const Words& words)
{
    static constexpr std::string_view plain[] = {"none", "pthread", "sysvsem", "posixsem", "sem"};
    static constexpr std::string_view with_file[] = {"default", "flock", "fcntl", "file"};
    const std::string& text = words[0];
    const auto colon = text.find(':');
    const auto mechanism = std::string_view(text).substr(0, colon);
    if (!any_of(mechanism, with_file) && !(colon == text.npos && any_of(mechanism, plain))) {
        return fail("Invalid Mutex argument " + text
                    + " (Mutex mechanisms are: 'none', 'default', 'flock:/path/to/file', "
                      "'fcntl:/path/to/file', 'file:/path/to/file', 'pthread', 'sysvsem', "
                      "'posixsem', 'sem')");
    }
    if (colon != text.npos && !is_directory(words.path(text.substr(colon + 1)))) {
        return fail("Invalid Mutex directory in argument " + text);
    }
    return {};
}

} // namespace

Result<void> mutex(CoreConfig&, const Words& words)
{
    static constexpr std::string_view names[] = {
        "default",       "mpm-accept",           "ssl-cache",
        "ssl-stapling",  "ssl-stapling-refresh", "rewrite-map",
        "authn-socache", "authdigest-client",    "authdigest-opaque",
        "cache-socache", "ldap-cache",           "watchdog-callback",
        "proxy",         "proxy-balancer-shm",   "lua-ivm-shm",
        "cgid",
    };
    if (auto checked = check_mechanism(words); !checked) return checked;
    auto& mutexes = words.configuration().process.mutexes;
    bool omit_pid = false;
    for (size_t i = 1; i < words.size(); ++i) omit_pid |= iequals(words[i], "OmitPID");
    bool named = false;
    for (size_t i = 1; i < words.size(); ++i) {
        if (iequals(words[i], "OmitPID")) continue;
        if (!any_of(words[i], names)) return fail("Mutex type " + words[i] + " is not valid");
        named = true;
        if (iequals(words[0], "none") && !istarts_with(words[i], "ssl-")) {
            return fail("None is not allowed for mutex type " + words[i]);
        }
        mutexes[lowercase(words[i])] = {words[0], omit_pid};
    }
    if (named) return {};
    if (iequals(words[0], "none")) return fail("None is not allowed for mutex type default");
    mutexes["default"] = {words[0], omit_pid};
    return {};
}

Result<void> default_runtime_dir(CoreConfig&, const Words& words)
{
    words.configuration().process.runtime_directory = words.path(words[0]);
    return {};
}

Result<void> server_root(CoreConfig&, const Words& words)
{
    if (!is_directory(words[0])) return fail("ServerRoot must be a valid directory");
    // The reader has resolved relative paths with it already; the last one is the server's.
    words.configuration().server_root = words[0];
    return {};
}

Result<void> extended_status(CoreConfig&, const Words& words)
{
    words.configuration().process.extended_status = words.on();
    return {};
}

// Holds for the expressions that follow.
Result<void> regex_default_options(CoreConfig&, const Words& words)
{
    struct Named {
        std::string_view name;
        bool config::Regex::Options::*option;
    };
    using Options = config::Regex::Options;
    static constexpr Named names[] = {{"ICASE", &Options::ignore_case},
                                      {"DOTALL", &Options::dot_all},
                                      {"DOLLAR_ENDONLY", &Options::dollar_endonly}};
    static constexpr Options none{.dot_all = false, .dollar_endonly = false};
    auto& options = words.configuration().regex_options;
    for (size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        if (iequals(word, "none")) {
            options = none;
            continue;
        }
        const char sign = word.starts_with('+') || word.starts_with('-') ? word[0] : '\0';
        if (sign) word.remove_prefix(1);
        const auto* named =
            std::ranges::find_if(names, [&](const Named& one) { return iequals(one.name, word); });
        if (named == std::end(names)) {
            return fail("RegexDefaultOptions: option '" + std::string(word) + "' unknown");
        }
        if (!sign) options = none; // a bare name takes the place of all before it
        options.*(named->option) = sign != '-';
    }
    return {};
}

Result<void> see_request_tail(CoreConfig&, const Words& words)
{
    words.configuration().process.see_request_tail = words.on();
    return {};
}

Result<void> name_virtual_host(CoreConfig&, const Words& words)
{
    const auto& position = words.position();
    words.warn(name_virtual_host_obsolete,
               "AH00548: NameVirtualHost has no effect and will be removed in the next release "
                   + (position.file ? position.file->path : "") + ":"
                   + std::to_string(position.line),
               "delete the line");
    return {};
}

namespace {

std::optional<uint64_t> limit_value(std::string_view word)
{
    if (iequals(word, "max")) return std::nullopt;
    return static_cast<uint64_t>(std::max(0L, leading_number(word)));
}

CoreConfig::ProcessLimit process_limit(const Words& words)
{
    CoreConfig::ProcessLimit limit{.soft = limit_value(words[0]), .hard = {}};
    if (words.size() > 1) limit.hard = limit_value(words[1]); // else it stays what it is
    return limit;
}

} // namespace

Result<void> limit_cpu(CoreConfig& config, const Words& words)
{
    config.limit_cpu = process_limit(words);
    return {};
}

Result<void> limit_memory(CoreConfig& config, const Words& words)
{
    config.limit_memory = process_limit(words);
    return {};
}

Result<void> limit_processes(CoreConfig& config, const Words& words)
{
    config.limit_processes = process_limit(words);
    return {};
}

Result<void> not_on_this_platform(CoreConfig&, const Words& words)
{
    words.warn(no_effect_here,
               words.name()
                   + " belongs to another platform and has no effect here "
                     "(Apache on Linux does not know it)",
               "delete the line");
    return {};
}

} // namespace signet::server::core
