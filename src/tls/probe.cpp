#include "tls/probe.h"

#include "base/file.h"
#include "base/text.h"
#include "pki/key.h"
#include "pki/material.h"
#include "pki/names.h"
#include "tls/probe_failure.h"
#include "tls/probe_trace.h"

#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <openssl/ocsp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace signet::tls {
namespace {

using Clock = std::chrono::steady_clock;
using Stage = ProbeResult::Stage;
using pki::drain_errors;

double since(Clock::time_point begin)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

bool wait_for(int descriptor, short events, std::chrono::milliseconds patience)
{
    pollfd poll{.fd = descriptor, .events = events};
    int ready = 0;
    while ((ready = ::poll(&poll, 1, static_cast<int>(patience.count()))) < 0 && errno == EINTR) {
    }
    return ready > 0;
}

Result<FileDescriptor> connect_to(const addrinfo& to, std::chrono::milliseconds patience)
{
    FileDescriptor socket(::socket(to.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail_errno("socket");
    if (::connect(socket.get(), to.ai_addr, to.ai_addrlen) == 0) return socket;
    if (errno != EINPROGRESS) return fail(std::strerror(errno));
    if (!wait_for(socket.get(), POLLOUT, patience)) return fail("no answer");
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(std::strerror(error));
    return socket;
}

std::string address_text(const addrinfo& address)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (::getnameinfo(address.ai_addr, address.ai_addrlen, host, sizeof host, port, sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV)
        != 0) {
        return {};
    }
    return address.ai_family == AF_INET6 ? "[" + std::string(host) + "]:" + port
                                         : std::string(host) + ":" + port;
}

// "h2,http/1.1" as the extension has it.   RFC 7301 §3.1
std::string alpn_bytes(std::string_view names)
{
    std::string bytes;
    for (const auto name : split(names, ',')) {
        if (name.empty() || name.size() > 255) continue;
        bytes += static_cast<char>(name.size());
        bytes += name;
    }
    return bytes;
}

std::string group_text(SSL* ssl)
{
    EVP_PKEY* peer = nullptr;
    if (SSL_get_peer_tmp_key(ssl, &peer) != 1) return "none (no forward secrecy)";
    const pki::EvpKeyPtr owned(peer);
    switch (EVP_PKEY_get_base_id(peer)) {
    case EVP_PKEY_X25519: return "X25519";
    case EVP_PKEY_X448: return "X448";
    case EVP_PKEY_DH: return "DH " + std::to_string(EVP_PKEY_get_bits(peer)) + " bits";
    default: break;
    }
    char name[64] = "";
    size_t length = 0;
    (void)EVP_PKEY_get_group_name(peer, name, sizeof name, &length);
    pki::forget_errors();
    return *name ? name : "unknown";
}

std::string staple_text(SSL* ssl)
{
    const unsigned char* bytes = nullptr;
    const long size = SSL_get_tlsext_status_ocsp_resp(ssl, &bytes);
    if (size <= 0 || !bytes) return "none";
    const std::unique_ptr<OCSP_RESPONSE, pki::Deleter<OCSP_RESPONSE_free>> answer(
        d2i_OCSP_RESPONSE(nullptr, &bytes, size));
    const std::unique_ptr<OCSP_BASICRESP, pki::Deleter<OCSP_BASICRESP_free>> basic(
        answer ? OCSP_response_get1_basic(answer.get()) : nullptr);
    OCSP_SINGLERESP* one = basic ? OCSP_resp_get0(basic.get(), 0) : nullptr;
    pki::forget_errors();
    if (!one) return "present, but not readable";
    ASN1_GENERALIZEDTIME* next = nullptr;
    const int status = OCSP_single_get0_status(one, nullptr, nullptr, nullptr, &next);
    tm parts{};
    char until[64] = "";
    if (next && ASN1_TIME_to_tm(next, &parts) == 1)
        std::strftime(until, sizeof until, " until %Y-%m-%d %H:%M:%S GMT", &parts);
    return std::string(OCSP_cert_status_str(status)) + until;
}

class Prober {
public:
    explicit Prober(const ProbeOptions& options)
        : options_(options)
        , name_(options.server_name.empty() ? options.host : options.server_name)
    {
    }

    Result<ProbeResult> run()
    {
        if (auto made = make_context(); !made) return std::unexpected(made.error());
        if (result_.failure_id != 0) return std::move(result_);
        if (!resolve()) return std::move(result_);
        auto ssl = handshake(nullptr, options_.alpn.empty() ? "http/1.1" : options_.alpn, false);
        if (!ssl) return std::move(result_);
        look_at(ssl.get());
        result_.stage = Stage::request;
        if (options_.only_handshake || result_.alpn == "h2") {
            result_.stage = Stage::done;
        } else if (ask(ssl.get())) {
            result_.stage = Stage::done;
        }
        SSL_shutdown(ssl.get());
        pki::forget_errors();
        if (!options_.only_handshake) try_resumption(ssl.get());
        return std::move(result_);
    }

private:
    Result<void> make_context()
    {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        if (!context_) return pki::fail_openssl("TLS");
        // A probe talks to servers that nobody should have to: it reports them.
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_min_proto_version(context_.get(), options_.least_version);
        SSL_CTX_set_max_proto_version(context_.get(), options_.highest_version);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
        SSL_CTX_set_options(context_.get(), SSL_OP_LEGACY_SERVER_CONNECT);
        SSL_CTX_set_session_cache_mode(context_.get(),
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_set_ex_data(context_.get(), 0, this);
        SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* ssl, SSL_SESSION* session) {
            auto* self = static_cast<Prober*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0));
            self->session_.reset(session);
            return 1; // ours now
        });
        // Called only when the server asks for a certificate.
        SSL_CTX_set_cert_cb(
            context_.get(),
            [](SSL*, void* self) {
                static_cast<Prober*>(self)->result_.client_certificate_asked = true;
                return 1;
            },
            this);
        if (!options_.cipher_list.empty()
            && SSL_CTX_set_cipher_list(context_.get(), options_.cipher_list.c_str()) != 1)
            return refuse_list("-cipher " + options_.cipher_list);
        if (!options_.cipher_suites.empty()
            && SSL_CTX_set_ciphersuites(context_.get(), options_.cipher_suites.c_str()) != 1)
            return refuse_list("-ciphersuites " + options_.cipher_suites);
        if (!options_.groups.empty()
            && SSL_CTX_set1_groups_list(context_.get(), options_.groups.c_str()) != 1)
            return refuse_list("-groups " + options_.groups);
        if (!options_.authorities.empty()) {
            auto roots = pki::load_certificates(options_.authorities);
            if (!roots) return std::unexpected(roots.error());
            roots_ = std::move(*roots);
        }
        return options_.certificate.empty() ? Result<void>() : load_client_certificate();
    }

    // Not an error of a file: the result tells it.
    Result<void> refuse_list(const std::string& option)
    {
        pki::forget_errors();
        end(Stage::options, {probe_bad_list, option + " names nothing that this OpenSSL knows"});
        return {};
    }

    Result<void> refuse_key(std::string why)
    {
        pki::forget_errors();
        end(Stage::options, {probe_bad_key, std::move(why)});
        return {};
    }

    Result<void> load_client_certificate()
    {
        auto material = pki::load_material(options_.certificate, options_.ask);
        if (!material) return std::unexpected(material.error());
        if (material->certificates.empty())
            return refuse_key(options_.certificate + " holds no certificate");
        if (!options_.key.empty()) {
            auto key = pki::PrivateKey::load(options_.key, options_.ask);
            if (!key) return std::unexpected(key.error());
            material->keys.clear();
            material->keys.push_back(std::move(*key));
        }
        if (material->keys.empty())
            return refuse_key(options_.certificate + " holds no key, and there is no -key");
        const auto& leaf = material->certificates.front();
        if (X509_check_private_key(leaf.get(), material->keys.front().get()) != 1) {
            return refuse_key(
                (options_.key.empty() ? "the key in " + options_.certificate : options_.key)
                + " is not the key of the certificate in " + options_.certificate);
        }
        if (SSL_CTX_use_certificate(context_.get(), leaf.get()) != 1
            || SSL_CTX_use_PrivateKey(context_.get(), material->keys.front().get()) != 1)
            return pki::fail_openssl(options_.certificate);
        for (size_t i = 1; i < material->certificates.size(); i++)
            SSL_CTX_add1_chain_cert(context_.get(), material->certificates[i].get());
        has_certificate_ = true;
        return {};
    }

    bool end(Stage stage, ProbeFailure why)
    {
        result_.stage = stage;
        result_.failure = std::move(why.text);
        result_.failure_id = why.id;
        return false;
    }

    bool end(Stage stage, SSL* ssl, int done)
    {
        return end(stage, explain(trouble(ssl, done, stage == Stage::handshake), options_));
    }

    bool resolve()
    {
        const auto begin = Clock::now();
        const addrinfo hints{.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
        addrinfo* list = nullptr;
        const int code = ::getaddrinfo(options_.host.c_str(), std::to_string(options_.port).c_str(),
                                       &hints, &list);
        addresses_.reset(list);
        result_.resolve_ms = since(begin);
        return code == 0
               || end(Stage::resolve, {probe_no_connection,
                                       options_.host + " has no address: " + ::gai_strerror(code)});
    }

    bool open_socket()
    {
        std::string why = "no address";
        for (const addrinfo* one = addresses_.get(); one; one = one->ai_next) {
            auto socket = connect_to(*one, options_.patience);
            if (socket) {
                result_.address = address_text(*one);
                socket_ = std::move(*socket);
                return true;
            }
            why = address_text(*one) + ": " + socket.error().text;
        }
        return end(Stage::connect, {probe_no_connection, why});
    }

    // True when the call may be repeated.
    bool wait(SSL* ssl, int result)
    {
        const int error = SSL_get_error(ssl, result);
        if (error == SSL_ERROR_WANT_READ) return wait_for(socket_.get(), POLLIN, options_.patience);
        if (error == SSL_ERROR_WANT_WRITE)
            return wait_for(socket_.get(), POLLOUT, options_.patience);
        return false;
    }

    Trouble trouble(SSL* ssl, int result, bool in_handshake)
    {
        const int system = errno;
        const int error = SSL_get_error(ssl, result);
        Trouble found{.error = ERR_peek_error(),
                      .system_error = error == SSL_ERROR_SYSCALL ? system : 0,
                      .timed_out = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE,
                      .in_handshake = in_handshake,
                      .first_bytes = first_bytes_,
                      .certificate_asked = result_.client_certificate_asked,
                      .certificate_sent = result_.client_certificate_asked && has_certificate_};
        pki::forget_errors();
        constexpr char alert_record = 21;
        const bool is_refused_at_once = first_bytes_.starts_with(alert_record);
        if (in_handshake && is_refused_at_once) found.is_plain_http = speaks_plain_http();
        return found;
    }

    // A server may answer a hello on its HTTP port with an alert, as signet does. A port for TLS
    // answers HTTP with 400, or leads to https:// with 308.
    bool speaks_plain_http()
    {
        const auto socket = connect_to(*addresses_, options_.patience);
        constexpr std::string_view request = "GET / HTTP/1.0\r\n\r\n";
        if (!socket
            || ::send(socket->get(), request.data(), request.size(), MSG_NOSIGNAL)
                   != static_cast<ssize_t>(request.size()))
            return false;
        char answer[12] = {}; // "HTTP/1.1 200"
        if (!wait_for(socket->get(), POLLIN, options_.patience)
            || ::recv(socket->get(), answer, sizeof answer, 0) != sizeof answer)
            return false;
        const std::string_view text(answer, sizeof answer);
        return text.starts_with("HTTP/") && !text.ends_with("400") && !text.ends_with("308");
    }

    // Keeps what the server says first: it may be no TLS.   BIO_set_callback_ex(3)
    static long keep_first_bytes(BIO* bio, int operation, const char* bytes, size_t, int, long,
                                 int result, size_t* processed)
    {
        constexpr size_t enough = 64;
        if (operation != (BIO_CB_READ | BIO_CB_RETURN) || result <= 0 || !processed) return result;
        auto& kept =
            static_cast<Prober*>(static_cast<void*>(BIO_get_callback_arg(bio)))->first_bytes_;
        if (kept.size() < enough) kept.append(bytes, std::min(*processed, enough - kept.size()));
        return result;
    }

    pki::SslPtr handshake(SSL_SESSION* session, const std::string& alpn, bool again)
    {
        auto begin = Clock::now();
        if (!open_socket()) return nullptr;
        if (!again) result_.connect_ms = since(begin);
        pki::SslPtr ssl(SSL_new(context_.get()));
        if (!ssl || SSL_set_fd(ssl.get(), socket_.get()) != 1) {
            end(Stage::handshake, {probe_no_handshake, drain_errors()});
            return nullptr;
        }
        first_bytes_.clear();
        BIO_set_callback_arg(SSL_get_rbio(ssl.get()), static_cast<char*>(static_cast<void*>(this)));
        BIO_set_callback_ex(SSL_get_rbio(ssl.get()), keep_first_bytes);
        if (!pki::is_ip_address(name_)) SSL_set_tlsext_host_name(ssl.get(), name_.c_str());
        SSL_set_tlsext_status_type(ssl.get(), TLSEXT_STATUSTYPE_ocsp);
        const std::string protocols = alpn_bytes(alpn);
        SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
        if (session) SSL_set_session(ssl.get(), session);
        if (!again) trace(ssl.get(), options_);
        begin = Clock::now();
        int done = 0;
        errno = 0;
        while ((done = SSL_connect(ssl.get())) != 1) {
            if (wait(ssl.get(), done)) continue;
            end(Stage::handshake, ssl.get(), done);
            return nullptr;
        }
        if (!again) result_.handshake_ms = since(begin);
        return ssl;
    }

    void look_at(SSL* ssl)
    {
        result_.version = SSL_get_version(ssl);
        result_.cipher = SSL_get_cipher_name(ssl);
        result_.group = group_text(ssl);
        int nid = NID_undef;
        if (SSL_get_peer_signature_nid(ssl, &nid) == 1) {
            int type = NID_undef;
            (void)SSL_get_peer_signature_type_nid(ssl, &type);
            result_.signature = std::string(OBJ_nid2sn(type)) + " with " + OBJ_nid2sn(nid);
        }
        result_.alpn = chosen_alpn(ssl);
        result_.staple = staple_text(ssl);
        result_.client_certificate_sent = result_.client_certificate_asked && has_certificate_;
        const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
        for (int i = 0; chain && i < sk_X509_num(chain); i++) {
            X509* one = sk_X509_value(chain, i);
            X509_up_ref(one);
            result_.chain.emplace_back(pki::X509Ptr(one));
        }
        if (result_.chain.empty()) return;
        pki::Trust trust;
        for (const auto& root : roots_) trust.roots.push_back(pki::share(root));
        result_.name_fits = result_.chain.front().covers(name_);
        trust.host = name_;
        result_.verdict = pki::verify_chain(result_.chain.front(), result_.chain, trust);
        pki::forget_errors();
    }

    static std::string chosen_alpn(SSL* ssl)
    {
        const unsigned char* bytes = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl, &bytes, &size);
        return size ? std::string(reinterpret_cast<const char*>(bytes), size) : std::string();
    }

    bool ask(SSL* ssl)
    {
        const bool usual = options_.port == 443;
        const std::string host = name_.find(':') != name_.npos ? "[" + name_ + "]" : name_;
        const std::string request =
            "GET " + options_.path + " HTTP/1.1\r\nHost: " + host
            + (usual ? "" : ":" + std::to_string(options_.port))
            + "\r\nUser-Agent: signet-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n";
        const auto begin = Clock::now();
        int done = 0;
        errno = 0;
        while ((done = SSL_write(ssl, request.data(), static_cast<int>(request.size()))) <= 0) {
            if (!wait(ssl, done)) return end(Stage::request, ssl, done);
        }
        std::string head;
        char buffer[16384];
        while (head.find("\r\n\r\n") == head.npos && head.size() < 65536) {
            done = SSL_read(ssl, buffer, sizeof buffer);
            if (done > 0) {
                if (head.empty()) result_.first_byte_ms = since(begin);
                head.append(buffer, static_cast<size_t>(done));
            } else if (!wait(ssl, done)) {
                // A certificate that is demanded in TLS 1.3 is missed only here.
                return end(Stage::request, ssl, done);
            }
        }
        read_head(head.substr(0, head.find("\r\n\r\n")));
        return result_.status != 0
               || end(Stage::request, {probe_no_answer, "the answer is not HTTP"});
    }

    void read_head(std::string_view head)
    {
        const auto lines = split(head, '\n');
        if (lines.empty() || !lines[0].starts_with("HTTP/")) return;
        const auto words = split_words(lines[0]);
        result_.status_line = pki::visible(lines[0]);
        result_.status = words.size() > 1 ? parse_number<int>(words[1]).value_or(0) : 0;
        for (const auto line : lines) {
            const size_t colon = line.find(':');
            if (colon == line.npos) continue;
            const auto name = line.substr(0, colon);
            const std::string value = pki::visible(trim(line.substr(colon + 1)));
            if (iequals(name, "Strict-Transport-Security") && result_.hsts.empty())
                result_.hsts = value;
            if (iequals(name, "Server")) result_.server = value;
            if (iequals(name, "Location")) result_.location = value;
        }
    }

    void try_resumption(SSL* first)
    {
        if (!session_) session_.reset(SSL_get1_session(first));
        if (!session_ || SSL_SESSION_is_resumable(session_.get()) != 1) return;
        const pki::SslSessionPtr session = std::move(session_);
        const ProbeResult before = {
            .stage = result_.stage, .failure = result_.failure, .failure_id = result_.failure_id};
        result_.resumption_tried = true;
        result_.early_data = SSL_SESSION_get_max_early_data(session.get());
        if (const auto ssl = handshake(session.get(), "h2,http/1.1", true)) {
            result_.resumed = SSL_session_reused(ssl.get()) == 1;
            result_.alpn_offered_h2 = chosen_alpn(ssl.get());
            SSL_shutdown(ssl.get());
        }
        result_.stage = before.stage;
        result_.failure = before.failure;
        result_.failure_id = before.failure_id;
        pki::forget_errors();
    }

    const ProbeOptions& options_;
    std::string name_;
    std::unique_ptr<addrinfo, FreeAddresses> addresses_;
    std::vector<pki::Certificate> roots_;
    FileDescriptor socket_;
    pki::SslSessionPtr session_;
    ProbeResult result_;
    pki::SslContextPtr context_;
    bool has_certificate_ = false;
    std::string first_bytes_; // of the connection at hand
};

} // namespace

Result<ProbeResult> probe(const ProbeOptions& options)
{
    return Prober(options).run();
}

Result<ProbeOptions> parse_probe_target(std::string_view target)
{
    ProbeOptions options;
    const auto refuse = [&] {
        return fail(Error::Kind::malformed,
                    "\"" + pki::visible(target) + "\" is neither https://host/ nor host:port");
    };
    if (istarts_with(target, "http://")) {
        return fail(Error::Kind::malformed,
                    "\"" + pki::visible(target) + "\" has no TLS to look at");
    }
    if (istarts_with(target, "https://")) target.remove_prefix(8);
    if (const size_t slash = target.find('/'); slash != target.npos) {
        options.path = target.substr(slash);
        target = target.substr(0, slash);
    }
    // The path becomes a request line.
    for (const char c : options.path) {
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return refuse();
    }
    std::string_view port;
    if (target.starts_with('[')) {
        const size_t end = target.find(']');
        if (end == target.npos) return refuse();
        options.host = target.substr(1, end - 1);
        port = target.substr(end + 1);
    } else if (target.find(':') != target.rfind(':')) { // an IPv6 address alone
        options.host = target;
    } else {
        const size_t colon = target.find(':');
        options.host = target.substr(0, colon);
        if (colon != target.npos) port = target.substr(colon);
    }
    if (!port.empty()) {
        const auto number = parse_number<uint16_t>(port.substr(1));
        if (port[0] != ':' || !number || *number == 0) return refuse();
        options.port = *number;
    }
    for (const char c : options.host) {
        if (!is_alnum(c) && std::string_view(".-_:%").find(c) == std::string_view::npos)
            return refuse();
    }
    if (options.host.empty()) return refuse();
    return options;
}

} // namespace signet::tls
