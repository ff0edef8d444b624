// mod_speling: finds the file that a wrong name meant.
//
//     CheckSpelling On           one character wrong, missing, too many or two of them transposed
//     CheckCaseOnly On           of these only capital and small letters
//     CheckBasenameMatch Off     else "page.htm" suggests "page.php", too
//
// The only likely name gives 301, several give 300 with a list of them. The directory is read for
// every name that does not exist, and its files' names are shown to everybody.
// https://httpd.apache.org/docs/2.4/mod/mod_speling.html
#include "base/text.h"
#include "http/uri.h"
#include "modules/list.h"
#include "net/helper_threads.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/response.h"
#include "server/worker.h"

#include <algorithm>
#include <array>
#include <dirent.h>
#include <memory>
#include <optional>

namespace signet::mod_speling {
namespace {

using config::allowed_everywhere, config::override_options;
using server::FileInfo, server::Outcome, server::Repeats, server::Request, server::Response,
    server::Severity, server::Takes, server::Words;

struct Config {
    std::optional<bool> enabled, case_only, basename_match;
};

Config merge(const Config& outer, const Config& inner)
{
    return {
        .enabled = inner.enabled ? inner.enabled : outer.enabled,
        .case_only = inner.case_only ? inner.case_only : outer.case_only,
        .basename_match = inner.basename_match ? inner.basename_match : outer.basename_match,
    };
}

template <std::optional<bool> Config::*setting>
Result<void> set_flag(Config& config, const Words& words)
{
    config.*setting = words.on();
    return {};
}

// How alike two names are, the most likely mistake first.
enum class Mistake : uint8_t {
    none,
    capitals,
    transposed,
    missing,
    extra,
    typo,
    extension,
};

std::string_view words_for(Mistake mistake)
{
    static constexpr std::array<std::string_view, 7> words{
        "identical",       "miscapitalized",     "transposed characters", "character missing",
        "extra character", "mistyped character", "common basename"};
    return words[static_cast<size_t>(mistake)];
}

std::optional<Mistake> compare(std::string_view asked, std::string_view name)
{
    size_t same = 0;
    while (same < asked.size() && same < name.size()
           && to_lower(asked[same]) == to_lower(name[same])) {
        ++same;
    }
    const auto a = asked.substr(same);
    const auto b = name.substr(same);
    if (a.empty() && b.empty()) return Mistake::capitals;
    if (!a.empty() && !b.empty()) {
        if (a.size() > 1 && b.size() > 1 && to_lower(a[0]) == to_lower(b[1])
            && to_lower(a[1]) == to_lower(b[0]) && iequals(a.substr(2), b.substr(2))) {
            return Mistake::transposed;
        }
        if (iequals(a.substr(1), b.substr(1))) return Mistake::typo;
    }
    if (!a.empty() && iequals(a.substr(1), b)) return Mistake::extra;
    if (!b.empty() && iequals(a, b.substr(1))) return Mistake::missing;
    return std::nullopt;
}

struct Candidate {
    std::string name;
    Mistake mistake;
};

struct Search {
    std::string directory;
    std::string asked;
    bool case_only;
    bool basename_match;
};

std::optional<Mistake> judge(const Search& search, std::string_view name)
{
    if (iequals(search.asked, name)) return Mistake::capitals;
    if (!search.case_only) {
        if (const auto mistake = compare(search.asked, name)) return mistake;
    }
    if (!search.basename_match) return std::nullopt;
    const auto base = [](std::string_view text) { return text.substr(0, text.find('.')); };
    return iequals(base(search.asked), base(name)) ? std::optional(Mistake::extension)
                                                   : std::nullopt;
}

// On a helper thread. Nothing when the directory cannot be read, or has just this name: what it
// points to is missing.
std::optional<std::vector<Candidate>> find_candidates(const Search& search)
{
    constexpr size_t most = 1000;
    const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(search.directory.c_str()),
                                                     ::closedir);
    if (!handle) return std::nullopt;
    std::vector<Candidate> candidates;
    while (const dirent* entry = ::readdir(handle.get())) {
        const std::string_view name(entry->d_name);
        if (name == search.asked) return std::nullopt;
        const auto mistake = judge(search, name);
        if (mistake && candidates.size() < most)
            candidates.push_back({std::string(name), *mistake});
    }
    std::ranges::stable_sort(candidates, {}, &Candidate::mistake);
    return candidates;
}

// What every suggestion has around the name.
struct Surroundings {
    std::string_view folder;
    std::string_view path_info;
    std::optional<std::string_view> query;
};

std::string page_of(const std::vector<Candidate>& candidates, const Surroundings& around,
                    Request& request)
{
    std::string page = "The document name you requested (<code>" + escape_html(request.uri)
                       + "</code>) could not be found on this server.\n"
                         "However, we found documents with names similar to the one you "
                         "requested.<p>Available documents:\n<ul>\n";
    for (size_t i = 0; i < candidates.size(); ++i) {
        const auto& [name, mistake] = candidates[i];
        auto uri = request.arena.join(around.folder, std::string_view(name), around.path_info);
        if (around.query) uri = request.arena.join(uri, "?", *around.query);
        page += "<li><a href=\"";
        page += http::escape_path(uri, request.arena);
        page += "\">" + escape_html(uri) + "</a> (" + std::string(words_for(mistake)) + ")\n";
        if (i > 0 && i + 1 < candidates.size() && mistake != Mistake::extension
            && candidates[i + 1].mistake == Mistake::extension) {
            page += "</ul>\nFurthermore, the following related documents were found:\n<ul>\n";
        }
    }
    page += "</ul>\n";
    if (const auto referer = request.headers.find("Referer")) {
        page += "Please consider informing the owner of the referring page <tt>"
                + escape_html(*referer) + "</tt> about the broken link.\n";
    }
    return page;
}

Outcome redirect(const std::string& name, const Surroundings& around, Request& request,
                 Response& response)
{
    const auto uri = request.arena.join(around.folder, std::string_view(name), around.path_info);
    auto target = http::escape_path(uri, request.arena);
    if (around.query) target = request.arena.join(target, "?", *around.query);
    response.headers.set("Location", request.arena.copy(request.absolute_url(target)));
    const auto referer = request.headers.find("Referer");
    server::log_event(request,
                      {.severity = Severity::info,
                       .module = "speling",
                       .apache_id = referer ? "AH03224" : "AH03225"},
                      "Fixed spelling: ", request.uri, " to ", target, referer ? " from " : "",
                      referer.value_or(""));
    return 301;
}

Outcome check_spelling(const Config& config, Request& request, Response& response)
{
    if (request.method != http::Method::get || request.parent
        || request.file.type != FileInfo::Type::none || !request.filename.starts_with('/')) {
        return Outcome::declined;
    }
    const auto asked = request.filename.substr(request.filename.rfind('/') + 1);
    const auto rest = request.arena.join(asked, request.path_info);
    // The URI must end as the file's name does: else an alias or a rule has made it.
    if (asked.empty() || !request.uri.ends_with(rest)) return Outcome::declined;
    const auto found = request.worker->helpers().call(
        [search = Search{.directory = std::string(
                             request.filename.substr(0, request.filename.size() - asked.size())),
                         .asked = std::string(asked),
                         .case_only = config.case_only.value_or(false),
                         .basename_match = config.basename_match.value_or(true)}] {
            return find_candidates(search);
        });
    if (!found) return Outcome::done; // the client left
    if (!*found || (*found)->empty()) return Outcome::declined;
    const auto& candidates = **found;
    const Surroundings around{.folder = request.uri.substr(0, request.uri.size() - rest.size()),
                              .path_info = request.path_info,
                              .query = request.query};
    const Mistake best = candidates[0].mistake;
    if (best != Mistake::extension && (candidates.size() == 1 || candidates[1].mistake != best)) {
        return redirect(candidates[0].name, around, request, response);
    }
    request.notes.set("variant-list", request.arena.copy(page_of(candidates, around, request)));
    const auto referer = request.headers.find("Referer");
    server::log_event(request,
                      {.severity = Severity::info,
                       .module = "speling",
                       .apache_id = referer ? "AH03226" : "AH03227"},
                      "Spelling fix: ", request.uri, ": ", std::to_string(candidates.size()),
                      " candidates", referer ? " from " : "", referer.value_or(""));
    return 300;
}

bool is_enabled(const Config& config)
{
    return config.enabled.value_or(false);
}

constexpr server::Directive<Config> directives[] = {
    {"CheckSpelling", Takes::flag, set_flag<&Config::enabled>, allowed_everywhere, override_options,
     "On or Off"},
    {"CheckCaseOnly", Takes::flag, set_flag<&Config::case_only>, allowed_everywhere,
     override_options, "On or Off"},
    {"CheckBasenameMatch", Takes::flag, set_flag<&Config::basename_match>, allowed_everywhere,
     override_options, "On or Off"},
};
constexpr server::Hook<Config> hooks[] = {
    // Nothing is kept of files that do not exist.
    {server::Phase::fixup, server::Order::last, check_spelling, is_enabled,
     server::repeats_as<Config, Repeats::always>},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("speling_module", "mod_speling.c", directives,
                                                hooks);
}

} // namespace signet::mod_speling

namespace signet::modules {

server::Module mod_speling()
{
    return mod_speling::module();
}

} // namespace signet::modules
