// Setters of directives whose value is an optional member of a part of Config (ocsp, stapling).
#pragma once
#include "base/text.h"
#include "modules/mod_ssl/config.h"

namespace signet::mod_ssl {

template <auto part, auto member> Result<void> set_flag(Config& config, const server::Words& words)
{
    (config.*part).*member = words.on();
    return {};
}

template <auto part, auto member>
Result<void> set_seconds(Config& config, const server::Words& words)
{
    constexpr int bad_value = 680;
    const auto given = parse_number<int>(words[0]);
    if (!given || *given < 0)
        return words.refuse(bad_value, words.name() + ": invalid argument", "seconds");
    (config.*part).*member = std::chrono::seconds(*given);
    return {};
}

} // namespace signet::mod_ssl
