// Where log lines go: a file, a program's standard input, or syslog. Opened before privileges are
// dropped; a worker buffers lines and writes them once per loop turn.
// https://httpd.apache.org/docs/2.4/logs.html#piped
#pragma once
#include "base/file.h"
#include "base/result.h"
#include "diagnosis/catalogue.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace signet::server {

class LogSink {
public:
    // "logs/access_log" (already absolute), "|/usr/bin/rotatelogs …", "||prog" (both without a
    // shell), "|$command" (through /bin/sh -c), "syslog", "syslog:local7:tag".
    [[nodiscard]] static Result<std::shared_ptr<LogSink>> open(const std::string& target);
    // What -t can say without opening: is there a directory for the file? The error is Apache's
    // "(2)No such file or directory: AH02291: Cannot access directory '/x/'".
    [[nodiscard]] static Result<void> check(const std::string& target);
    virtual ~LogSink() = default;

    // Queues one line (with its newline). Lines of at most PIPE_BUF bytes never interleave with
    // those of other processes. Never blocks: a full pipe or disk drops lines, counted.
    virtual void append(std::string_view line) = 0;
    // The same for a line of a known severity; only syslog cares.
    virtual void append(std::string_view line, diagnosis::Severity severity);
    // Writes what is queued. Called at the end of each loop turn and before exit.
    virtual void flush() = 0;
    // Opens the file anew (rotation); the old one keeps receiving until this succeeds.
    [[nodiscard]] virtual Result<void> reopen() = 0;
    // Goes on with a file that another process (the master) opened anew.
    virtual void adopt(FileDescriptor descriptor);
    // The descriptor, to pass it to other processes; -1 for syslog.
    [[nodiscard]] virtual int descriptor() const = 0;
    [[nodiscard]] virtual uint64_t dropped() const = 0;
    // errno of the last write when it failed and lines wait for better times; else 0.
    [[nodiscard]] virtual int failure() const { return 0; }
    // Takes no date and level of ours: syslog adds its own.
    [[nodiscard]] virtual bool is_syslog() const { return false; }
    // The process of a piped log's program, 0 for others. Only the process that opened the sink has
    // it; restart_program starts it again on the same pipe, so that workers go on undisturbed.
    [[nodiscard]] virtual pid_t program() const { return 0; }
    [[nodiscard]] virtual Result<void> restart_program();

protected:
    // Tells the LogSinks that this one has something to write.
    void mark_waiting()
    {
        if (is_waiting_ || !waiting_) return;
        is_waiting_ = true;
        waiting_->push_back(this);
    }

private:
    friend class LogSinks;
    std::vector<LogSink*>* waiting_ = nullptr;
    bool is_waiting_ = false;
};

// The command of a piped log's target: "|/bin/x y" is "/bin/x y".
[[nodiscard]] std::string program_of(const std::string& target);

// The sinks of one process, each target opened once however many vhosts name it.
class LogSinks {
public:
    LogSinks() = default;
    LogSinks(const LogSinks&) = delete;
    LogSinks& operator=(const LogSinks&) = delete;
    ~LogSinks();
    [[nodiscard]] Result<std::shared_ptr<LogSink>> open(const std::string& target);
    // Writes what waits; costs nothing for sinks that were not written to.
    void flush_all();
    void reopen_all();
    // A child ended: when it was a piped log's program, starts it again (at most once a second) and
    // returns the log's target. For the process that opened the logs.
    std::optional<std::string> child_ended(pid_t child);
    // Starts again what child_ended had to put off. Call once a second.
    void restart_programs();

    // What has changed since the last call: logs that cannot be written, or can be again.
    struct News {
        std::string target;
        int system_error = 0; // 0: it is written again
        uint64_t lost = 0;    // lines, in the meantime
    };
    [[nodiscard]] std::vector<News> news();

    [[nodiscard]] const std::map<std::string, std::shared_ptr<LogSink>>& all() const
    {
        return sinks_;
    }

private:
    void restart(const std::string& target, LogSink& sink);

    std::map<std::string, std::shared_ptr<LogSink>> sinks_;
    std::vector<LogSink*> waiting_, flushing_;
    std::map<std::string, int64_t> restarted_; // when, wall clock seconds
    std::vector<std::string> waiting_for_restart_;
    std::map<std::string, uint64_t> failing_; // told of, and what was lost before
};

} // namespace signet::server
