// What the verbs that look at a configuration take: httpd's own -f -d -D -C -c.
#pragma once
#include "process/command_line.h"

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace signet::tools {

struct ConfigurationOptions {
    std::string file{}, server_root{};
    std::vector<std::string> defines{}, before{}, after{};

    // The options of a verb; this object outlives the parsing.
    void add_to(CLI::App& verb);
    // As httpd would have been called, with set_place().
    [[nodiscard]] process::CommandLine command_line() const;
};

// -d and -f as a person means them: a file that is there from the present folder is meant; another
// one is looked for below ServerRoot, as httpd does. Empty ones change nothing. Beside Debian's
// envvars, its variables are set, and its folder is ServerRoot if no other is given.
void set_place(process::CommandLine& line, const std::string& root, const std::string& file);

// "2027-01-31", "+30d", "+12h" or nothing (now) as seconds since 1970; nothing when it is no date.
[[nodiscard]] std::optional<time_t> parse_moment(std::string_view text, time_t now);
// "2027-01-31 12:00 UTC".
[[nodiscard]] std::string moment_text(time_t when);

} // namespace signet::tools
