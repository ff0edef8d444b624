#include "server/exchange.h"

#include "server/scope_table.h"
#include "server/vhost.h"
#include "server/worker.h"

namespace signet::server {

void Exchange::reset()
{
    derived_.clear();
    kept_.clear();
    final = &first;
    first.request.reset();
    first.response.reset();
    arena.reset();
}

RequestPair& Exchange::derive(Request& from)
{
    derived_.push_back(std::make_unique<RequestPair>(arena));
    RequestPair& pair = *derived_.back();
    Request& to = pair.request;
    to.exchange = this;
    to.peer = from.peer;
    to.proxied_client = from.proxied_client;
    to.configuration = from.configuration;
    to.worker = from.worker;
    to.vhost = from.vhost;
    to.scope = from.vhost->base.get();
    to.request_line = from.request_line;
    to.method_name = from.method_name;
    to.method = from.method;
    to.head_only = from.head_only;
    to.version = from.version;
    to.http2_stream = from.http2_stream;
    to.may_push = from.may_push;
    to.pushed_with = from.pushed_with;
    to.headers = from.headers;
    to.scheme = from.scheme;
    to.hostname = from.hostname;
    to.host_port = from.host_port;
    to.start_micros = from.start_micros;
    to.user = from.user;
    to.auth_type = from.auth_type;
    to.keep_alive = from.keep_alive;
    pair.response.set_sink(*from.response->sink());
    return pair;
}

void Exchange::forget_since(const Mark& mark)
{
    auto& scopes = *first.request.worker->scopes;
    for (size_t i = mark.pinned; i < pinned.size(); ++i) scopes.unpin(*pinned[i]);
    pinned.resize(mark.pinned);
    paths.resize(mark.paths);
    derived_.resize(mark.derived);
}

RequestPair* Exchange::pair_of(const Request& request)
{
    for (const auto& pair : derived_) {
        if (&pair->request == &request) return pair.get();
    }
    return &first;
}

} // namespace signet::server
