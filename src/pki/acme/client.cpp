#include "pki/acme/client.h"

#include "base/text.h"
#include "http/date.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <openssl/x509v3.h>

namespace signet::pki::acme {
namespace {

using Json = nlohmann::json;

constexpr std::string_view error_prefix = "urn:ietf:params:acme:error:";
constexpr int nonce_attempts = 8; // pebble refuses every twentieth nonce, on purpose
// One client's life: a CA that takes half a minute for each answer holds nobody up for long.
constexpr std::chrono::seconds patience{180};
constexpr size_t longest_url = 2000, longest_word = 512;

// Text that goes on into headers, logs, JSON and the store: what a hostile document has in its
// place counts as missing.
bool is_plain_url(std::string_view text)
{
    return (text.starts_with("https://") || text.starts_with("http://"))
           && text.size() <= longest_url
           && std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 127; });
}

// RFC 8555 §6.5.1 and §8.1: nonces and tokens are base64url.
bool is_base64url(std::string_view text)
{
    return !text.empty() && text.size() <= longest_word && std::ranges::all_of(text, [](char c) {
        return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
    });
}

// Names of a configuration may be in any bytes; nlohmann throws for what is not UTF-8.
std::string written(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A member of a hostile document: the text, or "".
std::string text_of(const Json& json, const char* name)
{
    const auto found = json.is_object() ? json.find(name) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Status status_of(const Json& json)
{
    const std::string status = text_of(json, "status");
    if (status == "pending") return Status::pending;
    if (status == "ready") return Status::ready;
    if (status == "processing") return Status::processing;
    if (status == "valid") return Status::valid;
    if (status == "invalid") return Status::invalid;
    return Status::other;
}

Refusal refusal_of(const Json& json, int status)
{
    Refusal refusal{
        .type = text_of(json, "type"), .detail = text_of(json, "detail"), .status = status};
    const auto parts = json.is_object() ? json.find("subproblems") : json.end();
    if (parts != json.end() && parts->is_array()) {
        for (const auto& part : *parts) refusal.detail += "; " + text_of(part, "detail");
    }
    return refusal;
}

std::optional<Refusal> error_of(const Json& json)
{
    const auto found = json.is_object() ? json.find("error") : json.end();
    if (found == json.end() || !found->is_object()) return std::nullopt;
    return refusal_of(*found, 0);
}

// Seconds or a date, RFC 9110 §10.2.3; at most a day, whatever a server says.
std::chrono::seconds retry_after(const WebResponse& response)
{
    const std::string_view value = response.field("retry-after");
    long long seconds = 0;
    if (const auto number = parse_number<unsigned>(value)) {
        seconds = *number;
    } else if (const auto date = http::parse_date(value)) {
        seconds = *date - ::time(nullptr);
    }
    return std::chrono::seconds(std::clamp<long long>(seconds, 0, 86400));
}

Refusal no_answer(const Error& error)
{
    return {.detail = error.text};
}

Refusal unreadable(const std::string& url)
{
    return {.detail = url + " answered with something that is not ACME"};
}

Json identifiers(const std::vector<std::string>& names)
{
    Json list = Json::array();
    for (const auto& name : names) list.push_back({{"type", "dns"}, {"value", name}});
    return list;
}

Order order_of(const Json& json, std::string url, const WebResponse& response)
{
    Order order{.url = std::move(url), .status = status_of(json)};
    const auto list = json.is_object() ? json.find("authorizations") : json.end();
    if (list != json.end() && list->is_array()) {
        for (const auto& one : *list) {
            if (one.is_string()) order.authorizations.push_back(one.get<std::string>());
        }
    }
    order.finalize = text_of(json, "finalize");
    order.certificate = text_of(json, "certificate");
    order.retry_after = retry_after(response);
    order.error = error_of(json);
    return order;
}

Authorization authorization_of(const Json& json, const WebResponse& response)
{
    Authorization authorization{.status = status_of(json)};
    if (const auto found = json.find("identifier"); found != json.end())
        authorization.name = text_of(*found, "value");
    if (const auto found = json.find("wildcard"); found != json.end())
        authorization.wildcard = found->is_boolean() && found->get<bool>();
    authorization.retry_after = retry_after(response);
    const auto list = json.find("challenges");
    if (list == json.end() || !list->is_array()) return authorization;
    for (const auto& one : *list) {
        if (!is_base64url(text_of(one, "token"))) continue;
        authorization.challenges.push_back({.type = text_of(one, "type"),
                                            .url = text_of(one, "url"),
                                            .token = text_of(one, "token"),
                                            .status = status_of(one),
                                            .error = error_of(one)});
    }
    return authorization;
}

// "2026-11-28T00:00:00Z", with or without fractions; only UTC is written by CAs.
time_t time_of(const std::string& text)
{
    tm parts{};
    if (!::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts)) return 0;
    return timegm(&parts);
}

} // namespace

bool Refusal::is(std::string_view error) const
{
    return type.starts_with(error_prefix)
           && std::string_view(type).substr(error_prefix.size()) == error;
}

bool Refusal::is_final() const
{
    return is("rejectedIdentifier") || is("unsupportedIdentifier") || is("badCSR")
           || is("externalAccountRequired") || is("invalidProfile") || is("badPublicKey");
}

std::string Refusal::text() const
{
    std::string text = detail.empty() ? "no reason was given" : detail;
    if (!type.empty())
        text = type + ": " + text;
    else if (status != 0)
        text = "status " + std::to_string(status) + ": " + text;
    // A CA's words go into a log line.
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
    if (text.size() > 1000) text.resize(1000);
    return text;
}

struct Client::Reply {
    WebResponse response;
    Json json; // null when the body is no JSON
};

Client::Client(WebClient& web, std::string directory_url, const AccountKey& key,
               std::string account_url)
    : web_(web)
    , directory_url_(std::move(directory_url))
    , key_(key)
    , account_url_(std::move(account_url))
{
}

std::string Client::key_authorization(const std::string& token) const
{
    return token + '.' + key_.thumbprint();
}

Answer<WebResponse> Client::exchange(const WebRequest& request)
{
    // Where the directory came over TLS, nothing goes or comes without.
    const bool is_downgrade =
        directory_url_.starts_with("https://") && !request.url.starts_with("https://");
    if (!is_plain_url(request.url) || is_downgrade)
        return std::unexpected(unreadable(directory_url_));
    if (Monotonic::now() - begun_ > patience)
        return std::unexpected(Refusal{.detail = request.url + ": the CA takes too long"});
    auto response = web_.exchange(request);
    if (!response) return std::unexpected(no_answer(response.error()));
    return std::move(*response);
}

Answer<Client::Reply> Client::get(const std::string& url)
{
    auto response = exchange({.url = url});
    if (!response) return std::unexpected(response.error());
    Reply reply{.response = std::move(*response), .json = {}};
    reply.json = Json::parse(reply.response.body, nullptr, false);
    if (reply.response.status == 200 && reply.json.is_object()) return reply;
    if (reply.response.status == 200) return std::unexpected(unreadable(url));
    Refusal refusal = refusal_of(reply.json, reply.response.status);
    refusal.retry_after = retry_after(reply.response);
    return std::unexpected(std::move(refusal));
}

Answer<const Directory*> Client::directory()
{
    if (directory_) return &*directory_;
    auto reply = get(directory_url_);
    if (!reply) return std::unexpected(reply.error());
    Directory found{.new_nonce = text_of(reply->json, "newNonce"),
                    .new_account = text_of(reply->json, "newAccount"),
                    .new_order = text_of(reply->json, "newOrder"),
                    .revoke = text_of(reply->json, "revokeCert"),
                    .renewal_info = text_of(reply->json, "renewalInfo")};
    if (found.new_nonce.empty() || found.new_account.empty() || found.new_order.empty())
        return std::unexpected(unreadable(directory_url_));
    if (const auto meta = reply->json.find("meta");
        meta != reply->json.end() && meta->is_object()) {
        found.terms_of_service = text_of(*meta, "termsOfService");
        found.website = text_of(*meta, "website");
        if (const auto wanted = meta->find("externalAccountRequired"); wanted != meta->end())
            found.wants_external_account = wanted->is_boolean() && wanted->get<bool>();
        if (const auto profiles = meta->find("profiles");
            profiles != meta->end() && profiles->is_object()) {
            for (const auto& [name, words] : profiles->items())
                found.profiles[name] = words.is_string() ? words.get<std::string>() : "";
        }
    }
    directory_ = std::move(found);
    return &*directory_;
}

Answer<std::string> Client::nonce()
{
    if (!nonce_.empty()) return std::exchange(nonce_, {});
    const auto known = directory();
    if (!known) return std::unexpected(known.error());
    auto response = exchange({.url = (*known)->new_nonce, .method = "HEAD"});
    if (!response) return std::unexpected(response.error());
    std::string fresh(response->field("replay-nonce"));
    if (!is_base64url(fresh)) return std::unexpected(unreadable((*known)->new_nonce));
    return fresh;
}

Answer<Client::Reply> Client::post_once(const std::string& url, std::string_view payload,
                                        bool with_key)
{
    auto fresh = nonce();
    if (!fresh) return std::unexpected(fresh.error());
    const Json text = {{"alg", "ES256"}, {"nonce", *fresh}, {"url", url}};
    std::string header = written(text);
    header.pop_back();
    header +=
        with_key ? R"(,"jwk":)" + key_.jwk() + "}" : R"(,"kid":)" + written(account_url_) + "}";
    const auto body = key_.sign(header, payload);
    if (!body) return std::unexpected(no_answer(body.error()));
    auto response = exchange(
        {.url = url, .method = "POST", .body = *body, .content_type = "application/jose+json"});
    if (!response) return std::unexpected(response.error());
    nonce_ = response->field("replay-nonce");
    if (!is_base64url(nonce_)) nonce_.clear();
    Reply reply{.response = std::move(*response), .json = {}};
    reply.json = Json::parse(reply.response.body, nullptr, false);
    if (reply.response.status / 100 == 2) return reply;
    Refusal refusal = refusal_of(reply.json, reply.response.status);
    refusal.retry_after = retry_after(reply.response);
    return std::unexpected(std::move(refusal));
}

Answer<Client::Reply> Client::post(const std::string& url, std::string_view payload, bool with_key)
{
    for (int attempt = 1;; ++attempt) {
        auto reply = post_once(url, payload, with_key);
        if (reply || !reply.error().is("badNonce") || attempt == nonce_attempts) return reply;
    }
}

Answer<std::string> Client::register_account(const std::vector<std::string>& contacts,
                                             const std::optional<ExternalAccount>& other)
{
    const auto known = directory();
    if (!known) return std::unexpected(known.error());
    const std::string& url = (*known)->new_account;
    Json request = {{"termsOfServiceAgreed", true}};
    if (!contacts.empty()) request["contact"] = contacts;
    if (other) {
        const Json header = {{"alg", "HS256"}, {"kid", other->key_id}, {"url", url}};
        const auto binding = sign_hmac(other->hmac, written(header), key_.jwk());
        if (!binding) return std::unexpected(no_answer(binding.error()));
        request["externalAccountBinding"] = Json::parse(*binding);
    }
    auto reply = post(url, written(request), true);
    if (!reply) return std::unexpected(reply.error());
    account_url_ = reply->response.field("location");
    if (!is_plain_url(account_url_)) return std::unexpected(unreadable(url));
    return account_url_;
}

Answer<Order> Client::new_order(const std::vector<std::string>& names, const std::string& profile,
                                const std::string& replaces)
{
    const auto known = directory();
    if (!known) return std::unexpected(known.error());
    Json request = {{"identifiers", identifiers(names)}};
    if (!profile.empty()) request["profile"] = profile;
    if (!replaces.empty()) request["replaces"] = replaces;
    auto reply = post((*known)->new_order, written(request));
    if (!reply) return std::unexpected(reply.error());
    std::string url(reply->response.field("location"));
    if (!is_plain_url(url) || !reply->json.is_object())
        return std::unexpected(unreadable((*known)->new_order));
    return order_of(reply->json, std::move(url), reply->response);
}

Answer<Order> Client::order(const std::string& url)
{
    auto reply = post(url, "");
    if (!reply) return std::unexpected(reply.error());
    if (!reply->json.is_object()) return std::unexpected(unreadable(url));
    return order_of(reply->json, url, reply->response);
}

Answer<Authorization> Client::authorization(const std::string& url)
{
    auto reply = post(url, "");
    if (!reply) return std::unexpected(reply.error());
    if (!reply->json.is_object()) return std::unexpected(unreadable(url));
    return authorization_of(reply->json, reply->response);
}

Answer<void> Client::answer(const Challenge& challenge)
{
    auto reply = post(challenge.url, "{}");
    if (!reply) return std::unexpected(reply.error());
    return {};
}

Answer<Order> Client::finalize(const Order& order, std::string_view csr_der)
{
    const Json request = {{"csr", base64url(csr_der)}};
    auto reply = post(order.finalize, written(request));
    if (!reply) return std::unexpected(reply.error());
    if (!reply->json.is_object()) return std::unexpected(unreadable(order.finalize));
    return order_of(reply->json, order.url, reply->response);
}

Answer<std::string> Client::certificate(const std::string& url)
{
    auto reply = post(url, "");
    if (!reply) return std::unexpected(reply.error());
    return std::move(reply->response.body);
}

Answer<void> Client::revoke(std::string_view certificate_der)
{
    const auto known = directory();
    if (!known) return std::unexpected(known.error());
    const Json request = {{"certificate", base64url(certificate_der)}};
    auto reply = post((*known)->revoke, written(request));
    if (!reply) return std::unexpected(reply.error());
    return {};
}

Answer<RenewalWindow> Client::renewal_window(const std::string& ari_id)
{
    const auto known = directory();
    if (!known) return std::unexpected(known.error());
    auto reply = get((*known)->renewal_info + '/' + ari_id);
    if (!reply) return std::unexpected(reply.error());
    RenewalWindow window{.explanation = text_of(reply->json, "explanationURL"),
                         .retry_after = retry_after(reply->response)};
    if (!is_plain_url(window.explanation)) window.explanation.clear();
    if (const auto found = reply->json.find("suggestedWindow"); found != reply->json.end()) {
        window.start = time_of(text_of(*found, "start"));
        window.end = time_of(text_of(*found, "end"));
    }
    if (window.start == 0 || window.end < window.start)
        return std::unexpected(unreadable((*known)->renewal_info));
    return window;
}

std::string renewal_id(const Certificate& certificate)
{
    const ASN1_OCTET_STRING* authority = X509_get0_authority_key_id(certificate.get());
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.get());
    if (!authority || !serial) return {};
    // The serial's DER content: a leading zero where the highest bit is set.
    std::string number(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                       static_cast<size_t>(ASN1_STRING_length(serial)));
    if (!number.empty() && (static_cast<unsigned char>(number[0]) & 0x80) != 0)
        number.insert(number.begin(), '\0');
    return base64url({reinterpret_cast<const char*>(ASN1_STRING_get0_data(authority)),
                      static_cast<size_t>(ASN1_STRING_length(authority))})
           + '.' + base64url(number);
}

} // namespace signet::pki::acme
