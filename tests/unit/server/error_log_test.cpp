#include "server/core_config.h"
#include "server/error_log.h"
#include "server/error_log_format.h"
#include "server/request.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

using Kind = ErrorLogLayout::Kind;

std::string render(std::string_view format, const ErrorLine& line)
{
    auto layout = ErrorLogLayout::compile(format, Kind::message);
    if (!layout) return "error: " + layout.error().text;
    std::string out;
    return layout->append(out, line) ? out : "dropped";
}

class ErrorLogTest : public testing::Test {
protected:
    ErrorLogTest()
    {
        peer.client = *net::Address::parse("192.0.2.7", 4711);
        request.peer = &peer;
        ::setenv("TZ", "UTC", 1);
        ::tzset();
    }

    LogEvent event{.severity = Severity::error,
                   .module = "core",
                   .apache_id = "AH00128",
                   .text = "File does not exist: /www/x"};
    Arena arena;
    Peer peer;
    Request request{arena};
    // Thu May 12 08:28:57.052118 2011
    ErrorLine line{.event = event, .request = &request, .peer = &peer, .micros = 1305188937052118};
};

TEST_F(ErrorLogTest, StandardLayoutIsApaches)
{
    std::string out;
    ASSERT_TRUE(ErrorLogLayout::standard().append(out, line));
    const std::string pid = std::to_string(::getpid());
    EXPECT_EQ(out, "[Thu May 12 08:28:57.052118 2011] [core:error] [pid " + pid + ":tid "
                       + std::to_string(::gettid())
                       + "] [client 192.0.2.7:4711] AH00128: File does not exist: /www/x");
}

TEST_F(ErrorLogTest, RefererAndSystemErrorAppearWhenKnown)
{
    request.headers.add("Referer", "http://a/\"\x01");
    event.system_error = 2;
    const auto out = render("%E: [client\\ %a] %M% ,\\ referer:\\ %{Referer}i", line);
    EXPECT_EQ(out, "(2)No such file or directory: [client 192.0.2.7:4711] AH00128: File does not "
                   "exist: /www/x, referer: http://a/\"\\x01");
}

TEST_F(ErrorLogTest, FieldsWithoutValueVanish)
{
    EXPECT_EQ(render("[a %{X}i] [b] %M", line), "[a [b] AH00128: File does not exist: /www/x");
    EXPECT_EQ(render("[%-{X}i] %M", line), "[-] AH00128: File does not exist: /www/x");
    EXPECT_TRUE(render("[%+{X}i] %M", line).starts_with("error: "));
}

TEST_F(ErrorLogTest, LevelModifierHidesAnItem)
{
    EXPECT_EQ(render("%7l %M", line), " AH00128: File does not exist: /www/x");
    event.severity = Severity::debug;
    EXPECT_EQ(render("%7l %M", line), "debug AH00128: File does not exist: /www/x");
    event.trace = 3;
    EXPECT_EQ(render("%l %M", line), "trace3 AH00128: File does not exist: /www/x");
}

TEST_F(ErrorLogTest, OurIdStandsWhereApacheHasNone)
{
    event.apache_id = {};
    event.id = 123;
    EXPECT_EQ(render("%M", line), "SG0123: File does not exist: /www/x");
}

TEST_F(ErrorLogTest, ControlCharactersAreEscaped)
{
    event.text = "a\nb\tc\\d\"e\xff";
    EXPECT_EQ(render("%M", line), "AH00128: a\\nb\\tc\\\\d\"e\\xff");
}

TEST_F(ErrorLogTest, CompactTimeIsIso)
{
    EXPECT_EQ(render("%{cu}t %M", line),
              "2011-05-12 08:28:57.052118 AH00128: File does not exist: /www/x");
}

TEST(ErrorLogFormatErrors, AreApaches)
{
    const auto error = [](std::string_view format) {
        return ErrorLogLayout::compile(format, Kind::message).error().text;
    };
    EXPECT_EQ(error("%z %M"), "Unrecognized error log format directive %z");
    EXPECT_EQ(error("%M %"), "Ran off end of error log format parsing args to some directive");
    EXPECT_EQ(error("%M %{x"), "Ran off end of error log format parsing args to some directive");
}

TEST(LogThreshold, ModuleLevelWinsOverTheGeneralOne)
{
    LogLevels levels;
    EXPECT_EQ(log_threshold(levels, "core"), 4);
    levels.modules["ssl"] = {Severity::debug, 2};
    EXPECT_EQ(log_threshold(levels, "ssl"), 9);
    EXPECT_EQ(log_threshold(levels, "core"), 4);
}

TEST_F(ErrorLogTest, TheLineWrittenByHandIsTheLineOfTheLayout)
{
    const auto both = [&] {
        std::string by_hand, by_layout;
        append_standard(by_hand, line);
        EXPECT_TRUE(ErrorLogLayout::for_syslog().append(by_layout, line));
        EXPECT_EQ(by_hand, by_layout);
    };
    both();
    event.severity = Severity::debug;
    event.trace = 4;
    both();
    request.headers.add("Referer", "http://a/\"\\\x01");
    event.system_error = 13;
    event.text = "a \\ b \n \x7f \xe4 and many plain bytes";
    both();
    event.module = "";
    event.apache_id = "";
    event.id = 240;
    both();
    line.request = nullptr;
    both();
    line.peer = nullptr;
    both();
}

TEST_F(ErrorLogTest, JsonLinesHoldWhatIsKnown)
{
    event.text = "a \"quoted\" \xe4";
    std::string out;
    append_json(out, line);
    EXPECT_NE(out.find(R"("time":"2011-05-12T08:28:57.052118Z","level":"error")"), out.npos) << out;
    EXPECT_NE(out.find(R"("client":"192.0.2.7","client_port":4711,"id":"AH00128")"), out.npos)
        << out;
    EXPECT_NE(out.find(R"("message":"a \"quoted\" \u00e4")"), out.npos) << out;
    EXPECT_EQ(out.find("referer"), out.npos) << out;
}

TEST(LogLevels, TheCeilingIsTheMostVerboseLevel)
{
    LogLevels levels;
    EXPECT_EQ(levels.ceiling, 4);
    levels.all = Severity::error;
    levels.settle();
    EXPECT_EQ(levels.ceiling, 3);
    levels.modules["ssl"] = {Severity::debug, 3};
    levels.settle();
    EXPECT_EQ(levels.ceiling, 10);
}

} // namespace
} // namespace signet::server
