#include "server/discard_body.h"

#include "server/request.h"
#include "server/response.h"

namespace signet::server {

int discard_body(Request& request, Response& response)
{
    if (!request.body || request.parent) return 0;
    while (true) {
        const auto bytes = request.body->read();
        if (bytes && !bytes->empty()) continue;
        if (bytes) return 0;
        request.body = nullptr; // nothing sound follows
        if (bytes.error().kind == Error::Kind::timed_out) return 408;
        // Apache finds these out in a filter, when it is too late to tell a length.
        response.hides_length = true;
        return bytes.error().kind == Error::Kind::too_large ? 413 : 400;
    }
}

} // namespace signet::server
