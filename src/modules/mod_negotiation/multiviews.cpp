#include "modules/mod_negotiation/multiviews.h"

#include "base/text.h"
#include "net/fiber.h"
#include "net/helper_threads.h"
#include "server/response.h"
#include "server/subrequest.h"
#include "server/worker.h"

#include <algorithm>
#include <dirent.h>
#include <memory>
#include <string>
#include <sys/stat.h>

namespace signet::mod_negotiation {
namespace {

using server::FileInfo, server::Request;

// After so many look-ups other requests get their turn; more files than the second are not asked.
constexpr size_t names_per_turn = 64;
constexpr size_t most_names = 2000;

constexpr std::string_view script_type = "application/x-httpd-cgi";

struct Names {
    std::vector<std::string> names;
    int64_t mtime_micros = 0;
};

// On a helper thread: what is called "page.…".
Result<Names> read_matching_names(const std::string& directory, const std::string& prefix)
{
    const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(directory.c_str()), ::closedir);
    struct stat info {};
    if (!handle || ::fstat(::dirfd(handle.get()), &info) != 0) return fail_errno(directory);
    Names found;
    found.mtime_micros =
        int64_t{info.st_mtim.tv_sec} * 1'000'000 + int64_t{info.st_mtim.tv_nsec} / 1000;
    while (const dirent* entry = ::readdir(handle.get())) {
        const std::string_view name(entry->d_name);
        if (!name.starts_with(prefix) || entry->d_type == DT_DIR) continue;
        if (found.names.size() < most_names) found.names.emplace_back(name);
    }
    return found;
}

// Each part of the file's name that means nothing must be a part of the name asked for, in order:
// "index.html.foo" fits "index.foo" and "index.html.foo".
bool parts_fit(std::string_view unclaimed, std::string_view asked)
{
    if (unclaimed.starts_with('.')) return false; // hidden files keep their dot
    const auto parts = split(unclaimed, '.');
    auto next = parts.begin();
    for (const auto part : split(asked, '.')) {
        if (next != parts.end() && part == *next) ++next;
    }
    return next == parts.end();
}

std::string_view encoding_of(const Request& file)
{
    const auto& encodings = file.response->content_encodings;
    if (encodings.empty()) return {};
    std::string_view all = encodings.front();
    for (size_t i = 1; i < encodings.size(); ++i) all = file.arena.join(all, ", ", encodings[i]);
    return all;
}

class ViewFinder {
public:
    explicit ViewFinder(Request& request)
        : request_(request)
        , asked_(request.filename.substr(request.filename.rfind('/') + 1))
    {
    }

    Result<Views> run()
    {
        const std::string directory(
            request_.filename.substr(0, request_.filename.size() - asked_.size()));
        auto read =
            request_.worker->helpers().call([directory, prefix = std::string(asked_) + "."] {
                return read_matching_names(directory, prefix);
            });
        if (!read) return std::unexpected(read.error());
        if (!*read) return std::unexpected(read->error());
        views_.directory_mtime_micros = (*read)->mtime_micros;
        size_t seen = 0;
        for (const auto& name : (*read)->names) {
            if (++seen % names_per_turn == 0) {
                auto woken =
                    net::sleep_on_fiber(request_.worker->loop, std::chrono::milliseconds(0));
                if (!woken) return std::unexpected(woken.error());
            }
            views_.found_any = true;
            look_at(name);
            if (views_.map) break;
        }
        // The order of the directory must not decide.
        std::ranges::sort(views_.variants, [](const Variant& a, const Variant& b) {
            if (a.source_quality != b.source_quality) return a.source_quality > b.source_quality;
            return a.file_name < b.file_name;
        });
        return std::move(views_);
    }

private:
    void look_at(const std::string& name)
    {
        server::LookUpScope look_up(request_);
        Request& file = *server::lookup_variant(request_, request_.arena.copy(name));
        if (file.file.type != FileInfo::Type::regular) return;
        auto& type = file.response->content_type;
        if (!file.handler.empty() && type.empty()) type = script_type;
        const auto unclaimed = file.notes.find("ap-mime-exceptions-list");
        if (!unclaimed || !parts_fit(*unclaimed, asked_)) return;
        if (file.response->status != 200 || type.empty()) return;
        look_up.keep();
        if (type == "application/x-type-map" || file.handler == "type-map") {
            views_.map = &file;
            views_.variants.clear();
            return;
        }
        add(file, name);
    }

    void add(Request& file, const std::string& name)
    {
        const auto& response = *file.response;
        Variant variant{.looked_up = &file,
                        .file_name = file.arena.copy(name),
                        .encoding = encoding_of(file),
                        .languages = response.content_languages,
                        .length = static_cast<int64_t>(file.file.size)};
        auto type = response.content_type;
        if (!response.charset.empty()) type = file.arena.join(type, "; charset=", response.charset);
        variant.set_type(take_wish(type, file.arena));
        views_.variants.push_back(std::move(variant));
    }

    Request& request_;
    std::string_view asked_;
    Views views_;
};

} // namespace

Result<Views> find_views(Request& request)
{
    return ViewFinder(request).run();
}

} // namespace signet::mod_negotiation
