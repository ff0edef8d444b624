// The SSL_* variables of a connection, formatted exactly as mod_ssl does.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#envvars
#pragma once
#include "pki/certificate_variables.h"
#include "tls/stream.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::tls {

// "SSL_PROTOCOL" → "TLSv1.3". Empty for an unknown name or one that has no value here. "HTTPS" is
// the server's business.
[[nodiscard]] std::string fact(const Stream& stream, std::string_view name,
                               pki::NameFormat format = pki::NameFormat::rfc2253);

// PeerExtList: the values of the client certificate's extensions of this kind, as OpenSSL prints
// them. `oid`: numbers with dots, or a name that OpenSSL knows.
[[nodiscard]] std::vector<std::string> peer_extensions(const Stream& stream, std::string_view oid);

// The subject as one line, "/C=DE/CN=Jo": what FakeBasicAuth calls the client.
[[nodiscard]] std::string subject_line(const ClientIdentity& client);

// The names and values SSLOptions +StdEnvVars adds, without empty ones.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
standard_facts(const Stream& stream, pki::NameFormat format = pki::NameFormat::rfc2253);

// Those of SSLOptions +ExportCertData: whole certificates as PEM. Empty values are among them.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
certificate_facts(const Stream& stream);

} // namespace signet::tls
