// Every directive of Apache 2.4.71's manual, whether signet implements it or not: its syntax,
// where it may stand, and what AllowOverride class admits it to .htaccess.
// The table is src/config/apache-directives.tsv (made from Debian's apache2-doc); how many words
// each takes was asked of Debian's apache2 itself (apache-arity.tsv, by measure_arity.py).
#pragma once
#include "config/takes.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace signet::config {

// Where a directive may stand (the manual's "Context").
enum Allowed : uint8_t {
    in_server = 1, // outside of any section
    in_vhost = 2,
    in_directory = 4, // <Directory>, <Location>, <Files>, <If>, <Proxy> …
    in_htaccess = 8,
    allowed_everywhere = 15,
    allowed_server = 3, // server config and virtual host
    allowed_directory = 12,
};

// AllowOverride classes (the manual's "Override").
enum Override : uint8_t {
    override_none = 0,
    override_auth_config = 1,
    override_file_info = 2,
    override_indexes = 4,
    override_limit = 8,
    override_options = 16,
    override_all = 31,
};

struct KnownDirective {
    std::string_view name;   // "DocumentRoot"; sections without < >
    std::string_view module; // "core", "mod_ssl", "mpm_common", "event"
    std::string_view syntax;
    std::string_view default_value;
    uint8_t allowed = 0;   // Allowed bits
    uint8_t overrides = 0; // Override bits
    bool is_section = false;
    Takes takes = Takes::raw;
    int min_words = 0;
    int max_words = 0;             // -1: any number
    std::string_view message_name; // as Apache's messages spell it: "LimitRequestFieldsize"
};

[[nodiscard]] std::span<const KnownDirective> known_directives();
// Case-insensitive; nullptr when Apache has no such directive.
[[nodiscard]] const KnownDirective* find_known_directive(std::string_view name);
// The known name nearest to a misspelt one, or empty when nothing is near.
[[nodiscard]] std::string_view nearest_directive(std::string_view name);

} // namespace signet::config
