// How core's settings merge: the inner section's value where it gives one.
#include "server/core_config.h"

namespace signet::server {

void LogLevels::settle()
{
    ceiling = level_number(all.value_or(diagnosis::Severity::warn), trace);
    for (const auto& [module, level] : modules) {
        ceiling = std::max(ceiling, level_number(level.first, level.second));
    }
}

namespace {

template <class T> void take(std::optional<T>& into, const std::optional<T>& inner)
{
    if (inner) into = inner;
}

template <class T> void take(std::vector<T>& into, const std::vector<T>& inner)
{
    if (!inner.empty()) into = inner;
}

void merge_server_settings(CoreConfig& into, const CoreConfig& inner)
{
    take(into.document_root, inner.document_root);
    take(into.server_admin, inner.server_admin);
    take(into.server_name, inner.server_name);
    take(into.error_log, inner.error_log);
    take(into.server_path, inner.server_path);
    take(into.timeout, inner.timeout);
    take(into.keep_alive_timeout, inner.keep_alive_timeout);
    take(into.keep_alive, inner.keep_alive);
    take(into.use_canonical_phys_port, inner.use_canonical_phys_port);
    take(into.merge_slashes, inner.merge_slashes);
    take(into.merge_trailers, inner.merge_trailers);
    take(into.strict_host_check, inner.strict_host_check);
    take(into.max_keep_alive_requests, inner.max_keep_alive_requests);
    take(into.use_canonical_name, inner.use_canonical_name);
    take(into.encoded_slashes, inner.encoded_slashes);
    take(into.limit_request_line, inner.limit_request_line);
    take(into.limit_request_fields, inner.limit_request_fields);
    take(into.limit_request_field_size, inner.limit_request_field_size);
    take(into.strict_protocol, inner.strict_protocol);
    take(into.registered_methods, inner.registered_methods);
    take(into.allow_http09, inner.allow_http09);
    take(into.trace_enable, inner.trace_enable);
    take(into.access_file_names, inner.access_file_names);
    take(into.protocols, inner.protocols);
    take(into.protocols_honor_order, inner.protocols_honor_order);
    take(into.protocol, inner.protocol);
    take(into.error_log_format, inner.error_log_format);
    take(into.error_log_once_per_connection, inner.error_log_once_per_connection);
    take(into.error_log_once_per_request, inner.error_log_once_per_request);
    take(into.registered_http_methods, inner.registered_http_methods);
    take(into.max_internal_redirects, inner.max_internal_redirects);
    take(into.max_subrequests, inner.max_subrequests);
    take(into.flush_max_threshold, inner.flush_max_threshold);
    take(into.flush_max_pipelined, inner.flush_max_pipelined);
    // A vhost's aliases are its own; sections cannot have any.
    take(into.server_aliases, inner.server_aliases);
}

// A plain level replaces the levels of all modules (a later module:level adds to it), as in Apache:
// LogLevel of a section without a plain level keeps what is outside and overrides module by module.
void merge_log_levels(LogLevels& into, const LogLevels& inner)
{
    if (inner.all) {
        into = inner;
        return;
    }
    for (const auto& [module, level] : inner.modules) into.modules[module] = level;
    into.settle();
}

unsigned without(unsigned bits, unsigned gone)
{
    return bits & ~gone;
}

// Options without + or - replaces everything; +X and -X change what is outside.
void merge_options(CoreConfig& into, const CoreConfig& inner)
{
    if (!inner.options_set) return;
    into.options_set = true;
    if (!inner.options_relative) {
        into.options = inner.options;
        into.options_add = inner.options_add;
        into.options_remove = inner.options_remove;
        into.options_relative = false;
        return;
    }
    into.options_add =
        static_cast<uint8_t>(without(into.options_add, inner.options_remove) | inner.options_add);
    into.options_remove = static_cast<uint8_t>(without(into.options_remove, inner.options_add)
                                               | inner.options_remove);
    into.options =
        static_cast<uint8_t>(without(into.options, inner.options_remove) | inner.options_add);
}

void merge_etag(CoreConfig& into, const CoreConfig& inner)
{
    if (inner.file_etag) {
        into.file_etag = inner.file_etag;
        into.file_etag_add = inner.file_etag_add;
        into.file_etag_remove = inner.file_etag_remove;
        return;
    }
    // As in Apache, + and - add up from section to section and change what was written, not the
    // default; when nothing is left, the default applies again. None stays until something is
    // added.
    into.file_etag_add = static_cast<uint8_t>(without(into.file_etag_add, inner.file_etag_remove)
                                              | inner.file_etag_add);
    into.file_etag_remove = static_cast<uint8_t>(without(into.file_etag_remove, inner.file_etag_add)
                                                 | inner.file_etag_remove);
    const bool none = into.file_etag == 0;
    const unsigned bits =
        without(into.file_etag.value_or(0), into.file_etag_remove) | unsigned{into.file_etag_add};
    into.file_etag.reset();
    if (bits != 0 || none) into.file_etag = static_cast<uint8_t>(bits);
}

void merge_directory_settings(CoreConfig& into, const CoreConfig& inner)
{
    take(into.allow_override, inner.allow_override);
    take(into.allow_override_options, inner.allow_override_options);
    take(into.allow_override_list, inner.allow_override_list);
    if (inner.allow_override) into.allow_override_nonfatal = inner.allow_override_nonfatal;
    take(into.accept_path_info, inner.accept_path_info);
    take(into.force_type, inner.force_type);
    if (inner.handler || inner.handler_expression) {
        into.handler = inner.handler;
        into.handler_expression = inner.handler_expression;
    }
    take(into.add_default_charset, inner.add_default_charset);
    take(into.output_filters, inner.output_filters);
    take(into.input_filters, inner.input_filters);
    take(into.cgi_original_uri, inner.cgi_original_uri);
    take(into.limit_xml_request_body, inner.limit_xml_request_body);
    take(into.read_buffer_size, inner.read_buffer_size);
    take(into.limit_cpu, inner.limit_cpu);
    take(into.limit_memory, inner.limit_memory);
    take(into.limit_processes, inner.limit_processes);
    take(into.content_digest, inner.content_digest);
    take(into.enable_mmap, inner.enable_mmap);
    take(into.enable_sendfile, inner.enable_sendfile);
    take(into.qualify_redirect_url, inner.qualify_redirect_url);
    take(into.cgi_pass_auth, inner.cgi_pass_auth);
    take(into.server_signature, inner.server_signature);
    take(into.hostname_lookups, inner.hostname_lookups);
    for (const auto& [status, document] : inner.error_documents) {
        into.error_documents[status] = document;
    }
    take(into.limit_request_body, inner.limit_request_body);
    take(into.max_ranges, inner.max_ranges);
    take(into.max_range_overlaps, inner.max_range_overlaps);
    take(into.max_range_reversals, inner.max_range_reversals);
}

} // namespace

CoreConfig merge_core(const CoreConfig& outer, const CoreConfig& inner)
{
    CoreConfig merged = outer;
    merge_server_settings(merged, inner);
    merge_log_levels(merged.log_levels, inner.log_levels);
    merged.log_level_overrides.insert(merged.log_level_overrides.begin(),
                                      inner.log_level_overrides.begin(),
                                      inner.log_level_overrides.end());
    merge_options(merged, inner);
    merge_etag(merged, inner);
    merge_directory_settings(merged, inner);
    return merged;
}

} // namespace signet::server
