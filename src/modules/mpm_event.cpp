// mpm_event: processes, and the addresses to listen on. signet runs one worker process per core,
// each serving many connections at once, so Apache's numbers of servers and threads only bound
// what it would do anyway; one line of information says how they were read.
//
//     Listen 80
//     Listen [2001:db8::1]:443 https
//
// https://httpd.apache.org/docs/2.4/mod/mpm_common.html ·
// https://httpd.apache.org/docs/2.4/mod/event.html
#include "base/text.h"
#include "modules/list.h"
#include "server/capacity.h"
#include "server/configuration.h"

#include <algorithm>
#include <cstring>
#include <netdb.h>
#include <sys/stat.h>
#include <thread>

namespace signet::mpm_event {
namespace {

using server::Words;

// Catalogue ids (diagnosis/module_entries.cpp).
constexpr int bad_listen = 760;
constexpr int how_numbers_map = 761;
constexpr int no_such_address = 762;
constexpr int number_adjusted = 763;

struct Config {};

Config merge(const Config&, const Config& inner)
{
    return inner;
}

// The leading number, as C's atoi reads it; never negative.
unsigned number_of(const Words& words)
{
    std::string_view text = words[0];
    if (text.starts_with('+')) text.remove_prefix(1);
    unsigned value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} ? value : 0;
}

server::ProcessSettings& settings(const Words& words)
{
    return words.configuration().process;
}

void remember_place(const Words& words)
{
    auto& place = settings(words).processes_set_at;
    if (!place.file) place = words.position();
}

// A count of processes or threads: 0 becomes 1, as in Apache.
template <unsigned server::ProcessSettings::*setting>
Result<void> count(Config&, const Words& words)
{
    unsigned value = number_of(words);
    if (value == 0) {
        words.warn(number_adjusted,
                   "WARNING: " + words.name() + " of 0 not allowed, increasing to 1.",
                   words.name() + " 1");
        value = 1;
    }
    settings(words).*setting = value;
    remember_place(words);
    return {};
}

template <unsigned server::ProcessSettings::*setting>
Result<void> plain_number(Config&, const Words& words)
{
    settings(words).*setting = number_of(words);
    return {};
}

template <unsigned server::ProcessSettings::*setting>
Result<void> buffer_size(Config&, const Words& words)
{
    const unsigned value = number_of(words);
    if (value != 0 && value < 512) {
        return fail(words.name() + " must be >= 512 bytes, or 0 for system default.");
    }
    settings(words).*setting = value;
    return {};
}

Result<void> listen_backlog(Config&, const Words& words)
{
    const unsigned value = number_of(words);
    if (value == 0) return fail("ListenBacklog must be > 0");
    settings(words).listen_backlog = value;
    return {};
}

Result<void> positive_without_effect(Config&, const Words& words)
{
    if (number_of(words) == 0) return fail(words.name() + " must be > 0");
    return {};
}

// Tuning of threads and their memory, of which signet's workers have none.
Result<void> no_meaning_here(Config&, const Words& words)
{
    remember_place(words);
    return {};
}

Result<void> thread_stack_size(Config&, const Words& words)
{
    if (words[0].starts_with('-')) return fail("Invalid ThreadStackSize value: " + words[0]);
    return {};
}

// Apache calculates with fractions of it; here it multiplies connections, so whole ones will do.
Result<void> request_worker_factor(Config&, const Words& words)
{
    const std::string& text = words[0];
    const bool is_number = !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_digit(c) || c == '.' || c == '-' || c == '+';
    });
    if (!is_number) return fail("error parsing value");
    const bool positive = !text.starts_with('-') && text.find_first_of("123456789") != text.npos;
    if (!positive) return fail("AsyncRequestWorkerFactor argument must be a positive number");
    settings(words).async_factor = std::max(1U, number_of(words));
    return {};
}

Result<void> pid_file(Config&, const Words& words)
{
    settings(words).pid_file = words[0];
    return {};
}

Result<void> scoreboard_file(Config&, const Words& words)
{
    settings(words).scoreboard_file = words[0];
    return {};
}

Result<void> core_dump_directory(Config&, const Words& words)
{
    const std::string path = words.path(words[0]);
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0)
        return fail("CoreDumpDirectory " + path + " does not exist");
    if (!S_ISDIR(info.st_mode)) return fail("CoreDumpDirectory " + path + " is not a directory");
    settings(words).core_dump_directory = path;
    return {};
}

// "80", "192.0.2.1:80", "[::1]:80", "*:80", "name:80", taken apart as apr_parse_addr_port does.
struct HostAndPort {
    std::string host; // "" for any
    uint16_t port = 0;
};

Result<HostAndPort> split_address(std::string_view text)
{
    HostAndPort parts;
    std::string_view port_text = text;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == text.npos) return fail("Invalid address or port");
        parts.host = text.substr(1, close - 1);
        const auto rest = text.substr(close + 1);
        if (rest.empty()) return fail("Port must be specified");
        if (rest.front() != ':') return fail("Invalid address or port");
        port_text = rest.substr(1);
    } else if (const auto colon = text.rfind(':'); colon != text.npos) {
        parts.host = text.substr(0, colon);
        port_text = text.substr(colon + 1);
    }
    if (port_text.empty() || !std::ranges::all_of(port_text, is_digit))
        return fail("Port must be specified");
    const auto port = parse_number<uint16_t>(port_text);
    if (!port || *port == 0) return fail("Invalid address or port");
    parts.port = *port;
    if (parts.host == "*") parts.host.clear();
    return parts;
}

// A name's addresses; the first one is listened on, as in Apache.
Result<net::Address> resolve(const std::string& host, uint16_t port)
{
    if (auto address = net::Address::parse(host, port)) return address;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    if (error != 0 || !list)
        return fail("(EAI " + std::to_string(-error) + ")" + ::gai_strerror(error));
    return net::Address::from(list->ai_addr, list->ai_addrlen);
}

Result<void> listen(Config&, const Words& words)
{
    if (words.size() < 1 || words.size() > 2) return fail("Listen requires 1 or 2 arguments.");
    const auto parts = split_address(words[0]);
    if (!parts) {
        return words.refuse(
            bad_listen, parts.error().text, "a port, or address:port, then perhaps a protocol",
            parts.error().text.starts_with("Port") ? "Listen " + words[0] + ":80" : "");
    }
    server::ListenAddress listener{.position = words.position()};
    if (parts->host.empty()) {
        listener.address = net::Address::any_v6(parts->port);
        listener.dual_stack = true;
    } else {
        auto address = resolve(parts->host, parts->port);
        if (!address) {
            return words.refuse(
                no_such_address,
                address.error().text + ": AH00077: alloc_listener: failed to set up sockaddr for "
                    + parts->host,
                "an address of this machine", "Listen " + std::to_string(parts->port));
        }
        listener.address = *address;
    }
    listener.protocol = words.size() == 2    ? lowercase(words[1])
                        : parts->port == 443 ? "https"
                                             : "http";
    auto& listeners = words.configuration().listeners;
    const bool known = std::ranges::any_of(listeners, [&](const server::ListenAddress& other) {
        return other.address == listener.address && other.dual_stack == listener.dual_stack;
    });
    if (known) {
        return words.refuse(bad_listen, "Cannot define multiple Listeners on the same IP:port",
                            "each address and port once", "delete this line");
    }
    listeners.push_back(std::move(listener));
    return {};
}

// Says once what the numbers of another process model mean here.
Result<void> prepare(const Config&, server::VirtualHost& vhost,
                     server::Configuration& configuration, config::Diagnostics& diagnostics)
{
    const auto& process = configuration.process;
    if (!vhost.is_main || !process.processes_set_at.file) return {};
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    std::string message = "processes: one worker per core (" + std::to_string(cores) + " here)";
    if (process.start_servers != 0) {
        message += ", StartServers " + std::to_string(process.start_servers) + " is not needed";
    }
    if (const unsigned most = server::request_workers(process)) {
        message +=
            ", at most " + std::to_string(most) + " requests may wait for something at a time, and "
            + std::to_string(uint64_t{most} * (process.async_factor + 1)) + " connections be open";
    }
    if (process.min_spare != 0 || process.max_spare != 0) {
        message += ", spare servers and threads are not kept";
    }
    diagnostics.add({.severity = diagnosis::Severity::info,
                     .id = how_numbers_map,
                     .position = process.processes_set_at,
                     .message = std::move(message)});
    return {};
}

using server::Takes;
using Settings = server::ProcessSettings;

constexpr server::Directive<Config> directives[] = {
    {"Listen", Takes::raw, listen, config::in_server, config::override_none,
     "a port, or address:port, and perhaps a protocol"},
    {"ListenBackLog", Takes::one, listen_backlog, config::in_server, config::override_none,
     "how many connections may wait to be accepted"},
    {"ListenCoresBucketsRatio", Takes::one, positive_without_effect, config::in_server,
     config::override_none, "cores per group of sockets"},
    {"ListenTCPDeferAccept", Takes::one, positive_without_effect, config::in_server,
     config::override_none, "seconds to wait for a first byte"},
    {"PidFile", Takes::one, pid_file, config::in_server, config::override_none,
     "the file that gets the process id"},
    {"ScoreBoardFile", Takes::one, scoreboard_file, config::in_server, config::override_none,
     "the file for the scoreboard"},
    {"CoreDumpDirectory", Takes::one, core_dump_directory, config::in_server, config::override_none,
     "the directory to change to before a core is dumped"},
    {"GracefulShutdownTimeout", Takes::one, plain_number<&Settings::graceful_shutdown_timeout>,
     config::in_server, config::override_none,
     "seconds to wait for requests in flight; 0 is no limit"},
    {"MaxConnectionsPerChild", Takes::one, plain_number<&Settings::max_connections_per_child>,
     config::in_server, config::override_none,
     "how many connections a process serves; 0 is no limit"},
    {"MaxRequestWorkers", Takes::one, count<&Settings::max_request_workers>, config::in_server,
     config::override_none, "how many requests may be worked on at a time"},
    {"StartServers", Takes::one, count<&Settings::start_servers>, config::in_server,
     config::override_none, "how many processes to begin with"},
    {"ServerLimit", Takes::one, count<&Settings::server_limit>, config::in_server,
     config::override_none, "how many processes there may be"},
    {"ThreadsPerChild", Takes::one, count<&Settings::threads_per_child>, config::in_server,
     config::override_none, "how many threads a process has"},
    {"ThreadLimit", Takes::one, count<&Settings::thread_limit>, config::in_server,
     config::override_none, "how many threads a process may have"},
    {"MinSpareThreads", Takes::one, count<&Settings::min_spare>, config::in_server,
     config::override_none, "how many idle threads to keep at least"},
    {"MaxSpareThreads", Takes::one, count<&Settings::max_spare>, config::in_server,
     config::override_none, "how many idle threads to keep at most"},
    {"MinSpareServers", Takes::one, count<&Settings::min_spare>, config::in_server,
     config::override_none, "how many idle processes to keep at least"},
    {"MaxSpareServers", Takes::one, count<&Settings::max_spare>, config::in_server,
     config::override_none, "how many idle processes to keep at most"},
    {"StartThreads", Takes::one, no_meaning_here, config::in_server, config::override_none,
     "how many threads to begin with"},
    {"AsyncRequestWorkerFactor", Takes::one, request_worker_factor, config::in_server,
     config::override_none, "how many connections an idle thread may have beside it"},
    {"MaxMemFree", Takes::one, no_meaning_here, config::in_server, config::override_none,
     "KiB of free memory an allocator may keep"},
    {"ThreadStackSize", Takes::one, thread_stack_size, config::in_server, config::override_none,
     "bytes of a thread's stack"},
    {"ReceiveBufferSize", Takes::one, buffer_size<&Settings::receive_buffer>, config::in_server,
     config::override_none, "bytes of a socket's receive buffer; 0 is the system's default"},
    {"SendBufferSize", Takes::one, buffer_size<&Settings::send_buffer>, config::in_server,
     config::override_none, "bytes of a socket's send buffer; 0 is the system's default"},
    {"EnableExceptionHook", Takes::flag, no_meaning_here, config::in_server, config::override_none,
     "whether modules may look at a crash"},
};

constexpr server::Extras<Config> extras{.prepare = prepare};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("mpm_event_module", "event.c", directives, {},
                                                &extras);
}

} // namespace signet::mpm_event

namespace signet::modules {

server::Module mpm_event()
{
    return mpm_event::module();
}

} // namespace signet::modules
