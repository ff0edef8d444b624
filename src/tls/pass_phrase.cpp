#include "tls/pass_phrase.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

extern char** environ;

namespace signet::tls {
namespace {

enum class Source : uint8_t { builtin, exec, pipe, nobody };
constexpr int retries = 5; // Apache's number
constexpr size_t longest_phrase = 1024;

// A program with its standard input and output in our hands; waited for at the end.
struct Program {
    pid_t pid = -1;
    FileDescriptor input;
    FileDescriptor output;

    Program() = default;
    Program(Program&& other) noexcept
        : pid(std::exchange(other.pid, -1))
        , input(std::move(other.input))
        , output(std::move(other.output))
    {
    }
    Program& operator=(Program&& other) noexcept
    {
        finish();
        pid = std::exchange(other.pid, -1);
        input = std::move(other.input);
        output = std::move(other.output);
        return *this;
    }
    ~Program() { finish(); }

    void finish()
    {
        input.reset();
        output.reset();
        if (pid > 0) {
            while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
            }
        }
        pid = -1;
    }
};

struct SpawnActions {
    SpawnActions() { posix_spawn_file_actions_init(&actions); }
    ~SpawnActions() { posix_spawn_file_actions_destroy(&actions); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    posix_spawn_file_actions_t actions{};
};

// Without a shell. `talk`: the program also reads from us, else its input is ours.
Result<Program> start(const std::vector<std::string>& arguments, bool talk)
{
    int to[2] = {-1, -1};
    int from[2] = {-1, -1};
    if (pipe2(from, O_CLOEXEC) != 0) return fail_errno("pipe");
    Program program;
    program.output = FileDescriptor(from[0]);
    const FileDescriptor child_output(from[1]);
    FileDescriptor child_input;
    SpawnActions spawn;
    posix_spawn_file_actions_adddup2(&spawn.actions, from[1], STDOUT_FILENO);
    if (talk) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to) != 0)
            return fail_errno("socketpair");
        child_input = FileDescriptor(to[0]);
        program.input = FileDescriptor(to[1]);
        posix_spawn_file_actions_adddup2(&spawn.actions, to[0], STDIN_FILENO);
    }
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    errno = posix_spawn(&program.pid, argv[0], &spawn.actions, nullptr, argv.data(), environ);
    if (errno != 0) {
        program.pid = -1;
        return fail_errno(arguments[0]);
    }
    return program;
}

// One line without its end; nothing at the end of input.
std::optional<pki::Secret> read_line(int descriptor)
{
    std::array<unsigned char, longest_phrase> line{};
    size_t used = 0;
    bool ended = false;
    while (used < line.size()) {
        const ssize_t got =
            read(descriptor, &line[used], 1); // a byte at a time: the rest is not ours
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            ended = true;
            break;
        }
        if (line[used] == '\n') break;
        used++;
    }
    if (used > 0 && line[used - 1] == '\r') used--;
    std::optional<pki::Secret> phrase;
    if (used > 0 || !ended) phrase = pki::Secret(std::span<const unsigned char>(line.data(), used));
    pki::wipe(line.data(), line.size());
    return phrase;
}

void write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        // The other end may be a program that is gone: that is an error, not a signal.
        ssize_t sent = send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == ENOTSOCK) sent = write(descriptor, text.data(), text.size());
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return;
        text.remove_prefix(static_cast<size_t>(sent));
    }
}

// Hides what is typed on a terminal as long as it lives.
class EchoOff {
public:
    explicit EchoOff(int terminal)
        : terminal_(terminal)
    {
        if (tcgetattr(terminal_, &before_) != 0) return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(terminal_, TCSAFLUSH, &quiet) == 0;
    }
    ~EchoOff()
    {
        if (changed_) tcsetattr(terminal_, TCSAFLUSH, &before_);
    }
    EchoOff(const EchoOff&) = delete;
    EchoOff& operator=(const EchoOff&) = delete;

private:
    int terminal_;
    termios before_{};
    bool changed_ = false;
};

} // namespace

struct PassPhrases::State {
    Source source = Source::nobody;
    std::string product{};
    std::vector<std::string> command{};
    std::vector<pki::Secret> known{};
    std::optional<pki::Secret> tried{};
    std::string trouble{};
    bool asked_somebody = false;
    FileDescriptor terminal{};
    std::optional<Program> dialog{}; // of "|program"

    std::optional<pki::Secret> ask(const std::string& vhost, size_t index, const std::string& path,
                                   int question);
    std::optional<pki::Secret> run_program(const std::string& vhost, size_t index);
    std::optional<pki::Secret> converse(const std::string& prompt, int output, int input);
    bool open_dialog();
    void say(std::string_view text);
};

bool PassPhrases::State::open_dialog()
{
    if (source == Source::builtin && !terminal) {
        auto opened = open_file("/dev/tty", O_RDWR | O_NOCTTY);
        if (!opened) {
            trouble = "there is no terminal to ask on (" + opened.error().text + ")";
            return false;
        }
        terminal = std::move(*opened);
    }
    if (source == Source::pipe && !dialog) {
        auto started = start(command, true);
        if (!started) {
            trouble = "SSLPassPhraseDialog: " + started.error().text;
            return false;
        }
        dialog.emplace(std::move(*started));
    }
    return true;
}

// What is said on a terminal is also what "|program" reads.
void PassPhrases::State::say(std::string_view text)
{
    if (terminal) write_all(terminal.get(), text);
    if (dialog) write_all(dialog->input.get(), text);
}

// Apache's prompt, an answer, and once more when the answer is empty.
std::optional<pki::Secret> PassPhrases::State::converse(const std::string& prompt, int output,
                                                        int input)
{
    for (int empty = 0; empty <= retries; empty++) {
        write_all(output, prompt);
        std::optional<pki::Secret> phrase;
        {
            const EchoOff hidden(input);
            phrase = read_line(input);
        }
        say("\n");
        if (!phrase) {
            trouble = "the pass phrase dialog ended without an answer";
            return std::nullopt;
        }
        if (!phrase->empty()) return phrase;
        say("Apache:mod_ssl:Error: Pass phrase empty (needs to be at least 1 character).\n");
    }
    trouble = "the pass phrase is empty";
    return std::nullopt;
}

std::optional<pki::Secret> PassPhrases::State::run_program(const std::string& vhost, size_t index)
{
    // Programs have been told these words for a host's first three keys since Apache 2.0.
    static constexpr std::string_view kinds[] = {"RSA", "DSA", "ECC"};
    auto arguments = command;
    arguments.push_back(vhost);
    arguments.push_back(index < 3 ? std::string(kinds[index]) : std::to_string(index));
    auto program = start(arguments, false);
    if (!program) {
        trouble = "SSLPassPhraseDialog: " + program.error().text;
        return std::nullopt;
    }
    auto phrase = read_line(program->output.get());
    if (!phrase || phrase->empty()) {
        trouble = "SSLPassPhraseDialog: " + command[0] + " printed no pass phrase for " + vhost;
        return std::nullopt;
    }
    return phrase;
}

std::optional<pki::Secret> PassPhrases::State::ask(const std::string& vhost, size_t index,
                                                   const std::string& path, int question)
{
    if (source == Source::nobody) return std::nullopt;
    if (source == Source::exec) return question == 0 ? run_program(vhost, index) : std::nullopt;
    if (question > retries || !open_dialog()) return std::nullopt;
    if (!asked_somebody) {
        say(product
            + " mod_ssl (Pass Phrase Dialog)\n"
              "Some of your private key files are encrypted for security reasons.\n"
              "In order to read them you have to provide the pass phrases.\n");
    }
    asked_somebody = true;
    if (question == 0) {
        say("\nPrivate key " + vhost + ":" + std::to_string(index) + " (" + path + ")\n");
    } else {
        const int left = retries - question + 1;
        say("Apache:mod_ssl:Error: Pass phrase incorrect (" + std::to_string(left) + " more retr"
            + (left == 1 ? "y" : "ies") + " permitted).\n");
    }
    const std::string prompt = "Enter pass phrase:";
    if (source == Source::builtin) return converse(prompt, terminal.get(), terminal.get());
    return converse(prompt, dialog->input.get(), dialog->output.get());
}

PassPhrases::PassPhrases(std::unique_ptr<State> state)
    : state_(std::move(state))
{
}
PassPhrases::PassPhrases(PassPhrases&&) noexcept = default;
PassPhrases& PassPhrases::operator=(PassPhrases&&) noexcept = default;
PassPhrases::~PassPhrases() = default;

Result<PassPhrases> PassPhrases::from_directive(std::string_view argument, std::string_view product)
{
    auto state = std::make_unique<State>();
    state->product = product;
    if (iequals(argument, "builtin")) {
        state->source = Source::builtin;
    } else if (argument.starts_with("exec:")) {
        state->source = Source::exec;
        state->command = {std::string(argument.substr(5))};
    } else if (argument.starts_with('|')) {
        state->source = Source::pipe;
        for (const auto word : split_words(argument.substr(1))) state->command.emplace_back(word);
    } else {
        return fail("SSLPassPhraseDialog: Invalid argument");
    }
    if (state->source != Source::builtin
        && (state->command.empty() || !state->command[0].starts_with('/'))) {
        return fail("SSLPassPhraseDialog: the program needs an absolute path");
    }
    return PassPhrases(std::move(state));
}

PassPhrases PassPhrases::fixed(std::vector<pki::Secret> known)
{
    auto state = std::make_unique<State>();
    state->known = std::move(known);
    return PassPhrases(std::move(state));
}

void PassPhrases::know(pki::Secret phrase)
{
    state_->known.push_back(std::move(phrase));
}

const std::vector<pki::Secret>& PassPhrases::known() const
{
    return state_->known;
}

pki::AskPassPhrase PassPhrases::asker(const std::string& vhost, size_t index,
                                      const std::string& path)
{
    State* state = state_.get();
    state->tried.reset();
    return [state, vhost, index, path](int attempt) -> std::optional<pki::Secret> {
        const int known = static_cast<int>(state->known.size());
        if (attempt < known) return state->known[static_cast<size_t>(attempt)];
        state->tried = state->ask(vhost, index, path, attempt - known);
        return state->tried;
    };
}

void PassPhrases::succeeded()
{
    if (state_->tried) state_->known.push_back(std::move(*state_->tried));
    state_->tried.reset();
    state_->trouble.clear();
}

const std::string& PassPhrases::trouble() const
{
    return state_->trouble;
}

void PassPhrases::finish()
{
    if (state_->asked_somebody) state_->say("\nOK: Pass Phrase Dialog successful.\n");
    state_->dialog.reset();
    state_->terminal.reset();
}

} // namespace signet::tls
