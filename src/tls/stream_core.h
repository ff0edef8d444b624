// The inside of a stream, shared by the files that implement it. Internal to this floor.
#pragma once
#include "tls/records.h"
#include "tls/responders.h"
#include "tls/stream.h"

namespace signet::tls {

// What is known of an established connection; outlives OpenSSL's SSL.
struct Stream::Session {
    pki::X509Ptr certificate{}; // what we showed; credentials may change meanwhile
    const char* protocol = "";  // static texts of OpenSSL
    const char* cipher = "";
    uint16_t version = 0;
    int16_t used_bits = 0;
    int16_t algorithm_bits = 0;
    bool resumed = false;
    bool secure_renegotiation = false;
    EarlyDataRefusal early_data_refusal = EarlyDataRefusal::none;
    uint8_t id_size = 0;
    unsigned char id[32] = {};
    std::string server_name{};
    std::string alpn{};
    ClientIdentity client{};
};

// The application traffic secrets OpenSSL tells its key log, until the record layer has them.
struct TrafficSecrets {
    pki::Secret client;
    pki::Secret server;
};

// A handshake whose client sends early data, until it is over.
struct EarlyData {
    bool has_ended = false; // there is no more of it, or it was not taken
    EarlyDataRefusal refusal = EarlyDataRefusal::none; // ours
    unsigned records = 0;                              // written by us, under the application keys
    std::optional<EarlyDataClaim> claim{};
    std::optional<bool> verdict{};
};

struct Stream::Core {
    explicit Core(ContextSelector& with)
        : selector(&with)
    {
    }

    ContextSelector* selector;
    pki::SslPtr ssl{};                  // until our own record layer takes over
    std::unique_ptr<Records> records{}; // from then on
    std::unique_ptr<TrafficSecrets> secrets{};
    Chain* out = nullptr;     // the caller's, during a call
    std::span<char> input{};  // the caller's bytes, as far as they are not used up
    std::string held{};       // bytes kept from earlier calls; they come before `input`
    size_t held_at = 0;       // how many of them are used up
    std::span<char> record{}; // the record OpenSSL may read, after the handshake
    std::string plain{};      // plaintext kept by hold() or read()
    size_t plain_at = 0;
    std::unique_ptr<char[]> staging{};  // what prepare() gave out, while OpenSSL seals
    size_t warm_up = size_t{64} * 1024; // bytes of long bodies that go in small records first
    size_t cold_left = warm_up;         // how many of them are still to come
    // Records OpenSSL has written since it last read: when the handshake ends, those are the ones
    // under the application keys. `record_left` bytes of the current one are still to come.
    unsigned records_written = 0;
    size_t record_left = 0;
    std::array<unsigned char, 5> header{};
    size_t header_size = 0;
    bool close_sent = false;
    bool closes_silently = false; // ssl-unclean-shutdown
    int alert = -1;               // the last fatal one
    bool alert_by_peer = false;
    std::unique_ptr<Failure> failure{};
    // Client certificates: what is demanded now, and what the verify callback found out.
    Stream::Verification verification{};
    bool generous = false;
    std::string verify_error{};
    std::vector<VerificationNote> notes{};
    std::unique_ptr<PendingInquiry> inquiry{}; // about the client's certificate
    std::unique_ptr<EarlyData> early{};
    bool is_paused = false;            // OpenSSL's job waits for a verdict
    bool verifies_again = false;       // without a job that could pause
    bool asks_nobody = false;          // there is no time left
    std::unique_ptr<char[]> dropped{}; // where a read goes that may pause
    enum class Reauthenticating : uint8_t { no, asked, answered };
    Reauthenticating reauthentication = Reauthenticating::no;
    bool data_meanwhile = false;
    bool keeps_openssl = false;   // the client may be asked later, and can be
    std::string session_wanted{}; // the id an external store is asked for
    bool waits_for_session = false;
    std::optional<std::string> session_found{};
    std::unique_ptr<NewSession> new_session{};
    std::unique_ptr<ClientHello> hello{}; // until the handshake has ended: for the post-mortem
    std::unique_ptr<Stream::MessageSink> messages{};
    std::chrono::nanoseconds work{0};
    std::chrono::steady_clock::time_point hello_time{};
    unsigned renegotiations = 0; // refused
    unsigned idle_records = 0;   // one after the other, for OpenSSL and without data

    // Bytes for OpenSSL: the held ones, then the input.
    size_t pull(char* into, size_t count);
    // The longest record that is accepted, with its header.
    [[nodiscard]] size_t longest_record() const;
    // The next complete record, contiguous; empty when more bytes are needed (they are held then).
    // Too long a record spoils the connection: `broken` is set.
    std::span<char> next_record(bool& broken);
    void count_records(std::string_view written);
    // True when neither held nor new bytes are left.
    [[nodiscard]] bool is_drained() const { return input.empty() && held_at == held.size(); }
    void keep_input();
    void give_up_inquiry();
};

// The first part of a connection's life: which vhost, which SSL, and the handshake itself.
class Handshake {
public:
    explicit Handshake(Stream& stream)
        : stream_(stream)
        , core_(*stream.core_)
    {
    }

    // Goes on with what has been received; sets the stream's state.
    void advance();
    // OpenSSL refused: sets state, failure and drains the error queue. `what` begins the text.
    void fail_with_openssl(std::string_view what, int ssl_error);
    // We refuse: a plaintext alert goes out when it is not -1.
    void refuse(int id, std::string text, int alert);
    void identify_client();
    void finish_reauthentication();
    // The client closed, or the caller's patience ended: what was being waited for.
    void abandon(bool timed_out);

private:
    [[nodiscard]] bool open();
    void step();
    [[nodiscard]] bool take_early_data();
    [[nodiscard]] bool refuse_opening(Opening opening);
    void finish();
    void describe_session();
    [[nodiscard]] bool select(const ClientHello& hello);
    void leave_openssl();

    Stream& stream_;
    Stream::Core& core_;
};

// As SSL_write_ex(3), before the handshake is over.
[[nodiscard]] int write_early(Stream::Core& core, std::string_view piece, size_t& written);

// A BIO that reads and writes through the core; one per SSL.
[[nodiscard]] BIO* new_core_bio(Stream::Core& core);
// SSL_CTX_set_info_callback(3): notes alerts, and the Finished of a reauthentication, in the core.
void note_alert(const SSL* ssl, int where, int value);

// SSL_CTX_set_keylog_callback(3): catches the traffic secrets.
void note_secret(const SSL* ssl, const char* line);
// OpenSSL writes five secrets for its key log, in hexadecimal and each byte by sprintf: 25 µs of a
// handshake. We hear the last three only, for the rest of one call of SSL_do_handshake(3).
void hear_secrets(const SSL* ssl);
void hear_no_secrets(const SSL* ssl);

// SSL_CTX_set_msg_callback(3) and SSL_CTX_set_info_callback(3): tell the core's sink, if there is
// one (message_trace.cpp).
void trace_message(int is_written, int version, int type, const void* bytes, size_t count, SSL* ssl,
                   void* core);
void trace_state(Stream::Core& core, const SSL* ssl, int where, int value);
// The same for a record of our own layer that carried no data.
void trace_own_record(Stream::Core& core, const Records::Opened& opened);

// The catalogue entry for the reasons in OpenSSL's queue and an alert.
[[nodiscard]] int failure_id(unsigned long openssl_error, int alert, bool by_peer);
[[nodiscard]] std::string_view alert_name(int alert);

} // namespace signet::tls
