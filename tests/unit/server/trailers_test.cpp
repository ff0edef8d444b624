// Fields after the body, from a handler to the bytes of HTTP/1.1.   RFC 9110 §6.5
#include "server/connection.h"
#include "server/worker.h"
#include "unit/server/site.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace signet::server {
namespace {

using namespace std::chrono_literals;

struct Nothing {};

Nothing merge(const Nothing&, const Nothing&)
{
    return {};
}

// "/short" has a body that is known whole; others are written piece by piece.
Outcome answer(const Nothing&, Request& request, Response& response)
{
    response.content_type = "text/plain";
    if (request.uri != "/short") {
        if (!response.write("body")) return Outcome::done;
    } else {
        response.body.add("body");
    }
    response.trailers.add("X-Sum", request.uri == "/split" ? "1\r\nX: 2" : "42");
    return Outcome::done;
}

constexpr Hook<Nothing> hooks[] = {{Phase::handler, Order::first, answer}};

std::shared_ptr<const Configuration> load(const Folder& folder, std::span<const Module> modules,
                                          const Providers& providers)
{
    std::filesystem::create_directory(folder.path("logs"));
    folder.write("httpd.conf", "ServerName localhost\nDocumentRoot \"" + folder.path() + "\"\n");
    LoadOptions options{.path = folder.path("httpd.conf"), .checking_only = true};
    options.reader.server_root = folder.path();
    config::Diagnostics diagnostics;
    return load_configuration(options, modules, providers, diagnostics);
}

// What a server says to one request, up to the end of the connection.
std::string ask(std::string_view request)
{
    std::vector<Module> modules{
        core_module(), define_module<Nothing, merge>("stage_module", "mod_stage.c", {}, hooks)};
    for (size_t i = 0; i < modules.size(); ++i) modules[i].index = static_cast<int>(i);
    const Folder folder;
    const Providers providers;
    auto loop = net::Loop::create();
    std::string said;
    {
        Worker worker(**loop, load(folder, modules, providers));
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
        const net::Socket client{FileDescriptor(ends[0])};
        const auto address = *net::Address::parse("192.0.2.1", 80);
        auto* connection = // it destroys itself
            new Connection(worker, net::Socket(FileDescriptor(ends[1])), address, address);
        EXPECT_TRUE(connection->start());
        EXPECT_TRUE(client.write(request).done());
        char buffer[4096];
        for (int turns = 0; turns < 100; ++turns) {
            (*loop)->turn(10ms);
            const auto result = client.read(buffer);
            if (result.end()) break;
            if (result.done()) said.append(buffer, result.bytes);
        }
        worker.abort_connections();
        (*loop)->turn(1ms);
    }
    return said;
}

std::string ask_for(std::string_view path, std::string_view fields)
{
    return ask(std::string("GET ") + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n"
               + std::string(fields) + "Connection: close\r\n\r\n");
}

TEST(ResponseTrailers, FollowAChunkedBodyForClientsThatTakeThem)
{
    EXPECT_TRUE(ask_for("/long", "TE: trailers\r\n")
                    .ends_with("\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 42\r\n\r\n"));
}

TEST(ResponseTrailers, AreDroppedWhereNobodyAskedOrTheLengthIsKnown)
{
    EXPECT_TRUE(ask_for("/long", "").ends_with("\r\n\r\n4\r\nbody\r\n0\r\n\r\n"));
    EXPECT_TRUE(ask_for("/short", "TE: trailers\r\n").ends_with("\r\n\r\nbody"));
}

TEST(ResponseTrailers, CannotSplitTheAnswer)
{
    const auto said = ask_for("/split", "TE: trailers\r\n");
    EXPECT_EQ(said.find("X: 2"), said.npos) << said;
}

} // namespace
} // namespace signet::server
