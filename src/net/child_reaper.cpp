#include "net/child_reaper.h"

#include "net/loop.h"

#include <algorithm>
#include <csignal>

namespace signet::net {

class ChildReaper::Dying final : public EventHandler {
public:
    Dying(ChildReaper& reaper, Child child)
        : reaper_(reaper)
        , child_(std::move(child))
    {
    }
    ~Dying() override { reaper_.loop_.unwatch(child_.exit_descriptor(), *this); }
    Dying(const Dying&) = delete;
    Dying& operator=(const Dying&) = delete;

    [[nodiscard]] bool begin(std::chrono::milliseconds delay)
    {
        if (!reaper_.loop_.watch_level(child_.exit_descriptor(), *this, false)) return false;
        if (delay.count() == 0) {
            terminate();
        } else {
            reaper_.loop_.arm(
                timeout_, delay, [](void* dying) { static_cast<Dying*>(dying)->terminate(); },
                this);
        }
        return true;
    }

    void on_event(uint32_t) override
    {
        if (child_.wait(std::chrono::milliseconds(0))) reaper_.remove(*this); // this is gone
    }

private:
    void terminate()
    {
        child_.kill(SIGTERM);
        reaper_.loop_.arm(
            timeout_, patience,
            [](void* dying) { static_cast<Dying*>(dying)->child_.kill(SIGKILL); }, this);
    }

    ChildReaper& reaper_;
    Child child_;
    Timeout timeout_;
};

ChildReaper::ChildReaper(Loop& loop)
    : loop_(loop)
{
}

ChildReaper::~ChildReaper() = default;

void ChildReaper::take(Child child, std::chrono::milliseconds delay)
{
    if (child.wait(std::chrono::milliseconds(0))) return;
    auto dying = std::make_unique<Dying>(*this, std::move(child));
    if (dying->begin(delay)) dying_.push_back(std::move(dying));
}

void ChildReaper::remove(const Dying& one)
{
    std::erase_if(dying_, [&](const auto& each) { return each.get() == &one; });
}

} // namespace signet::net
