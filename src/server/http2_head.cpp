// Http2Stream's side of a request head: from decoded fields to a Request.   RFC 9113 §8.2, §8.3
// Limits and their answers are those of Apache's mod_http2.
#include "base/text.h"
#include "server/configuration.h"
#include "server/connection.h"
#include "server/error_log.h"
#include "server/http2_session.h"
#include "server/http2_stream.h"
#include "server/vhosts.h"
#include "server/worker.h"

#include <array>
#include <openssl/evp.h>
#include <unistd.h>

namespace signet::server {
namespace {

// All fields together. LimitRequestFields times LimitRequestFieldSize would be 800 KiB a stream.
constexpr size_t max_head = size_t{128} * 1024;
// A client that goes on after its head was refused.
constexpr size_t max_refused_head = size_t{1024} * 1024;
constexpr size_t max_refused_fields = 1000;

// "user-agent" becomes "User-Agent": what HTTP/1 clients send, and scripts may expect.
std::string_view spell_as_http1(Arena& arena, std::string_view name)
{
    auto* bytes = static_cast<char*>(arena.allocate(name.size(), 1));
    bool first = true;
    for (size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        bytes[i] = first && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        first = c == '-';
    }
    return {bytes, name.size()};
}

// 16 random bytes in Base64.   RFC 6455 §4.1
std::string_view make_websocket_key(Arena& arena)
{
    std::array<unsigned char, 16> random{};
    if (getentropy(random.data(), random.size()) != 0) impossible("getentropy failed");
    std::array<unsigned char, 25> text{};
    EVP_EncodeBlock(text.data(), random.data(), static_cast<int>(random.size()));
    return arena.copy(reinterpret_cast<const char*>(text.data()));
}

} // namespace

bool Http2Stream::take_field(std::string_view name, std::string_view value, bool in_trailers)
{
    head_size_ += name.size() + value.size() + 32; // as RFC 9113 §6.5.2 counts
    ++field_count_;
    if (head_size_ > max_refused_head || field_count_ > max_refused_fields) {
        session_.complain(Nuisance::header_bombs);
        return false;
    }
    Arena& arena = exchange_->arena;
    const auto& limits = connection_.names().fallback().head_limits;
    if (in_trailers) {
        // Handlers see trailers after the body; too many are as if there were none.
        if (trailers_.size() < std::max<size_t>(limits.fields, 1) && head_size_ <= max_head)
            trailers_.add(spell_as_http1(arena, name), arena.copy(value));
        return true;
    }
    if (name.starts_with(':')) {
        if (value.size() <= limits.line) return take_pseudo_field(name, value);
        refuse_head(414, "AH10178",
                    arena.join("Request pseudo header exceeds LimitRequestFieldSize: ", name));
        return take_pseudo_field(name, value.substr(0, limits.line));
    }
    if (refusal_ != 0) return true;
    if (name.size() + value.size() > limits.field_size || head_size_ > max_head) {
        std::string text = "Request header exceeds LimitRequestFieldSize(";
        append_number(text, limits.field_size);
        refuse_head(431, "AH10180", arena.join(text, "): ", name.substr(0, 80)));
        return true;
    }
    take_plain_field(name, value);
    if (limits.fields > 0 && exchange_->first.request.headers.size() > limits.fields) {
        std::string text = "Number of request headers exceeds LimitRequestFields(";
        append_number(text, limits.fields);
        refuse_head(431, "AH10181", arena.join(text, ")"));
    }
    return true;
}

void Http2Stream::refuse_head(int status, std::string_view apache_id, std::string_view text)
{
    if (refusal_ != 0) return;
    refusal_ = status;
    log_event(
        connection_.names().fallback(), &connection_.peer(),
        {.severity = Severity::info, .module = "http2", .apache_id = apache_id, .text = text});
}

bool Http2Stream::take_pseudo_field(std::string_view name, std::string_view value)
{
    value = exchange_->arena.copy(value);
    if (name == ":method") {
        pseudo_.method = value;
    } else if (name == ":scheme") {
        pseudo_.scheme = value;
    } else if (name == ":authority") {
        pseudo_.authority = value;
    } else if (name == ":path") {
        pseudo_.path = value;
    } else if (name == ":protocol") {
        pseudo_.protocol = value;
    }
    return true;
}

void Http2Stream::take_plain_field(std::string_view name, std::string_view value)
{
    Arena& arena = exchange_->arena;
    auto& headers = exchange_->first.request.headers;
    if (name == "cookie") { // may come in pieces, RFC 9113 §8.2.3
        if (const auto before = headers.find("Cookie")) {
            headers.set("Cookie", arena.join(*before, "; ", value));
            return;
        }
    } else if (name == "content-length") {
        length_ = parse_number<uint64_t>(value);
    }
    headers.add(spell_as_http1(arena, name), arena.copy(value));
}

// 0, or the status a request is refused with whose pseudo-fields do not fit each other.
int Http2Stream::check_target() const
{
    const bool is_connect = pseudo_.method == "CONNECT";
    if (is_connect && !pseudo_.protocol.empty()) { // extended CONNECT, RFC 8441
        if (pseudo_.scheme.empty() || pseudo_.path.empty()) return 400;
        if (!asks_for_websocket()) return 501;
        return pseudo_.path.starts_with('/') ? 0 : 400;
    }
    if (is_connect) return pseudo_.path.empty() && pseudo_.scheme.empty() ? 0 : 400;
    const bool asks_server = pseudo_.path == "*" && pseudo_.method == "OPTIONS";
    return pseudo_.path.starts_with('/') || asks_server ? 0 : 400;
}

bool Http2Stream::asks_for_websocket() const
{
    return pseudo_.method == "CONNECT" && pseudo_.protocol == "websocket"
           && session_.settings().websockets;
}

// As Apache does: the request becomes the one that HTTP/1.1 clients make (RFC 6455 §4.1), so that
// handlers see one kind only. Nobody looks at the key's answer: the stream needs none.
void Http2Stream::ask_as_http1()
{
    Request& request = exchange_->first.request;
    pseudo_.method = "GET";
    request.headers.remove("Content-Length");
    request.headers.set("Upgrade", "websocket");
    request.headers.set("Connection", "Upgrade");
    if (!request.headers.has("Sec-WebSocket-Key"))
        request.headers.set("Sec-WebSocket-Key", make_websocket_key(request.arena));
}

void Http2Stream::head_complete(bool ends_stream)
{
    Request& request = exchange_->first.request;
    Worker& worker = connection_.worker();
    request.version = http::Version::http2;
    late_refusal_ = check_target();
    const bool is_websocket = late_refusal_ == 0 && asks_for_websocket();
    if (is_websocket) ask_as_http1();
    request.method_name = pseudo_.method;
    request.unparsed_uri = pseudo_.path.empty() ? pseudo_.authority : pseudo_.path;
    request.request_line =
        request.arena.join(pseudo_.method, " ", request.unparsed_uri, " HTTP/2.0");
    // :authority is what Host is in HTTP/1, and wins over it (RFC 9113 §8.3.1).
    if (!pseudo_.authority.empty()) request.headers.set("Host", pseudo_.authority);
    request.headers.join_repeated(request.arena);
    request.start_micros = worker.loop.wall_micros();
    request.http2_stream = static_cast<uint32_t>(id);
    request.may_push = session_.engine().accepts_push();
    request.body = ends_stream || is_websocket ? nullptr : static_cast<RequestBody*>(this);
    ended_ = ends_stream;
    const auto& limits = connection_.names().fallback().head_limits;
    if (limits.registered_methods && !http::is_registered_method(pseudo_.method, limits))
        refuse_head(501, "AH02423", "HTTP Request Line; Unrecognized HTTP method");
    if (refusal_ == 0) judge_expectation();
    if (late_refusal_ != 0 && refusal_ == 0) refusal_ = late_refusal_;
    connection_.peer().requests += 1;
    ready_ = true;
    touch();
    want_attention();
}

void Http2Stream::adopt()
{
    Request& request = exchange_->first.request;
    request.http2_stream = static_cast<uint32_t>(id);
    request.version = http::Version::http2;
    ended_ = true;
    ready_ = true;
    want_attention();
}

} // namespace signet::server
