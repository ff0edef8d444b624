#include "server/connection.h"

#include "server/client_inquiry.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/early_data.h"
#include "server/error_log.h"
#include "server/exchange.h"
#include "server/http1_session.h"
#include "server/http2_session.h"
#include "server/proxy_header.h"
#include "server/session_look_up.h"
#include "server/tls_advice.h"
#include "server/tls_counters.h"
#include "server/tls_log.h"
#include "server/tls_selector.h"
#include "server/vhosts.h"
#include "server/worker.h"

#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace signet::server {
namespace {

constexpr std::chrono::seconds linger_timeout{2}; // Apache: 30 s in all, 2 s without progress
// How much one connection may move before the others have their turn: a client on a fast network
// could keep its socket ready for as long as a download or upload takes.
constexpr int reads_per_turn = 8;
constexpr int fillings_per_turn = 4;

} // namespace

Connection::Connection(Worker& worker, net::Socket socket, const net::Address& client,
                       const net::Address& local)
    : worker_(worker)
    , socket_(std::move(socket))
    , peer_{.client = client, .local = local, .id = worker.next_connection_id++}
    , out_(worker.loop.blocks())
    , names_(&worker.vhosts->at(local))
{
    worker.add(*this);
    worker.status().connections_by_activity[0] += 1;
    if (worker.take_place(peer_)) show(Activity::none);
}

Connection::~Connection()
{
    worker_.loop.undefer(this);
    if (socket_) worker_.loop.unwatch(socket_.get(), *this);
    worker_.status().connections_by_activity[static_cast<size_t>(activity_)] -= 1;
    worker_.leave_place(peer_);
    worker_.remove(*this);
}

void Connection::feed(std::span<char> bytes)
{
    if (!looks_for_preface_) {
        session_->feed(bytes);
    } else if (recognize(bytes)) {
        std::string opening = std::exchange(opening_, {});
        session_->feed(opening);
    }
    change_session();
}

bool Connection::upgrade_to_http2(std::string_view settings, std::unique_ptr<Exchange>& exchange,
                                  std::span<const char> rest)
{
    auto session = std::make_unique<Http2Session>(*this, names_->fallback());
    if (!session->adopt(settings, exchange)) return false;
    send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", false);
    next_session_ = std::move(session);
    opening_.assign(rest.data(), rest.size());
    return true;
}

// The old session is gone from the stack.
void Connection::change_session()
{
    if (!next_session_) return;
    session_ = std::move(next_session_);
    std::string rest = std::exchange(opening_, {});
    if (!rest.empty()) session_->feed(rest);
}

void Connection::on_event(uint32_t events)
{
    if (dead_) return;
    if (events & net::event_writable) can_write_ = true;
    constexpr uint32_t incoming =
        net::event_readable | net::event_peer_closed | net::event_hangup | net::event_error;
    if (events & incoming) read_all(events);
    if (!dead_ && (events & net::event_writable) && (!out_.empty() || (session_ && !lingering_)))
        schedule();
}

void Connection::read_all(uint32_t events)
{
    // With the end of the stream in the same event a short read does not mean that all was read.
    // It is said once: also a read that happens later must go on until there.
    if (events & ~uint32_t{net::event_readable | net::event_writable}) peer_ended_ = true;
    readable_ = true;
    for (int reads = 0; !dead_ && !input_ended_; ++reads) {
        if (reading_paused_) return;
        if (reads == reads_per_turn) {
            schedule();
            return;
        }
        const auto result = socket_.read({worker_.loop.scratch(), net::Loop::scratch_size});
        if (result.would_block()) {
            readable_ = false;
            return;
        }
        if (result.end()) {
            reached_end();
            return;
        }
        if (result.failed()) {
            die();
            return;
        }
        if (result.bytes < net::Loop::scratch_size && !peer_ended_) readable_ = false;
        peer_.bytes_in += result.bytes;
        worker_.status().totals.bytes_in += result.bytes;
        read_deadline_.received(result.bytes);
        if (!finishing_) deliver({worker_.loop.scratch(), result.bytes});
        if (!readable_) return;
    }
}

// Another protocol on an HTTP port is told apart by its first bytes, and then treated as Apache
// does: a request that cannot be read. A TLS client first gets an alert, which it understands.
void Connection::look_at_opening(std::span<const char> first)
{
    saw_opening_ = true;
    const int id = misplaced_protocol({first.data(), first.size()});
    if (id == 0) return;
    const auto& vhost = names_->fallback();
    worker_.status().totals.count_tls_failure(id);
    log_misplaced_protocol(worker_, vhost, peer_, id);
    if (id != hello_on_http_port) return;
    constexpr char alert[] = {21, 3, 1, 0, 2, 2, 40}; // handshake_failure
    out_.append({alert, sizeof alert});
    schedule();
}

void Connection::deliver(std::span<char> bytes)
{
    if (proxy_header_ && (!take_proxy_header(bytes) || bytes.empty())) return;
    if (!tls_) {
        if (!saw_opening_) look_at_opening(bytes);
        feed(bytes);
        return;
    }
    tls_->receive(bytes, out_);
    deliver_tls();
}

void Connection::deliver_tls()
{
    while (!dead_ && !lingering_) {
        if (reading_paused_) {
            tls_->hold();
            held_back_ = true;
            break;
        }
        // Before what follows the client's Finished in the same packet: a request, or the end.
        if (!session_ && !looks_for_preface_) {
            if (tls_->is_established()) tls_established();
            if (tls_->is_early()) begin_early_data();
        }
        const auto plain = tls_->next(out_);
        const bool is_wanted = !early_ || go_on_early();
        if (plain.empty()) break;
        if (is_wanted) feed(plain);
    }
    attend_to_session();
    attend_to_inquiry();
    if (!out_.empty()) schedule();
    if (!dead_) wake_reauthentication();
    switch (tls_->state()) {
    case tls::Stream::State::failed:
        tls_failed();
        if (session_) session_->lost();
        finish(false);
        break;
    case tls::Stream::State::plain_http: turn_to_plain_http(); break;
    case tls::Stream::State::closed: reached_end(); break;
    default: break;
    }
}

void Connection::tls_established()
{
    peer_.tls = tls_.get();
    const HandshakeTimes times = times_of(*tls_, accepted_, Monotonic::now());
    count_handshake(worker_.status().totals, times, tls_->is_resumed());
    count_early_data_refusal(worker_.status().totals, *tls_);
    log_tls_established(names_->fallback(), peer_, *tls_);
    if (!tls_->is_resumed()) log_tls_advice(names_->fallback(), worker_.status().totals);
    if (times.whole >= slow_handshake) log_slow_handshake(names_->fallback(), peer_, times);
    if (session_ || looks_for_preface_) return; // with early data the session began before
    begin_session();
    arm_read_timeout(io_timeout());
}

void Connection::tls_failed()
{
    worker_.status().totals.count_tls_failure(tls_->failure().id);
    if (tls_->failure().in_handshake) count_early_data_refusal(worker_.status().totals, *tls_);
    const auto& named = names_->find(tls_->server_name());
    log_tls_failure(worker_, named.tls_engine ? named : names_->fallback(), peer_, *tls_);
}

void Connection::turn_to_plain_http()
{
    std::string bytes = tls_->take_back();
    tls_.reset();
    worker_.status().totals.count_tls_failure(http_on_tls_port);
    log_tls_plain_http(worker_, names_->fallback(), peer_);
    spoke_plain_http_ = true;
    session_ = std::make_unique<Http1Session>(*this);
    begin_read(ReadStage::head);
    session_->feed(bytes);
}

void Connection::reached_end()
{
    if (input_ended_) return;
    input_ended_ = true;
    readable_ = false;
    const bool in_handshake = tls_ && tls_->in_handshake();
    if (tls_ && tls_->state() != tls::Stream::State::closed) tls_->end_of_input();
    if (tls_) wake_reauthentication();
    if (in_handshake) tls_failed();
    if (lingering_ || !session_ || early_) {
        die();
    } else {
        session_->end_of_input();
    }
}

void Connection::resume_reading()
{
    if (!reading_paused_) return;
    reading_paused_ = false;
    schedule();
}

void Connection::send(std::span<const std::string_view> pieces, bool more)
{
    if (dead_ || finishing_) return;
    if (tls_) {
        tls_->write(pieces, out_, more);
    } else {
        out_.append(pieces);
    }
    schedule();
}

std::span<char> Connection::prepare()
{
    if (tls_) return tls_->prepare(out_);
    return {out_.reserve(record_size), record_size};
}

void Connection::commit(size_t count, bool more)
{
    if (tls_) {
        tls_->commit(count, out_, more);
    } else {
        out_.commit(count);
    }
    schedule();
}

// Several records for one read: a system call costs as much as sealing 3 KiB.
long Connection::send_file(int descriptor, uint64_t offset, uint64_t length, bool more)
{
    const size_t most = tls_ ? Worker::file_part_size : record_size;
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(length, most));
    char* room = tls_ ? worker_.file_part() : out_.reserve(wanted);
    const ssize_t count = ::pread(descriptor, room, wanted, static_cast<off_t>(offset));
    if (count <= 0) return count;
    const auto read = static_cast<size_t>(count);
    if (tls_) {
        send({room, read}, more || read < length);
    } else {
        commit(read, more);
    }
    return count;
}

void Connection::schedule()
{
    if (scheduled_ || dead_) return;
    scheduled_ = true;
    worker_.loop.defer([](void* self) { static_cast<Connection*>(self)->end_of_turn(); }, this);
}

void Connection::end_of_turn()
{
    scheduled_ = false;
    change_session();
    if (dead_) {
        delete this; // NOLINT: owned by the worker's list, see remove()
        return;
    }
    if (!reading_paused_ && !finishing_ && std::exchange(held_back_, false)) deliver_tls();
    if (!dead_ && readable_ && !reading_paused_) read_all(0);
    // Room in the chain lets the session produce more, which is written in the same turn.
    for (int fillings = 0; !dead_; ++fillings) {
        flush();
        if (dead_ || !out_.empty() || finishing_ || !session_) break;
        if (fillings == fillings_per_turn) {
            schedule();
            break;
        }
        session_->drained();
        if (out_.empty()) break;
    }
    if (ends_sending_ && !dead_ && out_.empty()) {
        ends_sending_ = false;
        socket_.shutdown_writing();
    }
    if (dead_) {
        if (!scheduled_) {
            scheduled_ = true;
            worker_.loop.defer([](void* self) { delete static_cast<Connection*>(self); }, this);
        }
        return;
    }
    if (finishing_ && out_.empty() && !lingering_) {
        if (!linger_ || input_ended_) {
            die();
            return;
        }
        lingering_ = true;
        socket_.shutdown_writing();
        arm_timeout(linger_timeout);
    }
}

void Connection::flush()
{
    while (!out_.empty() && can_write_) {
        std::array<iovec, 16> vectors;
        const int count = out_.peek(vectors.data(), static_cast<int>(vectors.size()));
        // send(2) is cheaper than sendmsg(2), and one block is the rule.
        const auto result =
            count == 1
                ? socket_.write({static_cast<const char*>(vectors[0].iov_base), vectors[0].iov_len})
                : socket_.write({vectors.data(), static_cast<size_t>(count)});
        if (result.would_block()) {
            can_write_ = false;
            return;
        }
        if (!result.done()) {
            die();
            return;
        }
        size_t offered = 0;
        for (int i = 0; i < count; ++i) offered += vectors[static_cast<size_t>(i)].iov_len;
        peer_.bytes_out += result.bytes;
        worker_.status().totals.bytes_out += result.bytes;
        out_.consume(result.bytes);
        // Slow is not gone: Timeout is about the time without progress.
        if (!out_.empty() && timeout_.armed()) arm_timeout(io_timeout());
        // A short write means the socket is full: an event will say when it is not.
        if (result.bytes < offered) can_write_ = false;
    }
}

void Connection::finish(bool linger)
{
    if (finishing_ || dead_) return;
    if (early_ && tls_->is_early()) { // there is no close_notify yet
        early_->finish = linger;
        return;
    }
    if (tls_ && tls_->state() != tls::Stream::State::failed) tls_->close(out_);
    finishing_ = true;
    linger_ = linger;
    end_read();
    show(Activity::closing);
    // Reading on is dropping: nobody is left who could be overwhelmed. A client that does not take
    // what is queued may not hold the connection for ever.
    reading_paused_ = false;
    arm_timeout(io_timeout());
    schedule();
}

void Connection::end_sending()
{
    if (finishing_ || dead_ || ends_sending_) return;
    if (tls_ && tls_->state() != tls::Stream::State::failed) tls_->close(out_);
    ends_sending_ = true;
    schedule();
}

void Connection::arm_timeout(std::chrono::milliseconds delay)
{
    worker_.loop.arm(
        timeout_, delay, [](void* self) { static_cast<Connection*>(self)->timed_out(); }, this);
}

std::chrono::milliseconds Connection::io_timeout() const
{
    return timeout_of(names_->fallback().base->core());
}

void Connection::begin_read(ReadStage stage)
{
    read_deadline_.begin(stage, names_->fallback().read_timeouts, worker_.loop.now());
}

void Connection::arm_read_timeout(std::chrono::milliseconds without_progress)
{
    progress_deadline_ = worker_.loop.now() + without_progress;
    arm_timeout(read_deadline_.first_look(without_progress));
}

// The timer ran out early: bytes have come since, which bought the client time.
bool Connection::goes_on_reading()
{
    if (!read_deadline_.is_running()) return false;
    const auto now = worker_.loop.now();
    const auto left = std::min(read_deadline_.at(), progress_deadline_) - now;
    if (left > left.zero()) {
        arm_timeout(ReadDeadline::next_look(left));
        return true;
    }
    if (read_deadline_.at() > now) return false;
    log_event(names_->fallback(), &peer_,
              {.severity = Severity::info,
               .module = "reqtimeout",
               .apache_id = "AH01382",
               .text = "Request " + std::string(read_deadline_.name()) + " read timeout"});
    return false;
}

void Connection::show(Activity activity)
{
    auto& counts = worker_.status().connections_by_activity;
    counts[static_cast<size_t>(activity_)] -= 1;
    counts[static_cast<size_t>(activity)] += 1;
    activity_ = activity;
    if (peer_.place) peer_.place->activity = static_cast<uint64_t>(activity);
}

void Connection::give_way()
{
    if (waits_for_next_request()) finish(false);
}

void Connection::timed_out()
{
    if (!finishing_ && goes_on_reading()) return;
    end_read();
    if (tls_ && tls_->state() == tls::Stream::State::handshaking) {
        tls_->time_out();
        tls_failed();
    }
    if (waiting_for_handshake_) {
        handshake_timed_out_ = true;
        std::exchange(waiting_for_handshake_, nullptr)->wake();
    } else if (session_ && !lingering_ && !finishing_) {
        session_->timed_out();
    } else {
        die();
    }
}

void Connection::idle()
{
    if (tls_) tls_->idle();
}

void Connection::set_warm_up(size_t bytes)
{
    if (tls_) tls_->set_warm_up(bytes);
}

void Connection::cool_down()
{
    if (tls_) tls_->cool();
}

void Connection::stop()
{
    if (session_) {
        session_->stop();
    } else {
        arm_timeout(grace_for_first_request); // the handshake may end, and one request follow
    }
}

void Connection::abort()
{
    die();
}

void Connection::reset()
{
    if (!dead_) socket_.reset_on_close();
    die();
}

void Connection::die()
{
    if (dead_) return;
    dead_ = true;
    peer_.aborted = true;
    if (tls_) {
        if (tls_->renegotiations_refused() > 0) tls_renegotiated();
        log_tls_closed(names_->fallback(), peer_, peer_.tls != nullptr);
        worker_.flush_logs_soon();
    }
    timeout_.disarm();
    if (early_) early_->timeout.disarm();
    session_look_up_.reset();
    if (session_) session_->lost();
    if (next_session_) next_session_->lost();
    worker_.loop.unwatch(socket_.get(), *this);
    socket_.close();
    out_.clear();
    if (!scheduled_) {
        scheduled_ = true;
        worker_.loop.defer([](void* self) { static_cast<Connection*>(self)->end_of_turn(); }, this);
    }
}

} // namespace signet::server
