#include "server/old_directives.h"

#include "base/text.h"

#include <algorithm>

namespace signet::server {
namespace {

// Catalogue ids (diagnosis/module_entries.cpp).
constexpr int renamed = 720;
constexpr int not_needed = 721;
constexpr int order_of_modules = 722;
constexpr int one_listen_for_all = 723;

void set_words(config::Node& node, std::vector<std::string> texts)
{
    const uint32_t column = node.words.empty() ? node.position.column : node.words.front().column;
    node.words.clear();
    node.arguments.clear();
    for (auto& text : texts) {
        if (!node.arguments.empty()) node.arguments += ' ';
        node.arguments += text;
        node.words.push_back({.text = std::move(text), .column = column});
    }
}

std::string first_word(const config::Node& node)
{
    return node.words.empty() ? "" : node.words[0].text;
}

// AcceptMutex fcntl → Mutex fcntl default
void accept_mutex(config::Node& node)
{
    set_words(node, {first_word(node), "default"});
}

// LockFile /run/lock/accept.lock → Mutex file:/run/lock default
void lock_file(config::Node& node)
{
    const std::string path = first_word(node);
    const auto slash = path.rfind('/');
    set_words(node, {slash == std::string::npos || slash == 0 ? "default"
                                                              : "file:" + path.substr(0, slash),
                     "default"});
}

// AgentLog and RefererLog wrote one field per line.
void agent_log(config::Node& node)
{
    set_words(node, {first_word(node), "%{User-agent}i"});
    if (node.words.size() == 2) node.words[1].quoted = true;
}

void referer_log(config::Node& node)
{
    set_words(node, {first_word(node), "%{Referer}i -> %U"});
    if (node.words.size() == 2) node.words[1].quoted = true;
}

// The usual "/dev/null" says that there is no such file; another one would have to be included, and
// what it says must not be lost without an error: this name is no directive's.
void another_file(config::Node& node)
{
    if (first_word(node) == "/dev/null") {
        set_words(node, {"http", "none"});
        node.name = "AcceptFilter";
    } else {
        node.name = "ResourceConfig or AccessConfig";
    }
}

void cookie_log(config::Node& node)
{
    set_words(node, {first_word(node), "%{Cookie}n \"%r\" %t"});
}

constexpr OldDirective table[] = {
    {"MaxClients", "MaxRequestWorkers", nullptr, renamed,
     "MaxClients is called MaxRequestWorkers since Apache 2.4"},
    {"MaxRequestsPerChild", "MaxConnectionsPerChild", nullptr, renamed,
     "MaxRequestsPerChild is called MaxConnectionsPerChild since Apache 2.4"},
    {"MaxThreadsPerChild", "ThreadLimit", nullptr, renamed,
     "MaxThreadsPerChild is called ThreadLimit since Apache 2.0"},
    {"Port", "Listen", nullptr, one_listen_for_all,
     "Port was replaced with Listen in Apache 2.0; it is read as Listen"},
    {"BindAddress", "", nullptr, one_listen_for_all,
     "BindAddress was replaced with Listen in Apache 2.0; write Listen address:port"},
    {"ServerType", "", nullptr, not_needed,
     "ServerType is gone since Apache 2.0: the server is always standalone"},
    {"ClearModuleList", "", nullptr, order_of_modules,
     "ClearModuleList is gone since Apache 2.0: modules are compiled in and ordered by the server"},
    {"AddModule", "", nullptr, order_of_modules,
     "AddModule is gone since Apache 2.0: modules are compiled in and ordered by the server"},
    {"ResourceConfig", "Include", another_file, renamed,
     "ResourceConfig is gone since Apache 2.0: use Include"},
    {"AccessConfig", "Include", another_file, renamed,
     "AccessConfig is gone since Apache 2.0: use Include"},
    {"AcceptMutex", "Mutex", accept_mutex, renamed,
     "AcceptMutex is a part of Mutex since Apache 2.4"},
    {"LockFile", "Mutex", lock_file, renamed, "LockFile is a part of Mutex since Apache 2.4"},
    {"AgentLog", "CustomLog", agent_log, renamed,
     "AgentLog is gone since Apache 2.0; it is read as CustomLog with %{User-agent}i"},
    {"RefererLog", "CustomLog", referer_log, renamed,
     "RefererLog is gone since Apache 2.0; it is read as CustomLog with %{Referer}i"},
    {"RefererIgnore", "", nullptr, not_needed,
     "RefererIgnore is gone since Apache 2.0: use SetEnvIf Referer and CustomLog … env=!name"},
    {"CookieLog", "CustomLog", cookie_log, renamed,
     "CookieLog is gone since Apache 2.4; it is read as CustomLog with %{Cookie}n"},
};

} // namespace

const OldDirective* find_old_directive(std::string_view name)
{
    const auto* found = std::ranges::find_if(
        table, [&](const OldDirective& one) { return iequals(one.name, name); });
    return found == std::end(table) ? nullptr : found;
}

} // namespace signet::server
