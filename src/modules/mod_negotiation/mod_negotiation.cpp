// mod_negotiation: one address, several representations; the client gets the one it can use best.
//
//     Options +MultiViews                     /page is page.html.en, page.html.de or page.txt.gz
//     AddHandler type-map .var                a file that lists the variants and their qualities
//     LanguagePriority en de fr               when the client does not say, or likes several alike
//     ForceLanguagePriority Prefer Fallback   instead of 300 (several) and 406 (none)
//     CacheNegotiatedDocs On                  HTTP/1.0 caches may keep what a type map chose
//
// It looks at Accept, Accept-Language, Accept-Charset, Accept-Encoding and Negotiate, and at the
// environment: prefer-language, no-gzip, gzip-only-text/html. The choice is Apache's, so is what
// caches are told (Vary, TCN, Content-Location, Alternates). Acts when LoadModule names this
// module, or when the configuration has no LoadModule.
// https://httpd.apache.org/docs/2.4/mod/mod_negotiation.html
#include "base/file.h"
#include "base/text.h"
#include "http/token.h"
#include "http/uri.h"
#include "modules/list.h"
#include "modules/mod_negotiation/negotiation.h"
#include "server/byte_ranges.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/discard_body.h"
#include "server/error_log.h"
#include "server/methods.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/static_file.h"
#include "server/subrequest.h"

#include <algorithm>

namespace signet::mod_negotiation {
namespace {

using config::allowed_everywhere, config::allowed_server, config::override_file_info,
    config::override_none;
using server::FileInfo, server::Outcome, server::Repeats, server::Request, server::Response,
    server::Takes, server::Words;

constexpr int bad_force = 926;
constexpr int bad_map = 927;
constexpr int none_fits = 929;

Config merge(const Config& outer, const Config& inner)
{
    return {
        .language_priority =
            inner.language_priority ? inner.language_priority : outer.language_priority,
        .force = inner.force != 0 ? inner.force : outer.force,
        .caches_documents = inner.caches_documents || outer.caches_documents,
        .loaded = inner.loaded || outer.loaded,
    };
}

Result<void> language_priority(Config& config, const Words& words)
{
    if (!config.language_priority) config.language_priority.emplace();
    for (size_t i = 0; i < words.size(); ++i) config.language_priority->push_back(words[i]);
    return {};
}

Result<void> force_language_priority(Config& config, const Words& words)
{
    constexpr auto expected = "None, or Prefer and Fallback";
    constexpr auto fix = "ForceLanguagePriority Prefer Fallback";
    for (size_t i = 0; i < words.size(); ++i) {
        if (iequals(words[i], "None")) {
            if ((config.force & ~force_none) != 0) {
                return words.refuse(bad_force,
                                    "Cannot combine ForceLanguagePriority options with None",
                                    expected, fix);
            }
            config.force = force_none;
            continue;
        }
        const bool prefers = iequals(words[i], "Prefer");
        if (!prefers && !iequals(words[i], "Fallback")) {
            return words.refuse(bad_force, "Invalid ForceLanguagePriority option " + words[i],
                                expected, fix);
        }
        if (config.force & force_none) {
            return words.refuse(
                bad_force,
                std::string("Cannot combine ForceLanguagePriority options None and ")
                    + (prefers ? "Prefer" : "Fallback"),
                expected, fix);
        }
        config.force |= prefers ? force_prefer : force_fallback;
    }
    return {};
}

Result<void> cache_negotiated_docs(Config& config, const Words& words)
{
    config.caches_documents = words.on();
    return {};
}

bool is_active(const Config& config, const Request& request)
{
    return config.loaded || !request.configuration->names_modules;
}

Outcome client_left(const Error& error)
{
    return error.kind == Error::Kind::cancelled ? Outcome::done : Outcome(403);
}

// Reads the type map `map` (the request itself, or what MultiViews found) into the negotiation.
Outcome read_map(Request& request, Request& map, Negotiation& negotiation)
{
    const auto complain = [&](std::string_view apache_id, std::string_view text) {
        server::log_event(
            request,
            {.module = "negotiation", .apache_id = apache_id, .id = bad_map, .text = text});
    };
    const auto text = read_file(std::string(map.filename));
    if (!text) {
        complain("AH00683", request.arena.join("cannot access type map file: ", map.filename));
        return text.error().kind == Error::Kind::not_found ? 404 : 403;
    }
    const auto name = map.filename.substr(map.filename.rfind('/') + 1); // npos + 1 is 0
    TypeMap read = parse_type_map(request.arena.copy(*text), map.filename, name, request.arena);
    if (!read.apache_id.empty()) complain(read.apache_id, read.message);
    if (read.is_useless) return 500;
    negotiation.variants = std::move(read.variants);
    if (map.path) {
        negotiation.set_list_tag(server::entity_tag(request, *map.path));
    }
    return Outcome::ok;
}

// MultiViews: a name that is no file.

Outcome answer_views(const Config& config, Request& request, Response& response)
{
    auto views = find_views(request);
    if (!views) {
        if (views.error().kind != Error::Kind::cancelled) {
            const auto folder = request.filename.substr(0, request.filename.rfind('/') + 1);
            server::log_event(
                request, {.module = "negotiation",
                          .apache_id = "AH00686",
                          .text = request.arena.join("cannot read directory for multi: ", folder)});
        }
        return client_left(views.error());
    }
    Negotiation negotiation(config, request, response);
    if (views->map) {
        if (const Outcome read = read_map(request, *views->map, negotiation); read.is_status())
            return read;
    } else if (views->found_any && views->variants.empty()) {
        server::log_event(request, {.module = "negotiation",
                                    .apache_id = "AH00687",
                                    .id = none_fits,
                                    .text = request.arena.join(
                                        "Negotiation: discovered file(s) matching request: ",
                                        request.filename, " (None could be negotiated).")});
        return 404;
    } else {
        negotiation.variants = std::move(views->variants);
        negotiation.set_list_tag(server::directory_tag(request, views->directory_mtime_micros));
    }
    if (negotiation.variants.empty()) return Outcome::declined;
    const bool prefers_scripts =
        request.method != http::Method::get || request.query || !request.path_info.empty();
    if (const Outcome outcome = negotiation.run(prefers_scripts); outcome.is_status())
        return outcome;
    Variant& best = *negotiation.best();
    if (!best.looked_up) {
        Request* found = server::lookup_file(request, best.file_name);
        if (found->response->status != 200) return found->response->status;
        best.looked_up = found;
    }
    if (!best.looked_up->query) best.looked_up->query = request.query;
    request.is_plain = false; // other clients get other variants
    return server::redirect_to(request, response, *best.looked_up);
}

Outcome find_variant(const Config& config, Request& request, Response& response)
{
    if (request.file.type != FileInfo::Type::none || !is_active(config, request))
        return Outcome::declined;
    if (!(request.scope->core().options & server::option_multiviews)) return Outcome::declined;
    if (!request.filename.starts_with('/')) return Outcome::declined; // another server's
    return answer_views(config, request, response);
}

// Type maps.

bool is_type_map(const Request& request, const Response& response)
{
    if (!request.handler.empty())
        return request.handler == "type-map" || request.handler == "application/x-type-map";
    const auto type = response.content_type;
    return trim(type.substr(0, type.find(';'))) == "application/x-type-map";
}

// The body that stands in the map itself.
Outcome serve_body(const Variant& variant, Request& request, Response& response)
{
    if (request.method != http::Method::get && request.method != http::Method::post) {
        response.headers.set("Allow", server::allowed_methods(request));
        return 405;
    }
    if (!variant.type.empty()) {
        response.charset = {};
        response.content_type =
            variant.charset.empty()
                ? variant.type
                : request.arena.join(variant.type, "; charset=", variant.charset);
    }
    if (!variant.languages.empty()) response.content_languages = variant.languages;
    if (!variant.encoding.empty()) response.content_encodings = {variant.encoding};
    if (request.body) {
        if (const int status = server::discard_body(request, response); status != 0) return status;
    }
    const std::string_view body = *variant.body;
    const auto add = [&](uint64_t offset, uint64_t length) {
        response.body.add(body.substr(offset, length));
    };
    response.headers.set("Accept-Ranges", request.scope->core().max_ranges == 0U
                                              ? std::string_view("none")
                                              : std::string_view("bytes"));
    if (response.status == 200) {
        std::vector<http::ByteRange> ranges;
        const Outcome ranged = server::choose_ranges(request, response, body.size(), ranges);
        if (ranged.is_status()) return ranged;
        if (ranged == Outcome::ok) {
            server::send_ranges(request, response, body.size(), ranges, add);
            return Outcome::ok;
        }
    }
    response.headers.set("Content-Length", request.arena.copy(std::to_string(body.size())));
    if (!request.head_only || response.filters) add(0, body.size());
    return Outcome::ok;
}

// The chosen variant's address: beside the map, with what followed the map's name.
std::string_view address_of(const Variant& variant, const Request& request)
{
    auto uri = request.uri;
    if (!request.path_info.empty() && uri.ends_with(request.path_info))
        uri.remove_suffix(request.path_info.size());
    const auto folder = http::escape_path(uri.substr(0, uri.rfind('/') + 1), request.arena);
    const auto address = request.arena.join(folder, variant.file_name, request.path_info);
    return request.query ? request.arena.join(address, "?", *request.query) : address;
}

Outcome serve_type_map(const Config& config, Request& request, Response& response)
{
    if (!is_type_map(request, response) || !is_active(config, request)) return Outcome::declined;
    if (request.file.type > FileInfo::Type::regular) return Outcome::declined;
    Negotiation negotiation(config, request, response);
    if (const Outcome read = read_map(request, request, negotiation); read.is_status()) return read;
    if (const Outcome outcome = negotiation.run(false); outcome.is_status()) return outcome;
    response.no_cache = !config.caches_documents && request.version < http::Version::http11;
    const Variant& best = *negotiation.best();
    if (best.body) return serve_body(best, request, response);
    return server::internal_redirect(request, response, address_of(best, request));
}

// "x-gzip" and "gzip" are the same: the answer says it as the client did.
Outcome name_encoding(const Config& config, Request& request, Response& response)
{
    auto& encodings = response.content_encodings;
    if (encodings.size() != 1 || !is_active(config, request)) return Outcome::declined;
    const auto wishes = parse_wishes(request.headers.find("Accept-Encoding"), request.arena);
    if (!wishes) return Outcome::declined;
    auto name = encodings.front();
    if (name.starts_with("x-")) name.remove_prefix(2);
    for (const Wish& wish : *wishes) {
        if (wish.name == name) {
            encodings.front() = wish.name;
            return Outcome::ok;
        }
        if (wish.name.starts_with("x-") && wish.name.substr(2) == name)
            encodings.front() = wish.name;
    }
    return Outcome::ok;
}

void switch_on(Config& config)
{
    config.loaded = true;
}

constexpr server::Directive<Config> directives[] = {
    {"CacheNegotiatedDocs", Takes::flag, cache_negotiated_docs, allowed_server, override_none,
     "On or Off"},
    {"LanguagePriority", Takes::iterate, language_priority, allowed_everywhere, override_file_info,
     "languages, the best first"},
    {"ForceLanguagePriority", Takes::iterate, force_language_priority, allowed_everywhere,
     override_file_info, "None, or Prefer and Fallback"},
};
constexpr server::Hook<Config> hooks[] = {
    // It acts only where there is no file, and then nothing is kept.
    {server::Phase::type, server::Order::first, find_variant, nullptr,
     server::repeats_as<Config, Repeats::always>},
    // Answers with a Content-Encoding are never kept.
    {server::Phase::fixup, server::Order::middle, name_encoding, nullptr,
     server::repeats_as<Config, Repeats::always>},
    {server::Phase::handler, server::Order::middle, serve_type_map},
};
constexpr server::Extras<Config> extras{.loaded = switch_on};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("negotiation_module", "mod_negotiation.c",
                                                directives, hooks, &extras);
}

} // namespace signet::mod_negotiation

namespace signet::modules {

server::Module mod_negotiation()
{
    return mod_negotiation::module();
}

} // namespace signet::modules
