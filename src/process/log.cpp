#include "process/log.h"

#include "diagnosis/catalogue.h"

#include <unistd.h>

namespace signet::process {

void redirect_standard_error(const server::Configuration& configuration)
{
    if (!configuration.main.error_log) return;
    const int descriptor = configuration.main.error_log->sink().descriptor();
    if (descriptor >= 0 && descriptor != STDERR_FILENO) ::dup2(descriptor, STDERR_FILENO);
}

void log(const server::VirtualHost& main, const server::LogEvent& event)
{
    server::LogEvent complete = event;
    const auto* entry = diagnosis::find(event.id);
    if (complete.apache_id.empty() && entry) complete.apache_id = entry->apache;
    if (!main.error_log)
        return server::ErrorLog::standard_error()->write(complete, nullptr, nullptr);
    server::log_event(main, nullptr, complete);
    main.error_log->sink().flush();
}

} // namespace signet::process
