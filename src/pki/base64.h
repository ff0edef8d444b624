// Base64 as the Authorization field has it (RFC 7617), read as Apache reads it.
#pragma once
#include <string>
#include <string_view>

namespace signet::pki {

// As far as it is base64: Apache stops at the first other character.
[[nodiscard]] std::string decode_base64(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view bytes);

} // namespace signet::pki
