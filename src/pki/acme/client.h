// A client of an ACME server: one method per resource of the protocol. It keeps no state of orders;
// who drives them is modules/mod_md/order.h.
// RFC 8555 · RFC 9773 (ARI) · draft-aaron-acme-profiles
#pragma once
#include "base/clock.h"
#include "pki/acme/jose.h"
#include "pki/certificate.h"
#include "pki/web_client.h"

#include <chrono>
#include <ctime>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace signet::pki::acme {

// Why the CA or the way to it said no.
struct Refusal {
    std::string type{}; // "urn:ietf:params:acme:error:rateLimited", or "" when there was no answer
    std::string detail{};
    int status = 0;
    std::chrono::seconds retry_after{0}; // the CA's wish, 0: none

    [[nodiscard]] bool is(std::string_view error) const; // "badNonce"
    // Asking again with the same words cannot help: rejected names, a bad key.
    [[nodiscard]] bool is_final() const;
    [[nodiscard]] std::string text() const; // one line for people
};
template <class T> using Answer = std::expected<T, Refusal>;

struct Directory {
    std::string new_nonce, new_account, new_order, revoke, renewal_info;
    std::string terms_of_service, website;
    bool wants_external_account = false;
    std::map<std::string, std::string> profiles{}; // name → description
};

struct ExternalAccount {
    std::string key_id;
    Secret hmac; // decoded
};

enum class Status : unsigned char { pending, ready, processing, valid, invalid, other };

struct Order {
    std::string url;
    Status status = Status::pending;
    std::vector<std::string> authorizations{};
    std::string finalize{}, certificate{};
    std::chrono::seconds retry_after{0};
    std::optional<Refusal> error{};
};

struct Challenge {
    std::string type, url, token;
    Status status = Status::pending;
    std::optional<Refusal> error{};
};

struct Authorization {
    std::string name; // without "*."
    bool wildcard = false;
    Status status = Status::pending;
    std::vector<Challenge> challenges{};
    std::chrono::seconds retry_after{0};
};

// When a CA suggests to renew, RFC 9773 §4.2.
struct RenewalWindow {
    time_t start = 0, end = 0;
    std::string explanation{};
    std::chrono::seconds retry_after{0};
};

class Client {
public:
    // All of them outlive the client. `account_url` is empty until register_account.
    Client(WebClient& web, std::string directory_url, const AccountKey& key,
           std::string account_url = {});

    [[nodiscard]] Answer<const Directory*> directory();
    // Finds the key's account or makes one; its URL.
    [[nodiscard]] Answer<std::string> register_account(const std::vector<std::string>& contacts,
                                                       const std::optional<ExternalAccount>& other);
    // `replaces`: the ARI id of the certificate that is renewed, or "".
    [[nodiscard]] Answer<Order> new_order(const std::vector<std::string>& names,
                                          const std::string& profile, const std::string& replaces);
    [[nodiscard]] Answer<Order> order(const std::string& url);
    [[nodiscard]] Answer<Authorization> authorization(const std::string& url);
    // Tells the CA that the proof is in its place.
    [[nodiscard]] Answer<void> answer(const Challenge& challenge);
    [[nodiscard]] Answer<Order> finalize(const Order& order, std::string_view csr_der);
    // The chain as PEM, leaf first.
    [[nodiscard]] Answer<std::string> certificate(const std::string& url);
    [[nodiscard]] Answer<void> revoke(std::string_view certificate_der);
    [[nodiscard]] Answer<RenewalWindow> renewal_window(const std::string& ari_id);

    [[nodiscard]] const std::string& account_url() const { return account_url_; }
    [[nodiscard]] std::string key_authorization(const std::string& token) const;

private:
    struct Reply;
    [[nodiscard]] Answer<WebResponse> exchange(const WebRequest& request);
    [[nodiscard]] Answer<Reply> get(const std::string& url);
    [[nodiscard]] Answer<Reply> post(const std::string& url, std::string_view payload,
                                     bool with_key = false);
    [[nodiscard]] Answer<Reply> post_once(const std::string& url, std::string_view payload,
                                          bool with_key);
    [[nodiscard]] Answer<std::string> nonce();

    WebClient& web_;
    std::string directory_url_;
    const AccountKey& key_;
    std::string account_url_;
    std::string nonce_{};
    std::optional<Directory> directory_{};
    Monotonic::time_point begun_ = Monotonic::now();
};

// base64url(authority key identifier) "." base64url(serial number), RFC 9773 §4.1; "" for a
// certificate without the identifier.
[[nodiscard]] std::string renewal_id(const Certificate& certificate);

} // namespace signet::pki::acme
