// From command line to configuration.
#pragma once
#include "config/diagnostics.h"
#include "process/command_line.h"
#include "process/inheritance.h"
#include "server/configuration.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace signet::process {

// Modules of Apache that are parts of others here: present for <IfModule> and the lists.
struct PartOfOther {
    std::string_view name, source;
};
inline constexpr PartOfOther parts_of_others[] = {
    {"http_module", "http_core.c"},
    {"watchdog_module", "mod_watchdog.c"},
};

// Knows the modules; lives as long as any configuration it loaded.
class Loader {
public:
    explicit Loader(const CommandLine& line);
    ~Loader();
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    // A null result means errors. `old`: the generation to take over from (ticket keys, session
    // cache, decrypted pass phrases), or nullptr.
    [[nodiscard]] std::shared_ptr<server::Configuration>
    load(bool checking_only, const server::Configuration* old,
         config::Diagnostics& diagnostics) const;
    // The same for a configuration that serves, taking over from another process.
    [[nodiscard]] std::shared_ptr<server::Configuration>
    load(Inheritance inheritance, config::Diagnostics& diagnostics) const;

    // Only reads and interprets, opens nothing: for the dumps, which succeed without the keys.
    [[nodiscard]] std::shared_ptr<server::Configuration>
    read(config::Diagnostics& diagnostics) const;

    // The report as this command line wants it: from -e's level on.
    [[nodiscard]] std::string report(const config::Diagnostics& diagnostics) const;

    [[nodiscard]] std::span<const server::Module> modules() const;
    // How it reads: for tools that look at the lines themselves.
    [[nodiscard]] server::LoadOptions options() const;

private:
    [[nodiscard]] std::shared_ptr<server::Configuration>
    load(bool checking_only, Inheritance inheritance, config::Diagnostics& diagnostics) const;

    struct Parts;
    const CommandLine& line_;
    std::unique_ptr<Parts> parts_;
};

} // namespace signet::process
