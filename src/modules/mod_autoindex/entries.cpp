#include "modules/mod_autoindex/entries.h"

#include "base/file.h"
#include "base/text.h"
#include "config/fnmatch.h"
#include "net/fiber.h"
#include "net/helper_threads.h"
#include "server/response.h"
#include "server/subrequest.h"
#include "server/worker.h"

#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sys/stat.h>

namespace signet::mod_autoindex {
namespace {

using server::FileInfo, server::Request;

// After so many look-ups other requests get their turn.
constexpr size_t entries_per_turn = 64;
constexpr size_t title_bytes = 8191; // how far ScanHTMLTitles reads

// What readdir says, on a helper thread.

struct Found {
    std::string name;
    bool is_directory = false;
};

bool is_directory(int directory, const dirent& entry)
{
    if (entry.d_type == DT_DIR) return true;
    if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return false;
    struct stat info {};
    return ::fstatat(directory, entry.d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
}

Result<std::vector<Found>> read_names(const std::string& path, bool only_open)
{
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
    if (!directory) return fail_errno(path);
    std::vector<Found> names;
    if (only_open) return names;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string_view name(entry->d_name);
        if (name == "." || name == "..") continue;
        names.push_back({std::string(name), is_directory(::dirfd(directory.get()), *entry)});
    }
    return names;
}

// What becomes of a name.

const std::string* icon_of(const Config& config, const Labelled& file)
{
    return find_label(config.icons, file);
}

std::string alternative_of(const Config& config, const Labelled& file)
{
    const auto* text = find_label(config.alternatives, file);
    return text ? *text : std::string();
}

void label_directory(const Config& config, std::string_view path, std::string_view otherwise,
                     Entry& entry)
{
    constexpr Labelled any_directory{.path = "^^DIRECTORY^^"};
    const Labelled this_one{.path = path, .by_path_only = true};
    entry.icon = icon_of(config, this_one);
    if (!entry.icon) entry.icon = icon_of(config, any_directory);
    const auto* text = find_label(config.alternatives, this_one);
    if (!text) text = find_label(config.alternatives, any_directory);
    entry.alternative = text ? *text : std::string(otherwise);
}

void describe(const Config& config, std::string_view path, Entry& entry)
{
    const auto* text = find_description(config, path);
    if (!text) return;
    entry.description = *text;
    entry.has_description = true;
}

// The <title> of an HTML file, in one line.
std::optional<std::string> title_in(std::string_view text)
{
    text = text.substr(0, text.find('\0'));
    const size_t start = ifind(text, "<title>");
    if (start == text.npos) return std::nullopt;
    std::string title(text.substr(start + 7));
    title.resize(std::min(title.find('<'), title.size()));
    title.erase(0, std::min(title.find_first_not_of("\r\n"), title.size()));
    for (char& c : title) {
        if (c == '\r' || c == '\n') c = ' ';
    }
    return title;
}

std::optional<std::string> title_of(const Request& file)
{
    const auto& response = *file.response;
    const auto type = trim(response.content_type.substr(0, response.content_type.find(';')));
    const bool is_html = iequals(type, "text/html") || type == "application/xhtml+xml"
                         || response.content_type == "text/x-server-parsed-html";
    if (!is_html || !response.content_encodings.empty() || response.status != 200)
        return std::nullopt;
    const auto opened = open_file(std::string(file.filename), O_RDONLY);
    if (!opened) return std::nullopt;
    std::string text(title_bytes, '\0');
    const ssize_t count = ::pread(opened->get(), text.data(), text.size(), 0);
    if (count <= 0) return std::nullopt;
    return title_in(std::string_view(text).substr(0, static_cast<size_t>(count)));
}

class Reader {
public:
    Reader(const Config& config, const View& view, Request& request)
        : config_(config)
        , view_(view)
        , request_(request)
    {
    }

    Result<std::vector<Entry>> run()
    {
        const std::string path(request_.filename);
        const bool only_open = request_.head_only; // the head does not tell what is in there
        auto read = request_.worker->helpers().call(
            [path, only_open] { return read_names(path, only_open); });
        if (!read) return std::unexpected(read.error());
        if (!*read) return std::unexpected(read->error());
        add_parent();
        size_t seen = 0;
        for (const Found& found : **read) {
            if (++seen % entries_per_turn == 0) {
                auto woken =
                    net::sleep_on_fiber(request_.worker->loop, std::chrono::milliseconds(0));
                if (!woken) return std::unexpected(woken.error());
            }
            add(found);
        }
        return std::move(entries_);
    }

private:
    bool shows_details() const { return view_.options & (fancy_indexing | html_table); }

    void add_parent()
    {
        const std::string_view uri = request_.uri;
        const size_t end = uri.find_last_not_of('/');
        if (end == uri.npos) return; // the root has none
        const auto path = request_.arena.join(request_.filename, "..");
        if (is_ignored(config_, path)) return;
        Entry entry{.name = std::string(uri.substr(0, uri.rfind('/', end) + 1))};
        if (view_.options & fancy_indexing) {
            label_directory(config_, path, "PARENTDIR", entry);
            describe(config_, path, entry);
        }
        entries_.push_back(std::move(entry));
    }

    bool is_shown(const Request& file) const
    {
        const int status = file.response->status;
        const bool is_listable = file.file.type == FileInfo::Type::directory
                                 || file.file.type == FileInfo::Type::regular;
        const bool is_forbidden = status == 401 || status == 403;
        return is_listable
               && ((status >= 200 && status < 400)
                   || (is_forbidden && (view_.options & show_forbidden)));
    }

    void add(const Found& found)
    {
        const config::GlobOptions by_client{.period = true, .no_escape = true};
        if (!view_.pattern.empty() && !config::glob_matches(view_.pattern, found.name, by_client)) {
            return;
        }
        if (is_ignored(config_, std::string(request_.filename) + found.name)) return;
        const server::LookUpScope forgets_it(request_);
        const Request* file = server::lookup_entry(request_, found.name, found.is_directory);
        if (!is_shown(*file)) return;
        Entry entry{.name = found.name + (found.is_directory ? "/" : "")};
        if (shows_details()) add_details(found, *file, entry);
        entries_.push_back(std::move(entry));
    }

    void add_details(const Found& found, const Request& file, Entry& entry) const
    {
        entry.modified_micros = file.file.mtime_micros;
        std::string_view path = file.filename;
        if (found.is_directory) {
            // Its index may stand for it by now. The directory is meant, without a slash.
            entry.is_folder = view_.options & folders_first;
            path = path.substr(0, path.rfind('/'));
            label_directory(config_, path, "DIR", entry);
        } else {
            const auto& response = *file.response;
            std::string encoding;
            for (const auto one : response.content_encodings)
                encoding.append(encoding.empty() ? "" : ", ").append(one);
            const auto type = response.content_type;
            const Labelled labelled{
                .path = path, .type = trim(type.substr(0, type.find(';'))), .encoding = encoding};
            entry.icon = icon_of(config_, labelled);
            entry.alternative = alternative_of(config_, labelled);
            entry.size = static_cast<int64_t>(file.file.size);
        }
        describe(config_, path, entry);
        if (entry.has_description || found.is_directory || !(view_.options & scan_html_titles))
            return;
        if (auto title = title_of(file)) {
            entry.description = std::move(*title);
            entry.has_description = true;
        }
    }

    const Config& config_;
    const View& view_;
    Request& request_;
    std::vector<Entry> entries_;
};

} // namespace

Result<std::vector<Entry>> read_entries(const Config& config, const View& view, Request& request)
{
    return Reader(config, view, request).run();
}

} // namespace signet::mod_autoindex
