#include "pki/authority.h"

#include "base/file.h"
#include "base/text.h"
#include "pki/names.h"
#include "pki/new_key.h"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>

namespace signet::pki {
namespace {

constexpr int64_t backdated = 60 * 60; // clients' clocks are behind sometimes
constexpr std::string_view file_name = "/authority.mdb";

Result<NamePtr> common_name(const std::string& name)
{
    NamePtr subject(X509_NAME_new());
    if (!subject
        || X509_NAME_add_entry_by_NID(subject.get(), NID_commonName, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(name.data()),
                                      static_cast<int>(name.size()), -1, 0)
               != 1) {
        return fail_openssl("name of the authority");
    }
    return subject;
}

struct MadeAuthority {
    PrivateKey key;
    Certificate certificate;
};

Result<MadeAuthority> make_authority(const AuthorityPlan& plan, const MadeAuthority* root)
{
    auto key = make_key(plan.key_type);
    if (!key) return std::unexpected(key.error());
    auto subject = common_name(plan.name + (root ? " intermediate" : " root"));
    if (!subject) return std::unexpected(subject.error());
    CertificatePlan wanted{.role = root ? Role::intermediate : Role::root,
                           .subject = std::move(*subject),
                           .public_key = key->get(),
                           .not_before = plan.now - backdated,
                           .not_after = plan.now + (root ? 5 : 10) * 365 * day,
                           .permitted_domains = plan.permitted_domains};
    auto made = root ? issue(wanted, &root->certificate, root->key) : issue(wanted, nullptr, *key);
    if (!made) return std::unexpected(made.error());
    return MadeAuthority{std::move(*key), std::move(*made)};
}

Result<void> write_settings(AuthorityStore::Change& change, const AuthorityPlan& plan,
                            const MadeAuthority& root, const MadeAuthority& intermediate)
{
    const Secret* phrase = plan.phrase ? &*plan.phrase : nullptr;
    const auto root_key = key_to_pem(root.key, phrase);
    if (!root_key) return std::unexpected(root_key.error());
    const auto key = key_to_pem(intermediate.key, phrase);
    if (!key) return std::unexpected(key.error());
    std::string domains;
    for (const auto& domain : plan.permitted_domains) domains += domain + " ";
    const std::string root_der = root.certificate.der(), der = intermediate.certificate.der();
    const std::pair<std::string_view, std::string_view> settings[] = {
        {"root", root_der},
        {"intermediate", der},
        {"root_key", root_key->text()},
        {"key", key->text()},
        {"permitted", domains},
        {"crl_url", plan.crl_url},
        {"ocsp_url", plan.ocsp_url},
        {"issuer_url", plan.issuer_url},
        {"crl_number", "0"},
    };
    for (const auto& [name, value] : settings) {
        if (auto set = change.set(name, value); !set) return set;
    }
    return {};
}

Result<Certificate> certificate_setting(const AuthorityStore::Change& change, std::string_view name)
{
    auto der = change.setting(name);
    if (!der) return std::unexpected(der.error());
    if (!*der) return fail(Error::Kind::not_found, "the authority has no records yet");
    return Certificate::from_der(
        {reinterpret_cast<const unsigned char*>((*der)->data()), (*der)->size()});
}

std::string bytes_to_hex(const std::string& bytes)
{
    return hex_text(bytes, false);
}

} // namespace

Result<Authority> Authority::create(const std::string& folder, const AuthorityPlan& plan)
{
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(folder);
    if (auto present = open(folder)) {
        return fail(Error::Kind::denied, folder + " holds an authority already");
    } else if (present.error().kind != Error::Kind::not_found) {
        return present; // damaged, or not ours to read: never overwritten
    }
    auto root = make_authority(plan, nullptr);
    if (!root) return std::unexpected(root.error());
    auto intermediate = make_authority(plan, &*root);
    if (!intermediate) return std::unexpected(intermediate.error());
    auto store = AuthorityStore::open(folder + std::string(file_name), true);
    if (!store) return std::unexpected(store.error());
    // Two at once: the second one finds what the first one wrote.
    auto done = store->change([&](AuthorityStore::Change& change) -> Result<void> {
        auto present = change.setting("root");
        if (!present) return std::unexpected(present.error());
        if (*present) return fail(Error::Kind::denied, folder + " holds an authority already");
        return write_settings(change, plan, *root, *intermediate);
    });
    if (!done) return std::unexpected(done.error());
    store = std::unexpected(Error{}); // closes the file before it is opened again
    return open(folder);
}

Result<Authority> Authority::open(const std::string& folder)
{
    auto store = AuthorityStore::open(folder + std::string(file_name), false);
    if (!store) return std::unexpected(store.error());
    std::optional<Certificate> root, intermediate;
    std::string key, permitted, crl_url, ocsp_url, issuer_url;
    auto read = store->look([&](AuthorityStore::Change& change) -> Result<void> {
        for (auto* certificate : {&root, &intermediate}) {
            auto one = certificate_setting(change, certificate == &root ? "root" : "intermediate");
            if (!one) return std::unexpected(one.error());
            certificate->emplace(std::move(*one));
        }
        const std::pair<const char*, std::string*> texts[] = {{"key", &key},
                                                              {"permitted", &permitted},
                                                              {"crl_url", &crl_url},
                                                              {"ocsp_url", &ocsp_url},
                                                              {"issuer_url", &issuer_url}};
        for (const auto& [name, into] : texts) {
            auto value = change.setting(name);
            if (!value) return std::unexpected(value.error());
            *into = value->value_or("");
        }
        return {};
    });
    if (!read) return std::unexpected(read.error());
    Authority authority(std::move(*store), std::move(*root), std::move(*intermediate));
    authority.key_pem_ = std::move(key);
    for (const auto word : split_words(permitted)) authority.permitted_.emplace_back(word);
    authority.crl_url_ = std::move(crl_url);
    authority.ocsp_url_ = std::move(ocsp_url);
    authority.issuer_url_ = std::move(issuer_url);
    // What people and servers need, made again if it was lost.
    for (const auto& [name, certificate] : {std::pair{"/root.crt", &authority.root_},
                                            {"/intermediate.crt", &authority.intermediate_}}) {
        auto pem = to_pem(*certificate);
        struct stat present {};
        if (pem && ::stat((folder + name).c_str(), &present) != 0)
            (void)write_file_atomically(folder + name, *pem);
    }
    return authority;
}

Result<void> Authority::unlock(const AskPassPhrase& ask)
{
    auto key = PrivateKey::parse(key_pem_, "the authority's key", ask);
    if (!key) return std::unexpected(key.error());
    if (!key->matches(intermediate_))
        return fail("the authority's key is not that of its certificate");
    key_.emplace(std::move(*key));
    return {};
}

Result<void> Authority::check_constraints(const std::vector<std::string>& names) const
{
    for (const auto& name : names) {
        const bool is_host =
            !is_ip_address(name) && name.find('@') == name.npos && name.find("://") == name.npos;
        if (permitted_.empty() || !is_host) continue;
        const bool inside = std::ranges::any_of(permitted_, [&](const std::string& domain) {
            const std::string bare = domain.starts_with('.') ? domain.substr(1) : domain;
            return iequals(name, bare) || iends_with(name, "." + bare);
        });
        if (!inside) {
            return fail(Error::Kind::denied,
                        "\"" + visible(name)
                            + "\" is not below the domains that this authority "
                              "is limited to");
        }
    }
    return {};
}

Result<Certificate> Authority::sign(const CertificateWish& wish)
{
    if (!key_) return fail("the authority is locked");
    if (auto allowed = check_constraints(wish.names); !allowed)
        return std::unexpected(allowed.error());
    const time_t end = std::min<time_t>(wish.now + wish.days * day, intermediate_.not_after());
    if (end <= wish.now) return fail("the authority's own certificate has expired");
    CertificatePlan plan{.role = wish.role,
                         .subject = NamePtr(X509_NAME_dup(wish.subject.get())),
                         .names = wish.names,
                         .public_key = wish.public_key,
                         .not_before =
                             std::max<time_t>(wish.now - backdated, intermediate_.not_before()),
                         .not_after = end,
                         .crl_url = crl_url_,
                         .ocsp_url = ocsp_url_,
                         .issuer_url = issuer_url_};
    std::optional<Certificate> made;
    auto recorded = store_.change([&](AuthorityStore::Change& change) -> Result<void> {
        auto serial = random_serial();
        if (!serial) return std::unexpected(serial.error());
        plan.serial = *serial;
        auto one = issue(plan, &intermediate_, *key_);
        if (!one) return std::unexpected(one.error());
        made.emplace(std::move(*one));
        return change.add({.serial = bytes_to_hex(*serial), .der = made->der()});
    });
    if (!recorded) return std::unexpected(recorded.error());
    return std::move(*made);
}

Result<void> Authority::revoke(const std::string& which, int reason, time_t now)
{
    return store_.change([&](AuthorityStore::Change& change) -> Result<void> {
        auto record = change.find(which);
        if (!record) return std::unexpected(record.error());
        if (!*record)
            return fail(Error::Kind::not_found, "no certificate has the serial number " + which);
        if ((*record)->revoked_at != 0)
            return fail(Error::Kind::malformed, "the certificate " + which + " is revoked already");
        (*record)->revoked_at = now;
        (*record)->reason = reason;
        return change.replace(**record);
    });
}

Result<std::vector<Listed>> Authority::list() const
{
    std::vector<Listed> listed;
    auto done = store_.look([&](AuthorityStore::Change& change) -> Result<void> {
        auto records = change.all();
        if (!records) return std::unexpected(records.error());
        for (auto& record : *records) {
            auto certificate = Certificate::from_der(
                {reinterpret_cast<const unsigned char*>(record.der.data()), record.der.size()});
            if (!certificate) return std::unexpected(certificate.error());
            listed.push_back({.certificate = std::move(*certificate),
                              .serial = record.serial,
                              .revoked_at = record.revoked_at,
                              .reason = record.reason});
        }
        return {};
    });
    if (!done) return std::unexpected(done.error());
    std::ranges::sort(listed, {}, [](const Listed& one) { return one.certificate.not_before(); });
    return listed;
}

} // namespace signet::pki
