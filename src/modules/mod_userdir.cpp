// mod_userdir: /~user/ leads to a folder of that user.
//
//     UserDir public_html                         in the home directory
//     UserDir /var/www                            /var/www/user
//     UserDir /home/*/www                         the name in the middle
//     UserDir http://people.example.com/*/        elsewhere: a redirect
//     UserDir disabled root                       not these; without names: nobody but the enabled
//     UserDir enabled alice bob
//
// Several places are tried in order; the last one is taken without looking.
// https://httpd.apache.org/docs/2.4/mod/mod_userdir.html
#include "base/text.h"
#include "modules/list.h"
#include "server/request.h"
#include "server/response.h"

#include <algorithm>
#include <array>
#include <optional>
#include <pwd.h>
#include <sys/stat.h>

namespace signet::mod_userdir {
namespace {

using config::allowed_server, config::override_none;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int no_argument = 932;

struct Config {
    std::optional<std::vector<std::string>> places;
    bool disabled = false; // all but the enabled
    std::vector<std::string> disabled_users;
    std::vector<std::string> enabled_users;
};

void append(std::vector<std::string>& list, const std::vector<std::string>& more)
{
    list.insert(list.end(), more.begin(), more.end());
}

Config merge(const Config& outer, const Config& inner)
{
    Config merged = inner;
    if (!inner.places) merged.places = outer.places;
    merged.disabled = inner.disabled || outer.disabled;
    append(merged.disabled_users, outer.disabled_users);
    append(merged.enabled_users, outer.enabled_users);
    return merged;
}

Result<void> userdir(Config& config, const Words& words)
{
    if (words.size() == 0) {
        return words.refuse(no_argument, "UserDir requires an argument.",
                            "a folder of home directories, a path, a URL, disabled or enabled",
                            "UserDir public_html");
    }
    const bool enables = iequals(words[0], "enable") || iequals(words[0], "enabled");
    const bool disables = iequals(words[0], "disable") || iequals(words[0], "disabled");
    std::vector<std::string> rest;
    for (size_t i = enables || disables ? 1 : 0; i < words.size(); ++i) rest.push_back(words[i]);
    if (enables) {
        append(config.enabled_users, rest);
    } else if (disables) {
        if (rest.empty()) config.disabled = true;
        append(config.disabled_users, rest);
    } else {
        config.places = std::move(rest);
    }
    return {};
}

bool is_in(const std::vector<std::string>& users, std::string_view user)
{
    return std::ranges::any_of(users, [&](const auto& one) { return iequals(one, user); });
}

bool may_have_place(const Config& config, std::string_view user)
{
    if (user.empty() || user == "." || user == "..") return false;
    if (is_in(config.disabled_users, user)) return false;
    return !config.disabled || is_in(config.enabled_users, user);
}

std::optional<std::string> home_of(const std::string& user)
{
    std::array<char, 4096> space{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(user.c_str(), &entry, space.data(), space.size(), &found) != 0 || !found)
        return std::nullopt;
    return std::string(found->pw_dir);
}

struct Place {
    std::string path;
    bool is_url = false;
};

// Only a place with "*" can be a URL. Nothing for a user without a home.
std::optional<Place> place_of(const std::string& written, const std::string& user)
{
    const size_t star = written.find('*');
    const bool has_star = star != std::string::npos;
    const auto before = written.substr(0, has_star ? star : 0);
    const auto after = written.substr(has_star ? star + 1 : 0);
    if (before.find(':') != std::string::npos && !written.starts_with('/'))
        return Place{.path = before + user, .is_url = true}; // what follows "*" is dropped
    if (has_star && (after.empty() || written.starts_with('/')))
        return Place{.path = before + user + after};
    if (written.starts_with('/')) return Place{.path = written + "/" + user};
    const auto home = home_of(user);
    if (!home) return std::nullopt;
    return Place{.path = *home + "/" + after};
}

Outcome translate(const Config& config, Request& request, Response& response)
{
    if (!request.uri.starts_with("/~")) return Outcome::declined;
    const size_t end = std::min(request.uri.find('/', 2), request.uri.size());
    const std::string user(request.uri.substr(2, end - 2));
    const auto rest = request.uri.substr(end);
    if (!may_have_place(config, user)) return Outcome::declined;

    for (size_t i = 0; i < config.places->size(); ++i) {
        const auto place = place_of((*config.places)[i], user);
        if (!place) continue;
        if (place->is_url) {
            response.headers.set("Location", request.arena.join(place->path, rest));
            return 302;
        }
        struct stat facts {};
        const bool is_last = i + 1 == config.places->size();
        if (!is_last && ::stat(place->path.c_str(), &facts) != 0) continue;
        request.filename = request.arena.join(place->path, rest);
        request.env.set("CONTEXT_PREFIX", request.uri.substr(0, end));
        request.env.set("CONTEXT_DOCUMENT_ROOT", request.arena.copy(place->path));
        request.notes.set("mod_userdir_user", request.arena.copy(user));
        return Outcome::ok;
    }
    return Outcome::declined;
}

bool has_places(const Config& config)
{
    return config.places.has_value();
}

constexpr server::Directive<Config> directives[] = {
    {"UserDir", Takes::raw, userdir, allowed_server, override_none,
     "folders of users, or enabled or disabled and users"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::translate, server::Order::middle, translate, has_places},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("userdir_module", "mod_userdir.c", directives,
                                                hooks);
}

} // namespace signet::mod_userdir

namespace signet::modules {

server::Module mod_userdir()
{
    return mod_userdir::module();
}

} // namespace signet::modules
