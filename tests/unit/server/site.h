// A configuration read, merged and prepared as the server does at start, with a module that only
// takes notes beside core; and requests to hold against it. Files live in a folder of the test.
#pragma once
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/core_module.h"
#include "server/providers.h"
#include "server/request.h"
#include "server/response.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace signet::server {

// `Note WORD…` and `<NoteBlock>` may stand everywhere; the words of outer sections come first.
struct Notes {
    std::vector<std::string> words;
    uint64_t limited_to = 0;
    int merges = 0; // how often configurations were merged to make this one
};

namespace notes {

inline Notes merge(const Notes& outer, const Notes& inner)
{
    Notes merged = outer;
    merged.words.insert(merged.words.end(), inner.words.begin(), inner.words.end());
    merged.limited_to |= inner.limited_to;
    merged.merges += 1 + inner.merges;
    return merged;
}

inline Result<void> note(Notes& notes, const Words& words)
{
    if (words[0] == "wrong") return words.refuse(20, "no such note", "another note", "Note right");
    for (size_t i = 0; i < words.size(); ++i) notes.words.push_back(words[i]);
    notes.limited_to |= words.place().limit_methods;
    return {};
}

inline Result<void> begin(Notes& notes, const Words&)
{
    notes.words.emplace_back("(");
    return {};
}

inline Result<void> end(Notes& notes, const Words&)
{
    notes.words.emplace_back(")");
    return {};
}

template <char name> Outcome leave(const Notes&, Request& request, Response&)
{
    request.notes.add(std::string_view("ran"), request.arena.copy(std::string(1, name)));
    return Outcome::declined;
}

inline constexpr Directive<Notes> directives[] = {
    {"Note", config::Takes::iterate, note, config::allowed_everywhere, config::override_file_info,
     "words"},
    {"<NoteBlock>", config::Takes::raw, begin, config::allowed_everywhere,
     config::override_file_info, "nothing", end},
};
inline constexpr auto has_notes = [](const Notes& notes) { return !notes.words.empty(); };
inline constexpr Hook<Notes> hooks[] = {
    {Phase::fixup, Order::last, leave<'l'>},
    {Phase::fixup, Order::middle, leave<'m'>, has_notes},
    {Phase::fixup, Order::really_first, leave<'r'>},
    {Phase::fixup, Order::middle, leave<'n'>},
};

} // namespace notes

inline Module notes_module()
{
    return define_module<Notes, notes::merge>("notes_module", "mod_notes.c", notes::directives,
                                              notes::hooks);
}

// A folder that goes with the test. Its path has no symbolic link in it.
class Folder {
public:
    Folder()
    {
        std::string name = std::filesystem::canonical(std::filesystem::temp_directory_path());
        name += "/signet-test-XXXXXX";
        if (!::mkdtemp(name.data())) std::abort();
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::string path(const std::string& name = "") const
    {
        return name.empty() ? path_ : path_ + "/" + name;
    }
    void write(const std::string& name, const std::string& content) const
    {
        std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
        std::ofstream(path(name), std::ios::binary) << content;
    }

private:
    std::string path_;
};

class Site {
public:
    explicit Site(const std::string& text)
    {
        modules_ = {core_module(), notes_module()};
        for (size_t i = 0; i < modules_.size(); ++i) modules_[i].index = static_cast<int>(i);
        std::filesystem::create_directory(folder.path("logs")); // of the error log
        folder.write("httpd.conf", text);
        LoadOptions options{.path = folder.path("httpd.conf"), .checking_only = true};
        options.reader.server_root = folder.path();
        configuration = load_configuration(options, modules_, providers_, diagnostics);
    }

    [[nodiscard]] bool loaded() const { return configuration != nullptr; }
    // "MESSAGE (line N)" of the first error, "" when there is none.
    [[nodiscard]] std::string error() const
    {
        for (const auto& finding : diagnostics.findings()) {
            if (finding.severity != diagnosis::Severity::error) continue;
            return finding.message + " (line " + std::to_string(finding.position.line) + ")";
        }
        return {};
    }
    [[nodiscard]] const VirtualHost& main() const { return configuration->main; }
    [[nodiscard]] const VirtualHost& vhost(size_t i) const { return *configuration->vhosts[i]; }
    [[nodiscard]] std::span<const Module> modules() const { return modules_; }

private:
    std::vector<Module> modules_;
    Providers providers_;

public:
    Folder folder;
    config::Diagnostics diagnostics;
    std::unique_ptr<Configuration> configuration;
};

// The words noted for a scope, "a b c".
inline std::string noted(const Scope& scope)
{
    std::string all;
    for (const auto& word : static_cast<const Notes*>(scope.config(1))->words) {
        all += (all.empty() ? "" : " ") + word;
    }
    return all;
}

// A request of a client to a site's vhost.
class Asked {
public:
    explicit Asked(const Site& site, const VirtualHost* vhost = nullptr)
        : request(arena_)
    {
        peer.client = *net::Address::parse("192.0.2.7", 4711);
        peer.local = *net::Address::parse("192.0.2.1", 80);
        request.peer = &peer;
        request.configuration = site.configuration.get();
        request.vhost = vhost ? vhost : &site.main();
        request.scope = request.vhost->base.get();
        request.response = &response;
        request.method_name = "GET";
        request.start_micros = 1'700'000'000'000'000;
    }
    Asked& at(std::string_view uri, std::string_view filename = {})
    {
        request.uri = request.path_escaped = uri;
        request.filename = filename;
        return *this;
    }

private:
    Arena arena_;

public:
    Peer peer;
    Response response;
    Request request;
};

} // namespace signet::server
