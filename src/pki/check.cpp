#include "pki/check.h"

#include "base/text.h"
#include "pki/chain.h"
#include "pki/names.h"

#include <algorithm>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::pki {
namespace {

std::string date(time_t when)
{
    tm parts{};
    gmtime_r(&when, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S GMT", &parts)};
}

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "no name at all" : text;
}

// True when the system's store has a root of the issuer's name (hash links, openssl-rehash(1)).
bool system_trusts_issuer(const Certificate& certificate)
{
    std::string link = X509_get_default_cert_dir();
    link += '/';
    append_hex(link, X509_issuer_name_hash(certificate.get()) & 0xffffffffU, 8);
    return access((link + ".0").c_str(), R_OK) == 0;
}

class Checker {
public:
    Checker(const HostNames& host, const std::string& path, Problems& problems)
        : host_(host)
        , path_(path)
        , problems_(problems)
    {
    }

    void dates(const Certificate& leaf, time_t now)
    {
        const time_t end = leaf.not_after();
        if (now > end) {
            warn(certificate_expired, host_.label + " server certificate expired on " + date(end),
                 "the certificate " + leaf.subject() + " was valid until " + date(end));
        } else if (now + 7 * day > end) {
            warn(certificate_expires_soon,
                 host_.label + " server certificate expires on " + date(end), "");
        }
        if (now < leaf.not_before()) {
            warn(certificate_not_yet_valid,
                 host_.label + " server certificate is not valid before " + date(leaf.not_before()),
                 "the certificate's validity begins on " + date(leaf.not_before())
                     + "; this machine's clock says " + date(now));
        }
    }

    void purpose(const Certificate& leaf)
    {
        // A self-signed certificate made with `openssl req -x509` is its own authority: Apache
        // warns about it all the same.
        if (leaf.is_authority()) {
            warn(certificate_is_authority,
                 host_.label
                     + " server certificate is a CA certificate (BasicConstraints: CA == TRUE !?)",
                 "");
            if (leaf.path_length() > 0) {
                warn(certificate_not_leaf,
                     host_.label
                         + " server certificate is not a leaf certificate (BasicConstraints: "
                           "pathlen == "
                         + std::to_string(leaf.path_length()) + " > 0 !?)",
                     "");
            }
        }
    }

    void strength(const Certificate& leaf)
    {
        if (leaf.key_kind() == KeyKind::rsa && leaf.key_bits() < 2048) {
            warn(key_too_small,
                 host_.label + " server certificate has an RSA key of only "
                     + std::to_string(leaf.key_bits()) + " bits",
                 "");
        }
        int digest = NID_undef;
        if (!leaf.is_self_issued()
            && X509_get_signature_info(leaf.get(), &digest, nullptr, nullptr, nullptr) == 1
            && (digest == NID_sha1 || digest == NID_md5)) {
            warn(signature_weak,
                 host_.label + " server certificate is signed with " + OBJ_nid2ln(digest), "");
        }
        forget_errors();
    }

    void names(const Certificate& leaf)
    {
        const auto has = [&](const std::string& name) {
            const auto names = leaf.dns_names();
            return leaf.covers(name) || std::ranges::any_of(names, [&](const auto& one) {
                       return iequals(one, name);
                   });
        };
        const std::string cause = "the certificate is for " + joined(leaf.dns_names());
        if (!host_.server_name.empty() && !has(host_.server_name)) {
            warn(certificate_wrong_name,
                 host_.label
                     + " server certificate does NOT include an ID which matches the server name",
                 cause + ", the server name is " + host_.server_name);
        }
        std::vector<std::string> missing;
        for (const auto& alias : host_.aliases) {
            if (!has(alias)) missing.push_back(alias);
        }
        if (missing.empty()) return;
        warn(certificate_wrong_name,
             host_.label + " server certificate does NOT include an ID which matches the alias "
                 + joined(missing),
             cause);
    }

    void chain(const Certificate& leaf, const std::vector<Certificate>& chain)
    {
        const Certificate* top = &leaf;
        std::vector<bool> used(chain.size(), false);
        bool in_order = true;
        for (size_t step = 0; step < chain.size(); step++) {
            if (top->is_self_issued()) break;
            const size_t issuer = find_issuer(*top, chain, used);
            if (issuer == chain.size()) break;
            in_order = in_order && issuer == step;
            used[issuer] = true;
            top = &chain[issuer];
        }
        if (!in_order) {
            warn(chain_out_of_order,
                 host_.label + " certificate chain is not in the order leaf, intermediate, root",
                 "");
        }
        for (size_t i = 0; i < chain.size(); i++) {
            if (used[i]) continue;
            warn(chain_unrelated,
                 host_.label + " certificate chain holds " + chain[i].subject()
                     + ", which issued none of the others",
                 "");
        }
        if (top != &leaf && top->is_self_issued()) {
            warn(chain_has_root,
                 host_.label + " certificate chain sends its root " + top->subject(), "",
                 diagnosis::Severity::info);
        }
        completeness(*top);
    }

private:
    static size_t find_issuer(const Certificate& of, const std::vector<Certificate>& chain,
                              const std::vector<bool>& used)
    {
        for (size_t i = 0; i < chain.size(); i++) {
            if (!used[i] && of.may_be_issued_by(chain[i])) return i;
        }
        return chain.size();
    }

    // Only certificates of public authorities say where their issuer's is to be found: a private
    // root that the clients know is no reason to warn.
    void completeness(const Certificate& top)
    {
        if (top.is_self_issued()) return;
        const std::string url = issuer_url(top);
        if (url.empty() || system_trusts_issuer(top)) return;
        warn(chain_incomplete,
             host_.label + " certificate chain is incomplete: the certificate of " + top.issuer()
                 + " is missing",
             "clients get no certificate of " + top.issuer() + ", so many cannot verify "
                 + top.subject(),
             diagnosis::Severity::warn,
             "fetch it from " + url + " and append it (PEM) to " + path_);
    }

    void warn(int id, std::string message, std::string cause,
              diagnosis::Severity severity = diagnosis::Severity::warn, std::string fix = {})
    {
        problems_.push_back({.severity = severity,
                             .id = id,
                             .path = path_,
                             .message = std::move(message),
                             .cause = std::move(cause),
                             .fix = std::move(fix)});
    }

    const HostNames& host_;
    const std::string& path_;
    Problems& problems_;
};

} // namespace

void report(Problems& problems, diagnosis::Severity severity, int id, std::string message,
            std::string cause, std::string fix)
{
    problems.push_back({.severity = severity,
                        .id = id,
                        .path = {},
                        .message = std::move(message),
                        .cause = std::move(cause),
                        .fix = std::move(fix)});
}

void check_certificate(const Certificate& leaf, const std::vector<Certificate>& chain,
                       const HostNames& host, const std::string& path, time_t now,
                       Problems& problems)
{
    Checker checker(host, path, problems);
    checker.dates(leaf, now);
    checker.purpose(leaf);
    checker.strength(leaf);
    checker.names(leaf);
    checker.chain(leaf, chain);
}

void check_key_file(const std::string& path, Problems& problems)
{
    struct stat status {};
    if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    // Debian gives the group ssl-cert read access to its keys; others must not have any.
    if ((status.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) == 0) return;
    problems.push_back({.severity = diagnosis::Severity::warn,
                        .id = key_readable_by_others,
                        .path = path,
                        .message = "private key file " + path
                                   + ((status.st_mode & S_IROTH)
                                          ? " can be read by every user of this machine"
                                          : " can be replaced by other users of this machine"),
                        .cause = {},
                        .fix = "chmod 600 " + path});
}

} // namespace signet::pki
