// mod_include: server-side includes, pages with elements that the server fills in.
//
//     Options +Includes                        +IncludesNOEXEC: without programs
//     AddOutputFilter INCLUDES .shtml          or SetOutputFilter, AddHandler server-parsed
//     XBitHack on                              HTML files that their owner may execute, too
//
//     <!--#include virtual="/footer.html" -->  echo, set, if, exec, fsize, flastmod, printenv …
//
//     SSIErrorMsg, SSITimeFormat, SSIUndefinedEcho       what is printed; also by <!--#config -->
//     SSIStartTag, SSIEndTag                             instead of <!--# and -->
//     SSIETag, SSILastModified                           whether validators are sent
//     SSILegacyExprParser                                conditions as Apache 2.2 had them
//
// Text flows through; in memory is one element, of at most 1 MiB. Documents may nest as deep as
// LimitInternalRecursion says.
// https://httpd.apache.org/docs/2.4/mod/mod_include.html
#include "base/text.h"
#include "http/date.h"
#include "modules/list.h"
#include "modules/mod_include/page.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/filter_chain.h"
#include "server/scope.h"

#include <algorithm>
#include <optional>

namespace signet::mod_include {
namespace {

using config::allowed_everywhere, config::allowed_server, config::override_all,
    config::override_none, config::override_options;
using server::BodyFilter, server::FilterRank, server::Outcome, server::Request, server::Response,
    server::ResponseSink, server::Takes, server::Words;

constexpr int options_missing = 901;

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    const auto take = [](auto& into, const auto& from) {
        if (from) into = from;
    };
    take(merged.error_message, inner.error_message);
    take(merged.time_format, inner.time_format);
    take(merged.undefined_echo, inner.undefined_echo);
    take(merged.start_tag, inner.start_tag);
    take(merged.end_tag, inner.end_tag);
    take(merged.x_bit_hack, inner.x_bit_hack);
    take(merged.etag, inner.etag);
    take(merged.last_modified, inner.last_modified);
    take(merged.legacy_expressions, inner.legacy_expressions);
    return merged;
}

template <std::optional<std::string> Config::*member>
Result<void> text(Config& config, const Words& words)
{
    config.*member = words[0];
    return {};
}

template <std::optional<std::string> Config::*member>
Result<void> tag(Config& config, const Words& words)
{
    if (words[0].empty()) return fail(words.name() + " may not be empty");
    if (std::ranges::any_of(words[0], is_space))
        return fail(words.name() + " may not contain any whitespaces");
    config.*member = words[0];
    return {};
}

template <std::optional<bool> Config::*member> Result<void> flag(Config& config, const Words& words)
{
    config.*member = words.on();
    return {};
}

Result<void> x_bit_hack(Config& config, const Words& words)
{
    if (iequals(words[0], "off")) {
        config.x_bit_hack = XBitHack::off;
    } else if (iequals(words[0], "on")) {
        config.x_bit_hack = XBitHack::on;
    } else if (iequals(words[0], "full")) {
        config.x_bit_hack = XBitHack::full;
    } else {
        return fail("XBitHack must be set to Off, On, or Full");
    }
    return {};
}

const Config& config_of(const Request& request)
{
    const auto* module = request.configuration->find_module("include_module");
    return *static_cast<const Config*>(request.scope->config(module->index));
}

// The document's own time is that of the answer: the group may execute it, and XBitHack is full.
bool tells_own_time(const Config& config, const Request& request)
{
    constexpr uint32_t group_may_execute = 0010;
    return config.x_bit_hack == XBitHack::full && (request.file.mode & group_may_execute) != 0;
}

class Includes final : public BodyFilter {
public:
    explicit Includes(const Config& config)
        : config_(config)
        , scanner_(config.start_tag.value_or("<!--#"), config.end_tag.value_or("-->"))
    {
    }

    bool begin(Request& request, Response& response, bool) override
    {
        if (response.status == 304) return false;
        constexpr unsigned needed = server::option_includes | server::option_includes_noexec;
        if ((request.scope->core().options & needed) == 0) {
            server::log_event(request,
                              {.severity = server::Severity::warn,
                               .module = "include",
                               .apache_id = "AH01374",
                               .id = options_missing},
                              "mod_include: Options +Includes (or IncludesNoExec) wasn't set, "
                              "INCLUDES filter removed: ",
                              request.uri);
            return false;
        }
        page_.emplace(config_, request);
        page_->set_up_variables();
        response.headers.remove("Content-Length");
        set_time(request, response);
        return true;
    }

    Result<void> write(std::string_view bytes, ResponseSink& next) override
    {
        while (!bytes.empty()) {
            switch (scanner_.next(bytes)) {
            case Scanner::Found::nothing: break;
            case Scanner::Found::text:
                if (auto sent = print(scanner_.text(), next); !sent) return sent;
                break;
            case Scanner::Found::start:
                if (auto sent = flow(next); !sent) return sent;
                break;
            case Scanner::Found::element:
                if (auto acted = page_->act(scanner_.element(), next); !acted) return acted;
                break;
            }
        }
        return {};
    }

    Result<void> finish(ResponseSink& next) override
    {
        if (auto sent = print(scanner_.rest(), next); !sent) return sent;
        page_->log_end(scanner_.is_inside());
        if (scanner_.is_inside() && page_->is_printing()) {
            if (auto sent = print(page_->error_message(), next); !sent) return sent;
        }
        return next.write(held_);
    }

private:
    // Without an element, and not too long: the answer has a length.
    static constexpr size_t most_held = size_t{64} * 1024;

    Result<void> print(std::string_view text, ResponseSink& next)
    {
        if (!page_->is_printing() || text.empty()) return {};
        if (flows_) return next.write(text);
        held_ += text;
        return held_.size() > most_held ? flow(next) : Result<void>();
    }

    // From the first element on, nobody knows how much there will be.
    Result<void> flow(ResponseSink& next)
    {
        if (std::exchange(flows_, true)) return {};
        return next.write(std::exchange(held_, {}));
    }

    void set_time(const Request& request, Response& response) const
    {
        const bool of_document = tells_own_time(config_, request);
        const bool keeps = config_.last_modified.value_or(false);
        if (keeps && response.headers.has("Last-Modified")) return;
        if (!keeps && !of_document) {
            response.headers.remove("Last-Modified");
            return;
        }
        const auto seconds = std::min(request.file.mtime_micros, request.start_micros) / 1'000'000;
        response.headers.set("Last-Modified", request.arena.copy(http::date_text(seconds).view()));
    }

    const Config& config_;
    Scanner scanner_;
    std::optional<Page> page_;
    std::string held_;
    bool flows_ = false;
};

std::unique_ptr<BodyFilter> make_includes(Request& request)
{
    return std::make_unique<Includes>(config_of(request));
}

// Such a page is another each time: a file's validators do not hold for it.
void expect_includes(Request& request)
{
    const Config& config = config_of(request);
    Response& response = *request.response;
    if (!tells_own_time(config, request)) response.ignores_conditions = true;
    if (!config.etag.value_or(false)) response.no_etag = true;
    response.ignores_ranges = true;
}

// The handler server-parsed, and XBitHack.
Outcome choose_filter(const Config& config, Request& request, Response& response)
{
    constexpr uint32_t owner_may_execute = 0100;
    if (request.handler == "server-parsed") {
        if (response.content_type.empty()) response.content_type = "text/html";
        request.handler = "default-handler";
    } else if (config.x_bit_hack.value_or(XBitHack::off) == XBitHack::off
               || (request.file.mode & owner_may_execute) == 0
               || !response.content_type.starts_with("text/html")) {
        return Outcome::declined;
    }
    add_filter(request, response, "INCLUDES");
    return Outcome::declined;
}

constexpr server::Directive<Config> directives[] = {
    {"XBitHack", Takes::one, x_bit_hack, allowed_everywhere, override_options, "Off, On, or Full"},
    {"SSIErrorMsg", Takes::one, text<&Config::error_message>, allowed_everywhere, override_all,
     "what is printed for an element that fails"},
    {"SSITimeFormat", Takes::one, text<&Config::time_format>, allowed_everywhere, override_all,
     "a format of strftime"},
    {"SSIStartTag", Takes::one, tag<&Config::start_tag>, allowed_server, override_none,
     "what elements begin with"},
    {"SSIEndTag", Takes::one, tag<&Config::end_tag>, allowed_server, override_none,
     "what elements end with"},
    {"SSIUndefinedEcho", Takes::one, text<&Config::undefined_echo>, allowed_everywhere,
     override_all, "what is printed for a variable that is not set"},
    {"SSILegacyExprParser", Takes::flag, flag<&Config::legacy_expressions>,
     config::allowed_directory, config::override_limit, "On or Off"},
    {"SSILastModified", Takes::flag, flag<&Config::last_modified>, config::allowed_directory,
     config::override_limit, "On or Off"},
    {"SSIETag", Takes::flag, flag<&Config::etag>, config::allowed_directory, config::override_limit,
     "On or Off"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::fixup, server::Order::last, choose_filter, nullptr,
     server::repeats_as<Config, server::Repeats::always>},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("include_module", "mod_include.c", directives,
                                                hooks);
}

} // namespace signet::mod_include

namespace signet::modules {

server::Module mod_include()
{
    return mod_include::module();
}

std::vector<server::OutputFilterProvider> include_filters()
{
    return {{"INCLUDES", server::FilterRank::resource, mod_include::make_includes,
             mod_include::expect_includes}};
}

} // namespace signet::modules
