#include "modules/mod_ssl/early_data.h"

#include "modules/mod_ssl/config.h"

namespace signet::mod_ssl {
namespace {

using diagnosis::Severity;

constexpr int asks_clients = 837;
constexpr int without_effect = 838;
constexpr int many_servers = 839;

} // namespace

bool decide_early_data(const Config& config, SessionStore store, const config::Position& position,
                       tls::Settings& settings, config::Diagnostics& diagnostics)
{
    if (!config.early_data.value_or(false)) return true;
    const auto& label = settings.host.label;
    const auto report = [&](Severity severity, int id, std::string message, std::string fix) {
        diagnostics.add({.severity = severity,
                         .id = id,
                         .position = position,
                         .message = std::move(message),
                         .fix = std::move(fix)});
    };
    if (settings.client.mode != tls::VerifyClient::none) {
        report(Severity::emerg, asks_clients,
               "SSLEarlyData on and SSLVerifyClient in " + label
                   + ": requests that somebody plays again would run in a client's name",
               "SSLEarlyData off");
        return false;
    }
    const bool has_sessions = settings.session_tickets || store != SessionStore::none;
    if (!settings.protocols.has(tls::Protocols::tls1_3) || !has_sessions) {
        report(Severity::warn, without_effect,
               "SSLEarlyData on has no effect in " + label + ": "
                   + (has_sessions ? "SSLProtocol leaves TLS 1.3 out"
                                   : "SSLSessionTickets is off and there is no SSLSessionCache"),
               has_sessions ? "SSLProtocol -all +TLSv1.2 +TLSv1.3" : "SSLSessionTickets on");
        return true;
    }
    if (!settings.ticket_key_file.empty() && store != SessionStore::shared) {
        report(Severity::warn, many_servers,
               "SSLEarlyData on and SSLSessionTicketKeyFile in " + label
                   + ": each server that has this key takes a ticket's early data once",
               "SSLSessionCache redis:host:port on all of them");
    }
    settings.max_early_data = config.early_data_size.value_or(usual_early_data);
    return true;
}

} // namespace signet::mod_ssl
