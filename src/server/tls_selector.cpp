#include "server/tls_selector.h"

#include "server/vhosts.h"
#include "tls/client_hello.h"

namespace signet::server {
namespace {

class Selector final : public tls::ContextSelector {
public:
    explicit Selector(const NameTable& names)
        : names_(names)
    {
    }

    const tls::Context* select(const tls::ClientHello& hello) override
    {
        const VirtualHost& vhost = names_.find(hello.server_name);
        // A CA that wants to see the proof of tls-alpn-01 offers nothing else. RFC 8737 §3
        if (vhost.acme_context && hello.alpn.size() == 1 && hello.alpn.front() == "acme-tls/1")
            return vhost.acme_context.get();
        // A name whose vhost has no TLS of its own is served by the address's first one, as Apache.
        return vhost.tls_context ? vhost.tls_context.get() : names_.fallback().tls_context.get();
    }

private:
    const NameTable& names_;
};

} // namespace

std::unique_ptr<tls::ContextSelector> make_tls_selector(const NameTable& names)
{
    return std::make_unique<Selector>(names);
}

} // namespace signet::server
