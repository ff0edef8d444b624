// For what can only block (name look-ups, cold files): a thread does it, the fiber waits.
#pragma once
#include "base/result.h"

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace signet::net {

class Loop;

// One per loop, destroyed before it. Threads start with the first work.
class HelperThreads {
public:
    explicit HelperThreads(Loop& loop, unsigned threads = 2);
    // Finishes the work at hand; what did not begin is dropped.
    ~HelperThreads();
    HelperThreads(const HelperThreads&) = delete;
    HelperThreads& operator=(const HelperThreads&) = delete;

    // Runs `work` on a helper thread while the current fiber waits. When the fiber is cancelled,
    // this returns at once and the work goes on by itself: it must own whatever it touches, and
    // must not throw.
    [[nodiscard]] Result<void> run(std::function<void()> work);

    // The same for work with a result, which may be a Result<T> itself.
    template <class Work, class T = std::invoke_result_t<Work&>>
    [[nodiscard]] Result<T> call(Work work)
    {
        auto slot = std::make_shared<Slot<T>>();
        auto done = run([slot, work = std::move(work)]() mutable {
            slot->value = std::make_unique<T>(work());
        });
        if (!done) return std::unexpected(std::move(done.error()));
        return std::move(*slot->value);
    }

private:
    template <class T> struct Slot {
        std::unique_ptr<T> value;
    };
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace signet::net
