#include "tools/check/since.h"

#include "base/text.h"
#include "tools/configuration_options.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace signet::tools::check {
namespace {

constexpr std::string_view started = "AH00489"; // "resuming normal operations", after reloads too

struct Line {
    time_t when = 0;
    std::string_view level{}, id{}, text{};
};

// "Sat Nov 28 10:28:15.701399 2026", with or without the fraction.
std::optional<time_t> time_of(std::string_view text)
{
    const std::string copy(text);
    tm parts{};
    const char* rest = ::strptime(copy.c_str(), "%a %b %d %H:%M:%S", &parts);
    if (!rest) return std::nullopt;
    if (*rest == '.') {
        for (++rest; std::isdigit(static_cast<unsigned char>(*rest)) != 0; ++rest) {
        }
    }
    if (!::strptime(rest, " %Y", &parts)) return std::nullopt;
    parts.tm_isdst = -1;
    return ::mktime(&parts);
}

// The content of the bracket that `line` begins with; `line` becomes what is behind it.
std::optional<std::string_view> take_bracket(std::string_view& line)
{
    if (!line.starts_with('[')) return std::nullopt;
    const size_t end = line.find(']');
    if (end == line.npos) return std::nullopt;
    const auto inside = line.substr(1, end - 1);
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ', end + 1)));
    return inside;
}

bool is_number(std::string_view word)
{
    if (!word.starts_with("AH") && !word.starts_with("SG")) return false;
    word.remove_prefix(2);
    return word.size() >= 4 && word.size() <= 5
           && std::ranges::all_of(word, [](char one) { return one >= '0' && one <= '9'; });
}

// A line of Apache's default format. Its client and the operating system's error are passed over.
std::optional<Line> read_line(std::string_view line)
{
    const auto when = take_bracket(line);
    const auto level = take_bracket(line);
    const auto time = when ? time_of(*when) : std::nullopt;
    if (!time || !level) return std::nullopt;
    Line read{.when = *time, .level = level->substr(level->find(':') + 1)};
    while (take_bracket(line)) {
    }
    if (line.starts_with('(')) line.remove_prefix(std::min(line.size(), line.find(": ") + 2));
    while (take_bracket(line)) {
    }
    read.text = line;
    const auto word = line.substr(0, line.find(':'));
    if (is_number(word)) read.id = word;
    return read;
}

bool is_problem(std::string_view level)
{
    constexpr std::array levels = {"emerg", "alert", "crit", "error", "warn"};
    return std::ranges::find(levels, level) != levels.end();
}

std::string rows(const Comparison& comparison, std::string_view title,
                 bool (*takes)(size_t, size_t))
{
    std::string out;
    for (const auto& [id, problem] : comparison.classes) {
        if (!takes(problem.before, problem.after)) continue;
        out += "  " + id + "  " + problem.level + "  " + std::to_string(problem.before)
               + " before, " + std::to_string(problem.after) + " after  "
               + problem.example.substr(0, 120) + "\n";
    }
    return out.empty() ? out : std::string(title) + "\n" + out;
}

} // namespace

Comparison compare_log(std::string_view log, time_t now, std::chrono::seconds window)
{
    Comparison result{.split = now - window.count()};
    std::vector<Line> lines;
    size_t reload = 0; // its line: much happens within the second that it takes
    for (const auto text : split(log, '\n')) {
        if (text.empty()) continue;
        const auto line = read_line(text);
        if (!line) {
            ++result.unread;
            continue;
        }
        if (line->id == started && line->when >= result.split) {
            result.split = line->when;
            result.is_reload = true;
            reload = lines.size();
        }
        lines.push_back(*line);
    }
    for (size_t i = 0; i < lines.size(); ++i) {
        const Line& line = lines[i];
        if (!is_problem(line.level) || line.when < result.split - window.count()) continue;
        const bool is_after = result.is_reload ? i > reload : line.when >= result.split;
        auto& problem = result.classes[line.id.empty() ? "without number" : std::string(line.id)];
        problem.level = line.level;
        problem.example = line.text;
        ++(is_after ? problem.after : problem.before);
    }
    return result;
}

bool has_new(const Comparison& comparison)
{
    return std::ranges::any_of(comparison.classes, [](const auto& one) {
        return one.second.before == 0 && one.second.after > 0;
    });
}

std::string text_of(const Comparison& comparison)
{
    std::string out = comparison.is_reload ? "Since the start or reload at " : "Since ";
    out += moment_text(comparison.split) + ":\n";
    const auto problems =
        rows(comparison, "new:", [](size_t before, size_t after) { return !before && after; })
        + rows(comparison, "gone:", [](size_t before, size_t after) { return before && !after; })
        + rows(comparison,
               "still there:", [](size_t before, size_t after) { return before && after; });
    out += problems.empty() ? "no warnings and no errors, before or after\n" : problems;
    if (comparison.unread) {
        out += std::to_string(comparison.unread)
               + " lines have no time in Apache's default format and were not counted\n";
    }
    return out;
}

std::optional<std::chrono::seconds> parse_window(std::string_view text)
{
    if (text.size() < 2) return std::nullopt;
    const auto count = parse_number<uint32_t>(text.substr(0, text.size() - 1));
    if (!count || *count == 0) return std::nullopt;
    switch (text.back()) {
    case 's': return std::chrono::seconds(*count);
    case 'm': return std::chrono::minutes(*count);
    case 'h': return std::chrono::hours(*count);
    case 'd': return std::chrono::hours(24LL * *count);
    default: return std::nullopt;
    }
}

} // namespace signet::tools::check
