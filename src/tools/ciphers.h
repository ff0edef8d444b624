// signet ciphers [LIST]: what an OpenSSL cipher string comes to when signet serves it, each suite
// explained.   https://docs.openssl.org/3.0/man1/openssl-ciphers/
#pragma once
#include "tools/cert.h"

#include <string>

namespace signet::tools {

// Adds the verb; what it did when it was parsed is left in `code`.
void add_ciphers_verb(CLI::App& app, int& code);

struct CiphersRequest {
    std::string list{};  // empty: that of the virtual host, or what is served when nothing is said
    std::string vhost{}; // whose list, in place of `list`
    ConfigurationPlace configuration{};
    bool json = false, openssl = false, verbose = false;
};
// Exit status: done; no when the list comes to nothing; failed.
[[nodiscard]] int list_ciphers(const CiphersRequest& request);

} // namespace signet::tools
