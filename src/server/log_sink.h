// Where log lines go: a file, a program's standard input, or syslog. Opened before privileges are
// dropped; a worker buffers lines and writes them once per loop turn.
// https://httpd.apache.org/docs/2.4/logs.html#piped
#pragma once
#include "base/result.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {

class LogSink {
public:
    // "logs/access_log" (already absolute), "|/usr/bin/rotatelogs …", "||prog", "|$command", "syslog",
    // "syslog:local7:tag".
    [[nodiscard]] static Result<std::shared_ptr<LogSink>> open(const std::string& target);
    virtual ~LogSink() = default;

    // Queues one line (with its newline). Lines of at most PIPE_BUF bytes never interleave with
    // those of other processes. Never blocks: a full pipe drops lines, counted.
    virtual void append(std::string_view line) = 0;
    // Writes what is queued. Called at the end of each loop turn and before exit.
    virtual void flush() = 0;
    // Opens the file anew (rotation); the old one keeps receiving until this succeeds.
    [[nodiscard]] virtual Result<void> reopen() = 0;
    // The descriptor, to pass it to other processes; -1 for syslog.
    [[nodiscard]] virtual int descriptor() const = 0;
    [[nodiscard]] virtual uint64_t dropped() const = 0;
};

// The sinks of one process, each target opened once however many vhosts name it.
class LogSinks {
public:
    [[nodiscard]] Result<std::shared_ptr<LogSink>> open(const std::string& target);
    void flush_all();
    void reopen_all();

private:
    std::map<std::string, std::shared_ptr<LogSink>> sinks_;
};

} // namespace signet::server
