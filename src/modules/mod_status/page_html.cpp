// server-status for people, in Apache's layout.
#include "base/text.h"
#include "modules/mod_status/snapshot.h"
#include "modules/mod_status/tls_section.h"
#include "server/configuration.h"
#include "server/error_page.h"
#include "server/providers.h"
#include "server/worker.h"

#include <fmt/format.h>

namespace signet::mod_status {
namespace {

using server::Activity;
using server::ConnectionStatus;

std::string bytes_text(double bytes)
{
    constexpr double kilo = 1024, mega = kilo * 1024, giga = mega * 1024;
    if (bytes < 5 * kilo) return fmt::format("{} B", static_cast<int64_t>(bytes));
    if (bytes < mega / 2) return fmt::format("{:.1f} kB", bytes / kilo);
    if (bytes < giga / 2) return fmt::format("{:.1f} MB", bytes / mega);
    return fmt::format("{:.1f} GB", bytes / giga);
}

std::string kilobytes_text(uint64_t kilobytes)
{
    if (kilobytes < 1024) return fmt::format("{} kB", kilobytes);
    const auto number = static_cast<double>(kilobytes);
    if (kilobytes < 1024 * 1024) return fmt::format("{:.1f} MB", number / 1024);
    return fmt::format("{:.1f} GB", number / (1024.0 * 1024));
}

// What a client sent: it must neither become markup nor move the cursor of a terminal.
std::string safe(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= ' ' && c != 0x7f) {
            out += c;
        } else {
            out += "\\x";
            append_hex(out, static_cast<unsigned char>(c), 2);
        }
    }
    return escape_html(out);
}

void add_totals(std::string& out, const Snapshot& now)
{
    const auto& totals = now.totals;
    const auto write = std::back_inserter(out);
    const uint64_t kilobytes = totals.bytes_out / 1024;
    const auto bytes = static_cast<double>(kilobytes) * 1024;
    const auto count = static_cast<double>(totals.requests);
    const auto uptime = static_cast<double>(now.uptime());
    const uint64_t duration = totals.duration_micros / 1000;
    fmt::format_to(write, "<dt>Total accesses: {} - Total Traffic: {} - Total Duration: {}</dt>\n",
                   uint64_t{totals.requests}, kilobytes_text(kilobytes), duration);
    fmt::format_to(write, "<dt>CPU Usage: u{:g} s{:g} cu{:g} cs{:g}", now.cpu_user, now.cpu_system,
                   now.ended_user, now.ended_system);
    const double cpu = now.cpu_user + now.cpu_system + now.ended_user + now.ended_system;
    if (cpu > 0 && uptime > 0) fmt::format_to(write, " - {:.3g}% CPU load", cpu / uptime * 100);
    out += "</dt>\n<dt>";
    if (uptime > 0)
        fmt::format_to(write, "{:.3g} requests/sec - {}/second", count / uptime,
                       bytes_text(bytes / uptime));
    if (uptime > 0 && count > 0) out += " - ";
    if (count > 0)
        fmt::format_to(write, "{}/request - {:g} ms/request", bytes_text(bytes / count),
                       static_cast<double>(duration) / count);
    out += "</dt>\n";
}

void add_processes(std::string& out, const Snapshot& now)
{
    out += "\n\n<table rules=\"all\" cellpadding=\"1%\">\n"
           "<tr><th rowspan=\"2\">Slot</th><th rowspan=\"2\">PID</th>"
           "<th rowspan=\"2\">Stopping</th><th colspan=\"2\">Connections</th>\n"
           "<th colspan=\"3\">Threads</th><th colspan=\"4\">Async connections</th></tr>\n"
           "<tr><th>total</th><th>accepting</th><th>busy</th><th>graceful</th><th>idle</th>"
           "<th>wait-io</th><th>writing</th><th>keep-alive</th><th>closing</th></tr>\n";
    const auto write = std::back_inserter(out);
    for (const WorkerView& one : now.workers) {
        fmt::format_to(write,
                       "<tr><td>{}</td><td>{}</td><td>{}{}</td><td>{}</td><td>{}</td><td>{}</td>"
                       "<td>{}</td><td>{}</td><td>0</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                       one.slot, one.pid, one.stopping ? "yes" : "no",
                       one.stopping && one.is_old ? " (old gen)" : "", one.open,
                       one.accepting ? "yes" : "no", one.busy, one.graceful, one.idle, one.sending,
                       one.keep_alive, one.closing);
    }
    const WorkerView& sum = now.sum;
    fmt::format_to(write,
                   "<tr><td>Sum</td><td>{}</td><td>{}</td><td>{}</td><td>&nbsp;</td><td>{}</td>"
                   "<td>{}</td><td>{}</td><td>0</td><td>{}</td><td>{}</td><td>{}</td></tr>\n"
                   "</table>\n",
                   now.workers.size(), now.stopping, sum.open, sum.busy, sum.graceful, sum.idle,
                   sum.sending, sum.keep_alive, sum.closing);
}

void add_scoreboard(std::string& out, const Snapshot& now)
{
    constexpr size_t columns = 64;
    const std::string board = scoreboard_text(now);
    out += "<pre>";
    for (size_t at = 0; at < board.size(); at += columns) {
        if (at > 0) out += '\n';
        out += board.substr(at, columns);
    }
    out += "</pre>\n<p>Scoreboard Key:<br />\n";
    struct Letter {
        char letter;
        const char* meaning;
        const char* then;
    };
    static constexpr Letter letters[] = {
        {'_', "Waiting for Connection", ", \n"},
        {'S', "Starting up", ", \n"},
        {'R', "Reading Request", ",<br />\n"},
        {'W', "Sending Reply", ", \n"},
        {'K', "Keepalive (read)", ", \n"},
        {'D', "DNS Lookup", ",<br />\n"},
        {'C', "Closing connection", ", \n"},
        {'L', "Logging", ", \n"},
        {'G', "Gracefully finishing", ",<br /> \n"},
        {'I', "Idle cleanup of worker", ", \n"},
        {'.', "Open slot with no current process", "<br />\n"},
    };
    for (const auto& one : letters)
        fmt::format_to(std::back_inserter(out), "\"<b><code>{}</code></b>\" {}{}", one.letter,
                       one.meaning, one.then);
    out += "</p>\n";
}

// The numbers of one line of the connection list.
struct Row {
    const WorkerView& worker;
    const ConnectionStatus& connection;
    int64_t now_micros;

    [[nodiscard]] Activity activity() const
    {
        return static_cast<Activity>(uint64_t{connection.activity} % server::activity_count);
    }
    [[nodiscard]] std::string server() const
    {
        return fmt::format("{}-{}", worker.slot,
                           worker.generation == 0 ? 0 : worker.generation - 1);
    }
    [[nodiscard]] double cpu() const
    {
        return static_cast<double>(worker.totals().cpu_user_micros
                                   + worker.totals().cpu_system_micros)
               / 1e6;
    }
    [[nodiscard]] int64_t seconds_since() const
    {
        return (now_micros - static_cast<int64_t>(uint64_t{connection.started_micros})) / 1'000'000;
    }
    [[nodiscard]] uint64_t slot_bytes() const { return connection.slot_bytes + connection.bytes; }
};

void add_table_row(std::string& out, const Row& row)
{
    const auto& connection = row.connection;
    const char letter = letter_of(row.activity());
    const auto mode = letter == '_' ? std::string("_") : fmt::format("<b>{}</b>", letter);
    const double kilobytes = static_cast<double>(connection.bytes) / 1024;
    const double megabytes = static_cast<double>(row.slot_bytes()) / (1024.0 * 1024);
    const auto write = std::back_inserter(out);
    fmt::format_to(write, "<tr><td><b>{}</b></td><td>{}</td><td>{}/{}/{}</td><td>{}\n",
                   row.server(), row.worker.pid, uint64_t{connection.requests},
                   uint64_t{connection.slot_requests}, uint64_t{connection.slot_requests}, mode);
    fmt::format_to(write,
                   "</td><td>{:.2f}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.1f}</td>"
                   "<td>{:.2f}</td><td>{:.2f}\n",
                   row.cpu(), row.seconds_since(), uint64_t{connection.last_micros} / 1000,
                   uint64_t{connection.duration_micros} / 1000, kilobytes, megabytes, megabytes);
    fmt::format_to(write,
                   "</td><td>{}</td><td>{}</td><td nowrap>{}</td><td nowrap>{}</td></tr>\n\n",
                   connection.client.load().ip(), connection.protocol.text(),
                   safe(connection.vhost.text()), safe(connection.request.text()));
}

void add_list_item(std::string& out, const Row& row)
{
    static constexpr const char* names[] = {"Ready",        "<b>Read</b>",      "<b>Write</b>",
                                            "<b>Write</b>", "<b>Keepalive</b>", "<b>Closing</b>"};
    const auto& connection = row.connection;
    const auto total = bytes_text(static_cast<double>(row.slot_bytes()));
    const auto write = std::back_inserter(out);
    fmt::format_to(write, "<b>Server {}</b> ({}): {}|{}|{} [{}] u{:g} s0 cu0 cs0\n", row.server(),
                   row.worker.pid, uint64_t{connection.requests},
                   uint64_t{connection.slot_requests}, uint64_t{connection.slot_requests},
                   names[static_cast<size_t>(row.activity())], row.cpu());
    fmt::format_to(write, " {} {} {}({}|{}|{})\n", row.seconds_since(),
                   uint64_t{connection.last_micros} / 1000,
                   uint64_t{connection.duration_micros} / 1000,
                   bytes_text(static_cast<double>(connection.bytes)), total, total);
    fmt::format_to(write, " <i>{} {{{}}}</i> <i>({})</i> <b>[{}]</b><br />\n\n",
                   connection.client.load().ip(), safe(connection.request.text()),
                   connection.protocol.text(), safe(connection.vhost.text()));
}

void add_legend(std::string& out)
{
    out += "</table>\n <hr /> <table>\n"
           " <tr><th>Srv</th><td>Child Server number - generation</td></tr>\n"
           " <tr><th>PID</th><td>OS process ID</td></tr>\n"
           " <tr><th>Acc</th><td>Number of accesses this connection / this child / this slot"
           "</td></tr>\n"
           " <tr><th>M</th><td>Mode of operation</td></tr>\n"
           "<tr><th>CPU</th><td>CPU usage, number of seconds</td></tr>\n"
           "<tr><th>SS</th><td>Seconds since beginning of most recent request</td></tr>\n"
           " <tr><th>Req</th><td>Milliseconds required to process most recent request</td></tr>\n"
           " <tr><th>Dur</th><td>Sum of milliseconds required to process all requests</td></tr>\n"
           " <tr><th>Conn</th><td>Kilobytes transferred this connection</td></tr>\n"
           " <tr><th>Child</th><td>Megabytes transferred this child</td></tr>\n"
           " <tr><th>Slot</th><td>Total megabytes transferred this slot</td></tr>\n"
           " </table>\n";
}

void add_connections(std::string& out, const Snapshot& now, const server::Request& request,
                     bool table)
{
    out += table ? "\n\n<table border=\"0\"><tr><th>Srv</th><th>PID</th><th>Acc</th><th>M</th>"
                   "<th>CPU\n</th><th>SS</th><th>Req</th><th>Dur</th><th>Conn</th><th>Child</th>"
                   "<th>Slot</th><th>Client</th><th>Protocol</th><th>VHost</th><th>Request</th>"
                   "</tr>\n\n"
                 : "<hr /><h2>Server Details</h2>\n\n";
    const server::StatusBoard* board = request.worker->board();
    for (const WorkerView& worker : now.workers) {
        if (!board) break;
        for (const auto& connection : board->connections_of(*worker.status)) {
            if (connection.connection == 0) break; // places are used from the first on
            const Row row{worker, connection, request.worker->loop.wall_micros()};
            if (connection.slot_requests == 0 && row.activity() <= Activity::reading) continue;
            table ? add_table_row(out, row) : add_list_item(out, row);
        }
    }
    if (table) add_legend(out);
}

} // namespace

std::string html_page(const Snapshot& now, const server::Request& request, PageOptions options)
{
    std::string out = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" "
                      "\"http://www.w3.org/TR/html4/strict.dtd\">\n<html><head>\n"
                      "<title>Apache Status</title>\n</head><body>\n";
    const auto write = std::back_inserter(out);
    fmt::format_to(write, "<h1>Apache Server Status for {} (via {})</h1>\n\n",
                   escape_html(request.server_name()), request.peer->local.ip());
    fmt::format_to(write,
                   "<dl><dt>Server Version: {}</dt>\n<dt>Server MPM: event</dt>\n"
                   "<dt>Server Built: {}\n</dt></dl><hr /><dl>\n",
                   server_version(), built_at);
    fmt::format_to(write, "<dt>Current Time: {}</dt>\n<dt>Restart Time: {}</dt>\n",
                   time_text(now.now), time_text(now.started));
    fmt::format_to(write,
                   "<dt>Parent Server Config. Generation: {}</dt>\n"
                   "<dt>Parent Server MPM Generation: {}</dt>\n",
                   now.configurations, now.graceful_restarts);
    fmt::format_to(write,
                   "<dt>Server uptime: {}</dt>\n<dt>Server load: {:.2f} {:.2f} {:.2f}</dt>\n",
                   duration_text(now.uptime()), now.load[0], now.load[1], now.load[2]);
    if (now.extended) add_totals(out, now);
    fmt::format_to(write,
                   "<dt>{} requests currently being processed, {} workers gracefully restarting, "
                   "{} idle workers</dt>\n</dl>",
                   now.sum.busy, now.sum.graceful, now.sum.idle);
    add_processes(out, now);
    add_scoreboard(out, now);
    if (now.extended) {
        add_connections(out, now, request, options.table);
    } else {
        out += "<hr />To obtain a full report with current status information you need to use the "
               "<code>ExtendedStatus On</code> directive.\n";
    }
    for (const auto section : request.configuration->providers->status)
        section(*request.configuration, server::StatusForm::html, out);
    add_tls_html(out, now.totals);
    if (const auto signature = server::server_signature(request); !signature.empty())
        out += "<hr />\n" + signature;
    return out + "</body></html>\n";
}

} // namespace signet::mod_status
