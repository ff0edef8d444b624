// SSLUseStapling and the SSLStapling… directives.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslusestapling
#pragma once
#include "server/managed_tls.h"
#include "server/module.h"

#include <chrono>
#include <optional>
#include <string>

namespace signet::mod_ssl {

struct Config;

struct StaplingConfig {
    std::optional<bool> use, return_errors, fake_try_later;
    std::optional<std::string> force_url;
    std::optional<std::chrono::seconds> responder_timeout, time_skew, max_age, standard_cache,
        error_cache;
    std::optional<server::LifeWindow> renew_window; // MDStaplingRenewWindow, with MDStapleOthers
};

[[nodiscard]] StaplingConfig merge(const StaplingConfig& outer, const StaplingConfig& inner);
[[nodiscard]] std::span<const server::Directive<Config>> stapling_directives();

} // namespace signet::mod_ssl
