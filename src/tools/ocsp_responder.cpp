#include "tools/ocsp_responder.h"

#include "base/file.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace signet::tools {
namespace {

constexpr size_t longest_request = 64 * 1024;

Result<FileDescriptor> listen_on(const std::string& address, unsigned port,
                                 const std::function<void(const std::string&)>& listening)
{
    sockaddr_in where{.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(port))};
    if (::inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1)
        return fail(address + " is no IPv4 address");
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (!socket || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&where), sizeof where) != 0
        || ::listen(socket.get(), 64) != 0) {
        return fail_errno(address + ":" + std::to_string(port));
    }
    socklen_t size = sizeof where;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&where), &size);
    listening("http://" + address + ":" + std::to_string(ntohs(where.sin_port)) + "/");
    return socket;
}

std::string percent_decoded(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); i++) {
        const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0
                            && hex_digit(text[i + 2]) >= 0;
        if (!escape) {
            out += text[i];
            continue;
        }
        out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
        i += 2;
    }
    return out;
}

std::string base64_decoded(const std::string& text)
{
    std::string out(text.size(), '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    if (size < 0) return {};
    const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    out.resize(static_cast<size_t>(size) - std::min(padding, static_cast<size_t>(size)));
    return out;
}

// The OCSP request in an HTTP request: the body of a POST, or a GET's path. Empty: none.
std::string read_request(int client)
{
    std::string bytes;
    char buffer[4096];
    while (bytes.size() < longest_request) {
        const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return {};
        bytes.append(buffer, static_cast<size_t>(got));
        const size_t end = bytes.find("\r\n\r\n");
        if (end == bytes.npos) continue;
        if (bytes.starts_with("GET /")) {
            const std::string_view path = std::string_view(bytes).substr(5, bytes.find(' ', 5) - 5);
            return base64_decoded(percent_decoded(path));
        }
        if (!bytes.starts_with("POST ")) return {};
        const size_t field = ifind(bytes, "\r\ncontent-length:");
        if (field == bytes.npos || field > end) return {};
        const size_t value = field + 17;
        const auto length = parse_number<size_t>(
            trim(std::string_view(bytes).substr(value, bytes.find("\r\n", value) - value)));
        if (!length || *length > longest_request) return {};
        if (bytes.size() >= end + 4 + *length) return bytes.substr(end + 4, *length);
    }
    return {};
}

void answer(int client, pki::Authority& authority)
{
    const timeval patience{.tv_sec = 5};
    ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const std::string request = read_request(client);
    const auto body = authority.answer_status_request(request, ::time(nullptr));
    std::string reply = body ? "HTTP/1.1 200 OK\r\nContent-Type: application/ocsp-response\r\n"
                             : "HTTP/1.1 500 Internal Server Error\r\n";
    reply += "Connection: close\r\nContent-Length: " + std::to_string(body ? body->size() : 0)
             + "\r\n\r\n";
    if (body) reply += *body;
    std::string_view rest = reply;
    while (!rest.empty()) {
        const ssize_t sent = ::send(client, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        rest.remove_prefix(static_cast<size_t>(sent));
    }
}

} // namespace

Result<void> serve_status(pki::Authority& authority, const std::string& address, unsigned port,
                          unsigned count, const std::function<void(const std::string&)>& listening)
{
    auto socket = listen_on(address, port, listening);
    if (!socket) return std::unexpected(socket.error());
    for (unsigned served = 0; count == 0 || served < count; served++) {
        const FileDescriptor client(::accept4(socket->get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (client) answer(client.get(), authority);
    }
    return {};
}

} // namespace signet::tools
