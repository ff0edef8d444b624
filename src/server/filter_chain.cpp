#include "server/filter_chain.h"

#include "base/text.h"
#include "http/status.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/providers.h"
#include "server/request.h"
#include "server/scope.h"

#include <algorithm>
#include <unistd.h>

namespace signet::server {
namespace {

constexpr int unknown_filter = 622; // diagnosis/module_entries.cpp

} // namespace

void FilterChain::add(std::unique_ptr<BodyFilter> filter, FilterRank rank)
{
    const auto later =
        std::ranges::find_if(stages_, [&](const Stage& one) { return one.rank > rank; });
    stages_.insert(later, {std::move(filter), rank});
}

// Each filter sees the head as the ones before it have left it.
void FilterChain::begin()
{
    if (std::exchange(begun_, true)) return;
    bool first = true;
    std::erase_if(stages_, [&](Stage& stage) {
        const bool stays = stage.filter->begin(request_, response_, first);
        first = first && !stays;
        return !stays;
    });
    for (size_t i = 0; i <= stages_.size(); ++i) links_.emplace_back(*this, i);
}

Result<void> FilterChain::pass(size_t index, std::string_view bytes)
{
    if (index < stages_.size()) return stages_[index].filter->write(bytes, links_[index + 1]);
    return leave(bytes);
}

Result<void> FilterChain::leave(std::string_view bytes)
{
    if (bytes.empty() && ending_) return {}; // before the end it says: the length is not known
    if (!streaming_ && ending_ && held_.empty()) {
        held_ = request_.arena.copy(bytes);
        return {};
    }
    if (!std::exchange(streaming_, true)) {
        response_.body.clear();
        response_.body_is_known = false;
        if (!held_.empty()) {
            if (auto sent = response_.sink()->write(held_); !sent) return sent;
        }
    }
    return response_.sink()->write(bytes);
}

Result<void> FilterChain::write(std::string_view bytes)
{
    begin();
    return pass(0, bytes);
}

Result<void> FilterChain::pass_file(const Piece& piece)
{
    // As much as Apache reads at a time: it decides what a filter makes at once. Not on the stack,
    // and not the loop's memory, since the filters may wait.
    constexpr size_t at_a_time = size_t{64} * 1024;
    const auto buffer = std::make_unique_for_overwrite<char[]>(at_a_time);
    for (uint64_t done = 0; done < piece.length;) {
        const auto wanted = std::min<uint64_t>(at_a_time, piece.length - done);
        const ssize_t count = ::pread(piece.file.descriptor(), buffer.get(), wanted,
                                      static_cast<off_t>(piece.offset + done));
        if (count <= 0) return fail_errno("the file has become shorter while it was sent");
        if (auto passed = pass(0, {buffer.get(), static_cast<size_t>(count)}); !passed)
            return passed;
        done += static_cast<uint64_t>(count);
    }
    return {};
}

Result<void> FilterChain::pass_body()
{
    const std::vector<Piece> pieces = response_.body.pieces();
    for (const Piece& piece : pieces) {
        auto passed = piece.file ? pass_file(piece) : pass(0, piece.bytes);
        if (!passed) return passed;
    }
    return {};
}

Result<void> FilterChain::finish()
{
    begin();
    if (stages_.empty()) return {};
    if (http::forbids_body(response_.status)) return {}; // the filters have seen the head
    if (auto passed = pass_body(); !passed) return passed;
    for (size_t i = 0; i < stages_.size(); ++i) {
        ending_ = i + 1 == stages_.size();
        if (auto ended = stages_[i].filter->finish(links_[i + 1]); !ended) return ended;
    }
    if (streaming_) return {};
    response_.body.clear();
    response_.body.add(held_);
    return {};
}

bool add_filter(Request& request, Response& response, std::string_view name)
{
    const auto& known = request.configuration->providers->output_filters;
    const auto found = std::ranges::find_if(
        known, [&](const OutputFilterProvider& one) { return iequals(one.name, name); });
    if (found == known.end()) {
        log_event(request, {.module = "core",
                            .apache_id = "AH00082",
                            .id = unknown_filter,
                            .text = request.arena.join("an unknown filter was not added: ", name)});
        return false;
    }
    if (found->expect) found->expect(request);
    if (!response.filters) response.filters = std::make_unique<FilterChain>(request, response);
    response.filters->add(found->make(request), found->rank);
    return true;
}

void insert_filters(Request& request, Response& response)
{
    const auto add_all = [&](std::string_view names) {
        for (const auto name : split(names, ';')) {
            if (!name.empty()) add_filter(request, response, name);
        }
    };
    if (!request.extension_filters.empty()) add_all(request.extension_filters);
    const auto& configured = request.scope->core().output_filters;
    if (configured && !iequals(*configured, "none")) add_all(*configured);
    for (const auto& hook : request.scope->hooks(Phase::filters)) (void)hook.run(request, response);
}

} // namespace signet::server
