// One connection's TLS: received bytes in, plaintext out, and back. No socket: the caller reads and
// writes. This is the only TLS type a server connection touches.
#pragma once
#include "base/chain.h"
#include "tls/client_hello.h"
#include "tls/context.h"
#include "tls/records.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signet::tls {

// Why a stream failed, for the error log and for statistics.
struct Failure {
    int id = 0;           // catalogue entry (policy.h)
    std::string text{};   // one line
    int alert = -1;       // RFC 8446 §6 description, or -1
    bool by_peer = false; // the alert came from the client
};

// A session for an external store (external_cache.h).
struct NewSession {
    std::string id{};
    pki::Secret session{};
    std::chrono::seconds lifetime{};
};

// Owned by a connection, one thread. Every Chain given must be the connection's outgoing chain.
class Stream {
public:
    enum class State : uint8_t {
        handshaking,
        established,
        closed,     // the client said close_notify; we may still write
        failed,     // see failure(); an alert may be in the chain, send it and close
        plain_http, // a plain HTTP request arrived: take_back() its bytes
    };

    explicit Stream(ContextSelector& selector);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // Gives the stream what the socket gave. Handshake messages and alerts go to `out`. The bytes
    // stay the caller's and are overwritten by their plaintext; they must stay in place until
    // next() has returned an empty span or hold() was called.
    void receive(std::span<char> bytes, Chain& out);
    // The next piece of plaintext, usually in place in the received bytes, valid until the next
    // call of any member. Empty: nothing more for now (then an incomplete record has been kept
    // inside). Look at state() after an empty one.
    [[nodiscard]] std::span<char> next(Chain& out);
    // Keeps inside what next() has not returned yet, so that the received bytes may be reused: for
    // a caller that stops reading. next() goes on from there later.
    void hold();
    // True when next() may have more without another receive().
    [[nodiscard]] bool has_held() const;
    // For callers that want a copy: fills `into`, 0 when nothing is available. Calls next() and
    // keeps what does not fit; the received bytes may be reused once it has returned 0.
    [[nodiscard]] size_t read(std::span<char> into, Chain& out);
    // The socket reached its end. Without a close_notify before it the stream fails (truncated).
    void end_of_input();

    // The handshake waits to be told what the context's external store has under this session id;
    // empty: it does not wait.
    [[nodiscard]] std::string_view session_wanted() const;
    // What the store has, or nothing. The handshake goes on; then next() as after receive().
    void resume(std::optional<std::string> session, Chain& out);
    // A session that the external store should keep; nullptr: none.
    [[nodiscard]] std::unique_ptr<NewSession> take_new_session();

    // Seals the pieces as one message: one record when they fit into 16 KiB. `more` says that a
    // long body goes on after this: then the first 64 KiB of a cold connection go in small records.
    void write(std::string_view plain, Chain& out, bool more = false);
    void write(std::span<const std::string_view> pieces, Chain& out, bool more = false);
    // For bodies read from a file: room for up to 16 KiB of plaintext inside the chain, to be
    // filled and committed (sealed in place) before any other call. commit(0, out) gives up.
    [[nodiscard]] std::span<char> prepare(Chain& out);
    void commit(size_t count, Chain& out, bool more = false);

    // Sends close_notify, once. Nothing may be written afterwards.
    void close(Chain& out);
    // Nothing is under way: gives back buffers. Cheap, to be called whenever a connection waits for
    // its next request.
    void idle();
    // The connection has been quiet for a second or more: shrink to the least, and start the next
    // long body with small records again.
    void cool();
    // How many bytes of long bodies go in small records first, on a cold connection.
    void set_warm_up(size_t bytes);

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool is_established() const { return state_ == State::established; }
    [[nodiscard]] const Failure& failure() const;
    // After plain_http: all bytes received so far.
    [[nodiscard]] std::string take_back();

    // From the ClientHello on; nullptr before.
    [[nodiscard]] const Context* context() const { return context_; }
    [[nodiscard]] std::string_view alpn() const;        // the protocol agreed on, or empty
    [[nodiscard]] std::string_view server_name() const; // the client's SNI, or empty
    [[nodiscard]] bool is_resumed() const;
    // True when our own record layer carries the connection (TLS 1.3).
    [[nodiscard]] bool has_left_openssl() const;
    [[nodiscard]] std::string_view protocol() const; // "TLSv1.3"
    [[nodiscard]] std::string_view cipher() const;   // "TLS_AES_128_GCM_SHA256"

    // What facts.h reads, and what the implementation keeps (stream_core.h).
    struct Session;
    struct Core;
    [[nodiscard]] const Session* session() const { return session_.get(); }

private:
    friend class Handshake;
    [[nodiscard]] std::span<char> open(std::span<char> record, Chain& out);
    [[nodiscard]] std::span<char> read_openssl(std::span<char> record);
    void refuse_long_record(Chain& out);
    void fail_record(const Records::Opened& opened);
    void fail_sealing();
    [[nodiscard]] bool may_write() const;
    [[nodiscard]] size_t record_size(size_t left, bool is_long);
    void write_openssl(std::span<const std::string_view> pieces, size_t total, bool is_long,
                       Chain& out);

    State state_ = State::handshaking;
    const Context* context_ = nullptr;
    std::unique_ptr<Session> session_;
    std::unique_ptr<Core> core_;
};

} // namespace signet::tls
