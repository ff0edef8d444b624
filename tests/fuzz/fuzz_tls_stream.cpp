// A whole stream: first byte chooses how the rest is cut, the rest is what a client sent. And the
// record layer: the same bytes as records after a handshake. Certificates are made once.
#include "tls/context.h"
#include "tls/pass_phrase.h"
#include "tls/stream.h"
#include "tls/tickets.h"
#include "unit/pki/make_certificate.h"

#include <cstdlib>
#include <ctime>
#include <string>

using namespace signet;

namespace {

class Site final : public tls::ContextSelector {
public:
    Site()
        : tickets_(std::move(*tls::TicketKeys::create()))
        , contexts_(nullptr, &tickets_)
    {
        const test::Made pair =
            test::make({.common_name = "localhost", .alternative_names = "DNS:localhost"});
        tls::Settings settings;
        settings.host.label = "localhost:443";
        settings.host.server_name = "localhost";
        settings.certificate_files = {directory_.put("own.crt", pair.certificate_pem())};
        settings.key_files = {directory_.put("own.key", pair.key_pem())};
        auto phrases = tls::PassPhrases::fixed({});
        pki::Problems problems;
        auto credentials = tls::load_credentials(settings, phrases, std::time(nullptr), problems);
        context_ = contexts_.make(settings, std::move(credentials), problems);
        if (!context_) std::abort();
    }
    const tls::Context* select(const tls::ClientHello&) override { return context_.get(); }

private:
    test::TemporaryDirectory directory_;
    tls::TicketKeys tickets_;
    tls::Contexts contexts_;
    std::unique_ptr<const tls::Context> context_;
};

void feed_stream(std::string_view sent, size_t step)
{
    static Site site;
    BlockPool pool;
    tls::Stream stream(site);
    Chain out(pool);
    for (size_t at = 0; at < sent.size(); at += step) {
        std::string piece(sent.substr(at, step));
        stream.receive(piece, out);
        while (!stream.next(out).empty()) {
        }
        out.clear();
    }
    if (stream.state() == tls::Stream::State::failed && stream.failure().id == 0) std::abort();
    stream.end_of_input();
}

void feed_records(std::string_view sent)
{
    const std::string secret(32, 's');
    const auto* first = reinterpret_cast<const unsigned char*>(secret.data());
    const std::span<const unsigned char> bytes(first, secret.size());
    BlockPool pool;
    Chain out(pool);
    auto reader = tls::Records::create(0x1301, bytes, bytes, 0);
    auto writer = tls::Records::create(0x1301, bytes, bytes, 0);
    if (!reader || !writer) std::abort();
    // Bytes nobody sealed, then messages of any type that were sealed properly.
    std::string raw(sent.substr(0, tls::Records::largest_record));
    if (raw.size() >= tls::Records::header_size
        && reader->open(raw, out).kind == tls::Records::Kind::data)
        std::abort();
    reader = tls::Records::create(0x1301, bytes, bytes, 0);
    for (size_t at = 0; at + 2 < sent.size();) {
        const char type = sent[at];
        const auto size =
            std::min<size_t>(static_cast<unsigned char>(sent[at + 1]), sent.size() - at - 2);
        Chain sealed(pool);
        if (!writer->seal_message(type, sent.substr(at + 2, size), sealed)) std::abort();
        std::string record;
        iovec vectors[4];
        const int count = sealed.peek(vectors, 4);
        for (int i = 0; i < count; i++)
            record.append(static_cast<const char*>(vectors[i].iov_base), vectors[i].iov_len);
        sealed.clear();
        const auto opened = reader->open(record, out);
        if (opened.kind == tls::Records::Kind::failed && opened.alert < 0) std::abort();
        if (opened.kind != tls::Records::Kind::data && opened.kind != tls::Records::Kind::nothing)
            break;
        out.clear();
        at += 2 + size;
    }
    out.clear();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2) return 0;
    const std::string_view sent(reinterpret_cast<const char*>(data + 1), size - 1);
    if ((data[0] & 1U) != 0) {
        feed_records(sent);
    } else {
        feed_stream(sent, data[0] < 2 ? size : data[0] / 2U);
    }
    return 0;
}
