// Hosts whose certificates somebody else brings: mod_md says which, mod_ssl serves them.
#pragma once
#include "tls/live_credentials.h"

#include <map>
#include <memory>
#include <string_view>

namespace signet::server {

class VirtualHost;

// Where mod_md's `prepare` leaves it in Configuration::shared, as shared_ptr<ManagedTls>.
inline constexpr std::string_view managed_tls = "tls.managed";

struct ManagedTls {
    struct Host {
        std::shared_ptr<const tls::Credentials> stand_in; // until the source has some
        std::shared_ptr<tls::CredentialSource> source;
    };
    std::map<const VirtualHost*, Host> hosts{};
    // For clients that offer acme-tls/1 alone: a CA that looks for a proof (RFC 8737).
    std::shared_ptr<tls::CredentialSource> challenges{};
    std::shared_ptr<const tls::Credentials> challenge_stand_in{};
};

} // namespace signet::server
