#include "pki/fetch.h"

#include <curl/curl.h>
#include <memory>

namespace signet::pki {
namespace {

struct CloseCurl {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

struct Body {
    std::string bytes{};
    size_t limit = 0;
};

size_t gather(char* bytes, size_t, size_t count, void* into)
{
    auto* body = static_cast<Body*>(into);
    if (body->bytes.size() + count > body->limit) return 0; // curl gives up
    body->bytes.append(bytes, count);
    return count;
}

} // namespace

Result<std::string> fetch_url(const std::string& url, size_t limit)
{
    const std::unique_ptr<CURL, CloseCurl> curl(curl_easy_init());
    if (!curl) return fail("cannot fetch anything");
    Body body{.limit = limit};
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl.get(), CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, 3L);
    curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, gather);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
    const CURLcode done = curl_easy_perform(curl.get());
    if (done == CURLE_OK) return std::move(body.bytes);
    if (done == CURLE_WRITE_ERROR)
        return fail(Error::Kind::too_large,
                    url + ": larger than " + std::to_string(limit) + " bytes");
    return fail(url + ": " + curl_easy_strerror(done));
}

} // namespace signet::pki
