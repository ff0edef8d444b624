// Stored passwords: htpasswd's formats, as the library that Apache checks them with reads them.
#pragma once
#include <string>

namespace signet::pki {

// True when the password is the one that was stored as $apr1$…, $2y$…, {SHA}…, or in a format of
// crypt(3). Takes milliseconds to seconds for good hashes: not for a loop's thread. Thread-safe.
[[nodiscard]] bool password_fits(const std::string& password, const std::string& stored);

} // namespace signet::pki
