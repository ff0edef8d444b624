// Which directory keeps somebody from a file.
#include "base/obstacle.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace signet {
namespace {

class Obstacle : public ::testing::Test {
protected:
    void SetUp() override
    {
        char pattern[] = "/tmp/signet-obstacle-XXXXXX";
        top = ::mkdtemp(pattern);
        ::chmod(top.c_str(), 0755);
        std::filesystem::create_directories(top + "/a/b");
    }
    void TearDown() override { std::filesystem::remove_all(top); }

    std::string top;
    const Subject stranger{.user = 54321, .groups = {54321}};
};

TEST_F(Obstacle, NoneWhereEveryDirectoryIsOpen)
{
    EXPECT_EQ(obstacle(top + "/a/b/file", stranger), "");
    EXPECT_EQ(obstacle("/file", stranger), "");
}

TEST_F(Obstacle, IsTheFirstDirectoryWithoutTheRightToPass)
{
    ::chmod((top + "/a").c_str(), 0700);
    ::chmod((top + "/a/b").c_str(), 0700);
    EXPECT_EQ(obstacle(top + "/a/b/file", stranger),
              top + "/a may not be entered by uid 54321 (mode 0700)");
    EXPECT_EQ(obstacle(top + "/file", stranger), "");
}

TEST_F(Obstacle, TheClosestClassOfTheModeDecides)
{
    // The owner's bits count for the owner even when others may do more; so do the group's.
    ::chmod((top + "/a").c_str(), 0701);
    const Subject member{.user = 54321, .groups = {1, ::getegid()}};
    EXPECT_NE(obstacle(top + "/a/file", member), "");
    EXPECT_EQ(obstacle(top + "/a/file", stranger), "");
    EXPECT_EQ(obstacle(top + "/a/file", Subject::of(::geteuid(), 54321)), "");
}

TEST_F(Obstacle, RootMayPassEverywhere)
{
    ::chmod((top + "/a").c_str(), 0);
    EXPECT_EQ(obstacle(top + "/a/file", {.user = 0}), "");
    ::chmod((top + "/a").c_str(), 0700);
}

TEST_F(Obstacle, NamesWhatIsMissingOrNoDirectory)
{
    EXPECT_EQ(obstacle(top + "/c/d/file", stranger), top + "/c does not exist");
    std::ofstream(top + "/plain") << "x";
    EXPECT_EQ(obstacle(top + "/plain/file", stranger), top + "/plain is not a directory");
}

} // namespace
} // namespace signet
