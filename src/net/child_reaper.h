// Programs that nobody waits for any more: asked to end, then made to, and reaped.
#pragma once
#include "net/child.h"

#include <memory>
#include <vector>

namespace signet::net {

class Loop;

// One per loop, destroyed before it; what still runs then is killed. Used on the loop's thread, on
// any stack.
class ChildReaper {
public:
    explicit ChildReaper(Loop& loop);
    ~ChildReaper();
    ChildReaper(const ChildReaper&) = delete;
    ChildReaper& operator=(const ChildReaper&) = delete;

    // A program that has ended is reaped at once, and what it left running stays. Any other gets
    // SIGTERM with its group after `delay`, and SIGKILL when it has not ended `patience` later. Its
    // pipes stay open.
    void take(Child child, std::chrono::milliseconds delay = {});
    static constexpr std::chrono::seconds patience{3}; // as Apache's APR_KILL_AFTER_TIMEOUT

    [[nodiscard]] size_t waiting() const { return dying_.size(); }

private:
    class Dying;
    void remove(const Dying& one);

    Loop& loop_;
    std::vector<std::unique_ptr<Dying>> dying_;
};

} // namespace signet::net
