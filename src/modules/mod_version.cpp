// mod_version: `<IfVersion [operator] version>` keeps directives for particular versions of the
// server. Signet answers as Apache 2.4: `<IfVersion >= 2.4>` holds, `<IfVersion < 2.4>` does not.
// The reader decides about <IfVersion> while it reads (config/reader.h); this file only makes the
// module known to <IfModule>, LoadModule and -l.
// https://httpd.apache.org/docs/2.4/mod/mod_version.html
#include "modules/list.h"

namespace signet::mod_version {
namespace {

struct Config {};

Config merge(const Config&, const Config&)
{
    return {};
}

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("version_module", "mod_version.c", {}, {});
}

} // namespace signet::mod_version

namespace signet::modules {

server::Module mod_version()
{
    return mod_version::module();
}

} // namespace signet::modules
