// mod_info: what the server is made of and how it is configured.
//
//     <Location "/server-info">
//         SetHandler server-info
//         Require local                       the page shows the whole configuration
//     </Location>
//     AddModuleInfo mod_alias.c 'see our <a href="/notes">notes</a>'
//
// ?config, ?server, ?list, ?hooks, ?providers and ?mod_alias.c show a part. The layout is Apache's;
// modules, hooks and versions are signet's own.
// https://httpd.apache.org/docs/2.4/mod/mod_info.html
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_info/configuration_text.h"
#include "server/banner.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/error_page.h"
#include "server/request.h"
#include "server/response.h"
#include "server/vhost.h"
#include "server/worker.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <openssl/crypto.h>

namespace signet::mod_info {
namespace {

using server::Outcome, server::Phase, server::Request, server::Response, server::Takes;

struct Config {
    std::vector<std::pair<std::string, std::string>> notes; // of modules
};

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    merged.notes.insert(merged.notes.end(), inner.notes.begin(), inner.notes.end());
    return merged;
}

Result<void> add_module_info(Config& config, const server::Words& words)
{
    config.notes.emplace_back(words[0], words[1]);
    return {};
}

struct PhaseName {
    Phase phase;
    const char* name; // Apache's, where it has such a phase
};
constexpr PhaseName phase_names[] = {
    {Phase::post_read, "Post-Read Request"},
    {Phase::translate, "Translate Name"},
    {Phase::header_parse, "Header Parse"},
    {Phase::access, "Check Access"},
    {Phase::authenticate, "Verify User ID"},
    {Phase::authorize, "Verify User Access"},
    {Phase::type, "Check Type"},
    {Phase::fixup, "Fixups"},
    {Phase::handler, "Content Handlers"},
    {Phase::response_head, "Insert Filters"},
    {Phase::log, "Transaction Logging"},
};

// Apache's numbers of the five ranks.
const char* rank_of(server::Order order)
{
    static constexpr const char* ranks[] = {"-10", "00", "10", "20", "30"};
    return ranks[static_cast<size_t>(order)];
}

class Page {
public:
    Page(const Config& config, const Request& request)
        : config_(config)
        , request_(request)
        , modules_(request.configuration->modules())
    {
    }

    std::string make()
    {
        out_ = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\"\n"
               "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
               "<html xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
               "  <title>Server Information</title>\n</head>\n"
               "<body><h1 style=\"text-align: center\">Apache Server Information</h1>\n";
        const std::string_view asked = request_.query.value_or("");
        link_ = asked.empty() ? '#' : '?';
        if (asked.empty()) {
            add_everything();
        } else if (iequals(asked, "list")) {
            add_list();
        } else if (iequals(asked, "server")) {
            add_settings();
            out_ += "<hr />";
        } else if (iequals(asked, "config")) {
            add_configuration();
        } else if (iequals(asked, "hooks")) {
            add_hooks();
        } else if (iequals(asked, "providers")) {
            add_providers();
        } else {
            for (const auto* module : sorted()) {
                if (iequals(module->source, asked)) add_module(*module);
            }
        }
        out_ += server::server_signature(request_);
        return std::move(out_) + "</body></html>\n";
    }

private:
    template <class... T> void put(fmt::format_string<T...> format, T&&... values)
    {
        fmt::format_to(std::back_inserter(out_), format, std::forward<T>(values)...);
    }

    [[nodiscard]] std::vector<const server::Module*> sorted() const
    {
        std::vector<const server::Module*> list;
        for (const auto& module : modules_) list.push_back(&module);
        std::ranges::sort(list, {}, &server::Module::source);
        return list;
    }

    void add_everything()
    {
        out_ += "<dl><dt><tt>Subpages:<br /><a href=\"?config\">Configuration Files</a>, "
                "<a href=\"?server\">Server Settings</a>, <a href=\"?list\">Module List</a>, "
                "<a href=\"?hooks\">Active Hooks</a>, "
                "<a href=\"?providers\">Available Providers</a></tt></dt></dl><hr />"
                "<dl><dt><tt>Sections:<br /><a href=\"#modules\">Loaded Modules</a>, "
                "<a href=\"#server\">Server Settings</a>, "
                "<a href=\"#request_hooks\">Request Hooks</a>, "
                "<a href=\"#providers\">Providers</a></tt></dt></dl><hr />"
                "<h2><a name=\"modules\">Loaded Modules</a></h2><dl><dt><tt>";
        for (const auto* module : sorted())
            put("<a href=\"#{}\">{}</a>, ", module->source, module->source);
        out_ += "</tt></dt></dl><hr />";
        add_settings();
        out_ += "<hr />";
        add_hooks();
        add_providers();
        for (const auto* module : sorted()) add_module(*module);
    }

    void add_list()
    {
        out_ += "<dl><dt>Server Module List</dt>";
        for (const auto* module : sorted()) put("<dd>{}</dd>", module->source);
        out_ += "</dl><hr />";
    }

    void setting(const char* name, std::string_view value)
    {
        put("<dt><strong>{}:</strong> <tt>{}</tt></dt>\n", name, escape_html(value));
    }

    void add_settings()
    {
        const auto& configuration = *request_.configuration;
        const auto& core = request_.vhost->base->core();
        const auto seconds = [](std::chrono::milliseconds time) {
            return std::chrono::duration_cast<std::chrono::seconds>(time).count();
        };
        out_ += "<h2><a name=\"server\">Server Settings</a></h2><dl>";
        put("<dt><strong>Server Version:</strong> <font size=\"+1\"><tt>Apache/{} (signet/{})"
            "</tt></font></dt>\n",
            server::apache_version, server::signet_version);
        put("<dt><strong>Server Built:</strong> <font size=\"+1\"><tt>{}</tt></font></dt>\n",
            __DATE__ " " __TIME__);
        setting("Server loaded OpenSSL Version", OpenSSL_version(OPENSSL_VERSION));
        setting("Module Magic Number", "20120211:142");
        setting("Hostname/port",
                fmt::format("{}:{}", request_.server_name(), request_.server_port()));
        put("<dt><strong>Timeouts:</strong> <tt>connection: {} &nbsp;&nbsp; keep-alive: {}</tt>"
            "</dt>",
            seconds(server::timeout_of(core)),
            seconds(core.keep_alive_timeout.value_or(std::chrono::seconds(5))));
        setting("MPM Name", "event");
        size_t workers = 1;
        if (const auto* board = request_.worker->board()) {
            workers = static_cast<size_t>(
                std::ranges::count_if(board->slots(), [](const server::WorkerStatus& slot) {
                    return slot.state != server::WorkerStatus::State::free;
                }));
        }
        setting("MPM Information",
                fmt::format("Max Daemons: {} Threaded: no Forked: yes", workers));
        setting("Server Architecture", fmt::format("{}-bit", 8 * sizeof(void*)));
        setting("Server Root", configuration.server_root);
        const auto& files = configuration.reading.files;
        setting("Config File", files.empty() ? "" : files.front());
        out_ += "</dl>";
    }

    void add_configuration()
    {
        out_ += "<dl><dt><strong>Configuration:</strong>\n";
        out_ += configuration_text(request_.configuration->reading.tree.nodes, {});
        out_ += "</dl><hr />";
    }

    void add_hooks()
    {
        out_ += "<h2><a name=\"request_hooks\">Request Hooks</a></h2>\n<dl>";
        for (const auto& [phase, name] : phase_names) {
            put("<dt><strong>{}:</strong>\n <br /><tt>\n", name);
            for (const auto order :
                 {server::Order::really_first, server::Order::first, server::Order::middle,
                  server::Order::last, server::Order::really_last}) {
                for (const auto& module : modules_) {
                    const bool takes_part =
                        std::ranges::any_of(module.hooks, [&](const server::AnyHook& hook) {
                            return hook.phase == phase && hook.order == order;
                        });
                    if (takes_part)
                        put("&nbsp;&nbsp; {} <a href=\"{}{}\">{}</a> <br/>", rank_of(order), link_,
                            module.source, module.source);
                }
            }
            out_ += "\n  </tt>\n</dt>\n";
        }
        out_ += "</dl>\n<hr />\n";
    }

    void add_providers()
    {
        out_ += "<h2><a name=\"providers\">Providers</a></h2>\n<dl><dt><strong>authz</strong> "
                "(version <tt>0</tt>):\n <br />\n";
        std::vector<std::string_view> names;
        for (const auto& provider : request_.configuration->providers->authorization)
            names.push_back(provider.name);
        std::ranges::sort(names);
        for (const auto name : names) put("<tt>&nbsp;&nbsp;{}</tt><br/>", name);
        out_ += "\n</dt>\n</dl>\n<hr />\n";
    }

    void add_module(const server::Module& module)
    {
        put("<dl><dt><a name=\"{0}\"><strong>Module Name:</strong></a> <font size=\"+1\"><tt>"
            "<a href=\"?{0}\">{0}</a></tt></font></dt>\n",
            module.source);
        const bool handles = std::ranges::any_of(
            module.hooks, [](const server::AnyHook& hook) { return hook.phase == Phase::handler; });
        put("<dt><strong>Content handlers:</strong> <tt> {}</tt></dt>",
            handles ? "yes" : "<em>none</em>");
        out_ += "<dt><strong>Request Phase Participation:</strong>\n";
        const char* separator = "";
        for (const auto& [phase, name] : phase_names) {
            if (std::ranges::find(module.hooks, phase, &server::AnyHook::phase)
                == module.hooks.end()) {
                continue;
            }
            put("{}<tt>{}</tt>", separator, name);
            separator = ", ";
        }
        if (*separator == 0) out_ += "<tt> <em>none</em></tt>";
        out_ += "</dt>\n";
        add_directives(module);
        for (const auto& [name, note] : config_.notes) {
            if (name == module.source)
                put("<dt><strong>Additional Information:</strong>\n</dt><dd>{}</dd>", note);
        }
        out_ += "</dl><hr />\n";
    }

    void add_directives(const server::Module& module)
    {
        if (module.directives.empty()) {
            out_ += "<dt><strong>Module Directives:</strong> <tt> <em>none</em></tt></dt>";
            return;
        }
        out_ += "<dt><strong>Module Directives:</strong></dt>";
        for (const auto& directive : module.directives)
            put("<dd><tt>{} - <i>{}</i></tt></dd>\n", escape_html(directive.name),
                escape_html(directive.help));
        out_ += "<dt><strong>Current Configuration:</strong></dt>\n";
        out_ += configuration_text(
            request_.configuration->reading.tree.nodes, [&](const config::Node& node) {
                return std::ranges::any_of(
                    module.directives, [&](const server::AnyDirective& directive) {
                        return !directive.is_section && iequals(directive.name, node.name);
                    });
            });
    }

    const Config& config_;
    const Request& request_;
    std::span<const server::Module> modules_;
    char link_ = '#';
    std::string out_;
};

Outcome serve(const Config& config, Request& request, Response& response)
{
    if (request.handler != "server-info") return Outcome::declined;
    if (request.method != http::Method::get) return Outcome::declined;
    response.content_type = "text/html; charset=ISO-8859-1";
    response.body.add(request.arena.copy(Page(config, request).make()));
    return Outcome::ok;
}

constexpr server::Directive<Config> directives[] = {
    {"AddModuleInfo", Takes::two, add_module_info, config::allowed_server, config::override_none,
     "a module's source file and what to say about it, as HTML"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::handler, server::Order::middle, serve},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("info_module", "mod_info.c", directives, hooks);
}

} // namespace signet::mod_info

namespace signet::modules {

server::Module mod_info()
{
    return mod_info::module();
}

} // namespace signet::modules
