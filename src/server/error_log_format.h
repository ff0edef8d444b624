// ErrorLogFormat, compiled: items, fields that vanish when they have nothing to say.
// https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat
#pragma once
#include "base/result.h"
#include "server/error_log.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {

// What one line is about; texts live as long as the call.
struct ErrorLine {
    const LogEvent& event;
    const Request* request = nullptr;
    const Peer* peer = nullptr;
    std::string_view server_name{};    // %v: ServerName
    std::string_view canonical_name{}; // %V: by UseCanonicalName
    int64_t micros = 0;                // when, wall clock
    // Only where there is a peer.
    [[nodiscard]] const net::Address& client() const;
};

class ErrorLogLayout {
public:
    enum class Kind : uint8_t { message, once_per_connection, once_per_request };
    // Apache's messages for what is wrong with a format.
    [[nodiscard]] static Result<ErrorLogLayout> compile(std::string_view format, Kind kind);
    // Apache's layout without ErrorLogFormat.
    [[nodiscard]] static const ErrorLogLayout& standard();
    // The same without what syslog adds itself.
    [[nodiscard]] static const ErrorLogLayout& for_syslog();

    // Appends the line without a newline; false when a required item (%+…) is empty: nothing is
    // logged then and nothing was appended.
    bool append(std::string& out, const ErrorLine& line) const;

private:
    struct Item;
    using Render = void (*)(std::string& out, const Item& item, const ErrorLine& line);
    struct Item {
        Render render = nullptr; // null: the literal in `argument`
        std::string argument;
        int lowest_level = 0;   // %7F: only at this level and below
        bool separates = false; // begins a field
        bool is_message = false;
        bool required = false; // %+
        bool hyphen = false;   // %-
    };
    [[nodiscard]] static Result<void> read_item(std::string_view& rest, Item& item, Kind kind);
    static void read_literal(std::string_view& rest, Item& item);

    std::vector<Item> items_;
};

// As Apache's ap_escape_errorlog_item: what is not printable, and backslashes.
void append_escaped(std::string& out, std::string_view text);
// How many bytes at the beginning need no escape.
[[nodiscard]] size_t plain_prefix(std::string_view text);

// "emerg" … "debug", "trace1" … "trace8".
[[nodiscard]] std::string_view level_name(Severity severity, int trace);

// Apache's standard layout without its date, written by hand: LogLevel trace8 writes dozens of
// lines per request. The same as ErrorLogLayout::for_syslog() makes.
void append_standard(std::string& out, const ErrorLine& line);
// Its parts: "[core:trace3] [pid 7:tid 7] pipeline.cpp(191): ", which is the same for every event
// of one place in the source; error number and client; the message; the Referer.
void append_event_head(std::string& out, const ErrorLine& line);
void append_about(std::string& out, const ErrorLine& line);
void append_line_text(std::string& out, const ErrorLine& line); // message and Referer
void append_line_tail(std::string& out, const ErrorLine& line);
// ErrorLogFormat json: one object.
void append_json(std::string& out, const ErrorLine& line);

} // namespace signet::server
