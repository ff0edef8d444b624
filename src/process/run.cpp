#include "process/run.h"

#include "process/check.h"
#include "process/start.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace signet::process {
namespace {

int tell(const std::string& text)
{
    std::fputs(text.c_str(), stdout);
    return 0;
}

int refuse(const std::string& complaint, const char* program)
{
    if (!complaint.empty()) std::fputs((complaint + "\n").c_str(), stderr);
    std::fputs(usage(program).c_str(), stderr);
    return 1;
}

// -E: what the start has to say goes to a file.
bool redirect_start_messages(const std::string& path)
{
    const FileDescriptor file(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (!file) {
        std::fprintf(stderr, "Could not open %s: %s\n", path.c_str(), std::strerror(errno));
        return false;
    }
    return ::dup2(file.get(), STDERR_FILENO) >= 0;
}

} // namespace

int run(std::span<const char* const> words)
{
    auto line = parse_command_line(words);
    if (!line) return refuse(line.error().text, words.empty() ? "signet" : words[0]);
    std::error_code ignored;
    line->directory = std::filesystem::current_path(ignored);
    if (!line->start_log.empty() && !redirect_start_messages(line->start_log)) return 1;
    switch (line->task) {
    case Task::usage: return refuse("", line->program.c_str());
    case Task::version: return tell(version());
    case Task::compile_settings: return tell(compile_settings());
    default: break;
    }
    const Loader loader(*line);
    switch (line->task) {
    case Task::list_modules: return tell(list_modules(loader.modules()));
    case Task::list_directives: return tell(list_directives(loader.modules()));
    case Task::check: return check(*line, loader);
    default: break;
    }
    auto takeover = Takeover::begin();
    if (!takeover) {
        std::fputs((takeover.error().text + "\n").c_str(), stderr);
        return 1;
    }
    if (*takeover) {
        line->takes_over = true;
        return take_over(*line, loader, std::move(**takeover));
    }
    if (line->order != Order::none && line->order != Order::start) {
        if (const auto code = order_running_server(*line, loader)) return *code;
    }
    return start(*line, loader);
}

} // namespace signet::process
