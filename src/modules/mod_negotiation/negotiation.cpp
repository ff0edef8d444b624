#include "modules/mod_negotiation/negotiation.h"

#include "base/text.h"
#include "http/token.h"
#include "modules/mod_negotiation/description.h"
#include "server/directory_walk.h"
#include "server/error_log.h"
#include "server/static_file.h"
#include "server/subrequest.h"

#include <algorithm>

namespace signet::mod_negotiation {
namespace {

using server::Outcome, server::Request;

// Of the files beside the resource, where a type map does not say.
class FileLengths final : public Lengths {
public:
    explicit FileLengths(const Request& request)
        : folder_(request.filename.substr(0, request.filename.rfind('/') + 1))
    {
    }
    int64_t of(Variant& variant) override
    {
        if (variant.length) return *variant.length;
        server::FileInfo info;
        const auto path = folder_ + std::string(variant.file_name);
        variant.length = server::stat_file(path, info) ? static_cast<int64_t>(info.size) : -1;
        return *variant.length;
    }

private:
    std::string folder_;
};

} // namespace

Negotiation::Negotiation(const Config& config, server::Request& request, server::Response& response)
    : config_(config)
    , request_(request)
    , response_(response)
{
    const auto read = [&](std::string_view field) {
        return parse_wishes(request.headers.find(field), request.arena);
    };
    client_.types = read("Accept");
    client_.encodings = read("Accept-Encoding");
    client_.languages = read("Accept-Language");
    client_.charsets = read("Accept-Charset");
    client_.weighs_types = client_.types && std::ranges::any_of(*client_.types, [](const Wish& w) {
                               return w.quality < 1;
                           });
}

void Negotiation::set_list_tag(const std::string& tag)
{
    request_.notes.set(server::list_tag_note, request_.arena.copy(tag));
}

// RFC 2295 knows no variants elsewhere, none without an address, and nothing but GET.
void Negotiation::decide_transparency()
{
    is_transparent_ =
        request_.method == http::Method::get && request_.path_info.empty()
        && std::ranges::none_of(variants, [](const Variant& variant) {
               return variant.body || variant.file_name.find('/') != std::string_view::npos;
           });
}

void Negotiation::read_negotiate()
{
    const auto field = request_.headers.find("Negotiate");
    if (!field) return;
    // Lynx says so, and does not mean it.
    if (*field == "trans" && request_.headers.find("User-Agent").value_or("").starts_with("Lynx"))
        return;
    client_.lets_choose = false;
    http::List elements(*field);
    while (const auto element = elements.next()) {
        const bool is_known = *element == "trans" || *element == "vlist"
                              || *element == "guess-small" || *element == "*"
                              || is_digit(element->front());
        if (!is_known) continue;
        client_.is_transparent = tells_alternates_ = true;
        if (*element == "1.0") client_.wants_rvsa = true;
        if (*element == "1.0" || *element == "*")
            client_.lets_choose = client_.is_taken_literally = true;
    }
}

// No client names the type of scripts. They win where there is something to process, and lose
// against documents elsewhere.
void Negotiation::accept_scripts(bool prefers_scripts)
{
    if (!client_.types) client_.types = Wishes{{.name = "*/*"}};
    const float quality = client_.wants_rvsa ? 0.0F : prefers_scripts ? 2.0F : 0.001F;
    client_.types->push_back({.name = "application/x-httpd-cgi", .quality = quality});
}

void Negotiation::read_environment()
{
    client_.preferred_language = request_.env.find("prefer-language");
    client_.no_encodings = request_.env.has("no-gzip");
    client_.only_html_encoded = request_.env_or("gzip-only-text/html", "") == "1";
}

// All of it goes with an error page, too.
void Negotiation::describe(bool is_list)
{
    FileLengths lengths(request_);
    auto& fields = response_.always_headers;
    if (tells_alternates_ && !variants.empty())
        fields.add("Alternates", request_.arena.copy(alternates_of(variants, lengths)));
    const auto vary = vary_of(variants, is_transparent_);
    if (!vary.empty()) fields.add("Vary", request_.arena.copy(vary));
    if (is_transparent_) fields.set("TCN", is_list ? "list" : "choice");
}

Outcome Negotiation::offer_list()
{
    tells_alternates_ = true;
    describe(true);
    Request& page = request_.parent ? *request_.parent : request_;
    page.notes.set("variant-list", request_.arena.copy(html_list_of(variants)));
    if (is_transparent_ && client_.is_transparent) return 300;
    server::log_event(request_, {.module = "negotiation", .apache_id = "AH00690", .id = 928},
                      "no acceptable variant: ", request_.filename);
    return 406;
}

// A variant must not be a resource that is itself negotiated.
Outcome Negotiation::check_choice()
{
    if (!best_->looked_up) {
        Request* found = server::lookup_file(request_, best_->file_name);
        if (found->response->status != 200 && !found->response->always_headers.has("TCN"))
            return found->response->status;
        best_->looked_up = found;
    }
    auto& inner = best_->looked_up->response->always_headers;
    if (inner.has("TCN") || best_->looked_up->handler == "type-map") return 506;
    auto& fields = response_.always_headers;
    if (const auto vary = inner.find("Vary")) {
        fields.set("Variant-Vary", *vary);
        fields.set("Vary", *vary);
        inner.remove("Vary");
    }
    fields.set("Content-Location", request_.arena.copy(escape_segment(best_->file_name)));
    return Outcome::ok;
}

Outcome Negotiation::run(bool prefers_scripts)
{
    decide_transparency();
    if (is_transparent_) read_negotiate();
    accept_scripts(prefers_scripts);
    read_environment();
    FileLengths lengths(request_);
    const Choice choice = choose(config_, client_, variants, lengths);
    best_ = choice.best;
    if (!choice.is_certain) return offer_list();
    if (is_transparent_) {
        if (const Outcome outcome = check_choice(); outcome.is_status()) return outcome;
    }
    describe(false);
    return Outcome::ok;
}

} // namespace signet::mod_negotiation
