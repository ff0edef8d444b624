// mod_expires: how long clients may keep what they got, as Expires and Cache-Control: max-age.
//
//     ExpiresActive  On
//     ExpiresDefault "access plus 1 month"         from the time of the request
//     ExpiresByType  image/png "modification plus 2 weeks 3 days"   from the file's last change
//     ExpiresByType  image/*   A86400              the short form: A or M and seconds
//
// A type beats a type with a star, which beats the default. An answer that has an Expires field
// already keeps it, and errors get none; Header runs later and may change both fields. A time that
// counts from the file's last change says nothing where there is no file.
// Beware: a code that begins with a capital A or M is read as the short form, whatever follows.
// https://httpd.apache.org/docs/2.4/mod/mod_expires.html
#include "base/text.h"
#include "http/date.h"
#include "modules/list.h"
#include "server/request.h"
#include "server/response.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace signet::mod_expires {
namespace {

using config::allowed_everywhere, config::override_indexes;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int bad_code = 710;
constexpr int bad_type = 711;
constexpr int misread_code = 712;

struct Lifetime {
    bool since_change = false; // else since the request
    int32_t seconds = 0;
};

struct Config {
    std::optional<bool> active;
    std::optional<Lifetime> otherwise; // ExpiresDefault
    CaseInsensitiveMap<Lifetime> types;
    // "image/*" is among the types of this very section: those of outer sections are not looked up
    // then unless this one has a star too, as in Apache.
    bool has_star = false;
};

Config merge(const Config& outer, const Config& inner)
{
    Config merged{.active = inner.active ? inner.active : outer.active,
                  .otherwise = inner.otherwise ? inner.otherwise : outer.otherwise,
                  .types = inner.types,
                  .has_star = inner.has_star};
    merged.types.insert(outer.types.begin(), outer.types.end());
    return merged;
}

// Reading a code.

// Seconds of "years", "months" …; only the first letters count.
std::optional<int32_t> unit(std::string_view word)
{
    struct Unit {
        std::string_view beginning;
        int32_t seconds;
    };
    constexpr int32_t day = 24 * 60 * 60;
    static constexpr Unit units[] = {{"y", 365 * day}, {"mo", 30 * day}, {"w", 7 * day}, {"d", day},
                                     {"h", 60 * 60},   {"mi", 60},       {"s", 1}};
    for (const auto& [beginning, seconds] : units) {
        if (istarts_with(word, beginning)) return seconds;
    }
    return std::nullopt;
}

// As C's atoi, which Apache reads numbers with: leading digits count, the rest does not, and what
// does not fit is cut off.
int32_t leading_number(const std::string& text)
{
    return static_cast<int32_t>(std::strtol(text.c_str(), nullptr, 10));
}

Result<Lifetime> parse_long_form(std::string_view code)
{
    const auto words = split_words(code);
    size_t at = 0;
    const auto next = [&] { return at < words.size() ? std::string(words[at++]) : std::string(); };
    Lifetime lifetime;
    std::string word = next();
    if (istarts_with(word, "m")) {
        lifetime.since_change = true;
    } else if (!istarts_with(word, "n") && !istarts_with(word, "a")) {
        return fail("bad expires code, unrecognised <base> '" + word + "'");
    }
    word = next();
    if (istarts_with(word, "p")) word = next();
    uint32_t seconds = 0; // wraps where Apache's does
    while (!word.empty()) {
        if (!is_digit(word[0])) {
            return fail("bad expires code, numeric value expected <num> '" + word + "'");
        }
        const int32_t number = leading_number(word);
        word = next();
        if (word.empty()) return fail("bad expires code, missing <type>");
        const auto factor = unit(word);
        if (!factor) return fail("bad expires code, unrecognised <type>'" + word + "'");
        seconds += static_cast<uint32_t>(*factor) * static_cast<uint32_t>(number);
        word = next();
    }
    lifetime.seconds = static_cast<int32_t>(seconds);
    return lifetime;
}

Result<Lifetime> parse_code(const Words& words, const std::string& code)
{
    if (code.empty() || (code[0] != 'A' && code[0] != 'M')) return parse_long_form(code);
    if (code.size() > 1 && is_alpha(code[1])) {
        words.warn(misread_code,
                   words.name() + ": '" + code
                       + "' is read as the short form because of its capital letter, so the answer "
                         "expires at once",
                   "write '" + lowercase(code) + "'");
    }
    return Lifetime{.since_change = code[0] == 'M', .seconds = leading_number(code.substr(1))};
}

Result<void> expires_active(Config& config, const Words& words)
{
    config.active = words.on();
    return {};
}

Result<void> expires_default(Config& config, const Words& words)
{
    const auto lifetime = parse_code(words, words[0]);
    if (!lifetime) {
        return words.refuse(bad_code, "'ExpiresDefault " + words[0] + "': " + lifetime.error().text,
                            "a base, plus, and numbers with units, in quotes",
                            "ExpiresDefault \"access plus 1 month\"");
    }
    config.otherwise = *lifetime;
    return {};
}

Result<void> expires_by_type(Config& config, const Words& words)
{
    const std::string& type = words[0];
    const size_t slash = type.rfind('/');
    if (slash == type.npos) {
        return words.refuse(bad_type, "Invalid mimetype: should contain a slash",
                            "a media type such as image/png, or image/*",
                            "ExpiresByType image/png \"access plus 1 month\"");
    }
    if (type.substr(slash + 1) == "*") config.has_star = true;
    const auto lifetime = parse_code(words, words[1]);
    if (!lifetime) {
        return words.refuse(
            bad_code, "'ExpiresByType " + type + " " + words[1] + "': " + lifetime.error().text,
            "a base, plus, and numbers with units, in quotes",
            "ExpiresByType " + type + " \"access plus 1 month\"");
    }
    config.types.insert_or_assign(type, *lifetime);
    return {};
}

// The answer.

const Lifetime* find_lifetime(const Config& config, std::string_view type)
{
    const auto exact = config.types.find(trim(type.substr(0, type.find(';'))));
    if (exact != config.types.end()) return &exact->second;
    if (config.has_star) {
        if (const size_t slash = type.find('/'); slash != type.npos) {
            const auto star = config.types.find(std::string(type.substr(0, slash + 1)) + "*");
            if (star != config.types.end()) return &star->second;
        }
    }
    return config.otherwise ? &*config.otherwise : nullptr;
}

void set_fields(const Lifetime& lifetime, Request& request, http::Headers& fields)
{
    constexpr int64_t second = 1'000'000;
    const bool has_file = request.file.type != server::FileInfo::Type::none;
    if (lifetime.since_change && !has_file) return;
    const int64_t base = lifetime.since_change ? request.file.mtime_micros : request.start_micros;
    const int64_t expires = std::max(base + lifetime.seconds * second, request.start_micros);
    std::string age = "max-age=";
    append_signed(age, (expires - request.start_micros) / second);
    const auto had = std::ranges::find_if(
        fields, [](const http::Field& field) { return iequals(field.name, "Cache-Control"); });
    if (had != fields.end()) {
        had->value = request.arena.join(had->value, ", ", age);
    } else {
        fields.add("Cache-Control", request.arena.copy(age));
    }
    fields.set("Expires", request.arena.copy(http::date_text(expires / second).view()));
}

Outcome add_expiry(const Config& config, Request& request, Response& response)
{
    if (response.status >= 400) return Outcome::declined;
    if (response.headers.has("Expires") || response.always_headers.has("Expires")) {
        return Outcome::declined;
    }
    if (const auto* lifetime = find_lifetime(config, response.content_type))
        set_fields(*lifetime, request, response.headers);
    return Outcome::declined;
}

bool is_active(const Config& config)
{
    return config.active.value_or(false) && (config.otherwise || !config.types.empty());
}

constexpr server::Directive<Config> directives[] = {
    {"ExpiresActive", Takes::flag, expires_active, allowed_everywhere, override_indexes,
     "On or Off"},
    {"ExpiresByType", Takes::two, expires_by_type, allowed_everywhere, override_indexes,
     "a media type, and when what has it expires"},
    {"ExpiresDefault", Takes::one, expires_default, allowed_everywhere, override_indexes,
     "when everything else expires"},
};
constexpr server::Hook<Config> hooks[] = {
    // Before mod_headers, which may change what is set here.
    {server::Phase::response_head, server::Order::middle, add_expiry, is_active},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("expires_module", "mod_expires.c", directives,
                                                hooks);
}

} // namespace signet::mod_expires

namespace signet::modules {

server::Module mod_expires()
{
    return mod_expires::module();
}

} // namespace signet::modules
