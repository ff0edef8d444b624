"""mod_headers, mod_env, mod_setenvif."""

from dsl import Family, Site, fails, get, raw, rejects

TREE = {"index.html": "root\n", "a.txt": "a\n"}
SHOW = 'Header set X-Shown "%{SHOWN}e"\n'

HEADER = Family(
    "Header set, append, add, merge, unset",
    [
        Site(
            """
Header set X-Set one
Header append X-Set two
Header add X-Add a
Header add X-Add b
Header merge X-Merge m
Header merge X-Merge m
Header merge X-Merge n
Header unset ETag
Header setifempty X-Set no
Header setifempty X-New yes""",
            [
                get("/a.txt"),
                fails(get("/missing")),
            ],
            TREE,
        ),
        Site(
            """
Header always set X-Always 1
Header onsuccess set X-Success 1
Header set X-Both table
Header always set X-Both always""",
            [
                get("/a.txt"),
                fails(get("/missing")),
                get("/a.txt", "If-Modified-Since: Tue, 02 Jan 2024 15:04:05 GMT"),
            ],
            TREE,
        ),
        Site(
            """
Header unset Last-Modified
Header set Content-Type text/weird
Header set Accept-Ranges none""",
            [get("/a.txt")],
            TREE,
        ),
        Site(
            "Header echo ^X-Echo",
            [get("/a.txt", "X-Echo-1: one", "x-echo-2: two", "X-Other: no")],
            TREE,
        ),
    ],
)

EDIT = Family(
    "Header edit, note, conditions",
    [
        Site(
            """
Header set X-Word "banana split"
Header edit X-Word an AN
Header set X-All "banana"
Header edit* X-All an AN
Header edit X-Word "^(\\w+) (\\w+)$" "$2 $1"
Header edit X-Missing a b""",
            [get("/a.txt")],
            TREE,
        ),
        Site(
            """
SetEnvIf X-Want . want
Header set X-If yes env=want
Header set X-Unless yes env=!want""",
            [get("/a.txt", "X-Want: 1"), get("/a.txt")],
            TREE,
        ),
        Site(
            """
Header set X-Expr yes "expr=%{REQUEST_URI} == '/a.txt'"
Header set X-Status "expr=%{REQUEST_STATUS}"
""",
            [get("/a.txt"), fails(get("/missing"))],
            TREE,
        ),
        Site("Header note ETag etag-note", [get("/a.txt")], TREE, log='"%r" %{etag-note}n'),
        Site(
            "",
            [
                rejects("an unknown action", "Header frobnicate X y"),
                rejects("set without value", "Header set X-Only"),
                rejects("edit with a bad pattern", "Header edit X ( y"),
            ],
        ),
    ],
)

VALUES = Family(
    "Header values",
    [
        Site(
            """
SetEnv COLOUR blue
Header set X-Percent "100%%"
Header set X-Env "%{COLOUR}e"
Header set X-None "%{NONE}e"
Header set X-Quoted "a \\"b\\" c"
Header set X-Empty ""
Header set X-Colon: value
Header set X-L "%l"
""",
            [
                get("/a.txt"),
                fails(get("/missing")),
            ],
            TREE,
        ),
        Site('Header set X-Time "~%D~"\nHeader unset X-Time', [get("/a.txt")], TREE),
        Site("", [rejects("an unknown format", 'Header set X "%Q"')]),
    ],
)

REQUEST = Family(
    "RequestHeader",
    [
        Site(
            """
RequestHeader set X-In early early
RequestHeader set X-Late "set"
RequestHeader append X-In more
RequestHeader unset Range
RequestHeader edit X-Edit a b
Header echo X-Edit""",
            [
                get("/a.txt", "X-In: client", "Range: bytes=0-0"),
                get("/a.txt", "X-Edit: banana"),
                fails(get("/missing", "X-In: client")),
            ],
            TREE,
            log='"%r" %>s %{X-In}i %{X-Late}i %{X-Edit}i',
        ),
        Site("", [rejects("echo is for answers only", "RequestHeader echo X-Y")]),
    ],
)

ENV = Family(
    "SetEnv, PassEnv, UnsetEnv",
    [
        Site(
            "SetEnv SHOWN value\nSetEnv BARE\n" + SHOW,
            [get("/a.txt"), fails(get("/missing"))],
            TREE,
            log="%{SHOWN}e %{BARE}e",
        ),
        Site("SetEnv SHOWN value\nUnsetEnv SHOWN\n" + SHOW, [get("/a.txt")], TREE),
        Site(
            "PassEnv SHOWN\n" + SHOW,
            [get("/a.txt")],
            TREE,
            environment={"SHOWN": "from the process"},
        ),
        Site(
            """
SetEnv SHOWN outer
<Location "/a.txt">
SetEnv SHOWN inner
</Location>
"""
            + SHOW,
            [get("/a.txt"), get("/")],
            TREE,
        ),
        Site(
            "",
            [
                rejects("UnsetEnv without a name", "UnsetEnv"),
                rejects("SetEnv with three words", "SetEnv a b c"),
            ],
        ),
    ],
)

SETENVIF = Family(
    "SetEnvIf",
    [
        Site(
            """
SetEnvIf User-Agent "^curl" SHOWN=curl
SetEnvIf Request_URI "\\.txt$" SHOWN=text
SetEnvIf Remote_Addr "^127\\." LOCAL
SetEnvIf Request_Method ^HEAD$ SHOWN=head
SetEnvIf Request_Protocol 1\\.0 SHOWN=old
SetEnvIf ^X-S.* "(.+)" CAUGHT=$1
"""
            + SHOW
            + 'Header set X-Local "%{LOCAL}e"\nHeader set X-Caught "%{CAUGHT}e"',
            [
                get("/a.txt"),
                get("/", "User-Agent: curl/8"),
                get("/", "X-Some: thing"),
                raw("old", b"GET / HTTP/1.0\r\n\r\n"),
                fails(get("/none.txt")),
            ],
            TREE,
        ),
        Site(
            """
SetEnvIf SHOWN one X=1
SetEnv SHOWN one
SetEnvIf Host . SHOWN=first
SetEnvIf SHOWN first SECOND=seen
Header set X-Second "%{SECOND}e"
"""
            + SHOW,
            [get("/a.txt")],
            TREE,
        ),
        Site("SetEnvIf Host . SHOWN=set\nSetEnvIf Host . !SHOWN\n" + SHOW, [get("/a.txt")], TREE),
        Site(
            "",
            [
                rejects("too few words", "SetEnvIf Host"),
                rejects("a bad pattern", 'SetEnvIf Host "(" x'),
            ],
        ),
    ],
)

SETENVIF_MORE = Family(
    "BrowserMatch, SetEnvIfNoCase, SetEnvIfExpr",
    [
        Site(
            """
BrowserMatch "MSIE [2-5]\\." SHOWN=old
BrowserMatchNoCase robot SHOWN=robot
SetEnvIfNoCase X-Word HELLO SHOWN=hello
SetEnvIfExpr "%{REQUEST_URI} =~ m#^/(.)#" SHOWN=$1
"""
            + SHOW,
            [
                get("/", "User-Agent: Mozilla/4.0 (compatible; MSIE 5.5)"),
                get("/", "User-Agent: GoodROBOT"),
                get("/", "X-Word: hello there"),
                get("/a.txt"),
                fails(get("/zzz")),
            ],
            TREE,
        ),
        Site(
            'SetEnvIf User-Agent ".*MSIE.*" nokeepalive ssl-unclean-shutdown downgrade-1.0 force-response-1.0',
            [
                raw(
                    "the article's MSIE line",
                    b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nUser-Agent: MSIE 6\r\n\r\n",
                ),
            ],
            TREE,
        ),
        Site("", [rejects("SetEnvIfExpr with a bad expression", 'SetEnvIfExpr "%{X" a')]),
    ],
)

FAMILIES = [HEADER, EDIT, VALUES, REQUEST, ENV, SETENVIF, SETENVIF_MORE]
