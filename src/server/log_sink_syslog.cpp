// Log lines as datagrams to the system's logger.   RFC 3164 · syslog(3)
// Not through syslog(3): it keeps one tag and facility per process, and it may block.
#include "base/text.h"
#include "server/log_sink_kinds.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

namespace signet::server {
namespace {

std::optional<int> facility_by_name(std::string_view name)
{
    struct Facility {
        std::string_view name;
        int value;
    };
    static constexpr Facility facilities[] = {
        {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},
        {"daemon", LOG_DAEMON}, {"ftp", LOG_FTP},           {"kern", LOG_KERN},
        {"lpr", LOG_LPR},       {"mail", LOG_MAIL},         {"news", LOG_NEWS},
        {"syslog", LOG_SYSLOG}, {"user", LOG_USER},         {"uucp", LOG_UUCP},
        {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},     {"local2", LOG_LOCAL2},
        {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},     {"local5", LOG_LOCAL5},
        {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},
    };
    for (const auto& facility : facilities) {
        if (iequals(facility.name, name)) return facility.value;
    }
    return std::nullopt;
}

class SyslogSink final : public LogSink {
public:
    SyslogSink(int facility, std::string tag, std::string socket_path)
        : facility_(facility)
        , tag_(std::move(tag))
        , socket_path_(std::move(socket_path))
    {
        connect();
    }

    void append(std::string_view line) override { append(line, diagnosis::Severity::notice); }

    void append(std::string_view line, diagnosis::Severity severity) override
    {
        while (line.ends_with('\n')) line.remove_suffix(1);
        char date[32];
        const time_t now = ::time(nullptr);
        std::tm local{};
        ::localtime_r(&now, &local);
        const size_t date_size = std::strftime(date, sizeof date, "%b %e %H:%M:%S ", &local);
        message_ = "<";
        // Severities have syslog's numbers: emerg is 0, debug 7.
        append_signed(message_, facility_ | static_cast<int>(severity));
        message_ += '>';
        message_.append(date, date_size);
        message_ += tag_;
        message_ += '[';
        append_signed(message_, ::getpid());
        message_ += "]: ";
        message_ += line;
        if (!send() && !(connect() && send())) ++dropped_;
    }

    void flush() override {}
    Result<void> reopen() override
    {
        connect();
        return {};
    }
    [[nodiscard]] int descriptor() const override { return -1; }
    [[nodiscard]] uint64_t dropped() const override { return dropped_; }
    [[nodiscard]] bool is_syslog() const override { return true; }

private:
    bool connect()
    {
        FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (!socket || socket_path_.size() >= sizeof address.sun_path) return false;
        std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
        if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address)
            != 0) {
            return false;
        }
        socket_ = std::move(socket);
        return true;
    }

    // True also for a full logger: connecting anew would not help, the line is counted as lost.
    bool send()
    {
        if (!socket_) return false;
        if (::send(socket_.get(), message_.data(), message_.size(), MSG_NOSIGNAL) >= 0) return true;
        if (errno != EAGAIN && errno != ENOBUFS && errno != EMSGSIZE) return false;
        ++dropped_;
        return true;
    }

    int facility_;
    std::string tag_, socket_path_;
    FileDescriptor socket_;
    std::string message_; // reused
    uint64_t dropped_ = 0;
};

} // namespace

Result<std::shared_ptr<LogSink>> open_syslog(std::string_view options,
                                             const std::string& socket_path)
{
    int facility = LOG_LOCAL7; // Apache's default
    std::string tag = "signet";
    const auto colon = options.find(':');
    const auto facility_name = options.substr(0, colon);
    if (!facility_name.empty()) {
        const auto found = facility_by_name(facility_name);
        // Apache goes on with the default for names it does not know.
        if (found) facility = *found;
    }
    if (colon != options.npos && colon + 1 < options.size()) tag = options.substr(colon + 1);
    return std::make_shared<SyslogSink>(facility, std::move(tag), socket_path);
}

} // namespace signet::server
