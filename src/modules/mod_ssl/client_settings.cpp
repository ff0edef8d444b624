// From the directives about client certificates to what a virtual host's TLS needs to know.
#include "modules/mod_ssl/config.h"
#include "server/configuration.h"
#include "server/core_config.h"

#include <algorithm>

namespace signet::mod_ssl {
namespace {

using server::Section;

// May a request in this section ask the client for something that the handshake did not?
class AsksLater {
public:
    explicit AsksLater(const server::Configuration& configuration)
        : ssl_(configuration.find_module("ssl_module"))
        , core_(configuration.find_module("core_module"))
    {
    }

    bool operator()(const Section* section) const
    {
        const auto nested = [this](const auto& one) { return (*this)(one.get()); };
        return says(section->config) || std::ranges::any_of(section->files, nested)
               || std::ranges::any_of(section->conditions, nested);
    }

private:
    bool says(const server::SectionConfig& config) const
    {
        if (const auto* ssl = static_cast<const Config*>(ssl_ ? config.find(ssl_->index) : nullptr);
            ssl && wants_client_check(*ssl))
            return true;
        // A .htaccess file may, where AllowOverride lets it.
        const auto* core =
            static_cast<const server::CoreConfig*>(core_ ? config.find(core_->index) : nullptr);
        return core
               && ((core->allow_override.value_or(0) & config::override_auth_config) != 0
                   || (core->allow_override_list && !core->allow_override_list->empty()));
    }

    const server::Module* ssl_;
    const server::Module* core_;
};

std::string path_of(const std::optional<NamedFile>& file)
{
    return file ? file->path : std::string();
}

} // namespace

tls::ClientVerification client_verification(const Config& config, const server::VirtualHost& vhost,
                                            const server::Configuration& configuration)
{
    const AsksLater asks_later(configuration);
    const auto& sections = vhost.sections;
    const auto any = [&](const auto& list) { return std::ranges::any_of(list, asks_later); };
    return {.mode = config.verify_client.value_or(tls::VerifyClient::none),
            .depth = config.verify_depth.value_or(1),
            .authorities = {path_of(config.authorities_file), path_of(config.authorities_path)},
            .names_sent = {path_of(config.names_file), path_of(config.names_path)},
            .revocation = {path_of(config.revocation_file), path_of(config.revocation_path)},
            .check = config.revocation_check.value_or(tls::RevocationCheck::none),
            .missing_list_is_fine = config.missing_list_is_fine,
            .may_ask_later = config.sni_policy == SniPolicy::insecure || any(sections.directories)
                             || any(sections.directory_patterns) || any(sections.locations)
                             || any(sections.files) || any(sections.conditions),
            .responder = responder_settings(config.ocsp)};
}

} // namespace signet::mod_ssl
