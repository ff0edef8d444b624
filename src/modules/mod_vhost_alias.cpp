// mod_vhost_alias: document roots made of the host's name or address, for hosting many sites.
//
//     UseCanonicalName Off
//     VirtualDocumentRoot   "/www/hosts/%0/docs"          the whole name
//     VirtualDocumentRoot   "/www/hosts/%-2.1/%-2+/docs"  parts: from the right, and their letters
//     VirtualScriptAlias    "/www/hosts/%0/cgi-bin"       for /cgi-bin/
//     VirtualDocumentRootIP "/www/addresses/%0"           the address that was connected to
//
// N counts the parts between dots, M the characters; "-" from the end, "+" with all that follow (or
// come before); %p is the port. What is not there is "_".
// https://httpd.apache.org/docs/2.4/mod/mod_vhost_alias.html
#include "base/text.h"
#include "modules/list.h"
#include "server/request.h"

#include <algorithm>
#include <optional>

namespace signet::mod_vhost_alias {
namespace {

using config::allowed_server, config::override_none;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int bad_format = 933;

struct Root {
    std::string format; // "" for none
    bool of_address = false;
};

struct Config {
    std::optional<Root> documents;
    std::optional<Root> scripts;
};

Config merge(const Config& outer, const Config& inner)
{
    return {.documents = inner.documents ? inner.documents : outer.documents,
            .scripts = inner.scripts ? inner.scripts : outer.scripts};
}

// One end of "%-N+.-M+".
struct Index {
    size_t number = 0; // from 1; 0: everything
    bool from_end = false;
    bool and_beyond = false;
};

// Takes "-3+" off the text; nothing when there is no digit.
std::optional<Index> take_index(std::string_view& text)
{
    Index index;
    index.from_end = text.starts_with('-');
    if (index.from_end) text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    index.number = static_cast<size_t>(text.front() - '0');
    text.remove_prefix(1);
    index.and_beyond = text.starts_with('+');
    if (index.and_beyond) text.remove_prefix(1);
    return index;
}

bool is_format(std::string_view text)
{
    for (size_t at = text.find('%'); at != text.npos; at = text.find('%')) {
        text.remove_prefix(at + 1);
        if (text.starts_with('%') || text.starts_with('p')) {
            text.remove_prefix(1);
            continue;
        }
        if (!take_index(text)) return false;
        if (!text.starts_with('.')) continue;
        text.remove_prefix(1);
        if (!take_index(text)) return false;
    }
    return true;
}

// The part of `count` units that the index names, as first and last unit (exclusive).
std::optional<std::pair<size_t, size_t>> range(const Index& index, size_t count)
{
    if (index.number == 0) return std::pair{size_t{0}, count};
    if (index.number > count) return std::nullopt;
    const size_t at = index.from_end ? count - index.number : index.number - 1;
    if (!index.and_beyond) return std::pair{at, at + 1};
    return index.from_end ? std::pair{size_t{0}, at + 1} : std::pair{at, count};
}

std::string_view part_of(std::string_view name, const Index& part, const Index& letter)
{
    constexpr size_t most_parts = 19;
    std::vector<size_t> starts{0};
    for (size_t i = 0; i < name.size(); ++i) {
        if (name[i] == '.' && starts.size() < most_parts) starts.push_back(i + 1);
    }
    const size_t count = starts.size();
    starts.push_back(name.size() + 1);
    const auto parts = range(part, count);
    if (!parts)
        name = "_";
    else
        name = name.substr(starts[parts->first], starts[parts->second] - 1 - starts[parts->first]);
    const auto letters = range(letter, name.size());
    return letters ? name.substr(letters->first, letters->second - letters->first) : "_";
}

std::string expand(std::string_view format, std::string_view name, const Request& request)
{
    std::string out;
    while (true) {
        const size_t at = format.find('%');
        out += format.substr(0, at);
        if (at == format.npos) return out;
        format.remove_prefix(at + 1);
        if (format.starts_with('%') || format.starts_with('p')) {
            out += format.front() == '%' ? "%" : std::to_string(request.server_port());
            format.remove_prefix(1);
            continue;
        }
        const auto part = take_index(format).value_or(Index{});
        Index letter;
        if (format.starts_with('.')) {
            format.remove_prefix(1);
            letter = take_index(format).value_or(Index{});
        }
        out += lowercase(part_of(name, part, letter));
    }
}

// Where /cgi-bin/ ends in the path, 0 when the path is not there.
size_t scripts_end(std::string_view uri)
{
    const size_t start = std::min(uri.find_first_not_of('/'), uri.size());
    constexpr std::string_view folder = "cgi-bin";
    return uri.substr(start).starts_with("cgi-bin/") ? start + folder.size() : 0;
}

Outcome translate(const Config& config, Request& request, Response&)
{
    if (!request.uri.starts_with('/')) return Outcome::declined;
    const size_t end =
        config.scripts && !config.scripts->format.empty() ? scripts_end(request.uri) : 0;
    const auto& root = end != 0 ? config.scripts : config.documents;
    if (!root || root->format.empty()) return Outcome::declined;
    const std::string name =
        root->of_address ? request.peer->local.ip() : std::string(request.server_name());
    if (name.find("..") != std::string::npos) return 400;
    auto folder = expand(root->format, name, request);
    if (folder.ends_with('/')) folder.pop_back();
    const auto path = request.arena.copy(folder);
    request.filename = request.arena.join(path, request.uri.substr(end));
    if (end != 0) {
        request.handler = "cgi-script";
        request.notes.set("alias-forced-type", request.handler);
    } else {
        request.document_root = path;
    }
    return Outcome::ok;
}

bool has_roots(const Config& config)
{
    return config.documents || config.scripts;
}

template <std::optional<Root> Config::*root, bool of_address>
Result<void> set_root(Config& config, const Words& words)
{
    if (iequals(words[0], "none")) {
        config.*root = Root{};
        return {};
    }
    if (!words[0].starts_with('/')) {
        return words.refuse(bad_format, "format string must be an absolute path, or 'none'",
                            "a path with %0 and the like, or none");
    }
    if (!is_format(words[0])) {
        return words.refuse(bad_format, "syntax error in format string",
                            "a path with %0 and the like, or none");
    }
    config.*root = Root{.format = words[0], .of_address = of_address};
    return {};
}

constexpr const char* help = "a path with %0 and the like, or none";
constexpr server::Directive<Config> directives[] = {
    {"VirtualDocumentRoot", Takes::one, set_root<&Config::documents, false>, allowed_server,
     override_none, help},
    {"VirtualDocumentRootIP", Takes::one, set_root<&Config::documents, true>, allowed_server,
     override_none, help},
    {"VirtualScriptAlias", Takes::one, set_root<&Config::scripts, false>, allowed_server,
     override_none, help},
    {"VirtualScriptAliasIP", Takes::one, set_root<&Config::scripts, true>, allowed_server,
     override_none, help},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::translate, server::Order::middle, translate, has_roots},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("vhost_alias_module", "mod_vhost_alias.c",
                                                directives, hooks);
}

} // namespace signet::mod_vhost_alias

namespace signet::modules {

server::Module mod_vhost_alias()
{
    return mod_vhost_alias::module();
}

} // namespace signet::modules
