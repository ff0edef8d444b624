// What an administrator should hear about a certificate and its key before clients do.
#pragma once
#include "diagnosis/catalogue.h"
#include "pki/certificate.h"

#include <string>
#include <vector>

namespace signet::pki {

// One thing wrong. `message` has Apache's words where Apache has the message (its AH number is in
// the catalogue entry); cause and fix are particular to this case, or empty: then the catalogue's.
struct Problem {
    diagnosis::Severity severity = diagnosis::Severity::warn;
    int id = 0;         // catalogue entry
    std::string path{}; // the file it is about, or empty
    std::string message{};
    std::string cause{};
    std::string fix{};

    [[nodiscard]] bool is_error() const { return severity <= diagnosis::Severity::error; }
};
using Problems = std::vector<Problem>;

// Adds one that no file is to blame for.
void report(Problems& problems, diagnosis::Severity severity, int id, std::string message,
            std::string cause = {}, std::string fix = {});

// The ids of this floor's messages (diagnosis/pki_entries.cpp).
enum Id : int {
    key_mismatch = 400,
    certificate_unreadable = 401,
    certificate_undecodable = 402,
    key_unreadable = 403,
    key_undecodable = 404,
    pass_phrase_wrong = 405,
    pass_phrase_missing = 406,
    certificate_expired = 407,
    certificate_not_yet_valid = 408,
    certificate_wrong_name = 409,
    chain_incomplete = 410,
    chain_out_of_order = 411,
    chain_unrelated = 412,
    key_readable_by_others = 413,
    key_too_small = 414,
    certificate_is_authority = 415,
    certificate_expires_soon = 416,
    signature_weak = 417,
    no_certificate = 418,
    chain_has_root = 419,
    certificate_not_leaf = 420,
    key_missing = 421,
    stale_link = 422,
    trust_unreadable = 423,
    revocation_unreadable = 424,
    no_authorities = 425,
    revocation_not_configured = 426,
    revocation_not_enabled = 427,
};

// The names a virtual host answers to.
struct HostNames {
    std::string label{}; // "www.example.com:443", Apache's name for the vhost in messages
    std::string server_name{};
    std::vector<std::string> aliases{}; // may hold * and ? wildcards
};

// Dates, names, kind and strength of the leaf, then order and completeness of the chain
// (`chain` without the leaf). Appends to `problems`; nothing here is an error.
void check_certificate(const Certificate& leaf, const std::vector<Certificate>& chain,
                       const HostNames& host, const std::string& path, time_t now,
                       Problems& problems);

// Warns when group or others may read the key file.
void check_key_file(const std::string& path, Problems& problems);

} // namespace signet::pki
