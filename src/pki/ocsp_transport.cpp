// The exchange with a responder: an HTTP POST by libcurl (RFC 6960 appendix A).
#include "pki/ocsp.h"

#include <curl/curl.h>

namespace signet::pki {
namespace {

using Transfer = std::unique_ptr<CURL, Deleter<curl_easy_cleanup>>;
using Fields = std::unique_ptr<curl_slist, Deleter<curl_slist_free_all>>;

// Returning less than was given ends the transfer.
size_t take(char* bytes, size_t one, size_t count, void* into)
{
    auto& body = *static_cast<std::string*>(into);
    if (body.size() + count > max_ocsp_response) return 0;
    body.append(bytes, one * count);
    return count;
}

} // namespace

Result<std::string> ask_ocsp_responder(const std::string& url, std::string_view request,
                                       const OcspTransport& transport)
{
    const Transfer transfer(curl_easy_init());
    if (!transfer) return fail("libcurl cannot start");
    CURL* curl = transfer.get();
    const Fields fields(curl_slist_append(
        curl_slist_append(nullptr, "Content-Type: application/ocsp-request"), "Expect:"));
    std::string body;
    char trouble[CURL_ERROR_SIZE] = "";
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    // Proxies of the environment are for shells; SSLOCSPProxyURL is for servers.
    curl_easy_setopt(curl, CURLOPT_PROXY, transport.proxy.c_str());
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(transport.timeout.count()));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields.get());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.data());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, trouble);

    const CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return fail(Error::Kind::timed_out, url + ": no answer within "
                                                + std::to_string(transport.timeout.count())
                                                + " ms");
    }
    if (code == CURLE_WRITE_ERROR) {
        return fail(Error::Kind::too_large, url + ": the answer is longer than "
                                                + std::to_string(max_ocsp_response) + " bytes");
    }
    if (code != CURLE_OK) return fail(url + ": " + (*trouble ? trouble : curl_easy_strerror(code)));
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) return fail(url + ": HTTP status " + std::to_string(status));
    return body;
}

} // namespace signet::pki
