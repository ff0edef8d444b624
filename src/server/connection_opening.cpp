// How a connection begins: a PROXY header where one has to come, then TLS or a session.
#include "server/connection.h"

#include "server/configuration.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/http1_session.h"
#include "server/http2_session.h"
#include "server/path_cache.h"
#include "server/protocols.h"
#include "server/proxy_header.h"
#include "server/tls_log.h"
#include "server/tls_selector.h"
#include "server/vhosts.h"
#include "server/worker.h"

namespace signet::server {

// Everything that comes after a PROXY header, where one has to come.
void Connection::begin()
{
    const auto& base = names_->fallback();
    const auto& client = peer_.proxied ? peer_.proxied->address : peer_.client;
    for (const auto& one : base.base->core().log_level_overrides) {
        if (!one.clients.contains(client)) continue;
        peer_.log_levels = &one.levels;
        break;
    }
    if (base.tls_engine) {
        selector_ = make_tls_selector(*names_);
        tls_ = std::make_unique<tls::Stream>(*selector_);
        accepted_ = worker_.loop.now();
        begin_read(ReadStage::handshake);
        log_tls_accepted(base, peer_);
        trace_tls(base, peer_, *tls_);
    } else {
        begin_session();
    }
}

bool Connection::start()
{
    if (worker_.configuration->proxied_listeners.covers(peer_.local, peer_.client)) {
        proxy_header_ = std::make_unique<ProxyHeaderReader>();
        begin_read(ReadStage::handshake);
    } else {
        begin();
    }
    arm_read_timeout(io_timeout());
    if (!worker_.loop.watch(socket_.get(), *this)) return false;
    // The request is usually there already. What changed on the disk before the client connected
    // must be known, although this turn's events were read before.
    worker_.paths->catch_up();
    read_all(0);
    return true;
}

// By what was agreed on, or by the first bytes. The vhost of a TLS connection is that of its
// handshake.
void Connection::begin_session()
{
    begin_read(ReadStage::head);
    const auto& vhost = peer_.tls ? names_->find(tls_->server_name()) : names_->fallback();
    if (peer_.tls && tls_->alpn() == "h2") {
        session_ = std::make_unique<Http2Session>(*this, vhost);
    } else if (takes_http2_directly(vhost)) {
        looks_for_preface_ = true;
    } else {
        session_ = std::make_unique<Http1Session>(*this);
        if (tls_) tls_->set_reauthenticator(*this);
    }
}

// Is it HTTP/2 (RFC 9113 §3.4) or HTTP/1? False when more bytes must tell; they are kept.
bool Connection::recognize(std::span<char> bytes)
{
    constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    opening_.append(bytes.data(), bytes.size());
    const std::string_view seen = std::string_view(opening_).substr(0, preface.size());
    if (seen != preface.substr(0, seen.size())) {
        session_ = std::make_unique<Http1Session>(*this);
        if (tls_) tls_->set_reauthenticator(*this);
    } else if (seen.size() == preface.size()) {
        session_ = std::make_unique<Http2Session>(*this, names_->fallback());
    }
    looks_for_preface_ = !session_;
    return !looks_for_preface_;
}

// Takes what belongs to the header off `bytes`. False: the rest of it has to come, or never will.
bool Connection::take_proxy_header(std::span<char>& bytes)
{
    const auto taken = proxy_header_->take({bytes.data(), bytes.size()});
    if (!taken) {
        refuse_proxy_header(taken.error().text, proxy_header_->apache_id());
        return false;
    }
    bytes = bytes.subspan(*taken);
    if (!proxy_header_->is_complete()) return false;
    // Also one that speaks for itself has told who the client is: no field of a request may.
    peer_.proxied = ProxiedClient{.address = proxy_header_->client().value_or(peer_.client)};
    if (peer_.place) peer_.place->client.store(peer_.proxied->address);
    proxy_header_.reset();
    begin();
    return true;
}

void Connection::refuse_proxy_header(std::string_view why, std::string_view apache_id)
{
    log_event(names_->fallback(), &peer_,
              {.module = "remoteip", .apache_id = apache_id, .id = bad_proxy_header, .text = why});
    worker_.flush_logs_soon();
    die();
}

} // namespace signet::server
