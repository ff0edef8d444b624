// What a configuration takes over from the one before it, so that clients resume their sessions and
// nobody is asked for a pass phrase again: within this process (a reload), or from another program
// (a binary upgrade).
#pragma once
#include "base/result.h"
#include "pki/secret.h"
#include "server/configuration.h"

#include <any>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace signet::process {

// By the names under which modules look for them in Configuration::shared.
using Inheritance = std::map<std::string, std::any, std::less<>>;

[[nodiscard]] Inheritance inheritance_of(const server::Configuration& old);

// The same as messages for another process; each is a kind, a zero byte and the bytes. Tickets and
// pass phrases only: the session cache stays behind, its layout is no promise between versions.
[[nodiscard]] std::vector<pki::Secret> pack(const Inheritance& inheritance);
// Adds what one message holds. Kinds that this version does not know are left out.
[[nodiscard]] Result<void> unpack(std::string_view message, Inheritance& into);

} // namespace signet::process
