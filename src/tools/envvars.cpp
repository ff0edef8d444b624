#include "tools/envvars.h"

#include "base/file.h"
#include "base/text.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::tools {
namespace {

constexpr size_t most = 1 << 20; // an environment is never larger

// Everything a program writes until it closes its output.
std::string read_all(int descriptor)
{
    std::string text;
    std::array<char, 4096> buffer{};
    while (text.size() < most) {
        const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(buffer.data(), static_cast<size_t>(got));
    }
    return text;
}

[[noreturn]] void become_shell(const char* path, int output)
{
    ::dup2(output, STDOUT_FILENO);
    // What the script itself prints must not be taken for variables.
    ::execl("/bin/sh", "sh", "-c", "exec 3>&1 >&2; . \"$1\" && exec env -0 >&3", "envvars", path,
            nullptr);
    ::_exit(127);
}

} // namespace

Result<void> read_envvars(const std::string& path)
{
    if (::access(path.c_str(), F_OK) != 0) return {};
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
    const FileDescriptor reading(ends[0]);
    FileDescriptor writing(ends[1]);
    const pid_t shell = ::fork();
    if (shell < 0) return fail_errno("fork");
    if (shell == 0) become_shell(path.c_str(), writing.get());
    writing.reset();
    const std::string text = read_all(reading.get());
    int status = 0;
    while (::waitpid(shell, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) return fail("the shell could not read " + path);
    for (const auto variable : split(text, '\0')) {
        const size_t equals = variable.find('=');
        if (equals == variable.npos || equals == 0) continue;
        const std::string name(variable.substr(0, equals)), value(variable.substr(equals + 1));
        ::setenv(name.c_str(), value.c_str(), 1);
    }
    return {};
}

} // namespace signet::tools
