#include "tools/grade/endpoint.h"

#include "base/chain.h"
#include "base/file.h"
#include "pki/openssl.h"
#include "tls/client_hello.h"
#include "tls/context.h"
#include "tls/stream.h"

#include <netdb.h>
#include <openssl/rand.h>
#include <poll.h>
#include <sys/socket.h>

namespace signet::tools::grade {
namespace {

constexpr int patience = 5000; // milliseconds, for one step of a handshake over the network

// Whatever the client asks for, it gets this context.
class OneContext final : public tls::ContextSelector {
public:
    explicit OneContext(const tls::Context& context)
        : context_(context)
    {
    }
    const tls::Context* select(const tls::ClientHello&) override { return &context_; }

private:
    const tls::Context& context_;
};

// The server's own stream, as a connection uses it.
class MemoryConversation final : public Conversation {
public:
    explicit MemoryConversation(const tls::Context& context)
        : selector_(context)
        , stream_(selector_)
        , out_(pool_)
    {
    }

    std::string say(const std::string& bytes) override
    {
        std::string input = bytes; // the stream works in place
        stream_.receive(input, out_);
        while (!stream_.next(out_).empty()) {
        }
        std::string answer;
        iovec pieces[16];
        while (!out_.empty()) {
            const int count = out_.peek(pieces, std::size(pieces));
            size_t size = 0;
            for (const auto& piece : std::span(pieces, static_cast<size_t>(count))) {
                answer.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
                size += piece.iov_len;
            }
            out_.consume(size);
        }
        return answer;
    }

private:
    OneContext selector_;
    tls::Stream stream_;
    BlockPool pool_;
    Chain out_;
};

class MemoryEndpoint final : public Endpoint {
public:
    explicit MemoryEndpoint(const tls::Context& context)
        : context_(context)
    {
    }
    [[nodiscard]] std::unique_ptr<Conversation> open() const override
    {
        return std::make_unique<MemoryConversation>(context_);
    }

private:
    const tls::Context& context_;
};

bool wait_for(int descriptor, short events)
{
    pollfd entry{.fd = descriptor, .events = events, .revents = 0};
    return ::poll(&entry, 1, patience) == 1;
}

class NetworkConversation final : public Conversation {
public:
    explicit NetworkConversation(FileDescriptor socket)
        : socket_(std::move(socket))
    {
    }

    std::string say(const std::string& bytes) override
    {
        for (size_t sent = 0; sent < bytes.size();) {
            if (!wait_for(socket_.get(), POLLOUT)) return {};
            const auto now =
                ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (now <= 0) return {};
            sent += static_cast<size_t>(now);
        }
        std::string answer;
        char buffer[16384];
        while (answer.size() < (size_t{1} << 20) && wait_for(socket_.get(), POLLIN)) {
            const auto got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
            if (got <= 0) break;
            answer.append(buffer, static_cast<size_t>(got));
            const auto read = read_answer(answer);
            if (read.kind == ServerAnswer::Kind::nothing) continue;
            if (read.kind != ServerAnswer::Kind::hello || read.version >= 0x0304 || read.is_done) {
                break;
            }
        }
        return answer;
    }

private:
    FileDescriptor socket_;
};

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

FileDescriptor connected(const addrinfo* addresses)
{
    for (const auto* one = addresses; one; one = one->ai_next) {
        FileDescriptor made(
            ::socket(one->ai_family, one->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!made) continue;
        const int begun = ::connect(made.get(), one->ai_addr, one->ai_addrlen);
        if (begun != 0 && errno != EINPROGRESS) continue;
        int error = 0;
        socklen_t size = sizeof error;
        if (!wait_for(made.get(), POLLOUT)
            || ::getsockopt(made.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
            continue;
        }
        return made;
    }
    return {};
}

class NetworkEndpoint final : public Endpoint {
public:
    explicit NetworkEndpoint(Addresses addresses)
        : addresses_(std::move(addresses))
    {
    }
    [[nodiscard]] std::unique_ptr<Conversation> open() const override
    {
        auto socket = connected(addresses_.get());
        if (!socket) return nullptr;
        return std::make_unique<NetworkConversation>(std::move(socket));
    }

private:
    Addresses addresses_;
};

std::string random_bytes(size_t size)
{
    std::string bytes(size, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1) {
        pki::forget_errors();
    }
    return bytes;
}

} // namespace

std::unique_ptr<Endpoint> in_memory(const tls::Context& context)
{
    return std::make_unique<MemoryEndpoint>(context);
}

Result<std::unique_ptr<Endpoint>> over_network(const std::string& host, const std::string& port)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
    Addresses addresses(found);
    if (error != 0) return fail(host + " has no address: " + ::gai_strerror(error));
    auto endpoint = std::make_unique<NetworkEndpoint>(std::move(addresses));
    if (!endpoint->open()) return fail("nobody answers at " + host + ":" + port);
    return endpoint;
}

ServerAnswer greet(const Endpoint& endpoint, const Client& client, const std::string& server_name,
                   bool is_fallback, bool offers_compression)
{
    const auto conversation = endpoint.open();
    if (!conversation) return {};
    const bool speaks_tls13 = !client.versions.empty() && client.versions.front() >= 0x0304;
    HelloOptions options{.server_name = server_name,
                         .random = random_bytes(32),
                         .session_id = speaks_tls13 ? random_bytes(32) : std::string(),
                         .is_fallback = is_fallback,
                         .offers_compression = offers_compression};
    auto answer = read_answer(conversation->say(write_client_hello(client, options)));
    if (answer.kind != ServerAnswer::Kind::retry) return answer;
    Client again = client;
    again.shares = {answer.group};
    return read_answer(conversation->say(write_client_hello(again, options)));
}

} // namespace signet::tools::grade
