// Whose file it is, by name, for rules about owners. The names of users and groups may have to be
// asked for over the network.
#pragma once
#include <optional>
#include <string>

namespace signet::server {

class Request;

// Of the request's file. Waits on its fiber. Nothing when there is no answer: that is logged, with
// Apache's words, as a failed authorization of the request's user.
[[nodiscard]] std::optional<std::string> owner_of_file(Request& request);
[[nodiscard]] std::optional<std::string> group_of_file(Request& request);

} // namespace signet::server
