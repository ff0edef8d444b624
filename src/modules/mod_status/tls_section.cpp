#include "modules/mod_status/tls_section.h"

#include "base/text.h"
#include "diagnosis/catalogue.h"
#include "server/tls_advice.h"

#include <cctype>
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

template <class Visit> void for_each_early_refusal(const WorkerTotals& totals, Visit visit)
{
    for (size_t i = 1; i < totals.early_data_refused.size(); ++i) // the first is "none"
        visit(static_cast<tls::EarlyDataRefusal>(i), uint64_t{totals.early_data_refused[i]});
}

uint64_t early_refusals(const WorkerTotals& totals)
{
    uint64_t sum = 0;
    for_each_early_refusal(totals, [&](auto, uint64_t count) { sum += count; });
    return sum;
}

// Only where some client has sent some: SSLEarlyData is off by default.
std::string early_data_html(const WorkerTotals& totals)
{
    const uint64_t refused = early_refusals(totals);
    if (totals.early_data_taken + refused == 0) return {};
    std::string out = fmt::format("<p>Early data: taken on {} connections, {} requests on it "
                                  "answered with 425, refused on {}",
                                  uint64_t{totals.early_data_taken},
                                  uint64_t{totals.early_data_answered_425}, refused);
    const char* separator = ": ";
    for_each_early_refusal(totals, [&](tls::EarlyDataRefusal why, uint64_t count) {
        if (count == 0) return;
        out += fmt::format("{}{} because {}", separator, count, text_of(why));
        separator = "; ";
    });
    return out + "</p>\n";
}

// "OldTicket" of "old_ticket".
std::string in_capitals(std::string_view name)
{
    std::string out;
    bool begins = true;
    for (const char c : name) {
        if (c != '_') out += begins ? static_cast<char>(std::toupper(c)) : c;
        begins = c == '_';
    }
    return out;
}

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
    out += early_data_html(totals);
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
    fmt::format_to(write, "TLSEarlyDataTaken: {}\nTLSEarlyDataAnswered425: {}\n",
                   uint64_t{totals.early_data_taken}, uint64_t{totals.early_data_answered_425});
    for_each_early_refusal(totals, [&](tls::EarlyDataRefusal why, uint64_t count) {
        fmt::format_to(write, "TLSEarlyDataRefused{}: {}\n", in_capitals(name_of(why)), count);
    });
    for_each_failure(totals, [&](int id, std::string_view, uint64_t count) {
        fmt::format_to(write, "TLSFailure{}: {}\n", diagnosis::name(id), count);
    });
}

void add_tls_json(std::string& out, const WorkerTotals& totals)
{
    const auto write = std::back_inserter(out);
    fmt::format_to(write,
                   R"("tls":{{"full":{},"resumed":{},"renegotiations_refused":{},)"
                   R"("clients_refused":{},)"
                   R"("work_micros":{{"full":{},"resumed":{}}},"limits_micros":[{}],)"
                   R"("times":{{)",
                   uint64_t{totals.tls_full}, uint64_t{totals.tls_resumed},
                   uint64_t{totals.tls_renegotiations_refused},
                   uint64_t{totals.tls_clients_refused}, uint64_t{totals.handshake_work_micros},
                   uint64_t{totals.resumption_work_micros},
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
    fmt::format_to(write, R"(}},"early_data":{{"taken":{},"answered_425":{},"refused":{{)",
                   uint64_t{totals.early_data_taken}, uint64_t{totals.early_data_answered_425});
    separator = "";
    for_each_early_refusal(totals, [&](tls::EarlyDataRefusal why, uint64_t count) {
        fmt::format_to(write, "{}\"{}\":{}", separator, name_of(why), count);
        separator = ",";
    });
    out += R"(}},"failures":{)";
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
