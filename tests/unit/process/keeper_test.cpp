// The keeper's schedule, its note, and what a program hands on to its successor.
#include "process/control.h"
#include "process/inheritance.h"
#include "process/keeper.h"
#include "process/successor.h"

#include "modules/mod_ssl/ticket_rotation.h"
#include "tls/pass_phrase.h"
#include "tls/session_cache.h"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::process {
namespace {

using namespace std::chrono_literals;

// Does what the test says and counts.
class Chore final : public server::KeeperTask {
public:
    explicit Chore(Monotonic::duration rhythm)
        : rhythm_(rhythm)
    {
    }
    [[nodiscard]] std::string_view name() const override { return "chore"; }
    [[nodiscard]] std::chrono::seconds limit() const override { return 1s; }
    [[nodiscard]] Result<Monotonic::time_point> run(Monotonic::time_point now) override
    {
        ++runs;
        if (fails) return fail("no luck");
        return now + rhythm_;
    }
    int runs = 0;
    bool fails = false;

private:
    Monotonic::duration rhythm_;
};

class Schedule : public ::testing::Test {
protected:
    Chore& add(Monotonic::duration rhythm)
    {
        auto chore = std::make_unique<Chore>(rhythm);
        Chore& added = *chore;
        tasks.push_back(std::move(chore));
        return added;
    }
    std::vector<std::unique_ptr<server::KeeperTask>> tasks;
    std::vector<std::string> failures;
    int began = 0, ended = 0;
    KeeperSchedule::Observer observer{
        .before = [this](const server::KeeperTask&) { ++began; },
        .after = [this](const server::KeeperTask&) { ++ended; },
        .failed = [this](const server::KeeperTask&,
                         const Error& error) { failures.push_back(error.text); },
    };
    Monotonic::time_point now{1000h};
};

TEST_F(Schedule, EveryTaskRunsAtOnceAndThenInItsOwnRhythm)
{
    Chore& often = add(1min);
    Chore& seldom = add(1h);
    KeeperSchedule schedule(tasks, now);
    EXPECT_EQ(schedule.next(), now);
    schedule.run_due(now, observer);
    EXPECT_EQ(schedule.next(), now + 1min);
    schedule.run_due(now + 59s, observer);
    EXPECT_EQ(often.runs, 1);
    schedule.run_due(now + 60s, observer);
    EXPECT_EQ(often.runs, 2);
    EXPECT_EQ(seldom.runs, 1);
    EXPECT_EQ(began, 3);
    EXPECT_EQ(ended, 3);
}

TEST_F(Schedule, AFailingTaskWaitsTwiceAsLongEachTimeUpToALimit)
{
    Chore& chore = add(1h);
    chore.fails = true;
    KeeperSchedule schedule(tasks, now);
    schedule.run_due(now, observer);
    EXPECT_EQ(schedule.next(), now + 1s);
    now = schedule.next();
    schedule.run_due(now, observer);
    EXPECT_EQ(schedule.next(), now + 2s);
    for (int i = 0; i < 20; ++i) schedule.run_due(now = schedule.next(), observer);
    EXPECT_EQ(schedule.next(), now + KeeperSchedule::longest_wait);
    EXPECT_EQ(failures.size(), 22U);
    chore.fails = false;
    schedule.run_due(now = schedule.next(), observer);
    EXPECT_EQ(schedule.next(), now + 1h);
    chore.fails = true;
    schedule.run_due(now = schedule.next(), observer);
    EXPECT_EQ(schedule.next(), now + 1s) << "a success forgives";
}

TEST_F(Schedule, WithoutTasksNothingIsEverDue)
{
    KeeperSchedule schedule(tasks, now);
    EXPECT_EQ(schedule.next(), Monotonic::time_point::max());
}

TEST(Note, AnotherProcessReadsWhatTheKeeperDoes)
{
    auto note = KeeperNote::create();
    ASSERT_TRUE(note);
    EXPECT_EQ(note->read(), "");
    const pid_t child = fork();
    if (child == 0) {
        note->write("staples");
        _exit(0);
    }
    waitpid(child, nullptr, 0);
    EXPECT_EQ(note->read(), "staples");
    note->write(std::string(100'000, 'x'));
    EXPECT_LT(note->read().size(), 100'000U);
}

// Runs a keeper with one task in a child and returns its status. `told`: it is told to stop.
template <class Task> int status_of_keeper(KeeperNote& note, bool told)
{
    server::Configuration configuration({});
    configuration.log_sinks = std::make_unique<server::LogSinks>();
    configuration.process.user = configuration.process.group = "#65534";
    configuration.keeper_tasks.push_back(std::make_unique<Task>());
    auto ends = net::UnixChannel::pair();
    const pid_t child = fork();
    if (child == 0) {
        ends->first.close();
        _exit(run_keeper(configuration, std::move(ends->second), note));
    }
    ends->second.close();
    EXPECT_TRUE(ends->first.receive_blocking(5s)) << "ready";
    if (told) {
        EXPECT_TRUE(send(ends->first, {ControlMessage::Kind::stop}));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

class Hanging final : public server::KeeperTask {
public:
    [[nodiscard]] std::string_view name() const override { return "waiting for nothing"; }
    [[nodiscard]] std::chrono::seconds limit() const override { return 1s; }
    [[nodiscard]] Result<Monotonic::time_point> run(Monotonic::time_point) override
    {
        while (true) pause();
    }
};

class Idle final : public server::KeeperTask {
public:
    [[nodiscard]] std::string_view name() const override { return "nothing"; }
    [[nodiscard]] std::chrono::seconds limit() const override { return 1s; }
    [[nodiscard]] Result<Monotonic::time_point> run(Monotonic::time_point now) override
    {
        return now + 1h;
    }
};

TEST(Keeper, ATaskBeyondItsLimitEndsItAndIsNamed)
{
    auto note = KeeperNote::create();
    ASSERT_TRUE(note);
    const int status = status_of_keeper<Hanging>(*note, false);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) << status;
    EXPECT_EQ(note->read(), "waiting for nothing");
}

TEST(Keeper, EndsWellWhenToldTo)
{
    auto note = KeeperNote::create();
    ASSERT_TRUE(note);
    EXPECT_EQ(status_of_keeper<Idle>(*note, true), 0);
    EXPECT_EQ(note->read(), "");
}

TEST(TicketRotation, YoungKeysStayAndOldOnesAreReplaced)
{
    auto made = tls::TicketKeys::create();
    ASSERT_TRUE(made);
    auto keys = std::make_shared<tls::TicketKeys>(std::move(*made));
    mod_ssl::TicketRotation rotation(keys);
    const auto first = keys->current().name;
    const auto due = rotation.run(Monotonic::now());
    ASSERT_TRUE(due);
    EXPECT_EQ(*due, keys->born() + mod_ssl::ticket_key_life);
    EXPECT_EQ(keys->current().name, first);
    ASSERT_TRUE(rotation.run(*due));
    EXPECT_NE(keys->current().name, first);
    bool is_current = true;
    EXPECT_TRUE(keys->find(first, is_current)) << "tickets of the hour before are still opened";
    EXPECT_FALSE(is_current);
}

void hand_over(const Inheritance& old, Inheritance& fresh)
{
    for (const auto& [message, descriptor] : pack(old)) {
        std::vector<FileDescriptor> descriptors;
        if (descriptor >= 0) descriptors.emplace_back(::dup(descriptor));
        ASSERT_TRUE(unpack(message.text(), std::move(descriptors), fresh));
    }
}

TEST(Heirs, GetTicketKeysWithTheirOrderAndAge)
{
    auto made = tls::TicketKeys::create();
    ASSERT_TRUE(made);
    auto keys = std::make_shared<tls::TicketKeys>(std::move(*made));
    const auto oldest = keys->current();
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(keys->rotate());
    Inheritance old;
    old["ssl.tickets"] = keys;
    Inheritance fresh;
    hand_over(old, fresh);
    const auto& restored = *std::any_cast<std::shared_ptr<tls::TicketKeys>&>(fresh["ssl.tickets"]);
    EXPECT_EQ(restored.current().aes, keys->current().aes);
    EXPECT_EQ(restored.current().hmac, keys->current().hmac);
    bool is_current = true;
    const auto found = restored.find(oldest.name, is_current);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->aes, oldest.aes);
    EXPECT_LT(restored.born() - keys->born(), 2s);
    EXPECT_LT(keys->born() - restored.born(), 2s);
}

TEST(Heirs, ShareTheSessionCache)
{
    auto made = tls::SessionCache::create(100000);
    ASSERT_TRUE(made);
    auto cache = std::make_shared<tls::SessionCache>(std::move(*made));
    const std::array<unsigned char, 32> id{1};
    const std::array<unsigned char, 100> session{2};
    ASSERT_TRUE(cache->store(id, session, 300, 0));
    Inheritance old;
    old["ssl.cache"] = cache;
    Inheritance fresh;
    hand_over(old, fresh);
    auto& shared = *std::any_cast<std::shared_ptr<tls::SessionCache>&>(fresh["ssl.cache"]);
    EXPECT_EQ(shared.shape(0).bytes, 100000U);
    EXPECT_TRUE(shared.find(id, 0));
    shared.remove(id);
    EXPECT_FALSE(cache->find(id, 0));
}

TEST(Heirs, BeginWithoutSessionsWhenTheMemoryIsNotACacheOfThisVersion)
{
    auto memory = SharedMemory::create("signet-test", 100000).value();
    const std::string_view kind("ssl.cache\0", 10);
    Inheritance fresh;
    const auto give = [&](int descriptor) {
        std::vector<FileDescriptor> one;
        one.emplace_back(descriptor);
        return unpack(kind, std::move(one), fresh);
    };
    EXPECT_TRUE(give(::dup(memory.descriptor()))) << "zeroes";
    EXPECT_TRUE(give(::open("/dev/null", O_RDWR))) << "no memory";
    EXPECT_TRUE(unpack(kind, {}, fresh)) << "no descriptor";
    EXPECT_TRUE(fresh.empty());
}

TEST(Heirs, GetThePassPhrasesThatOpenedKeys)
{
    Inheritance old;
    old["ssl.phrases"] = std::make_shared<tls::PassPhrases>(
        tls::PassPhrases::fixed({pki::Secret("one"), pki::Secret("two words")}));
    Inheritance fresh;
    hand_over(old, fresh);
    const auto& known =
        *std::any_cast<std::shared_ptr<std::vector<pki::Secret>>&>(fresh["ssl.known_phrases"]);
    ASSERT_EQ(known.size(), 2U);
    EXPECT_EQ(known[1].text(), "two words");
}

TEST(Heirs, RefuseBytesOfAnotherLayoutAndSkipUnknownKinds)
{
    Inheritance fresh;
    EXPECT_FALSE(unpack("no kind", {}, fresh));
    EXPECT_FALSE(unpack(std::string_view("ssl.tickets\0\x02rubbish", 20), {}, fresh));
    EXPECT_FALSE(unpack(std::string_view("ssl.tickets\0", 12), {}, fresh));
    EXPECT_TRUE(unpack(std::string_view("of.a.later.version\0bytes", 24), {}, fresh));
    EXPECT_TRUE(fresh.empty());
}

TEST(FindProgram, FollowsSlashesPathAndDirectory)
{
    EXPECT_EQ(find_program("/bin/sh", "/", "").value(), "/bin/sh");
    EXPECT_EQ(find_program("bin/sh", "/usr", "").value(), "/usr/bin/sh");
    EXPECT_EQ(find_program("sh", "/", "/nonexistent:/usr/bin").value(), "/usr/bin/sh");
    EXPECT_EQ(find_program("sh", "/usr", "bin").value(), "/usr/bin/sh");
    EXPECT_FALSE(find_program("sh", "/", ""));
    EXPECT_FALSE(find_program("/etc/passwd", "/", "")) << "not executable";
}

} // namespace
} // namespace signet::process
