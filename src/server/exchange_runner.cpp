#include "server/exchange_runner.h"

#include "base/text.h"
#include "http/status.h"
#include "server/configuration.h"
#include "server/connection.h"
#include "server/core_config.h"
#include "server/early_data.h"
#include "server/error_log.h"
#include "server/error_page.h"
#include "server/filter_chain.h"
#include "server/kept_answer.h"
#include "server/pipeline.h"
#include "server/request_target.h"
#include "server/request_trace.h"
#include "server/vhosts.h"
#include "server/worker.h"

namespace signet::server {

ExchangeRunner::~ExchangeRunner()
{
    connection_.worker().loop.undefer(this);
    leave_queue();
}

void ExchangeRunner::take_exchange()
{
    exchange_ = connection_.worker().take_exchange(connection_.peer());
}

void ExchangeRunner::use_fallback_vhost()
{
    Request& request = exchange_->first.request;
    request.vhost = &connection_.names().fallback();
    request.scope = request.vhost->base.get();
    request.configuration = connection_.worker().configuration.get();
    request.worker = &connection_.worker();
}

void ExchangeRunner::judge_expectation()
{
    const Request& request = exchange_->first.request;
    expects_continue_ = false;
    if (const auto expect = request.headers.find("Expect");
        expect && request.version >= http::Version::http11) {
        expects_continue_ = iequals(*expect, "100-continue");
        if (!expects_continue_) refusal_ = 417;
    }
}

void ExchangeRunner::run_fiber()
{
    exchange_->first.response.set_sink(*this);
    fiber_running_ = true;
    auto started = connection_.worker().fibers.start(&ExchangeRunner::fiber_main, this);
    if (!started) {
        fiber_running_ = false;
        if (started.error().kind == Error::Kind::too_large && wait_for_fiber()) return;
        refuse_busy();
        return;
    }
    fiber_ = *started;
    if (fiber_running_) return;
    fiber_ = nullptr;
    after_fiber();
}

// What a server says that is too busy, without a fiber.
void ExchangeRunner::refuse_busy()
{
    connection_.worker().status().totals.requests_refused += 1;
    refusal_ = 503;
    fiber_main(this);
    fiber_ = nullptr;
    after_fiber();
}

bool ExchangeRunner::wait_for_fiber()
{
    Worker& worker = connection_.worker();
    worker.report_full();
    waits_for_fiber_ = worker.fiber_queue.join(*this);
    if (!waits_for_fiber_) return false;
    worker.status().totals.requests_queued += 1;
    worker.loop.arm(
        fiber_timeout_, timeout_of(connection_.names().fallback().base->core()),
        [](void* runner) {
            auto& self = *static_cast<ExchangeRunner*>(runner);
            self.leave_queue();
            self.refuse_busy();
        },
        this);
    return true;
}

void ExchangeRunner::leave_queue()
{
    fiber_timeout_.disarm();
    if (std::exchange(waits_for_fiber_, false)) connection_.worker().fiber_queue.leave(*this);
}

void ExchangeRunner::fiber_is_free()
{
    waits_for_fiber_ = false;
    fiber_timeout_.disarm();
    run_fiber();
}

// The status a request is refused with before any phase runs; 0 when there is none.
int ExchangeRunner::judge()
{
    Request& request = exchange_->first.request;
    int status = refusal_;
    if (unparsed_) return status;
    if (!request.vhost) {
        const int problem =
            resolve_target(request, connection_.names(), connection_.worker().hosts);
        if (status == 0) status = problem;
        if (status == 0) status = late_refusal_;
        if (late_refusal_ != 0) request.body = nullptr;
        if (late_refusal_ != 0 && problem == 0) explain_late_refusal();
    }
    if (status == 417) {
        log_event(request, {.severity = Severity::info, .module = "core", .apache_id = "AH00570"},
                  "client sent an unrecognized expectation value of Expect: ",
                  request.headers.find("Expect").value_or(""));
    } else if (status == 0) {
        trace_request_fields(request);
    }
    if (connection_.spoke_plain_http()) {
        status = 400;
        request.error_notes =
            "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />\n"
            " Instead use the HTTPS scheme to access this URL, please.<br />\n";
    }
    return status;
}

void ExchangeRunner::fiber_main(void* argument)
{
    auto& self = *static_cast<ExchangeRunner*>(argument);
    Exchange& exchange = *self.exchange_;
    Worker& worker = self.connection_.worker();
    exchange.first.request.worker = &worker;
    exchange.first.request.configuration = worker.configuration.get();
    int status = self.judge();
    if (status == 0 && self.connection_.peer().is_early)
        status = judge_early(exchange.first.request, self.connection_);
    if (status != 0) {
        refuse_request(exchange, status);
    } else {
        run_pipeline(exchange);
        self.end_filters();
    }
    self.complete_response();
    const bool was_suspended = self.fiber_ != nullptr;
    self.fiber_running_ = false;
    self.fiber_ = nullptr;
    // The session goes on from the loop, not from this stack.
    if (was_suspended) {
        worker.loop.defer([](void* runner) { static_cast<ExchangeRunner*>(runner)->after_fiber(); },
                          &self);
    }
}

// Error pages are sent as they are, as in Apache.
void ExchangeRunner::end_filters()
{
    Response& response = exchange_->final->response;
    if (!response.filters || (response.is_error_page && response.status != 304)) return;
    const auto ended = response.filters->finish();
    // What went out is not the whole: the client must not take it for that.
    if (!ended && ended.error().kind != Error::Kind::cancelled) connection_.abort();
}

void ExchangeRunner::end_exchange()
{
    leave_queue();
    if (!exchange_->first.request.vhost) { // the client left before there was a fiber
        use_fallback_vhost();
        exchange_->first.response.status = 503;
    }
    if (exchange_->final->response.counts_nothing) exchange_->final->response.bytes_sent = 0;
    finish_exchange(*exchange_);
    connection_.worker().give_back(std::move(exchange_));
}

// The answer that was made goes, whatever it was: Apache does the same.
void ExchangeRunner::refuse_bad_fields()
{
    Request& request = exchange_->final->request;
    Response& response = exchange_->final->response;
    log_event(request, {.severity = Severity::error,
                        .module = "http",
                        .apache_id = "AH02430",
                        .text = "Response header contains invalid characters, aborting request"});
    response.status = 500;
    response.reason = {};
    response.headers.clear();
    response.always_headers.clear();
    response.content_encodings.clear();
    response.content_languages.clear();
    response.body.clear();
    make_error_page(request, response);
    fields_.clear();
    add_server_fields(request, fields_);
    fields_.content.add("Content-Type", response.content_type);
}

void ExchangeRunner::gather_head(bool body_is_known)
{
    Request& request = exchange_->final->request;
    Response& response = exchange_->final->response;
    if (response.kept) {
        response.head_sent = true;
        fields_.clear();
        add_server_fields(request, fields_);
        for (const auto& [name, value] : response.kept->fields.general)
            fields_.general.add(name, value);
        fields_.content = response.kept->fields.content;
        return;
    }
    collect_head(request, response, fields_);
    response.head_sent = true;
    if (!is_sound(fields_)) refuse_bad_fields();
    auto& general = fields_.general;
    const bool no_body = http::forbids_body(response.status);
    const bool bare_head = request.head_only && (response.is_error_page || response.body.empty());
    // Handlers that make nothing for HEAD would promise an empty body.
    if (request.head_only && general.find("Content-Length") == "0")
        general.remove("Content-Length");
    if (body_is_known && !no_body && !bare_head && !general.has("Content-Length")) {
        const auto length = request.arena.copy(std::to_string(response.body.size()));
        general.add("Content-Length", length);
        response.headers.set("Content-Length", length); // the log shows what was sent
    }
    if (response.status == 304) response.content_type = {}; // nor what was not
    if (body_is_known) keep_answer(request, response, fields_);
}

uint64_t ExchangeRunner::body_limit() const
{
    return exchange_->final->request.scope->core().limit_request_body.value_or(uint64_t{1} << 30);
}

Result<void> ExchangeRunner::check_announced_length()
{
    const uint64_t limit = body_limit();
    if (limit == 0 || content_length().value_or(0) <= limit) return {};
    body_broken_ = true;
    log_event(exchange_->final->request,
              {.severity = Severity::info, .module = "http", .apache_id = "AH01588"},
              "Requested content-length of ", std::to_string(*content_length()),
              " is larger than the configured limit of ", std::to_string(limit));
    return fail(Error::Kind::too_large, "Content-Length exceeds LimitRequestBody");
}

Result<void> ExchangeRunner::count_body(size_t bytes)
{
    body_read_ += bytes;
    const uint64_t limit = body_limit();
    if (limit == 0 || body_read_ <= limit) return {};
    body_broken_ = true;
    log_event(exchange_->final->request,
              {.severity = Severity::info, .module = "http", .apache_id = "AH01591"},
              "Read content-length of ", std::to_string(body_read_),
              " is larger than the configured limit of ", std::to_string(limit));
    return fail(Error::Kind::too_large, "request body exceeds LimitRequestBody");
}

// A field that the header had keeps its value: Apache finds the first of a name.
void ExchangeRunner::merge_trailers()
{
    Request& request = exchange_->first.request;
    if (trailers().empty() || !request.vhost->base->core().merge_trailers.value_or(false)) return;
    for (auto* headers : {&request.headers, &exchange_->final->request.headers}) {
        for (const auto& [name, value] : trailers()) {
            if (!headers->has(name)) headers->add(name, value);
        }
        if (&exchange_->final->request == &request) break;
    }
}

const http::Headers& ExchangeRunner::response_trailers() const
{
    static const http::Headers none;
    const auto& trailers = exchange_->final->response.trailers;
    return is_sound(trailers) ? trailers : none;
}

bool ExchangeRunner::answers_with_tunnel() const
{
    const Response& response = exchange_->final->response;
    return response.tunnel && response.status == 101;
}

bool ExchangeRunner::is_body_withheld()
{
    if (!expects_continue_ || exchange_->final->response.status / 100 == 2) return false;
    body_broken_ = true;
    return true;
}

} // namespace signet::server
