#include "tools/configuration_options.h"

#include "base/text.h"

#include <CLI/CLI.hpp>
#include <ctime>
#include <filesystem>

namespace signet::tools {

void ConfigurationOptions::add_to(CLI::App& verb)
{
    verb.add_option("-f", file, "the configuration (default: signet's own)");
    verb.add_option("-d", server_root, "the ServerRoot to begin with");
    verb.add_option("-D", defines, "a name for <IfDefine>")->take_all();
    verb.add_option("-C", before, "a directive before the configuration")->take_all();
    verb.add_option("-c", after, "a directive after it")->take_all();
}

void set_place(process::CommandLine& line, const std::string& root, const std::string& file)
{
    std::error_code ignored;
    if (!root.empty()) line.server_root = std::filesystem::absolute(root, ignored).string();
    if (file.empty()) return;
    const bool is_here = std::filesystem::exists(file, ignored);
    line.config_file = is_here ? std::filesystem::absolute(file, ignored).string() : file;
}

process::CommandLine ConfigurationOptions::command_line() const
{
    process::CommandLine line;
    line.task = process::Task::check;
    line.directory = std::filesystem::current_path().string();
    set_place(line, server_root, file);
    line.defines.insert(defines.begin(), defines.end());
    line.before = before;
    line.after = after;
    return line;
}

std::optional<time_t> parse_moment(std::string_view text, time_t now)
{
    if (text.empty()) return now;
    if (text.starts_with('+') && text.size() > 2) {
        const auto count = parse_number<long>(text.substr(1, text.size() - 2));
        if (!count || *count < 0 || *count > 100000) return std::nullopt;
        switch (text.back()) {
        case 'd': return now + *count * 86400;
        case 'h': return now + *count * 3600;
        case 'w': return now + *count * 7 * 86400;
        default: return std::nullopt;
        }
    }
    tm parts{};
    const std::string written(text);
    const char* end = ::strptime(written.c_str(), "%Y-%m-%d", &parts);
    if (end && *end == 'T') end = ::strptime(end + 1, "%H:%M", &parts);
    if (!end || *end != '\0') return std::nullopt;
    return ::timegm(&parts);
}

std::string moment_text(time_t when)
{
    tm parts{};
    ::gmtime_r(&when, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts)};
}

} // namespace signet::tools
