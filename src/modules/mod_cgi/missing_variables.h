// A program that reads SSL_… variables which nobody sets for it: its first use is told, with the
// directive that is missing.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#ssloptions
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {
class Request;
}

namespace signet::mod_cgi {

// mod_ssl's variables that occur in the text of a program, each once, at most eight.
[[nodiscard]] std::vector<std::string> tls_variables_in(std::string_view program);

// One per worker, for all virtual hosts.
class MissingVariables {
public:
    // Called when the environment is complete. Reads the program's first 64 KiB the first time it
    // is used without variables of mod_ssl.
    void look_at(const server::Request& request);

private:
    static constexpr size_t most_programs = 1000;
    std::set<std::string, std::less<>> seen_; // filenames
};

} // namespace signet::mod_cgi
