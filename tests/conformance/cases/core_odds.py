"""Core directives that belong to no larger family."""

from dsl import Family, Site, fails, get, raw, rejects, request

TREE = {
    "index.html": "root\n",
    "a.txt": "a text\n",
    "legacy/index.html": "legacy\n",
    "err.html": "err\n",
}

ODDS = Family(
    "other core directives",
    [
        Site("ContentDigest On", [get("/a.txt"), fails(get("/missing"))], TREE),
        Site(
            """
ErrorDocument 404 /err.html
QualifyRedirectURL On
Header always set X-Url "%{REDIRECT_URL}e\"""",
            [fails(get("/missing"))],
            TREE,
        ),
        Site(
            """
ErrorDocument 404 /loop-a
Alias /loop-a @ROOT@/none
LimitInternalRecursion 2""",
            [fails(get("/missing"))],
            TREE,
        ),
        Site("EnableMMAP Off\nEnableSendfile On", [get("/a.txt")], TREE),
        Site("FlushMaxPipelined 0\nFlushMaxThreshold 1", [get("/a.txt")], TREE),
        Site(
            "",
            [
                rejects("EnableMMAP in words", "EnableMMAP sometimes"),
                rejects("LimitInternalRecursion of nothing", "LimitInternalRecursion 0 0"),
            ],
        ),
    ],
)

NAMES = Family(
    "UseCanonicalName, UseCanonicalPhysicalPort, ServerPath",
    [
        Site("UseCanonicalName Off", [get("/legacy", "Host: given.example:99")], TREE),
        Site("UseCanonicalName On\nServerName set.example", [get("/legacy", "Host: x")], TREE),
        Site(
            "UseCanonicalName On\nUseCanonicalPhysicalPort On\nServerName set.example",
            [get("/legacy", "Host: x")],
            TREE,
        ),
        Site("ServerName set.example:8042", [raw("1.0", b"GET /legacy HTTP/1.0\r\n\r\n")], TREE),
        Site(
            """
<VirtualHost *:@PORT@>
ServerName first
</VirtualHost>
<VirtualHost *:@PORT@>
ServerName second
ServerPath /legacy
DocumentRoot "@ROOT@/legacy"
</VirtualHost>""",
            [raw("1.0 by path", b"GET /legacy/ HTTP/1.0\r\n\r\n"), get("/", "Host: second")],
            TREE,
            log="%v %U",
        ),
        Site("", [rejects("UseCanonicalName of another kind", "UseCanonicalName Perhaps")]),
    ],
)

PROTOCOLS = Family(
    "Protocols and upgrades",
    [
        Site(
            "Protocols http/1.1",
            [
                get(
                    "/a.txt",
                    "Connection: Upgrade, close",
                    "Upgrade: h2c",
                    "HTTP2-Settings: AAMAAABk",
                ),
                get("/a.txt", "Connection: Upgrade, close", "Upgrade: websocket"),
                fails(request("PRI * HTTP/2.0", close=False)),
            ],
            TREE,
        ),
        Site("", [rejects("Protocols without names", "Protocols")]),
    ],
)

FAMILIES = [ODDS, NAMES, PROTOCOLS]
