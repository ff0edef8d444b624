// The kinds of log sinks. Internal to log_sink*.cpp and the error log.
#pragma once
#include "server/log_sink.h"

namespace signet::server {

// Standard error of this process, unbuffered.
[[nodiscard]] std::shared_ptr<LogSink> standard_error_sink();

// A datagram socket to the system's logger. `facility` as in syslog.h, shifted.
[[nodiscard]] Result<std::shared_ptr<LogSink>>
open_syslog(std::string_view options, const std::string& socket_path = "/dev/log");

// Starts the program of a piped log with `input` as its standard input; "|$…" with a shell.
[[nodiscard]] Result<pid_t> start_log_program(const std::string& target, int input);

// Bytes waiting for a descriptor that may be slow or full. Whole lines only; bounded.
class LineQueue {
public:
    static constexpr size_t limit = size_t{1} << 20;

    // False when the queue is full: the line is lost.
    bool add(std::string_view line);
    // Writes what can be written now. `unit`: the most bytes of one write (whole lines, except for
    // a line that is longer); 0: everything at once.
    void write_to(int descriptor, size_t unit);
    [[nodiscard]] size_t size() const { return bytes_.size() - done_; }
    // The device refused the last write (full disk, full pipe).
    [[nodiscard]] bool is_stuck() const { return error_ != 0; }
    [[nodiscard]] int error() const { return error_; }

private:
    std::string bytes_;
    size_t done_ = 0;
    int error_ = 0;
};

} // namespace signet::server
