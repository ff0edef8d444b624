#include "config/lost_lines.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace signet::config {
namespace {

// Fewer may be prose about directives, or the arguments of AllowOverrideList.
constexpr size_t enough = 6;

// Names of earlier versions that the table of 2.4 lacks.
constexpr std::array<std::string_view, 16> old_names = {
    "MaxClients",    "MaxRequestsPerChild", "SSLMutex",       "SSLLog",       "SSLLogLevel",
    "LockFile",      "AcceptMutex",         "Port",           "BindAddress",  "ServerType",
    "AddModule",     "ClearModuleList",     "ResourceConfig", "AccessConfig", "SSLCertificateChain",
    "FancyIndexing",
};

// The directive a token of the line is, when it is one: "<Directory", "</IfModule>", "Listen".
bool recognise(std::string_view token, Swallowed& out)
{
    std::string_view name = token;
    out.is_section = name.starts_with('<');
    if (out.is_section) {
        name.remove_prefix(1);
        out.is_closing = name.starts_with('/');
        if (out.is_closing) name.remove_prefix(1);
        if (name.ends_with('>')) name.remove_suffix(1);
    }
    out.name = name;
    out.known = find_known_directive(name);
    if (out.known) {
        // Prose and arguments are rarely written with a directive's capitals.
        return out.known->is_section == out.is_section
               && (out.is_section || name == out.known->name || name == out.known->message_name);
    }
    return !out.is_section && std::ranges::find(old_names, name) != old_names.end();
}

std::string_view arguments_between(std::string_view line, size_t start, size_t end)
{
    std::string_view text = line.substr(start, end - start);
    if (const size_t comment = text.find(" #"); comment != std::string_view::npos) {
        text = text.substr(0, comment);
    }
    return trim(text);
}

} // namespace

std::vector<Swallowed> find_swallowed(std::string_view line)
{
    std::vector<Swallowed> found;
    if (line.size() < 40) return found; // too short for that many
    std::vector<size_t> ends;
    bool has_closing = false;
    bool in_quotes = false;
    for (size_t at = 0; at < line.size();) {
        if (is_space(line[at])) {
            ++at;
            continue;
        }
        size_t end = at;
        const bool starts_outside = !in_quotes;
        while (end < line.size() && !is_space(line[end])) {
            if (line[end] == '"' && (end == 0 || line[end - 1] != '\\')) in_quotes = !in_quotes;
            ++end;
        }
        Swallowed one{.offset = at};
        if (starts_outside && recognise(line.substr(at, end - at), one)) {
            has_closing = has_closing || one.is_closing;
            found.push_back(one);
            ends.push_back(end);
        }
        at = end;
    }
    if (found.size() < enough || (!has_closing && line.find(" # ") == std::string_view::npos))
        return {};
    for (size_t i = 0; i < found.size(); ++i) {
        const size_t next = i + 1 < found.size() ? found[i + 1].offset : line.size();
        auto& arguments = found[i].arguments;
        arguments = arguments_between(line, ends[i], next);
        if (found[i].is_section) arguments = trim(arguments.substr(0, arguments.find('>')));
    }
    return found;
}

} // namespace signet::config
