// What expressions can name: variables, functions, and the functions that need no request.
// https://httpd.apache.org/docs/2.4/expr.html#functions
#pragma once
#include <string>
#include <string_view>

namespace signet::config {

using PureFunction = std::string(std::string_view argument);

enum class FunctionKind : unsigned char { unknown, pure, lookup, file, file_size };

struct NamedFunction {
    FunctionKind kind = FunctionKind::unknown;
    std::string_view name{}; // in small letters; "http" is "req"
    PureFunction* pure = nullptr;
};

// Names ignore case.
[[nodiscard]] NamedFunction find_string_function(std::string_view name);
[[nodiscard]] bool is_list_function(std::string_view name);

struct NamedVariable {
    bool known = false;
    std::string_view header{}; // not empty: the value is this request header
};
// The variables of core and, under any name that starts with SSL_, of mod_ssl.
[[nodiscard]] NamedVariable find_variable(std::string_view name);

} // namespace signet::config
