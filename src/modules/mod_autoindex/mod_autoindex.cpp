// mod_autoindex: a page for a directory that has no index of its own (mod_dir looks first).
//
//     Options +Indexes                          without it the answer is 403
//     IndexOptions FancyIndexing HTMLTable VersionSort FoldersFirst Charset=UTF-8
//     AddIcon (DIR,/icons/folder.png) ^^DIRECTORY^^
//     AddDescription "Release notes" *.txt      IndexIgnore .??* *~ HEADER* README*
//     HeaderName HEADER.html                    ReadmeName README.html
//     IndexOrderDefault Descending Date         IndexStyleSheet "/css/listing.css"
//
// A file is listed when a request for it would be served; what IndexIgnore hides can be had all the
// same by who knows its name. Visitors may ask for another order (?C=M;O=D), another form (?F=2)
// and a part of the names (?P=*.txt), unless IndexOptions IgnoreClient.
// Listings are made when LoadModule names this module, or when the configuration has no LoadModule.
// https://httpd.apache.org/docs/2.4/mod/mod_autoindex.html
#include "base/file.h"
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_autoindex/directives.h"
#include "modules/mod_autoindex/page.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/discard_body.h"
#include "server/error_log.h"
#include "server/error_page.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/static_file.h"
#include "server/subrequest.h"

namespace signet::mod_autoindex {
namespace {

using server::FileInfo, server::Outcome, server::Request, server::Response;

// Apache's buffer: what is longer is sent before its length is known.
constexpr size_t buffer_size = 8000;

// Gathers the page; other requests' content goes out in between.
class Output {
public:
    Output(Request& request, Response& response)
        : request_(request)
        , response_(response)
    {
    }
    void put(std::string_view text) { text_ += text; }
    // The content of the looked-up file in this place. False when it could not be served.
    bool include(Request& file)
    {
        flush();
        return server::include(file, response_) == Outcome::ok;
    }
    void finish()
    {
        if (!flushed_ && text_.size() <= buffer_size) {
            response_.body.add(request_.arena.copy(text_));
        } else {
            flush();
        }
    }

private:
    // A client that has gone is noticed by whoever writes next.
    void flush()
    {
        flushed_ = true;
        (void)response_.write(text_);
        text_.clear();
    }

    Request& request_;
    Response& response_;
    std::string text_;
    bool flushed_ = false;
};

enum class Fragment : uint8_t { none, html, text };

struct FoundFragment {
    Fragment kind = Fragment::none;
    Request* file = nullptr;
};

// HeaderName and ReadmeName: HTML is served as a request for it would be, other text is quoted.
FoundFragment find_fragment(Request& request, const Labels& labels, bool with_query)
{
    const auto* name = find_label(labels, {.path = request.filename});
    if (!name) return {};
    std::string_view uri = *name;
    if (with_query && request.query) uri = request.arena.join(uri, "?", *request.query);
    Request* file = server::lookup(request, uri);
    if (file->response->status != 200 || file->file.type != FileInfo::Type::regular) return {};
    const auto type = file->response->content_type;
    const auto bare = trim(type.substr(0, type.find(';')));
    if (iequals(bare, "text/html") || iequals(bare, "application/xhtml+xml"))
        return {Fragment::html, file};
    if (istarts_with(type, "text/")) return {Fragment::text, file};
    return {};
}

std::optional<std::string> quoted(const Request& file)
{
    const auto text = read_file(std::string(file.filename));
    if (!text) return std::nullopt;
    std::string page = "<pre>\n";
    for (const char c : *text) {
        if (c == '<') {
            page += "&lt;";
        } else if (c == '>') {
            page += "&gt;";
        } else if (c == '&') {
            page += "&amp;";
        } else {
            page += c;
        }
    }
    return page + "</pre>\n";
}

// Only text is of use here, and it must not be compressed.
class PlainTextWanted {
public:
    explicit PlainTextWanted(Request& request)
        : request_(request)
        , accept_(request.headers.find("Accept"))
        , encoding_(request.headers.find("Accept-Encoding"))
    {
        request.headers.set("Accept", "text/html, text/plain");
        request.headers.remove("Accept-Encoding");
    }
    PlainTextWanted(const PlainTextWanted&) = delete;
    PlainTextWanted& operator=(const PlainTextWanted&) = delete;
    ~PlainTextWanted()
    {
        if (accept_) {
            request_.headers.set("Accept", *accept_);
        } else {
            request_.headers.remove("Accept");
        }
        if (encoding_) request_.headers.set("Accept-Encoding", *encoding_);
    }

private:
    Request& request_;
    std::optional<std::string_view> accept_, encoding_;
};

void put_head(const Config& config, const View& view, Request& request, std::string_view title,
              Output& output)
{
    FoundFragment header;
    {
        const PlainTextWanted wish(request);
        header = find_fragment(request, config.headers, true);
    }
    const bool has_own_head = view.options & suppress_preamble;
    if (header.kind == Fragment::html) {
        if (!has_own_head) output.put(preamble(config, view, title));
        if (output.include(*header.file)) return;
        if (has_own_head) output.put(preamble(config, view, title));
        output.put(heading(config, title));
        return;
    }
    output.put(preamble(config, view, title));
    if (header.kind == Fragment::text) {
        if (const auto text = quoted(*header.file)) {
            output.put(*text);
            return;
        }
    }
    output.put(heading(config, title));
}

void put_tail(const Config& config, const View& view, Request& request, Output& output)
{
    const FoundFragment readme = find_fragment(request, config.readmes, false);
    bool has_readme = false;
    bool has_end = false;
    if (readme.kind == Fragment::html) {
        has_readme = output.include(*readme.file);
        has_end = has_readme && (view.options & suppress_preamble);
    } else if (readme.kind == Fragment::text) {
        if (const auto text = quoted(*readme.file)) {
            output.put(*text);
            has_readme = true;
        }
    }
    if (!has_readme) output.put(server::server_signature(request));
    if (!has_end) output.put("</body></html>\n");
}

std::string_view or_else(const std::optional<std::string>& said, std::string_view otherwise)
{
    return said ? std::string_view(*said) : otherwise;
}

void set_type(const Config& config, Request& request, Response& response)
{
    const std::string_view type = or_else(config.content_type, "text/html");
    const std::string_view charset = or_else(config.charset, "ISO-8859-1");
    response.content_type = charset.empty() ? type : request.arena.join(type, ";charset=", charset);
    response.charset = {};
}

Outcome list_directory(const Config& config, Request& request, Response& response)
{
    const View view = view_of(config, request);
    auto entries = read_entries(config, view, request);
    if (!entries) {
        if (entries.error().kind == Error::Kind::cancelled) return Outcome::done;
        server::log_event(request, {.module = "autoindex",
                                    .apache_id = "AH01275",
                                    .text = request.arena.join("Can't open directory for index: ",
                                                               request.filename)});
        return 403;
    }
    set_type(config, request, response);
    if (view.options & track_modified) server::set_validators(request, response, *request.path);
    if (request.head_only) return Outcome::ok;
    sort_entries(*entries, view);
    std::string title = escape_html(request.uri);
    title.resize(std::max<size_t>(title.find_last_not_of('/') + 1, 1)); // npos + 1 is 0
    Output output(request, response);
    put_head(config, view, request, title, output);
    output.put(listing(config, view, *entries, request.arena));
    put_tail(config, view, request, output);
    output.finish();
    return Outcome::ok;
}

Outcome serve_directory(const Config& config, Request& request, Response& response)
{
    if (request.file.type != FileInfo::Type::directory) return Outcome::declined;
    if (!request.handler.empty() && request.handler != "httpd/unix-directory")
        return Outcome::declined;
    if (!config.loaded && request.configuration->names_modules) return Outcome::declined;
    if (request.method != http::Method::get) return Outcome::declined;
    if (!(request.scope->core().options & server::option_indexes)) {
        const auto names = request.notes.find("dir-index-names").value_or("none");
        server::log_event(
            request,
            {.module = "autoindex",
             .apache_id = "AH01276",
             .text = request.arena.join(
                 "Cannot serve directory ", request.filename, ": No matching DirectoryIndex (",
                 names,
                 ") found, and server-generated directory index forbidden by Options directive")});
        return 403;
    }
    if (request.body) {
        if (const int status = server::discard_body(request, response); status != 0) return status;
    }
    if (!request.filename.ends_with('/'))
        request.filename = request.arena.join(request.filename, "/");
    return list_directory(config, request, response);
}

void switch_on(Config& config)
{
    config.loaded = true;
}

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::handler, server::Order::middle, serve_directory},
};
constexpr server::Extras<Config> extras{.loaded = switch_on};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("autoindex_module", "mod_autoindex.c", directives(),
                                                hooks, &extras);
}

} // namespace signet::mod_autoindex

namespace signet::modules {

server::Module mod_autoindex()
{
    return mod_autoindex::module();
}

} // namespace signet::modules
