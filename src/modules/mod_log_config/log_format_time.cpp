// %t in its forms: the common log format's date, strftime, and seconds with fractions.
#include "modules/mod_log_config/log_format.h"

#include "base/text.h"

#include <ctime>

namespace signet::log_format {
namespace {

using Item = LogFormat::Item;
using Subject = LogFormat::Subject;

void append_padded(std::string& out, int64_t value, size_t digits)
{
    const auto text = std::to_string(value);
    if (text.size() < digits) out.append(digits - text.size(), '0');
    out += text;
}

std::string format_time(const char* format, int64_t second)
{
    const auto time = static_cast<time_t>(second);
    std::tm local{};
    ::localtime_r(&time, &local);
    char text[1024];
    return {text, std::strftime(text, sizeof text, format, &local)};
}

int64_t begin_of(const Subject& subject)
{
    return subject.entry.original.start_micros;
}
int64_t end_of(const Subject& subject)
{
    return subject.entry.end_micros;
}

using When = int64_t (*)(const Subject&);

// Formatted anew when the second changes.
template <When when> void by_strftime(std::string& out, const Item& item, const Subject& subject)
{
    const int64_t second = when(subject) / 1'000'000;
    if (item.remembered_for != second) {
        item.remembered = format_time(item.argument.c_str(), second);
        item.remembered_for = second;
    }
    out += item.remembered;
}

template <When when> void seconds(std::string& out, const Item&, const Subject& subject)
{
    append_signed(out, when(subject) / 1'000'000);
}

template <When when> void milliseconds(std::string& out, const Item&, const Subject& subject)
{
    append_signed(out, when(subject) / 1000);
}

template <When when> void microseconds(std::string& out, const Item&, const Subject& subject)
{
    append_signed(out, when(subject));
}

template <When when> void fraction_in_millis(std::string& out, const Item&, const Subject& subject)
{
    append_padded(out, when(subject) / 1000 % 1000, 3);
}

template <When when> void fraction_in_micros(std::string& out, const Item&, const Subject& subject)
{
    append_padded(out, when(subject) % 1'000'000, 6);
}

template <When when> LogFormat::Render choose(Item& item)
{
    if (item.argument.empty()) item.argument = "[%d/%b/%Y:%H:%M:%S %z]";
    if (item.argument == "sec") return seconds<when>;
    if (item.argument == "msec") return milliseconds<when>;
    if (item.argument == "usec") return microseconds<when>;
    if (item.argument == "msec_frac") return fraction_in_millis<when>;
    if (item.argument == "usec_frac") return fraction_in_micros<when>;
    return by_strftime<when>;
}

} // namespace

LogFormat::Render choose_time(Item& item)
{
    if (item.argument.starts_with("begin:")) item.argument.erase(0, 6);
    if (!item.argument.starts_with("end:")) return choose<begin_of>(item);
    item.argument.erase(0, 4);
    return choose<end_of>(item);
}

} // namespace signet::log_format
