#include "pki/openssl.h"

namespace signet::pki {

std::string drain_errors()
{
    std::string text;
    while (const unsigned long code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        if (!text.empty()) text += "; ";
        text += reason ? reason : "OpenSSL error " + std::to_string(code);
    }
    return text;
}

void forget_errors()
{
    ERR_clear_error();
}

std::unexpected<Error> fail_openssl(std::string_view what)
{
    std::string text(what);
    if (const std::string reasons = drain_errors(); !reasons.empty()) text += ": " + reasons;
    return fail(std::move(text));
}

} // namespace signet::pki
