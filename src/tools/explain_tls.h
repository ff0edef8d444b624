// `signet explain alert N|NAME`, `signet explain cipher NAME`, and texts of OpenSSL's errors.
#pragma once
#include "base/result.h"
#include "pki/describe.h"

#include <string>
#include <string_view>

namespace signet::tools {

// By number or name of RFC 8446 §6.
[[nodiscard]] Result<std::string> explain_alert(std::string_view alert,
                                                pki::Facts* found = nullptr);
// By OpenSSL's or IANA's name: what it is made of, whether it keeps sessions secret later, whether
// it is served when nothing is configured.
[[nodiscard]] Result<std::string> explain_cipher(std::string_view name,
                                                 pki::Facts* found = nullptr);
// "error:0A0000C1:SSL routines::no shared cipher" or its last part: the number of the message in
// the catalogue, or an alert's text. Not found: an error.
[[nodiscard]] Result<std::string> explain_openssl_error(std::string_view text,
                                                        pki::Facts* found = nullptr);
// "0A000412" or, of OpenSSL before 3.0, "14094412": eight hexadecimal digits, as logs have them.
[[nodiscard]] Result<std::string> explain_openssl_code(std::string_view digits,
                                                       pki::Facts* found = nullptr);

} // namespace signet::tools
