#include "modules/mod_include/page.h"

#include "base/text.h"
#include "modules/mod_include/text_coding.h"
#include "server/core_config.h"
#include "server/file_owner.h"
#include "server/program_environment.h"
#include "server/scope.h"

#include <algorithm>
#include <ctime>
#include <pwd.h>

namespace signet::mod_include {
namespace {

using server::Request, server::Severity;

constexpr std::string_view default_error = "[an error occurred while processing this directive]";
constexpr std::string_view default_time = "%A, %d-%b-%Y %H:%M:%S %Z";

// Apache has no such bounds: a few lines of set could fill its memory.
constexpr size_t longest_expansion = size_t{1} << 20;
constexpr size_t most_set_bytes = size_t{16} << 20;

// The value of variables that are made when somebody asks for them: known by its address.
constexpr char lazy_mark[] = "";
constexpr std::string_view lazy(lazy_mark, 0);

Request& owner_of_variables(Request& request)
{
    Request* at = &request;
    while (at->parent && at->notes.has(nested_note)) at = at->parent;
    return *at;
}

std::string_view last_component(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

std::string user_name(uint32_t user)
{
    char buffer[4096];
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, buffer, sizeof buffer, &found) != 0 || !found)
        return "<unknown>";
    return found->pw_name;
}

} // namespace

Page::Page(const Config& config, Request& request)
    : config_(config)
    , request_(request)
    , base_(owner_of_variables(request))
    , error_message_(config.error_message.value_or(std::string(default_error)))
    , time_format_(config.time_format.value_or(std::string(default_time)))
    , undefined_echo_(config.undefined_echo.value_or("(none)"))
    , no_exec_((request.scope->core().options & server::option_includes) == 0)
{
}

void Page::set_up_variables()
{
    if (&base_ == &request_) {
        server::add_program_variables(request_);
        auto& env = request_.env;
        for (const auto* name : {"DATE_LOCAL", "DATE_GMT", "LAST_MODIFIED"}) env.set(name, lazy);
        env.set("DOCUMENT_URI", request_.uri);
        env.set("DOCUMENT_ARGS", request_.query.value_or(""));
        if (!request_.path_info.empty()) env.set("DOCUMENT_PATH_INFO", request_.path_info);
        env.set("USER_NAME", lazy);
        env.set("DOCUMENT_NAME", last_component(request_.filename));
    }
    if (!request_.query) return;
    base_.env.set("QUERY_STRING", *request_.query);
    base_.env.set("QUERY_STRING_UNESCAPED", request_.arena.copy(server::escaped_for_shell(
                                                server::unescaped(*request_.query))));
}

std::string Page::time_text(int64_t micros, std::string_view format, bool gmt) const
{
    std::string pattern;
    for (size_t i = 0; i < format.size(); ++i) {
        const char next = format[i] == '%' && i + 1 < format.size() ? format[i + 1] : '\0';
        if (gmt && (next == 'Z' || next == 'z')) {
            pattern += next == 'Z' ? "GMT" : "+0000";
            ++i;
        } else {
            pattern += format[i];
            if (next == '\0') continue;
            pattern += next;
            ++i;
        }
    }
    const auto seconds = static_cast<time_t>(micros / 1'000'000);
    tm parts{};
    gmt ? ::gmtime_r(&seconds, &parts) : ::localtime_r(&seconds, &parts);
    std::string text(8192, '\0');
    text.resize(std::strftime(text.data(), text.size(), pattern.c_str(), &parts));
    return text;
}

std::string Page::lazy_value(std::string_view name)
{
    if (iequals(name, "USER_NAME")) return user_name(base_.file.owner);
    if (iequals(name, "LAST_MODIFIED"))
        return time_text(base_.file.mtime_micros, time_format_, false);
    return time_text(base_.start_micros, time_format_, iequals(name, "DATE_GMT"));
}

std::optional<std::string> Page::variable(std::string_view name)
{
    if (name.size() == 1 && is_digit(name[0])) {
        const auto& last = back_references_;
        const auto group = static_cast<size_t>(name[0] - '0');
        if (!last.have_match) {
            log(Severity::warn, "AH01329", "regex capture $", name, " refers to no regex in ",
                request_.filename);
            return std::nullopt;
        }
        if (group != 0 && group > static_cast<size_t>(last.groups)) {
            log(Severity::warn, "AH01330", "regex capture $", name,
                " is out of range (last regex was: '", last.pattern, "') in ", request_.filename);
            return std::nullopt;
        }
        const auto text = last.captures.groups[group];
        if (!text.data()) return std::nullopt;
        return std::string(text);
    }
    const auto found = base_.env.find(name);
    if (!found) return std::nullopt;
    if (found->data() != lazy.data()) return std::string(*found);
    std::string value = lazy_value(name);
    set_variable(name, value);
    return value;
}

void Page::set_variable(std::string_view name, std::string_view value)
{
    base_.env.set(base_.arena.copy(name), base_.arena.copy(value));
}

std::string Page::expand(std::string_view text, Unset unset)
{
    std::string out;
    while (out.size() < longest_expansion) {
        const size_t plain = std::min(text.find_first_of("\\$"), text.size());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        if (text[0] == '\\') {
            if (text.starts_with("\\$")) text.remove_prefix(1);
            out += text[0];
            text.remove_prefix(1);
            continue;
        }
        const bool braces = text.starts_with("${");
        const auto rest = text.substr(braces ? 2 : 1);
        size_t size = 0;
        if (braces) {
            size = rest.find('}');
            if (size == rest.npos) {
                log(Severity::error, "AH01331", "Missing '}' on variable \"", rest, "\" in ",
                    request_.filename);
                break;
            }
        } else {
            while (size < rest.size() && (is_alnum(rest[size]) || rest[size] == '_')) ++size;
        }
        if (size == 0) { // a dollar sign that means itself
            out += '$';
            text.remove_prefix(1);
            continue;
        }
        const auto reference = text.substr(0, braces ? size + 3 : size + 1);
        if (const auto value = variable(rest.substr(0, size))) {
            out += *value;
        } else if (unset == Unset::leave) {
            out += braces ? reference.substr(0, reference.size() - 1) : reference; // as Apache
        }
        text.remove_prefix(reference.size());
    }
    out.resize(std::min(out.size(), longest_expansion));
    return out;
}

Result<void> Page::fail_element(server::ResponseSink& out) const
{
    return out.write(error_message_);
}

bool Page::lacks_arguments(Arguments arguments, size_t least, std::string_view id,
                           std::string_view element) const
{
    if (arguments.size() >= least) return false;
    log(printing_ ? Severity::error : Severity::warn, id, "missing argument for ", element,
        " element in ", request_.filename);
    return true;
}

void Page::log_end(bool inside_element)
{
    if (inside_element) {
        log(Severity::error, "AH01372",
            "SSI directive was not properly finished at the end of parsed document ",
            request_.filename);
    }
    if (printing_) return;
    log(Severity::warn, "AH01373", "missing closing endif directive in parsed document ",
        request_.filename);
}

Result<void> Page::act_config(Arguments arguments, server::ResponseSink& out)
{
    const bool lacks = lacks_arguments(arguments, 1, "AH01347", "config");
    if (!printing_) return {};
    if (lacks) return fail_element(out);
    for (const auto& [name, value] : arguments) {
        if (!value) break;
        if (name == "errmsg") {
            error_message_ = expand(*value);
        } else if (name == "echomsg") {
            undefined_echo_ = expand(*value);
        } else if (name == "timefmt") {
            time_format_ = expand(*value);
            for (const auto* variable : {"DATE_LOCAL", "DATE_GMT", "LAST_MODIFIED"})
                set_variable(variable, lazy_value(variable));
        } else if (name == "sizefmt") {
            const auto form = expand(*value);
            if (form != "bytes" && form != "abbrev") {
                log(Severity::error, "AH01348", "unknown value \"", form,
                    "\" to parameter \"sizefmt\" of tag config in ", request_.filename);
                return fail_element(out);
            }
            size_in_bytes_ = form == "bytes";
        } else {
            log(Severity::error, "AH01349", "unknown parameter \"", name, "\" to tag config in ",
                request_.filename);
            return fail_element(out);
        }
    }
    return {};
}

Result<void> Page::act_echo(Arguments arguments, server::ResponseSink& out)
{
    const bool lacks = lacks_arguments(arguments, 1, "AH01343", "echo");
    if (!printing_) return {};
    if (lacks) return fail_element(out);
    std::string encoding = "entity";
    std::string decoding = "none";
    for (const auto& [name, value] : arguments) {
        if (!value) break;
        if (name == "encoding") {
            encoding = decode_entities(*value);
        } else if (name == "decoding") {
            decoding = decode_entities(*value);
        } else if (name == "var") {
            auto text = variable(expand(decode_entities(*value)));
            std::string_view unknown;
            std::string_view parameter = "decoding";
            if (text) {
                text = decoded(std::move(*text), decoding, unknown);
                if (text) {
                    parameter = "encoding";
                    text = encoded(std::move(*text), encoding, unknown);
                }
                if (!text) {
                    log(Severity::error, parameter == "encoding" ? "AH01345" : "AH01344",
                        "unknown value \"", unknown, "\" to parameter \"", parameter,
                        "\" of tag echo in ", request_.filename);
                    return fail_element(out);
                }
            }
            if (auto sent = out.write(text ? *text : undefined_echo_); !sent) return sent;
        } else {
            log(Severity::error, "AH01346", "unknown parameter \"", name, "\" in tag echo of ",
                request_.filename);
            return fail_element(out);
        }
    }
    return {};
}

Result<void> Page::act_set(Arguments arguments, server::ResponseSink& out)
{
    const bool lacks = lacks_arguments(arguments, 2, "AH01362", "set");
    if (!printing_) return {};
    if (lacks) return fail_element(out);
    std::string encoding = "none";
    std::string decoding = "none";
    std::optional<std::string> variable;
    for (const auto& [name, value] : arguments) {
        if (!value) break;
        if (name == "var") {
            variable = expand(*value);
        } else if (name == "encoding") {
            encoding = *value;
        } else if (name == "decoding") {
            decoding = *value;
        } else if (name == "value") {
            if (!variable) {
                log(Severity::error, "AH01363", "variable must precede value in set directive in ",
                    request_.filename);
                return fail_element(out);
            }
            std::string_view unknown;
            auto text = decoded(expand(*value), decoding, unknown);
            const bool is_decoded = text.has_value();
            if (text) text = encoded(std::move(*text), encoding, unknown);
            if (!text) {
                log(Severity::error, is_decoded ? "AH01365" : "AH01364", "unknown value \"",
                    unknown, "\" to parameter \"", is_decoded ? "encoding" : "decoding",
                    "\" of tag set in ", request_.filename);
                return fail_element(out);
            }
            set_bytes_ += variable->size() + text->size();
            if (set_bytes_ > most_set_bytes) return fail_element(out);
            set_variable(*variable, *text);
        } else {
            log(Severity::error, "AH01366", "Invalid tag for set directive in ", request_.filename);
            return fail_element(out);
        }
    }
    return {};
}

Result<void> Page::act_printenv(Arguments arguments, server::ResponseSink& out)
{
    if (!arguments.empty()) {
        log(printing_ ? Severity::error : Severity::warn, "AH01367",
            "printenv directive does not take tags in ", request_.filename);
    }
    if (!printing_) return {};
    if (!arguments.empty()) return fail_element(out);
    const std::vector<http::Field> all(base_.env.begin(), base_.env.end());
    std::string text;
    for (const auto& [name, value] : all) {
        const auto shown =
            value.data() == lazy.data() ? variable(name).value_or("") : std::string(value);
        text += escape_html(name) + '=' + escape_html(shown) + '\n';
    }
    return out.write(text);
}

// Conditions.

Result<void> Page::fail_condition(server::ResponseSink& out)
{
    printing_ = condition_true_ = false;
    condition_failed_ = true;
    return fail_element(out);
}

std::optional<bool> Page::condition(const std::string& text)
{
    return config_.legacy_expressions.value_or(false) ? test_legacy_expression(*this, text)
                                                      : test_expression(*this, text);
}

// Of if and elif.
Result<void> Page::decide(Arguments arguments, server::ResponseSink& out)
{
    const auto result = condition(*arguments[0].value);
    if (!result) return fail_condition(out);
    printing_ = condition_true_ = *result;
    return {};
}

Result<void> Page::act_if(Arguments arguments, server::ResponseSink& out)
{
    if (arguments.size() != 1) {
        log(printing_ ? Severity::error : Severity::warn, arguments.empty() ? "AH01353" : "AH01352",
            arguments.empty() ? "missing expr argument for if element in "
                              : "too many arguments for if element in ",
            request_.filename);
    }
    if (!printing_) {
        ++hidden_ifs_;
        return {};
    }
    condition_failed_ = false;
    if (arguments.size() != 1) return fail_condition(out);
    if (arguments[0].name != "expr") {
        log(Severity::error, "AH01354", "unknown parameter \"", arguments[0].name,
            "\" to tag if in ", request_.filename);
        return fail_condition(out);
    }
    if (!arguments[0].value) {
        log(Severity::error, "AH01355", "missing expr value for if element in ", request_.filename);
        return fail_condition(out);
    }
    hidden_ifs_ = 0;
    return decide(arguments, out);
}

Result<void> Page::act_elif(Arguments arguments, server::ResponseSink& out)
{
    if (arguments.size() != 1) {
        log(hidden_ifs_ == 0 ? Severity::error : Severity::warn,
            arguments.empty() ? "AH01357" : "AH01356",
            arguments.empty() ? "missing expr argument for if element in "
                              : "too many arguments for if element in ",
            request_.filename);
    }
    if (hidden_ifs_ > 0) return {};
    if (arguments.size() != 1) return fail_condition(out);
    if (arguments[0].name != "expr") {
        log(Severity::error, "AH01358", "unknown parameter \"", arguments[0].name,
            "\" to tag if in ", request_.filename);
        return fail_condition(out);
    }
    if (!arguments[0].value) {
        log(Severity::error, "AH01359", "missing expr in elif statement: ", request_.filename);
        return fail_condition(out);
    }
    if (condition_true_) {
        printing_ = false;
        return {};
    }
    return decide(arguments, out);
}

Result<void> Page::act_else(Arguments arguments, server::ResponseSink& out)
{
    if (!arguments.empty()) {
        log(hidden_ifs_ == 0 ? Severity::error : Severity::warn, "AH01360",
            "else directive does not take tags in ", request_.filename);
    }
    if (hidden_ifs_ > 0) return {};
    if (!arguments.empty()) return printing_ ? fail_element(out) : Result<void>();
    if (condition_failed_) return {};
    printing_ = !condition_true_;
    condition_true_ = true;
    return {};
}

Result<void> Page::act_endif(Arguments arguments, server::ResponseSink& out)
{
    if (!arguments.empty()) {
        log(hidden_ifs_ == 0 ? Severity::error : Severity::warn, "AH01361",
            "endif directive does not take tags in ", request_.filename);
    }
    if (hidden_ifs_ > 0) {
        --hidden_ifs_;
        return {};
    }
    if (!arguments.empty()) return fail_element(out);
    printing_ = condition_true_ = true;
    condition_failed_ = false;
    return {};
}

} // namespace signet::mod_include
