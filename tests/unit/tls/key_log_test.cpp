#include "tls/key_log.h"
#include "unit/pki/make_certificate.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::tls {
namespace {

TEST(KeyLog, MakesAFileThatOnlyItsOwnerMayRead)
{
    const test::TemporaryDirectory directory;
    const std::string path = directory.put("other", "") + ".log";
    const auto log = KeyLog::open(path);
    ASSERT_TRUE(log) << log.error().text;
    (*log)->write("CLIENT_RANDOM a b");
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_EQ(*read_file(path), "CLIENT_RANDOM a b\n");
}

TEST(KeyLog, RefusesFilesOfOthersLinksAndDirectories)
{
    const test::TemporaryDirectory directory;
    const std::string open = directory.put("open", "", 0644);
    EXPECT_FALSE(KeyLog::open(open));
    const std::string mine = directory.put("mine", "");
    ASSERT_EQ(::symlink(mine.c_str(), (mine + ".link").c_str()), 0);
    EXPECT_FALSE(KeyLog::open(mine + ".link"));
    EXPECT_FALSE(KeyLog::open("/dev/null"));
    EXPECT_FALSE(KeyLog::open("/nonexistent/keys.log"));
}

} // namespace
} // namespace signet::tls
