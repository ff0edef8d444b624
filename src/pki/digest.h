// Message digests by name, for expressions. Not for passwords.
#pragma once
#include <string>
#include <string_view>

namespace signet::pki {

// Lower-case hexadecimal; empty when the algorithm ("md5", "sha1", "sha256") is not available.
[[nodiscard]] std::string hex_digest(std::string_view algorithm, std::string_view bytes);

// The same in base64, as Content-MD5 has it (RFC 1864).
[[nodiscard]] std::string base64_digest(std::string_view algorithm, std::string_view bytes);

} // namespace signet::pki
