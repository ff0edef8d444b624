#include "process/command_line.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace signet::process {
namespace {

Result<CommandLine> parse(std::vector<const char*> words)
{
    words.insert(words.begin(), "/usr/sbin/signet");
    return parse_command_line(words);
}

std::string complaint(std::vector<const char*> words)
{
    const auto line = parse(std::move(words));
    return line ? "accepted" : line.error().text;
}

TEST(CommandLine, WithoutFlagsServesTheDefaultConfigurationInTheBackground)
{
    const auto line = parse({});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->task, Task::serve);
    EXPECT_EQ(line->order, Order::none);
    EXPECT_FALSE(line->foreground);
    EXPECT_EQ(line->config_path(), "/etc/signet/signet.conf");
}

TEST(CommandLine, ARelativeFileIsBelowTheServerRootOfTheCommandLine)
{
    EXPECT_EQ(parse({"-d", "/srv", "-f", "a.conf"})->config_path(), "/srv/a.conf");
    EXPECT_EQ(parse({"-d/srv/", "-fa.conf"})->config_path(), "/srv/a.conf");
    EXPECT_EQ(parse({"-d", "/srv", "-f", "/a.conf"})->config_path(), "/a.conf");
}

TEST(CommandLine, AFileThatIsOnlyHereIsTheOneHere)
{
    char folder[] = "/tmp/signet-command-line-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(folder);
    std::ofstream("here.conf") << "# ";
    std::ofstream("signet.conf") << "# ";
    const auto here = std::filesystem::current_path() / "here.conf";
    EXPECT_EQ(parse({"-d", "/srv", "-f", "here.conf"})->config_path(), here);
    EXPECT_EQ(parse({"-d", folder, "-f", "here.conf"})->config_path(),
              std::string(folder) + "/here.conf");
    EXPECT_EQ(parse({"-d", "/srv"})->config_path(), "/srv/signet.conf"); // nobody typed it
    std::filesystem::current_path(before);
    std::filesystem::remove_all(folder);
}

TEST(CommandLine, FlagsMayBeJoined)
{
    const auto line = parse({"-tSDX"});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->task, Task::check);
    EXPECT_EQ(line->defines, (std::set<std::string>{"DUMP_RUN_CFG", "DUMP_VHOSTS", "X"}));
}

TEST(CommandLine, ForegroundIsADefineWithOrWithoutSpace)
{
    for (const auto& words :
         std::vector<std::vector<const char*>>{{"-DFOREGROUND"}, {"-D", "FOREGROUND"}}) {
        const auto line = parse(words);
        EXPECT_TRUE(line->foreground);
        EXPECT_FALSE(line->single_process);
    }
}

TEST(CommandLine, XIsOneProcessInTheForeground)
{
    EXPECT_TRUE(parse({"-X"})->single_process);
    EXPECT_TRUE(parse({"-X"})->foreground);
}

TEST(CommandLine, SDumpsVirtualHostsAndRunSettings)
{
    EXPECT_TRUE(parse({"-S"})->dumps("DUMP_VHOSTS"));
    EXPECT_TRUE(parse({"-S"})->dumps("DUMP_RUN_CFG"));
    EXPECT_FALSE(parse({"-t"})->dumps("DUMP_VHOSTS"));
}

TEST(CommandLine, OrdersAreTheFiveOfHttpd)
{
    EXPECT_EQ(parse({"-k", "start"})->order, Order::start);
    EXPECT_EQ(parse({"-k", "stop"})->order, Order::stop);
    EXPECT_EQ(parse({"-k", "restart"})->order, Order::restart);
    EXPECT_EQ(parse({"-k", "graceful"})->order, Order::graceful);
    EXPECT_EQ(parse({"-kgraceful-stop"})->order, Order::graceful_stop);
}

TEST(CommandLine, DirectivesKeepTheirOrder)
{
    const auto line = parse({"-C", "Define A", "-c", "Listen 1", "-C", "Define B"});
    EXPECT_EQ(line->before, (std::vector<std::string>{"Define A", "Define B"}));
    EXPECT_EQ(line->after, (std::vector<std::string>{"Listen 1"}));
}

TEST(CommandLine, ComplaintsReadLikeApaches)
{
    EXPECT_EQ(complaint({"-Z"}), "signet: illegal option -- Z");
    EXPECT_EQ(complaint({"-k", "frobnicate"}), "signet: illegal option -- k");
    EXPECT_EQ(complaint({"-f"}), "signet: option requires an argument -- f");
    EXPECT_EQ(complaint({"stray"}), "");
    EXPECT_EQ(complaint({"-t", "stray"}), "");
    EXPECT_EQ(complaint({"-"}), "");
    EXPECT_EQ(complaint({"-e", "loud"}), "");
}

TEST(CommandLine, TwoDashesEndTheFlags)
{
    EXPECT_TRUE(parse({"-t", "--"}));
    EXPECT_FALSE(parse({"-t", "--", "stray"}));
}

TEST(CommandLine, TheLogGetsTheWordsAsGiven)
{
    EXPECT_EQ(parse({"-d", "/srv", "-X"})->text, "/usr/sbin/signet -d /srv -X");
}

TEST(CommandLine, StartLevelsAreThoseOfLogLevel)
{
    EXPECT_EQ(parse({"-e", "Warn"})->start_level, diagnosis::Severity::warn);
    EXPECT_EQ(parse({"-e", "trace3"})->start_level, diagnosis::Severity::debug);
}

} // namespace
} // namespace signet::process
