#include "modules/mod_rewrite/engine.h"

#include "base/text.h"
#include "modules/mod_rewrite/actions.h"
#include "modules/mod_rewrite/trace.h"
#include "modules/mod_rewrite/uris.h"
#include "server/core_config.h"
#include "server/response.h"
#include "server/scope.h"

namespace signet::mod_rewrite {
namespace {

using server::Request;

constexpr size_t usual_request_line = 8190; // LimitRequestLine

enum class Match : uint8_t { none, kept, substituted, refused };

// The URL as the rule sees it: in a directory without the directory, but with the path info.
void set_url(Context& context)
{
    const Request& request = context.request;
    context.url = request.filename;
    if (!context.is_per_directory()) return;
    if (!request.path_info.empty()) {
        trace(request, 3, context.directory, "add path info postfix: ", context.url, " -> ",
              context.url, request.path_info);
        context.url = context.join(context.url, request.path_info);
    }
    if (!context.url.starts_with(context.directory)) return;
    const auto rest = context.url.substr(context.directory.size());
    trace(request, 3, context.directory, "strip per-dir prefix: ", context.url, " -> ", rest);
    context.url = rest;
}

bool matches_pattern(const Rule& rule, Context& context)
{
    trace(context.request, 3, context.directory, "applying pattern '", rule.written, "' to uri '",
          context.url, "'");
    config::Captures found;
    if (rule.regex->match(context.url, found) == rule.negated) return false;
    context.rule = found; // of a negated pattern: none
    context.condition = {};
    context.vary = {};
    return true;
}

bool conditions_hold(const Rule& rule, Context& context)
{
    for (size_t i = 0; i < rule.conditions.size(); ++i) {
        const Condition& condition = *rule.conditions[i];
        const bool result = holds(condition, context);
        if (condition.tells_no_vary) context.vary_this = {};
        if (condition.or_next) {
            if (!result) {
                context.vary_this = {};
                continue;
            }
            while (i < rule.conditions.size() && rule.conditions[i]->or_next) ++i;
        } else if (!result) {
            return false;
        }
        if (context.vary_this.empty()) continue;
        context.vary =
            context.join(context.vary, context.vary.empty() ? "" : ", ", context.vary_this);
        context.vary_this = {};
    }
    return true;
}

// A question mark that the rule's author did not write (it came as %3F) must not begin a query.
bool smuggles_query(const Rule& rule, const QuestionMarks& marks, const Request& request)
{
    const bool is_foreign =
        rule.splits_at_last_mark ? marks.last_is_foreign : marks.first_is_foreign;
    if (rule.allows_encoded_mark || !is_foreign) return false;
    server::log_event(request, {.module = "rewrite",
                                .apache_id = "AH10508",
                                .id = 747,
                                .text = "Unsafe URL with %3f URL rewritten without UnsafeAllow3F"});
    return true;
}

// Takes the query out of request.filename.
void split_query(const Rule& rule, Context& context)
{
    Request& request = context.request;
    if (rule.has_no_query) {
        trace(request, 2, "", "discarding query string, no parse from substitution");
        request.query.reset();
        return;
    }
    if (const auto scheme = scheme_of(request.filename); scheme.length != 0 && !scheme.has_query) {
        request.query.reset();
        return;
    }
    if (rule.discards_query) {
        trace(request, 2, "", "discarding query string");
        request.query.reset();
    }
    const size_t mark =
        rule.splits_at_last_mark ? request.filename.rfind('?') : request.filename.find('?');
    if (mark == request.filename.npos) return;
    const auto whole = request.filename;
    const auto made = whole.substr(mark + 1);
    request.filename = whole.substr(0, mark);
    if (!rule.appends_query) {
        request.query = made;
    } else if (!made.empty()) {
        request.query = context.join(made, "&", request.query.value_or(""));
    }
    if (request.query && request.query->ends_with('&')) request.query->remove_suffix(1);
    if (request.query && request.query->empty()) request.query.reset();
    trace(request, 3, "", "split uri=", whole, " -> uri=", request.filename,
          ", args=", request.query.value_or("<none>"));
}

// Relative to the directory, or to the root.
std::string_view complete(const Rule& rule, std::string_view made, const Context& context)
{
    if (made.starts_with('/') || is_absolute_uri(made)) return made;
    if (context.is_per_directory()) {
        trace(context.request, 3, context.directory, "add per-dir prefix: ", made, " -> ",
              context.directory, made);
        return context.join(context.directory, made);
    }
    if (rule.proxies || rule.redirects) return made;
    trace(context.request, 3, context.directory, "add root prefix: ", made, " -> /", made);
    return context.join("/", made);
}

std::string_view merge_leading_slashes(const Rule& rule, std::string_view made)
{
    if (rule.keeps_leading_slashes || rule.output.starts_with("//")) return made;
    while (made.starts_with("//")) made.remove_prefix(1);
    return made;
}

// What becomes of the substitution: this server's path, a redirect, or another server's answer.
void direct(const Rule& rule, Rewritten& result, Context& context)
{
    Request& request = context.request;
    if (rule.proxies) {
        if (context.is_per_directory() && !rule.keeps_escapes)
            request.filename = escape_uri(request.filename, request.arena);
        request.filename = qualify(request.filename, request);
        trace(request, 2, context.directory, "forcing proxy-throughput with ", request.filename);
        request.filename = context.join(proxy_prefix, request.filename);
        return;
    }
    if (rule.redirects) {
        request.filename = qualify(request.filename, request);
        trace(request, 2, context.directory, "explicitly forcing redirect with ", request.filename);
        result.status = rule.status;
        return;
    }
    if (const auto path = reduce(request.filename, request); path != request.filename) {
        trace(request, 3, "", "reduce ", request.filename, " -> ", path);
        request.filename = path;
        result.was_reduced = true;
    }
    if (is_absolute_uri(request.filename)) {
        trace(request, 2, context.directory,
              "implicitly forcing redirect (rc=", std::to_string(rule.status), " with ",
              request.filename);
        result.status = rule.status;
        return;
    }
    remember_type(rule, context);
}

Match apply(const Rule& rule, Rewritten& result, Context& context)
{
    set_url(context);
    if (!matches_pattern(rule, context) || !conditions_hold(rule, context)) return Match::none;
    Request& request = context.request;
    std::string_view made;
    if (!rule.keeps_url) {
        QuestionMarks marks;
        made = context.join(expand(rule.output, context, &rule, &marks));
        trace(request, 2, context.directory, "rewrite '", context.url, "' -> '", made, "'");
        if (smuggles_query(rule, marks, request)) {
            result.status = 403;
            return Match::refused;
        }
    }
    set_variables(rule, context);
    set_cookies(rule, context);
    if (rule.keeps_url) {
        remember_type(rule, context);
        if (rule.answers_status) {
            trace(request, 2, context.directory, "forcing responsecode ",
                  std::to_string(rule.status), " for ", request.filename);
            result.status = rule.status;
        }
        return Match::kept;
    }
    request.filename = merge_leading_slashes(rule, complete(rule, made, context));
    if (context.is_per_directory() && rule.forgets_path_info) request.path_info = {};
    split_query(rule, context);
    direct(rule, result, context);
    return Match::substituted;
}

void add_vary(const Context& context)
{
    if (context.vary.empty()) return;
    auto& headers = context.request.response->headers;
    const auto had = headers.find("Vary");
    headers.set("Vary", had ? context.join(*had, ", ", context.vary) : context.vary);
}

bool grew_too_long(const Rule& rule, const Request& request)
{
    const size_t limit = 2 * request.scope->core().limit_request_line.value_or(usual_request_line);
    if (request.filename.size() <= limit) return false;
    trace(request, 1, "", "RewriteRule '", rule.written, "' and URI '", request.uri,
          "' exceeded maximum length (", std::to_string(limit), ")");
    return true;
}

bool went_round_too_often(const Rule& rule, int rounds, const Request& request)
{
    if (rounds < rule.most_rounds) return false;
    server::log_event(request, {.module = "rewrite",
                                .apache_id = "AH02596",
                                .id = 746,
                                .text = request.arena.join(
                                    "RewriteRule '", rule.written, "' and URI '", request.uri,
                                    "' exceeded maximum number of rounds (",
                                    std::to_string(rule.most_rounds), ") via the [N] flag")});
    return true;
}

Rewritten end_with(int status)
{
    return {.kind = Rewritten::Kind::status, .status = status};
}

} // namespace

Rewritten apply_rules(const Rules& rules, Context& context)
{
    Request& request = context.request;
    Rewritten result;
    int round = 1;
    for (size_t i = 0; i < rules.size(); ++i) {
        const Rule& rule = *rules[i];
        if (request.parent && (rule.not_in_subrequests || rule.redirects)) continue;
        const Match match = apply(rule, result, context);
        if (match == Match::refused) return end_with(result.status);
        if (match == Match::none) {
            while (i < rules.size() && rules[i]->is_chained) ++i;
            continue;
        }
        if (match == Match::substituted) {
            trace(request, 2, context.directory, "setting lastsub to rule with output ",
                  rule.output);
            result.last_substitution = &rule;
        }
        if (grew_too_long(rule, request)) return end_with(500);
        add_vary(context);
        if (rule.answers_status) return end_with(result.status);
        if (match == Match::substituted) {
            result.kind =
                rule.keeps_escapes ? Rewritten::Kind::changed_as_is : Rewritten::Kind::changed;
        }
        if (rule.passes_through) {
            trace(request, 2, context.directory, "forcing '", request.filename,
                  "' to get passed through to next API URI-to-filename handler");
            result.kind = Rewritten::Kind::changed;
            result.passes_through = true;
            return result;
        }
        if (rule.ends) {
            trace(request, 8, context.directory,
                  "Rule has END flag, no further rewriting for this request");
            request.rewriting_ended = true;
            return result;
        }
        if (rule.proxies || rule.is_last) return result;
        if (rule.starts_over) {
            if (went_round_too_often(rule, ++round, request)) return end_with(500);
            i = static_cast<size_t>(-1); // from the top
        } else if (rule.skips > 0) {
            i += static_cast<size_t>(rule.skips);
        }
    }
    return result;
}

std::optional<int> refuse_bad_query(const Rewritten& result, std::string_view apache_id,
                                    Context& context)
{
    const Request& request = context.request;
    const bool will_be_escaped =
        is_absolute_uri(request.filename) && result.kind != Rewritten::Kind::changed_as_is;
    if (!request.query || will_be_escaped) return std::nullopt;
    for (const char c : *request.query) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > ' ' && byte != 0x7f) continue;
        server::log_event(request,
                          {.module = "rewrite",
                           .apache_id = apache_id,
                           .id = 747,
                           .text = "Rewritten query string contains control characters or spaces"});
        return 403;
    }
    return std::nullopt;
}

int send_redirect(const Rewritten& result, std::optional<std::string_view> old_query,
                  Context& context)
{
    Request& request = context.request;
    const bool as_is = result.kind == Rewritten::Kind::changed_as_is;
    auto target = request.filename;
    if (!as_is) {
        trace(request, 1, context.directory, "escaping ", target, " for redirect");
        target = escape_absolute_uri(target, scheme_of(target).length, request.arena);
    }
    if (request.query) {
        const bool copies = as_is || request.query == old_query;
        const auto query = copies ? *request.query : escape_uri(*request.query, request.arena);
        target = context.join(target, "?", query);
        trace(request, 1, "", copies ? "copying" : "escaping", " ", *request.query,
              " to query string for redirect ", copies ? std::string_view{} : query);
    }
    const int status =
        result.status >= 300 && result.status < 400 && result.status != 304 ? result.status : 302;
    request.response->headers.set("Location", target);
    trace(request, 1, context.directory, "redirect to ", target, " [REDIRECT/",
          std::to_string(status), "]");
    return status;
}

} // namespace signet::mod_rewrite
