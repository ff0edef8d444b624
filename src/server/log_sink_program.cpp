// Starts the programs of piped logs.
// https://httpd.apache.org/docs/2.4/logs.html#piped
#include "base/text.h"
#include "server/log_sink_kinds.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <spawn.h>
#include <unistd.h>

namespace signet::server {
namespace {

// Words as a shell would see them, without its expansions: quotes group, a backslash escapes.
std::vector<std::string> tokenize(std::string_view command)
{
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = '\0';
    for (size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (c == '\\' && i + 1 < command.size() && quote != '\'') {
            word += command[++i];
            in_word = true;
        } else if (quote != '\0') {
            if (c == quote)
                quote = '\0';
            else
                word += c;
        } else if (c == '"' || c == '\'') {
            quote = c;
            in_word = true;
        } else if (is_space(c)) {
            if (in_word) words.push_back(std::move(word));
            word.clear();
            in_word = false;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (in_word) words.push_back(std::move(word));
    return words;
}

// posix_spawn's two attribute objects, freed however we leave.
struct SpawnSettings {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    SpawnSettings()
    {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    ~SpawnSettings()
    {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
};

} // namespace

std::string program_of(const std::string& target)
{
    std::string_view command = target;
    command.remove_prefix(command.starts_with("||") || command.starts_with("|$") ? 2 : 1);
    return std::string(trim(command));
}

Result<pid_t> start_log_program(const std::string& target, int input)
{
    std::string_view command = target;
    command.remove_prefix(1);
    std::vector<std::string> words;
    if (command.starts_with('$')) {
        words = {"/bin/sh", "-c", std::string(trim(command.substr(1)))};
    } else {
        if (command.starts_with('|')) command.remove_prefix(1);
        words = tokenize(command);
    }
    if (words.empty() || words.back().empty()) return fail("no program to send the log to");

    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    SpawnSettings settings;
    ::posix_spawn_file_actions_adddup2(&settings.actions, input, 0);
    // Our signal handling is none of the program's business: it must die of SIGPIPE and SIGTERM.
    sigset_t none;
    sigset_t usual;
    ::sigemptyset(&none);
    ::sigemptyset(&usual);
    for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD}) {
        ::sigaddset(&usual, signal);
    }
    ::posix_spawnattr_setsigmask(&settings.attributes, &none);
    ::posix_spawnattr_setsigdefault(&settings.attributes, &usual);
    ::posix_spawnattr_setflags(&settings.attributes,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    pid_t child = 0;
    const int error = ::posix_spawnp(&child, arguments[0], &settings.actions, &settings.attributes,
                                     arguments.data(), environ);
    if (error != 0) {
        errno = error;
        return fail_errno("cannot start '" + words[0] + "'");
    }
    return child;
}

} // namespace signet::server
