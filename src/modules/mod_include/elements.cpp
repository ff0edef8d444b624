// Which element does what; those that look at other documents and run programs: include, exec,
// fsize, flastmod.
#include "base/text.h"
#include "modules/mod_include/page.h"
#include "modules/mod_include/text_coding.h"
#include "server/configuration.h"
#include "server/providers.h"
#include "server/subrequest.h"

#include <algorithm>
#include <filesystem>

namespace signet::mod_include {

using server::Outcome, server::Request, server::ResponseSink, server::Severity;

namespace {

// Only names below the document's directory may be said with file="".
std::optional<std::string> path_below(const std::string& name)
{
    if (name.starts_with('/')) return std::nullopt;
    std::string path = std::filesystem::path(name).lexically_normal().string();
    if (path == ".." || path.starts_with("../")) return std::nullopt;
    return path;
}

} // namespace

const Page::Handler Page::handlers[] = {
    {"comment", &Page::act_comment}, {"config", &Page::act_config},
    {"echo", &Page::act_echo},       {"elif", &Page::act_elif},
    {"else", &Page::act_else},       {"endif", &Page::act_endif},
    {"exec", &Page::act_exec},       {"flastmod", &Page::act_flastmod},
    {"fsize", &Page::act_fsize},     {"if", &Page::act_if},
    {"include", &Page::act_include}, {"printenv", &Page::act_printenv},
    {"set", &Page::act_set},
};

Result<void> Page::act(Element& element, server::ResponseSink& out)
{
    if (element.lacks_name) {
        log(Severity::error, "AH01368", "missing directive name in parsed document ",
            request_.filename);
    }
    if (element.lacks_argument_name) {
        log(Severity::error, "AH01370", "missing argument name for value to tag ", element.name,
            " in ", request_.filename);
    }
    // Where nothing is printed, the failure stays until something is, as in Apache.
    failed_ = failed_ || element.lacks_name || element.lacks_argument_name;
    if (failed_) {
        if (!printing_) return {};
        failed_ = false;
        return fail_element(out);
    }
    const auto* const found =
        std::ranges::find(handlers, std::string_view(element.name), &Handler::name);
    if (found != std::end(handlers)) return (this->*found->act)(element.arguments, out);
    log(Severity::error, "AH01371", "unknown directive \"", element.name, "\" in parsed doc ",
        request_.filename);
    return printing_ ? fail_element(out) : Result<void>();
}

std::optional<server::FileInfo> Page::find_file(const Argument& argument, std::string_view element)
{
    const auto name = expand(decode_entities(*argument.value));
    const bool by_file = argument.name == "file";
    if (!by_file && argument.name != "virtual") {
        log(Severity::error, "AH01340", "unknown parameter \"", argument.name, "\" to tag ",
            element, " in ", request_.filename);
        return std::nullopt;
    }
    const auto path = by_file ? path_below(name) : name;
    if (!path) {
        log(Severity::error, "AH02668", "unable to access file \"", name, "\" in parsed file ",
            request_.filename);
        return std::nullopt;
    }
    const server::LookUpScope scope(request_);
    const auto copy = request_.arena.copy(*path);
    const Request* found = by_file ? lookup_file(request_, copy) : lookup(request_, copy);
    if (found->response->status == 200 && found->file.type != server::FileInfo::Type::none)
        return found->file;
    log(Severity::error, by_file ? "AH02670" : "AH01339",
        by_file ? "unable to lookup information about \"" : "unable to get information about \"",
        name, "\" in parsed file ", request_.filename);
    return std::nullopt;
}

Result<void> Page::act_fsize(Arguments arguments, ResponseSink& out)
{
    const bool lacks = lacks_arguments(arguments, 1, "AH01350", "fsize");
    if (!printing_) return {};
    if (lacks) return fail_element(out);
    for (const auto& argument : arguments) {
        if (!argument.value) break;
        const auto file = find_file(argument, "fsize");
        if (!file) return fail_element(out);
        const auto text = size_in_bytes_ ? grouped_size(file->size) : abbreviated_size(file->size);
        if (auto sent = out.write(text); !sent) return sent;
    }
    return {};
}

Result<void> Page::act_flastmod(Arguments arguments, ResponseSink& out)
{
    const bool lacks = lacks_arguments(arguments, 1, "AH01351", "flastmod");
    if (!printing_) return {};
    if (lacks) return fail_element(out);
    for (const auto& argument : arguments) {
        if (!argument.value) break;
        const auto file = find_file(argument, "flastmod");
        if (!file) return fail_element(out);
        if (auto sent = out.write(time_text(file->mtime_micros, time_format_, false)); !sent)
            return sent;
    }
    return {};
}

namespace {

// What keeps a looked-up document from being included; an empty text: nothing.
std::string obstacle_of(const Request& found, bool no_exec)
{
    if (found.response->status != 200)
        return "subrequest setup returned " + std::to_string(found.response->status);
    const auto type = found.response->content_type;
    if (no_exec && !type.empty() && !type.starts_with("text/")) return "content type not text/*";
    return {};
}

} // namespace

Result<void> Page::act_include(Arguments arguments, ResponseSink& out)
{
    const bool lacks = lacks_arguments(arguments, 1, "AH01341", "include");
    if (!printing_) return {};
    if (lacks) return fail_element(out);
    bool failed = false; // the last one: onerror is for it
    for (const auto& [name, value] : arguments) {
        if (!value) break;
        if (name != "virtual" && name != "file" && name != "onerror") {
            log(Severity::error, "AH01342", "unknown parameter \"", name, "\" to tag include in ",
                request_.filename);
            if (auto sent = fail_element(out); !sent) return sent;
            break;
        }
        if ((name == "virtual" && failed) || (name == "onerror" && !failed)) continue;
        const auto target = expand(decode_entities(*value));
        const auto path = name == "file" ? path_below(target) : target;
        const server::LookUpScope scope(request_);
        std::string obstacle = "not below its directory";
        if (path) {
            const auto copy = request_.arena.copy(*path);
            Request* found = name == "file" ? lookup_file(request_, copy) : lookup(request_, copy);
            found->notes.set(nested_note, "1");
            obstacle = obstacle_of(*found, no_exec_);
            if (obstacle.empty()) {
                const Outcome outcome = server::include(*found, out);
                if (outcome.is_status())
                    obstacle = "subrequest returned " + std::to_string(outcome.status());
            }
        }
        if (!obstacle.empty()) {
            log(Severity::error, "", "unable to include \"", target, "\" in parsed file ",
                request_.filename, ", ", obstacle);
            if (failed) break; // so has onerror
        }
        failed = !obstacle.empty();
    }
    return failed ? fail_element(out) : Result<void>();
}

// The program gets the document's path info and query.
Result<void> Page::run_cgi(const std::string& uri, std::string_view shown, ResponseSink& out,
                           bool& sound)
{
    const server::LookUpScope scope(request_);
    Request* program = lookup(request_, request_.arena.copy(uri));
    sound = program->response->status == 200 && program->path_info.empty() && !program->query
            && program->file.type == server::FileInfo::Type::regular;
    if (!sound) {
        log(Severity::error, "AH01230", "invalid CGI ref \"", shown, "\" in ", request_.filename);
        return {};
    }
    program->path_info = request_.path_info;
    program->query = request_.query;
    program->response->content_type = "application/x-httpd-cgi";
    const Outcome outcome = server::include(*program, out);
    const auto location = program->response->find("Location");
    if (!outcome.is_status() || outcome.status() / 100 != 3 || !location) return {};
    const auto link = escape_html(*location);
    return out.write("<a href=\"" + link + "\">" + link + "</a>");
}

Result<void> Page::act_exec(Arguments arguments, ResponseSink& out)
{
    constexpr int not_allowed = 900;
    const bool lacks = lacks_arguments(arguments, 1, "AH03195", "exec");
    if (!printing_) return {};
    if (lacks) return fail_element(out);
    if (no_exec_) {
        server::log_event(request_,
                          {.module = "include", .apache_id = "AH01228", .id = not_allowed},
                          "exec used but not allowed in ", request_.filename);
        return fail_element(out);
    }
    for (const auto& [name, value] : arguments) {
        if (!value) break;
        const auto text = decode_entities(*value);
        if (name == "cgi") {
            bool sound = true;
            if (auto sent = run_cgi(expand(text), text, out, sound); !sent) return sent;
            if (!sound) return fail_element(out);
        } else if (name == "cmd") {
            const auto run = request_.configuration->providers->run_command;
            if (&base_ != &request_) request_.env = base_.env;
            auto ran = run(request_, expand(text, Unset::leave), out);
            if (ran) continue;
            if (ran.error().kind == Error::Kind::cancelled) return ran;
            log(Severity::error, "AH01229", "execution failure for parameter \"", name,
                "\" to tag exec in file ", request_.filename);
            return fail_element(out);
        } else {
            log(Severity::error, "AH01231", "unknown parameter \"", name, "\" to tag exec in ",
                request_.filename);
            return fail_element(out);
        }
    }
    return {};
}

} // namespace signet::mod_include
