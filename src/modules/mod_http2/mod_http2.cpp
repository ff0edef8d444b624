// mod_http2: settings of HTTP/2, its variables, and early hints. The protocol itself is in
// server/http2_session.h; Protocols says which vhosts speak it.
//
//     H2MaxSessionStreams 100     streams a connection may have open at a time
//     H2WindowSize 65535          bytes of a request body that a client may send ahead
//     H2StreamMaxMemSize 65536    bytes of a response that wait in memory; then its handler waits
//     H2StreamTimeout 60          how long a stream may wait for its client; else Timeout
//     H2MaxDataFrameLen 0         the largest DATA frame; 0: what the protocol allows
//     H2MaxHeaderBlockLen 0       the largest response head; 0: 64 KiB
//     H2MaxStreamErrors 8         a client that breaks the protocol more often is sent away
//     H2Padding 0                 up to 2^n - 1 random bytes more in each frame
//     H2ModernTLSOnly on          TLS 1.2 or later, with forward secrecy and AEAD suites only
//     H2TLSWarmUpSize 65536       bytes that go in small records before full ones
//     H2TLSCoolDownSecs 1         after so long without traffic, records are small again
//     H2Direct on, H2Upgrade on   h2c without negotiation, and by an Upgrade field
//     H2EarlyHints off            103 before the answer, with …
//     H2EarlyHint Link "</a.css>;rel=preload"       … these fields
//     H2PushResource /a.css       … and these as Link; pushed to clients that take pushes
//     H2Push on                   pushes them, and what Link says with rel=preload
//     H2PushPriority * After      where pushed answers of a media type stand
//     H2PushDiarySize 256         how many are remembered, so that none is pushed twice
//     H2WebSockets off            takes WebSockets (extended CONNECT), for ProxyPass to ws://
//
// H2MinWorkers, H2MaxWorkers, H2MaxWorkerIdleSeconds: streams run on fibers, not on threads.
// H2CopyFiles, H2OutputBuffering, H2SerializeHeaders, H2ProxyRequests: there is nothing to choose.
// Browsers and curl take no pushes; what pushes are for, H2EarlyHints does.
// Beware: one slow client may hold H2MaxSessionStreams times H2WindowSize bytes of memory.
// https://httpd.apache.org/docs/2.4/mod/mod_http2.html
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_http2/config.h"
#include "server/core_config.h"
#include "server/request.h"
#include "server/response.h"
#include "server/vhost.h"
#include "server/worker.h"

namespace signet::mod_http2 {
namespace {

using server::Outcome, server::Request, server::Response;

template <class T> void copy(T& into, const std::optional<T>& from)
{
    if (from) into = *from;
}

Result<void> prepare(const Config& config, server::VirtualHost& vhost, server::Configuration&,
                     config::Diagnostics&)
{
    auto& settings = vhost.http2;
    copy(settings.max_streams, config.max_streams);
    copy(settings.window, config.window);
    copy(settings.max_data_frame, config.max_data_frame);
    copy(settings.max_header_block, config.max_header_block);
    copy(settings.stream_memory, config.stream_memory);
    copy(settings.max_stream_errors, config.max_stream_errors);
    copy(settings.padding_bits, config.padding_bits);
    copy(settings.modern_tls_only, config.modern_tls_only);
    copy(settings.early_hints, config.early_hints);
    copy(settings.websockets, config.websockets);
    copy(settings.push_diary, config.push_diary);
    settings.push_priorities = config.push_priorities;
    settings.direct = config.direct;
    settings.upgrade = config.upgrade;
    settings.tls_warm_up = config.tls_warm_up;
    settings.tls_cool_down = config.tls_cool_down;
    settings.stream_timeout = config.stream_timeout;
    return {};
}

bool is_http2(const Request& request)
{
    return request.http2_stream != 0;
}

// Worker, connection, stream: no two are alike at a time.
std::string stream_tag(const Request& request)
{
    return std::to_string(request.worker->status().pid) + "-" + std::to_string(request.peer->id)
           + "-" + std::to_string(request.http2_stream);
}

// The first good answer on a connection of HTTP/1 names the protocols that are preferred to it, as
// Apache's core does.   RFC 9110 §7.8
void announce(Request& request, Response& response)
{
    if (request.peer->requests != 1 || request.previous || request.parent
        || request.headers.has("Upgrade"))
        return;
    std::string_view names;
    for (const std::string& protocol : request.vhost->base->core().protocols) {
        if (iequals(protocol, "http/1.1")) break;
        names =
            names.empty() ? std::string_view(protocol) : request.arena.join(names, ",", protocol);
    }
    if (names.empty()) return;
    response.headers.set("Upgrade", names);
    response.headers.set("Connection", "Upgrade");
}

Outcome set_variables(const Config&, Request& request, Response& response)
{
    if (!is_http2(request)) {
        announce(request, response);
        return Outcome::declined;
    }
    request.env.set("HTTP2", "on");
    const std::string_view push = request.may_push ? "on" : "off";
    request.env.set("H2PUSH", push);
    request.env.set("H2_PUSH", push);
    const bool pushed = request.pushed_with != 0;
    request.env.set("H2_PUSHED", pushed ? "PUSHED" : "");
    request.env.set("H2_PUSHED_ON",
                    pushed ? request.arena.copy(std::to_string(request.pushed_with)) : "");
    request.env.set("H2_STREAM_ID", request.arena.copy(std::to_string(request.http2_stream)));
    request.env.set("H2_STREAM_TAG", request.arena.copy(stream_tag(request)));
    return Outcome::declined;
}

// For expressions and conditions, also where the fixup phase has not come yet.
bool variable(const Config&, const Request& request, std::string_view name, std::string& value)
{
    const bool known = name == "H2PUSH" || name == "H2_PUSH" || name == "H2_PUSHED"
                       || name == "H2_PUSHED_ON" || name == "H2_STREAM_ID"
                       || name == "H2_STREAM_TAG";
    if (!known) return false;
    if (!is_http2(request)) return true;
    if (name == "H2PUSH" || name == "H2_PUSH") value = request.may_push ? "on" : "off";
    if (name == "H2_PUSHED" && request.pushed_with != 0) value = "PUSHED";
    if (name == "H2_PUSHED_ON" && request.pushed_with != 0)
        value = std::to_string(request.pushed_with);
    if (name == "H2_STREAM_ID") value = std::to_string(request.http2_stream);
    if (name == "H2_STREAM_TAG") value = stream_tag(request);
    return true;
}

Outcome send_hints(const Config& config, Request& request, Response& response)
{
    if (!is_http2(request) || request.previous || request.parent) return Outcome::declined;
    for (const auto& resource : config.resources)
        response.sink()->push({.path = resource.path, .critical = resource.critical});
    if (!request.vhost->http2.early_hints) return Outcome::declined;
    http::Headers fields;
    for (const auto& hint : config.hints) fields.add(hint.name, hint.value);
    for (const auto& resource : config.resources) {
        fields.add("Link", request.arena.join("<", resource.path, ">; rel=preload",
                                              resource.critical ? "; critical" : ""));
    }
    (void)response.sink()->interim(103, fields);
    return Outcome::declined;
}

bool has_hints(const Config& config)
{
    return !config.hints.empty() || !config.resources.empty();
}

Outcome forbid_push(const Config&, Request& request, Response&)
{
    request.may_push = false;
    return Outcome::declined;
}

bool forbids_push(const Config& config)
{
    return config.push == false;
}

Outcome set_timeout(const Config& config, Request& request, Response&)
{
    request.stream_timeout = *config.stream_timeout;
    return Outcome::declined;
}

bool has_timeout(const Config& config)
{
    return config.stream_timeout.has_value();
}

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::header_parse, server::Order::first, set_timeout, has_timeout},
    {server::Phase::fixup, server::Order::middle, forbid_push, forbids_push,
     server::repeats_as<Config, server::Repeats::by_running_again>},
    // A kept answer is never the first of a connection, which announces (is_plain).
    {server::Phase::fixup, server::Order::last, set_variables, nullptr,
     server::repeats_as<Config, server::Repeats::for_the_log>},
    {server::Phase::fixup, server::Order::last, send_hints, has_hints},
};
constexpr server::Extras<Config> extras{.prepare = prepare, .variable = variable};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("http2_module", "mod_http2.c", directives, hooks,
                                                &extras);
}

} // namespace signet::mod_http2

namespace signet::modules {

server::Module mod_http2()
{
    return mod_http2::module();
}

} // namespace signet::modules
