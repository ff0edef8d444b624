#include "server/subrequest.h"

#include "http/uri.h"
#include "server/filter_chain.h"
#include "server/pipeline.h"
#include "server/recursion_limit.h"
#include "server/request.h"
#include "server/response.h"
#include "server/static_file.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <unistd.h>

namespace signet::server {
namespace {

Result<void> write_piece(const Piece& piece, ResponseSink& out)
{
    if (!piece.file) return out.write(piece.bytes);
    constexpr uint64_t at_a_time = uint64_t{64} * 1024;
    const auto size = std::min<uint64_t>(at_a_time, piece.length);
    const auto buffer = std::make_unique_for_overwrite<char[]>(size); // fibers' stacks are small
    for (uint64_t done = 0; done < piece.length;) {
        const auto wanted = static_cast<size_t>(std::min<uint64_t>(size, piece.length - done));
        const ssize_t count = ::pread(piece.file.descriptor(), buffer.get(), wanted,
                                      static_cast<off_t>(piece.offset + done));
        if (count <= 0) return fail_errno("reading an included file");
        if (auto written = out.write({buffer.get(), static_cast<size_t>(count)}); !written)
            return written;
        done += static_cast<uint64_t>(count);
    }
    return {};
}

// Each level takes its share of the fiber's stack, whatever LimitInternalRecursion allows.
bool is_too_deep(const Request& request)
{
    constexpr unsigned deepest = 50;
    unsigned depth = 0;
    for (const Request* at = &request; at->previous || at->parent; ++depth)
        at = at->previous ? at->previous : at->parent;
    return depth > deepest;
}

// What a handler writes piece by piece goes where the parent's content goes.
class ParentSink final : public ResponseSink {
public:
    explicit ParentSink(Response& parent)
        : parent_(parent)
    {
    }
    Result<void> write(std::string_view bytes) override { return parent_.write(bytes); }
    Result<void> interim(int, const http::Headers&) override { return {}; }
    bool has_room() override { return parent_.sink()->has_room(); }
    void end_waits() override { parent_.sink()->end_waits(); }

private:
    Response& parent_;
};

std::string_view folder_of(std::string_view path)
{
    return path.substr(0, path.rfind('/') + 1); // npos + 1 is 0
}

RequestPair& derive_subrequest(Request& parent)
{
    RequestPair& pair = parent.exchange->derive(parent);
    pair.request.parent = &parent;
    pair.request.method = http::Method::get;
    pair.request.method_name = "GET";
    pair.request.env = parent.env;
    return pair;
}

RequestPair& derive_entry(Request& parent, std::string_view name)
{
    RequestPair& pair = derive_subrequest(parent);
    pair.request.head_only = false;
    pair.request.filename = parent.arena.join(folder_of(parent.filename), name);
    return pair;
}

Request* look_up(RequestPair& pair, std::string_view uri)
{
    pair.request.uri = pair.request.path_escaped = pair.request.unparsed_uri = uri;
    const Outcome outcome = run_phases(pair.request, pair.response);
    pair.response.status = outcome.is_status() ? outcome.status() : 200;
    return &pair.request;
}

} // namespace

Request* lookup_entry(Request& parent, std::string_view name, bool is_directory)
{
    const auto entry = is_directory ? parent.arena.join(name, "/") : name;
    RequestPair& pair = derive_entry(parent, entry);
    return look_up(pair, parent.arena.join(folder_of(parent.uri), entry));
}

Request* lookup_variant(Request& parent, std::string_view name)
{
    RequestPair& pair = derive_entry(parent, name);
    pair.request.query = parent.query;
    pair.request.path_info = parent.path_info;
    auto uri = parent.uri;
    if (uri.ends_with(parent.path_info)) uri.remove_suffix(parent.path_info.size());
    return look_up(pair, parent.arena.join(folder_of(uri), name, parent.path_info));
}

Request* lookup_file(Request& parent, std::string_view path)
{
    RequestPair& pair = derive_subrequest(parent);
    Request& request = pair.request;
    const auto directory = folder_of(parent.filename);
    const std::filesystem::path whole(path.starts_with('/') ? path
                                                            : parent.arena.join(directory, path));
    request.filename = parent.arena.copy(whole.lexically_normal().native());
    if (!directory.empty() && folder_of(request.filename) == directory) {
        request.uri =
            parent.arena.join(folder_of(parent.uri), request.filename.substr(directory.size()));
    }
    request.path_escaped = request.unparsed_uri = request.uri;
    const Outcome outcome =
        exceeds_recursion_limit(parent) ? Outcome(500) : run_phases(request, pair.response);
    pair.response.status = outcome.is_status() ? outcome.status() : 200;
    return &request;
}

Request* lookup(Request& parent, std::string_view uri)
{
    RequestPair& pair = derive_subrequest(parent);
    Request& request = pair.request;
    if (!uri.starts_with('/')) {
        uri = parent.arena.join(folder_of(parent.uri), uri);
    }
    if (const size_t mark = uri.find('?'); mark != uri.npos) {
        request.query = uri.substr(mark + 1);
        uri = uri.substr(0, mark);
    }
    const auto normal = http::normalize_path(uri, http::EncodedSlashes::refuse, true, parent.arena);
    request.uri = normal.path;
    request.path_escaped = request.unparsed_uri = uri;
    const Outcome outcome = exceeds_recursion_limit(parent) ? Outcome(500)
                            : normal.status != 0            ? Outcome(normal.status)
                                                            : run_phases(request, pair.response);
    pair.response.status = outcome.is_status() ? outcome.status() : 200;
    return &request;
}

Outcome redirect_to(Request& request, Response& response, Request& looked_up)
{
    // The request becomes what was looked up; only what the client sent stays its own.
    request.uri = looked_up.uri;
    request.query = looked_up.query;
    request.filename = looked_up.filename;
    request.document_root = looked_up.document_root;
    request.path_info = looked_up.path_info;
    request.file = looked_up.file;
    request.path = looked_up.path;
    request.scope = looked_up.scope;
    request.handler = looked_up.handler;
    request.extension_filters = looked_up.extension_filters;
    const Response& found = *looked_up.response;
    response.content_type = found.content_type;
    response.charset = found.charset;
    response.content_encodings = found.content_encodings;
    response.content_languages = found.content_languages;
    for (const auto& [name, value] : found.headers) response.headers.add(name, value);
    for (const auto& [name, value] : found.always_headers) response.always_headers.add(name, value);
    for (const auto& [name, value] : looked_up.env) request.env.set(name, value);
    for (const auto& [name, value] : looked_up.notes) {
        if (name != list_tag_note) request.notes.set(name, value);
    }
    return Outcome::ok;
}

LookUpScope::LookUpScope(Request& parent)
    : exchange_(*parent.exchange)
    , mark_(exchange_.mark())
{
}

LookUpScope::~LookUpScope()
{
    if (!kept_) exchange_.forget_since(mark_);
}

Outcome include(Request& looked_up, ResponseSink& out)
{
    if (is_too_deep(looked_up)) return 500;
    // The whole of it, whatever the client has of the page around it.
    for (const auto field : {"Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since",
                             "If-Unmodified-Since"}) {
        looked_up.headers.remove(field);
    }
    looked_up.head_only = false;
    Response& response = *looked_up.response;
    response.set_sink(out);
    insert_filters(looked_up, response);
    const Outcome outcome = run_handler(looked_up, response);
    if (outcome.is_status() || outcome == Outcome::done) return outcome;
    if (response.filters && !response.filters->finish()) return Outcome::ok; // the client is gone
    for (const Piece& piece : response.body.pieces()) {
        if (auto written = write_piece(piece, out); !written) break;
    }
    return Outcome::ok;
}

Outcome include(Request& looked_up, Response& parent)
{
    ParentSink sink(parent);
    return include(looked_up, sink);
}

} // namespace signet::server
