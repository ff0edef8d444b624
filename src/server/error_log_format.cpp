#include "server/error_log_format.h"

#include "base/text.h"
#include "config/source.h"
#include "server/request.h"
#include "server/worker.h"

#include <cstring>
#include <ctime>
#include <unistd.h>

namespace signet::server {
namespace {

using Kind = ErrorLogLayout::Kind;

// Printable as in Apache's C locale; the quote stays as it is in the error log.
bool needs_escape(char c)
{
    return c < ' ' || c == '\\' || static_cast<unsigned char>(c) >= 0x7f;
}

void append_address(std::string& out, const net::Address& address)
{
    out += address.ip();
    out += ':';
    append_number(out, address.port());
}

std::string_view module_of(const LogEvent& event)
{
    return event.module;
}

// "Thu May 12 08:28:57.652118 2011", or "2011-05-12 08:28:57.652118" in compact form.
void append_time(std::string& out, int64_t micros, bool with_micros, bool compact)
{
    const auto seconds = static_cast<time_t>(micros / 1'000'000);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    char text[64];
    const size_t size = std::strftime(text, sizeof text,
                                      compact ? "%Y-%m-%d %H:%M:%S" : "%a %b %d %H:%M:%S", &local);
    out.append(text, size);
    if (with_micros) {
        out += '.';
        const auto fraction = std::to_string(micros % 1'000'000);
        out.append(6 - fraction.size(), '0');
        out += fraction;
    }
    if (!compact) {
        out += ' ';
        append_signed(out, local.tm_year + 1900);
    }
}

void append_optional(std::string& out, std::optional<std::string_view> value)
{
    if (value) append_escaped(out, *value);
}

} // namespace

// Eight bytes at a time, the last ones together with some that were seen already.
size_t plain_prefix(std::string_view text)
{
    constexpr uint64_t ones = 0x0101010101010101;
    constexpr uint64_t high = ones * 0x80;
    const auto is_plain = [&](size_t at) {
        uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        const uint64_t backslash = word ^ (ones * '\\');
        const uint64_t below_space = (word - ones * 0x20) & ~word;
        const uint64_t from_delete = (word + ones) | word;
        return ((below_space | from_delete | ((backslash - ones) & ~backslash)) & high) == 0;
    };
    size_t at = 0;
    while (at + 8 <= text.size() && is_plain(at)) at += 8;
    if (text.size() >= 8 && text.size() - at < 8 && is_plain(text.size() - 8)) return text.size();
    while (at < text.size() && !needs_escape(text[at])) ++at;
    return at;
}

void append_escaped(std::string& out, std::string_view text)
{
    while (true) {
        const size_t plain = plain_prefix(text);
        out.append(text.substr(0, plain));
        if (plain == text.size()) return;
        const char c = text[plain];
        text.remove_prefix(plain + 1);
        switch (c) {
        case '\b': out += "\\b"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case '\v': out += "\\v"; break;
        case '\\': out += "\\\\"; break;
        default: out += "\\x"; append_hex(out, static_cast<unsigned char>(c), 2);
        }
    }
}

std::string_view level_name(Severity severity, int trace)
{
    static constexpr std::string_view names[] = {
        "emerg",  "alert",  "crit",   "error",  "warn",   "notice", "info",   "debug",
        "trace1", "trace2", "trace3", "trace4", "trace5", "trace6", "trace7", "trace8"};
    return names[static_cast<size_t>(level_number(severity, trace))];
}

const net::Address& ErrorLine::client() const
{
    if (request) return request->client();
    return peer->proxied ? peer->proxied->address : peer->client;
}

namespace {

using Line = ErrorLine;

void append_message(std::string& out, const Line& line)
{
    const auto& event = line.event;
    if (!event.apache_id.empty()) {
        out += event.apache_id;
        out += ": ";
    } else if (event.id != 0) {
        out += diagnosis::name(event.id);
        out += ": ";
    }
    append_escaped(out, event.text);
}

void append_system_error(std::string& out, const Line& line)
{
    if (line.event.system_error == 0) return;
    out += '(';
    append_signed(out, line.event.system_error);
    out += ')';
    char buffer[128];
    out += ::strerror_r(line.event.system_error, buffer, sizeof buffer);
}

void append_source(std::string& out, const Line& line)
{
    const std::string_view path = line.event.where.file_name();
    out += path.substr(path.rfind('/') + 1);
    out += '(';
    append_number(out, line.event.where.line());
    out += ')';
}

// An address is as good as a connection: its text is made once.
std::string_view connection_text(const Peer& peer)
{
    if (peer.client_text.empty()) append_address(peer.client_text, peer.client);
    return peer.client_text;
}

void append_client(std::string& out, const Line& line)
{
    const net::Address& client = line.client();
    if (&client == &line.peer->client) {
        out += connection_text(*line.peer);
    } else {
        append_address(out, client);
    }
}

// "[pid 7:tid 7] ": a worker has one thread that logs.
void append_process(std::string& out, const Line& line)
{
    if (line.request && line.request->worker) {
        out += line.request->worker->log_name;
        return;
    }
    out += process_log_name();
}

} // namespace

Result<void> ErrorLogLayout::read_item(std::string_view& rest, Item& item, Kind kind)
{
    // `rest` begins after the percent sign.
    std::string argument;
    for (;;) {
        if (rest.empty()) {
            return fail("Ran off end of error log format parsing args to some directive");
        }
        const char c = rest.front();
        if (c == '-') {
            item.hyphen = true;
        } else if (c == '+') {
            if (kind == Kind::message)
                return fail("The '+' flag cannot be used in the main error log format");
            item.required = true;
        } else if (is_digit(c)) {
            item.lowest_level = 0;
            while (!rest.empty() && is_digit(rest.front())) {
                item.lowest_level = std::min(item.lowest_level * 10 + (rest.front() - '0'), 99);
                rest.remove_prefix(1);
            }
            continue;
        } else if (c == '{') {
            const auto end = rest.find('}');
            if (end == rest.npos) {
                return fail("Ran off end of error log format parsing args to some directive");
            }
            argument = rest.substr(1, end - 1);
            rest.remove_prefix(end);
        } else {
            break;
        }
        rest.remove_prefix(1);
    }
    const char letter = rest.front();
    rest.remove_prefix(1);
    item.argument = std::move(argument);
    switch (letter) {
    case '%': item.argument = "%"; break;
    case ' ': // separates fields, prints nothing
        item.argument.clear();
        item.separates = true;
        break;
    case 'a': // {c}: who connected, rather than whom he speaks for
        item.render = [](std::string& out, const Item& self, const Line& line) {
            if (!line.peer) return;
            if (self.argument == "c") {
                out += connection_text(*line.peer);
            } else {
                append_client(out, line);
            }
        };
        break;
    case 'A':
        item.render = [](std::string& out, const Item&, const Line& line) {
            if (line.peer) append_address(out, line.peer->local);
        };
        break;
    case 'e':
        item.render = [](std::string& out, const Item& self, const Line& line) {
            if (line.request) append_optional(out, line.request->env.find(self.argument));
        };
        break;
    case 'E':
        item.render = [](std::string& out, const Item&, const Line& line) {
            append_system_error(out, line);
        };
        break;
    case 'F':
        item.render = [](std::string& out, const Item&, const Line& line) {
            append_source(out, line);
        };
        break;
    case 'i':
        item.render = [](std::string& out, const Item& self, const Line& line) {
            if (line.request) append_optional(out, line.request->headers.find(self.argument));
        };
        break;
    case 'k':
        item.render = [](std::string& out, const Item&, const Line& line) {
            if (line.peer)
                append_number(out, line.peer->requests == 0 ? 0 : line.peer->requests - 1);
        };
        break;
    case 'l':
        item.render = [](std::string& out, const Item&, const Line& line) {
            out += level_name(line.event.severity, line.event.trace);
        };
        break;
    case 'L':
        item.render = [](std::string& out, const Item& self, const Line& line) {
            // {c}: the connection's; {C}: the same, outside of requests only.
            if (iequals(self.argument, "c")) {
                if (line.peer && (self.argument == "c" || !line.request)) out += line.peer->log_id;
            } else if (line.request) {
                out += line.request->log_id;
            }
        };
        break;
    case 'm':
        item.render = [](std::string& out, const Item&, const Line& line) {
            out += module_of(line.event);
        };
        break;
    case 'M':
        if (kind != Kind::message) {
            return fail("%M cannot be used in once-per-request or once-per-connection formats");
        }
        item.is_message = true;
        item.render = [](std::string& out, const Item&, const Line& line) {
            append_message(out, line);
        };
        break;
    case 'n':
        item.render = [](std::string& out, const Item& self, const Line& line) {
            if (line.request) append_optional(out, line.request->notes.find(self.argument));
        };
        break;
    case 'P':
        item.render = [](std::string& out, const Item&, const Line&) {
            append_signed(out, ::getpid());
        };
        break;
    case 'T':
        item.render = [](std::string& out, const Item&, const Line&) {
            append_signed(out, ::gettid());
        };
        break;
    case 't': {
        const bool micros = item.argument.find('u') != std::string::npos;
        const bool compact = item.argument.find('c') != std::string::npos;
        static constexpr Render renders[] = {
            [](std::string& out, const Item&, const Line& line) {
                append_time(out, line.micros, false, false);
            },
            [](std::string& out, const Item&, const Line& line) {
                append_time(out, line.micros, true, false);
            },
            [](std::string& out, const Item&, const Line& line) {
                append_time(out, line.micros, false, true);
            },
            [](std::string& out, const Item&, const Line& line) {
                append_time(out, line.micros, true, true);
            },
        };
        item.render = renders[(micros ? 1 : 0) + (compact ? 2 : 0)];
        break;
    }
    case 'v':
        item.render = [](std::string& out, const Item&, const Line& line) {
            out += line.server_name;
        };
        break;
    case 'V':
        item.render = [](std::string& out, const Item&, const Line& line) {
            out += line.canonical_name;
        };
        break;
    default: return fail(std::string("Unrecognized error log format directive %") + letter);
    }
    return {};
}

// Text up to the next item or field: an unescaped space begins a field.
void ErrorLogLayout::read_literal(std::string_view& rest, Item& item)
{
    if (rest.front() == ' ') {
        item.separates = true;
        item.argument += ' ';
        rest.remove_prefix(1);
    }
    while (!rest.empty() && rest.front() != '%' && rest.front() != ' ') {
        char c = rest.front();
        rest.remove_prefix(1);
        if (c == '\\' && !rest.empty()) {
            c = rest.front();
            rest.remove_prefix(1);
            if (c == 'n')
                c = '\n';
            else if (c == 'r')
                c = '\r';
            else if (c == 't')
                c = '\t';
        }
        item.argument += c;
    }
}

Result<ErrorLogLayout> ErrorLogLayout::compile(std::string_view format, Kind kind)
{
    ErrorLogLayout layout;
    bool has_message = false;
    while (!format.empty()) {
        Item item;
        if (format.front() == '%') {
            format.remove_prefix(1);
            if (auto read = read_item(format, item, kind); !read)
                return std::unexpected(read.error());
        } else {
            read_literal(format, item);
        }
        has_message |= item.is_message;
        layout.items_.push_back(std::move(item));
    }
    if (kind == Kind::message && !has_message) {
        return fail("main ErrorLogFormat must contain message format string '%M'");
    }
    return layout;
}

namespace {

ErrorLogLayout built_in(std::string_view format)
{
    auto layout = ErrorLogLayout::compile(format, Kind::message);
    if (!layout) impossible("the built-in error log format does not compile");
    return std::move(*layout);
}

} // namespace

const ErrorLogLayout& ErrorLogLayout::standard()
{
    static const ErrorLogLayout layout = built_in(
        "[%{u}t] [%-m:%l] [pid %P:tid %T] %7F: %E: [client\\ %a] %M% ,\\ referer:\\ %{Referer}i");
    return layout;
}

const ErrorLogLayout& ErrorLogLayout::for_syslog()
{
    static const ErrorLogLayout layout =
        built_in("[%-m:%l] [pid %P:tid %T] %7F: %E: [client\\ %a] %M% ,\\ referer:\\ %{Referer}i");
    return layout;
}

void append_event_head(std::string& out, const ErrorLine& line)
{
    const LogEvent& event = line.event;
    out += '[';
    out += event.module.empty() ? std::string_view("-") : event.module;
    out += ':';
    out += level_name(event.severity, event.trace);
    out += "] ";
    append_process(out, line);
    if (event.severity >= Severity::debug) {
        append_source(out, line);
        out += ": ";
    }
}

void append_about(std::string& out, const ErrorLine& line)
{
    if (line.event.system_error != 0) {
        append_system_error(out, line);
        out += ": ";
    }
    if (line.peer) {
        out += "[client ";
        append_client(out, line);
        out += "] ";
    }
}

void append_line_tail(std::string& out, const ErrorLine& line)
{
    if (!line.request || line.event.before_fields) return;
    if (const auto referer = line.request->headers.find("Referer"); referer && !referer->empty()) {
        out += ", referer: ";
        append_escaped(out, *referer);
    }
}

void append_line_text(std::string& out, const ErrorLine& line)
{
    append_message(out, line);
    append_line_tail(out, line);
}

void append_standard(std::string& out, const ErrorLine& line)
{
    append_event_head(out, line);
    append_about(out, line);
    append_line_text(out, line);
}

bool ErrorLogLayout::append(std::string& out, const ErrorLine& line) const
{
    const size_t start = out.size();
    size_t field_start = start;
    bool skipping = false; // an item of this field was empty: the whole field goes
    const int level = level_number(line.event.severity, line.event.trace);
    for (const auto& item : items_) {
        if (item.separates) {
            skipping = false;
            field_start = out.size();
        }
        if (skipping && !item.is_message) continue;
        if (!item.render) {
            out += item.argument;
            continue;
        }
        const size_t before = out.size();
        if (level >= item.lowest_level) item.render(out, item, line);
        if (item.is_message || out.size() != before) continue;
        if (item.required) {
            out.resize(start);
            return false;
        }
        if (item.hyphen) {
            out += '-';
        } else {
            out.resize(field_start);
            skipping = true;
        }
    }
    return true;
}

} // namespace signet::server
