// What TLS costs the server in memory: a 1 KiB request and answer on an open connection, with our
// record layer and with OpenSSL's; full and resumed handshakes. Only the server's half is timed.
// Build and run:
//   ./dev build && g++ -std=c++23 -O2 -Isrc bench/micro/tls_stream.cpp
//       build/release/libsignet_{tls,pki,diagnosis,base}.a -lbenchmark -lssl -lcrypto -lfmt
//       -lpthread -o /tmp/tls-bench && /tmp/tls-bench
#include "tls/context.h"
#include "tls/pass_phrase.h"
#include "tls/session_cache.h"
#include "tls/stream.h"
#include "tls/tickets.h"

#include <benchmark/benchmark.h>
#include <chrono>
#include <ctime>
#include <malloc.h>
#include <memory>
#include <openssl/x509v3.h>
#include <vector>

namespace {

using namespace signet;

double now()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct Pair {
    pki::X509Ptr certificate{X509_new()};
    pki::EvpKeyPtr key;
};

Pair self_signed(bool rsa)
{
    Pair pair;
    pair.key.reset(rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
    X509* x509 = pair.certificate.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    X509_set_pubkey(x509, pair.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    X509_sign(x509, pair.key.get(), EVP_sha256());
    return pair;
}

class Server : public tls::ContextSelector {
public:
    Server(bool own_records, bool rsa)
        : tickets_(std::move(*tls::TicketKeys::create()))
        , contexts_(nullptr, &tickets_)
    {
        const Pair pair = self_signed(rsa);
        unsigned char* der = nullptr;
        const int size = i2d_PrivateKey(pair.key.get(), &der);
        auto key = pki::PrivateKey::from_der({der, static_cast<size_t>(size)});
        OPENSSL_free(der);
        X509_up_ref(pair.certificate.get());
        const pki::Certificate leaf(pki::X509Ptr(pair.certificate.get()));
        tls::SharedChains chains;
        auto credentials = std::make_shared<tls::Credentials>();
        credentials->add(tls::Credential(leaf, {}, *key, chains));
        pki::Problems problems;
        context_ = contexts_.make({.own_records = own_records}, credentials, problems);
    }
    const tls::Context* select(const tls::ClientHello&) override { return context_.get(); }

private:
    tls::TicketKeys tickets_;
    tls::Contexts contexts_;
    std::unique_ptr<const tls::Context> context_;
};

// A client and a stream; `spent` is the CPU time of the stream's half.
struct Connection {
    Connection(Server& server, SSL_CTX* client, SSL_SESSION* session)
    {
        ssl.reset(SSL_new(client));
        SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl.get());
        if (session) SSL_set_session(ssl.get(), session);
        const double start = now();
        stream = std::make_unique<tls::Stream>(server);
        spent += now() - start;
    }
    void turn()
    {
        char bytes[32768];
        const int size = BIO_read(SSL_get_wbio(ssl.get()), bytes, sizeof bytes);
        const double start = now();
        if (size > 0) {
            stream->receive({bytes, static_cast<size_t>(size)}, out);
            while (!stream->next(out).empty()) {
            }
        }
        spent += now() - start;
        iovec one;
        while (out.peek(&one, 1) == 1) {
            BIO_write(SSL_get_rbio(ssl.get()), one.iov_base, static_cast<int>(one.iov_len));
            out.consume(one.iov_len);
        }
    }
    bool handshake()
    {
        for (int i = 0; i < 4; i++) {
            SSL_do_handshake(ssl.get());
            turn();
        }
        ERR_clear_error();
        return stream->is_established();
    }
    void finish()
    {
        const double start = now();
        stream.reset();
        spent += now() - start;
    }

    BlockPool pool;
    Chain out{pool};
    pki::SslPtr ssl;
    std::unique_ptr<tls::Stream> stream;
    double spent = 0;
};

pki::SslContextPtr client_context(int version)
{
    pki::SslContextPtr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_cipher_list(context.get(),
                            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256");
    SSL_CTX_set1_groups_list(context.get(), "X25519:P-256");
    return context;
}

// arguments: own records, version, answer size
void request(benchmark::State& state)
{
    Server server(state.range(0) != 0, false);
    const auto client = client_context(static_cast<int>(state.range(1)));
    Connection connection(server, client.get(), nullptr);
    if (!connection.handshake()) return state.SkipWithError("no handshake");
    const std::string question(120, 'q');
    const std::string head(300, 'h');
    const std::string body(static_cast<size_t>(state.range(2)), 'b');
    std::vector<char> sink(1 << 20);
    connection.stream->write(std::string(70000, 'w'), connection.out, true); // warm
    for (auto _ : state) {
        SSL_write(connection.ssl.get(), question.data(), static_cast<int>(question.size()));
        char bytes[4096];
        const int size = BIO_read(SSL_get_wbio(connection.ssl.get()), bytes, sizeof bytes);
        const auto start = std::chrono::steady_clock::now();
        connection.stream->receive({bytes, static_cast<size_t>(size)}, connection.out);
        while (!connection.stream->next(connection.out).empty()) {
        }
        const std::string_view pieces[] = {head, body};
        connection.stream->write(pieces, connection.out);
        connection.stream->idle();
        state.SetIterationTime(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        connection.out.clear(); // the client need not read
    }
}
BENCHMARK(request)
    ->ArgNames({"own", "version", "bytes"})
    ->Args({1, TLS1_3_VERSION, 1024})
    ->Args({0, TLS1_3_VERSION, 1024})
    ->Args({1, TLS1_2_VERSION, 1024})
    ->Args({1, TLS1_3_VERSION, 102400})
    ->Args({0, TLS1_3_VERSION, 102400})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

// arguments: version, RSA, resumed
void handshake(benchmark::State& state)
{
    Server server(true, state.range(1) != 0);
    const auto client = client_context(static_cast<int>(state.range(0)));
    pki::SslSessionPtr session;
    if (state.range(2) != 0) {
        Connection first(server, client.get(), nullptr);
        (void)first.handshake();
        first.stream->write("x", first.out);
        first.turn();
        char bytes[16];
        SSL_read(first.ssl.get(), bytes, sizeof bytes);
        session.reset(SSL_get1_session(first.ssl.get()));
        SSL_set_shutdown(first.ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    for (auto _ : state) {
        Connection connection(server, client.get(), session.get());
        if (!connection.handshake() || connection.stream->is_resumed() != (session != nullptr)) {
            return state.SkipWithError("not as asked for");
        }
        connection.finish();
        SSL_set_shutdown(connection.ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        state.SetIterationTime(connection.spent);
    }
}
BENCHMARK(handshake)
    ->ArgNames({"version", "rsa", "resumed"})
    ->Args({TLS1_3_VERSION, 0, 0})
    ->Args({TLS1_3_VERSION, 1, 0})
    ->Args({TLS1_3_VERSION, 0, 1})
    ->Args({TLS1_2_VERSION, 0, 0})
    ->Args({TLS1_2_VERSION, 0, 1})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

// Bytes of heap per open connection; arguments: own records, cooled down.
void memory(benchmark::State& state)
{
    Server server(state.range(0) != 0, false);
    const auto client = client_context(TLS1_3_VERSION);
    for (auto _ : state) {
        constexpr int count = 200;
        std::vector<std::unique_ptr<tls::Stream>> open;
        const auto before = mallinfo2().uordblks;
        for (int i = 0; i < count; i++) {
            Connection connection(server, client.get(), nullptr);
            if (!connection.handshake()) return state.SkipWithError("no handshake");
            connection.stream->idle();
            connection.stream->write("x", connection.out);
            if (state.range(1) != 0) connection.stream->cool();
            open.push_back(std::move(connection.stream));
        }
        state.counters["bytes"] = static_cast<double>(mallinfo2().uordblks - before) / count;
    }
}
BENCHMARK(memory)
    ->ArgNames({"own", "cool"})
    ->Args({1, 0})
    ->Args({1, 1})
    ->Args({0, 1})
    ->Iterations(1);

} // namespace

BENCHMARK_MAIN();
