// RewriteMap: where ${name:key} finds its values.
// https://httpd.apache.org/docs/2.4/rewrite/rewritemap.html
#pragma once
#include "base/result.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {
class Request;
}

namespace signet::mod_rewrite {

// Owned by the configurations that name it. What a map remembers (a file's lines, a running
// program) belongs to the process that asks: a worker has one thread, and its own copy.
class Map {
public:
    Map() = default;
    Map(const Map&) = delete;
    Map& operator=(const Map&) = delete;
    virtual ~Map() = default;
    // Nothing when the key has no value. On a request's fiber, which may wait. `name` is for the
    // log.
    [[nodiscard]] virtual std::optional<std::string>
    find(std::string_view name, const std::string& key, server::Request& request) const = 0;
};

// txt: lines of key and value; rnd: of the value's parts between "|" one by chance. Read anew when
// the file has changed.
[[nodiscard]] std::shared_ptr<const Map> make_file_map(std::string path, bool picks_one);
// int: toupper, tolower, escape or unescape; null for other names.
[[nodiscard]] std::shared_ptr<const Map> make_function_map(std::string_view function);
// prg: a program that answers each line with a line. Started when a worker first asks.
[[nodiscard]] std::shared_ptr<const Map> make_program_map(std::vector<std::string> arguments);

// The value in a map file's text; for tests.
[[nodiscard]] std::optional<std::string_view> find_in_map_text(std::string_view text,
                                                               std::string_view key);
// A command line as words: quotes group, a backslash escapes (apr_tokenize_to_argv).
[[nodiscard]] std::vector<std::string> split_command(std::string_view command);

} // namespace signet::mod_rewrite
