// Who a client is: addresses behind proxies, digests, sessions.
#include "diagnosis/tool_entries.h"

namespace signet::diagnosis {
namespace {

constexpr Entry entries[] = {
    // mod_remoteip
    {910, Severity::error, "AH03496", "RemoteIPProxyProtocol: the connection has no good header",
     "Every connection to this address has to begin with a PROXY header, and this one begins with "
     "something else, or with one that makes no sense. It was closed.",
     "Switch the PROXY protocol on in the balancer (send-proxy, send-proxy-v2), or name clients "
     "that come without it: RemoteIPProxyProtocolExceptions 127.0.0.1"},
    {911, Severity::error, "", "RemoteIP: an address cannot be read",
     "A proxy is given by its address, a network as address/bits, or a name that resolves.",
     "RemoteIPInternalProxy 10.0.0.0/8"},
    {912, Severity::error, "", "RemoteIP: the list of proxies cannot be read",
     "The file of RemoteIPInternalProxyList or RemoteIPTrustedProxyList is missing or not "
     "readable.",
     "Correct the path; relative ones begin at ServerRoot."},
    {913, Severity::warn, "AH03491", "RemoteIPProxyProtocol: two settings for one address",
     "Virtual hosts of one address and port begin their connections alike; the last one has been "
     "taken.",
     "Say it once per address and port."},
    // mod_auth_digest
    {914, Severity::error, "AH01780", "AuthType Digest is set up wrongly",
     "AuthName is missing, or a directive names a provider, an algorithm or a number that cannot "
     "be used.",
     "AuthType Digest, AuthName \"Members\", AuthDigestProvider file, AuthUserFile with a file of "
     "htdigest."},
    {915, Severity::error, "AH01782", "AuthType Digest: the Authorization field cannot be used",
     "It is of another scheme, lacks something, or was made for another URI: a client with a "
     "defect, or a proxy that rewrites URIs.",
     "Nothing, if it is one client. Behind a proxy that rewrites URIs use AuthType Basic over "
     "TLS."},
    {916, Severity::error, "AH01794", "AuthType Digest: wrong name, realm or password",
     "The file of AuthUserFile has no such user in the realm of AuthName, or another hash.",
     "htdigest FILE \"realm as in AuthName\" USER"},
    {917, Severity::error, "AH01776", "AuthType Digest: the nonce is not good",
     "It is from another server or from before a restart, too old, or was used already. The "
     "client is given a new one.",
     "Nothing, if it happens now and then. Else look at AuthDigestNonceLifetime."},
    // mod_authn_dbm, mod_authz_dbm
    {918, Severity::error, "AH10285", "A database of users or groups cannot be opened",
     "The file is missing, not readable for the user that the server runs as, or of another type "
     "than AuthDBMType or AuthzDBMType says; a type's driver may be missing (libaprutil).",
     "htdbm -TGDBM -c FILE USER with AuthDBMType GDBM; chgrp www-data FILE; chmod 640 FILE."},
};

} // namespace

std::span<const Entry> access_entries()
{
    return entries;
}

} // namespace signet::diagnosis
