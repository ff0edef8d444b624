#include "pki/web_client.h"

#include "base/text.h"

#include <curl/curl.h>
#include <mutex>

namespace signet::pki {

struct WebClient::Handle {
    struct Free {
        void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
    };
    std::unique_ptr<CURL, Free> curl;
};

namespace {

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Collected {
    WebResponse response;
    size_t limit;
};

size_t take_body(char* bytes, size_t, size_t count, void* into)
{
    auto& collected = *static_cast<Collected*>(into);
    if (collected.response.body.size() + count > collected.limit) return 0;
    collected.response.body.append(bytes, count);
    return count;
}

size_t take_field(char* bytes, size_t, size_t count, void* into)
{
    auto& collected = *static_cast<Collected*>(into);
    const std::string_view line(bytes, count);
    const size_t colon = line.find(':');
    if (line.starts_with("HTTP/")) {
        collected.response.fields.clear(); // an interim answer's fields are not the answer's
    } else if (colon != line.npos && collected.response.fields.size() < 100) {
        collected.response.fields[lowercase(line.substr(0, colon))] = trim(line.substr(colon + 1));
    }
    return count;
}

void apply(CURL* curl, const WebSettings& settings)
{
    curl_easy_setopt(curl, CURLOPT_USERAGENT, settings.user_agent.c_str());
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                     static_cast<long>(settings.connect_timeout.count()));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(settings.timeout.count()));
    if (!settings.ca_file.empty()) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, settings.ca_file.c_str());
        curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    }
    if (!settings.proxy.empty()) curl_easy_setopt(curl, CURLOPT_PROXY, settings.proxy.c_str());
    if (!settings.proxy_ca_file.empty())
        curl_easy_setopt(curl, CURLOPT_PROXY_CAINFO, settings.proxy_ca_file.c_str());
}

} // namespace

std::string_view WebResponse::field(std::string_view lower_case_name) const
{
    const auto found = fields.find(std::string(lower_case_name));
    return found == fields.end() ? std::string_view() : found->second;
}

WebClient::WebClient(WebSettings settings)
    : settings_(std::move(settings))
    , handle_(std::make_unique<Handle>())
{
    static std::once_flag once; // libcurl wants it before its first handle, by one thread
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    handle_->curl.reset(curl_easy_init());
}

WebClient::~WebClient() = default;
WebClient::WebClient(WebClient&&) noexcept = default;

Result<WebResponse> WebClient::exchange(const WebRequest& request)
{
    CURL* curl = handle_->curl.get();
    if (!curl) return fail("libcurl cannot start");
    curl_easy_reset(curl); // keeps its connections
    apply(curl, settings_);
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    std::unique_ptr<curl_slist, FreeList> fields;
    if (request.method == "POST") {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
        fields.reset(curl_slist_append(nullptr, ("Content-Type: " + request.content_type).c_str()));
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields.get());
    } else if (request.method == "HEAD") {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    }
    Collected collected{.response = {}, .limit = settings_.longest_body};
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &collected);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_field);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &collected);
    char reason[CURL_ERROR_SIZE] = "";
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    const CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_WRITE_ERROR) {
        return fail(Error::Kind::too_large, request.url + ": the answer is longer than "
                                                + std::to_string(settings_.longest_body)
                                                + " bytes");
    }
    if (code != CURLE_OK) {
        return fail(code == CURLE_OPERATION_TIMEDOUT ? Error::Kind::timed_out : Error::Kind::failed,
                    request.url + ": " + (*reason ? reason : curl_easy_strerror(code)));
    }
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    collected.response.status = static_cast<int>(status);
    return std::move(collected.response);
}

} // namespace signet::pki
