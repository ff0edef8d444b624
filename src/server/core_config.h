// What the directives of core say, merged like any module's configuration (module 0).
// https://httpd.apache.org/docs/2.4/mod/core.html
#pragma once
#include "config/expression.h"
#include "diagnosis/catalogue.h"
#include "http/uri.h"
#include "net/address.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signet::server {

// Options. "Includes" sets option_includes alone, "IncludesNOEXEC" option_includes_noexec alone;
// when both are set, Includes wins.
enum Option : uint8_t {
    option_indexes = 1,
    option_includes = 2,
    option_follow_symlinks = 4,
    option_exec_cgi = 8,
    option_includes_noexec = 16,
    option_symlinks_if_owner = 32,
    option_multiviews = 64,
    option_all = option_indexes | option_includes | option_follow_symlinks | option_exec_cgi,
};

// ErrorDocument: a local URL, an external URL, a text, or "default" (all empty).
struct ErrorDocument {
    enum class Kind : uint8_t { built_in, text, local, external };
    Kind kind = Kind::built_in;
    std::string value;
    std::shared_ptr<const config::Expression> expression; // when the value contains %{
};

// 0 (emerg) … 7 (debug) … 15 (trace8).
[[nodiscard]] constexpr int level_number(diagnosis::Severity severity, int trace)
{
    return trace > 0 ? static_cast<int>(diagnosis::Severity::debug) + trace
                     : static_cast<int>(severity);
}

// LogLevel: how much is logged, for everything and for single modules.
struct LogLevels {
    std::optional<diagnosis::Severity> all;
    int trace = 0; // 1..8 below debug
    std::map<std::string, std::pair<diagnosis::Severity, int>, std::less<>> modules; // "ssl" → …
    // The most verbose of all these levels: what is beyond it is not logged, whoever says it.
    int ceiling = static_cast<int>(diagnosis::Severity::warn);

    void settle(); // computes the ceiling; call after a change of the others
};

// LogLevelOverride: the levels for clients of one network.
struct LogLevelOverride {
    net::AddressRange clients;
    LogLevels levels;
};

inline constexpr unsigned unlimited_ranges = ~0U;

// Debian's; Apache's is htdocs below ServerRoot.
inline constexpr const char* default_document_root = "/var/www/html";

struct CoreConfig {
    template <class T> using Setting = std::optional<T>;

    // Server level.
    Setting<std::string> document_root, server_admin, server_name, error_log, server_path;
    std::vector<std::string> server_aliases;
    Setting<std::chrono::milliseconds> timeout, keep_alive_timeout;
    Setting<bool> keep_alive, use_canonical_phys_port, merge_slashes, merge_trailers,
        strict_host_check;
    Setting<unsigned> max_keep_alive_requests;
    enum class CanonicalName : uint8_t { off, on, dns };
    Setting<CanonicalName> use_canonical_name;
    Setting<http::EncodedSlashes> encoded_slashes;
    Setting<size_t> limit_request_line, limit_request_fields, limit_request_field_size;
    Setting<bool> strict_protocol, registered_methods, allow_http09;
    enum class Trace : uint8_t { off, on, extended };
    Setting<Trace> trace_enable;
    std::vector<std::string> access_file_names; // AccessFileName
    std::vector<std::string> protocols;         // Protocols
    Setting<bool> protocols_honor_order;
    Setting<std::string> protocol;         // Protocol: "http", "https"
    Setting<std::string> error_log_format; // ErrorLogFormat
    std::vector<std::string> error_log_once_per_connection, error_log_once_per_request;
    std::vector<std::string> registered_http_methods;          // RegisterHttpMethod
    Setting<unsigned> max_internal_redirects, max_subrequests; // LimitInternalRecursion; default 10
    Setting<size_t> flush_max_threshold;
    Setting<int> flush_max_pipelined;
    LogLevels log_levels;
    std::vector<LogLevelOverride> log_level_overrides; // the first that fits counts

    // Directory level.
    uint8_t options = option_follow_symlinks;
    uint8_t options_add = 0, options_remove = 0; // of "+X -Y" forms, applied on merge
    bool options_relative = true;                // only + and - were used, or no Options at all
    bool options_set = false;
    Setting<uint8_t> allow_override;                       // Override bits; default none
    Setting<uint8_t> allow_override_options;               // Options=… detail; default all
    Setting<std::vector<std::string>> allow_override_list; // None = empty
    bool allow_override_nonfatal = false;
    enum class PathInfo : uint8_t { handler_decides, off, on };
    Setting<PathInfo> accept_path_info;
    Setting<std::string> force_type, handler, add_default_charset; // "" or "none" = off
    std::shared_ptr<const config::Expression> handler_expression;
    Setting<std::string> output_filters, input_filters;
    Setting<bool> cgi_original_uri; // CGIVar REQUEST_URI original-uri
    Setting<uint64_t> limit_xml_request_body;
    Setting<size_t> read_buffer_size;
    // RLimitCPU, RLimitMEM, RLimitNPROC for programs: soft and hard, "max" = nothing.
    struct ProcessLimit {
        std::optional<uint64_t> soft, hard;
    };
    Setting<ProcessLimit> limit_cpu, limit_memory, limit_processes;
    Setting<bool> content_digest, enable_mmap, enable_sendfile, qualify_redirect_url, cgi_pass_auth;
    enum class Signature : uint8_t { off, on, email };
    Setting<Signature> server_signature;
    enum class Lookups : uint8_t { off, on, double_checked };
    Setting<Lookups> hostname_lookups;
    std::map<int, ErrorDocument> error_documents;
    // FileETag: bits inode 1, mtime 2, size 4, digest 8.
    Setting<uint8_t> file_etag;
    uint8_t file_etag_add = 0, file_etag_remove = 0;
    Setting<uint64_t> limit_request_body; // 0: unlimited; default 1 GiB
    // 0: "none" (ranges are not served); unlimited_ranges: no limit.
    Setting<unsigned> max_ranges, max_range_overlaps, max_range_reversals;
};

// FileETag's bits with +X and -X applied; MTime Size when nothing is left of what was written.
[[nodiscard]] inline uint8_t file_etag_bits(const CoreConfig& config)
{
    const unsigned bits =
        (config.file_etag.value_or(0) & ~unsigned{config.file_etag_remove}) | config.file_etag_add;
    return bits == 0 && config.file_etag != 0 ? uint8_t{6} : static_cast<uint8_t>(bits);
}

// Timeout: how long a client may keep the server waiting.
[[nodiscard]] inline std::chrono::milliseconds timeout_of(const CoreConfig& config)
{
    return config.timeout.value_or(std::chrono::seconds(60));
}

// inner over outer, member by member, as core's merge functions do.
[[nodiscard]] CoreConfig merge_core(const CoreConfig& outer, const CoreConfig& inner);

} // namespace signet::server
