// mod_macro: lines that are written once and used with different words.
//
//     <Macro Site $host $folder>
//         <VirtualHost *:80>
//             ServerName $host
//             DocumentRoot "/srv/$folder"
//         </VirtualHost>
//     </Macro>
//     Use Site www.example.org main
//     UndefMacro Site
//
// All of it happens while the files are read (config/macros.h), so that sections may begin in a
// macro and end behind its Use. What is wrong in an expanded line is reported as a line of the
// macro, with the places of the definition and of the Use. This module only tells <IfModule> that
// macros work. https://httpd.apache.org/docs/2.4/mod/mod_macro.html
#include "modules/list.h"

namespace signet::mod_macro {
namespace {

struct Config {};

Config merge(const Config&, const Config&)
{
    return {};
}

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("macro_module", "mod_macro.c", {}, {});
}

} // namespace signet::mod_macro

namespace signet::modules {

server::Module mod_macro()
{
    return mod_macro::module();
}

} // namespace signet::modules
