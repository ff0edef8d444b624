// Sockets and listeners against each other over the loopback interface.
#include "net/listener.h"
#include "net/socket.h"
#include "open_descriptors.h"

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <vector>

namespace signet::net {
namespace {

using std::chrono::milliseconds;

struct Keeper : Acceptor {
    std::vector<Socket> sockets;
    std::vector<Address> peers;
    std::vector<int> errors;
    std::unique_ptr<Listener>* destroy = nullptr;
    void accepted(Socket socket, const Address& peer) override
    {
        sockets.push_back(std::move(socket));
        peers.push_back(peer);
        if (destroy != nullptr) destroy->reset();
    }
    void starved(int error) override { errors.push_back(error); }
};

struct Ready : testing::Test {
    std::unique_ptr<Loop> loop = Loop::create().value();
    Keeper keeper;
    std::unique_ptr<Listener> listener;

    void SetUp() override
    {
        auto opened = open_listener(Address::parse("127.0.0.1", 0).value());
        ASSERT_TRUE(opened) << opened.error().text;
        listener = Listener::create(*loop, std::move(*opened), keeper, true).value();
    }
    Socket connect() { return Socket::connect(listener->address()).value(); }
    void turn_until(size_t count)
    {
        for (int i = 0; i < 200 && keeper.sockets.size() < count; ++i) loop->turn(milliseconds(10));
        ASSERT_EQ(keeper.sockets.size(), count);
    }
};

void wait_readable(const Socket& socket)
{
    pollfd waiting{socket.get(), POLLIN, 0};
    ASSERT_EQ(poll(&waiting, 1, 2000), 1);
}

TEST_F(Ready, BytesGoBothWaysAndTheEndIsSeen)
{
    Socket client = connect();
    turn_until(1);
    Socket& server = keeper.sockets[0];
    EXPECT_EQ(keeper.peers[0], client.local_address());
    EXPECT_EQ(server.local_address(), listener->address());
    EXPECT_EQ(client.pending_error(), 0);
    std::array<char, 100> buffer;
    EXPECT_TRUE(server.read(buffer).would_block());
    char hello[] = "hello ";
    char world[] = "world";
    const iovec vectors[] = {{hello, 6}, {world, 5}};
    EXPECT_EQ(client.write(vectors).bytes, 11u);
    wait_readable(server);
    EXPECT_EQ(server.read(buffer).bytes, 11u);
    EXPECT_EQ(std::string_view(buffer.data(), 11), "hello world");
    client.shutdown_writing();
    wait_readable(server);
    EXPECT_TRUE(server.read(buffer).end());
}

TEST_F(Ready, WritingToAGonePeerIsAValue)
{
    Socket client = connect();
    turn_until(1);
    client.reset_on_close();
    client.close();
    wait_readable(keeper.sockets[0]);
    IoResult result;
    for (int i = 0; i < 3; ++i) result = keeper.sockets[0].write("x");
    EXPECT_TRUE(result.failed());
    EXPECT_EQ(result.error, EPIPE);
}

TEST_F(Ready, AFullSocketWouldBlock)
{
    Socket client = connect();
    turn_until(1);
    const std::string much(1 << 20, 'x');
    IoResult result;
    for (int i = 0; i < 100 && result.done(); ++i) result = client.write(much);
    EXPECT_TRUE(result.would_block());
}

TEST_F(Ready, SendFileMovesTheOffsetAndSeesAShorterFile)
{
    Socket client = connect();
    turn_until(1);
    const std::string path = testing::TempDir() + "signet-sendfile";
    ASSERT_TRUE(write_file_atomically(path, "0123456789"));
    auto file = open_file(path, O_RDONLY).value();
    off_t offset = 4;
    EXPECT_EQ(keeper.sockets[0].send_file(file.get(), offset, 100).bytes, 6u);
    EXPECT_EQ(offset, 10);
    EXPECT_TRUE(keeper.sockets[0].send_file(file.get(), offset, 94).end());
    wait_readable(client);
    std::array<char, 20> buffer;
    EXPECT_EQ(client.read(buffer).bytes, 6u);
    EXPECT_EQ(std::string_view(buffer.data(), 6), "456789");
    unlink(path.c_str());
}

TEST_F(Ready, OneEventAcceptsOneBatchAtMost)
{
    std::vector<Socket> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(connect());
    loop->turn(milliseconds(1000));
    EXPECT_EQ(keeper.sockets.size(), size_t{Listener::batch});
    turn_until(20);
}

TEST_F(Ready, PausedListenersAcceptNothingUntilResumed)
{
    listener->pause();
    Socket client = connect();
    for (int i = 0; i < 3; ++i) loop->turn(milliseconds(5));
    EXPECT_TRUE(keeper.sockets.empty());
    ASSERT_TRUE(listener->resume());
    turn_until(1);
}

TEST_F(Ready, MayBeDestroyedByItsOwnAcceptor)
{
    Socket first = connect();
    Socket second = connect();
    keeper.destroy = &listener;
    turn_until(1);
    EXPECT_EQ(listener, nullptr);
}

TEST_F(Ready, RunningOutOfDescriptorsRestsAndRecovers)
{
    std::vector<Socket> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(connect());
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit tight = before;
    // No descriptor above those in use.
    const FileDescriptor probe(fcntl(0, F_DUPFD_CLOEXEC, 0));
    tight.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &tight);
    const auto begin = Monotonic::now();
    loop->turn(milliseconds(50));
    setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(keeper.errors, std::vector{EMFILE});
    EXPECT_TRUE(keeper.sockets.empty());
    for (int i = 0; i < 100 && keeper.sockets.size() < 2; ++i) loop->turn(milliseconds(20));
    EXPECT_GE(keeper.sockets.size(), 2u);
    EXPECT_GE(Monotonic::now() - begin, milliseconds(90));
}

TEST(OpenListener, SaysWhatApacheSaysWhenTheAddressIsTaken)
{
    auto first = open_listener(Address::parse("127.0.0.1", 0).value()).value();
    const auto address = adopt_listener(first.get()).value();
    auto second = open_listener(address);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().text,
              "(98)Address already in use: AH00072: make_sock: could not bind to address "
                  + address.text());
}

TEST(OpenListener, AnyIpv6TakesIpv4Too)
{
    auto opened = open_listener(Address::any_v6(0));
    ASSERT_TRUE(opened) << opened.error().text;
    const auto port = adopt_listener(opened->get())->port();
    Socket client = Socket::connect(Address::parse("127.0.0.1", port).value()).value();
    pollfd waiting{opened->get(), POLLIN, 0};
    EXPECT_EQ(poll(&waiting, 1, 2000), 1);
}

TEST(AdoptListener, RefusesWhatDoesNotListen)
{
    EXPECT_FALSE(adopt_listener(-1));
    EXPECT_FALSE(adopt_listener(open_file("/dev/null", O_RDONLY)->get()));
    const FileDescriptor plain(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_FALSE(adopt_listener(plain.get()));
}

TEST(SocketLife, LeavesNoDescriptorBehind)
{
    const auto before = open_descriptors();
    {
        auto loop = Loop::create().value();
        Keeper keeper;
        auto opened = open_listener(Address::parse("127.0.0.1", 0).value());
        auto listener = Listener::create(*loop, std::move(*opened), keeper, false).value();
        auto client = Socket::connect(listener->address()).value();
        loop->turn(milliseconds(100));
        EXPECT_FALSE(Socket::connect_unix("/nonexistent/socket"));
        EXPECT_FALSE(Socket::connect_unix(std::string(200, 'x')));
    }
    EXPECT_EQ(open_descriptors(), before);
}

} // namespace
} // namespace signet::net
