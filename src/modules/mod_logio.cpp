// mod_logio: bytes and the first byte in access logs. mod_log_config prints %I, %O and %S for every
// connection; what is left to say here is whether the time of an answer's first byte is kept.
//
//     LogIOTrackTTFB On           %^FB is the time from the request to the head of its answer
//
// https://httpd.apache.org/docs/2.4/mod/mod_logio.html
#include "base/clock.h"
#include "modules/list.h"
#include "server/request.h"

#include <optional>

namespace signet::mod_logio {
namespace {

using server::Outcome, server::Request, server::Response;

struct Config {
    std::optional<bool> track_first_byte;
};

Config merge(const Config& outer, const Config& inner)
{
    return {inner.track_first_byte ? inner.track_first_byte : outer.track_first_byte};
}

Result<void> track_first_byte(Config& config, const server::Words& words)
{
    config.track_first_byte = words.on();
    return {};
}

Outcome note_first_byte(const Config&, Request& request, Response&)
{
    request.first_byte_micros = wall_micros();
    return Outcome::ok;
}

bool tracks(const Config& config)
{
    return config.track_first_byte.value_or(false);
}

constexpr server::Directive<Config> directives[] = {
    {"LogIOTrackTTFB", server::Takes::flag, track_first_byte, config::allowed_everywhere,
     config::override_all, "whether %^FB has something to print"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::response_head, server::Order::really_last, note_first_byte, tracks},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("logio_module", "mod_logio.c", directives, hooks);
}

} // namespace signet::mod_logio

namespace signet::modules {

server::Module mod_logio()
{
    return mod_logio::module();
}

} // namespace signet::modules
