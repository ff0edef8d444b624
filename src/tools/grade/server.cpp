#include "tools/grade/server.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace signet::tools::grade {
namespace {

struct Target {
    std::string host, port;
};

Target parse_target(const std::string& text)
{
    const size_t colon = text.rfind(':');
    const size_t bracket = text.rfind(']');
    const bool has_port =
        colon != text.npos && (bracket == text.npos ? text.find(':') == colon : colon > bracket);
    Target target{has_port ? text.substr(0, colon) : text,
                  has_port ? text.substr(colon + 1) : "443"};
    if (target.host.starts_with('[') && target.host.ends_with(']')) {
        target.host = target.host.substr(1, target.host.size() - 2);
    }
    return target;
}

// A connected socket whose waits end after some seconds.
FileDescriptor connect_to(const Target& target)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &list) != 0) return {};
    FileDescriptor socket;
    for (const auto* one = list; one; one = one->ai_next) {
        socket = FileDescriptor(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, 0));
        const timeval patience{.tv_sec = 5, .tv_usec = 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (::connect(socket.get(), one->ai_addr, one->ai_addrlen) == 0) break;
        socket.reset();
    }
    ::freeaddrinfo(list);
    return socket;
}

struct Visit {
    std::vector<pki::Certificate> chain;
    std::string head;        // of the answer to GET /
    uint32_t early_data = 0; // what its tickets allow
};

// One whole handshake of OpenSSL's client that accepts these signatures, and a request.
std::optional<Visit> visit(const Target& target, const std::string& name, const char* signatures)
{
    const auto socket = connect_to(target);
    const pki::SslContextPtr context(SSL_CTX_new(TLS_client_method()));
    if (!socket || !context) return std::nullopt;
    SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    SSL_CTX_set1_sigalgs_list(context.get(), signatures);
    const pki::SslPtr ssl(SSL_new(context.get()));
    if (!ssl) return std::nullopt;
    SSL_set_tlsext_host_name(ssl.get(), name.c_str());
    SSL_set_fd(ssl.get(), socket.get());
    if (SSL_connect(ssl.get()) != 1) {
        pki::forget_errors();
        return std::nullopt;
    }
    Visit result;
    const auto* chain = SSL_get_peer_cert_chain(ssl.get());
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        X509* one = sk_X509_value(chain, i);
        if (X509_up_ref(one) == 1) result.chain.emplace_back(pki::X509Ptr(one));
    }
    const std::string request = "GET / HTTP/1.1\r\nHost: " + name
                                + "\r\nConnection: close\r\nUser-Agent: signet grade\r\n\r\n";
    SSL_write(ssl.get(), request.data(), static_cast<int>(request.size()));
    char buffer[4096];
    int got = 0;
    while (result.head.size() < 65536 && result.head.find("\r\n\r\n") == std::string::npos
           && (got = SSL_read(ssl.get(), buffer, sizeof buffer)) > 0) {
        result.head.append(buffer, static_cast<size_t>(got));
    }
    result.early_data = SSL_SESSION_get_max_early_data(SSL_get0_session(ssl.get()));
    pki::forget_errors();
    return result;
}

std::vector<std::string> hsts_fields(std::string_view head)
{
    std::vector<std::string> values;
    for (const auto line : split(head.substr(0, head.find("\r\n\r\n")), '\n')) {
        constexpr std::string_view field = "Strict-Transport-Security:";
        if (istarts_with(line, field)) values.emplace_back(trim(line.substr(field.size())));
    }
    return values;
}

} // namespace

Result<Survey> survey_server(const std::string& target_text, const std::string& name, time_t now,
                             X509_STORE* store)
{
    const Target target = parse_target(target_text);
    auto endpoint = over_network(target.host, target.port);
    if (!endpoint) return std::unexpected(endpoint.error());
    Survey survey{.name = name.empty() ? target.host : name,
                  .label = target.host + ":" + target.port,
                  .hsts_known = false};
    for (const char* signatures :
         {"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519",
          "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA1"}) {
        const auto seen = visit(target, survey.name, signatures);
        if (!seen) continue;
        survey.early_data = std::max(survey.early_data, seen->early_data);
        if (!seen->chain.empty()) {
            survey.certificates.push_back(judge(seen->chain, survey.name, now, store));
        }
        if (seen->head.starts_with("HTTP/")) {
            survey.hsts = hsts_fields(seen->head);
            survey.hsts_known = true;
        }
    }
    ask(**endpoint, survey);
    if (survey.suites.empty()) return fail(target_text + " does not speak TLS");
    return survey;
}

} // namespace signet::tools::grade
