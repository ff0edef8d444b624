// Hosts whose certificates and staples somebody else brings: mod_md says which, mod_ssl serves
// them.
#pragma once
#include "tls/live_credentials.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

namespace signet::server {

class VirtualHost;

// Where mod_md's `prepare` leaves it in Configuration::shared, as shared_ptr<ManagedTls>.
inline constexpr std::string_view managed_tls = "tls.managed";

// A part of a certificate's or a response's life: a time, or so many of a hundred.
struct LifeWindow {
    std::chrono::seconds fixed{0};
    int percent = 0; // counts when it is not 0
    [[nodiscard]] std::chrono::seconds of(std::chrono::seconds life) const
    {
        return percent ? life * percent / 100 : fixed;
    }
};

struct ManagedTls {
    struct Host {
        std::shared_ptr<const tls::Credentials> stand_in; // until the source has some
        std::shared_ptr<tls::CredentialSource> source;
        bool must_staple = false; // its certificates demand a staple
        bool staple = false;      // MDStapling; mod_ssl adds the hosts with SSLUseStapling
    };
    std::map<const VirtualHost*, Host> hosts{};
    // For clients that offer acme-tls/1 alone: a CA that looks for a proof (RFC 8737).
    std::shared_ptr<tls::CredentialSource> challenges{};
    std::shared_ptr<const tls::Credentials> challenge_stand_in{};
    // MDStapling with MDStapleOthers: certificates from files get staples too, renewed when so much
    // of a response's life is left.
    std::optional<LifeWindow> staple_others{};
};

} // namespace signet::server
