// Http1Session's short way (shortcut.h): a kept answer is queued straight from the parsed head.
#include "base/text.h"
#include "http/status.h"
#include "server/connection.h"
#include "server/core_config.h"
#include "server/http1_session.h"
#include "server/kept_answer.h"
#include "server/vhosts.h"
#include "server/worker.h"

#include <array>

namespace signet::server {

namespace {

std::string_view whole_head(const KeptAnswer& kept, const DateStrings& dates)
{
    if (kept.head_second != dates.second) {
        kept.head_second = dates.second;
        kept.head = http::prebuilt_status_line(200);
        kept.head.append(dates.lines).append(kept.general_lines).append(kept.content_lines_and_end);
    }
    return kept.head;
}

} // namespace

bool Http1Session::take_shortcut(http::RequestHead& head)
{
    const auto plain = plain_head(head);
    if (!plain || plain->host != passed_host_.field) return false;
    Worker& worker = connection_.worker();
    const VirtualHost& vhost = *passed_host_.vhost;
    const auto& core = vhost.base->core();
    const unsigned limit = core.max_keep_alive_requests.value_or(100);
    const bool goes_on = !stopping_ && !worker.stopping && !connection_.is_full()
                         && core.keep_alive.value_or(true) && !connection_.spoke_plain_http()
                         && !connection_.peer().log_levels;
    if (!goes_on) return false;
    ++requests_;
    const long left = requests_left(limit);
    PathEntry* entry = left > 0 ? worker.paths->find_target(vhost, head.target) : nullptr;
    if (!entry) {
        --requests_;
        return false;
    }
    connection_.peer().requests = requests_;
    connection_.end_read();
    const KeptAnswer& kept = *entry->kept;
    const DateStrings& dates = worker.dates();
    if (plain->asks_keep_alive) {
        head_ = "Keep-Alive: ";
        append_keep_alive(head_, core, left);
        head_ += "\r\nConnection: Keep-Alive\r\n";
        connection_.send(std::array<std::string_view, 6>{http::prebuilt_status_line(200),
                                                         dates.lines, kept.general_lines, head_,
                                                         kept.content_lines_and_end,
                                                         entry->content},
                         false);
        head_.clear();
    } else {
        connection_.send(std::array<std::string_view, 2>{whole_head(kept, dates), entry->content},
                         false);
    }
    const bool is_noted =
        connection_.peer().place != nullptr || !kept.scope->hooks(Phase::log).empty();
    if (is_noted) {
        note_for_log(head, *entry);
    } else {
        worker.status().totals.requests += 1;
    }
    return true;
}

// As if the request had gone through all phases. The views of its head last until the next read.
void Http1Session::note_for_log(http::RequestHead& head, PathEntry& entry)
{
    Worker& worker = connection_.worker();
    Request& request = exchange_->first.request;
    Response& response = exchange_->first.response;
    request.worker = &worker;
    request.configuration = worker.configuration.get();
    request.vhost = passed_host_.vhost;
    request.scope = entry.scope;
    request.request_line = http::tidy_request_line(head, request.arena);
    request.method_name = head.method;
    request.version = head.version;
    std::swap(request.headers, head.headers);
    request.headers.join_repeated(request.arena);
    request.unparsed_uri = request.path_escaped = head.target;
    request.hostname = passed_host_.field;
    request.hostname = request.hostname.substr(0, passed_host_.name_length);
    request.host_port = passed_host_.port;
    request.start_micros = worker.loop.wall_micros();
    request.uri = entry.target_path;
    request.path = &entry;
    request.file = entry.file;
    request.filename = entry.filename;
    request.is_plain = true;
    response.set_sink(*this);
    worker.show_request(request);
    repeat_answer(*entry.kept, request, response);
    response.head_sent = true;
    response.bytes_sent = entry.content.size();
    end_exchange();
    take_exchange();
}

} // namespace signet::server
