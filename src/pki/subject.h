// Who a certificate is for: a distinguished name and alternative names, from what a person types.
#pragma once
#include "pki/objects.h"

#include <string>
#include <string_view>
#include <vector>

namespace signet::pki {

// "/C=DE/O=Example/CN=www.example.com" as openssl -subj has it, or the same with commas. An empty
// text is an empty name.
[[nodiscard]] Result<NamePtr> parse_subject(std::string_view text);

// One of the kinds a name can be: a DNS name (a wildcard is the whole first label), an IP address,
// an e-mail address, a URI. Kind::malformed says what is wrong with it; names beyond ASCII are to
// be given in their xn-- form.
[[nodiscard]] Result<void> check_name(std::string_view name);
// The subjectAltName of these names, checked; duplicates are dropped. RFC 5280 §4.2.1.6
[[nodiscard]] Result<GeneralNamesPtr> alternative_names(const std::vector<std::string>& names);

} // namespace signet::pki
