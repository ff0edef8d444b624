// What the checks of a client's certificate tell the error log. Internal to this floor.
#pragma once
#include "tls/stream_core.h"

#include <string>
#include <string_view>

namespace signet::tls {

void note(Stream::Core& core, diagnosis::Severity severity, std::string_view apache_id,
          std::string text, std::string about = {}, int id = 0);
// " [subject: … / issuer: … / serial: … / notbefore: … / notafter: …]"; empty for nullptr.
[[nodiscard]] std::string portrait(const X509* x509);

} // namespace signet::tls
