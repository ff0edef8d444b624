#include "modules/mod_status/tls_section.h"

#include "base/text.h"
#include "diagnosis/catalogue.h"
#include "server/tls_advice.h"

#include <fmt/format.h>

namespace signet::mod_status {
namespace {

using server::average;
using server::WorkerTotals;

template <class Visit> void for_each_failure(const WorkerTotals& totals, Visit visit)
{
    for (size_t i = 0; i < totals.tls_failures.size(); ++i) {
        if (totals.tls_failures[i] == 0) continue;
        const int id = WorkerTotals::first_tls_failure + static_cast<int>(i);
        const auto* entry = diagnosis::find(id);
        visit(id, entry ? entry->symptom : std::string_view("?"), uint64_t{totals.tls_failures[i]});
    }
}

// Most servers have none, and need not read about it.
bool has_early_data(const WorkerTotals& totals)
{
    return totals.early_data_taken + totals.early_data_refused + totals.too_early > 0;
}

struct Stage {
    const char* name; // for programs
    const char* text;
    WorkerTotals::Histogram WorkerTotals::*histogram;
};
constexpr Stage stages[] = {
    {"hello_wait", "until the ClientHello was there", &WorkerTotals::hello_wait},
    {"work", "computing here", &WorkerTotals::handshake_work},
    {"whole", "from connection to end", &WorkerTotals::handshake_whole},
};

} // namespace

void add_tls_html(std::string& out, const WorkerTotals& totals)
{
    bool any = totals.tls_full + totals.tls_resumed > 0;
    for_each_failure(totals, [&](int, std::string_view, uint64_t) { any = true; });
    if (!any) return;
    const auto write = std::back_inserter(out);
    fmt::format_to(
        write,
        "<hr />\n<h2>TLS Handshakes</h2>\n<p>{} full (on average {} &micro;s of "
        "computing), {} resumed ({} &micro;s), {} renegotiations refused, {} clients refused that "
        "did "
        "not show what a directory demands</p>\n",
        uint64_t{totals.tls_full}, average(totals.handshake_work_micros, totals.tls_full),
        uint64_t{totals.tls_resumed}, average(totals.resumption_work_micros, totals.tls_resumed),
        uint64_t{totals.tls_renegotiations_refused}, uint64_t{totals.tls_clients_refused});
    if (has_early_data(totals)) {
        fmt::format_to(write,
                       "<p>Early data: of {} connections taken, of {} refused; {} requests "
                       "answered with 425</p>\n",
                       uint64_t{totals.early_data_taken}, uint64_t{totals.early_data_refused},
                       uint64_t{totals.too_early});
    }
    out += R"(<table border="0"><tr><th>Stage</th>)";
    for (const uint64_t limit : WorkerTotals::handshake_limits)
        fmt::format_to(write, "<th>&le; {:g} ms</th>", static_cast<double>(limit) / 1000);
    out += "<th>longer</th></tr>\n";
    for (const auto& stage : stages) {
        fmt::format_to(write, "<tr><td>{}</td>", stage.text);
        for (const auto& count : totals.*stage.histogram)
            fmt::format_to(write, "<td>{}</td>", uint64_t{count});
        out += "</tr>\n";
    }
    out += "</table>\n<table border=\"0\"><tr><th>Failures</th><th>Id</th><th>Cause</th></tr>\n";
    for_each_failure(totals, [&](int id, std::string_view symptom, uint64_t count) {
        fmt::format_to(write, "<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", count,
                       diagnosis::name(id), escape_html(symptom));
    });
    out += "</table>\n";
    for (const auto& advice : server::tls_advice(totals))
        out += "<p>" + diagnosis::name(advice.id) + ": " + escape_html(advice.in_full) + "</p>\n";
}

void add_tls_keys(std::string& out, const WorkerTotals& totals)
{
    const auto write = std::back_inserter(out);
    fmt::format_to(write,
                   "TLSHandshakesFull: {}\nTLSHandshakesResumed: {}\nTLSMicrosPerFull: {}\n"
                   "TLSMicrosPerResumed: {}\nTLSRenegotiationsRefused: {}\n"
                   "TLSClientsRefused: {}\n",
                   uint64_t{totals.tls_full}, uint64_t{totals.tls_resumed},
                   average(totals.handshake_work_micros, totals.tls_full),
                   average(totals.resumption_work_micros, totals.tls_resumed),
                   uint64_t{totals.tls_renegotiations_refused},
                   uint64_t{totals.tls_clients_refused});
    fmt::format_to(write,
                   "TLSEarlyDataTaken: {}\nTLSEarlyDataRefused: {}\nTLSEarlyDataTooEarly: {}\n",
                   uint64_t{totals.early_data_taken}, uint64_t{totals.early_data_refused},
                   uint64_t{totals.too_early});
    for_each_failure(totals, [&](int id, std::string_view, uint64_t count) {
        fmt::format_to(write, "TLSFailure{}: {}\n", diagnosis::name(id), count);
    });
}

void add_tls_json(std::string& out, const WorkerTotals& totals)
{
    const auto write = std::back_inserter(out);
    fmt::format_to(write,
                   R"("tls":{{"full":{},"resumed":{},"renegotiations_refused":{},)"
                   R"("clients_refused":{},"early_data":{{"taken":{},"refused":{},)"
                   R"("too_early":{}}},)"
                   R"("work_micros":{{"full":{},"resumed":{}}},"limits_micros":[{}],)"
                   R"("times":{{)",
                   uint64_t{totals.tls_full}, uint64_t{totals.tls_resumed},
                   uint64_t{totals.tls_renegotiations_refused},
                   uint64_t{totals.tls_clients_refused}, uint64_t{totals.early_data_taken},
                   uint64_t{totals.early_data_refused}, uint64_t{totals.too_early},
                   uint64_t{totals.handshake_work_micros}, uint64_t{totals.resumption_work_micros},
                   fmt::join(WorkerTotals::handshake_limits, ","));
    const char* separator = "";
    for (const auto& stage : stages) {
        fmt::format_to(write, R"({}"{}":[)", separator, stage.name);
        const char* comma = "";
        for (const auto& count : totals.*stage.histogram) {
            fmt::format_to(write, "{}{}", comma, uint64_t{count});
            comma = ",";
        }
        out += ']';
        separator = ",";
    }
    out += R"(},"failures":{)";
    separator = "";
    for_each_failure(totals, [&](int id, std::string_view, uint64_t count) {
        fmt::format_to(write, R"({}"{}":{})", separator, diagnosis::name(id), count);
        separator = ",";
    });
    out += R"(},"advice":[)";
    separator = "";
    for (const auto& advice : server::tls_advice(totals)) {
        fmt::format_to(write, R"({}{{"id":"{}","text":"{}"}})", separator,
                       diagnosis::name(advice.id), advice.text);
        separator = ",";
    }
    out += "]}";
}

} // namespace signet::mod_status
