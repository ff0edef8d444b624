#include "server/pipeline.h"

#include "base/text.h"
#include "http/status.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/error_page.h"
#include "server/exchange.h"
#include "server/methods.h"
#include "server/path_cache.h"
#include "server/request_expression.h"
#include "server/scope_table.h"
#include "server/section_match.h"
#include "server/static_file.h"
#include "server/subrequest.h"
#include "server/vhost.h"
#include "server/worker.h"

#include <algorithm>
#include <array>

namespace signet::server {
namespace {

constexpr int max_internal_redirects = 10; // LimitInternalRecursion's default

// Every hook of the phase runs; the first status ends it.
Outcome run_all(Phase phase, Request& request, Response& response)
{
    for (const auto& hook : request.scope->hooks(phase)) {
        const Outcome outcome = hook.run(request, response);
        if (outcome.is_status() || outcome == Outcome::done) return outcome;
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

const Scope& pin(Request& request, const Matched& matched)
{
    const Scope& scope = request.worker->scopes->pin(*request.vhost, matched);
    if (&scope != request.vhost->base.get()) request.exchange->pinned.push_back(&scope);
    return scope;
}

// <Location>s apply to the URI already while it is being translated.
void match_early_locations(Request& request)
{
    if (request.vhost->sections.locations.empty()) return;
    Matched matched;
    match_locations(request.vhost->sections, request, matched);
    request.scope = &pin(request, matched);
}

void translate_to_document_root(Request& request)
{
    const auto& root = request.scope->core().document_root;
    const std::string_view directory = root ? std::string_view(*root) : std::string_view();
    if (directory.ends_with('/') && request.uri.starts_with('/')) {
        request.filename = request.arena.join(directory, request.uri.substr(1));
    } else {
        request.filename = request.arena.join(directory, request.uri);
    }
}

bool has_conditions(const VirtualHost& vhost, const Matched& matched)
{
    return !vhost.sections.conditions.empty()
        || std::ranges::any_of(matched, [](const Section* section) { return !section->conditions.empty(); });
}

// Finds the file and the final scope.
Outcome map_to_storage(Request& request)
{
    auto path = request.worker->paths->look_up(request);
    PathEntry& entry = *path;
    request.exchange->paths.push_back(std::move(path));
    request.path = &entry;
    request.file = entry.file;
    request.filename = entry.filename;
    request.path_info = entry.path_info;

    const auto& sections = request.vhost->sections;
    if (sections.locations.empty() && !has_conditions(*request.vhost, entry.matched)) {
        request.scope = entry.scope;
    } else {
        Matched matched = entry.matched;
        match_locations(sections, request, matched);
        // Conditions see the configuration merged so far.
        request.scope = &pin(request, matched);
        if (has_conditions(*request.vhost, matched)) {
            if (auto conditions = match_conditions(sections, request, matched); !conditions) {
                log_event(request, {.severity = Severity::error, .module = "core", .id = 211,
                                    .text = conditions.error().text});
                return 500;
            }
            request.scope = &pin(request, matched);
        }
    }
    if (entry.status == 0) return Outcome::ok;
    const std::string_view text = entry.apache_id == "AH00037"
        ? request.arena.join(entry.reason, ": ", entry.filename)
        : request.arena.join("access to ", request.uri, " denied (filesystem path '", entry.filename, "') ", entry.reason);
    if (!entry.apache_id.empty()) {
        log_event(request, {.severity = Severity::error, .module = "core", .apache_id = entry.apache_id, .text = text});
    }
    return entry.status;
}

} // namespace

Outcome run_phases(Request& request, Response& response)
{
    match_early_locations(request);
    if (const Outcome answer = answer_server_wide(request, response); answer != Outcome::declined) return answer;
    Outcome outcome = run_first(Phase::translate, request, response);
    if (outcome.is_status() || outcome == Outcome::done) return outcome;
    if (request.filename.empty()) {
        if (!request.uri.starts_with('/')) return 400;
        translate_to_document_root(request);
    }
    if (outcome = map_to_storage(request); outcome != Outcome::ok) return outcome;
    for (const Phase phase : {Phase::header_parse, Phase::access, Phase::authenticate, Phase::authorize,
                              Phase::type, Phase::fixup}) {
        if (request.parent && phase == Phase::header_parse) continue;
        if (outcome = run_all(phase, request, response); outcome != Outcome::ok) return outcome;
    }
    return Outcome::ok;
}

namespace {

Outcome run_handler(Request& request, Response& response)
{
    const Outcome outcome = run_first(Phase::handler, request, response);
    return outcome == Outcome::declined ? serve_static_file(request, response) : outcome;
}

int count_redirects(const Request& request)
{
    int count = 0;
    for (const Request* at = request.previous; at; at = at->previous) ++count;
    return count;
}

// REDIRECT_X for every variable X of the request that is left, and what an ErrorDocument is told.
void hand_over_environment(const Request& from, Request& to)
{
    for (const auto& [name, value] : from.env) to.env.set(to.arena.join("REDIRECT_", name), value);
    to.env.set("REDIRECT_URL", from.uri);
    if (from.query) to.env.set("REDIRECT_QUERY_STRING", *from.query);
}

void run_from_phases(RequestPair& pair);

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
    if (request.body && !nested) request.discard_body = true;
    const auto& documents = request.scope->core().error_documents;
    const auto found = documents.find(status);
    const bool has_document = found != documents.end() && !nested
        && found->second.kind != ErrorDocument::Kind::built_in;
    if (!has_document) {
        // A redirect's Location survives; everything else about the failed content goes.
        const auto location = response.headers.find("Location");
        const auto allow = response.headers.find("Allow");
        response.headers.clear();
        if (location && status < 400) response.headers.set("Location", *location);
        if (allow && (status == 405 || status == 501)) response.headers.set("Allow", *allow);
        make_error_page(request, response, nested ? request.error_status : status);
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
        make_error_page(request, response, 302);
        return;
    case ErrorDocument::Kind::text:
        response.headers.clear();
        response.body.clear();
        response.is_error_page = true;
        response.content_type = "text/html; charset=iso-8859-1";
        response.body.add(value);
        return;
    default: break;
    }
    RequestPair& document_pair = request.exchange->derive(request);
    Request& next = document_pair.request;
    next.previous = &request;
    next.error_status = status;
    next.uri = next.unparsed_uri = value;
    hand_over_environment(request, next);
    next.env.set("REDIRECT_STATUS", request.arena.copy(std::to_string(status)));
    if (!request.error_notes.empty()) next.env.set("REDIRECT_ERROR_NOTES", request.error_notes);
    if (next.method != http::Method::get) {
        next.env.set("REDIRECT_REQUEST_METHOD", next.method_name);
        next.method = http::Method::get;
        next.method_name = "GET";
    }
    document_pair.response.always_headers = response.always_headers;
    document_pair.response.status = status;
    request.exchange->final = &document_pair;
    run_from_phases(document_pair);
}

void run_from_phases(RequestPair& pair)
{
    Request& request = pair.request;
    Response& response = pair.response;
    if (const size_t mark = request.uri.find('?'); mark != request.uri.npos && request.previous) {
        request.query = request.uri.substr(mark + 1);
        request.uri = request.uri.substr(0, mark);
    }
    Outcome outcome = run_all(Phase::post_read, request, response);
    if (outcome == Outcome::ok) outcome = run_phases(request, response);
    // A fast redirect made another request the final one: its handler runs.
    RequestPair& final = *request.exchange->final;
    if (outcome == Outcome::ok) outcome = run_handler(final.request, final.response);
    RequestPair& last = *request.exchange->final;
    if (outcome.is_status() && !last.response.head_sent) answer_with_status(last, outcome.status());
}

} // namespace

void run_pipeline(Exchange& exchange) { run_from_phases(exchange.first); }

void refuse_request(Exchange& exchange, int status)
{
    Request& request = exchange.first.request;
    (void)run_all(Phase::post_read, request, exchange.first.response);
    answer_with_status(exchange.first, status);
}

void finish_exchange(Exchange& exchange)
{
    RequestPair& final = *exchange.final;
    for (const auto& hook : exchange.first.request.vhost->base->hooks(Phase::log)) {
        (void)hook.run(final.request, final.response);
    }
    auto& scopes = *exchange.first.request.worker->scopes;
    for (const Scope* scope : exchange.pinned) scopes.unpin(*scope);
    exchange.pinned.clear();
    exchange.paths.clear();
}

Request* lookup(Request& parent, std::string_view uri)
{
    RequestPair& pair = parent.exchange->derive(parent);
    Request& request = pair.request;
    request.parent = &parent;
    request.method = http::Method::get;
    request.method_name = "GET";
    request.env = parent.env;
    if (!uri.starts_with('/')) {
        uri = parent.arena.join(parent.uri.substr(0, parent.uri.rfind('/') + 1), uri);
    }
    if (const size_t mark = uri.find('?'); mark != uri.npos) {
        request.query = uri.substr(mark + 1);
        uri = uri.substr(0, mark);
    }
    const auto normal = http::normalize_path(uri, http::EncodedSlashes::refuse, true, parent.arena);
    request.uri = normal.path;
    request.path_escaped = request.unparsed_uri = uri;
    int depth = 0;
    for (const Request* at = &request; at; at = at->parent) ++depth;
    const Outcome outcome = normal.status != 0   ? Outcome(normal.status)
        : depth > max_internal_redirects         ? Outcome(500)
                                                 : run_phases(request, pair.response);
    pair.response.status = outcome.is_status() ? outcome.status() : 200;
    return &request;
}

Outcome redirect_to(Request& request, Response& response, Request& looked_up)
{
    if (request.parent) { // itself a look-up: what was found is its result
        request.uri = looked_up.uri;
        request.query = looked_up.query;
        request.filename = looked_up.filename;
        request.path_info = looked_up.path_info;
        request.file = looked_up.file;
        request.path = looked_up.path;
        request.scope = looked_up.scope;
        request.handler = looked_up.handler;
        response.content_type = looked_up.response->content_type;
        return Outcome::ok;
    }
    looked_up.parent = nullptr;
    looked_up.previous = &request;
    looked_up.body = request.body;
    looked_up.method = request.method;
    looked_up.method_name = request.method_name;
    looked_up.error_status = request.error_status;
    Response& next = *looked_up.response;
    next.status = response.status;
    next.always_headers = response.always_headers;
    for (const auto& [name, value] : response.headers) next.headers.add(name, value);
    for (const auto& [name, value] : request.env) {
        if (!looked_up.env.has(name)) looked_up.env.set(name, value);
    }
    for (const auto& [name, value] : request.notes) looked_up.notes.set(name, value);
    request.exchange->final = request.exchange->pair_of(looked_up);
    return Outcome::ok;
}

Outcome internal_redirect(Request& request, Response& response, std::string_view uri)
{
    if (count_redirects(request) >= max_internal_redirects) {
        log_event(request, {.severity = Severity::error, .module = "core", .apache_id = "AH00124",
                            .text = "Request exceeded the limit of 10 internal redirects due to probable configuration "
                                    "error. Use 'LimitInternalRecursion' to increase the limit if necessary. Use "
                                    "'LogLevel debug' to get a backtrace."});
        return 500;
    }
    RequestPair& pair = request.exchange->derive(request);
    pair.request.previous = &request;
    pair.request.error_status = request.error_status;
    pair.request.body = request.body;
    pair.request.uri = pair.request.unparsed_uri = uri;
    hand_over_environment(request, pair.request);
    pair.response.always_headers = response.always_headers;
    pair.response.status = response.status;
    request.exchange->final = &pair;
    run_from_phases(pair);
    return Outcome::done;
}

} // namespace signet::server
