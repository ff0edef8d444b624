// Fibers over Boost.Context's bare jump: a stack, a saved stack pointer, and who to go back to.
#include "net/fiber.h"

#include "net/loop.h"

#include <algorithm>
#include <boost/context/detail/fcontext.hpp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define SIGNET_VALGRIND 1
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SIGNET_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIGNET_ASAN 1
#endif
#endif
#ifdef SIGNET_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace signet::net {

namespace context = boost::context::detail;

namespace {

// Several pages, so that a frame with a big array cannot step over it. Costs address space only.
constexpr size_t guard_size = 16 * 1024;

// The one thing that cannot live in an object: "who am I" asked from anywhere on the stack, and by
// the signal handler. Each thread has its own; fibers never change threads.
thread_local constinit Fiber* running_fiber = nullptr;
thread_local constinit const char* running_guard = nullptr;

} // namespace

// Lives at the very top of its own stack, so a fiber is one piece of memory.
struct Fiber::Impl {
    Fiber fiber;
    FiberPool::Impl* pool = nullptr;
    char* mapping = nullptr; // the guard, then the stack
    size_t mapping_size = 0;
    size_t index = 0; // in FiberPool::Impl::all

    context::fcontext_t resumer = nullptr; // where to go on suspend, while running
    context::fcontext_t here = nullptr;    // where to go on wake, while suspended
    void (*function)(void*) = nullptr;
    void* argument = nullptr;
    bool alive = false;
    bool suspended = false;
    bool woken = false; // wake() came before suspend()
    bool cancelled = false;

#ifdef SIGNET_ASAN
    const void* resumer_bottom = nullptr;
    size_t resumer_size = 0;
    void* fake_stack = nullptr;
#endif
#ifdef SIGNET_VALGRIND
    unsigned valgrind_id = 0;
#endif

    Impl()
    {
        fiber.impl_ = this;
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() = default;

    [[nodiscard]] char* bottom() const
    {
        return mapping + guard_size;
    }
    // Grows down from just below this object.
    [[nodiscard]] char* top()
    {
        return reinterpret_cast<char*>(reinterpret_cast<uintptr_t>(this) & ~uintptr_t{63});
    }
    [[nodiscard]] size_t stack_size()
    {
        return static_cast<size_t>(top() - bottom());
    }

    static void enter(context::transfer_t from);
    void resume();
    void switch_out(bool for_good);
    void arrived();
};

struct FiberPool::Impl {
    Options options;
    std::vector<Fiber::Impl*> all;
    std::vector<Fiber::Impl*> free; // most recently used last
    size_t low_water = 0;           // fewest free stacks since the last trim
    void (*when_free)(void*) = nullptr;
    void* when_free_argument = nullptr;

    Result<Fiber::Impl*> take();
    Result<Fiber::Impl*> map();
    void unmap(Fiber::Impl* stack);
};

// After every jump into the fiber, and nothing else before it.
void Fiber::Impl::arrived()
{
#ifdef SIGNET_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, &resumer_bottom, &resumer_size);
#endif
}

void Fiber::Impl::enter(context::transfer_t from)
{
    auto* self = static_cast<Impl*>(from.data);
    self->resumer = from.fctx;
    self->arrived();
    // There is no frame below this one to unwind into.
    try {
        self->function(self->argument);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "signet: exception out of a fiber: %s\n", error.what());
        impossible("a fiber's function threw an exception");
    } catch (...) {
        impossible("a fiber's function threw an exception");
    }
    self->alive = false;
    self->switch_out(true);
    impossible("a fiber ran on after its end");
}

void Fiber::Impl::switch_out([[maybe_unused]] bool for_good)
{
#ifdef SIGNET_ASAN
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack, resumer_bottom, resumer_size);
#endif
    const auto back = context::jump_fcontext(resumer, nullptr);
    resumer = back.fctx;
    arrived();
}

// Runs the fiber on top of the caller until it suspends or ends.
void Fiber::Impl::resume()
{
    Fiber* const outer = running_fiber;
    const char* const outer_guard = running_guard;
    running_fiber = &fiber;
    running_guard = mapping;
#ifdef SIGNET_ASAN
    void* own_fake_stack = nullptr;
    __sanitizer_start_switch_fiber(&own_fake_stack, bottom(), stack_size());
#endif
    const auto back = context::jump_fcontext(here, this);
#ifdef SIGNET_ASAN
    __sanitizer_finish_switch_fiber(own_fake_stack, nullptr, nullptr);
#endif
    here = back.fctx;
    running_fiber = outer;
    running_guard = outer_guard;
    if (alive) return;
    pool->free.push_back(this);
    if (pool->when_free) std::exchange(pool->when_free, nullptr)(pool->when_free_argument);
}

Fiber* Fiber::current()
{
    return running_fiber;
}

Result<void> Fiber::suspend()
{
    if (running_fiber != this) impossible("suspend() of a fiber that is not running");
    if (impl_->cancelled) return std::unexpected(Error::cancelled());
    if (!std::exchange(impl_->woken, false)) {
        impl_->suspended = true;
        impl_->switch_out(false);
        if (impl_->cancelled) return std::unexpected(Error::cancelled());
    }
    return {};
}

void Fiber::wake()
{
    if (!impl_->suspended) {
        impl_->woken = true;
        return;
    }
    impl_->suspended = false;
    impl_->resume();
}

void Fiber::cancel()
{
    impl_->cancelled = true;
    if (impl_->suspended) wake();
}

bool Fiber::cancelled() const
{
    return impl_->cancelled;
}

Result<Fiber::Impl*> FiberPool::Impl::map()
{
    const size_t size = options.stack_size + guard_size;
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return fail_errno("cannot map a fiber's stack");
    if (mprotect(memory, guard_size, PROT_NONE) != 0) {
        auto error = fail_errno("cannot guard a fiber's stack (vm.max_map_count?)");
        munmap(memory, size);
        return error;
    }
    char* const end = static_cast<char*>(memory) + size;
    const size_t room = (sizeof(Fiber::Impl) + 63) & ~size_t{63};
    auto* stack = new (end - room) Fiber::Impl;
    stack->pool = this;
    stack->mapping = static_cast<char*>(memory);
    stack->mapping_size = size;
    stack->index = all.size();
    all.push_back(stack);
    free.reserve(all.size()); // so that giving back cannot fail
#ifdef SIGNET_VALGRIND
    stack->valgrind_id = VALGRIND_STACK_REGISTER(stack->bottom(), stack->top());
#endif
    return stack;
}

void FiberPool::Impl::unmap(Fiber::Impl* stack)
{
    all[stack->index] = all.back();
    all[stack->index]->index = stack->index;
    all.pop_back();
#ifdef SIGNET_VALGRIND
    VALGRIND_STACK_DEREGISTER(stack->valgrind_id);
#endif
#ifdef SIGNET_ASAN
    __asan_unpoison_memory_region(stack->bottom(), stack->stack_size());
#endif
    munmap(stack->mapping, stack->mapping_size);
}

Result<Fiber::Impl*> FiberPool::Impl::take()
{
    if (free.empty()) {
        if (all.size() >= options.limit)
            return fail(Error::Kind::too_large,
                        "all " + std::to_string(options.limit) + " fibers of this worker are busy");
        return map();
    }
    auto* stack = free.back();
    free.pop_back();
    low_water = std::min(low_water, free.size());
    return stack;
}

FiberPool::FiberPool()
    : FiberPool(Options{})
{
}

FiberPool::FiberPool(Options options)
    : impl_(std::make_unique<Impl>())
{
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    options.stack_size = std::max((options.stack_size + page - 1) / page * page, 4 * page);
    impl_->options = options;
}

// A fiber that still waits gets its cancellation now, so that its frames are unwound by its own
// code before the stack goes.
FiberPool::~FiberPool()
{
    const auto stacks = impl_->all;
    for (auto* stack : stacks)
        if (stack->alive) stack->fiber.cancel();
    while (!impl_->all.empty()) {
        if (impl_->all.back()->alive) impossible("a fiber pool is destroyed by its own fiber");
        impl_->unmap(impl_->all.back());
    }
}

Result<Fiber*> FiberPool::start(void (*function)(void*), void* argument)
{
    auto taken = impl_->take();
    if (!taken) return std::unexpected(std::move(taken.error()));
    Fiber::Impl* const stack = *taken;
#ifdef SIGNET_ASAN
    __asan_unpoison_memory_region(stack->bottom(), stack->stack_size());
    stack->fake_stack = nullptr;
#endif
    stack->function = function;
    stack->argument = argument;
    stack->alive = true;
    stack->suspended = stack->woken = stack->cancelled = false;
    stack->here = context::make_fcontext(stack->top(), stack->stack_size(), &Fiber::Impl::enter);
    stack->resume();
    return stack->alive ? &stack->fiber : nullptr;
}

size_t FiberPool::running() const
{
    return impl_->all.size() - impl_->free.size();
}

bool FiberPool::has_room() const
{
    return running() < impl_->options.limit;
}

void FiberPool::call_when_free(void (*call)(void*), void* argument)
{
    impl_->when_free = call;
    impl_->when_free_argument = argument;
}

void FiberPool::trim()
{
    auto& free = impl_->free;
    const auto surplus = static_cast<std::ptrdiff_t>(std::min(impl_->low_water, free.size()));
    for (auto* stack : std::vector(free.begin(), free.begin() + surplus)) impl_->unmap(stack);
    free.erase(free.begin(), free.begin() + surplus);
    // What stays mapped may lend its pages to the kernel; the topmost hold the Impl.
    constexpr size_t kept = 8 * 1024;
    for (auto* stack : free) {
        char* const end = stack->mapping + stack->mapping_size - kept;
        madvise(stack->bottom(), static_cast<size_t>(end - stack->bottom()), MADV_FREE);
    }
    impl_->low_water = free.size();
}

namespace {

struct sigaction& previous_segv()
{
    static struct sigaction previous {
    };
    return previous;
}

extern "C" void on_segv(int, siginfo_t* info, void*)
{
    const auto* at = static_cast<const char*>(info->si_addr);
    const bool overflow = info->si_code > 0 && running_guard != nullptr && at >= running_guard
                          && at < running_guard + guard_size;
    if (overflow) {
        constexpr char text[] = "signet: fiber stack overflow: a request needed more stack than a "
                                "fiber has (too deep a recursion or too big a local array)\n";
        [[maybe_unused]] const auto ignored = write(STDERR_FILENO, text, sizeof text - 1);
        signal(SIGSEGV, SIG_DFL);
    } else {
        sigaction(SIGSEGV, &previous_segv(), nullptr);
    }
    // A fault comes back by itself when this returns; a signal that was sent has to be sent again.
    if (info->si_code <= 0) ::raise(SIGSEGV);
}

} // namespace

void report_stack_overflows()
{
    constexpr size_t size = 64 * 1024;
    alignas(16) static char alternate[size];
    stack_t stack{};
    stack.ss_sp = alternate;
    stack.ss_size = size;
    struct sigaction action {};
    action.sa_sigaction = on_segv;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (sigaltstack(&stack, nullptr) != 0) return;
    struct sigaction current {};
    sigaction(SIGSEGV, nullptr, &current);
    if (current.sa_sigaction == on_segv) return;
    previous_segv() = current;
    sigaction(SIGSEGV, &action, nullptr);
}

Result<void> sleep_on_fiber(Loop& loop, std::chrono::milliseconds delay)
{
    struct Sleeper {
        Fiber* fiber;
        bool over = false;
    } sleeper{Fiber::current()};
    if (sleeper.fiber == nullptr) impossible("sleep_on_fiber() outside a fiber");
    Timeout timeout;
    loop.arm(
        timeout, delay,
        [](void* owner) {
            auto& who = *static_cast<Sleeper*>(owner);
            who.over = true;
            who.fiber->wake();
        },
        &sleeper);
    while (!sleeper.over)
        if (auto woken = sleeper.fiber->suspend(); !woken) return woken;
    return {};
}

} // namespace signet::net
