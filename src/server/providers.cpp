#include "server/providers.h"

#include "base/text.h"
#include "server/configuration.h"
#include "server/request.h"
#include "server/scope.h"

#include <algorithm>

namespace signet::server {
namespace {

std::string alias_key(std::string_view name)
{
    return "authn-alias " + std::string(name);
}

// The configuration of a provider's module for a request: that of its scope, with what an alias
// says laid over it.
class ProviderConfig {
public:
    ProviderConfig(const Request& request, std::string_view name, const SectionConfig* alias)
        : module_(request.configuration->find_module(name))
    {
        if (!module_) impossible("an authentication provider of a module that is not there");
        const void* outer = request.scope->config(module_->index);
        const void* inner = alias ? alias->find(module_->index) : nullptr;
        if (inner) merged_ = module_->merge(outer, inner);
        config_ = inner ? merged_ : outer;
    }
    ~ProviderConfig()
    {
        if (merged_) module_->destroy(merged_);
    }
    ProviderConfig(const ProviderConfig&) = delete;
    ProviderConfig& operator=(const ProviderConfig&) = delete;
    [[nodiscard]] const void* get() const { return config_; }

private:
    const Module* module_;
    void* merged_ = nullptr;
    const void* config_ = nullptr;
};

} // namespace

Authentication AuthenticationSource::check(Request& request, std::string_view user,
                                           std::string_view password) const
{
    const ProviderConfig config(request, provider_->module, alias_.get());
    return provider_->check(config.get(), request, user, password);
}

Authentication AuthenticationSource::find_hash(Request& request, std::string_view user,
                                               std::string_view realm, std::string& hash) const
{
    const ProviderConfig config(request, provider_->module, alias_.get());
    return provider_->find_hash(config.get(), request, user, realm, hash);
}

std::optional<AuthenticationSource> find_authentication_source(const Configuration& configuration,
                                                               std::string_view name)
{
    if (const auto alias = configuration.shared.find(alias_key(name));
        alias != configuration.shared.end()) {
        return std::any_cast<AuthenticationSource>(alias->second);
    }
    if (!configuration.providers) return std::nullopt;
    for (const auto& provider : configuration.providers->authentication) {
        if (provider.name == name) return AuthenticationSource(std::string(name), provider);
    }
    return std::nullopt;
}

void add_authentication_alias(Configuration& configuration, const std::string& alias,
                              const AuthenticationSource& base,
                              std::shared_ptr<const SectionConfig> section)
{
    configuration.shared.insert_or_assign(
        alias_key(alias),
        std::any(AuthenticationSource(alias, base.provider(), std::move(section))));
}

const AuthenticationScheme* Providers::find_scheme(std::string_view name) const
{
    const auto found = std::ranges::find_if(
        schemes, [name](const AuthenticationScheme& scheme) { return iequals(scheme.name, name); });
    return found == schemes.end() ? nullptr : &*found;
}

const AuthorizationProvider* Providers::find_authorization(std::string_view name) const
{
    const auto found =
        std::ranges::find_if(authorization, [name](const AuthorizationProvider& provider) {
            return iequals(provider.name, name);
        });
    return found == authorization.end() ? nullptr : &*found;
}

} // namespace signet::server
