"""mod_remoteip: addresses told in a field, and by the PROXY protocol."""

from dsl import MODULES, Family, Site, fails, get, raw, rejects, request

REMOTE = MODULES + " remoteip"
TREE = {
    "a.txt": "a\n",
    "in/a.txt": "in\n",
    "conf/list": "# ours\n127.0.0.0/8  # this machine\n\n192.0.2.9 192.0.2.10\n",
}
LOG = '%a %{c}a %h %{c}h "%r" %>s [%{remoteip-proxy-ip-list}n] [%{X-Forwarded-For}i] [%{X-By}i]'
SHOW = (
    'Header set X-Client "expr=%{REMOTE_ADDR} %{CONN_REMOTE_ADDR}"\n'
    'Header set X-In "expr=%{HTTP:X-By}|%{HTTP:X-Forwarded-For}"\n'
)
FIELD = "RemoteIPHeader X-Forwarded-For\nRemoteIPProxiesHeader X-By\n"


def site(rules, *exchanges, show=SHOW, **options):
    return Site(rules + "\n" + show, list(exchanges), TREE, log=LOG, modules=REMOTE, **options)


def from_(addresses, path="/a.txt"):
    return get(path, "X-Forwarded-For: " + addresses)


BELIEVED = Family(
    "RemoteIPHeader",
    [
        site(
            FIELD,
            from_("203.0.113.7"),
            from_("203.0.113.7, 198.51.100.2"),
            from_("10.0.0.1"),
            from_("203.0.113.7, 10.0.0.1, 198.51.100.2"),
            from_("nonsense.invalid., 198.51.100.2"),
            from_("2001:db8::7"),
            get("/a.txt", "X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 198.51.100.2"),
            fails(from_("203.0.113.7", "/missing")),
        ),
    ],
)

PROXIES = Family(
    "RemoteIPInternalProxy, RemoteIPTrustedProxy",
    [
        site(
            FIELD + "RemoteIPInternalProxy 127.0.0.1 192.0.2.0/24",
            from_("203.0.113.7, 10.0.0.1, 192.0.2.5"),
            from_("10.0.0.1"),
            from_("203.0.113.7, 198.51.100.2"),
        ),
        site(
            FIELD + "RemoteIPTrustedProxy 127.0.0.1\nRemoteIPInternalProxy 198.51.100.0/24",
            from_("10.0.0.1, 198.51.100.2"),
            from_("10.0.0.1"),
            from_("fe80::1, 198.51.100.2,203.0.113.9"),
        ),
        site(FIELD + "RemoteIPTrustedProxy 192.0.2.1", from_("203.0.113.7")),
        site(FIELD + 'RemoteIPInternalProxyList "@ROOT@/conf/list"', from_("10.0.0.1, 192.0.2.9")),
        site(
            FIELD + "RemoteIPInternalProxy localhost",
            from_("10.0.0.1"),
            fails(from_("10.0.0.1", "/missing")),
        ),
    ],
)

RULES = Family(
    "RemoteIPHeader and rules",
    [
        site(
            FIELD
            + '<Directory "@ROOT@/in">\nRequire ip 203.0.113.0/24\n</Directory>\n'
            + "SetEnvIf Remote_Addr ^203 inside=yes\nHeader set X-Inside %{inside}e",
            from_("203.0.113.7", "/in/a.txt"),
            fails(from_("198.51.100.7", "/in/a.txt")),
            fails(get("/in/a.txt")),
        ),
        site(
            FIELD + '<Directory "@ROOT@/in">\nRequire local\n</Directory>',
            get("/in/a.txt"),
            fails(from_("198.51.100.7", "/in/a.txt")),
        ),
        site(
            FIELD + '<Directory "@ROOT@/in">\nOrder allow,deny\nAllow from 203.0.113\n</Directory>',
            from_("203.0.113.7", "/in/a.txt"),
            fails(from_("198.51.100.7", "/in/a.txt")),
        ),
        site(
            FIELD + '<If "-R \'203.0.113.0/24\'">\nHeader set X-Here yes\n</If>',
            from_("203.0.113.7"),
            from_("198.51.100.7"),
        ),
        site(
            FIELD + "ErrorDocument 404 /a.txt",
            fails(from_("203.0.113.7, 198.51.100.2", "/missing")),
        ),
    ],
)


def verdict(name, text):
    return Site("", [rejects(name, text)], modules=REMOTE)


WRONG = Family(
    "mod_remoteip written wrongly",
    [
        verdict("no field", "RemoteIPHeader"),
        verdict("in a directory", "<Location />\nRemoteIPHeader X\n</Location>"),
        verdict("no address", "RemoteIPProxyProtocolExceptions 300.1.1.1"),
        verdict("neither on nor off", "RemoteIPProxyProtocol maybe"),
    ],
)

GET = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
ADDRESSES = bytes([203, 0, 113, 9, 10, 0, 0, 1]) + (4242).to_bytes(2, "big") + (80).to_bytes(2, "big")
PROXIED = "RemoteIPProxyProtocol On\n"


def after(name, header, answers=("GET",), **options):
    return raw(name, header + GET, answers, **options)


def binary(command, family, rest):
    return SIGNATURE + bytes([command, family]) + len(rest).to_bytes(2, "big") + rest


LINES = Family(
    "PROXY protocol, version 1",
    [
        site(
            PROXIED,
            after("IPv4", b"PROXY TCP4 203.0.113.9 10.0.0.1 4242 80\r\n"),
            after("IPv6", b"PROXY TCP6 2001:db8::9 ::1 4242 80\r\n"),
            after("a family that is unknown", b"PROXY UDP4 203.0.113.9 10.0.0.1 4242 80\r\n", ()),
            after("another family's address", b"PROXY TCP4 2001:db8::9 ::1 4242 80\r\n", ()),
            after("no address", b"PROXY TCP4 client.invalid 10.0.0.1 4242 80\r\n", ()),
            after("half a line", b"PROXY TCP4 203.0.113.9\r\n", ()),
            after("a long line", b"PROXY TCP4 203.0.113.9 10.0.0.1 4242 80" + b" " * 100 + b"\r\n", ()),
            after("none", b"", ()),
            fails(raw("a page that is not there", b"PROXY TCP4 203.0.113.9 10.0.0.1 4242 80\r\n" + GET.replace(b"a.txt", b"b.txt"))),
        ),
    ],
)

BINARY = Family(
    "PROXY protocol, version 2",
    [
        site(
            PROXIED + FIELD + "LogLevel warn",
            after("IPv4", binary(0x21, 0x11, ADDRESSES)),
            after("IPv6", binary(0x21, 0x21, bytes(15) + b"\x07" + bytes(16) + ADDRESSES[8:])),
            after("more fields", binary(0x21, 0x11, ADDRESSES + b"\x04\0\x01x" * 30)),
            after("of itself", binary(0x20, 0x11, ADDRESSES)),
            after("too short", binary(0x21, 0x11, ADDRESSES[:8]), ()),
            after("another protocol", binary(0x21, 0x12, ADDRESSES), ()),
            after("another command", binary(0x22, 0x11, ADDRESSES), ()),
            raw("of itself, with a field", binary(0x20, 0x11, b"") + GET.replace(b"Host", b"X-Forwarded-For: 192.0.2.8\r\nHost")),
            raw("with a field", binary(0x21, 0x11, ADDRESSES) + GET.replace(b"Host", b"X-Forwarded-For: 192.0.2.8\r\nHost")),
            fails(raw("a page that is not there", binary(0x21, 0x11, ADDRESSES) + GET.replace(b"a.txt", b"b.txt"))),
        ),
    ],
)

WHERE = Family(
    "Where RemoteIPProxyProtocol holds",
    [
        site(PROXIED + "RemoteIPProxyProtocolExceptions 127.0.0.0/8", get("/a.txt"), fails(after("a header", b"PROXY TCP4 203.0.113.9 10.0.0.1 4242 80\r\n"))),
        site("RemoteIPProxyProtocol Off", get("/a.txt")),
    ],
)

FAMILIES = [BELIEVED, PROXIES, RULES, WRONG, LINES, BINARY, WHERE]
