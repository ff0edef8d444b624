// What a configuration takes over from the one before it, so that clients resume their sessions and
// nobody is asked for a pass phrase again: within this process (a reload), or from another program
// (a binary upgrade).
#pragma once
#include "base/file.h"
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

// The same for another process: ticket keys and pass phrases as bytes, the session cache as a
// descriptor of its memory, which the Inheritance keeps open.
struct Bequest {
    pki::Secret message; // a kind, a zero byte and the bytes
    int descriptor = -1;
};
[[nodiscard]] std::vector<Bequest> pack(const Inheritance& inheritance);
// Adds what one message holds. What this version does not know is left out: a kind, or the layout
// of a session cache.
[[nodiscard]] Result<void> unpack(std::string_view message, std::vector<FileDescriptor> descriptors,
                                  Inheritance& into);

} // namespace signet::process
