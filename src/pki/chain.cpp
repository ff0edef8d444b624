#include "pki/chain.h"

#include "pki/material.h"
#include "pki/names.h"

#include <algorithm>

namespace signet::pki {
namespace {

using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>>;

bool equal(const Certificate& a, const Certificate& b)
{
    return X509_cmp(a.get(), b.get()) == 0;
}

// Names and key identifiers may fit two authorities that were renewed: the signature decides.
bool issued(const Certificate& issuer, const Certificate& subject)
{
    if (!subject.may_be_issued_by(issuer)) return false;
    const bool right = X509_verify(subject.get(), X509_get0_pubkey(issuer.get())) == 1;
    forget_errors();
    return right;
}

bool is_root(const Certificate& certificate)
{
    return certificate.is_self_issued() && issued(certificate, certificate);
}

size_t find_leaf(const std::vector<Certificate>& given)
{
    // Rather one that others of the file have issued than a stranger's.
    for (size_t i = 0; i < given.size(); i++) {
        if (given[i].is_authority()) continue;
        const bool has_issuer = std::ranges::any_of(given, [&](const Certificate& other) {
            return !equal(given[i], other) && issued(other, given[i]);
        });
        if (has_issuer) return i;
    }
    for (size_t i = 0; i < given.size(); i++) {
        if (!given[i].is_authority()) return i;
    }
    for (size_t i = 0; i < given.size(); i++) { // only authorities: the one that issued no other
        const bool issues = std::ranges::any_of(given, [&](const Certificate& other) {
            return !equal(given[i], other) && issued(given[i], other);
        });
        if (!issues) return i;
    }
    return 0;
}

class Arranger {
public:
    Arranger(const std::vector<Certificate>& given, const std::vector<Certificate>& more,
             const FetchIssuer& fetch)
        : given_(given)
        , more_(more)
        , fetch_(fetch)
        , used_(given.size(), false)
    {
    }

    Chain run()
    {
        const size_t leaf = find_leaf(given_);
        if (leaf != 0) remark("the server's certificate was not the first one");
        use(leaf);
        while (chain_.certificates.size() < most && climb()) {
        }
        for (size_t i = 0; i < given_.size(); i++) {
            if (!used_[i]) remark_unused(i);
        }
        return std::move(chain_);
    }

private:
    static constexpr size_t most = 16;

    void remark(const std::string& text) { chain_.remarks.push_back(text); }

    void use(size_t index)
    {
        used_[index] = true;
        chain_.certificates.push_back(share(given_[index]));
        if (index < last_) out_of_order_ = true;
        if (out_of_order_ && index != 0 && !said_order_) {
            said_order_ = true;
            remark("the certificates were not in order: each is followed by its issuer now");
        }
        last_ = index;
    }

    // One step towards the root; false at the top.
    bool climb()
    {
        const Certificate& top = chain_.certificates.back();
        if (is_root(top)) {
            chain_.complete = true;
            return false;
        }
        for (size_t i = 0; i < given_.size(); i++) {
            if (used_[i] || !issued(given_[i], top)) continue;
            if (!is_root(given_[i])) {
                use(i);
                return true;
            }
            used_[i] = true;
            chain_.complete = true;
            remark("the root " + given_[i].subject()
                   + " is left out: clients have it or do not trust it");
            return false;
        }
        for (const auto& candidate : more_) {
            if (issued(candidate, top)) return take(candidate, "was missing and is added");
        }
        return fetch_issuer(top);
    }

    bool take(const Certificate& issuer, const std::string& how)
    {
        if (is_root(issuer)) {
            chain_.complete = true;
            return false;
        }
        remark(issuer.subject() + " " + how);
        chain_.certificates.push_back(share(issuer));
        return true;
    }

    bool fetch_issuer(const Certificate& top)
    {
        const std::string url = issuer_url(top);
        if (fetch_ && !url.empty()) {
            const auto bytes = fetch_(url);
            const auto found = bytes ? parse_material(*bytes, url, {})
                                     : Result<Material>(std::unexpected(bytes.error()));
            if (found) {
                for (const auto& candidate : found->certificates) {
                    if (issued(candidate, top)) return take(candidate, "was fetched from " + url);
                }
            }
            remark(found ? url + " holds another certificate than the issuer's"
                         : "the issuer cannot be fetched: " + found.error().text);
        }
        chain_.missing = top.issuer();
        chain_.missing_url = url;
        const auto verdict = verify_chain(chain_.certificates.front(), chain_.certificates, {});
        const bool rooted = verdict.trusted || verdict.code == X509_V_ERR_CERT_HAS_EXPIRED
                            || verdict.code == X509_V_ERR_CERT_NOT_YET_VALID;
        if (rooted) chain_.missing.clear();
        chain_.complete = rooted;
        return false;
    }

    void remark_unused(size_t index)
    {
        const bool twice =
            std::ranges::any_of(chain_.certificates,
                                [&](const Certificate& one) { return equal(one, given_[index]); })
            || std::ranges::any_of(
                given_.begin(), given_.begin() + static_cast<ptrdiff_t>(index),
                [&](const Certificate& one) { return equal(one, given_[index]); });
        const std::string subject = given_[index].subject();
        remark(twice ? subject + " was there twice"
                     : subject + " issued none of the others and is left out");
    }

    const std::vector<Certificate>& given_;
    const std::vector<Certificate>& more_;
    const FetchIssuer& fetch_;
    std::vector<bool> used_;
    Chain chain_;
    size_t last_ = 0;
    bool out_of_order_ = false, said_order_ = false;
};

StorePtr make_store(const Trust& trust)
{
    StorePtr store(X509_STORE_new());
    if (!store) return store;
    if (trust.roots.empty()) X509_STORE_set_default_paths(store.get());
    for (const auto& root : trust.roots) X509_STORE_add_cert(store.get(), root.get());
    for (X509_CRL* list : trust.revoked) X509_STORE_add_crl(store.get(), list);
    forget_errors(); // a machine without a store has no roots
    return store;
}

void set_parameters(X509_STORE_CTX* context, const Trust& trust)
{
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_purpose(parameters, trust.for_client ? X509_PURPOSE_SSL_CLIENT
                                                               : X509_PURPOSE_SSL_SERVER);
    unsigned long flags = X509_V_FLAG_TRUSTED_FIRST;
    // An intermediate that the user calls trusted is enough.
    if (!trust.roots.empty()) flags |= X509_V_FLAG_PARTIAL_CHAIN;
    if (!trust.revoked.empty()) flags |= X509_V_FLAG_CRL_CHECK;
    X509_VERIFY_PARAM_set_flags(parameters, flags);
    if (trust.at != 0) X509_VERIFY_PARAM_set_time(parameters, trust.at);
    if (trust.host.empty()) return;
    if (is_ip_address(trust.host)) {
        X509_VERIFY_PARAM_set1_ip_asc(parameters, trust.host.c_str());
    } else {
        X509_VERIFY_PARAM_set1_host(parameters, trust.host.c_str(), trust.host.size());
    }
}

} // namespace

std::string issuer_url(const Certificate& certificate)
{
    const std::unique_ptr<AUTHORITY_INFO_ACCESS, Deleter<AUTHORITY_INFO_ACCESS_free>> access(
        static_cast<AUTHORITY_INFO_ACCESS*>(
            X509_get_ext_d2i(certificate.get(), NID_info_access, nullptr, nullptr)));
    for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); i++) {
        const ACCESS_DESCRIPTION* one = sk_ACCESS_DESCRIPTION_value(access.get(), i);
        if (OBJ_obj2nid(one->method) != NID_ad_ca_issuers || one->location->type != GEN_URI)
            continue;
        const ASN1_IA5STRING* uri = one->location->d.uniformResourceIdentifier;
        return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                static_cast<size_t>(ASN1_STRING_length(uri))};
    }
    forget_errors();
    return {};
}

Chain arrange_chain(const std::vector<Certificate>& given, const std::vector<Certificate>& more,
                    const FetchIssuer& fetch)
{
    if (given.empty()) return {};
    return Arranger(given, more, fetch).run();
}

Verdict verify_chain(const Certificate& leaf, const std::vector<Certificate>& others,
                     const Trust& trust)
{
    Verdict verdict;
    const StorePtr store = make_store(trust);
    const StackPtr untrusted(sk_X509_new_null());
    for (const auto& one : others) {
        X509_up_ref(one.get());
        sk_X509_push(untrusted.get(), one.get());
    }
    const StoreContextPtr context(X509_STORE_CTX_new());
    if (!store || !untrusted || !context
        || X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), untrusted.get()) != 1) {
        verdict.reason = drain_errors();
        return verdict;
    }
    set_parameters(context.get(), trust);
    verdict.trusted = X509_verify_cert(context.get()) == 1;
    verdict.code = X509_STORE_CTX_get_error(context.get());
    verdict.depth = X509_STORE_CTX_get_error_depth(context.get());
    if (!verdict.trusted) verdict.reason = X509_verify_cert_error_string(verdict.code);
    const STACK_OF(X509)* path = X509_STORE_CTX_get0_chain(context.get());
    for (int i = 0; path && i < sk_X509_num(path); i++) {
        verdict.path.push_back(name_text(X509_get_subject_name(sk_X509_value(path, i))));
    }
    forget_errors();
    return verdict;
}

} // namespace signet::pki
