#include "config/known_modules.h"

#include "base/text.h"
#include "config/known_directives.h"

#include <algorithm>
#include <string>
#include <vector>

namespace signet::config {
namespace {

// Modules without directives of their own, of earlier versions, and of others; without mod_ and .c.
constexpr std::string_view more_stems[] = {
    "alias",
    "asis",
    "authz_host",
    "authz_owner",
    "authz_user",
    "bucketeer",
    "case_filter",
    "case_filter_in",
    "cgid",
    "data",
    "example",
    "example_hooks",
    "example_ipc",
    "lbmethod_bybusyness",
    "lbmethod_byrequests",
    "lbmethod_bytraffic",
    "optional_fn_export",
    "optional_fn_import",
    "optional_hook_export",
    "optional_hook_import",
    "proxy_ajp",
    "proxy_balancer",
    "proxy_fdpass",
    "proxy_http",
    "proxy_http2",
    "proxy_uwsgi",
    "proxy_wstunnel",
    "ratelimit",
    "slotmem_plain",
    "slotmem_shm",
    "socache_dbm",
    "socache_dc",
    "socache_shmcb",
    "status",
    "systemd",
    "tls",
    "unique_id",
    "mpm_event",
    "mpm_prefork",
    "mpm_worker",
    "mpm_winnt",
    "mpm_itk",
    "authnz_ldap",
    // 1.3, 2.0, 2.2
    "access",
    "auth",
    "auth_anon",
    "auth_db",
    "auth_dbm",
    "auth_ldap",
    "authn_alias",
    "authn_default",
    "authz_default",
    "browser",
    "cookies",
    "define",
    "digest",
    "disk_cache",
    "dld",
    "expire",
    "file_cache",
    "imap",
    "isapi",
    "log_agent",
    "log_common",
    "log_referer",
    "mem_cache",
    "mime_magic",
    "mmap_static",
    "nw_ssl",
    "proxy_connect",
    "rewrite",
    "throttle",
    // by others
    "apreq2",
    "auth_cas",
    "auth_gssapi",
    "auth_kerb",
    "auth_mellon",
    "auth_mysql",
    "auth_openidc",
    "auth_pam",
    "auth_pgsql",
    "authnz_external",
    "authnz_pam",
    "bandwidth",
    "bw",
    "cband",
    "chroot",
    "cloudflare",
    "dav_svn",
    "authz_svn",
    "dosevasive",
    "encoding",
    "evasive",
    "evasive20",
    "evasive24",
    "fastcgi",
    "fcgid",
    "geoip",
    "gnutls",
    "gzip",
    "jk",
    "layout",
    "limitipconn",
    "lisp",
    "lsapi",
    "maxminddb",
    "mono",
    "musicindex",
    "nss",
    "pagespeed",
    "passenger",
    "perl",
    "php",
    "php3",
    "php4",
    "php5",
    "php7",
    "php8",
    "proxy_msrpc",
    "proxy_uwsgi",
    "python",
    "qos",
    "rpaf",
    "ruid2",
    "ruby",
    "security",
    "security2",
    "security3",
    "shib",
    "shib2",
    "shib_22",
    "shib_24",
    "suphp",
    "sxg",
    "tile",
    "upload_progress",
    "uwsgi",
    "version",
    "vhost_dbi",
    "webapp",
    "wsgi",
    "xsendfile",
};

// Source files that are not called mod_….c.
constexpr std::string_view bare_files[] = {
    "core.c",        "http_core.c", "prefork.c",  "worker.c",  "event.c",     "mpm_winnt.c",
    "mpm_netware.c", "mpmt_os2.c",  "perchild.c", "beos.c",    "leader.c",    "threadpool.c",
    "itk.c",         "peruser.c",   "metuxmpm.c", "simple.c",  "motorz.c",    "sapi_apache2.c",
    "libphp3.c",     "libphp4.c",   "libphp5.c",  "libphp7.c", "core_module", "http_module",
};

const std::vector<std::string>& stems()
{
    static const std::vector<std::string> all = [] {
        std::vector<std::string> names(std::begin(more_stems), std::end(more_stems));
        for (const auto& directive : known_directives()) {
            if (directive.module.starts_with("mod_"))
                names.emplace_back(directive.module.substr(4));
        }
        std::ranges::sort(names);
        names.erase(std::unique(names.begin(), names.end()), names.end());
        return names;
    }();
    return all;
}

// "mod_mime.c", "mime_module", "mime.c", "libmime.so" → "mime".
std::string_view stem_of(std::string_view name)
{
    if (name.starts_with("mod_")) name.remove_prefix(4);
    for (const std::string_view end : {".cpp", ".c", ".so", "_module"}) {
        if (name.ends_with(end)) {
            name.remove_suffix(end.size());
            break;
        }
    }
    return name;
}

} // namespace

bool is_module_name(std::string_view name)
{
    if (std::ranges::find(bare_files, name) != std::end(bare_files)) return true;
    const bool is_file =
        name.starts_with("mod_") && (name.ends_with(".c") || name.ends_with(".cpp"));
    const bool is_identifier = name.ends_with("_module") && !name.starts_with("mod_");
    if (!is_file && !is_identifier) return false;
    return std::ranges::binary_search(stems(), stem_of(name));
}

std::string module_stem(std::string_view name)
{
    return lowercase(stem_of(name));
}

std::string nearest_module(std::string_view name)
{
    if (name.empty() || name.size() > 64) return {};
    const std::string stem = lowercase(stem_of(name));
    const bool as_identifier = name.ends_with("_module") && !name.starts_with("mod_");
    std::string best;
    size_t best_distance = std::min<size_t>(2, stem.size() / 3) + 1;
    for (const auto& candidate : stems()) {
        const size_t distance = edit_distance(stem, candidate);
        if (distance < best_distance) {
            best = as_identifier ? candidate + "_module" : "mod_" + candidate + ".c";
            best_distance = distance;
        }
    }
    return best;
}

} // namespace signet::config
