// A small certificate authority: a root that signs one intermediate, and the intermediate that
// signs everything else. The pass phrase is asked for only when something is signed.
#pragma once
#include "pki/authority_store.h"
#include "pki/issue.h"

namespace signet::pki {

struct AuthorityPlan {
    std::string name = "signet"; // "signet root", "signet intermediate"
    std::string key_type = "ecdsa-p256";
    std::vector<std::string> permitted_domains{};
    std::string crl_url{}, ocsp_url{}, issuer_url{}; // written into what is issued
    std::optional<Secret> phrase{};                  // none: the keys lie there in the clear
    time_t now = 0;
};

struct CertificateWish {
    Role role = Role::server;
    NamePtr subject{};
    std::vector<std::string> names{};
    EVP_PKEY* public_key = nullptr; // borrowed
    int64_t days = 90;
    time_t now = 0;
};

struct Listed {
    Certificate certificate;
    std::string serial;
    time_t revoked_at = 0;
    int reason = 0;
};

// `folder` holds authority.mdb and, for people, root.crt and intermediate.crt.
class Authority {
public:
    // Kind::denied when there is one already.
    [[nodiscard]] static Result<Authority> create(const std::string& folder,
                                                  const AuthorityPlan& plan);
    // Kind::not_found when there is none.
    [[nodiscard]] static Result<Authority> open(const std::string& folder);

    [[nodiscard]] const Certificate& root() const { return root_; }
    [[nodiscard]] const Certificate& intermediate() const { return intermediate_; }

    // Decrypts the intermediate's key.
    [[nodiscard]] Result<void> unlock(const AskPassPhrase& ask);
    // The certificate is recorded on disk when this returns. Needs unlock(), as do those below.
    [[nodiscard]] Result<Certificate> sign(const CertificateWish& wish);
    // PEM; `days` until the next one must be there.
    [[nodiscard]] Result<std::string> make_revocation_list(time_t now, int days);
    // An OCSP answer in DER to a request in DER, signed by the intermediate.   RFC 6960
    [[nodiscard]] Result<std::string> answer_status_request(std::string_view request, time_t now);

    // `which`: a serial number. Kind::not_found when it was never issued, malformed when it is
    // revoked already.
    [[nodiscard]] Result<void> revoke(const std::string& which, int reason, time_t now);
    [[nodiscard]] Result<std::vector<Listed>> list() const;

private:
    Authority(AuthorityStore store, Certificate root, Certificate intermediate)
        : store_(std::move(store))
        , root_(std::move(root))
        , intermediate_(std::move(intermediate))
    {
    }
    [[nodiscard]] Result<void> check_constraints(const std::vector<std::string>& names) const;

    AuthorityStore store_;
    Certificate root_, intermediate_;
    std::string key_pem_{};
    std::optional<PrivateKey> key_{};
    std::vector<std::string> permitted_{};
    std::string crl_url_{}, ocsp_url_{}, issuer_url_{};
};

// "unspecified", "keyCompromise", "superseded" …, RFC 5280 §5.3.1; nothing for a word that is none.
[[nodiscard]] std::optional<int> revocation_reason(std::string_view word);
[[nodiscard]] std::string_view revocation_reason(int code);

} // namespace signet::pki
