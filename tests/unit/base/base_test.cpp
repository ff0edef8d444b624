// Arena, chain, files, shared memory and text: the ground everything else stands on.
#include "base/arena.h"
#include "base/chain.h"
#include "base/file.h"
#include "base/shared_memory.h"
#include "base/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet {
namespace {

TEST(Arena, KeepsTextsApartAndAligned)
{
    Arena arena;
    const auto a = arena.copy("a");
    auto* number = arena.make<uint64_t>(7u);
    const auto big = arena.copy(std::string(100'000, 'b'));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(number) % alignof(uint64_t), 0u);
    EXPECT_EQ(a, "a");
    EXPECT_EQ(*number, 7u);
    EXPECT_EQ(big, std::string(100'000, 'b'));
    EXPECT_EQ(arena.join("x", "", std::string("yz")), "xyz");
    EXPECT_EQ(arena.copy(""), "");
}

TEST(Arena, ReusesItsFirstBlockAfterReset)
{
    Arena arena;
    const auto* first = arena.allocate(10);
    (void)arena.allocate(100'000);
    arena.reset();
    EXPECT_EQ(arena.allocate(10), first);
}

TEST(ArenaDeathTest, AnAbsurdSizeEndsTheProgramInsteadOfWrapping)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Arena arena;
    (void)arena.allocate(10);
    EXPECT_DEATH((void)arena.allocate(SIZE_MAX - 8), "more memory");
}

std::string contents(const Chain& chain)
{
    iovec vectors[64];
    std::string out;
    for (int i = 0, used = chain.peek(vectors, 64); i < used; ++i)
        out.append(static_cast<char*>(vectors[i].iov_base), vectors[i].iov_len);
    return out;
}

TEST(Chain, GivesBytesBackInOrderAcrossBlocks)
{
    BlockPool pool;
    {
        Chain chain(pool);
        std::string all;
        for (int i = 0; i < 5000; ++i) all += "line " + std::to_string(i) + "\n";
        chain.append(all);
        EXPECT_EQ(chain.size(), all.size());
        for (const size_t step : {size_t{1}, Block::capacity - 1, size_t{1}, size_t{20'000}}) {
            chain.consume(step);
            all.erase(0, step);
            ASSERT_EQ(contents(chain), all);
        }
        EXPECT_GT(pool.in_use(), 0u);
    }
    EXPECT_EQ(pool.in_use(), 0u);
}

TEST(Chain, HoldsNoBlockWhenEmpty)
{
    BlockPool pool;
    Chain chain(pool);
    chain.append("abc");
    chain.consume(3);
    EXPECT_TRUE(chain.empty());
    EXPECT_EQ(pool.in_use(), 0u);
    std::copy_n("xyz", 3, chain.reserve(100));
    chain.commit(3);
    EXPECT_EQ(contents(chain), "xyz");
}

TEST(File, IsReplacedWholeAndNeverThroughALink)
{
    const std::string path = testing::TempDir() + "signet-file";
    const std::string victim = path + ".victim";
    ASSERT_TRUE(write_file_atomically(victim, "untouched"));
    const std::string temporary = path + ".new." + std::to_string(getpid());
    ASSERT_EQ(symlink(victim.c_str(), temporary.c_str()), 0);
    ASSERT_TRUE(write_file_atomically(path, "one"));
    ASSERT_TRUE(write_file_atomically(path, "two", 0600));
    EXPECT_EQ(read_file(path).value(), "two");
    EXPECT_EQ(read_file(victim).value(), "untouched");
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(read_file(path, 2).error().kind, Error::Kind::too_large);
    unlink(path.c_str());
    unlink(victim.c_str());
    EXPECT_FALSE(read_file(path));
}

TEST(SharedMemory, IsSeenByAForkedChildAndByAnotherMapping)
{
    auto memory = SharedMemory::create("signet-test", 5000).value();
    EXPECT_EQ(memory.size() % 4096, 0u);
    EXPECT_EQ(memory.data()[4999], std::byte{0});
    const pid_t child = fork();
    if (child == 0) {
        memory.data()[1] = std::byte{42};
        _exit(0);
    }
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    EXPECT_EQ(memory.data()[1], std::byte{42});
    auto other = SharedMemory::open(FileDescriptor(dup(memory.descriptor()))).value();
    EXPECT_EQ(other.data()[1], std::byte{42});
    EXPECT_EQ(ftruncate(memory.descriptor(), 0), -1); // nobody can pull it away
    memory = std::move(other);
    EXPECT_EQ(memory.data()[1], std::byte{42});
    EXPECT_FALSE(other);
}

TEST(SharedMemory, RefusesStrangeDescriptorsAndSizes)
{
    EXPECT_FALSE(SharedMemory::create("x", 0));
    EXPECT_FALSE(SharedMemory::create("x", SIZE_MAX));
    EXPECT_FALSE(SharedMemory::open(FileDescriptor{}));
    EXPECT_FALSE(SharedMemory::open(open_file("/dev/null", O_RDWR).value()));
}

TEST(Text, ComparesAndFindsIgnoringAsciiCase)
{
    EXPECT_TRUE(iequals("Content-Length", "CONTENT-length"));
    EXPECT_FALSE(iequals("a", "ab"));
    EXPECT_TRUE(istarts_with("Basic xyz", "BASIC "));
    EXPECT_TRUE(iends_with("index.HTML", ".html"));
    EXPECT_FALSE(iends_with("l", ".html"));
    EXPECT_EQ(ifind("keep-Alive, close", "CLOSE"), 12u);
    EXPECT_EQ(ifind("keep", "close"), std::string_view::npos);
    EXPECT_FALSE(iequals("\xc4", "\xe4")); // no locale
}

TEST(Text, SplitsAndTrims)
{
    using Parts = std::vector<std::string_view>;
    EXPECT_EQ(split("a, b,,c", ','), (Parts{"a", "b", "", "c"}));
    EXPECT_EQ(split("", ','), Parts{});
    EXPECT_EQ(split(",", ','), (Parts{"", ""}));
    EXPECT_EQ(split_words("  a\tb  c "), (Parts{"a", "b", "c"}));
    EXPECT_EQ(trim(" \t "), "");
}

TEST(Text, NumbersAreWholeOrNothing)
{
    EXPECT_EQ(parse_number<int>("-12"), -12);
    EXPECT_EQ(parse_number<uint8_t>("255"), 255);
    EXPECT_EQ(parse_number<unsigned>("ff", 16), 255u);
    for (const auto* text : {"", "256", "-1", "+1", "1 ", " 1", "1x", "0x1"})
        EXPECT_FALSE(parse_number<uint8_t>(text)) << text;
    std::string out;
    append_number(out, UINT64_MAX);
    append_signed(out, INT64_MIN);
    append_hex(out, 10, 4);
    EXPECT_EQ(out, "18446744073709551615-9223372036854775808000a");
}

TEST(Text, EscapesHtmlAndMeasuresEdits)
{
    EXPECT_EQ(escape_html("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    EXPECT_EQ(edit_distance("SSLEngin", "sslengine"), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
}

} // namespace
} // namespace signet
