// Reads httpd.conf and everything it includes into a Tree, resolving what Apache resolves while
// reading: Include(Optional), Define/UnDefine/${VAR}, ServerRoot, and the If* sections.
// https://httpd.apache.org/docs/2.4/configuring.html ·
// https://httpd.apache.org/docs/2.4/mod/core.html
#pragma once
#include "base/result.h"
#include "config/diagnostics.h"
#include "config/tree.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

struct ReaderOptions {
    std::string server_root;                      // -d, until ServerRoot says otherwise
    std::vector<std::string> before;              // -C directives
    std::vector<std::string> after;               // -c directives
    std::set<std::string> defines;                // -D names
    std::map<std::string, std::string> variables; // for .htaccess: what the main files Defined
    // <IfModule>: by source-file name ("mod_ssl.c") or identifier ("ssl_module").
    std::function<bool(std::string_view)> has_module;
    // <IfModule> of a module that the server has not, but that a LoadModule line above names, by
    // its stem ("auth_basic"): whether it counts as present, as it does in Apache. So it must where
    // the block may protect something: skipped, it would leave that open without a word; read, its
    // directives are refused.
    std::function<bool(std::string_view)> must_read;
    std::set<std::string> loaded_modules; // for .htaccess: Reading::loaded_modules
    // <IfDirective>, <IfSection>: "SSLEngine", "Directory".
    std::function<bool(std::string_view)> has_directive;
    std::string version = "2.4.71"; // what <IfVersion> compares with
};

// How a file came to be read.
struct IncludedFile {
    std::string path;
    uint32_t line = 0;  // of the Include; 0: the main file
    unsigned depth = 0; // Includes above it
};

struct Reading {
    Tree tree;
    std::map<std::string, std::string> variables; // after the last Define
    std::set<std::string> defines;                // -D and Define names
    std::set<std::string> loaded_modules;         // stems of what LoadModule lines name
    std::string server_root;
    std::vector<std::string> files;     // in the order they were read
    std::vector<IncludedFile> included; // the same with their Includes (DUMP_INCLUDES)
};

// Include, Define, UnDefine and the If* sections leave no nodes behind; ServerRoot does, though it
// has been obeyed. Reads everything that can be read; what cannot is in `diagnostics`. Fails only
// when the main file itself cannot be opened.
[[nodiscard]] Result<Reading>
read_configuration(const std::string& path, const ReaderOptions& options, Diagnostics& diagnostics);

// The same for text that is already in memory: .htaccess files, tests. Include, Define and
// ServerRoot are ordinary nodes here, which their context then forbids.
[[nodiscard]] Tree read_text(std::string_view text, const std::string& name,
                             const ReaderOptions& options, Diagnostics& diagnostics);

} // namespace signet::config
