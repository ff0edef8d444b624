// What was asked for on the command line: httpd's flags.
// https://httpd.apache.org/docs/2.4/programs/httpd.html
#pragma once
#include "base/result.h"
#include "diagnosis/catalogue.h"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace signet::process {

inline constexpr const char* default_server_root = "/etc/signet";
inline constexpr const char* default_config_file = "signet.conf"; // below ServerRoot

enum class Task {
    serve,
    check,            // -t, -S, -M, -t -D DUMP_…
    version,          // -v
    compile_settings, // -V
    list_modules,     // -l
    list_directives,  // -L
    usage,            // -h
};

// -k: what to do with the server that is running.
enum class Order { none, start, stop, restart, graceful, graceful_stop, upgrade };

struct CommandLine {
    Task task = Task::serve;
    Order order = Order::none;
    std::string program = "signet"; // argv[0]
    std::string text;               // all words, for the log
    std::vector<std::string> words; // the same, to start the next program with
    std::string directory = "/";    // where it was called
    bool takes_over = false;        // from a server that runs, which has started this program
    std::string server_root = default_server_root;
    std::string config_file = default_config_file; // as written
    std::set<std::string> defines;
    std::vector<std::string> before, after;         // -C, -c
    std::optional<diagnosis::Severity> start_level; // -e
    std::string start_log;                          // -E
    bool check_document_roots = true;               // not -T
    bool single_process = false;                    // -X, -D DEBUG, -D ONE_PROCESS
    bool foreground = false;                        // -D FOREGROUND, -X

    [[nodiscard]] bool dumps(const char* what) const { return defines.contains(what); }
    // -f made absolute, with -d.
    [[nodiscard]] std::string config_path() const;
};

// The error's text is a line like getopt's, or empty; the usage is printed after it.
[[nodiscard]] Result<CommandLine> parse_command_line(std::span<const char* const> words);

// Apache's layout; `program` is argv[0].
[[nodiscard]] std::string usage(const std::string& program);

} // namespace signet::process
