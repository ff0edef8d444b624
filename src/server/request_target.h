// From a request line to a vhost and a normalised path: Host rules, absolute form, %-escapes.
#pragma once

namespace signet::server {

class HostMemo;
class NameTable;
class Request;

// Sets vhost, scope, hostname, uri, query from unparsed_uri and Host. Returns 0, or the status the
// request is refused with (vhost and scope are set even then).   RFC 9112 §3.2, Apache's vhost
// rules. `memo` is the worker's.
[[nodiscard]] int resolve_target(Request& request, const NameTable& names, HostMemo& memo);

} // namespace signet::server
