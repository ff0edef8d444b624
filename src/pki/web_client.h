// Requests to other servers for the keeper and the tools: blocking, bounded in time and size, over
// http and https only. Never used by a worker.
#pragma once
#include "base/result.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace signet::pki {

struct WebRequest {
    std::string url;
    std::string method = "GET"; // GET, HEAD or POST
    std::string body{};         // of a POST
    std::string content_type{};
};

struct WebResponse {
    int status = 0;
    std::map<std::string, std::string> fields{}; // names in lower case; the last of each name
    std::string body{};

    // "" when there is none.
    [[nodiscard]] std::string_view field(std::string_view lower_case_name) const;
};

struct WebSettings {
    std::string user_agent = "signet";
    std::string ca_file{};       // trust anchors; empty: the system's
    std::string proxy{};         // URL of a forward proxy
    std::string proxy_ca_file{}; // likewise, for an https proxy
    std::chrono::seconds connect_timeout{10};
    std::chrono::seconds timeout{30}; // a whole exchange
    size_t longest_body = size_t{1} << 20;
};

// One thread. Keeps connections open between requests.
class WebClient {
public:
    explicit WebClient(WebSettings settings);
    ~WebClient();
    WebClient(WebClient&&) noexcept;

    // An answer of any status is an answer; an error means that there was none.
    [[nodiscard]] Result<WebResponse> exchange(const WebRequest& request);

private:
    struct Handle;
    WebSettings settings_;
    std::unique_ptr<Handle> handle_;
};

} // namespace signet::pki
