#include "server/banner.h"

#include <openssl/crypto.h>

namespace signet::server {

std::string server_banner(const Configuration& configuration)
{
    const std::string version(signet_version);
    switch (configuration.process.server_tokens) {
    case ProcessSettings::Tokens::product: return "signet";
    case ProcessSettings::Tokens::major: return "signet/" + version.substr(0, version.find('.'));
    case ProcessSettings::Tokens::minor: return "signet/" + version.substr(0, version.rfind('.'));
    case ProcessSettings::Tokens::minimal: return "signet/" + version;
    case ProcessSettings::Tokens::os: return "signet/" + version + " (Unix)";
    case ProcessSettings::Tokens::full: break;
    }
    return "signet/" + version + " (Unix) OpenSSL/" + OpenSSL_version(OPENSSL_VERSION_STRING);
}

} // namespace signet::server
