#include "pki/trust.h"

#include "base/file.h"

#include <algorithm>
#include <filesystem>
#include <openssl/pem.h>
#include <set>

namespace signet::pki {
namespace {

using diagnosis::Severity;
constexpr size_t largest_file = size_t{16} << 20;

// Every file of a directory, by name; links to nothing are reported.
std::vector<std::string> files_of(const std::string& path, Problems& problems)
{
    std::vector<std::string> found;
    std::error_code failed;
    for (std::filesystem::directory_iterator at(path, failed), end; !failed && at != end;
         at.increment(failed)) {
        std::error_code gone;
        const auto about = std::filesystem::status(at->path(), gone);
        const std::string name = at->path().string();
        if (!std::filesystem::exists(about)) {
            problems.push_back({.severity = Severity::warn,
                                .id = stale_link,
                                .path = path,
                                .message = name + " is a link to a file that does not exist",
                                .cause = {},
                                .fix = "Remove it: openssl rehash " + path});
        } else if (std::filesystem::is_regular_file(about)) {
            found.push_back(name);
        }
    }
    if (failed) {
        problems.push_back({.severity = Severity::emerg,
                            .id = trust_unreadable,
                            .path = path,
                            .message = "Failed to open Certificate Path `" + path + "'",
                            .cause = failed.message(),
                            .fix = {}});
    }
    std::ranges::sort(found);
    return found;
}

void add_once(std::vector<Certificate>& to, std::set<std::string>& known,
              std::vector<Certificate> from)
{
    for (auto& one : from) {
        if (known.insert(one.der()).second) to.push_back(std::move(one));
    }
}

// How many lists the bytes hold; each goes to the store.
int add_lists(X509_STORE& store, const std::string& bytes)
{
    const BioPtr bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    int count = 0;
    while (bio) {
        const std::unique_ptr<X509_CRL, Deleter<X509_CRL_free>> one(
            PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
        if (!one) break;
        X509_STORE_add_crl(&store, one.get());
        ++count;
    }
    if (count == 0) {
        const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
        const std::unique_ptr<X509_CRL, Deleter<X509_CRL_free>> one(
            d2i_X509_CRL(nullptr, &at, static_cast<long>(bytes.size())));
        if (one && X509_STORE_add_crl(&store, one.get()) == 1) ++count;
    }
    forget_errors();
    return count;
}

} // namespace

std::vector<Certificate> load_authorities(const TrustFiles& from, Problems& problems)
{
    std::vector<Certificate> all;
    std::set<std::string> known;
    if (!from.file.empty()) {
        auto loaded = load_certificates(from.file);
        if (!loaded) {
            problems.push_back({.severity = Severity::emerg,
                                .id = trust_unreadable,
                                .path = from.file,
                                .message = "Failed to load SSLCACertificateFile: " + from.file,
                                .cause = loaded.error().text,
                                .fix = {}});
        } else {
            add_once(all, known, std::move(*loaded));
        }
    }
    if (from.path.empty()) return all;
    for (const auto& name : files_of(from.path, problems)) {
        if (auto loaded = load_certificates(name)) add_once(all, known, std::move(*loaded));
    }
    return all;
}

void add_revocation_lists(X509_STORE& store, const TrustFiles& from, Problems& problems)
{
    if (!from.file.empty()) {
        const auto bytes = read_file(from.file, largest_file);
        if (!bytes || add_lists(store, *bytes) == 0) {
            problems.push_back(
                {.severity = Severity::emerg,
                 .id = revocation_unreadable,
                 .path = from.file,
                 .message = "unable to configure X.509 CRL storage for certificate revocation: "
                            + from.file,
                 .cause = bytes ? "the file holds no revocation list" : bytes.error().text,
                 .fix = {}});
        }
    }
    if (from.path.empty()) return;
    for (const auto& name : files_of(from.path, problems)) {
        if (const auto bytes = read_file(name, largest_file)) (void)add_lists(store, *bytes);
    }
    if (X509_STORE_load_path(&store, from.path.c_str()) != 1) forget_errors();
}

} // namespace signet::pki
