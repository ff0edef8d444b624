"""Methods, targets, hosts, paths and refusals."""

from dsl import Family, Site, fails, get, head, in_order, raw, request

PAGE = "<html><head><title>Test</title></head><body>Test works.</body></html>\n"

TREE = {
    "index.html": PAGE,
    "a.txt": "0123456789abcdefghijklmnopqrstuvwxyz\n",
    "empty.txt": "",
    "big.txt": 300000,
    "sub/index.html": "sub\n",
    "unreadable.txt": "secret",
    "with space.txt": "space\n",
    "noext": "x\n",
    "per%cent.txt": "percent\n",
    "umlaut-\u00fc.txt": "u\n",
}

METHODS = Family(
    "methods",
    [
        Site(
            "",
            [
                in_order(get("/a.txt")),
                in_order(get("/")),
                in_order(head("/a.txt")),
                request("OPTIONS /a.txt HTTP/1.1"),
                request("OPTIONS * HTTP/1.1"),
                request("TRACE /a.txt HTTP/1.1", "X-Test: echo me"),
                request("POST /a.txt HTTP/1.1", body=b"x=1"),
                fails(request("PUT /a.txt HTTP/1.1", body=b"x=1")),
                fails(request("DELETE /a.txt HTTP/1.1")),
                fails(request("BREW /a.txt HTTP/1.1")),
            ],
            TREE,
        )
    ],
)

TRACE = Family(
    "TraceEnable",
    [
        Site(
            "TraceEnable off",
            [fails(request("TRACE /a.txt HTTP/1.1")), request("OPTIONS /a.txt HTTP/1.1")],
            TREE,
        ),
        Site("TraceEnable extended", [request("TRACE / HTTP/1.1", body=b"echoed")], TREE),
        Site("", [fails(request("TRACE / HTTP/1.1", body=b"echoed"))], TREE),
    ],
)

STATUS = Family(
    "refusals",
    [
        Site(
            "",
            [
                fails(get("/missing")),
                fails(get("/unreadable.txt")),
                fails(get("/a.txt/more")),
                fails(get("/sub/nothing/at/all.html")),
                fails(in_order(head("/missing"))),
                fails(get("/missing?with=query")),
                fails(get("/noext/")),
            ],
            TREE,
        )
    ],
)

BUILT_IN_PAGES = Family(
    "built-in error pages",
    [
        Site(
            "ServerSignature Off",
            [
                fails(request('GET /<b>&amp;"q" HTTP/1.1')),
                fails(request("FOO /a.txt HTTP/1.1")),
                fails(raw("no Host", b"GET / HTTP/1.1\r\n\r\n")),
                fails(raw("a request line of one word", b"GET\r\n\r\n")),
                fails(raw("an unknown protocol", b"GET / SPDY/3\r\nHost: localhost\r\n\r\n")),
                raw("HTTP/2.0 in words", b"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n"),
                raw("HTTP/3.7", b"GET / HTTP/3.7\r\nHost: localhost\r\n\r\n"),
                fails(request("GET /a.txt HTTP/1.1", "Transfer-Encoding: gzip")),
            ],
            TREE,
        )
    ],
)

TARGETS = Family(
    "request targets",
    [
        Site(
            "",
            [
                get("http://localhost/a.txt"),
                get("http://other.example/a.txt", "Host: localhost"),
                get("HTTP://LOCALHOST:@PORT@/a.txt"),
                fails(get("ftp://localhost/missing")),
                fails(request("GET a.txt HTTP/1.1")),
                fails(request("GET * HTTP/1.1")),
                get("/a.txt?query=1&x=%20"),
                get("/a.txt?"),
                fails(get("/a.txt#fragment")),
                fails(request("CONNECT localhost:443 HTTP/1.1")),
            ],
            TREE,
        )
    ],
)

HOST = Family(
    "Host",
    [
        Site(
            "",
            [
                get("/sub", "Host: localhost"),
                get("/sub", "Host: localhost:@PORT@"),
                get("/sub", "Host: EXAMPLE.org."),
                fails(get("/sub", "Host: a b")),
                fails(raw("none", b"GET /sub HTTP/1.1\r\nConnection: close\r\n\r\n")),
                fails(
                    raw(
                        "two",
                        b"GET /sub HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
                    )
                ),
                get("/sub", "Host:"),
                get("/sub", "Host: [::1]:80"),
                fails(get("/sub", "Host: a/../b")),
                fails(get("/sub", "Host: localhost:port")),
            ],
            TREE,
        )
    ],
)

PATHS = Family(
    "paths and traversal",
    [
        Site(
            "",
            [
                get("/sub/../a.txt"),
                get("/./sub/./index.html"),
                get("//a.txt"),
                get("/%61.txt"),
                get("/with%20space.txt"),
                get("/per%25cent.txt"),
                get("/umlaut-%C3%BC.txt"),
                fails(get("/a%2etxt%00.html")),
                fails(get("/%zz")),
                fails(get("/../a.txt")),
            ],
            TREE,
        )
    ],
)

TRAVERSAL = Family(
    "traversal attempts",
    [
        Site(
            "",
            [
                fails(get("/../../../../etc/passwd")),
                fails(get("/..%2f..%2f..%2fetc/passwd")),
                fails(get("/%2e%2e/%2e%2e/%2e%2e/etc/passwd")),
                fails(get("/.%2e/.%2e/.%2e/etc/passwd")),
                fails(get("/sub/%2e%2e/%2e%2e/etc/passwd")),
                fails(get("/..\\..\\etc\\passwd")),
                fails(get("/%252e%252e/etc/passwd")),
                fails(get("/%c0%ae%c0%ae/etc/passwd")),
                fails(get("/....//....//etc/passwd")),
                fails(get("/sub/..%2f..%2f..%2fetc/passwd")),
            ],
            TREE,
        )
    ],
)

ENCODED_SLASHES = Family(
    "AllowEncodedSlashes and MergeSlashes",
    [
        Site("", [fails(get("/sub%2findex.html")), get("/sub//index.html")], TREE),
        Site(
            "AllowEncodedSlashes On", [get("/sub%2findex.html"), fails(get("/sub%2fmissing"))], TREE
        ),
        Site("AllowEncodedSlashes NoDecode", [fails(get("/sub%2findex.html"))], TREE),
        Site(
            """
MergeSlashes Off
<Location "/sub/">
Header set X-Location sub
</Location>""",
            [get("/sub//index.html"), get("//sub/index.html")],
            TREE,
        ),
    ],
)

PATH_INFO = Family(
    "AcceptPathInfo",
    [
        Site("", [fails(get("/a.txt/info")), fails(get("/a.txt/"))], TREE),
        Site(
            "AcceptPathInfo On",
            [get("/a.txt/info"), get("/a.txt/info/../x"), fails(get("/missing/info"))],
            TREE,
            log='"%r" %>s %U %f',
        ),
        Site(
            """
<Directory "@ROOT@/sub">
AcceptPathInfo Off
</Directory>""",
            [fails(get("/sub/index.html/x"))],
            TREE,
        ),
    ],
)

SYMLINKS = Family(
    "Options FollowSymLinks",
    [
        Site(
            """
<Directory "@ROOT@">
Options None
</Directory>""",
            [fails(get("/link.txt")), fails(get("/dir/index.html")), get("/a.txt")],
            {**TREE, "link.txt": ("link", "a.txt"), "dir": ("link", "sub")},
        ),
        Site(
            """
<Directory "@ROOT@">
Options SymLinksIfOwnerMatch
</Directory>""",
            [get("/link.txt"), get("/dir/index.html")],
            {**TREE, "link.txt": ("link", "a.txt"), "dir": ("link", "sub")},
        ),
        Site(
            """
<Directory "@ROOT@">
Options FollowSymLinks
</Directory>""",
            [get("/link.txt"), fails(get("/broken.txt")), fails(get("/loop"))],
            {
                **TREE,
                "link.txt": ("link", "a.txt"),
                "broken.txt": ("link", "nothing"),
                "loop": ("link", "loop"),
            },
        ),
    ],
)

FAMILIES = [
    METHODS,
    TRACE,
    STATUS,
    BUILT_IN_PAGES,
    TARGETS,
    HOST,
    PATHS,
    TRAVERSAL,
    ENCODED_SLASHES,
    PATH_INFO,
    SYMLINKS,
]
