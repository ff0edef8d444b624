#include "modules/mod_cgi/script_log.h"

#include "base/file.h"
#include "server/request.h"
#include "server/response.h"

#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::mod_cgi {
namespace {

constexpr uint64_t default_length = 10385760;

// "%% [Wed Jun 19 10:53:21 1996] GET /cgi-bin/printenv HTTP/1.0", "%% 500
// /usr/lib/cgi-bin/printenv"
std::string opening(const server::Request& request, int status)
{
    const auto now = static_cast<time_t>(request.start_micros / 1'000'000);
    tm parts{};
    ::localtime_r(&now, &parts);
    char date[32];
    const size_t size = std::strftime(date, sizeof date, "%a %b %d %H:%M:%S %Y", &parts);
    std::string text = "%% [" + std::string(date, size) + "] ";
    text.append(request.method_name).append(" ").append(request.uri);
    if (request.query && !request.query->empty()) text.append("?").append(*request.query);
    text.append(" ").append(request.variable("SERVER_PROTOCOL")).append("\n");
    text.append("%% ").append(std::to_string(status)).append(" ").append(request.filename);
    return text += '\n';
}

// In one piece, so that those of several workers do not mix.
void append(const Config& config, std::string_view text)
{
    auto log = open_file(*config.log, O_WRONLY | O_APPEND | O_CREAT);
    if (log) (void)!::write(log->get(), text.data(), text.size());
}

} // namespace

bool wants_log(const Config& config)
{
    if (!config.log) return false;
    struct stat info {};
    return ::stat(config.log->c_str(), &info) != 0
           || static_cast<uint64_t>(info.st_size) <= config.log_length.value_or(default_length);
}

void log_refusal(const Config& config, const server::Request& request, int status,
                 std::string_view reason)
{
    if (!wants_log(config)) return;
    std::string text = opening(request, status) + "%error\n";
    append(config, text.append(reason).append("\n"));
}

void log_failure(const Config& config, const server::Request& request,
                 const server::Response& response, int status, const Conversation& conversation)
{
    std::string text = opening(request, status) + "%request\n";
    for (const auto& [name, value] : request.headers)
        text.append(name).append(": ").append(value).append("\n");
    if (!conversation.request_body.empty())
        text.append("\n").append(conversation.request_body).append("\n");
    text += "%response\n";
    for (const auto& [name, value] : response.always_headers)
        text.append(name).append(": ").append(value).append("\n");
    if (!conversation.bad_line.empty()) text.append(conversation.bad_line).append("\n");
    if (!conversation.output.empty())
        text.append("%stdout\n").append(conversation.output).append("\n");
    if (!conversation.errors.empty())
        text.append("%stderr\n").append(conversation.errors).append("\n");
    append(config, text);
}

} // namespace signet::mod_cgi
