// The values Header and RequestHeader write: text with %-items, or an expression.
// https://httpd.apache.org/docs/2.4/mod/mod_headers.html#header
#pragma once
#include "base/result.h"
#include "config/expression.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {
class Request;
class Words;
} // namespace signet::server

namespace signet::mod_headers {

// Compiled once, shared by the configurations that inherit it.
class Value {
public:
    // "max-age=%{AGE}e", "%t %D", or "expr=%{REQUEST_URI}". The error is Apache's message.
    [[nodiscard]] static Result<Value> parse(std::string_view text, const server::Words& words);

    // The same for every request.
    [[nodiscard]] bool is_literal() const;
    // In the request's arena, the configuration, or static text.
    [[nodiscard]] std::string_view text(server::Request& request) const;

private:
    enum class Kind : uint8_t {
        literal,
        start_time,   // %t
        duration,     // %D
        load,         // %l
        idle,         // %i
        busy,         // %b
        environment,  // %{NAME}e
        tls_variable, // %{NAME}s
    };
    struct Item {
        Kind kind = Kind::literal;
        std::string text; // of a literal, or the variable's name
    };
    static Result<Item> parse_item(std::string_view& rest);
    static std::string item_text(const Item& item, const server::Request& request);

    std::vector<Item> items_;
    std::shared_ptr<const config::Expression> expression_;
};

} // namespace signet::mod_headers
