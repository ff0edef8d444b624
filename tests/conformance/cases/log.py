"""mod_log_config: every format, modifiers, conditions."""

from dsl import Family, Site, accepts, fails, get, head, raw, rejects, request

TREE = {
    "index.html": "root\n",
    "a.txt": "0123456789\n",
    "dir/index.html": "dir\n",
    "big.txt": 70000,
}


def logged(name, log, exchanges, config="", **options):
    """One site whose access log has this format; the names of its exchanges say so."""
    for exchange in exchanges:
        exchange.name = "%s: %s" % (name, exchange.name)
    return Site(config, exchanges, TREE, log=log, **options)


NETWORK = Family(
    "LogFormat, addresses and names",
    [
        logged(
            "addresses",
            "%a %{c}a %A %h %{c}h %l %u %p %{canonical}p %{local}p",
            [get("/a.txt"), fails(get("/missing"))],
        ),
        logged(
            "names",
            "%v %V %{Host}i",
            [get("/a.txt", "Host: other.example"), get("/a.txt")],
            "UseCanonicalName Off\nServerName main.example",
        ),
        logged(
            "remote port and processes", "~%{remote}p~ ~%P~ ~%{tid}P~ ~%{hextid}P~", [get("/a.txt")]
        ),
        logged(
            "keep-alive",
            "%k %X %r",
            [
                raw(
                    "three",
                    b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2
                    + b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                    ["GET"] * 3,
                )
            ],
        ),
        logged("escapes", "%% \\t| \\n \\\\ %r", [get("/a.txt")]),
        Site(
            "",
            [
                rejects("an unknown format", 'LogFormat "%J"'),
                rejects("an unknown modifier", 'CustomLog "@RUN@/x.log" "%{x"'),
            ],
        ),
    ],
)

REQUEST = Family(
    "LogFormat, the request",
    [
        logged(
            "parts",
            "%m %U %q %H %f %R",
            [
                get("/a.txt?x=1&y"),
                get("/dir/"),
                get("/dir"),
                fails(get("/missing?q")),
                request("OPTIONS * HTTP/1.1"),
            ],
        ),
        logged(
            "first line",
            "%r",
            [
                get('/%22quoted%22?"x"'),
                raw("old", b"GET /a.txt HTTP/1.0\r\n\r\n"),
                raw("very old", b"GET /a.txt\r\n"),
                fails(raw("broken", b"G\x01T / HTTP/1.1\r\n\r\n")),
            ],
        ),
    ],
)

HEADERS = Family(
    "LogFormat, fields",
    [
        logged(
            "in and out",
            '%{User-Agent}i %{X-None}i %{Content-Type}o %{ETag}o %{Set}o "%{X-Two}i"',
            [
                get("/a.txt", 'User-Agent: a "quoted" one'),
                get("/a.txt", "X-Two: 1", "X-Two: 2"),
                get("/a.txt", "X-Two: \t tab \xe4 \\"),
                fails(get("/missing")),
            ],
        ),
        logged(
            "cookies",
            "%{one}C %{two}C %{none}C",
            [get("/a.txt", "Cookie: one=1; two=zwei"), get("/a.txt", "Cookie: one=a=b;two")],
        ),
        logged(
            "environment and notes",
            "%{VAR}e %{OTHER}e %{note}n",
            [get("/a.txt")],
            "SetEnv VAR value",
        ),
        logged(
            "trailers",
            "%{X-T}^ti %{X-T}^to",
            [
                request(
                    "GET /a.txt HTTP/1.1",
                    "Transfer-Encoding: chunked",
                    body=b"1\r\nx\r\n0\r\nX-T: trailer\r\n\r\n",
                )
            ],
        ),
    ],
)

STATUS = Family(
    "LogFormat, status and sizes",
    [
        logged(
            "status",
            "%s %>s %<s %B %b",
            [
                get("/a.txt"),
                fails(get("/missing")),
                get("/a.txt", "If-None-Match: *"),
                head("/a.txt"),
                get("/dir"),
            ],
        ),
        logged(
            "through ErrorDocument",
            "%s %>s %<U %>U %U",
            [fails(get("/missing"))],
            "ErrorDocument 404 /a.txt",
        ),
        logged(
            "bytes of the connection",
            "%I ~%O~ ~%S~",
            [get("/a.txt"), get("/big.txt", "X-Pad: 12345")],
        ),
    ],
)

TIMES = Family(
    "LogFormat, times",
    [
        logged(
            "the clock",
            "%t [%{%Y}t] ~%{sec}t~ ~%{msec}t~ ~%{usec}t~ ~%{begin:%H}t~ ~%{end:sec}t~ ~%{msec_frac}t~",
            [get("/a.txt")],
        ),
        logged(
            "durations",
            "~%D~ ~%T~ ~%{ms}T~ ~%{us}T~ ~%{s}T~",
            [get("/a.txt"), fails(get("/missing"))],
        ),
        logged("a literal in a time", "[%{at %%}t]", [get("/a.txt")]),
        Site("", [accepts("an unknown unit of time", 'LogFormat "%{hours}T" x')]),
    ],
)

MODIFIERS = Family(
    "LogFormat, conditions on the status",
    [
        logged(
            "only these",
            "%404,403{User-Agent}i|%!200,304{User-Agent}i|%200r",
            [get("/a.txt", "User-Agent: x"), fails(get("/missing", "User-Agent: x"))],
        ),
        logged(
            "final and original",
            "%>{Content-Type}o %<{Content-Type}o %>f",
            [fails(get("/missing"))],
            "ErrorDocument 404 /a.txt",
        ),
    ],
)

CONDITIONS = Family(
    "CustomLog, conditions",
    [
        Site(
            """
SetEnvIf Request_URI "^/a" wanted
LogFormat "%U nick" nick
CustomLog "@RUN@/access.log" nick env=wanted
CustomLog "@RUN@/access.log" "%U other" env=!wanted
CustomLog "@RUN@/access.log" "%U error" "expr=%{REQUEST_STATUS} >= 400"
""",
            [get("/a.txt"), get("/dir/"), fails(get("/missing"))],
            TREE,
            log="%U always",
        ),
        Site(
            'LogFormat "%h transfer %>s"\nTransferLog "@RUN@/access.log"',
            [get("/a.txt"), fails(get("/missing"))],
            TREE,
            log="%U",
        ),
        Site('GlobalLog "@RUN@/access.log" "%U global"', [get("/a.txt")], TREE, log="%U"),
        Site(
            "",
            [
                rejects("CustomLog without format", "CustomLog"),
                rejects("a condition of another kind", 'CustomLog "@RUN@/x.log" "%U" when=x'),
                rejects("LogFormat with three words", 'LogFormat "%U" a b'),
            ],
        ),
    ],
)

ODDS = Family(
    "LogFormat, odds and ends",
    [
        logged(
            "ids",
            "~%L~ ~%{c}L~",
            [fails(get("/missing")), get("/a.txt")],
        ),
        logged(
            "names in other letters",
            "%{user-agent}i %{X-ONE}o %{var}e [%{}i] %{X-One}o",
            [get("/a.txt", "User-Agent: me")],
            'Header set X-One "1"\nSetEnv VAR value',
        ),
        logged(
            "modifiers together",
            "%!200,304>s %>200,404{Content-Type}o %<!404{X}i %{X}^ti",
            [get("/a.txt", "X: y"), fails(get("/missing", "X: y"))],
        ),
        Site(
            """
LogFormat "%U first" nick
LogFormat "%U second" nick
LogFormat "%U default"
TransferLog "@RUN@/access.log"
CustomLog "@RUN@/access.log" nick
CustomLog "@RUN@/access.log" "literal"
""",
            [get("/a.txt")],
            TREE,
            log="%U",
        ),
    ],
)
VHOSTS = Family(
    "CustomLog, virtual hosts",
    [
        Site(
            """
GlobalLog "@RUN@/access.log" "%v %U global"
<VirtualHost *:@PORT@>
    ServerName one.example
    CustomLog "@RUN@/access.log" "%v %U own"
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName two.example
</VirtualHost>
""",
            [
                get("/a.txt", "Host: one.example"),
                get("/a.txt", "Host: two.example"),
                fails(get("/missing", "Host: two.example")),
            ],
            TREE,
            log="%v %U main",
        ),
        Site(
            "",
            [
                rejects("GlobalLog in a vhost", '<VirtualHost *:80>\nGlobalLog "@RUN@/x.log" "%U"\n</VirtualHost>'),
                rejects("CustomLog in a directory", '<Directory "/">\nCustomLog "@RUN@/x.log" "%U"\n</Directory>'),
                rejects("env= without a name", 'CustomLog "@RUN@/x.log" "%U" env='),
                rejects("a broken condition", 'CustomLog "@RUN@/x.log" "%U" "expr=%{X"'),
                accepts("BufferedLogs", "BufferedLogs On"),
            ],
        ),
    ],
)

FAMILIES = [ODDS, VHOSTS, NETWORK, REQUEST, HEADERS, STATUS, TIMES, MODIFIERS, CONDITIONS]
