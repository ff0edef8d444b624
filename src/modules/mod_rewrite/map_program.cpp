// RewriteMap prg: a program that reads a key per line and answers each with a line.
#include "base/text.h"
#include "modules/mod_rewrite/maps.h"
#include "modules/mod_rewrite/trace.h"
#include "net/child.h"
#include "net/fiber.h"
#include "net/loop.h"
#include "server/worker.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <unistd.h>

namespace signet::mod_rewrite {
namespace {

constexpr size_t most_waiting = 1024;
constexpr size_t longest_answer = size_t{64} << 10;
constexpr std::chrono::seconds patience{30};

// One request's key. The request waits on its fiber; if it goes away, the answer is thrown away.
struct Question {
    std::string line;
    std::optional<std::string> answer{};
    bool done = false;
    net::Fiber* asker = nullptr; // while it waits
};

// The running program and who waits for it: one question is asked at a time. Lives in a worker; it
// uses the worker's loop only while requests do.
class Conversation final : public net::EventHandler {
public:
    Conversation(net::Loop& loop, net::Child child)
        : loop_(loop)
        , child_(std::move(child))
    {
    }
    [[nodiscard]] Result<void> begin()
    {
        if (auto watched = loop_.watch(child_.input().get(), *this); !watched) return watched;
        return loop_.watch(child_.output().get(), *this);
    }

    // Waits for the answer. Nothing: the program has none, or does not work.
    std::optional<std::string> ask(const std::string& key)
    {
        if (questions_.size() >= most_waiting) return std::nullopt;
        const auto question = std::make_shared<Question>(Question{.line = key + "\n"});
        questions_.push_back(question);
        if (questions_.size() == 1) advance();
        net::Timeout timeout;
        loop_.arm(timeout, patience, give_up, this);
        question->asker = net::Fiber::current();
        while (!question->done) {
            if (question->asker->suspend()) continue;
            question->asker = nullptr; // the client is gone
            return std::nullopt;
        }
        question->asker = nullptr;
        return question->answer;
    }

    [[nodiscard]] bool is_broken() const { return broken_; }
    void on_event(uint32_t) override { advance(); }
    // Before it is destroyed, while the loop is there.
    void leave_loop()
    {
        loop_.unwatch(child_.input().get(), *this);
        loop_.unwatch(child_.output().get(), *this);
        loop_.undefer(this);
    }

private:
    static void give_up(void* self) { static_cast<Conversation*>(self)->break_off(); }

    // Writes what is left of the question and reads what there is of the answer.
    void advance()
    {
        if (broken_ || questions_.empty()) return;
        const std::string& line = questions_.front()->line;
        while (written_ < line.size()) {
            const auto count =
                ::write(child_.input().get(), line.data() + written_, line.size() - written_);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0 && errno == EAGAIN) break;
            if (count < 0) return break_off();
            written_ += static_cast<size_t>(count);
        }
        char bytes[4096];
        while (true) {
            const auto count = ::read(child_.output().get(), bytes, sizeof bytes);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0 && errno == EAGAIN) return;
            if (count <= 0) return break_off();
            read_.append(bytes, static_cast<size_t>(count));
            if (read_.find('\n') != std::string::npos) break;
            if (read_.size() > longest_answer) return break_off();
        }
        loop_.defer(deliver, this); // fibers are woken on the loop's stack only
    }

    static void deliver(void* argument)
    {
        auto& self = *static_cast<Conversation*>(argument);
        const size_t end = self.read_.find('\n');
        if (end == std::string::npos || self.questions_.empty()) return;
        const auto question = std::move(self.questions_.front());
        self.questions_.pop_front();
        auto text = self.read_.substr(0, end);
        // What a program says unasked would answer the next question.
        self.read_.clear();
        self.written_ = 0;
        if (!iequals(text, "NULL")) question->answer = std::move(text);
        self.advance();
        finish(*question);
    }

    static void finish(Question& question)
    {
        question.done = true;
        if (question.asker) question.asker->wake();
    }

    // The program has ended, or says too much or nothing: who waits gets nothing.
    void break_off()
    {
        if (broken_) return;
        broken_ = true;
        child_.kill(SIGKILL);
        loop_.defer(
            [](void* argument) {
                auto& self = *static_cast<Conversation*>(argument);
                const auto waiting = std::move(self.questions_);
                self.questions_.clear();
                for (const auto& question : waiting) finish(*question);
            },
            this);
    }

    net::Loop& loop_;
    net::Child child_;
    std::deque<std::shared_ptr<Question>> questions_; // the first is being asked
    size_t written_ = 0;                              // of its line
    std::string read_;
    bool broken_ = false;
};

class ProgramMap final : public Map {
public:
    explicit ProgramMap(std::vector<std::string> arguments)
        : arguments_(std::move(arguments))
    {
    }

    [[nodiscard]] std::optional<std::string> find(std::string_view name, const std::string& key,
                                                  server::Request& request) const override
    {
        // A line feed would make the rest another question.
        if (key.find('\n') != std::string::npos || !start(request)) return std::nullopt;
        const auto conversation = conversation_; // another request may start a new one
        auto answer = conversation->ask(key);
        if (answer) {
            trace(request, 5, "", "map lookup OK: map=", name, " key=", key, " -> val=", *answer);
        } else {
            trace(request, 5, "", "map lookup FAILED: map=", name, " key=", key);
        }
        return answer;
    }

private:
    bool start(const server::Request& request) const
    {
        if (conversation_ && !conversation_->is_broken()) return true;
        if (conversation_) conversation_->leave_loop();
        conversation_.reset();
        const std::string& program = arguments_.front();
        const char* path = std::getenv("PATH");
        auto child = net::Child::spawn({
            .arguments = arguments_,
            .environment = {"PATH=" + std::string(path ? path : "/usr/bin:/bin")},
            .directory = program.substr(0, program.rfind('/') + 1),
            .input = net::ChildStream::pipe,
        });
        std::string problem;
        if (child) {
            auto made = std::make_shared<Conversation>(request.worker->loop, std::move(*child));
            const auto begun = made->begin();
            if (begun) {
                conversation_ = std::move(made);
                return true;
            }
            problem = begun.error().text;
        } else {
            problem = child.error().text;
        }
        server::log_event(
            request, {.module = "rewrite",
                      .apache_id = "AH00654",
                      .id = 749,
                      .text = request.arena.join("mod_rewrite: could not start RewriteMap program ",
                                                 program, ": ", problem)});
        return false;
    }

    std::vector<std::string> arguments_;
    mutable std::shared_ptr<Conversation> conversation_;
};

} // namespace

std::shared_ptr<const Map> make_program_map(std::vector<std::string> arguments)
{
    return std::make_shared<const ProgramMap>(std::move(arguments));
}

} // namespace signet::mod_rewrite
