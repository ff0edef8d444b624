#include "server/shortcut.h"

#include "base/text.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/scope.h"
#include "server/vhost.h"
#include "server/worker.h"

#include <algorithm>

namespace signet::server {
namespace {

constexpr size_t longest_target = 1024;

// A name is a token: no byte of one but the other case of a letter differs in that bit alone.
template <size_t size> bool is(std::string_view name, const char (&expected)[size])
{
    if (name.size() != size - 1) return false;
    unsigned difference = 0;
    for (size_t i = 0; i < size - 1; ++i) {
        difference |= static_cast<unsigned char>(name[i] ^ expected[i]) & 0xdfU;
    }
    return difference == 0;
}

// By length first: nearly every field is told apart from those that matter by it.
bool matters(std::string_view name)
{
    if (name.size() > 3 && is(name.substr(0, 3), "If-")) return true;
    return is(name, "Range") || is(name, "Expect") || is(name, "Upgrade")
           || is(name, "Content-Length") || is(name, "Transfer-Encoding");
}

bool has_conditions(const VirtualHost& vhost, const PathEntry& entry)
{
    return !vhost.sections.conditions.empty()
           || std::ranges::any_of(
               entry.matched, [](const Section* section) { return !section->conditions.empty(); });
}

} // namespace

std::optional<PlainHead> plain_head(const http::RequestHead& head)
{
    if (head.version != http::Version::http11 || head.method != "GET") return std::nullopt;
    PlainHead plain;
    for (const auto& [name, value] : head.headers) {
        if (is(name, "Host")) {
            if (!plain.host.empty()) return std::nullopt;
            plain.host = value;
        } else if (is(name, "Connection")) {
            if (plain.asks_keep_alive || !iequals(value, "keep-alive")) return std::nullopt;
            plain.asks_keep_alive = true;
        } else if (matters(name)) {
            return std::nullopt;
        }
    }
    if (plain.host.empty()) return std::nullopt;
    return plain;
}

void open_shortcut(const Request& request)
{
    PathEntry& entry = *request.path;
    const std::string_view target = request.unparsed_uri;
    if (entry.target == target) return;
    const Scope& base = *request.vhost->base;
    const bool leads_all_alike =
        entry.is_listed() && request.path_info.empty() && request.scope == entry.scope
        && base.maps_repeatably() && request.scope->repeats_for_the_log_only()
        && !has_conditions(*request.vhost, entry) && !is_talkative(base.core().log_levels)
        && !base.core().strict_host_check.value_or(false)
        && request.scope->core().hostname_lookups.value_or(CoreConfig::Lookups::off)
               == CoreConfig::Lookups::off
        // The target is the path, and nothing else.
        && target.size() <= longest_target && target.starts_with('/')
        && target == request.path_escaped && !target.contains('#');
    if (leads_all_alike) request.worker->paths->set_target(entry, target, request.uri);
}

void note_passed_host(const Request& request, PassedHost& passed)
{
    passed.vhost = nullptr;
    const auto host = request.headers.find("Host");
    if (!host || request.hostname.empty() || !host->starts_with(request.hostname)) return;
    if (!request.vhost->base->maps_repeatably()) return;
    passed.field = *host;
    passed.name_length = request.hostname.size();
    passed.port = request.host_port;
    passed.vhost = request.vhost;
}

} // namespace signet::server
