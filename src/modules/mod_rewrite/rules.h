// What the directives of mod_rewrite say, compiled: rules with their conditions, maps, settings.
// https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html
#pragma once
#include "base/text.h"
#include "config/expression.h"
#include "config/regex.h"
#include "modules/mod_rewrite/maps.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signet::mod_rewrite {

// RewriteCond: what its test string is compared with.
enum class Test : uint8_t {
    regex,
    expression,
    is_file,
    has_size,
    is_link,
    is_directory,
    is_executable,
    url_answers,  // -U
    file_answers, // -F
    text_less,
    text_less_or_equal,
    text_equal,
    text_greater,
    text_greater_or_equal,
    number_less,
    number_less_or_equal,
    number_equal,
    number_greater,
    number_greater_or_equal,
};

struct Condition {
    std::string input;   // the test string, to be expanded
    std::string written; // the pattern as it stands in the configuration, for the log
    std::string pattern; // without "!" and operator
    Test test = Test::regex;
    bool negated = false;
    bool ignores_case = false;  // NC
    bool or_next = false;       // OR
    bool tells_no_vary = false; // NV
    std::optional<config::Regex> regex{};
    std::optional<config::Expression> expression{};
};

// Shared by the configurations that inherit it, as rules are.
using Conditions = std::vector<std::shared_ptr<const Condition>>;

// RewriteRule.
struct Rule {
    std::string written; // the pattern without "!"
    std::string output;
    std::optional<config::Regex> regex{};
    Conditions conditions;

    bool negated = false;
    bool keeps_url = false;             // the substitution is "-", or a flag implies it
    bool answers_status = false;        // F, G, R with a status that is no redirect
    bool redirects = false;             // R
    int status = 302;                   // of these; 0: R with a word that says nothing
    bool is_last = false;               // L
    bool ends = false;                  // END
    bool is_chained = false;            // C
    bool starts_over = false;           // N
    int most_rounds = 10000;            // N=…
    int skips = 0;                      // S
    bool passes_through = false;        // PT
    bool proxies = false;               // P
    bool ignores_case = false;          // NC
    bool keeps_escapes = false;         // NE
    bool not_in_subrequests = false;    // NS
    bool forgets_path_info = false;     // DPI
    bool appends_query = false;         // QSA
    bool discards_query = false;        // QSD
    bool splits_at_last_mark = false;   // QSL
    bool has_no_query = false;          // the substitution ends with "?"
    bool allows_encoded_mark = false;   // UnsafeAllow3F
    bool allows_any_prefix = false;     // UnsafePrefixStat
    bool keeps_leading_slashes = false; // UNC

    // B and its relatives: which characters of a group are escaped.
    bool escapes_groups = false;
    bool escapes_controls_only = false; // BCTLS
    bool space_is_no_plus = false;      // BNP
    std::string escaped;                // B=…; "" = all but letters, digits and "_"
    std::string not_escaped;            // BNE=…

    std::vector<std::string> variables; // E
    std::vector<std::string> cookies;   // CO
    std::string media_type;             // T
    std::string handler;                // H
};

using Rules = std::vector<std::shared_ptr<const Rule>>;

// RewriteOptions.
enum Options : unsigned {
    option_inherit = 1,
    option_inherit_before = 2,
    option_inherit_down = 4,
    option_inherit_down_before = 8,
    option_ignore_inherit = 16,
    option_no_slash = 32,
    option_any_uri = 64,
    option_merge_base = 128,
    option_ignore_context = 256,
    option_legacy_prefix = 512,
};

// What servers and directories have in common.
struct Settings {
    std::optional<bool> engine; // RewriteEngine
    unsigned options = 0;
    bool options_set = false;
    Rules rules;
    Conditions pending; // of the rule that follows
};

// A server's rules act while the URI becomes a filename; a directory's after it has become one.
struct Config {
    struct Server : Settings {
        bool of_vhost = false;
        TextMap<std::shared_ptr<const Map>> maps;
    } server;
    struct Directory : Settings {
        std::string path;                // with a slash at its end; "" outside of sections
        std::optional<std::string> base; // RewriteBase
    } directory;
};

[[nodiscard]] Config merge(const Config& outer, const Config& inner);

} // namespace signet::mod_rewrite
