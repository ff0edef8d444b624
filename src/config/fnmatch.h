// Shell wildcards as apr_fnmatch matches them: <Directory "/a/*">, <Files "*.cgi">, ServerAlias,
// Include, IndexIgnore, -strmatch. Never recurses, never backtracks further than one star.
#pragma once
#include <string_view>

namespace signet::config {

struct GlobOptions {
    bool path_name = false;   // a slash is matched only by a slash (APR_FNM_PATHNAME)
    bool period = false;      // a leading period is matched only by a period (APR_FNM_PERIOD)
    bool no_escape = false;   // a backslash is an ordinary character (APR_FNM_NOESCAPE)
    bool ignore_case = false; // APR_FNM_CASE_BLIND
};

// `pattern` knows * ? [a-z] [!a-z] [^a-z] and \x.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text,
                                GlobOptions options = {});

// Whether the text has unescaped wildcards at all, by apr_fnmatch_test's rule: * or ?, or a
// [ that is closed.
[[nodiscard]] bool has_wildcards(std::string_view pattern);

} // namespace signet::config
