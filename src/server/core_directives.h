// Core's directive handlers, split by idea over core_directives_*.cpp. Internal to core.
#pragma once
#include "server/core_config.h"
#include "server/module.h"

namespace signet::server::core {

using Apply = Result<void>(CoreConfig&, const Words&);

// core_directives_names.cpp: who the server is.
Apply document_root, server_admin, server_name, server_alias, server_path, use_canonical_name,
    use_canonical_physical_port, strict_host_check, server_signature, server_tokens,
    qualify_redirect_url, hostname_lookups;
// core_directives_protocol.cpp: connections and request heads.
Apply timeout, keep_alive, keep_alive_timeout, max_keep_alive_requests, limit_request_line,
    limit_request_fields, limit_request_field_size, http_protocol_options, trace_enable, protocol,
    protocols, protocols_honor_order, allow_encoded_slashes, merge_slashes, merge_trailers,
    register_http_method, flush_max_threshold, flush_max_pipelined, read_buffer_size, accept_filter,
    limit_internal_recursion;
// core_directives_directory.cpp: what a directory's files may do and how they are sent.
Apply options, allow_override, allow_override_list, access_file_name, accept_path_info, force_type,
    set_handler, add_default_charset, set_output_filter, set_input_filter, content_digest,
    enable_mmap, enable_sendfile, cgi_pass_auth, cgi_var, error_document, file_etag,
    limit_request_body, limit_xml_request_body, max_ranges, max_range_overlaps, max_range_reversals,
    default_type;
// core_directives_process.cpp: processes, and what has no meaning here.
Apply mutex, default_runtime_dir, extended_status, regex_default_options, see_request_tail,
    name_virtual_host, limit_cpu, limit_memory, limit_processes, not_on_this_platform, server_root;
// core_directives_log.cpp
Apply error_log, error_log_format, log_level, log_level_override;
// Opens the vhost's error log.
Result<void> prepare(const CoreConfig&, VirtualHost&, Configuration&, config::Diagnostics&);

// What C's atoi makes of a text: its leading number, 0 without one. Apache reads many numbers so.
[[nodiscard]] long leading_number(std::string_view text);
// "On" or "Off" in any case, for directives whose own message differs from a flag's.
[[nodiscard]] std::optional<bool> on_or_off(std::string_view word);
// The bit of one option's name, 0 when there is none.
[[nodiscard]] unsigned option_bits(std::string_view name);
// "5", "300ms", "2min", "1h": Apache's ap_timeout_parameter_parse, seconds without a unit.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// Catalogue ids (diagnosis/module_entries.cpp).
enum Message : int {
    useless_allow_override = 700,
    unknown_in_override_list = 701,
    default_type_ignored = 702,
    no_full_url_for_401 = 703,
    vhost_root_missing = 704,
    root_missing = 705,
    timeout_not_a_number = 706,
    no_effect_here = 707,
    name_virtual_host_obsolete = 708,
    error_log_unavailable = 709,
    low_recursion_limit = 21,
};

} // namespace signet::server::core
