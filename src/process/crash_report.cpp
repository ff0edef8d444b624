#include "process/crash_report.h"

#include "base/text.h"
#include "process/core_dump.h"
#include "server/banner.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <execinfo.h>
#include <link.h>
#include <new>
#include <span>
#include <string_view>
#include <ucontext.h>
#include <unistd.h>

namespace signet::process {
namespace {

// A signal handler can only reach static memory; written once, before the handler is installed.
struct LastWords {
    char text[160]{};
    size_t length = 0;
};

LastWords& last_words()
{
    static LastWords words;
    return words;
}

// One line in static storage: a handler may neither allocate nor use stdio. Async-signal-safe.
class Line {
public:
    Line& text(const char* more) { return bytes({more, std::strlen(more)}); }

    Line& bytes(std::string_view more)
    {
        const size_t count = std::min(more.size(), sizeof buffer_ - used_);
        std::memcpy(buffer_ + used_, more.data(), count);
        used_ += count;
        return *this;
    }

    Line& number(uintptr_t value, unsigned base)
    {
        char digits[24];
        size_t at = sizeof digits;
        do {
            digits[--at] = "0123456789abcdef"[value % base];
            value /= base;
        } while (value != 0);
        return bytes({digits + at, sizeof digits - at});
    }

    void write() const
    {
        [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, buffer_, used_);
    }

private:
    char buffer_[512];
    size_t used_ = 0;
};

// Where the stack was when the signal came; 0: unknown on this processor.
uintptr_t stack_pointer_of([[maybe_unused]] const void* context)
{
#if defined(__x86_64__)
    return static_cast<uintptr_t>(
        static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RSP]);
#elif defined(__aarch64__)
    return static_cast<const ucontext_t*>(context)->uc_mcontext.sp;
#else
    return 0;
#endif
}

// System calls and backtrace_symbols_fd(3) only; libgcc is loaded beforehand.
extern "C" void on_crash(int number, siginfo_t* info, void* context)
{
    const char* name = ::sigdescr_np(number);
    Line line;
    line.text("signet: signal ").number(static_cast<unsigned>(number), 10).text(" (");
    line.text(name ? name : "unknown").text(") ");
    if (info->si_code > 0) { // of the processor, not of kill(2)
        line.text("at address 0x").number(reinterpret_cast<uintptr_t>(info->si_addr), 16).text(" ");
    }
    line.text("in process ").number(static_cast<unsigned>(::getpid()), 10).text(": ");
    const auto& words = last_words();
    line.bytes({words.text, words.length}).write();
    void* frames[64];
    const int count = ::backtrace(frames, 64);
    ::backtrace_symbols_fd(frames, count, STDERR_FILENO);
    leave_heap_out_of_core(stack_pointer_of(context));
    ::signal(number, SIG_DFL);
    ::raise(number);
}

// operator new failed. There is no way on that could be trusted: the process ends by abort(), with
// the backtrace of who wanted so much, and the master starts another.
[[maybe_unused]] void on_exhaustion()
{
    Line line;
    line.text("signet: out of memory in process ").number(static_cast<unsigned>(::getpid()), 10);
    line.text(" (SG0507)\n").write();
    std::abort();
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
void report_crashes() {}
#else
void report_crashes()
{
    auto& words = last_words();
    const std::string text =
        "signet/" + std::string(server::signet_version) + " build " + build_id() + "; backtrace:\n";
    words.length = std::min(text.size(), sizeof words.text);
    std::memcpy(words.text, text.data(), words.length);
    void* frame = nullptr;
    static_cast<void>(::backtrace(&frame, 1)); // loads what it needs now

    struct sigaction action {};
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE}) {
        ::sigaction(number, &action, nullptr);
    }
    std::set_new_handler(on_exhaustion);
}
#endif

} // namespace signet::process
