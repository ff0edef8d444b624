// Maps in text files, and the four that are functions.
#include "modules/mod_rewrite/maps.h"

#include "base/file.h"
#include "base/text.h"
#include "modules/mod_rewrite/trace.h"
#include "modules/mod_rewrite/uris.h"

#include <algorithm>
#include <cerrno>
#include <random>
#include <sys/stat.h>

namespace signet::mod_rewrite {
namespace {

constexpr size_t largest_file = size_t{256} << 20;

// "key value" when the line has both; Apache takes the value up to the next space.
std::optional<std::pair<std::string_view, std::string_view>> read_line(std::string_view line)
{
    if (line.empty() || line.front() == '#' || is_space(line.front())) return std::nullopt;
    const auto is_end = [](char c) { return is_space(c); };
    const auto* const key_end = std::ranges::find_if(line, is_end);
    const auto* const value = std::find_if_not(key_end, line.end(), is_end);
    const auto* const value_end = std::find_if(value, line.end(), is_end);
    if (value == value_end) return std::nullopt;
    return std::pair{std::string_view(line.begin(), key_end), std::string_view(value, value_end)};
}

template <class Use> void for_each_line(std::string_view text, Use use)
{
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        const auto line = read_line(text.substr(0, end));
        if (line && !use(line->first, line->second)) return;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

std::string pick_one(const std::string& value)
{
    const auto parts = static_cast<size_t>(std::ranges::count(value, '|')) + 1;
    static thread_local std::minstd_rand random{std::random_device{}()};
    size_t at = 0;
    for (size_t skip = random() % parts; skip > 0; --skip) at = value.find('|', at) + 1;
    return value.substr(at, value.find('|', at) - at);
}

class FileMap final : public Map {
public:
    FileMap(std::string path, bool picks_one)
        : path_(std::move(path))
        , picks_one_(picks_one)
    {
    }

    [[nodiscard]] std::optional<std::string> find(std::string_view name, const std::string& key,
                                                  server::Request& request) const override
    {
        if (!refresh(request)) return std::nullopt;
        const auto found = values_.find(key);
        if (found == values_.end()) {
            trace(request, 5, "", "map lookup FAILED: map=", name, "[txt] key=", key);
            return std::nullopt;
        }
        trace(request, 5, "", "map lookup OK: map=", name, "[txt] key=", key,
              " -> val=", found->second);
        if (!picks_one_) return found->second;
        auto value = pick_one(found->second);
        trace(request, 4, "", "randomly chosen the subvalue `", value, "'");
        if (value.empty()) return std::nullopt;
        return value;
    }

private:
    // False when the file is not there any more. One that cannot be read has no values.
    bool refresh(const server::Request& request) const
    {
        struct stat now {};
        if (::stat(path_.c_str(), &now) != 0) {
            const int problem = errno;
            server::log_event(request,
                              {.module = "rewrite",
                               .apache_id = "AH00661",
                               .id = 748,
                               .text = request.arena.join(
                                   "mod_rewrite: can't access text RewriteMap file ", path_),
                               .system_error = problem});
            return false;
        }
        if (read_ && now.st_mtim.tv_sec == read_at_.tv_sec
            && now.st_mtim.tv_nsec == read_at_.tv_nsec && now.st_size == size_
            && now.st_ino == inode_) {
            return true;
        }
        trace(request, 6, "", "cache lookup FAILED, forcing new map lookup");
        values_.clear();
        const auto text = read_file(path_, largest_file);
        if (!text) {
            server::log_event(request, {.module = "rewrite",
                                        .apache_id = "AH00655",
                                        .id = 748,
                                        .text = request.arena.join(
                                            "mod_rewrite: can't open text RewriteMap file ", path_,
                                            ": ", text.error().text)});
            return true;
        }
        for_each_line(*text, [&](auto key, auto value) {
            values_.try_emplace(std::string(key), value); // the first of a key counts
            return true;
        });
        read_ = true;
        read_at_ = now.st_mtim;
        size_ = now.st_size;
        inode_ = now.st_ino;
        return true;
    }

    std::string path_;
    bool picks_one_;
    mutable TextMap<std::string> values_;
    mutable bool read_ = false;
    mutable timespec read_at_{};
    mutable off_t size_ = 0;
    mutable ino_t inode_ = 0;
};

using Function = std::string (*)(const std::string& key, Arena& arena);

struct NamedFunction {
    std::string_view name;
    Function function;
};

std::string to_upper(const std::string& key, Arena&)
{
    std::string text = key;
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

constexpr NamedFunction functions[] = {
    {"tolower", [](const std::string& key, Arena&) { return lowercase(key); }},
    {"toupper", to_upper},
    {"escape",
     [](const std::string& key, Arena& arena) { return std::string(escape_uri(key, arena)); }},
    {"unescape", [](const std::string& key, Arena&) { return unescape_uri(key); }},
};

class FunctionMap final : public Map {
public:
    explicit FunctionMap(Function function)
        : function_(function)
    {
    }
    [[nodiscard]] std::optional<std::string> find(std::string_view name, const std::string& key,
                                                  server::Request& request) const override
    {
        auto value = function_(key, request.arena);
        trace(request, 5, "", "map lookup OK: map=", name, " key=", key, " -> val=", value);
        return value;
    }

private:
    Function function_;
};

} // namespace

std::shared_ptr<const Map> make_file_map(std::string path, bool picks_one)
{
    return std::make_shared<const FileMap>(std::move(path), picks_one);
}

std::shared_ptr<const Map> make_function_map(std::string_view function)
{
    for (const auto& known : functions) {
        if (known.name == function) return std::make_shared<const FunctionMap>(known.function);
    }
    return nullptr;
}

std::optional<std::string_view> find_in_map_text(std::string_view text, std::string_view key)
{
    std::optional<std::string_view> found;
    for_each_line(text, [&](auto candidate, auto value) {
        if (candidate == key) found = value;
        return !found;
    });
    return found;
}

std::vector<std::string> split_command(std::string_view command)
{
    std::vector<std::string> words;
    while (true) {
        while (!command.empty() && is_space(command.front())) command.remove_prefix(1);
        if (command.empty()) return words;
        char quote = '\0';
        std::string word;
        size_t at = 0;
        for (; at < command.size(); ++at) {
            const char c = command[at];
            if (c == '\\' && at + 1 < command.size()) {
                word += command[++at];
            } else if (quote != '\0' ? c == quote : c == '"' || c == '\'') {
                quote = quote != '\0' ? '\0' : c;
            } else if (quote == '\0' && is_space(c)) {
                break;
            } else {
                word += c;
            }
        }
        words.push_back(std::move(word));
        command.remove_prefix(at);
    }
}

} // namespace signet::mod_rewrite
