#include "modules/mod_rewrite/trace.h"

#include "base/text.h"
#include "server/vhost.h"

namespace signet::mod_rewrite {
namespace {

void append_id(std::string& out, std::string_view kind, const void* object)
{
    out.append(kind).append("#0x");
    append_hex(out, reinterpret_cast<uintptr_t>(object));
}

std::string_view or_dash(std::string_view text)
{
    return text.empty() ? "-" : text;
}

} // namespace

void write_trace(const server::Request& request, int level, std::string_view directory,
                 std::string_view text)
{
    std::string line = request.client().ip();
    line.append(" - ").append(or_dash(request.user)).append(" [");
    line.append(request.server_name());
    append_id(line, "/sid", request.vhost);
    append_id(line, "][rid", &request);
    line += request.parent ? "/subreq" : "/initial";
    unsigned redirects = 0;
    for (const auto* at = request.previous; at; at = at->previous) ++redirects;
    if (redirects > 0) {
        line += "/redir#";
        append_number(line, redirects);
    }
    line += "] ";
    if (!directory.empty()) line.append("[perdir ").append(directory).append("] ");
    line += text;
    server::log_event(
        request,
        {.severity = server::Severity::debug, .trace = level, .module = "rewrite", .text = line});
}

} // namespace signet::mod_rewrite
