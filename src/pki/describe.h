// Certificates, requests, revocation lists and keys as facts with names: printed for people, or as
// JSON. Never a private number.
#pragma once
#include "pki/material.h"

#include <nlohmann/json_fwd.hpp>

namespace signet::pki {

using Facts = nlohmann::ordered_json;

[[nodiscard]] Facts describe(const Certificate& certificate, time_t now);
[[nodiscard]] Facts describe(X509_REQ* request);
[[nodiscard]] Facts describe(X509_CRL* list, time_t now);
[[nodiscard]] Facts describe(const PrivateKey& key);
// Every object of a file, in the order certificates, keys, requests, lists.
[[nodiscard]] Facts describe(const Material& material, time_t now);

// "2026-11-28 00:00:00 GMT"; years before 1000 and after 9999 too.
[[nodiscard]] std::string date_text(time_t when);
// "2026-11-28", "2026-11-28T12:00:00Z", "2026-11-28 12:00:00", "+30d", "-1y", "now".
[[nodiscard]] Result<time_t> parse_date(std::string_view text, time_t now);

// One "label   value" line per fact, lists below each other; `indent` spaces before each.
[[nodiscard]] std::string facts_text(const Facts& facts, size_t indent = 2);
[[nodiscard]] std::string json_text(const Facts& facts);

} // namespace signet::pki
