// Pages about managed domains, made by workers of what the keeper has told them: certificate-status
// of each domain, the handler md-status, and the sections of mod_status.
// https://httpd.apache.org/docs/2.4/mod/mod_md.html#mdcertificatestatus
#pragma once
#include "modules/mod_md/config.h"
#include "server/phases.h"
#include "server/providers.h"

namespace signet::mod_md {

// GET /.httpd/certificate-status of a managed domain: public, so only what its certificate says.
[[nodiscard]] server::Outcome show_certificate_status(const Config& config, server::Request&,
                                                      server::Response&);
// SetHandler md-status: everything, for those whom the configuration lets in.
[[nodiscard]] server::Outcome show_md_status(const Config& config, server::Request&,
                                             server::Response&);
// MDServerStatus
void add_to_server_status(const server::Configuration& configuration, server::StatusForm form,
                          std::string& out);

} // namespace signet::mod_md
