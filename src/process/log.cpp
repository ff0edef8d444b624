#include "process/log.h"

#include "diagnosis/catalogue.h"

namespace signet::process {

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
