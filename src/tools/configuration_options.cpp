#include "tools/configuration_options.h"

#include "base/text.h"
#include "tools/envvars.h"

#include <CLI/CLI.hpp>
#include <ctime>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::tools {

void ConfigurationOptions::add_to(CLI::App& verb)
{
    verb.add_option("-f", file, "the configuration (default: signet's own)");
    verb.add_option("-d", server_root, "the ServerRoot to begin with");
    verb.add_option("-D", defines, "a name for <IfDefine>")->take_all();
    verb.add_option("-C", before, "a directive before the configuration")->take_all();
    verb.add_option("-c", after, "a directive after it")->take_all();
}

namespace {

namespace fs = std::filesystem;

// A folder of Debian's: its configuration is written for the variables that envvars exports. That
// is a script, so it has to belong to root or to whoever asks, and nobody else may write it.
bool has_envvars(const fs::path& folder)
{
    struct stat status {};
    const std::string path = (folder / "envvars").string();
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)
           && (status.st_uid == 0 || status.st_uid == ::geteuid())
           && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

} // namespace

void set_place(process::CommandLine& line, const std::string& root, const std::string& file)
{
    std::error_code ignored;
    if (!root.empty()) line.server_root = fs::absolute(root, ignored).string();
    if (!file.empty()) {
        const bool is_here = fs::exists(file, ignored);
        line.config_file = is_here ? fs::absolute(file, ignored).string() : file;
    }
    // apache2ctl gives the folder and sources envvars; who types -f alone means the same.
    const auto folder = fs::path(line.config_path()).parent_path();
    if (!has_envvars(folder)) return;
    if (root.empty()) line.server_root = folder.string();
    // A variable that is missing all the same is told where it is used.
    (void)read_envvars((folder / "envvars").string());
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
