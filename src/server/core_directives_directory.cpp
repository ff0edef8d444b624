// What a directory's files may do and how they are sent: Options, AllowOverride, handlers, ETags.
// https://httpd.apache.org/docs/2.4/mod/core.html
#include "server/core_directives.h"

#include "base/text.h"

#include <algorithm>
#include <limits>

namespace signet::server::core {
namespace {

constexpr unsigned includes_bits = option_includes | option_includes_noexec;

std::string where(const Words& words)
{
    const auto& position = words.position();
    return "line " + std::to_string(position.line) + " of "
           + (position.file ? position.file->path : "") + ".";
}

std::string file_and_line(const Words& words)
{
    const auto& position = words.position();
    return (position.file ? position.file->path : "") + ":" + std::to_string(position.line);
}

uint8_t byte(unsigned bits)
{
    return static_cast<uint8_t>(bits);
}

} // namespace

unsigned option_bits(std::string_view name)
{
    struct Spelling {
        std::string_view name;
        unsigned bits;
    };
    static constexpr Spelling spellings[] = {
        {"Indexes", option_indexes},
        {"Includes", option_includes},
        {"IncludesNOEXEC", option_includes_noexec},
        {"FollowSymLinks", option_follow_symlinks},
        {"SymLinksIfOwnerMatch", option_symlinks_if_owner},
        {"ExecCGI", option_exec_cgi},
        {"MultiViews", option_multiviews},
        {"RunScripts", option_multiviews | option_exec_cgi}, // Apache 1.0's name
    };
    for (const auto& spelling : spellings) {
        if (iequals(name, spelling.name)) return spelling.bits;
    }
    return 0;
}

namespace {

// Both kinds of Includes are one permission with two strengths: naming one drops the other.
void apply_relative_option(CoreConfig& config, char sign, unsigned bits)
{
    const unsigned touched = (bits & includes_bits) ? bits | includes_bits : bits;
    config.options_add = byte(config.options_add & ~touched);
    config.options_remove = byte(config.options_remove & ~touched);
    config.options = byte(config.options & ~touched);
    if (sign == '+') {
        config.options_add = byte(config.options_add | bits);
        config.options_remove = byte(config.options_remove | (touched & ~bits));
        config.options = byte(config.options | bits);
    } else {
        config.options_remove = byte(config.options_remove | touched);
    }
}

} // namespace

Result<void> options(CoreConfig& config, const Words& words)
{
    bool first = true;
    bool relative = false;
    for (size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        const char sign = !word.empty() && (word[0] == '+' || word[0] == '-') ? word[0] : '\0';
        if (sign) word.remove_prefix(1);
        if (first && sign) {
            relative = true;
            first = false;
        } else if (first) {
            config.options = 0;
            config.options_add = config.options_remove = 0;
            config.options_relative = false;
        } else if ((sign != '\0') != relative) {
            return fail("Either all Options must start with + or -, or no Option may.");
        }
        config.options_set = true;
        if (iequals(word, "None") || iequals(word, "All")) {
            const bool all = iequals(word, "All");
            const std::string name = all ? "All" : "None";
            if (relative) {
                return fail("You may not use 'Options +" + name + "' or 'Options -" + name + "'.");
            }
            if (!first) {
                return fail(all ? "'Options All' must be the first option given."
                                : "'Options None' must be the first Option given.");
            }
            // What follows None or All may be anything Apache accepts at the start of the line,
            // except for None, after which + and - are still possible.
            if (all) {
                config.options = option_all;
                first = false;
            }
            if ((words.place().override_options & config.options) != config.options) {
                return fail("Option " + std::string(word) + " not allowed here");
            }
            continue;
        }
        const unsigned bits = option_bits(word);
        if (bits == 0) return fail("Illegal option " + std::string(word));
        if ((words.place().override_options & bits) != bits) {
            return fail("Option " + std::string(word) + " not allowed here");
        }
        if (sign) {
            apply_relative_option(config, sign, bits);
        } else {
            config.options = byte(config.options | bits);
        }
        first = false;
    }
    return {};
}

namespace {

// AllowOverride Options=Indexes,MultiViews
Result<uint8_t> admitted_options(std::string_view list)
{
    unsigned bits = 0;
    for (const auto name : split(list, ',')) {
        if (name.empty()) continue;
        if (iequals(name, "All")) {
            bits = 0xff;
        } else if (iequals(name, "None")) {
            bits = 0;
        } else if (const unsigned bit = option_bits(name)) {
            // Whoever may use Includes may also use its harmless form.
            bits |= bit == option_includes ? includes_bits : bit;
        } else {
            return fail("Illegal option " + std::string(name));
        }
    }
    return byte(bits);
}

Result<void> apply_override_word(CoreConfig& config, std::string_view word)
{
    struct Class {
        std::string_view name;
        unsigned bits;
    };
    static constexpr Class classes[] = {
        {"Limit", config::override_limit},        {"Options", config::override_options},
        {"FileInfo", config::override_file_info}, {"AuthConfig", config::override_auth_config},
        {"Indexes", config::override_indexes},
    };
    const auto equals = word.find('=');
    const auto key = word.substr(0, equals);
    const auto value = equals == word.npos ? std::string_view{} : word.substr(equals + 1);
    const unsigned so_far = config.allow_override.value_or(0);
    if (iequals(key, "None")) {
        config.allow_override = 0;
    } else if (iequals(key, "All")) {
        config.allow_override = config::override_all;
    } else if (iequals(key, "Nonfatal") && equals != word.npos) {
        config.allow_override_nonfatal |=
            iequals(value, "Override") || iequals(value, "Unknown") || iequals(value, "All");
    } else if (const auto* found = std::ranges::find_if(
                   classes, [&](const Class& one) { return iequals(one.name, key); });
               found != std::end(classes)) {
        config.allow_override = byte(so_far | found->bits);
        if (found->bits == config::override_options && equals != word.npos) {
            auto bits = admitted_options(value);
            if (!bits) return std::unexpected(bits.error());
            config.allow_override_options = *bits;
        }
    } else {
        return fail("Illegal override option " + std::string(key));
    }
    return {};
}

} // namespace

Result<void> allow_override(CoreConfig& config, const Words& words)
{
    const auto section = words.place().section;
    if (section == SectionKind::location || section == SectionKind::files) {
        words.warn(useless_allow_override,
                   "AH00114: Useless use of AllowOverride in " + where(words),
                   "move it to a <Directory> section");
    }
    config.allow_override = 0;
    config.allow_override_options = uint8_t{0xff};
    config.allow_override_nonfatal = false;
    for (size_t i = 0; i < words.size(); ++i) {
        if (auto applied = apply_override_word(config, words[i]); !applied) return applied;
    }
    return {};
}

Result<void> allow_override_list(CoreConfig& config, const Words& words)
{
    const auto section = words.place().section;
    if (section == SectionKind::location || section == SectionKind::files) {
        words.warn(useless_allow_override,
                   "AH00115: Useless use of AllowOverrideList in " + where(words),
                   "move it to a <Directory> section");
    }
    std::vector<std::string> names;
    for (size_t i = 0; i < words.size(); ++i) {
        if (iequals(words[i], "None")) {
            if (words.size() != 1) {
                return fail("'None' not allowed with other directives in AllowOverrideList");
            }
            break;
        }
        const auto* known = config::find_known_directive(words[i]);
        if (!known) {
            words.warn(unknown_in_override_list, "AH00116: Discarding unrecognized directive `"
                                                     + words[i] + "' in AllowOverrideList at "
                                                     + file_and_line(words));
        } else if (!(known->allowed & config::in_htaccess)) {
            words.warn(unknown_in_override_list, "AH02304: Discarding directive `" + words[i]
                                                     + "' not allowed in AllowOverrideList at "
                                                     + file_and_line(words));
        } else {
            names.push_back(words[i]);
        }
    }
    config.allow_override_list = std::move(names);
    return {};
}

Result<void> access_file_name(CoreConfig& config, const Words& words)
{
    config.access_file_names.clear();
    for (size_t i = 0; i < words.size(); ++i) config.access_file_names.push_back(words[i]);
    return {};
}

Result<void> accept_path_info(CoreConfig& config, const Words& words)
{
    using enum CoreConfig::PathInfo;
    if (iequals(words[0], "on")) {
        config.accept_path_info = on;
    } else if (iequals(words[0], "off")) {
        config.accept_path_info = off;
    } else if (iequals(words[0], "default")) {
        config.accept_path_info = handler_decides;
    } else {
        return fail("AcceptPathInfo must be set to on, off or default");
    }
    return {};
}

Result<void> force_type(CoreConfig& config, const Words& words)
{
    config.force_type = iequals(words[0], "none") ? std::string() : lowercase(words[0]);
    return {};
}

Result<void> set_handler(CoreConfig& config, const Words& words)
{
    config.handler_expression = nullptr;
    config.handler.reset();
    if (words[0].starts_with("expr=")) {
        auto expression = words.text_expression(std::string_view(words[0]).substr(5));
        if (!expression) return fail("Can't parse expression : " + expression.error().text);
        config.handler_expression =
            std::make_shared<const config::Expression>(std::move(*expression));
    } else {
        config.handler = iequals(words[0], "none") ? std::string() : words[0];
    }
    return {};
}

Result<void> add_default_charset(CoreConfig& config, const Words& words)
{
    if (iequals(words[0], "off")) {
        config.add_default_charset = "";
    } else if (iequals(words[0], "on")) {
        config.add_default_charset = "iso-8859-1";
    } else {
        config.add_default_charset = words[0];
    }
    return {};
}

Result<void> set_output_filter(CoreConfig& config, const Words& words)
{
    config.output_filters = words[0];
    return {};
}

Result<void> set_input_filter(CoreConfig& config, const Words& words)
{
    config.input_filters = words[0];
    return {};
}

Result<void> content_digest(CoreConfig& config, const Words& words)
{
    config.content_digest = words.on();
    return {};
}

Result<void> enable_mmap(CoreConfig& config, const Words& words)
{
    config.enable_mmap = on_or_off(words[0]);
    if (!config.enable_mmap) return fail("parameter must be 'on' or 'off'");
    return {};
}

Result<void> enable_sendfile(CoreConfig& config, const Words& words)
{
    config.enable_sendfile = on_or_off(words[0]);
    if (!config.enable_sendfile) return fail("parameter must be 'on' or 'off'");
    return {};
}

Result<void> cgi_pass_auth(CoreConfig& config, const Words& words)
{
    config.cgi_pass_auth = words.on();
    return {};
}

Result<void> cgi_var(CoreConfig& config, const Words& words)
{
    if (!iequals(words[0], "REQUEST_URI")) {
        return fail("Unrecognized CGI variable: \"" + words[0] + "\"");
    }
    if (iequals(words[1], "current-uri")) {
        config.cgi_original_uri = false;
    } else if (iequals(words[1], "original-uri")) {
        config.cgi_original_uri = true;
    } else {
        return fail("Valid rules for REQUEST_URI are 'current-uri' and 'original-uri'");
    }
    return {};
}

Result<void> default_type(CoreConfig&, const Words& words)
{
    if (!iequals(words[0], "none")) {
        words.warn(default_type_ignored,
                   "AH00117: Ignoring deprecated use of DefaultType in " + where(words),
                   "ForceType " + words[0]);
    }
    return {};
}

} // namespace signet::server::core
