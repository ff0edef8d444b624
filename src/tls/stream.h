// One connection's TLS: received bytes in, plaintext out, and back. No socket: the caller reads and
// writes. This is the only TLS type a server connection touches.
#pragma once
#include "base/chain.h"
#include "tls/client_hello.h"
#include "tls/client_identity.h"
#include "tls/context.h"
#include "tls/early_data_refusal.h"
#include "tls/records.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tls {

// Why a stream failed, for the error log and for statistics.
struct Failure {
    int id = 0;                                // catalogue entry (policy.h)
    std::string text{};                        // one line
    int alert = -1;                            // RFC 8446 §6 description, or -1
    bool by_peer = false;                      // the alert came from the client
    std::string cause{};                       // what is known of this case; empty: the catalogue's
    std::string fix{};                         // likewise
    std::vector<std::string> library_errors{}; // OpenSSL's queue, "error:0A0000C1:…"
    bool in_handshake = true;                  // false: an established connection broke
};

class Stream;
struct Inquiry; // responders.h

// How a request asks its client for a certificate, or for another suite, in the middle of things:
// the connection implements it, where HTTP/1 is spoken. HTTP/2 has other requests under way
// (RFC 9113 §9.2.1, RFC 8740).
class Reauthenticator {
public:
    virtual ~Reauthenticator() = default;
    [[nodiscard]] virtual Stream& stream() = 0;
    // On the request's fiber: asks and waits for the answer. Once it has succeeded, the client is
    // whoever the stream says now. Bytes that came before that and belong to no request yet never
    // become one: then the connection ends with this request. Errors: cancelled (the handshake
    // failed, the client is gone), timed_out, any other: the client cannot be asked.
    [[nodiscard]] virtual Result<void> reauthenticate(const Reauthentication& wanted) = 0;
};

// A session for an external store (external_cache.h).
struct NewSession {
    std::string id{};
    pki::Secret session{};
    std::chrono::seconds lifetime{};
};

// A ticket that must not have been used for early data before, on any of the servers that could
// open it: only the external store can say (ExternalSessions::claim).
struct EarlyDataClaim {
    std::string id{};
    std::chrono::seconds lifetime{};
};

// Owned by a connection, one thread. Every Chain given must be the connection's outgoing chain.
class Stream {
public:
    enum class State : uint8_t {
        handshaking,
        early, // no handshake yet, but early data comes, and answers may go (RFC 8446 §2.3)
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
    // The caller waited long enough for the client's next handshake message: the stream fails.
    void time_out();
    // Tells `sink` what happens, for LogLevel: at level 3 (trace3) the steps of OpenSSL's state
    // machine in Apache's words, at level 4 every handshake message and alert as `openssl s_client
    // -msg` prints it, its bytes behind its name. Call it before the first receive().
    using MessageSink = std::move_only_function<void(int level, std::string_view line)>;
    void trace_messages(MessageSink sink);
    // How long this side computed for the handshake so far, and when the ClientHello was complete;
    // zero before.
    [[nodiscard]] std::chrono::nanoseconds handshake_work() const;
    [[nodiscard]] std::chrono::steady_clock::time_point hello_time() const;

    // The handshake waits to be told what the context's external store has under this session id;
    // empty: it does not wait.
    [[nodiscard]] std::string_view session_wanted() const;
    // What the store has, or nothing. The handshake goes on; then next() as after receive().
    void resume(std::optional<std::string> session, Chain& out);
    // The handshake (or one asked for later) waits until somebody has asked an OCSP responder about
    // the client; nullptr: it does not wait. Valid until answer().
    [[nodiscard]] const Inquiry* inquiry() const;
    // The body of the response, or why there is none. Then next() as after receive().
    void answer(const Result<std::string>& response, Chain& out);
    // The handshake waits to be told whether the client's early data may be taken; nullptr: it does
    // not wait. Valid until grant().
    [[nodiscard]] const EarlyDataClaim* early_data_claim() const;
    // Then next() as after receive().
    void grant(bool granted, Chain& out);
    // Why early data that was offered was not taken.
    [[nodiscard]] EarlyDataRefusal early_data_refusal() const;
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
    // For clients that take a close_notify for an error: close() sends none (ssl-unclean-shutdown).
    void close_without_notify() const;
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
    // What next() returns now was sent before the client was known to be there: it may be a
    // recording that somebody plays again.
    [[nodiscard]] bool is_early() const { return state_ == State::early; }
    [[nodiscard]] bool in_handshake() const
    {
        return state_ == State::handshaking || state_ == State::early;
    }
    [[nodiscard]] const Failure& failure() const;
    // After plain_http: all bytes received so far.
    [[nodiscard]] std::string take_back();

    // Who the client is; nobody before the handshake is over.
    [[nodiscard]] const ClientIdentity& client() const;
    // What the error log should hear about the checks since the last call.
    [[nodiscard]] std::vector<VerificationNote> take_notes();

    // What clients are held to: by the virtual host's handshake, then by a directory's wish.
    struct Verification {
        VerifyClient mode = VerifyClient::none;
        int depth = 1;
        std::string cipher_list{};
    };
    [[nodiscard]] const Verification& verification() const;
    // A directory asks for less: nothing is asked of the client.
    void relax_verification(VerifyClient mode);
    // Null: the client cannot be asked again.
    [[nodiscard]] Reauthenticator* reauthenticator() const { return reauthenticator_; }
    void set_reauthenticator(Reauthenticator& one) { reauthenticator_ = &one; }
    // False once our own record layer has taken over (has_left_openssl).
    [[nodiscard]] bool may_reauthenticate() const;
    // Asks the client anew. Then, until is_reauthenticating() is false, next() drops whatever data
    // the client sent: it was sent by whoever it was before. An error: nothing was sent.
    [[nodiscard]] Result<void> reauthenticate(const Reauthentication& wanted, Chain& out);
    [[nodiscard]] bool is_reauthenticating() const;
    // Data was dropped: the connection cannot go on after this request.
    [[nodiscard]] bool had_data_meanwhile() const;
    // Checks the certificate that is known already by other rules. False: it does not pass.
    [[nodiscard]] bool verify_again(const Reauthentication& wanted);

    // From the ClientHello on; nullptr before.
    [[nodiscard]] const Context* context() const { return context_; }
    [[nodiscard]] std::string_view alpn() const;        // the protocol agreed on, or empty
    [[nodiscard]] std::string_view server_name() const; // the client's SNI, or empty
    [[nodiscard]] bool is_resumed() const;
    // True when our own record layer carries the connection (TLS 1.3).
    [[nodiscard]] bool has_left_openssl() const;
    [[nodiscard]] std::string_view protocol() const; // "TLSv1.3"
    [[nodiscard]] std::string_view cipher() const;   // "TLS_AES_128_GCM_SHA256"
    // How often the client asked to renegotiate (TLS 1.2) and was refused.
    [[nodiscard]] unsigned renegotiations_refused() const;

    // What facts.h reads, and what the implementation keeps (stream_core.h).
    struct Session;
    struct Core;
    [[nodiscard]] const Session* session() const { return session_.get(); }

private:
    friend class Handshake;
    [[nodiscard]] std::span<char> open(std::span<char> record, Chain& out);
    [[nodiscard]] std::span<char> read_openssl(std::span<char> record);
    [[nodiscard]] std::span<char> read_early(Chain& out);
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
    Reauthenticator* reauthenticator_ = nullptr;
    std::unique_ptr<Core> core_;
};

} // namespace signet::tls
