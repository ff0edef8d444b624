// The filters that a response's body passes on its way out, in order. Made by insert_filters() when
// a configuration names any; a response without filters has none.
#pragma once
#include "server/response.h"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {

class Request;

// Where a filter stands among others: earlier ones see the body first. Within a rank the order of
// configuration counts.
enum class FilterRank : uint8_t { resource, content_set, transcode };

// Filters compiled in, by name (server/providers.h).
struct OutputFilterProvider {
    std::string_view name; // "DEFLATE"; compared without case
    FilterRank rank;
    std::unique_ptr<BodyFilter> (*make)(Request& request);
    // Before the handler runs, where the filter may come to run; may be null.
    void (*expect)(Request& request) = nullptr;
};

// Owned by the response; used on the request's fiber.
class FilterChain {
public:
    FilterChain(Request& request, Response& response)
        : request_(request)
        , response_(response)
    {
    }
    FilterChain(const FilterChain&) = delete;
    FilterChain& operator=(const FilterChain&) = delete;

    void add(std::unique_ptr<BodyFilter> filter, FilterRank rank);
    // A piece of a body that is produced piece by piece.
    [[nodiscard]] Result<void> write(std::string_view bytes);
    // The handler has returned: what it left in the response's body goes through the filters, and
    // they end. What comes out in one piece is the body again, and its length is known.
    [[nodiscard]] Result<void> finish();

private:
    // Where filter number `index - 1` writes to.
    class Link final : public ResponseSink {
    public:
        Link(FilterChain& chain, size_t index)
            : chain_(chain)
            , index_(index)
        {
        }
        Result<void> write(std::string_view bytes) override { return chain_.pass(index_, bytes); }
        Result<void> interim(int status, const http::Headers& headers) override
        {
            return chain_.response_.sink()->interim(status, headers);
        }

    private:
        FilterChain& chain_;
        size_t index_;
    };
    struct Stage {
        std::unique_ptr<BodyFilter> filter;
        FilterRank rank;
    };

    void begin();
    [[nodiscard]] Result<void> pass(size_t index, std::string_view bytes);
    [[nodiscard]] Result<void> leave(std::string_view bytes);
    [[nodiscard]] Result<void> pass_body();
    [[nodiscard]] Result<void> pass_file(const Piece& piece);

    Request& request_;
    Response& response_;
    std::vector<Stage> stages_;
    std::deque<Link> links_; // addresses are stable
    std::string_view held_;  // the one piece that came out at the end
    bool begun_ = false;
    bool ending_ = false;    // the last filter ends: what it writes may be all there is
    bool streaming_ = false; // something went out already
};

// Before the handler runs: SetOutputFilter, AddOutputFilter, and what the hooks of Phase::filters
// add.
void insert_filters(Request& request, Response& response);
// By name; false (and a line in the error log) when there is no such filter.
bool add_filter(Request& request, Response& response, std::string_view name);

} // namespace signet::server
