// mod_unixd: which user the workers run as, and in which root directory.
//
//     User www-data
//     Group www-data
//
// Names are resolved when the configuration is read; #1000 is a number. Root opens ports, logs and
// keys, the workers give the privilege up.
// https://httpd.apache.org/docs/2.4/mod/mod_unixd.html
#include "base/text.h"
#include "modules/list.h"
#include "server/configuration.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::mod_unixd {
namespace {

using server::Words;

// Catalogue ids (diagnosis/module_entries.cpp).
constexpr int bad_user = 740;
constexpr int bad_group = 741;
constexpr int serving_as_root = 742;
constexpr int no_suexec = 743;

struct Config {};

Config merge(const Config&, const Config& inner)
{
    return inner;
}

// "#1000" is a number; "#-1" means nobody in old configurations.
bool is_number(std::string_view name)
{
    if (!name.starts_with('#')) return false;
    name.remove_prefix(name.starts_with("#-") ? 2 : 1);
    return parse_number<uint32_t>(name).has_value();
}

// Apache ends at once with this message, without naming the line.
std::unexpected<Error> unknown(const Words& words, int id, const std::string& message,
                               const char* expected, const char* fix)
{
    words.report({.id = id,
                  .message = message + words[0],
                  .expected = expected,
                  .fix = fix,
                  .opening = config::Opening::none});
    return fail(message + words[0]);
}

Result<void> user(Config&, const Words& words)
{
    const std::string& name = words[0];
    const auto* entry = is_number(name) ? nullptr : ::getpwnam(name.c_str());
    if (!entry && !is_number(name)) {
        return unknown(words, bad_user, "AH00543: signet: bad user name ",
                       "a user of this machine, or # and a number", "User www-data");
    }
    if (name == "#0" || (entry && entry->pw_uid == 0)) {
        return words.refuse(serving_as_root,
                            "User " + name
                                + " would let every request run as root: a file that any "
                                  "user links to could be read by anyone",
                            "a user without privileges", "User www-data");
    }
    words.configuration().process.user = name;
    return {};
}

Result<void> group(Config&, const Words& words)
{
    const std::string& name = words[0];
    if (!is_number(name) && !::getgrnam(name.c_str())) {
        return unknown(words, bad_group, "AH00544: signet: bad group name ",
                       "a group of this machine, or # and a number", "Group www-data");
    }
    words.configuration().process.group = name;
    return {};
}

Result<void> chroot_dir(Config&, const Words& words)
{
    struct stat info {};
    if (::stat(words[0].c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        return fail("ChrootDir must be a valid directory");
    }
    words.configuration().process.chroot_directory = words[0];
    return {};
}

Result<void> suexec(Config&, const Words& words)
{
    if (!words.on()) return {};
    return words.refuse(no_suexec, "suEXEC isn't supported: Missing suexec binary",
                        "Suexec Off, until signet runs CGI programs", "Suexec Off");
}

constexpr server::Directive<Config> directives[] = {
    {"User", server::Takes::one, user, config::in_server, config::override_none,
     "the user that workers run as, or # and a number"},
    {"Group", server::Takes::one, group, config::in_server, config::override_none,
     "the group that workers run as, or # and a number"},
    {"ChrootDir", server::Takes::one, chroot_dir, config::in_server, config::override_none,
     "the directory that becomes the workers' root"},
    {"Suexec", server::Takes::flag, suexec, config::in_server, config::override_none,
     "whether CGI programs may run as other users"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("unixd_module", "mod_unixd.c", directives, {});
}

} // namespace signet::mod_unixd

namespace signet::modules {

server::Module mod_unixd()
{
    return mod_unixd::module();
}

} // namespace signet::modules
