// One client connection: socket, TLS, timeouts, and the session that speaks HTTP over it.
// Small while idle: no buffer, no stack.
#pragma once
#include "base/chain.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/socket.h"
#include "server/read_deadline.h"
#include "server/request.h"
#include "server/session.h"
#include "server/status_board.h"
#include "tls/stream.h"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace signet::net {
class Fiber;
}

namespace signet::server {

class ClientInquiry;
struct EarlyPhase;
class Exchange;
class NameTable;
class ProxyHeaderReader;
class SessionLookUp;
class Worker;

// Owned by its worker's list; destroys itself there when it is over. One thread.
class Connection : public net::EventHandler, private tls::Reauthenticator {
public:
    Connection(Worker& worker, net::Socket socket, const net::Address& client,
               const net::Address& local);
    ~Connection() override;

    // Begins to listen to the client. False when the loop refuses the descriptor.
    [[nodiscard]] bool start();
    void on_event(uint32_t events) override;
    // Graceful stop: finish what is in flight, then close. A client that has just connected, or is
    // about to send its next request on a kept connection, cannot know: it has this long to do so.
    void stop();
    static constexpr std::chrono::seconds grace_for_first_request{5};
    static constexpr std::chrono::seconds grace_for_next_request{1};
    // At once: an exit that cannot wait.
    void abort();
    // The same, and the client's kernel is told that something was lost (RST).
    void reset();

    // What a session asks of its connection.
    [[nodiscard]] Worker& worker() { return worker_; }
    [[nodiscard]] Peer& peer() { return peer_; }
    [[nodiscard]] const NameTable& names() const { return *names_; }
    [[nodiscard]] bool spoke_plain_http() const { return spoke_plain_http_; }
    // Queues bytes; they leave at the end of the loop turn. `more`: a long body goes on after this.
    void send(std::span<const std::string_view> pieces, bool more);
    void send(std::string_view bytes, bool more) { send({&bytes, 1}, more); }
    // Queues the beginning of `length` bytes of a file. Returns how many bytes; 0: the file ended;
    // -1: error. `more`: something goes on after those `length`.
    [[nodiscard]] long send_file(int descriptor, uint64_t offset, uint64_t length, bool more);
    // Room for one record of plaintext. It is filled and committed before anything else is sent.
    [[nodiscard]] std::span<char> prepare();
    void commit(size_t count, bool more);
    static constexpr size_t record_size = size_t{16} * 1024;
    [[nodiscard]] size_t queued() const { return out_.size(); }
    static constexpr size_t high_water = size_t{128} * 1024;
    [[nodiscard]] bool is_full() const { return out_.size() >= high_water; }
    // The client asked for h2c in HTTP/1.1 (Upgrade), and `settings` is its HTTP2-Settings field:
    // says 101; the exchange is answered as stream 1 of a session that takes over at once. `rest`:
    // what came behind the request. False when the field is malformed: nothing has happened then.
    [[nodiscard]] bool upgrade_to_http2(std::string_view settings,
                                        std::unique_ptr<Exchange>& exchange,
                                        std::span<const char> rest);
    // Stops and resumes reading (back-pressure on request bodies).
    void pause_reading() { reading_paused_ = true; }
    void resume_reading();
    // What is queued is sent, then the connection ends; `linger`: reads on for a while, so that the
    // client gets to see the answer.
    void finish(bool linger);
    // What is queued is sent, then the client is told that no more comes. It may still send: only
    // for a tunnel. Nothing may be sent afterwards.
    void end_sending();
    void arm_timeout(std::chrono::milliseconds delay);
    void disarm_timeout() { timeout_.disarm(); }
    // RequestReadTimeout: the client sends a handshake, a head, a body. Beginning what has begun
    // changes nothing.
    void begin_read(ReadStage stage);
    void end_read() { read_deadline_.end(); }
    // As arm_timeout, but runs out earlier where RequestReadTimeout says so.
    void arm_read_timeout(std::chrono::milliseconds without_progress);
    // For the status page.
    void show(Activity activity);
    [[nodiscard]] bool waits_for_next_request() const { return activity_ == Activity::keep_alive; }
    // Closes a connection that waits for its next request: others need the room.
    void give_way();
    // No request is in progress: buffers go back.
    void idle();
    // H2TLSWarmUpSize, and what follows from H2TLSCoolDownSecs; nothing without TLS.
    void set_warm_up(size_t bytes);
    void cool_down();
    // Calls session.drained() at the end of this turn, even if nothing is queued.
    void call_back_soon() { schedule(); }
    // What has been received beyond the request in progress must never be answered: the client was
    // somebody else when it sent that.
    [[nodiscard]] bool drops_input() const { return drops_input_; }
    // On a request's fiber: waits until the handshake is over, if it is not. Errors: cancelled.
    [[nodiscard]] Result<void> wait_for_handshake();

private:
    friend class Worker;
    void read_all(uint32_t events);
    void deliver(std::span<char> bytes);
    void deliver_tls();
    void attend_to_session();
    void session_looked_up();
    void attend_to_inquiry();
    void client_asked_about();
    void attend_to_early_data();
    void early_data_claimed();
    void begin_early_data();
    [[nodiscard]] bool go_on_early();
    void begin();
    [[nodiscard]] bool take_proxy_header(std::span<char>& bytes);
    void refuse_proxy_header(std::string_view why, std::string_view apache_id);
    void feed(std::span<char> bytes);
    void change_session();
    void begin_session();
    [[nodiscard]] bool recognize(std::span<char> bytes);
    void turn_to_plain_http();
    void look_at_opening(std::span<const char> first);
    void tls_established();
    void tls_failed();
    void tls_renegotiated();
    void reached_end();
    void schedule();
    void end_of_turn();
    void flush();
    void timed_out();
    [[nodiscard]] std::chrono::milliseconds io_timeout() const;
    void die();
    [[nodiscard]] tls::Stream& stream() override;
    [[nodiscard]] Result<void> reauthenticate(const tls::Reauthentication& wanted) override;
    void wake_reauthentication();
    [[nodiscard]] bool goes_on_reading();

    Worker& worker_;
    net::Socket socket_;
    Peer peer_;
    Chain out_;
    const NameTable* names_;
    std::unique_ptr<ProxyHeaderReader> proxy_header_; // while it is expected: comes before all else
    std::unique_ptr<tls::ContextSelector> selector_;
    std::unique_ptr<tls::Stream> tls_;
    std::unique_ptr<SessionLookUp> session_look_up_; // while a handshake waits for it
    std::unique_ptr<ClientInquiry> inquiry_;         // likewise
    std::unique_ptr<EarlyPhase> early_;              // while early data comes
    std::unique_ptr<Session> session_;
    std::unique_ptr<Session> next_session_; // after an upgrade
    std::string opening_;                   // the beginning of what may be HTTP/2's preface
    net::Timeout timeout_;
    ReadDeadline read_deadline_;
    Monotonic::time_point progress_deadline_{}; // while a read timeout is armed
    Monotonic::time_point accepted_{};          // a TLS connection's beginning
    Activity activity_ = Activity::none;
    bool saw_opening_ = false;       // of a plain connection: the first byte was looked at
    bool looks_for_preface_ = false; // HTTP/2 without negotiation is allowed, and nothing has come
    bool scheduled_ = false;
    bool can_write_ = true;
    bool reading_paused_ = false;
    bool readable_ = false;   // data may be waiting although no event will say so
    bool peer_ended_ = false; // the event that says so has come: read until the end itself
    bool held_back_ = false;  // the TLS stream keeps plaintext that came while reading was paused
    bool spoke_plain_http_ = false;
    bool finishing_ = false;
    bool ends_sending_ = false; // after what is queued
    bool linger_ = false;
    bool lingering_ = false;
    bool dead_ = false;
    bool handshake_timed_out_ = false;
    bool drops_input_ = false;
    bool input_ended_ = false;
    bool delivering_ = false;
    net::Fiber* waiting_for_handshake_ = nullptr; // a request that asked the client anew
    Connection* previous_ = nullptr;              // in the worker's list
    Connection* next_ = nullptr;
};

} // namespace signet::server
