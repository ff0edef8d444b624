// Finds the variant that suits a client best: Apache's algorithm, or RFC 2296's where the client
// asks for it. https://httpd.apache.org/docs/2.4/content-negotiation.html#methods
#pragma once
#include "modules/mod_negotiation/config.h"
#include "modules/mod_negotiation/variant.h"

#include <optional>
#include <span>
#include <string_view>

namespace signet::mod_negotiation {

// What the client says it can take.
struct Client {
    std::optional<Wishes> types, encodings, charsets, languages; // nothing: the field is missing
    bool weighs_types = false; // some element of Accept has a quality below 1
    // Negotiate (RFC 2295).
    bool is_transparent = false;     // it may be told of the variants
    bool lets_choose = true;         // the server may choose for it
    bool wants_rvsa = false;         // by the algorithm of RFC 2296
    bool is_taken_literally = false; // what it says needs no help

    // Environment: prefer-language, no-gzip, gzip-only-text/html.
    std::optional<std::string_view> preferred_language{};
    bool no_encodings = false;
    bool only_html_encoded = false;
};

// The best, or null for a list of all. Fills in the qualities of all variants. `length_of` is asked
// when nothing else tells two apart.
struct Lengths {
    virtual ~Lengths() = default;
    [[nodiscard]] virtual int64_t of(Variant& variant) = 0;
};
struct Choice {
    Variant* best = nullptr;
    bool is_certain = false; // else the client shall choose from a list
};
[[nodiscard]] Choice choose(const Config& config, const Client& client, std::span<Variant> variants,
                            Lengths& lengths);

} // namespace signet::mod_negotiation
