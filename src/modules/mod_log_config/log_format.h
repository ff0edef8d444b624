// LogFormat, compiled: one function per % item, appended to a line without allocation.
// https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats
#pragma once
#include "base/result.h"
#include "server/request.h"
#include "server/response.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signet::log_format {

// What a line is about: the request as it came and, after internal redirects, the one that
// answered. Lives for one line.
struct Entry {
    const server::Request& original;
    const server::Request& final;
    const server::Response& original_response;
    const server::Response& final_response;
    int64_t end_micros = 0; // wall clock when the answer was out
    uint64_t bytes_in = 0;  // since the connection's last line
    uint64_t bytes_out = 0;
};

// Immutable but for what it remembers of the last line (a date, an address): one worker uses it.
class LogFormat {
public:
    // Errors are Apache's: "Unrecognized LogFormat directive %z".
    [[nodiscard]] static Result<LogFormat> compile(std::string_view format);
    // One JSON object per line (log_format_json.cpp).
    [[nodiscard]] static LogFormat json();
    // The line with its newline.
    void append(std::string& out, const Entry& entry) const;

    struct Item;
    // The request an item is about, with its response.
    struct Subject {
        const server::Request& request;
        const server::Response& response;
        const Entry& entry;
    };
    using Render = void (*)(std::string& out, const Item& item, const Subject& subject);

    struct Item {
        Render render = nullptr;      // null: the literal in `argument`
        std::string argument;         // of %{argument}x
        std::vector<int> statuses;    // %400,501…
        bool except_statuses = false; // %!200,304…
        bool original = false;        // % items about the request as it came
        // The last text of items that rarely change, and what it was made for.
        mutable int64_t remembered_for = -1;
        mutable std::string remembered;
    };

private:
    [[nodiscard]] static Result<void> read_item(std::string_view& rest, Item& item);
    static void read_literal(std::string_view& rest, Item& item);

    std::vector<Item> items_;
};

// The item of a letter (or "^ti", "^to"), or nullptr. `original`: its default subject.
struct ItemKind {
    std::string_view name;
    bool original;
    LogFormat::Render (*choose)(LogFormat::Item& item); // by its argument
};
[[nodiscard]] const ItemKind* find_item(std::string_view name);
// %t and %{…}t (log_format_time.cpp).
[[nodiscard]] LogFormat::Render choose_time(LogFormat::Item& item);

// Apache's ap_escape_logitem: what is not printable, quotes and backslashes.
void append_escaped(std::string& out, std::string_view text);

} // namespace signet::log_format
