#include "process/crash_report.h"

#include "base/text.h"
#include "server/banner.h"
#include "server/error_log.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <execinfo.h>
#include <link.h>
#include <span>
#include <unistd.h>

namespace signet::process {
namespace {

// A signal handler can only reach static memory; written once, before the handler is installed.
struct LastWords {
    int descriptor = 2;
    char text[160]{};
    size_t length = 0;
};

LastWords& last_words()
{
    static LastWords words;
    return words;
}

// Async-signal-safe: write(2) and backtrace_symbols_fd(3) only; libgcc is loaded beforehand.
extern "C" void on_crash(int number)
{
    const auto& words = last_words();
    char head[] = "signet: signal 00 in process 0000000000: ";
    head[15] = static_cast<char>('0' + number / 10 % 10);
    head[16] = static_cast<char>('0' + number % 10);
    auto pid = static_cast<unsigned>(::getpid());
    for (int i = 38; i > 28; --i, pid /= 10) head[i] = static_cast<char>('0' + pid % 10);
    [[maybe_unused]] auto ignored = ::write(words.descriptor, head, sizeof head - 1);
    ignored = ::write(words.descriptor, words.text, words.length);
    void* frames[64];
    const int count = ::backtrace(frames, 64);
    ::backtrace_symbols_fd(frames, count, words.descriptor);
    ::signal(number, SIG_DFL);
    ::raise(number);
}

int find_build_id(dl_phdr_info* info, size_t, void* result)
{
    // The first object is the program itself.
    auto& id = *static_cast<std::string*>(result);
    for (const auto& header : std::span(info->dlpi_phdr, info->dlpi_phnum)) {
        if (header.p_type != PT_NOTE) continue;
        const auto* at = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
        const char* const end = at + header.p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            ElfW(Nhdr) note;
            std::memcpy(&note, at, sizeof note);
            const auto padded = [](size_t size) { return (size + 3) & ~size_t{3}; };
            const char* const name = at + sizeof note;
            const char* const bytes = name + padded(note.n_namesz);
            at = bytes + padded(note.n_descsz);
            if (at > end || note.n_type != NT_GNU_BUILD_ID) continue;
            for (size_t i = 0; i < note.n_descsz; ++i) {
                append_hex(id, static_cast<unsigned char>(bytes[i]), 2);
            }
            return 1;
        }
    }
    return 1;
}

} // namespace

std::string build_id()
{
    std::string id;
    ::dl_iterate_phdr(find_build_id, &id);
    return id;
}

#if defined(__SANITIZE_ADDRESS__)
void report_crashes(const server::VirtualHost&) {}
#else
void report_crashes(const server::VirtualHost& main)
{
    auto& words = last_words();
    const int log = main.error_log ? main.error_log->sink().descriptor() : -1;
    words.descriptor = log >= 0 ? log : 2;
    const std::string text =
        "signet/" + std::string(server::signet_version) + " build " + build_id() + "; backtrace:\n";
    words.length = std::min(text.size(), sizeof words.text);
    std::memcpy(words.text, text.data(), words.length);
    void* frame = nullptr;
    static_cast<void>(::backtrace(&frame, 1)); // loads what it needs now

    struct sigaction action {};
    action.sa_handler = on_crash;
    action.sa_flags = SA_ONSTACK | static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE}) {
        ::sigaction(number, &action, nullptr);
    }
}
#endif

} // namespace signet::process
