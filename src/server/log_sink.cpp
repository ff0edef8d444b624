// Files, pipes and standard error; queues that never block.
#include "server/log_sink.h"

#include "base/text.h"
#include "server/log_sink_kinds.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::server {

bool LineQueue::add(std::string_view line)
{
    if (size() + line.size() > limit) return false;
    bytes_ += line;
    return true;
}

void LineQueue::write_to(int descriptor, size_t unit)
{
    error_ = 0;
    while (done_ < bytes_.size()) {
        const std::string_view waiting = std::string_view(bytes_).substr(done_);
        size_t count = waiting.size();
        if (unit != 0 && count > unit) {
            // As many whole lines as fit; a longer line goes alone and may be cut by others' lines.
            const auto end = waiting.rfind('\n', unit - 1);
            count = end != waiting.npos ? end + 1 : std::min(waiting.find('\n'), count - 1) + 1;
        }
        const ssize_t written = ::write(descriptor, waiting.data(), count);
        if (written < 0) {
            if (errno == EINTR) continue;
            error_ = errno;
            break;
        }
        done_ += static_cast<size_t>(written);
    }
    if (done_ == bytes_.size()) {
        bytes_.clear();
        done_ = 0;
    } else if (done_ > limit / 2) {
        bytes_.erase(0, done_);
        done_ = 0;
    }
}

void LogSink::append(std::string_view line, diagnosis::Severity /*severity*/)
{
    append(line);
}

void LogSink::adopt(FileDescriptor /*descriptor*/) {}

Result<void> LogSink::restart_program()
{
    return {};
}

namespace {

// Lines are written when this many bytes wait, without waiting for the end of the loop turn.
constexpr size_t flush_at = size_t{64} << 10;

// What file and pipe sinks share: a queue, a count of lost lines, and saying so.
class QueuedSink : public LogSink {
public:
    void append(std::string_view line) override
    {
        if (!queue_.add(line)) {
            ++dropped_;
            return;
        }
        mark_waiting();
        if (queue_.size() >= flush_at && !queue_.is_stuck()) flush();
    }
    [[nodiscard]] uint64_t dropped() const override { return dropped_; }
    [[nodiscard]] int failure() const override { return queue_.error(); }

protected:
    void write_to(int descriptor, size_t unit)
    {
        queue_.write_to(descriptor, unit);
        if (queue_.size() > 0) mark_waiting();
    }

    LineQueue queue_;
    uint64_t dropped_ = 0;
};

class FileSink final : public QueuedSink {
public:
    FileSink(std::string path, FileDescriptor descriptor)
        : path_(std::move(path))
    {
        adopt(std::move(descriptor));
    }

    static Result<FileDescriptor> open_target(const std::string& path)
    {
        auto opened = open_file(path, O_WRONLY | O_APPEND | O_CREAT, 0644);
        if (opened) return opened;
        // Under a service manager these may be sockets, which cannot be opened by name.
        const int standard = path == "/dev/stderr" ? 2 : path == "/dev/stdout" ? 1 : -1;
        if (standard < 0) return opened;
        FileDescriptor copy(::fcntl(standard, F_DUPFD_CLOEXEC, 3));
        if (!copy) return opened;
        return copy;
    }

    void flush() override { write_to(descriptor_.get(), unit_); }

    Result<void> reopen() override
    {
        auto opened = open_target(path_);
        if (!opened) return std::unexpected(opened.error());
        flush(); // lines of before the rotation belong to the old file
        adopt(std::move(*opened));
        return {};
    }

    void adopt(FileDescriptor descriptor) override
    {
        struct stat info {};
        const bool is_fifo = ::fstat(descriptor.get(), &info) == 0 && S_ISFIFO(info.st_mode);
        unit_ = is_fifo ? PIPE_BUF : 0;
        if (is_fifo) ::fcntl(descriptor.get(), F_SETFL, O_WRONLY | O_APPEND | O_NONBLOCK);
        descriptor_ = std::move(descriptor);
    }

    [[nodiscard]] int descriptor() const override { return descriptor_.get(); }

private:
    std::string path_;
    FileDescriptor descriptor_;
    size_t unit_ = 0;
};

// The pipe lives as long as the sink, longer than the program: reading end and writing end stay
// open here, so a program that died is started again on the same pipe and no line is lost.
class PipeSink final : public QueuedSink {
public:
    PipeSink(std::string target, FileDescriptor reading_end, FileDescriptor writing_end)
        : target_(std::move(target))
        , reading_end_(std::move(reading_end))
        , writing_end_(std::move(writing_end))
        , owner_(::getpid())
    {
    }
    ~PipeSink() override
    {
        if (owner_ != ::getpid()) return;
        flush();
        // The program sees the end of its input when the last process has closed the pipe.
        writing_end_.reset();
    }

    void flush() override { write_to(writing_end_.get(), PIPE_BUF); }

    // A program rotates by itself; a restart gives it a new configuration, as in Apache.
    Result<void> reopen() override { return {}; }
    void adopt(FileDescriptor descriptor) override { writing_end_ = std::move(descriptor); }

    Result<void> restart_program() override
    {
        auto started = start_log_program(target_, reading_end_.get());
        if (!started) return std::unexpected(started.error());
        program_ = *started;
        return {};
    }

    [[nodiscard]] int descriptor() const override { return writing_end_.get(); }
    [[nodiscard]] pid_t program() const override { return owner_ == ::getpid() ? program_ : 0; }

private:
    std::string target_;
    FileDescriptor reading_end_, writing_end_;
    pid_t program_ = 0;
    pid_t owner_;
};

Result<std::shared_ptr<LogSink>> open_pipe(const std::string& target)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
    FileDescriptor reading_end(ends[0]);
    FileDescriptor writing_end(ends[1]);
    // Only the writing end: the program's reads may block.
    ::fcntl(writing_end.get(), F_SETFL, O_WRONLY | O_NONBLOCK);
    auto sink = std::make_shared<PipeSink>(target, std::move(reading_end), std::move(writing_end));
    if (auto started = sink->restart_program(); !started) return std::unexpected(started.error());
    return sink;
}

// Messages of start-up and of -X: at once, and to whatever descriptor 2 is at that moment.
class StandardErrorSink final : public LogSink {
public:
    void append(std::string_view line) override
    {
        while (!line.empty()) {
            const ssize_t written = ::write(2, line.data(), line.size());
            if (written <= 0) return;
            line.remove_prefix(static_cast<size_t>(written));
        }
    }
    void flush() override {}
    Result<void> reopen() override { return {}; }
    [[nodiscard]] int descriptor() const override { return 2; }
    [[nodiscard]] uint64_t dropped() const override { return 0; }
};

bool is_syslog_target(const std::string& target)
{
    return iequals(target, "syslog") || istarts_with(target, "syslog:");
}

} // namespace

std::shared_ptr<LogSink> standard_error_sink()
{
    return std::make_shared<StandardErrorSink>();
}

Result<std::shared_ptr<LogSink>> LogSink::open(const std::string& target)
{
    if (target.starts_with('|')) return open_pipe(target);
    if (is_syslog_target(target)) {
        return open_syslog(target.size() > 7 ? std::string_view(target).substr(7) : "");
    }
    auto opened = FileSink::open_target(target);
    if (!opened) return std::unexpected(opened.error());
    return std::make_shared<FileSink>(target, std::move(*opened));
}

Result<void> LogSink::check(const std::string& target)
{
    if (target.starts_with('|') || is_syslog_target(target)) return {};
    const std::string directory = target.substr(0, target.rfind('/') + 1);
    struct stat info {};
    if (directory.empty() || ::stat(directory.c_str(), &info) == 0) return {};
    char buffer[128];
    return fail("(" + std::to_string(errno) + ")" + ::strerror_r(errno, buffer, sizeof buffer)
                + ": AH02291: Cannot access directory '" + directory + "'");
}

Result<std::shared_ptr<LogSink>> LogSinks::open(const std::string& target)
{
    if (const auto found = sinks_.find(target); found != sinks_.end()) return found->second;
    auto opened = LogSink::open(target);
    if (!opened) return opened;
    (*opened)->waiting_ = &waiting_;
    sinks_.emplace(target, *opened);
    return opened;
}

LogSinks::~LogSinks()
{
    flush_all();
    // Whoever still holds a sink writes it without us.
    for (const auto& [target, sink] : sinks_) sink->waiting_ = nullptr;
}

void LogSinks::flush_all()
{
    std::swap(waiting_, flushing_);
    for (LogSink* sink : flushing_) {
        sink->is_waiting_ = false;
        sink->flush(); // marks itself again when something is left
    }
    flushing_.clear();
}

std::vector<LogSinks::News> LogSinks::news()
{
    std::vector<News> told;
    for (const auto& [target, sink] : sinks_) {
        const auto known = failing_.find(target);
        if (sink->failure() != 0 && known == failing_.end()) {
            told.push_back({.target = target, .system_error = sink->failure()});
            failing_.emplace(target, sink->dropped());
        } else if (sink->failure() == 0 && known != failing_.end()) {
            told.push_back({.target = target, .lost = sink->dropped() - known->second});
            failing_.erase(known);
        }
    }
    return told;
}

void LogSinks::reopen_all()
{
    for (const auto& [target, sink] : sinks_) {
        // A file that cannot be opened anew goes on in the old one.
        if (auto reopened = sink->reopen(); !reopened) continue;
    }
}

void LogSinks::restart(const std::string& target, LogSink& sink)
{
    const int64_t now = ::time(nullptr);
    auto& last = restarted_[target];
    if (last == now) {
        waiting_for_restart_.push_back(target);
        return;
    }
    last = now;
    if (auto started = sink.restart_program(); !started) waiting_for_restart_.push_back(target);
}

std::optional<std::string> LogSinks::child_ended(pid_t child)
{
    for (const auto& [target, sink] : sinks_) {
        if (sink->program() != child) continue;
        restart(target, *sink);
        return target;
    }
    return std::nullopt;
}

void LogSinks::restart_programs()
{
    for (const auto& target : std::exchange(waiting_for_restart_, {})) {
        if (const auto found = sinks_.find(target); found != sinks_.end())
            restart(target, *found->second);
    }
}

} // namespace signet::server
