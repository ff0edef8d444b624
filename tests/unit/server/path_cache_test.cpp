// The promise of the path cache: whatever changed on the disk is seen by the very next look-up.
#include "net/loop.h"
#include "server/path_cache.h"
#include "server/path_watch.h"
#include "server/scope_table.h"
#include "unit/server/site.h"

#include <cstdio>
#include <gtest/gtest.h>
#include <list>

namespace signet::server {
namespace {

namespace fs = std::filesystem;

// A folder `www` inside `files`, looked at through a cache as one worker does.
class PathCacheTest : public ::testing::Test {
protected:
    explicit PathCacheTest(const std::string& text = "ServerName example.com\n"
                                                     "<Directory />\n"
                                                     "AllowOverride FileInfo\n"
                                                     "</Directory>\n")
        : site(text)
        , loop(net::Loop::create().value())
    {
        files.write("www/page.html", "one");
        EXPECT_TRUE(site.loaded()) << site.error();
        cache = std::make_unique<PathCache>(*loop, scopes, *site.configuration);
    }

    // Look-ups happen in a turn of the loop, after the events of that turn.
    PathRef look(const std::string& name, const VirtualHost* vhost = nullptr)
    {
        loop->turn(std::chrono::milliseconds(0));
        names_.push_back(files.path(name));
        Asked asked(site, vhost);
        asked.at("/", names_.back());
        return cache->look_up(asked.request);
    }
    // The entry that a look-up found; comparable, but not to be used.
    const PathEntry* entry(const std::string& name) { return &*look(name); }

    Folder files;
    Site site;
    std::unique_ptr<net::Loop> loop;
    ScopeTable scopes;
    std::unique_ptr<PathCache> cache;

private:
    std::list<std::string> names_;
};

TEST_F(PathCacheTest, RemembersAPath)
{
    const auto first = look("www/page.html");
    EXPECT_EQ(first->file.type, FileInfo::Type::regular);
    EXPECT_EQ(first->file.size, 3U);
    EXPECT_EQ(entry("www/page.html"), &*first);
    EXPECT_EQ(cache->size(), 1U);
}

TEST_F(PathCacheTest, SplitsPathInfoOff)
{
    const auto found = look("www/page.html/more/info");
    EXPECT_EQ(found->filename, files.path("www/page.html"));
    EXPECT_EQ(found->path_info, "/more/info");
}

TEST_F(PathCacheTest, SeesAFileThatWasWritten)
{
    const auto before = look("www/page.html");
    files.write("www/page.html", "longer");
    EXPECT_EQ(look("www/page.html")->file.size, 6U);
    EXPECT_EQ(before->file.size, 3U) << "who holds the old entry keeps it";
}

TEST_F(PathCacheTest, SeesAFileOfEqualSizeThatWasWritten)
{
    const auto before = look("www/page.html");
    files.write("www/page.html", "two");
    EXPECT_NE(entry("www/page.html"), &*before);
}

TEST_F(PathCacheTest, SeesAFileThatWasReplacedRemovedOrMadeAgain)
{
    (void)look("www/page.html");
    files.write("www/new", "replaced");
    fs::rename(files.path("www/new"), files.path("www/page.html"));
    EXPECT_EQ(look("www/page.html")->file.size, 8U);
    fs::remove(files.path("www/page.html"));
    EXPECT_EQ(look("www/page.html")->file.type, FileInfo::Type::none);
    files.write("www/page.html", "back");
    EXPECT_EQ(look("www/page.html")->file.size, 4U);
}

TEST_F(PathCacheTest, SeesPermissionsThatChanged)
{
    (void)look("www/page.html");
    fs::permissions(files.path("www/page.html"), fs::perms::owner_read);
    EXPECT_EQ(look("www/page.html")->file.mode & 0777U, 0400U);
}

TEST_F(PathCacheTest, SeesAnHtaccessFileThatComesChangesAndGoes)
{
    EXPECT_EQ(noted(*look("www/page.html")->scope), "");
    files.write("www/.htaccess", "Note one\n");
    EXPECT_EQ(noted(*look("www/page.html")->scope), "one");
    files.write("www/.htaccess", "Note two\n");
    EXPECT_EQ(noted(*look("www/page.html")->scope), "two");
    fs::remove(files.path("www/.htaccess"));
    EXPECT_EQ(noted(*look("www/page.html")->scope), "");
}

TEST_F(PathCacheTest, SeesAnHtaccessFileOfADirectoryFurtherUp)
{
    files.write("www/a/b/page.html", "deep");
    EXPECT_EQ(noted(*look("www/a/b/page.html")->scope), "");
    files.write("www/.htaccess", "Note above\n");
    EXPECT_EQ(noted(*look("www/a/b/page.html")->scope), "above");
    files.write("www/a/.htaccess", "Note nearer\n");
    EXPECT_EQ(noted(*look("www/a/b/page.html")->scope), "above nearer");
}

TEST_F(PathCacheTest, AnHtaccessFileWithAnErrorIsAStatusUntilItIsMended)
{
    files.write("www/.htaccess", "Nonsense\n");
    EXPECT_EQ(look("www/page.html")->status, 500);
    files.write("www/.htaccess", "Note fine\n");
    const auto mended = look("www/page.html");
    EXPECT_EQ(mended->status, 0);
    EXPECT_EQ(noted(*mended->scope), "fine");
}

TEST_F(PathCacheTest, AnHtaccessSectionOutlivesItsFileForThoseWhoUseIt)
{
    files.write("www/.htaccess", "Note held\n");
    const auto held = look("www/page.html");
    fs::remove(files.path("www/.htaccess"));
    (void)look("www/page.html");
    cache->clear();
    scopes.clear();
    EXPECT_EQ(noted(*held->scope), "held");
}

TEST_F(PathCacheTest, FilesThatChangeFurtherUpDoNotMatter)
{
    files.write("www/a/page.html", "x");
    const auto before = look("www/a/page.html");
    files.write("www/access.log", "a line");
    files.write("other/file", "y");
    EXPECT_EQ(entry("www/a/page.html"), &*before);
}

TEST_F(PathCacheTest, SeesAMissingFileAppear)
{
    EXPECT_EQ(look("www/late.html")->file.type, FileInfo::Type::none);
    files.write("www/late.html", "here");
    EXPECT_EQ(look("www/late.html")->file.size, 4U);
}

TEST_F(PathCacheTest, SeesMissingDirectoriesAppear)
{
    EXPECT_EQ(look("www/x/y/z.html")->file.type, FileInfo::Type::none);
    fs::create_directory(files.path("www/x"));
    EXPECT_EQ(look("www/x/y/z.html")->file.type, FileInfo::Type::none);
    files.write("www/x/y/z.html", "here");
    EXPECT_EQ(look("www/x/y/z.html")->file.size, 4U);
}

TEST_F(PathCacheTest, SeesADirectoryThatWasReplaced)
{
    files.write("www/d/page.html", "old");
    EXPECT_EQ(look("www/d/page.html")->file.size, 3U);
    files.write("www/next/page.html", "newer");
    fs::rename(files.path("www/d"), files.path("www/gone"));
    fs::rename(files.path("www/next"), files.path("www/d"));
    EXPECT_EQ(look("www/d/page.html")->file.size, 5U);
    files.write("www/d/page.html", "newest");
    EXPECT_EQ(look("www/d/page.html")->file.size, 6U) << "the new directory is watched too";
    fs::remove_all(files.path("www/d"));
    EXPECT_EQ(look("www/d/page.html")->file.type, FileInfo::Type::none);
    files.write("www/d/page.html", "a fourth");
    EXPECT_EQ(look("www/d/page.html")->file.size, 8U);
}

TEST_F(PathCacheTest, SeesAnAncestorThatWasReplaced)
{
    files.write("www/a/b/page.html", "old");
    (void)look("www/a/b/page.html");
    files.write("staged/b/page.html", "newer");
    fs::rename(files.path("www/a"), files.path("www/gone"));
    fs::rename(files.path("staged"), files.path("www/a"));
    EXPECT_EQ(look("www/a/b/page.html")->file.size, 5U);
}

TEST_F(PathCacheTest, SeesALinkedDirectoryThatWasTurned)
{
    files.write("release1/page.html", "old");
    files.write("release2/page.html", "newer");
    fs::create_directory_symlink(files.path("release1"), files.path("current"));
    EXPECT_EQ(look("current/page.html")->file.size, 3U);
    fs::create_directory_symlink(files.path("release2"), files.path("next"));
    fs::rename(files.path("next"), files.path("current"));
    EXPECT_EQ(look("current/page.html")->file.size, 5U);
    files.write("release2/page.html", "newest");
    EXPECT_EQ(look("current/page.html")->file.size, 6U);
}

TEST_F(PathCacheTest, SeesTheTargetOfALinkedFileChange)
{
    files.write("data/target", "old");
    fs::create_symlink(files.path("data/target"), files.path("www/link.html"));
    EXPECT_EQ(look("www/link.html")->file.size, 3U);
    files.write("data/target", "newer");
    EXPECT_EQ(look("www/link.html")->file.size, 5U);
}

TEST_F(PathCacheTest, SeesAFileChangeThroughAnotherHardLink)
{
    files.write("data/target", "old");
    fs::create_hard_link(files.path("data/target"), files.path("www/hard.html"));
    EXPECT_EQ(look("www/hard.html")->file.size, 3U);
    files.write("data/target", "newer");
    EXPECT_EQ(look("www/hard.html")->file.size, 5U);
}

TEST_F(PathCacheTest, SeesTheTargetOfALinkedHtaccessFileChange)
{
    files.write("data/rules", "Note old\n");
    fs::create_symlink(files.path("data/rules"), files.path("www/.htaccess"));
    EXPECT_EQ(noted(*look("www/page.html")->scope), "old");
    files.write("data/rules", "Note new\n");
    EXPECT_EQ(noted(*look("www/page.html")->scope), "new");
}

TEST_F(PathCacheTest, SeesChangesThroughALinkedDirectory)
{
    files.write("data/page.html", "x");
    fs::create_directory_symlink(files.path("data"), files.path("www/linked"));
    EXPECT_EQ(noted(*look("www/linked/page.html")->scope), "");
    files.write("data/.htaccess", "Note linked\n");
    EXPECT_EQ(noted(*look("www/linked/page.html")->scope), "linked");
}

TEST_F(PathCacheTest, ForgetsOnClearWhatNobodyUses)
{
    const auto held = look("www/page.html");
    (void)look("www/other.html");
    EXPECT_EQ(cache->size(), 2U);
    cache->clear();
    EXPECT_EQ(cache->size(), 0U);
    EXPECT_EQ(held->file.size, 3U);
    EXPECT_NE(entry("www/page.html"), &*held);
}

TEST_F(PathCacheTest, CountsTheBytesItMayKeep)
{
    EXPECT_TRUE(cache->admit_content(size_t{60} << 20));
    EXPECT_FALSE(cache->admit_content(size_t{5} << 20));
    cache->release_content(size_t{60} << 20);
    EXPECT_TRUE(cache->admit_content(size_t{5} << 20));
    cache->release_content(size_t{5} << 20);
}

class PathCacheOfVhosts : public PathCacheTest {
protected:
    PathCacheOfVhosts()
        : PathCacheTest("ServerName example.com\n<Directory />\nNote main\n</Directory>\n"
                        "<VirtualHost *:80>\nServerName v.example\n<Directory />\nNote own\n"
                        "</Directory>\n</VirtualHost>\n")
    {
    }
};

TEST_F(PathCacheOfVhosts, EachVhostHasItsOwnViewOfAPath)
{
    EXPECT_EQ(noted(*look("www/page.html")->scope), "main");
    EXPECT_EQ(noted(*look("www/page.html", &site.vhost(0))->scope), "main own");
    EXPECT_EQ(noted(*look("www/page.html")->scope), "main");
}

class PathCacheWithoutLinks : public PathCacheTest {
protected:
    PathCacheWithoutLinks()
        : PathCacheTest("ServerName example.com\n<Directory />\nOptions None\n</Directory>\n")
    {
    }
};

TEST_F(PathCacheWithoutLinks, AFileThatBecomesALinkIsRefused)
{
    EXPECT_EQ(look("www/page.html")->status, 0);
    fs::rename(files.path("www/page.html"), files.path("real"));
    fs::create_symlink(files.path("real"), files.path("www/page.html"));
    EXPECT_EQ(look("www/page.html")->status, 403);
    fs::remove(files.path("www/page.html"));
    files.write("www/page.html", "plain again");
    EXPECT_EQ(look("www/page.html")->status, 0);
}

class PathCacheOfOtherNames : public PathCacheTest {
protected:
    PathCacheOfOtherNames()
        : PathCacheTest("ServerName example.com\nAccessFileName rules.txt\n"
                        "<Directory />\nAllowOverride FileInfo\n</Directory>\n")
    {
    }
};

TEST_F(PathCacheOfOtherNames, SeesAnAccessFileWithoutADot)
{
    files.write("www/a/page.html", "x");
    EXPECT_EQ(noted(*look("www/a/page.html")->scope), "");
    files.write("www/rules.txt", "Note ruled\n");
    EXPECT_EQ(noted(*look("www/a/page.html")->scope), "ruled");
}

TEST(PathWatch, StampsEndWhenTheQueueOverflows)
{
    const Folder files;
    files.write("a/x", "");
    files.write("b/y", "");
    auto loop = net::Loop::create().value();
    PathWatch watch(*loop, false);
    PathWatch::Stamps a;
    PathWatch::Stamps b;
    ASSERT_TRUE(watch.watch(files.path("a"), a));
    ASSERT_TRUE(watch.watch(files.path("b"), b));
    // More events than the kernel keeps; alternating, as equal ones in a row are joined.
    size_t limit = 16384;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    const std::string from = files.path("a/x");
    const std::string to = files.path("a/z");
    for (size_t i = 0; i <= limit / 4; ++i) {
        ASSERT_EQ(::rename(from.c_str(), to.c_str()), 0);
        ASSERT_EQ(::rename(to.c_str(), from.c_str()), 0);
    }
    loop->turn(std::chrono::milliseconds(0));
    EXPECT_FALSE(a.valid());
    EXPECT_FALSE(b.valid()) << "its event may be among the lost ones";
}

TEST(PathWatch, ALinkOnTheWayCannotBeWatched)
{
    const Folder files;
    files.write("real/x", "");
    fs::create_directory_symlink(files.path("real"), files.path("link"));
    auto loop = net::Loop::create().value();
    PathWatch watch(*loop, false);
    PathWatch::Stamps stamps;
    EXPECT_FALSE(watch.watch(files.path("link"), stamps));
}

TEST(PathWatch, EveryoneWhoLookedAtADirectoryHearsOfItsChange)
{
    const Folder files;
    files.write("a/x", "");
    auto loop = net::Loop::create().value();
    PathWatch watch(*loop, false);
    PathWatch::Stamps first;
    PathWatch::Stamps second;
    ASSERT_TRUE(watch.watch(files.path("a"), first));
    ASSERT_TRUE(watch.watch(files.path("a"), second));
    EXPECT_GE(watch.watched(), 2U);
    files.write("a/x", "changed");
    EXPECT_TRUE(first.valid()) << "until the event has been read";
    loop->turn(std::chrono::milliseconds(0));
    EXPECT_FALSE(first.valid());
    EXPECT_FALSE(second.valid());
}

TEST_F(PathCacheTest, ATargetLeadsToAnEntryUntilItChanges)
{
    const VirtualHost& vhost = site.configuration->main;
    EXPECT_EQ(cache->find_target(vhost, "/page"), nullptr);
    PathRef page = look("www/page.html");
    page->kept = std::make_unique<KeptAnswer>();
    cache->set_target(*page, "/page", "/page");
    EXPECT_EQ(cache->find_target(vhost, "/page"), &*page);
    EXPECT_EQ(cache->find_target(vhost, "/pag"), nullptr);
    cache->set_target(*page, "/other", "/other"); // only the last one leads there
    EXPECT_EQ(cache->find_target(vhost, "/page"), nullptr);
    EXPECT_EQ(cache->find_target(vhost, "/other"), &*page);
    files.write("www/page.html", "two");
    cache->catch_up();
    EXPECT_EQ(cache->find_target(vhost, "/other"), nullptr);
}

TEST_F(PathCacheTest, ATargetIsForgottenWithItsEntry)
{
    PathRef page = look("www/page.html");
    page->kept = std::make_unique<KeptAnswer>();
    cache->set_target(*page, "/page", "/page");
    cache->clear();
    EXPECT_EQ(cache->find_target(site.configuration->main, "/page"), nullptr);
}

} // namespace
} // namespace signet::server
