#include "server/configuration.h"

#include "base/text.h"
#include "http/uri.h"
#include "server/core_config.h"
#include "server/interpreter.h"
#include "server/listen_check.h"
#include "server/vhost_addresses.h"

#include <algorithm>
#include <netdb.h>
#include <optional>
#include <unistd.h>

namespace signet::server {
namespace {

constexpr int main_name_unknown = 30;

// The main server's sections apply in every vhost, before its own.
SectionList join(const SectionList& main, const SectionList& own)
{
    SectionList joined = main;
    auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    append(joined.directories, own.directories);
    append(joined.directory_patterns, own.directory_patterns);
    append(joined.proxies, own.proxies);
    append(joined.locations, own.locations);
    append(joined.files, own.files);
    append(joined.conditions, own.conditions);
    return joined;
}

// Short directories first; those of equal depth keep the order of the configuration. Apache counts
// the slashes of a regular expression just so.
void sort_by_depth(SectionList& sections)
{
    std::ranges::stable_sort(sections.directories, {}, &Section::components);
    std::ranges::stable_sort(sections.directory_patterns, {}, [](const Section* section) {
        return std::ranges::count(section->path, '/');
    });
}

// "https://www.example.com:8443" → scheme, name, port.
void set_server_name(VirtualHost& vhost, std::string_view written)
{
    if (const size_t scheme = written.find("://"); scheme != written.npos) {
        vhost.server_scheme = lowercase(written.substr(0, scheme));
        written.remove_prefix(scheme + 3);
    }
    if (const auto authority = http::parse_authority(written, false)) {
        vhost.server_name = lowercase(authority->host);
        vhost.server_port = authority->port;
    } else {
        vhost.server_name = lowercase(written);
    }
    vhost.server_name_given = true;
}

// The machine's name with its domain; without one, the address that the name stands for. Apache
// does the same, and a name without a domain would be of no use to clients.
std::string machine_name(bool& is_complete)
{
    is_complete = false;
    char name[256]{};
    if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "127.0.0.1";
    const addrinfo hints{.ai_flags = AI_ADDRCONFIG, .ai_socktype = SOCK_STREAM};
    addrinfo* found = nullptr;
    if (::getaddrinfo(name, nullptr, &hints, &found) != 0) return "127.0.0.1";
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
    char host[NI_MAXHOST]{};
    const auto look_up = [&](int flags) {
        return ::getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof host, nullptr, 0,
                             flags)
               == 0;
    };
    is_complete = true;
    if (look_up(NI_NAMEREQD) && std::string_view(host).contains('.')) return lowercase(host);
    if (std::string_view(name).contains('.')) return lowercase(name);
    is_complete = false;
    return look_up(NI_NUMERICHOST) ? host : "127.0.0.1";
}

class Loader {
public:
    Loader(Configuration& configuration, config::Diagnostics& diagnostics)
        : configuration_(configuration)
        , diagnostics_(diagnostics)
    {
    }

    void merge()
    {
        auto& main = configuration_.main;
        main.is_main = true;
        // Without it a URL would be looked up below the root of the file system.
        auto& core = *static_cast<CoreConfig*>(main.section.at(0));
        if (!core.document_root) core.document_root = default_document_root;
        main.base = std::make_unique<Scope>(configuration_.modules(), nullptr, main.section);
        sort_by_depth(main.sections);
        for (auto& vhost : configuration_.vhosts) {
            vhost->base =
                std::make_unique<Scope>(configuration_.modules(), main.base.get(), vhost->section);
            vhost->sections = join(main.sections, vhost->sections);
            sort_by_depth(vhost->sections);
        }
        name(main);
        for (auto& vhost : configuration_.vhosts) {
            name(*vhost);
            vhost->section.forget(); // the base scope has it all; with many hosts it counts
        }
    }

    void prepare()
    {
        for (const auto& module : configuration_.modules()) {
            prepare(module, configuration_.main);
            for (auto& vhost : configuration_.vhosts) prepare(module, *vhost);
        }
    }

private:
    void name(VirtualHost& vhost)
    {
        const auto& limits = vhost.base->core();
        vhost.head_limits = {.line = limits.limit_request_line.value_or(8190),
                             .field_size = limits.limit_request_field_size.value_or(8190),
                             .fields = limits.limit_request_fields.value_or(100),
                             .strict = limits.strict_protocol.value_or(true),
                             .allow_http09 = limits.allow_http09.value_or(true),
                             .registered_methods = limits.registered_methods.value_or(false),
                             .extra_methods =
                                 &configuration_.main.base->core().registered_http_methods};
        const auto& core = vhost.base->core();
        const auto* own = static_cast<const CoreConfig*>(vhost.section.find(0));
        if (own && own->server_name) {
            set_server_name(vhost, *own->server_name);
        } else if (!vhost.is_main && core.server_name) {
            set_server_name(vhost, *core.server_name);
            vhost.server_name_given = false;
        } else {
            if (!machine_) machine_ = machine_name(machine_is_complete_);
            vhost.server_name = *machine_;
            if (vhost.is_main && !machine_is_complete_) warn_unknown_name(vhost);
        }
        // A ServerName of its own speaks for the port as well, even when it names none.
        if (!(own && own->server_name) && !vhost.bound.empty())
            vhost.server_port = vhost.bound.front().port();
        for (const auto& alias : own ? own->server_aliases : std::vector<std::string>{}) {
            auto& list =
                alias.find_first_of("*?") == alias.npos ? vhost.aliases : vhost.alias_patterns;
            list.push_back(lowercase(alias));
        }
    }

    void warn_unknown_name(const VirtualHost& vhost)
    {
        diagnostics_.add(
            {.severity = diagnosis::Severity::warn,
             .id = main_name_unknown,
             .message =
                 "Could not reliably determine the server's fully qualified domain name, using "
                 + vhost.server_name
                 + ". Set the 'ServerName' directive globally to suppress this message",
             .fix = "ServerName " + vhost.server_name});
    }

    void prepare(const Module& module, VirtualHost& vhost)
    {
        if (!module.prepare) return;
        const size_t errors_before = diagnostics_.errors();
        auto prepared = module.prepare(module, vhost.base->config(module.index), vhost,
                                       configuration_, diagnostics_);
        if (!prepared && diagnostics_.errors() == errors_before) {
            diagnostics_.add({.severity = diagnosis::Severity::error,
                              .id = 20,
                              .position = vhost.position,
                              .message = prepared.error().text});
        }
    }

    Configuration& configuration_;
    config::Diagnostics& diagnostics_;
    std::optional<std::string> machine_; // looked up once, and only when it is needed
    bool machine_is_complete_ = false;
};

} // namespace

Configuration::Configuration(std::span<const Module> modules)
    : main(modules)
    , log_sinks(std::make_unique<LogSinks>())
    , modules_(modules)
{
}

Configuration::~Configuration() = default;

const Module* Configuration::find_module(std::string_view name) const
{
    const auto found = std::ranges::find_if(modules_, [&](const Module& module) {
        return iequals(module.name, name) || iequals(module.source, name);
    });
    return found == modules_.end() ? nullptr : &*found;
}

std::string Configuration::path(std::string_view relative) const
{
    if (relative.starts_with('/')) return std::string(relative);
    std::string joined = server_root;
    if (!joined.ends_with('/')) joined += '/';
    return joined.append(relative);
}

std::unique_ptr<Configuration> load_configuration(const LoadOptions& options,
                                                  std::span<const Module> modules,
                                                  const Providers& providers,
                                                  config::Diagnostics& diagnostics)
{
    auto configuration = std::make_unique<Configuration>(modules);
    configuration->checking_only = options.checking_only;
    configuration->check_document_roots = options.check_document_roots;
    configuration->preparing = options.preparing;
    configuration->providers = &providers;
    configuration->shared = options.inherited;
    auto reading = config::read_configuration(options.path, options.reader, diagnostics);
    if (!reading) {
        diagnostics.add({.severity = diagnosis::Severity::error,
                         .id = 1,
                         .message = "Could not open configuration file " + reading.error().text});
        return nullptr;
    }
    configuration->reading = std::move(*reading);
    configuration->reader = options.reader;
    configuration->server_root = configuration->reading.server_root;

    Interpreter(*configuration, diagnostics).interpret(configuration->reading.tree);
    resolve_vhost_addresses(*configuration, diagnostics);
    Loader loader(*configuration, diagnostics);
    loader.merge();
    // Preparing opens files and keys: pointless, and confusing, when the text itself is wrong.
    if (options.preparing && !diagnostics.has_errors()) {
        loader.prepare();
        check_listeners(*configuration, diagnostics);
    }
    if (!diagnostics.has_errors()) return configuration;
    diagnostics.keep(std::move(configuration->reading.tree.files));
    return nullptr;
}

} // namespace signet::server
