// ProxyPass, ProxyPassMatch, ProxyPassReverse: which requests are another server's.
#include "base/text.h"
#include "modules/mod_proxy/backend_url.h"
#include "modules/mod_proxy/config.h"
#include "server/words.h"

#include <algorithm>

namespace signet::mod_proxy {
namespace {

using server::Words, server::SectionKind;

// The path of the <Location> around, or nothing outside of one.
const std::string* location_of(const Words& words)
{
    return words.place().section == SectionKind::location ? &words.place().path : nullptr;
}

Result<void> check_section(const Words& words)
{
    switch (words.place().section) {
    case SectionKind::directory:
        return fail(words.name() + " cannot occur within <Directory> section");
    case SectionKind::files: return fail(words.name() + " cannot occur within <Files> section");
    default: return {};
    }
}

// Takes the path and the URL off the words; the index of what comes next.
Result<size_t> take_path_and_url(Pass& pass, const Words& words)
{
    size_t next = 0;
    if (const auto* location = location_of(words)) {
        if (words.size() > 0 && words[0].starts_with('/'))
            return fail("ProxyPass|ProxyPassMatch can not have a path when defined in a location.");
        pass.path = *location;
    } else if (words.size() > 1) {
        pass.path = words[next++];
    }
    if (pass.path.empty() || words.size() <= next)
        return fail("ProxyPass|ProxyPassMatch needs a path when not defined in a location");
    pass.url = words[next++];
    return next;
}

// Words that are no parameters, in any order before them.
size_t take_flags(Pass& pass, const Words& words, size_t next)
{
    for (; next < words.size(); ++next) {
        if (iequals(words[next], "nocanon")) {
            pass.raw = true;
        } else if (iequals(words[next], "interpolate")) {
            pass.interpolated = true;
        } else if (!iequals(words[next], "noquery")) { // which changes nothing that is sent
            break;
        }
    }
    return next;
}

// "/app" to "http://backend/" makes "http://backend//x" of "/app/x", and the other way round.
void warn_of_slashes(const Pass& pass, const Words& words)
{
    const auto parts = parse_url(pass.url);
    if (!parts) return;
    if (pass.path.ends_with('/') == parts->rest.ends_with('/')) return;
    words.warn(slash_mismatch,
               words.name() + ": only one of " + pass.path + " and " + pass.url
                   + " ends with a slash",
               "end both with a slash, or none");
}

} // namespace

size_t covered(std::string_view path, std::string_view uri)
{
    if (!uri.starts_with(path)) return 0;
    if (!path.ends_with('/') && uri.size() > path.size() && uri[path.size()] != '/') return 0;
    return path.size();
}

namespace {

// ${…} and $1 are not known before a request: what stands before them names the backend.
std::string fixed_part(const std::string& url, bool is_pattern)
{
    return is_pattern ? url.substr(0, url.find('$')) : url.substr(0, url.find("${"));
}

Result<void> add_pass(Config& config, Pass pass, const Words& words, size_t next)
{
    next = take_flags(pass, words, next);
    for (size_t i = next; i < words.size(); ++i) {
        if (words[i].find('=') == std::string::npos)
            return fail("Invalid ProxyPass|ProxyPassMatch parameter. Parameter must be in the form "
                        "'key=value'.");
    }
    if (!pass.excludes()) {
        const auto known = fixed_part(pass.url, pass.pattern != nullptr);
        if (!parse_url(known) && known.size() == pass.url.size())
            return fail("ProxyPass URL must be absolute!: " + pass.url);
        if (parse_url(known)) {
            if (auto defined = define_backend(config, known, words, next, "ProxyPass "); !defined)
                return defined;
        }
        if (!pass.pattern) warn_of_slashes(pass, words);
    }
    if (location_of(words)) config.passes.clear(); // the last one counts
    config.passes.push_back(std::move(pass));
    return {};
}

} // namespace

Result<void> proxy_pass(Config& config, const Words& words)
{
    if (auto checked = check_section(words); !checked) return checked;
    Pass pass;
    const auto next = take_path_and_url(pass, words);
    if (!next) return std::unexpected(next.error());
    if (location_of(words) && words.place().path_is_pattern) {
        auto regex = words.regex(pass.path); // of <LocationMatch>
        if (regex) pass.pattern = std::make_shared<const config::Regex>(std::move(*regex));
    }
    return add_pass(config, std::move(pass), words, *next);
}

Result<void> proxy_pass_match(Config& config, const Words& words)
{
    if (auto checked = check_section(words); !checked) return checked;
    Pass pass;
    const auto next = take_path_and_url(pass, words);
    if (!next) return std::unexpected(next.error());
    auto regex = words.regex(pass.path);
    if (!regex) return fail("Regular expression could not be compiled.");
    pass.pattern = std::make_shared<const config::Regex>(std::move(*regex));
    return add_pass(config, std::move(pass), words, *next);
}

Result<void> proxy_pass_reverse(Config& config, const Words& words)
{
    if (auto checked = check_section(words); !checked) return checked;
    Mapping mapping;
    size_t next = 0;
    if (const auto* location = location_of(words)) {
        mapping.outside = *location;
    } else if (words.size() > 1) {
        mapping.outside = words[next++];
    }
    if (mapping.outside.empty() || words.size() <= next)
        return fail("ProxyPassReverse needs a path when not defined in a location");
    mapping.inside = words[next++];
    mapping.interpolated = words.size() > next && iequals(words[next], "interpolate");
    config.reverses.push_back(std::move(mapping));
    return {};
}

} // namespace signet::mod_proxy
