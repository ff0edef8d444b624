// mod_mime: what a file is, by the extensions in its name: media type, charset, language, coding,
// handler, filters.
//
//     AddType     text/x-log .log
//     AddLanguage de .de
//     AddEncoding gzip .gz
//     AddHandler  cgi-script .cgi
//
// "index.html.de.gz" has three extensions, in any order; each may say something, the last one wins
// where several say the same, and codings and languages add up. The first part of a name is never
// an extension. TypesConfig names the file with the common types; when it is missing, the server's
// own table serves. Remove… directives act after the Add… ones of their section.
// https://httpd.apache.org/docs/2.4/mod/mod_mime.html
#include "base/file.h"
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_mime/types.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"
#include "server/response.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

namespace signet::mod_mime {
namespace {

using config::allowed_everywhere, config::in_server, config::in_directory;
using config::override_file_info, config::override_none;
using server::Outcome, server::Repeats, server::Request, server::Response, server::Takes,
    server::Words;

constexpr int types_missing = 620;
constexpr int bad_match_option = 621;
constexpr int filter_unknown = 622;
constexpr int bad_handler_expression = 623;

// What an extension can say. The order is that of Extension::says.
enum Aspect : uint8_t {
    aspect_type,
    aspect_encoding,
    aspect_language,
    aspect_charset,
    aspect_handler,
    aspect_input_filter,
    aspect_output_filter,
};
constexpr size_t aspects = 7;

struct Extension {
    // Nothing: not said. An empty type hides the one of TypesConfig (RemoveType).
    std::array<std::optional<std::string>, aspects> says{};
};

struct Removal {
    std::string extension;
    Aspect aspect;
};

// MultiviewsMatch: extensions that count as part of a name's meaning.
enum Match : uint8_t { match_negotiated = 1, match_any = 2, match_handlers = 4, match_filters = 8 };

struct Config {
    CaseInsensitiveMap<Extension> extensions;
    std::vector<Removal> removals;
    std::optional<std::string> default_language;
    std::optional<uint8_t> multiviews_match;
    std::optional<bool> use_path_info;
    // TypesConfig's table: the main server's, filled by prepare and constant afterwards.
    std::optional<std::string> types_file;
    std::shared_ptr<Types> types = std::make_shared<Types>();
};

void remove(Config& config, const Removal& removal)
{
    const auto extension = config.extensions.find(removal.extension);
    if (extension != config.extensions.end()) extension->second.says[removal.aspect].reset();
}

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    for (const auto& [name, extension] : inner.extensions) {
        auto& target = merged.extensions[name];
        for (size_t i = 0; i < aspects; ++i) {
            if (extension.says[i]) target.says[i] = extension.says[i];
        }
    }
    merged.removals = inner.removals;
    for (const auto& removal : inner.removals) remove(merged, removal);
    if (inner.default_language) merged.default_language = inner.default_language;
    if (inner.multiviews_match) merged.multiviews_match = inner.multiviews_match;
    if (inner.use_path_info) merged.use_path_info = inner.use_path_info;
    return merged;
}

// Reading the directives.

std::string extension_of(std::string_view word)
{
    if (word.starts_with('.')) word.remove_prefix(1);
    return lowercase(word);
}

template <Aspect aspect> Result<void> add(Config& config, const Words& words)
{
    // Types, languages, charsets and handlers are told in small letters, however they are written.
    for (size_t i = 1; i < words.size(); ++i) {
        config.extensions[extension_of(words[i])].says[aspect] = lowercase(words[0]);
    }
    if (aspect == aspect_input_filter) {
        words.warn(filter_unknown, words.name() + ": there is no filter " + words[0] + " yet",
                   "leave the directive out until the filter's module is supported");
    }
    return {};
}

template <Aspect aspect> Result<void> remove(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        // A removed type is an empty one, so that it also hides the one of TypesConfig.
        if (aspect == aspect_type) {
            config.extensions[extension_of(words[i])].says[aspect] = "";
        } else {
            config.removals.push_back({extension_of(words[i]), aspect});
        }
    }
    return {};
}

Result<void> default_language(Config& config, const Words& words)
{
    config.default_language = words[0];
    return {};
}

Result<void> use_path_info(Config& config, const Words& words)
{
    config.use_path_info = words.on();
    return {};
}

Result<void> types_config(Config& config, const Words& words)
{
    config.types_file = words.path(words[0]);
    return {};
}

Result<void> multiviews_match(Config& config, const Words& words)
{
    struct Named {
        std::string_view name;
        uint8_t bit;
    };
    static constexpr Named options[] = {{"Any", match_any},
                                        {"NegotiatedOnly", match_negotiated},
                                        {"Filters", match_filters},
                                        {"Handlers", match_handlers}};
    uint8_t bits = config.multiviews_match.value_or(0);
    for (size_t i = 0; i < words.size(); ++i) {
        const auto* const option = std::ranges::find_if(
            options, [&](const Named& o) { return iequals(o.name, words[i]); });
        if (option == std::end(options)) {
            return words.refuse(bad_match_option, "Unrecognized option '" + words[i] + "'",
                                "Any, NegotiatedOnly, Handlers or Filters");
        }
        const bool alone = (option->bit & (match_any | match_negotiated)) != 0;
        const uint8_t others = static_cast<uint8_t>(~option->bit);
        const uint8_t excluded = alone ? others : uint8_t{match_any | match_negotiated};
        if ((bits & excluded) != 0) {
            return words.refuse(bad_match_option,
                                std::string(option->name) + " is incompatible with "
                                    + (option->bit == match_any ? "NegotiatedOnly"
                                       : option->bit == match_negotiated
                                           ? "Any"
                                           : "Any and NegotiatedOnly"),
                                "Any or NegotiatedOnly alone, or Handlers and Filters");
        }
        bits |= option->bit;
    }
    config.multiviews_match = bits;
    return {};
}

// The types are needed once, by all sections.
Result<void> prepare(const Config& config, server::VirtualHost&,
                     server::Configuration& configuration, config::Diagnostics& diagnostics)
{
    Types& types = *config.types;
    if (!types.empty()) return {};
    const auto file = config.types_file.value_or(configuration.path("conf/mime.types"));
    if (auto text = read_file(file)) {
        types.add(*text);
        return {};
    }
    types.add_built_in();
    if (config.types_file) {
        diagnostics.add(
            {.severity = diagnosis::Severity::warn,
             .id = types_missing,
             .message = "AH01597: could not open mime types config file " + file + ".",
             .expected = "a readable file of media types; the built-in table serves instead",
             .fix = "TypesConfig /etc/mime.types"});
    }
    return {};
}

// Finding out what a file is.

class Classifier {
public:
    Classifier(const Config& config, Request& request, Response& response)
        : config_(config)
        , request_(request)
        , response_(response)
    {
    }

    Outcome run()
    {
        if (request_.file.type == server::FileInfo::Type::directory) {
            response_.content_type = "httpd/unix-directory";
            return Outcome::ok;
        }
        if (request_.filename.empty()) return Outcome::declined;
        std::string_view rest = name();
        // The first part is the base name, and a leading dot belongs to it.
        rest.remove_prefix(std::min(rest.find_first_not_of('.'), rest.size()));
        const size_t dots = name().size() - rest.size();
        unclaimed_ = name().substr(0, std::min(rest.find('.'), rest.size()) + dots);
        for (size_t dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
            rest.remove_prefix(dot + 1);
            if (const auto part = rest.substr(0, rest.find('.')); !part.empty()) visit(part);
        }
        conclude();
        return response_.content_type.empty() ? Outcome::declined : Outcome::ok;
    }

private:
    // The part of the path in which extensions are looked for.
    std::string_view name() const
    {
        std::string_view path = request_.filename;
        if (config_.use_path_info.value_or(false)) {
            path = request_.arena.join(path, request_.path_info);
        }
        return path.substr(path.rfind('/') + 1); // npos + 1 is 0
    }

    void visit(std::string_view part)
    {
        const auto lower = lowercase(part);
        const auto entry = config_.extensions.find(lower);
        const Extension* said = entry == config_.extensions.end() ? nullptr : &entry->second;
        bool found = false;
        if (!said || !said->says[aspect_type]) {
            if (const auto type = config_.types->find(lower); !type.empty()) {
                response_.content_type = type;
                found = true;
            }
        }
        if (said) found = visit_said(*said) || found;
        if (found || (config_.multiviews_match.value_or(0) & match_any) != 0) {
            found_any_ = true;
        } else {
            unclaimed_ = request_.arena.join(unclaimed_, ".", part);
        }
    }

    // True when the extension says something that takes part in content negotiation.
    bool visit_said(const Extension& extension)
    {
        const auto& says = extension.says;
        const uint8_t matches = config_.multiviews_match.value_or(0);
        bool found = false;
        if (says[aspect_type] && !says[aspect_type]->empty()) {
            response_.content_type = *says[aspect_type];
            found = true;
        }
        if (says[aspect_charset]) {
            charset_ = *says[aspect_charset];
            found = true;
        }
        if (says[aspect_language]) {
            response_.content_languages.push_back(*says[aspect_language]);
            found = true;
        }
        if (says[aspect_encoding]) {
            response_.content_encodings.push_back(*says[aspect_encoding]);
            found = true;
        }
        if (says[aspect_handler]) {
            request_.handler = *says[aspect_handler];
            found = found || (matches & match_handlers) != 0;
        }
        if (says[aspect_input_filter]) {
            report_filters(*says[aspect_input_filter]);
            found = found || (matches & match_filters) != 0;
        }
        if (says[aspect_output_filter]) {
            const auto before = request_.extension_filters;
            request_.extension_filters =
                before.empty() ? std::string_view(*says[aspect_output_filter])
                               : request_.arena.join(before, ";", *says[aspect_output_filter]);
            found = found || (matches & match_filters) != 0;
        }
        return found;
    }

    void report_filters(std::string_view filters) const
    {
        for (const auto filter : split(filters, ';')) {
            server::log_event(request_, {.module = "core",
                                         .apache_id = "AH00082",
                                         .id = filter_unknown,
                                         .text = request_.arena.join(
                                             "an unknown filter was not added: ", filter)});
        }
    }

    // A type with its parameters written in one way; the charset of an extension replaces theirs.
    std::string_view with_parameters(std::string_view type) const
    {
        const auto parts = split(type, ';');
        if (parts.empty() || parts[0].find('/') == type.npos) return type;
        std::string whole(trim(parts[0]));
        bool replaced = false;
        for (size_t i = 1; i < parts.size(); ++i) {
            const size_t equals = parts[i].find('=');
            if (equals == type.npos) return type;
            const auto name = trim(parts[i].substr(0, equals));
            auto value = trim(parts[i].substr(equals + 1));
            if (!charset_.empty() && name == "charset") {
                if (std::exchange(replaced, true)) continue;
                value = charset_;
            }
            whole.append("; ").append(name).append("=").append(value);
        }
        if (!charset_.empty() && !replaced) whole.append("; charset=").append(charset_);
        return request_.arena.copy(whole);
    }

    void conclude()
    {
        if (found_any_) request_.notes.set("ap-mime-exceptions-list", unclaimed_);
        auto& type = response_.content_type;
        if (type.find(';') != type.npos) {
            type = with_parameters(type);
        } else if (!charset_.empty() && !type.empty()) {
            response_.charset = charset_;
        }
        if (response_.content_languages.empty() && config_.default_language) {
            response_.content_languages.push_back(*config_.default_language);
        }
    }

    const Config& config_;
    Request& request_;
    Response& response_;
    std::string_view charset_{};
    std::string_view unclaimed_{}; // the name without the extensions that mean something
    bool found_any_ = false;
};

Outcome find_type(const Config& config, Request& request, Response& response)
{
    return Classifier(config, request, response).run();
}

bool is_none(std::string_view text)
{
    return text.empty() || iequals(text, "none");
}

// ForceType and SetHandler win over what the name says.
Outcome force_type(const Config&, Request& request, Response& response)
{
    const auto& core = request.scope->core();
    if (core.force_type && !is_none(*core.force_type)) {
        response.content_type = *core.force_type;
        response.charset = {};
    }
    if (core.handler_expression) {
        server::RequestExpression context(request, server::RequestExpression::Vary::untold);
        const auto handler = core.handler_expression->string(context);
        if (!handler) {
            server::log_event(
                request, {.module = "core",
                          .apache_id = "AH03154",
                          .id = bad_handler_expression,
                          .text = "Can't evaluate handler expression: " + handler.error().text});
            return 500;
        }
        if (!is_none(*handler)) request.handler = request.arena.copy(*handler);
    } else if (core.handler && !is_none(*core.handler)) {
        request.handler = *core.handler;
    }
    return Outcome::declined;
}

constexpr auto extension_help = "what it is, followed by one or more file extensions";
constexpr auto remove_help = "one or more file extensions";
// The manual leaves the main server out, but Apache accepts it there too.
constexpr uint8_t removable = allowed_everywhere;

constexpr server::Directive<Config> directives[] = {
    {"AddType", Takes::iterate_two, add<aspect_type>, allowed_everywhere, override_file_info,
     extension_help},
    {"AddEncoding", Takes::iterate_two, add<aspect_encoding>, allowed_everywhere,
     override_file_info, extension_help},
    {"AddLanguage", Takes::iterate_two, add<aspect_language>, allowed_everywhere,
     override_file_info, extension_help},
    {"AddCharset", Takes::iterate_two, add<aspect_charset>, allowed_everywhere, override_file_info,
     extension_help},
    {"AddHandler", Takes::iterate_two, add<aspect_handler>, allowed_everywhere, override_file_info,
     extension_help},
    {"AddInputFilter", Takes::iterate_two, add<aspect_input_filter>, allowed_everywhere,
     override_file_info, extension_help},
    {"AddOutputFilter", Takes::iterate_two, add<aspect_output_filter>, allowed_everywhere,
     override_file_info, extension_help},
    {"RemoveType", Takes::iterate, remove<aspect_type>, removable, override_file_info, remove_help},
    {"RemoveEncoding", Takes::iterate, remove<aspect_encoding>, removable, override_file_info,
     remove_help},
    {"RemoveLanguage", Takes::iterate, remove<aspect_language>, removable, override_file_info,
     remove_help},
    {"RemoveCharset", Takes::iterate, remove<aspect_charset>, removable, override_file_info,
     remove_help},
    {"RemoveHandler", Takes::iterate, remove<aspect_handler>, removable, override_file_info,
     remove_help},
    {"RemoveInputFilter", Takes::iterate, remove<aspect_input_filter>, removable,
     override_file_info, remove_help},
    {"RemoveOutputFilter", Takes::iterate, remove<aspect_output_filter>, removable,
     override_file_info, remove_help},
    {"DefaultLanguage", Takes::one, default_language, allowed_everywhere, override_file_info,
     "the language of documents whose name does not say it"},
    {"ModMimeUsePathInfo", Takes::flag, use_path_info, in_directory, override_none,
     "On when extensions in the path after the file's name count too"},
    {"MultiviewsMatch", Takes::iterate, multiviews_match, allowed_everywhere, override_file_info,
     "Any, NegotiatedOnly, Handlers or Filters"},
    {"TypesConfig", Takes::one, types_config, in_server, override_none, "the mime.types file"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::type, server::Order::middle, find_type, nullptr,
     server::repeats_as<Config, Repeats::always>},
    // What is kept has no handler made of an expression.
    {server::Phase::fixup, server::Order::really_first, force_type, nullptr,
     server::repeats_as<Config, Repeats::always>},
};
constexpr server::Extras<Config> extras{.prepare = prepare};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("mime_module", "mod_mime.c", directives, hooks,
                                                &extras);
}

} // namespace signet::mod_mime

namespace signet::modules {

server::Module mod_mime()
{
    return mod_mime::module();
}

} // namespace signet::modules
