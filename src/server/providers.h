// Small interfaces through which modules offer each other something, so that no module includes
// another. Each is looked up by name when the configuration is read.
#pragma once
#include "base/result.h"
#include "server/filter_chain.h"
#include "server/words.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {

class Configuration;
class Request;

// `Require <name> …`: one kind of authorization rule (mod_authz_core asks, others provide).
enum class Authorization : uint8_t {
    granted,
    denied,
    neutral,
    needs_user, // cannot say before the client has authenticated
};

class AuthorizationRule {
public:
    virtual ~AuthorizationRule() = default;
    [[nodiscard]] virtual Authorization check(Request& request) const = 0;
    // True when it does not look at the request at all.
    [[nodiscard]] virtual bool is_constant() const { return false; }
};

struct AuthorizationProvider {
    std::string_view name; // "ip", "host", "env"
    // The words after the provider's name. Errors are configuration errors.
    Result<std::unique_ptr<AuthorizationRule>> (*parse)(std::span<const std::string> arguments,
                                                        const Words& words);
};

// What a module adds to the status pages (mod_status asks): HTML, "Key: value" lines, members of a
// JSON object with a comma before each, or Prometheus metrics.
enum class StatusForm : uint8_t { html, keys, json, metrics };
using StatusSection = void (*)(const Configuration& configuration, StatusForm form,
                               std::string& out);

// The providers compiled in, in modules/list.cpp; handed to the server at start.
struct Providers {
    std::vector<AuthorizationProvider> authorization;
    std::vector<StatusSection> status;
    std::vector<OutputFilterProvider> output_filters;

    [[nodiscard]] const AuthorizationProvider* find_authorization(std::string_view name) const;
};

} // namespace signet::server
