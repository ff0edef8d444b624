// A TLS client of OpenSSL's in memory, talking to a Stream.
#pragma once
#include "tls/context.h"
#include "tls/pass_phrase.h"
#include "tls/session_cache.h"
#include "tls/spent_tickets.h"
#include "tls/stream.h"
#include "tls/tickets.h"
#include "unit/pki/make_certificate.h"

#include <functional>
#include <gtest/gtest.h>
#include <map>

namespace signet::test {

// Contexts by server name; "" is the default.
class Selector : public tls::ContextSelector {
public:
    const tls::Context* select(const tls::ClientHello& hello) override
    {
        seen = hello;
        const auto found = by_name.find(hello.server_name);
        if (found != by_name.end()) return found->second;
        const auto fallback = by_name.find("");
        return fallback == by_name.end() ? nullptr : fallback->second;
    }
    std::map<std::string, const tls::Context*> by_name{};
    tls::ClientHello seen{};
};

// Everything a server needs, with vhosts added by the test.
struct Site {
    explicit Site(bool with_cache = true)
    {
        auto made = tls::TicketKeys::create();
        tickets.emplace(std::move(*made));
        if (with_cache) cache.emplace(std::move(*tls::SessionCache::create(100000)));
        contexts = std::make_unique<tls::Contexts>(with_cache ? &*cache : nullptr, &*tickets,
                                                   nullptr, nullptr, &spent);
    }

    // `name` "" is the default vhost. The settings' certificate_files are filled in here.
    const tls::Context* add(const std::string& name, const std::vector<const Made*>& pairs,
                            tls::Settings settings = {})
    {
        settings.host.label = (name.empty() ? "www.example.com" : name) + ":443";
        settings.host.server_name = name;
        settings.own_records = own_records;
        for (const auto* one : pairs) {
            const std::string number = std::to_string(files++);
            settings.certificate_files.push_back(
                directory.put(number + ".crt", one->certificate_pem()));
            settings.key_files.push_back(directory.put(number + ".key", one->key_pem()));
        }
        auto phrases = tls::PassPhrases::fixed({});
        auto credentials =
            tls::load_credentials(settings, phrases, std::time(nullptr), problems, &chains);
        auto context = contexts->make(settings, credentials, problems);
        if (!context) return nullptr;
        all.push_back(std::move(context));
        selector.by_name[name] = all.back().get();
        return all.back().get();
    }

    bool own_records = true;
    TemporaryDirectory directory;
    int files = 0;
    tls::SharedChains chains;
    std::optional<tls::TicketKeys> tickets;
    std::optional<tls::SessionCache> cache;
    tls::SpentTickets spent = *tls::SpentTickets::create(1024, std::time(nullptr));
    std::unique_ptr<tls::Contexts> contexts;
    std::vector<std::unique_ptr<const tls::Context>> all;
    Selector selector;
    pki::Problems problems;
};

// One client connection. `configure` sets the client's SSL up before the handshake.
class Client {
public:
    using Configure = std::function<void(SSL_CTX*, SSL*)>;

    explicit Client(Site& site, const Configure& configure = {})
        : stream(site.selector)
        , out(pool)
    {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_session_cache_mode(context_.get(),
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_set_app_data(context_.get(), this);
        SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* one, SSL_SESSION* session) {
            auto* self = static_cast<Client*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(one)));
            self->sessions.emplace_back(session);
            return 1;
        });
        ssl.reset(SSL_new(context_.get()));
        SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl.get());
        if (configure) configure(context_.get(), ssl.get());
    }
    ~Client()
    {
        // No close_notify is no reason for the client to forget its session.
        SSL_set_shutdown(ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        ERR_clear_error();
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Bytes the client wants to send.
    std::string take_from_client()
    {
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &bytes);
        std::string text(bytes, static_cast<size_t>(size));
        (void)BIO_reset(SSL_get_wbio(ssl.get()));
        return text;
    }
    std::string take_from_server()
    {
        std::string text;
        iovec vectors[16];
        while (!out.empty()) {
            const int count = out.peek(vectors, 16);
            size_t size = 0;
            for (int i = 0; i < count; i++) {
                text.append(static_cast<char*>(vectors[i].iov_base), vectors[i].iov_len);
                size += vectors[i].iov_len;
            }
            out.consume(size);
        }
        return text;
    }
    void give_client(std::string_view bytes)
    {
        if (!bytes.empty()) {
            BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), static_cast<int>(bytes.size()));
        }
    }
    // The server gets bytes, `step` at a time, in a buffer that is scribbled over afterwards.
    void give_server(std::string bytes)
    {
        for (size_t at = 0; at < bytes.size(); at += step) {
            std::string scratch = bytes.substr(at, step);
            stream.receive(scratch, out);
            while (true) {
                const auto piece = stream.next(out);
                if (piece.empty()) break;
                server_got.append(piece.data(), piece.size());
            }
            std::fill(scratch.begin(), scratch.end(), '\xee');
        }
    }
    // Moves bytes both ways until nothing moves.
    void exchange()
    {
        for (int turn = 0; turn < 20; turn++) {
            const std::string up = take_from_client();
            give_server(up);
            const std::string down = take_from_server();
            give_client(down);
            if (up.empty() && down.empty()) return;
            client_read();
        }
        FAIL() << "the conversation does not end";
    }
    bool handshake()
    {
        SSL_do_handshake(ssl.get());
        exchange();
        return SSL_is_init_finished(ssl.get()) == 1 && stream.is_established();
    }
    void client_read()
    {
        if (!SSL_is_init_finished(ssl.get()) && SSL_do_handshake(ssl.get()) != 1) {
            note_error();
            return;
        }
        char bytes[32768];
        int got = 0;
        while ((got = SSL_read(ssl.get(), bytes, sizeof bytes)) > 0) {
            client_got.append(bytes, static_cast<size_t>(got));
        }
        if (SSL_get_error(ssl.get(), got) == SSL_ERROR_ZERO_RETURN) client_saw_close = true;
        note_error();
    }
    void note_error()
    {
        if (const auto code = ERR_peek_last_error()) client_error = ERR_reason_error_string(code);
        ERR_clear_error();
    }
    void client_write(std::string_view text)
    {
        ASSERT_EQ(SSL_write(ssl.get(), text.data(), static_cast<int>(text.size())),
                  static_cast<int>(text.size()));
    }
    // The client's common name of the certificate it was shown.
    std::string shown_name() const
    {
        pki::X509Ptr x509(SSL_get1_peer_certificate(ssl.get()));
        return x509 ? pki::Certificate(std::move(x509)).common_name() : "";
    }

    BlockPool pool;
    tls::Stream stream;
    Chain out;
    pki::SslPtr ssl;
    size_t step = 1 << 20;
    std::string server_got;
    std::string client_got;
    std::string client_error;
    bool client_saw_close = false;
    std::vector<pki::SslSessionPtr> sessions;

private:
    pki::SslContextPtr context_;
};

inline Client::Configure version(int number)
{
    return [number](SSL_CTX*, SSL* ssl) {
        SSL_set_min_proto_version(ssl, number);
        SSL_set_max_proto_version(ssl, number);
        if (number < TLS1_2_VERSION) SSL_set_cipher_list(ssl, "ALL:@SECLEVEL=0");
    };
}

} // namespace signet::test
