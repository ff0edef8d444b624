// One Header or RequestHeader directive, and what it does to a list of fields.
#pragma once
#include "config/expression.h"
#include "config/regex.h"
#include "http/headers.h"
#include "modules/mod_headers/value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet::server {
class Request;
class Response;
} // namespace signet::server

namespace signet::mod_headers {

enum class Action : uint8_t {
    set,
    set_if_empty,
    append,
    merge,
    add,
    unset,
    echo,
    note,
    edit,
    edit_all
};

// Immutable; shared by the configurations that inherit it.
struct Change {
    Action action = Action::set;
    std::string field;                      // or the pattern's text (echo)
    Value value{};                          // or the replacement (edit)
    std::optional<config::Regex> pattern{}; // edit: in the value; echo: request fields' names
    std::string env{};                      // env=: this variable must be set
    bool env_absent = false;                // env=!: must not be set
    std::optional<config::Expression> condition{};
    bool early = false;
};

// The fields a change works on.
struct Target {
    server::Request& request;
    http::Headers& fields;
    server::Response* response; // null for the request's own fields

    void apply(const Change& change);

private:
    void apply_to_content_type(const Change& change);
    void edit(const Change& change);
    [[nodiscard]] std::string_view edited(const Change& change, std::string_view value) const;
    void append(std::string_view field, std::string_view value);
};

// Does a list field contain the element, outside of quoted strings?
[[nodiscard]] bool has_element(std::string_view list, std::string_view element);

} // namespace signet::mod_headers
