// What a program that answers a request is told: CGI's variables, as Apache makes them.
// RFC 3875 §4.1 · ap_add_common_vars, ap_add_cgi_vars
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {

class Request;

// Adds CGI's variables to the request's environment, where logs and later requests of the exchange
// (as REDIRECT_…) see them too. May wait for the client's host name.
void add_program_variables(Request& request);

// "NAME=value" of the whole environment, for execve(2): names are made of letters, digits and
// underscores only.
[[nodiscard]] std::vector<std::string> program_environment(const Request& request);

// The words of a query without "=" (ISINDEX), unescaped, with a backslash before what a shell would
// act on. None when the query has "=".   RFC 3875 §4.4
[[nodiscard]] std::vector<std::string> program_arguments(const Request& request);

// What %XX stands for; a wrong escape stays as it is. The text ends before %00.
[[nodiscard]] std::string unescaped(std::string_view word);
// ap_escape_shell_cmd: a backslash before what a shell would act on. Some programs hand their
// arguments to one.
[[nodiscard]] std::string escaped_for_shell(std::string_view word);

} // namespace signet::server
