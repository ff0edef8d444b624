// Where connections begin with a PROXY header, and whose do not (RemoteIPProxyProtocol). As in
// Apache that is a matter of local addresses, not of virtual hosts: nobody knows yet which one a
// client wants.
// https://httpd.apache.org/docs/2.4/mod/mod_remoteip.html#remoteipproxyprotocol
#pragma once
#include "net/address.h"

#include <vector>

namespace signet::server {

// Owned by the Configuration; complete before it serves.
class ProxiedListeners {
public:
    // Port 0 and the any-address stand for every port and address. True when another setting for
    // the same address was overridden.
    bool set(const net::Address& local, bool on);
    // Connections from there come without a header, at every address.
    void except(const net::AddressRange& clients) { exceptions_.push_back(clients); }

    // Must a connection begin with a header? An address that is switched off anywhere is off.
    [[nodiscard]] bool covers(const net::Address& local, const net::Address& client) const;

private:
    [[nodiscard]] static bool holds(const std::vector<net::Address>& list,
                                    const net::Address& local);
    std::vector<net::Address> on_;
    std::vector<net::Address> off_;
    std::vector<net::AddressRange> exceptions_;
};

} // namespace signet::server
