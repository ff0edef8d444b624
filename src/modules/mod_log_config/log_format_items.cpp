// What each % item of LogFormat prints. Nothing to say is "-".
#include "modules/mod_log_config/log_format.h"

#include "base/text.h"
#include "server/client_host.h"
#include "server/vhost.h"

#include <algorithm>
#include <charconv>
#include <unistd.h>

namespace signet::log_format {
namespace {

using Item = LogFormat::Item;
using Subject = LogFormat::Subject;
using Render = LogFormat::Render;

void append_text(std::string& out, std::string_view text)
{
    if (text.empty()) {
        out += '-';
    } else {
        append_escaped(out, text);
    }
}

// All fields of that name, joined as Apache's tables join them. False when there is none.
bool append_fields(std::string& out, const http::Headers& headers, std::string_view name)
{
    bool found = false;
    for (const auto& field : headers) {
        if (!iequals(field.name, name)) continue;
        if (found) out += ", ";
        append_escaped(out, field.value);
        found = true;
    }
    return found;
}

void append_field_or_hyphen(std::string& out, const http::Headers& headers, std::string_view name)
{
    if (!append_fields(out, headers, name)) out += '-';
}

// %{c}a, %{c}h: about who connected, whoever he speaks for.
bool is_about_connection(const Item& item)
{
    return item.argument == "c";
}

// Addresses stay the same for a whole connection, except where proxies tell them.
void append_client_ip(std::string& out, const Item& item, const Subject& subject)
{
    if (subject.request.proxied_client && !is_about_connection(item)) {
        out += subject.request.client().ip();
        return;
    }
    const auto* peer = subject.request.peer;
    const auto key = static_cast<int64_t>(peer->id);
    if (peer->id == 0 || item.remembered_for != key) {
        item.remembered = peer->client.ip();
        item.remembered_for = peer->id == 0 ? -1 : key;
    }
    out += item.remembered;
}

void client_host(std::string& out, const Item& item, const Subject& subject)
{
    const bool names_another = subject.request.proxied_client && is_about_connection(item);
    const auto host = names_another ? "" : server::client_host(subject.request);
    if (host.empty()) {
        append_client_ip(out, item, subject);
    } else {
        append_escaped(out, host);
    }
}

void local_ip(std::string& out, const Item&, const Subject& subject)
{
    out += subject.request.peer->local.ip();
}

void port(std::string& out, const Item& item, const Subject& subject)
{
    const auto& request = subject.request;
    const bool remote = iequals(item.argument, "remote");
    const bool local = iequals(item.argument, "local");
    append_number(out, remote  ? request.client().port()
                       : local ? request.peer->local.port()
                               : request.server_port());
}

void bytes_or_hyphen(std::string& out, const Item&, const Subject& subject)
{
    if (subject.response.bytes_sent == 0) {
        out += '-';
    } else {
        append_number(out, subject.response.bytes_sent);
    }
}

void bytes(std::string& out, const Item&, const Subject& subject)
{
    append_number(out, subject.response.bytes_sent);
}

// The value of one cookie of the Cookie fields.
void cookie(std::string& out, const Item& item, const Subject& subject)
{
    for (const auto& field : subject.request.headers) {
        if (!iequals(field.name, "Cookie")) continue;
        for (const auto pair : split(field.value, ';')) {
            const auto equals = pair.find('=');
            if (equals == pair.npos || !iequals(trim(pair.substr(0, equals)), item.argument))
                continue;
            append_escaped(out, trim(pair.substr(equals + 1)));
            return;
        }
    }
    out += '-';
}

void environment(std::string& out, const Item& item, const Subject& subject)
{
    append_field_or_hyphen(out, subject.request.env, item.argument);
}

void note(std::string& out, const Item& item, const Subject& subject)
{
    append_field_or_hyphen(out, subject.request.notes, item.argument);
}

void request_field(std::string& out, const Item& item, const Subject& subject)
{
    append_field_or_hyphen(out, subject.request.headers, item.argument);
}

void response_field(std::string& out, const Item& item, const Subject& subject)
{
    const auto& response = subject.response;
    if (iequals(item.argument, "Content-Type") && !response.content_type.empty()) {
        const auto type = response.content_type;
        append_escaped(out, trim(type.substr(0, type.find(';'))));
        return;
    }
    if (append_fields(out, response.headers, item.argument)) return;
    append_field_or_hyphen(out, response.always_headers, item.argument);
}

void request_trailer(std::string& out, const Item& item, const Subject& subject)
{
    if (!subject.request.body) {
        out += '-';
        return;
    }
    append_field_or_hyphen(out, subject.request.body->trailers(), item.argument);
}

void nothing(std::string& out, const Item&, const Subject&)
{
    out += '-';
}

void file_name(std::string& out, const Item&, const Subject& subject)
{
    append_text(out, subject.request.filename);
}

void protocol(std::string& out, const Item&, const Subject& subject)
{
    static constexpr std::string_view names[] = {"HTTP/0.9", "HTTP/1.0", "HTTP/1.1", "HTTP/2.0"};
    out += names[static_cast<size_t>(subject.request.version)];
}

void keep_alives(std::string& out, const Item&, const Subject& subject)
{
    // Apache counts a request once it is decided that the connection stays open after it.
    const unsigned requests = subject.request.peer->requests;
    const unsigned kept =
        subject.entry.original.keep_alive || requests == 0 ? requests : requests - 1;
    append_number(out, kept == 0 ? 0 : kept - 1);
}

void log_id(std::string& out, const Item& item, const Subject& subject)
{
    const auto& request = subject.entry.original;
    append_text(out, iequals(item.argument, "c") ? std::string_view(request.peer->log_id)
                                                 : request.log_id);
}

void method(std::string& out, const Item&, const Subject& subject)
{
    append_text(out, subject.request.method_name);
}

void process_id(std::string& out, const Item& item, const Subject&)
{
    if (iequals(item.argument, "tid")) {
        append_signed(out, ::gettid());
    } else if (iequals(item.argument, "hextid")) {
        append_hex(out, static_cast<uint64_t>(::gettid()));
    } else if (item.argument.empty() || iequals(item.argument, "pid")) {
        append_signed(out, ::getpid());
    } else {
        out += item.argument; // as Apache does for what it does not know
    }
}

void query(std::string& out, const Item&, const Subject& subject)
{
    if (!subject.request.query) return;
    out += '?';
    append_escaped(out, *subject.request.query);
}

void request_line(std::string& out, const Item&, const Subject& subject)
{
    append_text(out, subject.request.request_line);
}

void handler(std::string& out, const Item&, const Subject& subject)
{
    append_text(out, subject.request.handler);
}

void status(std::string& out, const Item&, const Subject& subject)
{
    if (subject.response.status <= 0) {
        out += '-';
    } else {
        append_number(out, static_cast<uint64_t>(subject.response.status));
    }
}

uint64_t duration_micros(const Subject& subject)
{
    return static_cast<uint64_t>(
        std::max<int64_t>(0, subject.entry.end_micros - subject.entry.original.start_micros));
}

template <uint64_t unit> void duration(std::string& out, const Item&, const Subject& subject)
{
    append_number(out, duration_micros(subject) / unit);
}

// Microseconds from the request to the head of its answer; LogIOTrackTTFB.
void first_byte(std::string& out, const Item&, const Subject& subject)
{
    const int64_t sent = subject.entry.final.first_byte_micros;
    if (sent == 0) {
        out += '-';
    } else {
        append_number(out, static_cast<uint64_t>(
                               std::max<int64_t>(0, sent - subject.entry.original.start_micros)));
    }
}

void user(std::string& out, const Item&, const Subject& subject)
{
    const auto own = subject.request.user;
    const auto name = own.data() ? own : subject.entry.original.user;
    if (name.empty() && name.data()) {
        out += "\"\""; // the client gave a name, and it was empty
    } else {
        append_text(out, name);
    }
}

void uri_path(std::string& out, const Item&, const Subject& subject)
{
    append_text(out, subject.request.uri);
}

void vhost_name(std::string& out, const Item&, const Subject& subject)
{
    append_text(out,
                subject.request.vhost ? std::string_view(subject.request.vhost->server_name) : "");
}

void canonical_name(std::string& out, const Item&, const Subject& subject)
{
    append_text(out, subject.request.server_name());
}

void connection_state(std::string& out, const Item&, const Subject& subject)
{
    const auto& request = subject.entry.original;
    out += request.peer->aborted ? 'X' : request.keep_alive ? '+' : '-';
}

void received(std::string& out, const Item&, const Subject& subject)
{
    append_number(out, subject.entry.bytes_in);
}

void sent(std::string& out, const Item&, const Subject& subject)
{
    append_number(out, subject.entry.bytes_out);
}

void transferred(std::string& out, const Item&, const Subject& subject)
{
    append_number(out, subject.entry.bytes_in + subject.entry.bytes_out);
}

void append_variable(std::string& out, const server::Request& request, std::string_view name)
{
    const std::string value = request.variable(name);
    if (value.empty()) out += '-';
    append_escaped(out, value);
}

void variable(std::string& out, const Item& item, const Subject& subject)
{
    append_variable(out, subject.request, item.argument);
}

// %{version}c and friends of mod_ssl for Apache 1.3.
void old_tls_variable(std::string& out, const Item& item, const Subject& subject)
{
    struct Name {
        std::string_view old, now;
    };
    static constexpr Name names[] = {
        {"version", "SSL_PROTOCOL"},      {"cipher", "SSL_CIPHER"},
        {"subjectdn", "SSL_CLIENT_S_DN"}, {"clientcert", "SSL_CLIENT_S_DN"},
        {"issuerdn", "SSL_CLIENT_I_DN"},  {"cacert", "SSL_CLIENT_I_DN"},
        {"errstr", "SSL_CLIENT_VERIFY"},
    };
    for (const auto& name : names) {
        if (item.argument != name.old) continue;
        append_variable(out, subject.request, name.now);
        return;
    }
    out += '-';
}

Render choose_duration(Item& item)
{
    if (item.argument == "ms") return duration<1000>;
    if (item.argument == "us") return duration<1>;
    if (item.argument.empty() || item.argument == "s") return duration<1'000'000>;
    return [](std::string& out, const Item& self, const Subject&) {
        out += "(format string \"" + self.argument + "\" unsupported)";
    };
}

template <Render render> Render always(Item&)
{
    return render;
}

constexpr ItemKind kinds[] = {
    {"a", false, always<append_client_ip>},
    {"A", false, always<local_ip>},
    {"b", false, always<bytes_or_hyphen>},
    {"B", false, always<bytes>},
    {"c", false, always<old_tls_variable>},
    {"C", false, always<cookie>},
    {"D", true, always<duration<1>>},
    {"e", false, always<environment>},
    {"f", false, always<file_name>},
    {"h", false, always<client_host>},
    {"H", false, always<protocol>},
    {"i", false, always<request_field>},
    {"I", false, always<received>},
    {"k", false, always<keep_alives>},
    {"l", false, always<nothing>},
    {"L", false, always<log_id>},
    {"m", false, always<method>},
    {"n", false, always<note>},
    {"o", false, always<response_field>},
    {"O", false, always<sent>},
    {"p", false, always<port>},
    {"P", false, always<process_id>},
    {"q", false, always<query>},
    {"r", true, always<request_line>},
    {"R", true, always<handler>},
    {"s", true, always<status>},
    {"S", false, always<transferred>},
    {"t", false, choose_time},
    {"T", true, choose_duration},
    {"u", false, always<user>},
    {"U", true, always<uri_path>},
    {"v", false, always<vhost_name>},
    {"V", false, always<canonical_name>},
    {"x", false, always<variable>},
    {"X", false, always<connection_state>},
    {"^FB", false, always<first_byte>},
    {"^ti", false, always<request_trailer>},
    {"^to", false, always<nothing>},
};

} // namespace

const ItemKind* find_item(std::string_view name)
{
    const auto* found = std::ranges::find(kinds, name, &ItemKind::name);
    return found == std::end(kinds) ? nullptr : found;
}

} // namespace signet::log_format
