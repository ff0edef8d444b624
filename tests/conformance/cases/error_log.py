"""What the error log says: the same requests make the same lines, level by level."""

from dsl import Family, Site, accepts, fails, get, raw, rejects, request

TREE = {
    "a.txt": "0123456789\n",
    "dir/index.html": "dir\n",
    "empty": None,
    "private/x": "x",
    "net/x": "x",
    "old/x": "x",
    "bad/.htaccess": "Foo bar\n",
    "bad/x": "x",
    "link": ("link", "/etc/hostname"),
    "unreadable.txt": "secret",
    "unreadable/x": "x",
}
RULES = """
<Directory "@ROOT@/private">
    Require all denied
</Directory>
<Directory "@ROOT@/net">
    <RequireAny>
        Require ip 10.0.0.0/8
        Require env OPEN
    </RequireAny>
</Directory>
<Directory "@ROOT@/old">
    Order deny,allow
    Deny from all
</Directory>
<Directory "@ROOT@/bad">
    AllowOverride All
</Directory>
"""


def line(text, *fields, **options):
    """A request line as it is."""
    return raw(text, "\r\n".join((text, "Host: localhost", *fields, "Connection: close", "", "")).encode("latin-1"), **options)


FILES = Family(
    "Error log, files",
    [
        Site(
            RULES,
            [
                get("/a.txt"),
                fails(get("/missing", "Referer: http://a.example/")),
                fails(get("/a.txt/more")),
                fails(get("/empty/")),
                get("/dir"),
                fails(get("/unreadable.txt")),
                fails(get("/bad/x")),
                fails(get("/%s" % ("n" * 300))),
                fails(get("/" + "a/" * 2500)),
            ],
            TREE,
            errors="debug",
        ),
        Site(
            'Options None\n<Directory "@ROOT@">\nOptions -FollowSymLinks\n</Directory>',
            [fails(get("/link"))],
            TREE,
            errors="info",
        ),
    ],
)

ACCESS = Family(
    "Error log, access",
    [
        Site(
            RULES,
            [
                fails(get("/private/x")),
                fails(get("/net/x")),
                fails(get("/old/x")),
                get("/dir/"),
            ],
            TREE,
            errors="trace3",
        ),
        Site(
            """
<Directory "@ROOT@/net">
    <RequireAll>
        Require all granted
        Require ip 10.0.0.0/8
        Require method GET
    </RequireAll>
</Directory>
<Directory "@ROOT@/private">
    Require not ip 127.0.0.1
    Require all granted
</Directory>
<Location "/old">
    Require ip 127.0.0.1
</Location>
""".replace("    Require not ip 127.0.0.1\n    Require all granted\n", "    Require expr false\n"),
            [fails(get("/net/x")), fails(get("/private/x")), get("/old/x")],
            TREE,
            errors="authz_core:debug",
        ),
    ],
)

REQUEST_LINES = Family(
    "Error log, request lines",
    [
        Site(
            "",
            [
                fails(line("GET a.txt HTTP/1.1")),
                fails(line("FOO\x01 /a.txt HTTP/1.1")),
                fails(line("GET /a.txt HTTP/1.1 x")),
                fails(line("GET /a.txt XTTP/1.1")),
                fails(line("GET /a\x01b HTTP/1.1")),
                fails(line(" GET /a.txt HTTP/1.1")),
                fails(line("GET /a.txt?x#y HTTP/1.1")),
                fails(line("GET http://u@foo/ HTTP/1.1")),
                fails(line("GET /%s HTTP/1.1" % ("a" * 9000))),
                fails(line("FOO /a.txt HTTP/1.1")),
            ],
            TREE,
            errors="trace3",
        )
    ],
)

FIELDS = Family(
    "Error log, fields",
    [
        Site(
            "",
            [
                fails(raw("no Host", b"GET /a.txt HTTP/1.1\r\n\r\n")),
                fails(raw("no colon", b"GET /a.txt HTTP/1.1\r\nHost: a\r\nBad\r\n\r\n")),
                fails(raw("a bad host", b"GET /a.txt HTTP/1.1\r\nHost: a b\r\n\r\n")),
                fails(raw("a control", b"GET /a.txt HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n")),
                fails(raw("a fold first", b"GET /a.txt HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n")),
                fails(raw("many", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n")),
                fails(get("/a.txt", "Content-Length: x")),
                fails(get("/a.txt", "Transfer-Encoding: foo")),
                fails(get("/a.txt", "Expect: foo")),
                fails(get("/a.txt", "Content-Length: 99999999999")),
            ],
            TREE,
            errors="trace3",
        )
    ],
)

TRACES = Family(
    "Error log, traces",
    [
        Site(
            "Redirect /moved /a.txt\n<Location \"/quiet\">\nLogLevel crit\n</Location>\n<Location \"/loud\">\nLogLevel core:info\n</Location>",
            [
                get("/a.txt", 'X-Text: a "quoted" \\ \xe4 one', "Referer: http://a/\"\\"),
                fails(get("/quiet/x")),
                fails(get("/loud/x")),
                get("/moved"),
                fails(get("/%zz")),
                fails(get("/a%2fb")),
                request("POST /a.txt HTTP/1.1", body=b"hello"),
            ],
            TREE,
            errors="trace8",
        ),
    ],
)

LEVELS = Family(
    "LogLevel, by module and directory",
    [
        Site(
            '<Directory "@ROOT@/dir">\nLogLevel core:info\n</Directory>',
            [fails(get("/missing")), fails(get("/dir/missing")), get("/dir/")],
            TREE,
            errors="error authz_core:debug",
        ),
        Site(
            "",
            [
                rejects("an unknown level", "LogLevel loud"),
                rejects("an unknown module", "LogLevel nothing:debug"),
                rejects("a module without a level", "LogLevel core:"),
                rejects("trace9", "LogLevel trace9"),
                accepts("modules by their names", "LogLevel mod_alias.c:info alias_module:debug core:trace8"),
                rejects("in a .htaccess context", "<Files x>\nErrorLog x\n</Files>"),
            ],
        ),
    ],
)


def laid_out(form, *exchanges, level="info"):
    """The error log in a layout of its own; every line is compared whole."""
    return Site(form, list(exchanges), TREE, errors=level)


FORMATS = Family(
    "ErrorLogFormat",
    [
        laid_out(
            'ErrorLogFormat "%l %m %M [%a] [%A] %v %V %{X-Two}i %{none}i %k"',
            fails(get("/missing", "X-Two: two", "Host: other")),
            fails(get("/%zz", 'X-Two: "\\')),
        ),
        laid_out(
            'ErrorLogFormat "<%l>% [client\\ %{c}a] %-{X}i %M%% %7F| %E: end ~%P~ ~%T~ ~%{u}t~ ~%{cu}t~ ~%{c}t~ ~%t~"',
            fails(get("/missing")),
            fails(get("/unreadable.txt")),
        ),
        laid_out(
            'ErrorLogFormat "%M"\nErrorLogFormat request "request ~%L~ %{User-Agent}i %+{X}i"\nErrorLogFormat connection "connection ~%{c}L~ %a"',
            fails(get("/missing", "User-Agent: me", "X: y")),
            fails(get("/missing", "User-Agent: me")),
        ),
        Site(
            "",
            [
                rejects("without a message", 'ErrorLogFormat "%t"'),
                rejects("an unknown item", 'ErrorLogFormat "%M %Z"'),
                rejects("a message per request", 'ErrorLogFormat request "%M"'),
                rejects("a required item", 'ErrorLogFormat "%+M"'),
            ],
        ),
    ],
)

FAMILIES = [FILES, ACCESS, REQUEST_LINES, FIELDS, TRACES, LEVELS, FORMATS]
