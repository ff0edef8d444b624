// -t and the dumps that go with it, -l, -L, -v, -V: everything that tells and does not serve.
// The layouts are Apache's: scripts read them.
#pragma once
#include "process/loader.h"
#include "server/configuration.h"

#include <span>
#include <string>

namespace signet::process {

// -D DUMP_VHOSTS
[[nodiscard]] std::string dump_vhosts(const server::Configuration& configuration);
// -D DUMP_RUN_CFG
[[nodiscard]] std::string dump_run_configuration(const server::Configuration& configuration);
// -D DUMP_MODULES: what a LoadModule line names is "shared", as in Apache; the rest is "static".
[[nodiscard]] std::string dump_modules(const server::Configuration& configuration);
// -D DUMP_INCLUDES
[[nodiscard]] std::string dump_includes(const server::Configuration& configuration);
// -D DUMP_CONFIG
[[nodiscard]] std::string dump_config(const server::Configuration& configuration);

[[nodiscard]] std::string version();                                             // -v
[[nodiscard]] std::string compile_settings();                                    // -V
[[nodiscard]] std::string list_modules(std::span<const server::Module> modules); // -l
// -L: every directive of Apache 2.4 and whether it works here.
[[nodiscard]] std::string list_directives(std::span<const server::Module> modules);

// How many of Apache's directives work. One that is refused only with some words (RewriteRule with
// [F]) counts as accepted.
struct Coverage {
    size_t working = 0, without_effect = 0, refused = 0;
};
[[nodiscard]] Coverage count_coverage(std::span<const server::Module> modules);
[[nodiscard]] std::string text_of(const Coverage& coverage);

// -t with what -D asks to dump. Returns the exit code.
[[nodiscard]] int check(const CommandLine& line, const Loader& loader);

} // namespace signet::process
