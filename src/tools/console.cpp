#include "tools/console.h"

#include "base/file.h"
#include "base/text.h"
#include "diagnosis/catalogue.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::tools {

int complain(std::string_view verb, int id, std::string_view text)
{
    std::string out = "signet ";
    out.append(verb).append(": ").append(diagnosis::name(id)).append(": ").append(text) += '\n';
    if (const auto* entry = diagnosis::find(id)) {
        out.append("  cause: ").append(entry->cause) += '\n';
        if (!entry->fix.empty()) out.append("  fix:   ").append(entry->fix) += '\n';
    }
    std::fputs(out.c_str(), stderr);
    return exit_failed;
}

int complain(std::string_view verb, const Error& error, int otherwise)
{
    return complain(verb, message_of(error, otherwise), error.text);
}

int message_of(const Error& error, int otherwise)
{
    int id = otherwise;
    switch (error.kind) {
    case Error::Kind::denied:
        if (error.text.ends_with("wrong")) {
            id = phrase_wrong;
        } else if (error.text.find("no pass phrase") != error.text.npos) {
            id = phrase_missing;
        }
        break;
    case Error::Kind::too_large: id = file_too_large; break;
    case Error::Kind::malformed:
        if (otherwise == cannot_read) id = file_damaged;
        break;
    case Error::Kind::not_found:
        // A file that is not there is something else than one that holds nothing.
        if (otherwise == cannot_read && !error.text.ends_with(std::strerror(ENOENT)))
            id = nothing_known;
        break;
    default: break;
    }
    return id;
}

bool has_colour()
{
    return ::isatty(STDOUT_FILENO) == 1 && !std::getenv("NO_COLOR");
}

std::string coloured(std::string_view text, Colour colour)
{
    if (!has_colour()) return std::string(text);
    const char* begin = colour == Colour::green ? "\033[32m"
                        : colour == Colour::red ? "\033[31m"
                                                : "\033[33m";
    return std::string(begin).append(text) + "\033[0m";
}

void print(std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void show_openssl(bool wanted, const std::string& line)
{
    if (wanted) std::fprintf(stderr, "%s\n", line.c_str());
}

std::string shell_word(std::string_view word)
{
    const bool plain = !word.empty() && std::ranges::all_of(word, [](char c) {
        return is_alnum(c) || std::string_view("/._-+:=@,").find(c) != std::string_view::npos;
    });
    if (plain) return std::string(word);
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

Result<void> write_new(const std::string& path, std::string_view bytes, int mode, bool force)
{
    if (path == "-") {
        print(bytes);
        return {};
    }
    if (!force) { // takes the name first, so that two at once cannot both have it
        const FileDescriptor taken(
            ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!taken && errno == EEXIST)
            return fail(Error::Kind::denied, path + " exists and is left as it is");
        if (!taken) return fail_errno(path);
    }
    return write_file_atomically(path, bytes, mode);
}

Result<void> replace_file(const std::string& path, std::string_view bytes, int mode)
{
    std::error_code error;
    const std::string target = std::filesystem::canonical(path, error).string();
    struct stat status {};
    if (error || ::stat(target.c_str(), &status) != 0) return fail_errno(path);
    const std::string temporary = target + ".tmp." + std::to_string(::getpid());
    if (auto written = write_file_atomically(temporary, bytes, 0600); !written) return written;
    const auto give_up = [&] {
        auto failed = fail_errno(target);
        ::unlink(temporary.c_str());
        return failed;
    };
    // Before the mode: chown drops bits. Somebody who is not root owns the file already.
    if ((status.st_uid != ::geteuid() || status.st_gid != ::getegid())
        && ::chown(temporary.c_str(), status.st_uid, status.st_gid) != 0) {
        return give_up();
    }
    if (::chmod(temporary.c_str(), status.st_mode & static_cast<mode_t>(mode)) != 0
        || std::rename(temporary.c_str(), target.c_str()) != 0) {
        return give_up();
    }
    return {};
}

} // namespace signet::tools
