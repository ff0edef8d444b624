#include "tools/phrase.h"

#include "base/file.h"

#include <cerrno>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace signet::tools {
namespace {

constexpr size_t longest = 1024;

// Byte by byte, so that the next line is still there for the next question.
Result<pki::Secret> read_line(int descriptor, const std::string& name)
{
    std::string line;
    line.reserve(longest); // never moved, so that no copy stays behind
    char c = 0;
    while (line.size() < longest) {
        const ssize_t got = ::read(descriptor, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(name);
        if (got == 0 || c == '\n') break;
        line += c;
    }
    while (line.ends_with('\r')) line.pop_back();
    pki::Secret secret{std::string_view(line)};
    pki::wipe(line.data(), line.size());
    return secret;
}

Result<pki::Secret> read_from(const std::string& file)
{
    if (file == "-") return read_line(STDIN_FILENO, "standard input");
    auto opened = open_file(file, O_RDONLY);
    if (!opened) return std::unexpected(opened.error());
    return read_line(opened->get(), file);
}

// Turns the terminal's echo off while it lives.
class Silence {
public:
    explicit Silence(int terminal)
        : terminal_(terminal)
    {
        known_ = ::tcgetattr(terminal_, &before_) == 0;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        if (known_) ::tcsetattr(terminal_, TCSAFLUSH, &silent);
    }
    ~Silence()
    {
        if (known_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    int terminal_;
    termios before_{};
    bool known_ = false;
};

// Without a terminal the answer is a line of standard input, as for openssl.
Result<pki::Secret> ask_terminal(const std::string& question)
{
    auto terminal = open_file("/dev/tty", O_RDWR | O_NOCTTY);
    if (!terminal) return read_line(STDIN_FILENO, "standard input");
    const auto say = [&](std::string_view text) {
        return ::write(terminal->get(), text.data(), text.size()) >= 0;
    };
    const Silence silence(terminal->get());
    if (!say(question + ": ")) return fail_errno("/dev/tty");
    auto line = read_line(terminal->get(), "/dev/tty");
    (void)say("\n");
    return line;
}

} // namespace

pki::AskPassPhrase PhraseSource::asker() const
{
    return [this](int attempt) -> std::optional<pki::Secret> {
        if (attempt >= (file_.empty() ? 3 : 1)) return std::nullopt;
        auto phrase = file_.empty() ? ask_terminal("Pass phrase for " + what_) : read_from(file_);
        if (!phrase || phrase->empty()) return std::nullopt;
        return std::move(*phrase);
    };
}

Result<pki::Secret> PhraseSource::fresh() const
{
    auto phrase = file_.empty() ? ask_terminal("New pass phrase for " + what_) : read_from(file_);
    if (!phrase) return phrase;
    if (phrase->text().size() < 4)
        return fail(Error::Kind::denied,
                    "there is no pass phrase: it needs four characters or more");
    if (!file_.empty()) return phrase;
    auto again = ask_terminal("The same again");
    if (!again) return again;
    if (again->text() != phrase->text())
        return fail(Error::Kind::denied, "there is no pass phrase: the two that were typed differ");
    return phrase;
}

} // namespace signet::tools
