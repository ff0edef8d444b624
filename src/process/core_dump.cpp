#include "process/core_dump.h"

#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace signet::process {
namespace {

struct Mapping {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    bool is_writable = false;
    bool has_file = false; // or a name such as [stack]; the heap counts as nameless
};

uintptr_t take_hex(std::string_view& text)
{
    uintptr_t value = 0;
    while (!text.empty()) {
        const char c = text.front();
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) break;
        value = value << 4 | static_cast<uintptr_t>(digit);
        text.remove_prefix(1);
    }
    return value;
}

// "7f00a000-7f00b000 rw-p 00000000 00:00 0   [heap]"   proc(5)
Mapping parse(std::string_view line)
{
    Mapping mapping;
    mapping.begin = take_hex(line);
    if (!line.empty()) line.remove_prefix(1);
    mapping.end = take_hex(line);
    mapping.is_writable = line.size() > 2 && line[2] == 'w';
    const auto name = line.find_first_of("/[");
    mapping.has_file = name != line.npos && line.substr(name) != "[heap]";
    return mapping;
}

// What follows a file without a gap is its static data (.bss); the dynamic loader's list of
// libraries lies there, too, which debuggers want.
class Visitor {
public:
    explicit Visitor(uintptr_t stack_pointer)
        : stack_pointer_(stack_pointer)
    {
    }
    void visit(std::string_view line)
    {
        const Mapping mapping = parse(line);
        const bool is_static = mapping.begin == end_of_file_ && !line.ends_with("[heap]");
        if (mapping.has_file) {
            end_of_file_ = mapping.end;
            return;
        }
        const bool is_stack = stack_pointer_ >= mapping.begin && stack_pointer_ < mapping.end;
        if (!mapping.is_writable || is_static || is_stack || mapping.end <= mapping.begin) return;
        ::madvise(reinterpret_cast<void*>(mapping.begin), // NOLINT: a number from the kernel
                  mapping.end - mapping.begin, MADV_DONTDUMP);
    }

private:
    uintptr_t stack_pointer_;
    uintptr_t end_of_file_ = 0;
};

} // namespace

void leave_heap_out_of_core(uintptr_t stack_pointer)
{
    const int maps = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (maps < 0) return;
    Visitor visitor(stack_pointer);
    char buffer[4096];
    size_t held = 0;
    while (true) {
        const ssize_t count = ::read(maps, buffer + held, sizeof buffer - held);
        if (count <= 0) break;
        held += static_cast<size_t>(count);
        std::string_view text(buffer, held);
        for (size_t end = 0; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1))
            visitor.visit(text.substr(0, end));
        if (text.size() == sizeof buffer) break; // no path is that long
        held = text.size();
        std::memmove(buffer, text.data(), held);
    }
    ::close(maps);
}

} // namespace signet::process
