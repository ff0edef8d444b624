// Core's directive table. Handlers are in core_directives_*.cpp, by subject.
// https://httpd.apache.org/docs/2.4/mod/core.html
#include "server/core_directives.h"
#include "server/core_module.h"

namespace signet::server {
namespace {

using config::allowed_directory;
using config::allowed_everywhere;
using config::allowed_server;
using config::in_directory;
using config::in_server;
using config::in_vhost;
using config::override_all;
using config::override_auth_config;
using config::override_file_info;
using config::override_none;
using config::override_options;

// These may be empty, as in Apache, where a handler without words changes nothing or means "none".
constexpr Takes any_words = Takes::raw;

constexpr Directive<CoreConfig> directives[] = {
    {"DocumentRoot", Takes::one, core::document_root, allowed_server, override_none,
     "the directory that URL-paths are looked up in"},
    {"ServerAdmin", Takes::one, core::server_admin, allowed_server, override_none,
     "an e-mail address or URL for people who report problems"},
    {"ServerName", Takes::one, core::server_name, allowed_server, override_none,
     "the host name, optionally with scheme and port"},
    {"ServerAlias", any_words, core::server_alias, in_vhost, override_none,
     "other host names of this virtual host; * and ? match"},
    {"ServerPath", Takes::one, core::server_path, in_vhost, override_none,
     "a URL-path under which old clients reach this virtual host"},
    {"UseCanonicalName", Takes::one, core::use_canonical_name, in_server | in_vhost | in_directory,
     override_none, "On, Off or DNS: where self-references take the server's name from"},
    {"UseCanonicalPhysicalPort", Takes::one, core::use_canonical_physical_port,
     in_server | in_vhost | in_directory, override_none,
     "On or Off: use the connection's port in self-references"},
    {"StrictHostCheck", Takes::flag, core::strict_host_check, allowed_server, override_none,
     "On or Off: refuse hosts that no ServerName or ServerAlias lists"},
    {"ServerSignature", Takes::one, core::server_signature, allowed_everywhere, override_all,
     "On, Off or EMail: the last line of error pages"},
    {"ServerTokens", Takes::one, core::server_tokens, in_server, override_none,
     "Full, OS, Min, Minor, Major or Prod: how much the Server field tells"},
    {"QualifyRedirectURL", Takes::flag, core::qualify_redirect_url,
     in_server | in_vhost | in_directory, override_file_info,
     "On or Off: make REDIRECT_URL a full URL", nullptr, "off"},
    {"HostnameLookups", Takes::one, core::hostname_lookups, in_server | in_vhost | in_directory,
     override_none, "On, Off or Double: look up clients' host names"},
    {"TimeOut", Takes::one, core::timeout, allowed_server, override_none, "a number of seconds"},
    {"KeepAlive", Takes::flag, core::keep_alive, allowed_server, override_none,
     "whether a connection may carry more than one request"},
    {"KeepAliveTimeout", Takes::one, core::keep_alive_timeout, allowed_server, override_none,
     "how long to wait for the next request: seconds, or 500ms, 2min"},
    {"MaxKeepAliveRequests", Takes::one, core::max_keep_alive_requests, allowed_server,
     override_none, "how many requests one connection may carry; 0 is no limit"},
    {"LimitRequestLine", Takes::one, core::limit_request_line, allowed_server, override_none,
     "the most bytes a request line may have"},
    {"LimitRequestFields", Takes::one, core::limit_request_fields, allowed_server, override_none,
     "the most header fields a request may have; 0 is no limit"},
    {"LimitRequestFieldSize", Takes::one, core::limit_request_field_size, allowed_server,
     override_none, "the most bytes a header field may have"},
    {"HttpProtocolOptions", Takes::iterate, core::http_protocol_options, allowed_server,
     override_none,
     "Strict or Unsafe, RegisteredMethods or LenientMethods, Allow0.9 or Require1.0"},
    {"TraceEnable", Takes::one, core::trace_enable, allowed_server, override_none,
     "on, off or extended (request bodies too)"},
    {"Protocol", Takes::one, core::protocol, allowed_server, override_none, "http or https"},
    {"Protocols", Takes::iterate, core::protocols, allowed_server, override_none,
     "protocols in order of preference: h2 http/1.1"},
    {"ProtocolsHonorOrder", Takes::one, core::protocols_honor_order, allowed_server, override_none,
     "On: the server's order decides; Off: the client's"},
    {"AllowEncodedSlashes", Takes::one, core::allow_encoded_slashes, allowed_server, override_none,
     "On, Off or NoDecode: what to do with %2F in a path"},
    {"MergeSlashes", Takes::flag, core::merge_slashes, allowed_server, override_none,
     "whether // in a path counts as one slash"},
    {"MergeTrailers", Takes::flag, core::merge_trailers, allowed_server, override_none,
     "whether trailers join the header fields"},
    {"RegisterHttpMethod", Takes::iterate, core::register_http_method, in_server, override_none,
     "names of further methods"},
    {"FlushMaxThreshold", Takes::one, core::flush_max_threshold, allowed_server, override_none,
     "bytes that may wait before they are sent"},
    {"FlushMaxPipelined", Takes::one, core::flush_max_pipelined, allowed_server, override_none,
     "answers to pipelined requests that may wait; -1 is no limit"},
    {"ReadBufferSize", Takes::one, core::read_buffer_size, in_server | in_vhost | in_directory,
     override_none, "bytes to read at a time"},
    {"AcceptFilter", Takes::two, core::accept_filter, in_server, override_none,
     "a protocol and the kernel's accept filter for it"},
    {"LimitInternalRecursion", Takes::one_or_two, core::limit_internal_recursion, allowed_server,
     override_none, "how deep internal redirects, and then subrequests, may nest"},
    {"Options", any_words, core::options, allowed_everywhere, override_options,
     "Indexes, Includes, FollowSymLinks, ExecCGI, MultiViews …, all or none of them with + or -"},
    {"AllowOverride", any_words, core::allow_override, in_directory, override_none,
     "All, None, or classes: AuthConfig FileInfo Indexes Limit Options[=…]"},
    {"AllowOverrideList", any_words, core::allow_override_list, in_directory, override_none,
     "None, or names of directives that .htaccess may use"},
    {"AccessFileName", any_words, core::access_file_name, allowed_server, override_none,
     "names of per-directory configuration files"},
    {"AcceptPathInfo", Takes::one, core::accept_path_info, allowed_everywhere, override_file_info,
     "On, Off or Default: whether a path may go on after a file's name"},
    {"ForceType", Takes::one, core::force_type, allowed_directory, override_file_info,
     "a media type for everything here, or None"},
    {"SetHandler", Takes::one, core::set_handler, allowed_everywhere, override_file_info,
     "a handler for everything here, None, or expr=…"},
    {"AddDefaultCharset", Takes::one, core::add_default_charset, allowed_everywhere,
     override_file_info, "On, Off or a charset for text without one"},
    {"SetOutputFilter", Takes::one, core::set_output_filter, allowed_everywhere, override_file_info,
     "filters for response bodies, separated by semicolons"},
    {"SetInputFilter", Takes::one, core::set_input_filter, allowed_everywhere, override_file_info,
     "filters for request bodies, separated by semicolons"},
    {"ContentDigest", Takes::flag, core::content_digest, allowed_everywhere, override_options,
     "whether to send Content-MD5"},
    {"EnableMMAP", Takes::one, core::enable_mmap, allowed_everywhere, override_file_info,
     "On or Off: whether files may be mapped into memory"},
    {"EnableSendfile", Takes::one, core::enable_sendfile, allowed_everywhere, override_file_info,
     "On or Off: whether the kernel may send files itself"},
    {"CGIPassAuth", Takes::flag, core::cgi_pass_auth, allowed_directory, override_auth_config,
     "whether scripts see the Authorization field", nullptr, "off"},
    {"CGIVar", Takes::two, core::cgi_var, allowed_directory, override_file_info,
     "a CGI variable and the rule that sets it", nullptr, ""},
    {"ErrorDocument", Takes::two, core::error_document, allowed_everywhere, override_file_info,
     "a status, and a text, local path or URL"},
    {"FileETag", any_words, core::file_etag, allowed_everywhere, override_file_info,
     "None, All, Digest, or INode MTime Size, alone or with + and -"},
    {"LimitRequestBody", Takes::one, core::limit_request_body, allowed_everywhere, override_all,
     "the most bytes a request body may have; 0 is no limit"},
    {"LimitXMLRequestBody", Takes::one, core::limit_xml_request_body, allowed_everywhere,
     override_all, "the most bytes an XML request body may have; 0 is no limit"},
    {"MaxRanges", Takes::one, core::max_ranges, in_server | in_vhost | in_directory, override_none,
     "none, default, unlimited, or how many ranges a request may ask for"},
    {"MaxRangeOverlaps", Takes::one, core::max_range_overlaps, in_server | in_vhost | in_directory,
     override_none, "none, default, unlimited, or how many of a request's ranges may overlap"},
    {"MaxRangeReversals", Takes::one, core::max_range_reversals,
     in_server | in_vhost | in_directory, override_none,
     "none, default, unlimited, or how often a request's ranges may go backwards"},
    {"DefaultType", Takes::one, core::default_type, allowed_everywhere, override_file_info,
     "none (ForceType and AddType set media types)"},
    {"Mutex", Takes::iterate, core::mutex, in_server, override_none,
     "a mechanism, then names of mutexes, or default"},
    {"DefaultRuntimeDir", Takes::one, core::default_runtime_dir, in_server, override_none,
     "the directory for files that live as long as the server"},
    {"ExtendedStatus", Takes::flag, core::extended_status, in_server, override_none,
     "whether to keep track of each request for server-status"},
    {"RegexDefaultOptions", any_words, core::regex_default_options, in_server, override_none,
     "ICASE, DOTALL, DOLLAR_ENDONLY with + or -, or none"},
    {"SeeRequestTail", Takes::flag, core::see_request_tail, in_server, override_none,
     "whether server-status shows the end of long requests"},
    {"NameVirtualHost", Takes::one, core::name_virtual_host, in_server, override_none,
     "an address (no longer needed)"},
    {"RLimitCPU", Takes::one_or_two, core::limit_cpu, allowed_everywhere, override_all,
     "seconds of CPU time, or max, for programs: soft limit and hard limit", nullptr, ""},
    {"RLimitMEM", Takes::one_or_two, core::limit_memory, allowed_everywhere, override_all,
     "bytes of memory, or max, for programs: soft limit and hard limit", nullptr, ""},
    {"RLimitNPROC", Takes::one_or_two, core::limit_processes, allowed_everywhere, override_all,
     "processes of a user, or max: soft limit and hard limit", nullptr, ""},
    {"ServerRoot", Takes::one, core::server_root, in_server, override_none,
     "the directory that relative paths begin at"},
    {"CGIMapExtension", Takes::raw, core::not_on_this_platform, allowed_directory,
     override_file_info, "a CGI program and a file name extension"},
    {"GprofDir", Takes::raw, core::not_on_this_platform, allowed_server, override_none,
     "a directory for gmon.out"},
    {"ScriptInterpreterSource", Takes::raw, core::not_on_this_platform, allowed_everywhere,
     override_file_info, "Registry, Registry-Strict or Script"},
    {"UNCList", Takes::raw, core::not_on_this_platform, in_server, override_none, "host names"},
    {"ErrorLog", Takes::one, core::error_log, allowed_server, override_none,
     "a file, |program or syslog[:facility[:tag]]"},
    {"ErrorLogFormat", Takes::one_or_two, core::error_log_format, allowed_server, override_none,
     "a format, or request or connection and a format"},
    {"LogLevel", Takes::iterate, core::log_level, in_server | in_vhost | in_directory,
     override_none, "a level, or module:level"},
};

constexpr Extras<CoreConfig> extras{.prepare = core::prepare};

} // namespace

Module core_module()
{
    return define_module<CoreConfig, merge_core>("core_module", "core.c", directives, {}, &extras);
}

} // namespace signet::server
