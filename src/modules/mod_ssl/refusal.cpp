#include "modules/mod_ssl/refusal.h"

#include "server/worker.h"

namespace signet::mod_ssl {

server::Outcome refuse_client(const server::Request& request, int id, const RefusalLine& line)
{
    request.worker->status().totals.tls_clients_refused += 1;
    const auto* entry = diagnosis::find(id);
    if (!entry) return 403;
    const auto say = [&](std::string_view apache_id, int own_id, std::string_view text) {
        server::log_event(request, {.severity = entry->severity,
                                    .module = "ssl",
                                    .apache_id = apache_id,
                                    .id = own_id,
                                    .text = text});
    };
    if (!line.apache_id.empty()) say(line.apache_id, 0, line.text);
    if (!line.library_error.empty()) {
        // Without the name of the function that met it.
        const auto at = line.library_error.find("error:");
        say("", 0,
            request.arena.join("SSL Library Error: ",
                               line.library_error.substr(at == std::string_view::npos ? 0 : at)));
    }
    const auto agent = request.headers.find("User-Agent");
    say("", id,
        request.arena.join(entry->symptom, ": ", request.method_name, " ", request.uri,
                           ", user agent ", agent ? "\"" : "", agent.value_or("not told"),
                           agent ? "\"" : "", "; cause: ", entry->cause, "; fix: ", entry->fix));
    return 403;
}

} // namespace signet::mod_ssl
