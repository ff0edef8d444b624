// One request: what the client sent, what the server found out about it, and where its answer is.
#pragma once
#include "base/arena.h"
#include "base/result.h"
#include "http/head.h"
#include "http/headers.h"
#include "http/method.h"
#include "net/address.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace signet::tls {
class Stream;
}

namespace signet::server {

class Configuration;
class Exchange;
struct LogLevels;
struct PathEntry;
class Response;
class Scope;
class VirtualHost;
class Worker;
struct ConnectionStatus;

// A client in whose name another one speaks: a balancer or proxy told its address (mod_remoteip).
struct ProxiedClient {
    net::Address address;
    // As those of Peer.
    std::optional<std::string> host_name{};
    std::optional<bool> host_name_confirmed{};
};

// The connection, as far as a request may know it. Lives at least as long as its requests.
struct Peer {
    net::Address client; // who connected; Request::client() is whose requests they are
    net::Address local;
    uint64_t id = 0;                  // unique in the process
    unsigned requests = 0;            // requests begun on it, this one included
    const tls::Stream* tls = nullptr; // null on plain connections
    bool aborted = false;             // the client went away
    bool is_early = false;            // its handshake is not over yet: TLS early data
    uint64_t bytes_in = 0;            // as received, TLS included
    uint64_t bytes_out = 0;
    // What server/client_host.h has looked up: the name, "" when the address has none, and whether
    // the name resolves back to the address.
    std::optional<std::string> host_name{};
    std::optional<bool> host_name_confirmed{};
    mutable uint64_t logged_in = 0, logged_out = 0; // bytes that were logged already (%I, %O)
    mutable std::string log_id{};                   // %{c}L: given when the first error is logged
    ConnectionStatus* place = nullptr;              // where ExtendedStatus shows it
    mutable std::string client_text{};              // "192.0.2.1:4711", made by the error log
    const LogLevels* log_levels = nullptr;          // LogLevelOverride for this client
    std::optional<ProxiedClient> proxied{};         // said by a PROXY header, for all requests
};

// A body the client sends. Implemented by the sessions.
class RequestBody {
public:
    virtual ~RequestBody() = default;
    // The next bytes (valid until the next call or wait), empty at the end. Waits on the request's
    // fiber; sends 100 Continue first if the client expects it. Errors: cancelled, timed_out,
    // malformed, too_large (LimitRequestBody).
    [[nodiscard]] virtual Result<std::string_view> read() = 0;
    // The same for a fiber that waits for other things, too: nothing when no bytes are here yet.
    // Then its next Fiber::suspend() ends (perhaps too early) when there are some, or an error, or
    // when time is up. ResponseSink::end_waits() follows.
    [[nodiscard]] virtual Result<std::optional<std::string_view>> read_now() { return read(); }
    [[nodiscard]] virtual std::optional<uint64_t> content_length() const = 0;
    [[nodiscard]] virtual const http::Headers& trailers() const = 0;
};

// What stat(2) said about request.filename.
struct FileInfo {
    enum class Type : uint8_t { none, regular, directory, other };
    Type type = Type::none;
    uint64_t size = 0;
    int64_t mtime_micros = 0;
    uint64_t inode = 0;
    uint64_t device = 0;
    uint32_t mode = 0;
    uint32_t owner = 0;
    uint32_t group = 0;
};

// One level of <If> sections: which sections had matched before, and which conditions hold.
struct ConditionWalk {
    std::vector<size_t> base;
    std::vector<size_t> found;
};

// Owned by the exchange (or, for subrequests and internal redirects, by its arena's owner). All
// views are into the arena, the configuration, or static text. One fiber uses it at a time.
class Request {
public:
    explicit Request(Arena& memory)
        : arena(memory)
    {
    }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    Arena& arena;
    Peer* peer = nullptr;                    // never null while the request is in progress
    ProxiedClient* proxied_client = nullptr; // set when peer->client speaks for somebody; not owned
    const Configuration* configuration = nullptr; // the generation this request runs under
    const VirtualHost* vhost = nullptr;
    const Scope* scope = nullptr; // pinned; the vhost's base scope until header_parse
    Response* response = nullptr;
    Worker* worker = nullptr;     // what the process offers: loop, caches, logs
    Exchange* exchange = nullptr; // owns this request and those derived from it

    // The request as received.
    std::string_view request_line{};
    std::string_view method_name{};
    http::Method method = http::Method::get;
    bool head_only = false;
    http::Version version = http::Version::http11;
    http::Headers headers;
    std::string_view scheme{};       // of an absolute target, else ""
    std::string_view unparsed_uri{}; // the target as sent
    std::string_view hostname{};   // from the target or Host, lower-cased, without port; may be ""
    uint16_t host_port = 0;        // 0: none given
    RequestBody* body = nullptr;   // null when there is none
    int64_t start_micros = 0;      // wall clock when the head was complete
    int64_t first_byte_micros = 0; // when its answer began; LogIOTrackTTFB only

    // What the phases find out.
    std::string_view uri{}; // path, unescaped and normalised; translate hooks may replace it
    std::string_view path_escaped{}; // path as sent, without query
    std::optional<std::string_view> query{};
    std::string_view filename{};      // set by translate
    std::string_view document_root{}; // set by translate where it is not the vhost's
    std::string_view path_info{};
    FileInfo file;
    PathEntry* path = nullptr;  // what the worker remembers about the file; held by the exchange
    std::string_view handler{}; // "" = default
    std::string_view extension_filters{}; // AddOutputFilter: names with semicolons
    bool is_handled = false;              // the handler phase was reached
    std::string_view user{};              // the name it gave; nothing (no data) when it gave none
    std::string_view auth_type{};         // the scheme that asked for the name
    // AuthType and AuthName, set by mod_authn_core when it matters who the client is.
    std::string_view wanted_auth_type{};
    std::optional<std::string_view> realm{}; // quotes are escaped
    // The access phase lets it in without knowing who it is: authenticate and authorize are left
    // out (Apache's access_checker_ex, Satisfy Any).
    bool admitted = false;
    // Nothing in it asks for more than the file (server/kept_answer.h).
    bool is_plain = false;

    // RewriteRule [END]: no rule is applied to it any more, nor to what it is redirected to.
    bool rewriting_ended = false;

    // SetEnv's and notes' tables: keys compare case-insensitively, as in Apache.
    http::Headers env;
    http::Headers notes;
    std::vector<ConditionWalk> condition_walks{}; // in order (server/section_match.cpp)

    // Keep-alive bookkeeping shared with the session.
    bool keep_alive = true; // decided by the session, SetEnvIf nokeepalive may clear it

    uint32_t http2_stream = 0;                   // its number; 0: not HTTP/2
    std::chrono::milliseconds stream_timeout{0}; // H2StreamTimeout of a directory; 0: none
    bool may_push = false;    // HTTP/2: the client takes pushes, and H2Push allows them
    uint32_t pushed_with = 0; // the stream whose client will need this answer; 0: it asked itself

    // Where this request came from, when not from the client.
    Request* previous = nullptr;       // internal redirect: the request it replaces
    Request* parent = nullptr;         // subrequest: who asked
    mutable std::string_view log_id{}; // %L: given when the first error is logged
    int error_status = 0;              // an ErrorDocument runs: the status being explained
    std::string_view error_notes{};    // extra sentence for the built-in error page
    std::string_view error_reason{};   // its status's phrase, where it has one of its own

    [[nodiscard]] bool is_tls() const { return peer->tls != nullptr; }
    // Whose request it is: rules, logs and programs see this address. What belongs to the
    // connection (%{c}a, CONN_REMOTE_ADDR) is peer->client. The port is 0 when nobody said one.
    [[nodiscard]] const net::Address& client() const
    {
        return proxied_client ? proxied_client->address : peer->client;
    }
    // By TLS, or because ServerName says https (behind a proxy that ends TLS).
    [[nodiscard]] bool uses_https() const;
    [[nodiscard]] std::string_view env_or(std::string_view name, std::string_view otherwise) const
    {
        return env.find(name).value_or(otherwise);
    }
    // The vhost's name for self-references, by UseCanonicalName; and its port.
    [[nodiscard]] std::string_view server_name() const;
    [[nodiscard]] uint16_t server_port() const;
    // "https://host:port/path" for redirects; the port only when it is not the default.
    [[nodiscard]] std::string absolute_url(std::string_view target) const;
    // A server variable by its CGI, SSL_* or expression name; "" when unknown
    // (server/variables.cpp).
    [[nodiscard]] std::string variable(std::string_view name) const;
    // As new, but with the capacity of its tables.
    void reset();
    // The original request of a chain of internal redirects.
    [[nodiscard]] const Request& original() const;
};

} // namespace signet::server
