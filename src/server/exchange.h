// A request and its response, with the memory both live in; also the requests derived from it by
// subrequests and internal redirects. Pooled by the worker, owned by the session while in flight.
#pragma once
#include "base/arena.h"
#include "server/path_cache.h"
#include "server/request.h"
#include "server/response.h"

#include <memory>
#include <vector>

namespace signet::server {

// What every request of an exchange carries with it.
struct RequestPair {
    explicit RequestPair(Arena& arena)
        : request(arena)
    {
        request.response = &response;
    }
    Request request;
    Response response;
};

class Exchange {
public:
    Exchange()
        : first(arena)
    {
        first.request.exchange = this;
    }

    // Ready for another request, perhaps of another connection.
    void reset();

    Arena arena;
    RequestPair first; // what the client asked
    // The request whose response is sent: `first`, or the last of a chain of internal redirects.
    RequestPair* final = &first;
    // Scopes and paths in use: given back when the exchange ends.
    std::vector<const Scope*> pinned;
    std::vector<PathRef> paths;

    // What hooks make for the rest of the exchange, when the arena cannot hold it: it is destroyed
    // with the exchange.
    template <class T> T& keep(T value)
    {
        auto owned = std::make_shared<T>(std::move(value));
        T& kept = *owned;
        kept_.push_back(std::move(owned));
        return kept;
    }

    // A request for another URI on behalf of `from`; lives as long as the exchange.
    [[nodiscard]] RequestPair& derive(Request& from);
    [[nodiscard]] RequestPair* pair_of(const Request& request);

    // How much there is of what look-ups gather, to go back to (LookUpScope).
    struct Mark {
        size_t derived = 0, pinned = 0, paths = 0;
    };
    [[nodiscard]] Mark mark() const { return {derived_.size(), pinned.size(), paths.size()}; }
    void forget_since(const Mark& mark);

private:
    std::vector<std::unique_ptr<RequestPair>> derived_;
    std::vector<std::shared_ptr<void>> kept_;
};

} // namespace signet::server
