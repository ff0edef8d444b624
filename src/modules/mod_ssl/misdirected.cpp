#include "modules/mod_ssl/misdirected.h"

#include "diagnosis/catalogue.h"
#include "server/configuration.h"
#include "server/request.h"
#include "server/vhost.h"
#include "tls/context.h"
#include "tls/stream.h"

#include <algorithm>

namespace signet::mod_ssl {
namespace {

std::string versions(const tls::Settings& settings)
{
    constexpr std::pair<uint8_t, const char*> names[] = {{tls::Protocols::tls1_0, "TLSv1"},
                                                         {tls::Protocols::tls1_1, "TLSv1.1"},
                                                         {tls::Protocols::tls1_2, "TLSv1.2"},
                                                         {tls::Protocols::tls1_3, "TLSv1.3"}};
    std::string text;
    for (const auto& [bit, name] : names) {
        if (settings.protocols.has(bit)) text += (text.empty() ? "" : " ") + std::string(name);
    }
    return text;
}

std::string certificates(const tls::Settings& settings)
{
    std::string text;
    for (const auto& file : settings.certificate_files) text += (text.empty() ? "" : " ") + file;
    return text;
}

std::string verification(const tls::Settings& settings)
{
    static constexpr const char* names[] = {"none", "optional", "require", "optional_no_ca"};
    const auto index = static_cast<size_t>(settings.client.mode);
    return index < std::size(names) ? names[index] : "other";
}

// What the compatibility of two virtual hosts is made of, as the administrator wrote it.
struct Aspect {
    const char* directive;
    std::string (*text)(const tls::Settings&);
};
constexpr Aspect aspects[] = {
    {"SSLProtocol", versions},
    {"SSLCipherSuite", [](const tls::Settings& one) { return one.cipher_list; }},
    {"SSLCipherSuite TLSv1.3", [](const tls::Settings& one) { return one.cipher_suites; }},
    {"SSLCertificateFile", certificates},
    {"SSLVerifyClient", verification},
};

std::string shortened(std::string text)
{
    constexpr size_t most = 48;
    if (text.size() > most) text = text.substr(0, most) + "...";
    return text;
}

std::string differences(const tls::Settings& handshake, const tls::Settings& wanted)
{
    std::string text;
    for (const auto& aspect : aspects) {
        const std::string here = aspect.text(handshake);
        const std::string there = aspect.text(wanted);
        if (here == there) continue;
        if (!text.empty()) text += ", ";
        text +=
            std::string(aspect.directive) + " (" + shortened(here) + " / " + shortened(there) + ")";
    }
    return text.empty() ? "client certificate settings" : text;
}

std::string place_of(const server::VirtualHost& vhost)
{
    return vhost.server_name + " (" + vhost.position.text() + ")";
}

} // namespace

std::string describe_misdirected(const server::Request& request)
{
    const auto* used = request.peer->tls->context();
    const auto* wanted = request.vhost->tls_context.get();
    const auto& vhosts = request.configuration->vhosts;
    const auto found = std::ranges::find_if(
        vhosts, [&](const auto& one) { return one->tls_context.get() == used; });
    const server::VirtualHost& handshake =
        found == vhosts.end() ? request.configuration->main : **found;
    std::string text = "the handshake was for " + place_of(handshake) + ", the request is for "
                       + place_of(*request.vhost) + "; ";
    text += used && wanted ? "different: " + differences(used->settings(), wanted->settings())
                           : "the latter has no SSLEngine on";
    if (const auto* entry = diagnosis::find(misdirected_request)) {
        text.append("; cause: ").append(entry->cause).append("; fix: ").append(entry->fix);
    }
    return text;
}

} // namespace signet::mod_ssl
