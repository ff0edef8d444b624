// SSLKeyLogFile and the environment variable SSLKEYLOGFILE: the secrets of every connection in
// NSS's format, with which Wireshark decrypts what was captured. For finding faults only.
#pragma once
#include "base/file.h"

#include <memory>
#include <string>
#include <string_view>

namespace signet::tls {

// Opened by the master before the fork; workers write through the inherited descriptor.
class KeyLog {
public:
    // Makes the file (0600) or appends to it. An existing one must be a regular file of the user
    // who starts the server, which nobody else may read: the error says what is wrong.
    [[nodiscard]] static Result<std::shared_ptr<const KeyLog>> open(const std::string& path);

    explicit KeyLog(FileDescriptor file)
        : file_(std::move(file))
    {
    }
    // One line, without its end; one write(2), so that lines of several workers do not mix.
    void write(std::string_view line) const;

private:
    FileDescriptor file_;
};

} // namespace signet::tls
