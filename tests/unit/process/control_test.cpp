#include "process/control.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace signet::process {
namespace {

using Kind = ControlMessage::Kind;

TEST(Control, AMessageSurvivesItsJourney)
{
    for (const auto kind :
         {Kind::ready, Kind::retiring, Kind::stop, Kind::stop_gracefully, Kind::reopened_log}) {
        const auto decoded = decode(encode({kind, "/var/log/a b"}));
        ASSERT_TRUE(decoded);
        EXPECT_EQ(decoded->kind, kind);
        EXPECT_EQ(decoded->text, "/var/log/a b");
    }
}

TEST(Control, UnknownKindsAndEmptyMessagesAreRefused)
{
    EXPECT_FALSE(decode(""));
    EXPECT_FALSE(decode(std::string_view("\0", 1)));
    EXPECT_FALSE(decode("\x09"));
    EXPECT_FALSE(decode("\xff stop"));
}

TEST(Control, ADescriptorTravelsWithItsMessage)
{
    auto ends = net::UnixChannel::pair();
    ASSERT_TRUE(ends);
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const FileDescriptor reading(pipe_ends[0]);
    FileDescriptor writing(pipe_ends[1]);
    const int descriptor = writing.get();
    ASSERT_TRUE(send(ends->first, {Kind::reopened_log, "logs/a"}, {&descriptor, 1}));
    writing.reset();

    auto received = ends->second.receive();
    ASSERT_TRUE(received);
    EXPECT_EQ(decode(received->bytes)->text, "logs/a");
    ASSERT_EQ(received->descriptors.size(), 1U);
    ASSERT_EQ(::write(received->descriptors[0].get(), "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(::read(reading.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
}

TEST(Control, SendingToAProcessThatIsGoneFails)
{
    auto ends = net::UnixChannel::pair();
    ends->second.close();
    EXPECT_FALSE(send(ends->first, {Kind::stop}));
}

} // namespace
} // namespace signet::process
