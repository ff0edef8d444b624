// Names that <IfModule> and LoadModule may meet: modules of Apache 1.3 to 2.4 and well-known ones
// by others. A name that is none of them is a typing error: its block would never be used.
#pragma once
#include <string>
#include <string_view>

namespace signet::config {

// By source file ("mod_mime.c", "prefork.c") or identifier ("mime_module").
[[nodiscard]] bool is_module_name(std::string_view name);
// What its names have in common: "auth_basic" of "mod_auth_basic.c" and "auth_basic_module".
[[nodiscard]] std::string module_stem(std::string_view name);
// The name that was probably meant ("mod_mime.c" for "mime.c"), or empty.
[[nodiscard]] std::string nearest_module(std::string_view name);

} // namespace signet::config
