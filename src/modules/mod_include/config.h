// What mod_include's directives say.
// https://httpd.apache.org/docs/2.4/mod/mod_include.html
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace signet::mod_include {

enum class XBitHack : uint8_t { off, on, full };

struct Config {
    std::optional<std::string> error_message, time_format, undefined_echo, start_tag, end_tag;
    std::optional<XBitHack> x_bit_hack;
    std::optional<bool> etag, last_modified, legacy_expressions;
};

} // namespace signet::mod_include
