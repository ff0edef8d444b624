// signet check --since 15m: what the error log complains of since the last start or reload, and did
// not before, and the other way round.
#pragma once
#include <chrono>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace signet::tools::check {

// One kind of problem: all messages of one number.
struct ProblemClass {
    std::string level{};   // "error"
    std::string example{}; // the text of the last one
    size_t before = 0;
    size_t after = 0;
};

struct Comparison {
    time_t split = 0; // the last start or reload, or `window` ago when there was none
    bool is_reload = false;
    size_t unread = 0;                           // lines without a time of Apache's form
    std::map<std::string, ProblemClass> classes; // "AH01797" → …; only warnings and worse
};

// Looks at `window` before the split and at all after it. Times in the log are local.
[[nodiscard]] Comparison compare_log(std::string_view log, time_t now, std::chrono::seconds window);

// What a person wants to read of it.
[[nodiscard]] std::string text_of(const Comparison& comparison);
// New problems there are.
[[nodiscard]] bool has_new(const Comparison& comparison);

// "15m", "2h", "90s", "1d"; nothing when it is no such thing.
[[nodiscard]] std::optional<std::chrono::seconds> parse_window(std::string_view text);

} // namespace signet::tools::check
