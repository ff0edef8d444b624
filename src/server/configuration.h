// One generation of configuration, compiled: vhosts with their scopes and sections, listeners,
// process settings. Immutable while it serves; a reload builds another beside it.
#pragma once
#include "base/result.h"
#include "config/diagnostics.h"
#include "config/reader.h"
#include "net/address.h"
#include "server/keeper_task.h"
#include "server/log_sink.h"
#include "server/module.h"
#include "server/proxied_listeners.h"
#include "server/vhost.h"

#include <any>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace signet::server {

struct Providers;

// Listen: one socket to open.
struct ListenAddress {
    net::Address address;
    bool dual_stack = false; // "Listen 80": IPv4 and IPv6 on one socket
    std::string protocol;    // "http", "https" or ""
    config::Position position{};
};

// Directives about processes and the machine, in the main server only (MPM, unixd, PidFile …).
struct ProcessSettings {
    std::string user, group, pid_file = "logs/httpd.pid", core_dump_directory, chroot_directory;
    std::string runtime_directory; // DefaultRuntimeDir
    unsigned start_servers = 0, max_request_workers = 0, threads_per_child = 0, server_limit = 0;
    unsigned max_connections_per_child = 0, listen_backlog = 511, receive_buffer = 0,
             send_buffer = 0;
    unsigned graceful_shutdown_timeout = 0; // seconds, 0: none
    std::string scoreboard_file;
    // Kept for the note that says what they mean here; 0: not given.
    unsigned thread_limit = 0, min_spare = 0, max_spare = 0;
    unsigned async_factor = 2;           // AsyncRequestWorkerFactor
    config::Position processes_set_at{}; // the first directive of this kind
    enum class Tokens : uint8_t { full, os, minimal, minor, major, product };
    Tokens server_tokens = Tokens::full;
    std::optional<bool> extended_status; // mod_status decides where nothing is said
    bool see_request_tail = false;
    struct Lock {
        std::string mechanism; // as written: "file:/run/locks"
        bool omit_pid = false;
    };
    std::map<std::string, Lock> mutexes; // Mutex
};

class Configuration {
public:
    explicit Configuration(std::span<const Module> modules);
    ~Configuration();
    Configuration(const Configuration&) = delete;
    Configuration& operator=(const Configuration&) = delete;

    [[nodiscard]] std::span<const Module> modules() const { return modules_; }
    // "expires_module", "mod_expires.c"; nullptr when there is none.
    [[nodiscard]] const Module* find_module(std::string_view name) const;

    config::Reading reading;      // the tree and its files
    config::ReaderOptions reader; // how it was read; .htaccess is read alike
    std::string server_root;
    config::Regex::Options regex_options; // RegexDefaultOptions, as read so far
    ProcessSettings process;
    std::vector<ListenAddress> listeners;
    ProxiedListeners proxied_listeners;               // RemoteIPProxyProtocol
    VirtualHost main;                                 // the main server
    std::vector<std::unique_ptr<VirtualHost>> vhosts; // in configuration order
    std::vector<std::unique_ptr<Section>> sections;   // every section, owner
    const Providers* providers = nullptr;
    uint32_t next_section_number = 1;
    uint64_t generation = 0;
    bool names_modules = false; // there is a LoadModule: what acts unasked waits for its own
    bool checking_only = false; // -t: do not open logs, bind ports …
    bool check_document_roots = true;
    bool preparing = true; // false: only dumped, so that files need not be there (-S)

    // What modules keep for the whole server (log formats by name, shared caches), by module name.
    std::map<std::string, std::any, std::less<>> shared{};
    // What the keeper process does for this generation; none, no keeper.
    std::vector<std::unique_ptr<KeeperTask>> keeper_tasks;
    // Every log file and pipe this generation writes to.
    std::unique_ptr<LogSinks> log_sinks;

    [[nodiscard]] std::string path(std::string_view relative) const; // below ServerRoot

private:
    std::span<const Module> modules_;
};

struct LoadOptions {
    std::string path;             // -f
    config::ReaderOptions reader; // -d, -D, -C, -c
    bool checking_only = false;
    bool check_document_roots = true; // not -T
    bool preparing = true; // false: the text is interpreted, no key or log is opened (-S, -M)
    // What the new generation takes over from the old one, into Configuration::shared before
    // modules prepare: ticket keys, the session cache, pass phrases.
    std::map<std::string, std::any, std::less<>> inherited{};
};

// Reads, interprets, merges and prepares. Findings go to `diagnostics`; a null result means errors.
[[nodiscard]] std::unique_ptr<Configuration> load_configuration(const LoadOptions& options,
                                                                std::span<const Module> modules,
                                                                const Providers& providers,
                                                                config::Diagnostics& diagnostics);

} // namespace signet::server
