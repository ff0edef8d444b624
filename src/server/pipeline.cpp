#include "server/pipeline.h"

#include "base/text.h"
#include "http/status.h"
#include "http/uri.h"
#include "server/client_host.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/discard_body.h"
#include "server/error_log.h"
#include "server/error_page.h"
#include "server/exchange.h"
#include "server/filter_chain.h"
#include "server/kept_answer.h"
#include "server/methods.h"
#include "server/path_cache.h"
#include "server/recursion_limit.h"
#include "server/request_expression.h"
#include "server/request_trace.h"
#include "server/scope_table.h"
#include "server/section_match.h"
#include "server/shortcut.h"
#include "server/static_file.h"
#include "server/subrequest.h"
#include "server/vhost.h"
#include "server/vhosts.h"
#include "server/worker.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace signet::server {
namespace {

// Every hook of the phase runs; the first status ends it.
Outcome run_all(Phase phase, Request& request, Response& response)
{
    const Scope* scope = request.scope;
    auto hooks = scope->hooks(phase);
    for (size_t i = 0; i < hooks.size(); ++i) {
        const Outcome outcome = hooks[i].run(request, response);
        if (outcome.is_status() || outcome == Outcome::done) return outcome;
        if (request.scope == scope) continue;
        // It continues as another request (redirect_to): the hooks left are those of its scope.
        const uint32_t place = hooks[i].place;
        scope = request.scope;
        hooks = scope->hooks(phase);
        const auto next = std::ranges::upper_bound(hooks, place, {}, &BoundHook::place);
        i = static_cast<size_t>(next - hooks.begin()) - 1;
    }
    return Outcome::ok;
}

// The first hook that does not decline decides.
Outcome run_first(Phase phase, Request& request, Response& response)
{
    for (const auto& hook : request.scope->hooks(phase)) {
        const Outcome outcome = hook.run(request, response);
        if (outcome != Outcome::declined) return outcome;
    }
    return Outcome::declined;
}

const Scope& pin(Request& request, const Matched& matched, const PathEntry* path = nullptr)
{
    const Scope& scope = path ? request.worker->scopes->pin(*request.vhost, matched, path->htaccess)
                              : request.worker->scopes->pin(*request.vhost, matched);
    if (&scope != request.vhost->base.get()) request.exchange->pinned.push_back(&scope);
    return scope;
}

void translate_to_document_root(Request& request)
{
    const auto& root = request.scope->core().document_root;
    const std::string_view directory = root ? std::string_view(*root) : std::string_view();
    if (const auto rest = below_server_path(*request.vhost, request.uri)) {
        const size_t name = std::min(rest->find_first_not_of('/'), rest->size());
        request.filename =
            request.arena.join(directory, directory.ends_with('/') ? "" : "/", rest->substr(name));
    } else if (directory.ends_with('/') && request.uri.starts_with('/')) {
        request.filename = request.arena.join(directory, request.uri.substr(1));
    } else {
        request.filename = request.arena.join(directory, request.uri);
    }
}

bool has_conditions(const VirtualHost& vhost, const Matched& matched)
{
    return !vhost.sections.conditions.empty()
           || std::ranges::any_of(
               matched, [](const Section* section) { return !section->conditions.empty(); });
}

// <Location>s, and the conditions that do not depend on the file's sections, apply already while
// the URI is being translated; the conditions are evaluated anew when the file is known.
void match_early_locations(Request& request)
{
    const auto& sections = request.vhost->sections;
    if (sections.locations.empty() && sections.conditions.empty()) return;
    Matched matched;
    match_locations(sections, request, matched);
    request.scope = &pin(request, matched);
    if (!has_conditions(*request.vhost, matched)) return;
    // Twice, as Apache does (before and after it decodes the URI): it shows where a look-up's walks
    // are compared with its parent's, which happens by their number.
    Matched once = matched;
    match_conditions(sections, request, once);
    match_conditions(sections, request, matched);
    request.scope = &pin(request, matched);
}

// Apache's words for a path that could not be walked; a wrong .htaccess file was reported already.
void log_refused_path(const Request& request, const PathEntry& entry)
{
    if (entry.apache_id.empty()) return;
    LogEvent event{.severity = Severity::error, .module = "core", .apache_id = entry.apache_id};
    if (entry.apache_id == "AH00037") {
        log_event(request, event, entry.reason, ": ", entry.filename);
    } else if (entry.apache_id == "AH00036") {
        event.system_error = ENAMETOOLONG;
        log_event(request, event, "access to ", request.uri, " failed (filesystem path '",
                  entry.filename, "')");
    } else {
        event.system_error = EACCES;
        log_event(request, event, "access to ", request.uri, " denied (filesystem path '",
                  entry.filename, "') ", entry.reason);
    }
}

constexpr std::string_view proxied = "proxy:"; // begins the filename of what is another server's

// Another server's: there is no file, and <Proxy> sections stand in for those of directories. They
// came first of all, <Location>s and conditions lie over them.
void match_proxied(Request& request, std::string_view url)
{
    const auto& sections = request.vhost->sections;
    Matched matched;
    match_proxies(sections, url, request, matched);
    if (matched.empty()) return; // what has matched early is all there is
    match_locations(sections, request, matched);
    request.scope = &pin(request, matched);
    if (!has_conditions(*request.vhost, matched)) return;
    match_conditions(sections, request, matched);
    request.scope = &pin(request, matched);
}

// Finds the file and the final scope.
Outcome map_to_storage(Request& request)
{
    if (request.filename.starts_with(proxied)) {
        match_proxied(request, request.filename.substr(proxied.size()));
        return Outcome::ok;
    }
    auto path = request.worker->paths->look_up(request);
    PathEntry& entry = *path;
    request.exchange->paths.push_back(std::move(path));
    request.path = &entry;
    request.file = entry.file;
    request.filename = entry.filename;
    // A look-up of a whole file name may bring path info of its own.
    if (!request.parent || !entry.path_info.empty()) request.path_info = entry.path_info;

    const auto& sections = request.vhost->sections;
    if (entry.status != 0) {
        // What could not be walked to the end has no sections of its own.
        request.scope = request.vhost->base.get();
        // A .htaccess file that is wrong: in this directory.
        if (entry.apache_id.empty() && !request.filename.ends_with('/')) {
            request.filename = request.arena.join(request.filename, "/");
        }
    } else if (sections.locations.empty() && !has_conditions(*request.vhost, entry.matched)) {
        request.scope = entry.scope;
    } else {
        Matched matched = entry.matched;
        match_locations(sections, request, matched);
        // Conditions see the configuration merged so far.
        request.scope = &pin(request, matched, &entry);
        if (has_conditions(*request.vhost, matched)) {
            match_conditions(sections, request, matched);
            request.scope = &pin(request, matched, &entry);
        }
    }
    if (entry.status == 0) return Outcome::ok;
    log_refused_path(request, entry);
    return entry.status;
}

// What stands under the same configuration as the request it replaces or serves is not asked again
// who may see it, as in Apache: an ErrorDocument can explain why its own directory is forbidden.
bool inherits_admission(Request& request)
{
    for (const Request* from : {request.previous, request.parent}) {
        if (!from || from->scope != request.scope) continue;
        request.user = from->user;
        request.auth_type = from->auth_type;
        return true;
    }
    return false;
}

// Apache's names of the phases; those of `access` are told apart by the modules themselves.
void trace_refusal(const Request& request, Phase phase, int status)
{
    switch (phase) {
    case Phase::authenticate: return trace_phase(request, "check user", status);
    case Phase::authorize: return trace_phase(request, "check authorization", status);
    case Phase::type: return trace_phase(request, "find types", status);
    case Phase::fixup: return trace_phase(request, "fixups", status);
    default: return;
    }
}

void trace_admission(const Request& request)
{
    log_event(request, {.severity = Severity::debug, .trace = 3, .module = "core"},
              "request authorized without authentication by access_checker_ex hook: ", request.uri);
}

// Longer than any file name may be: no need to ask the file system.
Outcome refuse_long_path(const Request& request)
{
    log_event(request,
              {.severity = Severity::error,
               .module = "core",
               .apache_id = "AH00127",
               .system_error = ENAMETOOLONG},
              "Cannot map ", request.request_line, " to file");
    trace_phase(request, "translate", 403);
    return 403;
}

// From the file's name on.
Outcome run_file_phases(Request& request, Response& response)
{
    if (request.filename.size() >= PATH_MAX && !request.filename.starts_with(proxied))
        return refuse_long_path(request);
    Outcome outcome = map_to_storage(request);
    if (outcome != Outcome::ok) return outcome;
    request.is_plain = request.path && is_plain(request);
    if (const KeptAnswer* kept = request.path ? kept_answer(request) : nullptr) {
        repeat_answer(*kept, request, response);
        open_shortcut(request);
        return Outcome::done;
    }
    const bool is_admitted = inherits_admission(request);
    for (const Phase phase : {Phase::header_parse, Phase::access, Phase::authenticate,
                              Phase::authorize, Phase::type, Phase::fixup}) {
        if (request.parent && phase == Phase::header_parse) continue;
        if (is_admitted && phase >= Phase::access && phase <= Phase::authorize) continue;
        if (request.admitted && (phase == Phase::authenticate || phase == Phase::authorize))
            continue;
        // Who has found out who the client is, or what the file is, has: others are not asked.
        const bool one_decides = phase == Phase::authenticate || phase == Phase::type;
        outcome =
            one_decides ? run_first(phase, request, response) : run_all(phase, request, response);
        if (outcome.is_status()) trace_refusal(request, phase, outcome.status());
        if (outcome.is_status() || outcome == Outcome::done) return outcome;
        if (phase == Phase::access && request.admitted) trace_admission(request);
    }
    return Outcome::ok;
}

// From the URI to a filename.
Outcome translate(Request& request, Response& response)
{
    match_early_locations(request);
    if (const Outcome answer = answer_server_wide(request, response); answer != Outcome::declined)
        return answer;
    const Outcome outcome = run_first(Phase::translate, request, response);
    if (outcome.is_status()) trace_phase(request, "translate", outcome.status());
    if (outcome.is_status() || outcome == Outcome::done) return outcome;
    if (!request.filename.empty()) return Outcome::ok;
    if (!request.uri.starts_with('/')) {
        log_event(request, {.severity = Severity::error, .module = "core", .apache_id = "AH00126"},
                  "Invalid URI in request '", request.uri, "' ", request.request_line);
        return 400;
    }
    translate_to_document_root(request);
    return Outcome::ok;
}

} // namespace

Outcome run_phases(Request& request, Response& response)
{
    const bool is_file_known = request.parent && !request.filename.empty(); // lookup_entry
    const Outcome outcome = is_file_known ? Outcome::ok : translate(request, response);
    return outcome == Outcome::ok ? run_file_phases(request, response) : outcome;
}

Outcome run_handler(Request& request, Response& response)
{
    request.is_handled = true;
    const Outcome outcome = run_first(Phase::handler, request, response);
    if (outcome != Outcome::declined) return outcome;
    // A script whose handler is missing must not be sent as a file: its source is a secret.
    if (!request.handler.empty() && request.handler != "default-handler"
        && request.file.type == FileInfo::Type::regular) {
        log_event(request, {.severity = Severity::error,
                            .module = "core",
                            .id = 240,
                            .text = request.arena.join("handler \"", request.handler,
                                                       "\" not found for: ", request.filename)});
        return 500;
    }
    return serve_static_file(request, response);
}

namespace {

// REDIRECT_X for every variable X of the request that is left. (REDIRECT_URL and
// REDIRECT_QUERY_STRING are made for programs only, as CGI's other variables are.)
void hand_over_environment(const Request& from, Request& to)
{
    for (const auto& [name, value] : from.env) to.env.set(to.arena.join("REDIRECT_", name), value);
}

// What a negotiation chose from goes into the entity tag of whatever is served in the end.
void hand_over_list_tag(const Request& from, Request& to)
{
    if (const auto tag = from.notes.find(list_tag_note)) to.notes.set(list_tag_note, *tag);
}

void run_from_phases(RequestPair& pair);

// Goes with 405 and 501. Where no handler has said what it allows, TRACE is what every resource
// has.
std::optional<std::string_view> allow_field(const Request& request, const Response& response,
                                            int status)
{
    if (status != 405 && status != 501) return std::nullopt;
    if (const auto given = response.headers.find("Allow")) return given;
    return allows_trace(request) ? "TRACE" : "";
}

// The status a response ends with: makes the page, or runs the ErrorDocument.
void answer_with_status(RequestPair& pair, int status)
{
    Request& request = pair.request;
    Response& response = pair.response;
    const bool nested = request.error_status != 0;
    if (!http::is_known_status(status)) status = 500;
    response.status = status;
    response.reason = {};
    if (http::forbids_body(status)) { // 304 tells the validators, and no content
        response.is_error_page = true;
        response.body.clear();
        response.headers.remove("Content-Length");
        return;
    }
    // The next request of the connection follows the body. (A status that ends the connection
    // leaves it alone; a client that waits for 100 Continue sends none.)
    if (request.body && !nested && !http::drops_connection(status)) {
        if (const int problem = discard_body(request, response); problem != 0)
            response.status = status = problem;
    }
    const auto& documents = request.scope->core().error_documents;
    const auto found = documents.find(status);
    const bool has_document =
        found != documents.end() && !nested && found->second.kind != ErrorDocument::Kind::built_in;
    if (!has_document) {
        // A redirect's Location survives; everything else about the failed content goes.
        const auto location = response.headers.find("Location");
        const auto allow = allow_field(request, response, status);
        response.headers.clear();
        if (location && status < 400) response.headers.set("Location", *location);
        if (allow) response.headers.set("Allow", *allow);
        if (nested) { // the page is about the first failure
            response.status = request.error_status;
            response.counts_nothing = true;
        }
        make_error_page(request, response, nested ? status : 0);
        return;
    }
    const ErrorDocument& document = found->second;
    std::string_view value = document.value;
    if (document.expression) {
        RequestExpression context(request);
        if (auto text = document.expression->string(context)) value = request.arena.copy(*text);
    }
    switch (document.kind) {
    case ErrorDocument::Kind::external:
        response.status = 302;
        response.headers.clear();
        response.headers.set("Location", value);
        make_error_page(request, response);
        return;
    case ErrorDocument::Kind::text:
        if (const auto allow = allow_field(request, response, status)) {
            response.headers.clear();
            response.headers.set("Allow", *allow);
        } else {
            response.headers.clear();
        }
        response.body.clear();
        response.is_error_page = true;
        response.content_type = "text/html; charset=iso-8859-1";
        response.charset = {};
        response.content_encodings.clear();
        response.content_languages.clear();
        response.body.add(value);
        return;
    default: break;
    }
    RequestPair& document_pair = request.exchange->derive(request);
    Request& next = document_pair.request;
    next.previous = &request;
    next.error_status = status;
    next.uri = next.unparsed_uri = value;
    next.rewriting_ended = request.rewriting_ended;
    hand_over_environment(request, next);
    next.env.set("REDIRECT_STATUS", request.arena.copy(std::to_string(status)));
    if (!request.error_notes.empty()) next.env.set("REDIRECT_ERROR_NOTES", request.error_notes);
    next.env.set("REDIRECT_REQUEST_METHOD", next.method_name);
    if (next.method != http::Method::get) {
        next.method = http::Method::get;
        next.method_name = "GET";
    }
    hand_over_list_tag(request, next);
    document_pair.response.always_headers = response.always_headers;
    document_pair.response.status = status;
    request.exchange->final = &document_pair;
    run_from_phases(document_pair);
}

// The URL of an internal redirect is parsed as if a client had sent it.
Outcome parse_redirect(Request& request)
{
    auto uri = request.uri.substr(0, request.uri.find('#'));
    if (const size_t mark = uri.find('?'); mark != uri.npos) {
        request.query = uri.substr(mark + 1);
        uri = uri.substr(0, mark);
    }
    const auto& core = request.scope->core();
    const auto path =
        http::normalize_path(uri, core.encoded_slashes.value_or(http::EncodedSlashes::refuse),
                             core.merge_slashes.value_or(true), request.arena);
    request.path_escaped = uri;
    request.uri = path.path;
    return path.status != 0 ? Outcome(path.status) : Outcome::ok;
}

void run_from_phases(RequestPair& pair)
{
    Request& request = pair.request;
    Response& response = pair.response;
    Outcome outcome = request.previous ? parse_redirect(request) : Outcome::ok;
    if (outcome == Outcome::ok) outcome = run_all(Phase::post_read, request, response);
    if (outcome == Outcome::ok) outcome = run_phases(request, response);
    if (outcome == Outcome::ok) {
        insert_filters(request, response);
        outcome = run_handler(request, response);
    }
    RequestPair& last = *request.exchange->final;
    if (outcome.is_status() && !last.response.head_sent) answer_with_status(last, outcome.status());
}

} // namespace

namespace {

// The log is written when nothing can wait any more: the name that HostnameLookups wants in it has
// to be known by then.
void look_up_host_for_log(const Exchange& exchange)
{
    (void)client_host(exchange.final->request);
}

} // namespace

void run_pipeline(Exchange& exchange)
{
    exchange.first.request.worker->show_request(exchange.first.request);
    run_from_phases(exchange.first);
    look_up_host_for_log(exchange);
}

void refuse_request(Exchange& exchange, int status)
{
    Request& request = exchange.first.request;
    request.worker->show_request(request);
    (void)run_all(Phase::post_read, request, exchange.first.response);
    answer_with_status(exchange.first, status);
    look_up_host_for_log(exchange);
}

void finish_exchange(Exchange& exchange)
{
    RequestPair& final = *exchange.final;
    const Request& first = exchange.first.request;
    const Scope* last = first.scope ? first.scope : first.vhost->base.get();
    for (const auto& hook : last->hooks(Phase::log)) {
        (void)hook.run(final.request, final.response);
    }
    auto& scopes = *exchange.first.request.worker->scopes;
    for (const Scope* scope : exchange.pinned) scopes.unpin(*scope);
    exchange.pinned.clear();
    exchange.paths.clear();
}

namespace {

// A part of a page: what the redirect leads to is written where the part belongs.
Outcome include_redirected(RequestPair& pair, const Request& from)
{
    pair.request.parent = from.parent;
    Outcome outcome = parse_redirect(pair.request);
    if (outcome == Outcome::ok) outcome = run_all(Phase::post_read, pair.request, pair.response);
    if (outcome == Outcome::ok) outcome = run_phases(pair.request, pair.response);
    if (outcome == Outcome::ok) outcome = include(pair.request, *from.response->sink());
    return outcome.is_status() ? outcome : Outcome::done;
}

} // namespace

Outcome internal_redirect(Request& request, Response& response, std::string_view uri)
{
    if (exceeds_recursion_limit(request)) return 500;
    RequestPair& pair = request.exchange->derive(request);
    pair.request.previous = &request;
    pair.request.error_status = request.error_status;
    pair.request.body = request.body;
    pair.request.uri = pair.request.unparsed_uri = uri;
    pair.request.rewriting_ended = request.rewriting_ended;
    hand_over_environment(request, pair.request);
    pair.request.env.set("REDIRECT_STATUS", request.arena.copy(std::to_string(response.status)));
    if (const auto vary = response.headers.find("Vary");
        vary && request.notes.has("redirect-keeps-vary")) {
        pair.response.headers.set("Vary", *vary);
    }
    hand_over_list_tag(request, pair.request);
    pair.response.no_cache = response.no_cache;
    pair.response.always_headers = response.always_headers;
    pair.response.status = response.status;
    if (request.parent) return include_redirected(pair, request);
    request.exchange->final = &pair;
    run_from_phases(pair);
    return Outcome::done;
}

} // namespace signet::server
