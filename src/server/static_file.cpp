#include "server/static_file.h"

#include "base/text.h"
#include "http/conditional.h"
#include "http/date.h"
#include "pki/digest.h"
#include "server/byte_ranges.h"
#include "server/core_config.h"
#include "server/discard_body.h"
#include "server/error_log.h"
#include "server/methods.h"
#include "server/path_cache.h"
#include "server/request.h"
#include "server/response.h"
#include "server/vhost.h"
#include "server/worker.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace signet::server {
namespace {

// Small files are served from memory: their bytes leave in the same record as the head.
constexpr uint64_t max_cached_file = 64 * 1024;

Outcome refuse(Request& request, int status, Severity severity, std::string_view apache_id,
               std::string_view text, int system_error = 0)
{
    log_event(request, {.severity = severity,
                        .module = "core",
                        .apache_id = apache_id,
                        .text = text,
                        .system_error = system_error});
    return status;
}

Outcome check_method(Request& request, Response& response)
{
    switch (request.method) {
    case http::Method::get:
    case http::Method::post: return Outcome::ok;
    case http::Method::options: return answer_options(request, response);
    case http::Method::other:
        response.headers.set("Allow", allowed_methods(request));
        if (http::is_registered_method(request.method_name, request.vhost->head_limits)) return 405;
        return refuse(request, 501, Severity::error, "AH00135",
                      request.arena.join("Invalid method in request ", request.request_line));
    default: response.headers.set("Allow", allowed_methods(request)); return 405;
    }
}

Outcome check_file(Request& request)
{
    const auto whole = request.arena.join(request.filename, request.path_info);
    switch (request.file.type) {
    case FileInfo::Type::none:
        return refuse(request, 404, Severity::info, "AH00128",
                      request.arena.join("File does not exist: ", whole));
    case FileInfo::Type::directory:
        return refuse(request, 404, Severity::info, "AH00129",
                      request.arena.join("Attempt to serve directory: ", request.filename));
    case FileInfo::Type::other:
        return refuse(
            request, 403, Severity::error, "AH00122",
            request.arena.join("object is not a file, directory or symlink: ", request.filename));
    case FileInfo::Type::regular: break;
    }
    const auto path_info =
        request.scope->core().accept_path_info.value_or(CoreConfig::PathInfo::handler_decides);
    if (!request.path_info.empty() && path_info != CoreConfig::PathInfo::on) {
        return refuse(request, 404, Severity::info, "AH00130",
                      request.arena.join("File does not exist: ", whole));
    }
    return Outcome::ok;
}

// Where nobody tells of changes, the times of the file do: with those of a file that has just been
// written, another change could have the same time.
bool may_keep_content(const Request& request, const PathEntry& entry)
{
    return entry.is_watched() || request.start_micros - entry.file.mtime_micros > 2'000'000;
}

// A file that is not kept in memory is opened for each request: a deleted one would go on taking
// its space, and many large ones all descriptors.
Outcome open_cached(Request& request, PathEntry& entry, FileRef& handle)
{
    if (entry.has_content) return Outcome::ok;
    auto opened = open_file(std::string(entry.filename), O_RDONLY);
    if (!opened) {
        return refuse(request, opened.error().kind == Error::Kind::not_found ? 404 : 403,
                      Severity::error, "AH00132",
                      request.arena.join("file permissions deny server access: ", request.filename),
                      opened.error().kind == Error::Kind::not_found ? ENOENT : EACCES);
    }
    const uint64_t size = entry.file.size;
    if (size > max_cached_file || !may_keep_content(request, entry)
        || !request.worker->paths->admit_content(size)) {
        handle = FileRef(std::move(*opened));
        return Outcome::ok;
    }
    entry.content.resize(size);
    const ssize_t count = ::pread(opened->get(), entry.content.data(), size, 0);
    if (count != static_cast<ssize_t>(size)) { // it changed since it was looked at: serve from disk
        request.worker->paths->release_content(size);
        entry.content = {};
        handle = FileRef(std::move(*opened));
        return Outcome::ok;
    }
    entry.has_content = true;
    return Outcome::ok;
}

// It could change again within the clock's resolution.
bool is_young(const Request& request, int64_t mtime_micros)
{
    return request.start_micros - mtime_micros <= 1'000'000;
}

// ContentDigest On: the whole file is read, which the manual warns of.
void set_content_digest(Request& request, Response& response, const PathEntry& entry)
{
    if (!request.scope->core().content_digest.value_or(false)) return;
    auto bytes = entry.has_content ? Result<std::string>(entry.content)
                                   : read_file(std::string(entry.filename));
    if (bytes)
        response.headers.set("Content-MD5", request.arena.copy(pki::base64_digest("md5", *bytes)));
}

std::string_view number_text(Request& request, uint64_t value)
{
    std::string text;
    append_number(text, value);
    return request.arena.copy(text);
}

// Apache's way to put both into one, without the closing quote: who compares, compares all of it.
std::string_view with_list_tag(Request& request, std::string_view tag)
{
    auto list = request.notes.find(list_tag_note);
    if (!list || list->empty() || tag.empty()) return tag;
    const bool is_weak = list->starts_with("W/") || tag.starts_with("W/");
    for (auto* one : {&tag, &*list}) {
        if (one->starts_with("W/")) one->remove_prefix(2);
        one->remove_suffix(1);
    }
    return request.arena.join(is_weak ? "W/" : "", tag, ";", list->substr(1));
}

} // namespace

// FileETag: inode, size, mtime in hexadecimal. Weak while the file is so young that it could change
// again within the clock's resolution.   RFC 9110 §8.8.3
std::string entity_tag(const Request& request, const PathEntry& entry)
{
    const uint8_t bits = file_etag_bits(request.scope->core());
    const bool weak = is_young(request, entry.file.mtime_micros);
    if (bits == 0) return {};
    std::string tag = weak && !(bits & 8) ? "W/\"" : "\"";
    if (bits & 8) {
        auto bytes = entry.has_content ? Result<std::string>(entry.content)
                                       : read_file(std::string(entry.filename));
        if (!bytes) return {};
        return tag + pki::hex_digest("sha1", *bytes) + "\"";
    }
    const size_t start = tag.size();
    auto part = [&](uint8_t bit, uint64_t value) {
        if (!(bits & bit)) return;
        if (tag.size() > start) tag += '-';
        append_hex(tag, value);
    };
    part(1, entry.file.inode);
    part(4, entry.file.size);
    part(2, static_cast<uint64_t>(entry.file.mtime_micros));
    return tag + '"';
}

std::string directory_tag(const Request& request, int64_t mtime_micros)
{
    if (file_etag_bits(request.scope->core()) == 0) return {};
    std::string tag = is_young(request, mtime_micros) ? "W/\"" : "\"";
    append_hex(tag, static_cast<uint64_t>(mtime_micros));
    return tag + '"';
}

// Validators are made once per file and scope; a weak one, which will turn strong, is not kept.
void set_validators(Request& request, Response& response, PathEntry& entry)
{
    if (entry.last_modified.empty()) {
        const int64_t modified =
            std::min(entry.file.mtime_micros, request.start_micros) / 1'000'000;
        entry.last_modified = http::date_text(modified).view();
    }
    const int bits = file_etag_bits(request.scope->core());
    if (entry.etag_bits != bits || entry.etag.starts_with("W/")) {
        entry.etag = entity_tag(request, entry);
        entry.etag_bits = bits;
    }
    response.headers.set("Last-Modified", entry.last_modified);
    if (!response.no_etag && !entry.etag.empty()) {
        const auto tag = entry.etag.starts_with("W/") ? request.arena.copy(entry.etag)
                                                      : std::string_view(entry.etag);
        response.headers.set("ETag", with_list_tag(request, tag));
    }
}

Outcome serve_static_file(Request& request, Response& response)
{
    // A body means nothing to a file; but it must be a sound one.
    if (request.body) {
        if (const int status = discard_body(request, response); status != 0) return status;
    }
    if (const Outcome outcome = check_method(request, response); outcome != Outcome::ok)
        return outcome;
    if (const Outcome outcome = check_file(request); outcome != Outcome::ok) return outcome;
    PathEntry& entry = *request.path;
    FileRef handle;
    if (const Outcome outcome = open_cached(request, entry, handle); outcome != Outcome::ok)
        return outcome;

    set_validators(request, response, entry);
    response.headers.set("Accept-Ranges", request.scope->core().max_ranges == 0U
                                              ? std::string_view("none")
                                              : std::string_view("bytes"));
    set_content_digest(request, response, entry);
    const uint64_t size = entry.file.size;
    const std::string_view whole(entry.content);
    auto add = [&](uint64_t offset, uint64_t length) {
        if (entry.has_content) {
            response.body.add(whole.substr(offset, length));
        } else {
            response.body.add(handle, offset, length);
        }
    };
    // Conditions and ranges are about the resource itself, not about a file that explains an error.
    if (response.status == 200) {
        const int verdict =
            response.ignores_conditions
                ? 0
                : http::evaluate_conditions(request.headers, request.method == http::Method::get,
                                            {.etag = response.headers.find("ETag").value_or(""),
                                             .modified = entry.file.mtime_micros / 1'000'000},
                                            request.start_micros / 1'000'000);
        if (verdict != 0) { // 304 or 412, with the file's own fields and no page
            response.status = verdict;
            if (request.head_only && verdict == 412)
                response.headers.set("Content-Length", number_text(request, size));
            return Outcome::ok;
        }
        std::vector<http::ByteRange> ranges;
        const Outcome ranged = response.ignores_ranges
                                   ? Outcome::declined
                                   : choose_ranges(request, response, size, ranges);
        if (ranged.is_status()) return ranged;
        if (ranged == Outcome::ok) {
            send_ranges(request, response, size, ranges, add);
            return Outcome::ok;
        }
    }
    response.headers.set("Content-Length", number_text(request, size));
    // A filter needs the content to say how long its own will be.
    if (!request.head_only || response.filters) add(0, size);
    return Outcome::ok;
}

} // namespace signet::server
