#include "process/pid_file.h"

#include "base/file.h"
#include "base/text.h"

#include <cerrno>
#include <csignal>
#include <unistd.h>

namespace signet::process {
namespace {

// The program's name as the kernel keeps it (15 characters), empty where /proc is not there.
std::string program_of(pid_t pid)
{
    const auto name = read_file("/proc/" + std::to_string(pid) + "/comm", 64);
    return name ? std::string(trim(*name)) : "";
}

} // namespace

PidFile read_pid_file(const std::string& path)
{
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return {};
    const auto text = read_file(path, 64);
    if (!text) return {.state = PidFile::State::corrupted, .trouble = text.error().text};
    const auto pid = parse_number<pid_t>(trim(*text));
    if (!pid || *pid <= 0) {
        return {.state = PidFile::State::corrupted, .trouble = "there is no process number in it"};
    }
    PidFile file{.state = PidFile::State::running, .pid = *pid};
    // EPERM means that it lives and belongs to somebody else.
    if (::kill(*pid, 0) != 0 && errno == ESRCH) {
        file.state = PidFile::State::gone;
        return file;
    }
    const std::string ours = program_of(::getpid());
    file.program = program_of(*pid);
    const bool is_other = !file.program.empty() && file.program != ours;
    // In a container the server before may have had our very number.
    if (is_other || *pid == ::getpid()) file.state = PidFile::State::foreign;
    return file;
}

Result<void> write_pid_file(const std::string& path, pid_t pid)
{
    return write_file_atomically(path, std::to_string(pid) + "\n", 0644);
}

void remove_pid_file(const std::string& path, pid_t pid)
{
    const auto text = read_file(path, 64);
    if (text && parse_number<pid_t>(trim(*text)) == pid) ::unlink(path.c_str());
}

std::string describe(const PidFile& file)
{
    switch (file.state) {
    case PidFile::State::running:
        return "httpd (pid " + std::to_string(file.pid) + ") already running";
    case PidFile::State::gone:
    case PidFile::State::foreign:
        return "httpd (pid " + std::to_string(file.pid) + "?) not running";
    case PidFile::State::missing:
    case PidFile::State::corrupted: break;
    }
    return "httpd (no pid file) not running";
}

} // namespace signet::process
