"""Keep-alive, pipelining, request bodies, header syntax and limits."""

from dsl import Family, Site, fails, get, pieces, raw, request

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

GET = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n"


def keep(path, *headers):
    return (
        "GET %s HTTP/1.1\r\nHost: localhost\r\n" % path
        + "".join(h + "\r\n" for h in headers)
        + "\r\n"
    ).encode()


def last(path):
    return keep(path, "Connection: close")


KEEP_ALIVE = Family(
    "keep-alive and pipelining",
    [
        Site(
            "",
            [
                raw("two on one connection", keep("/a.txt") + last("/"), ["GET", "GET"]),
                raw(
                    "five pipelined",
                    keep("/a.txt")
                    + keep("/sub/")
                    + keep("/empty.txt")
                    + keep("/")
                    + last("/a.txt"),
                    ["GET"] * 5,
                ),
                fails(
                    raw(
                        "a 404 keeps the connection",
                        keep("/missing") + last("/a.txt"),
                        ["GET", "GET"],
                    )
                ),
                fails(
                    raw(
                        "a 400 ends it",
                        keep("/a.txt") + b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n" + last("/"),
                        ["GET", "GET", "GET"],
                    )
                ),
                raw(
                    "an answer to HEAD between two to GET",
                    keep("/a.txt") + b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" + last("/sub/"),
                    ["GET", "HEAD", "GET"],
                ),
                raw("empty lines before a request", b"\r\n\r\n" + last("/a.txt")),
                raw("the client shuts its side down", keep("/a.txt"), half_close=True),
                pieces(
                    "a head in three pieces",
                    b"GET /a.txt HT",
                    b"TP/1.1\r\nHost: loc",
                    b"alhost\r\nConnection: close\r\n\r\n",
                ),
                raw("left open", keep("/a.txt")),
            ],
            TREE,
            log='%h "%r" %>s %b',
        ),
    ],
)

KEEP_ALIVE_LIMITS = Family(
    "KeepAlive directives",
    [
        Site(
            "MaxKeepAliveRequests 2",
            [
                fails(
                    raw(
                        "the second closes",
                        keep("/missing") + keep("/a.txt") + keep("/"),
                        ["GET", "GET", "GET"],
                    )
                )
            ],
            TREE,
        ),
        Site(
            "KeepAlive Off",
            [
                raw("the first closes", keep("/a.txt") + keep("/"), ["GET", "GET"]),
                raw("1.0 asks in vain", b"GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            ],
            TREE,
        ),
        Site(
            "KeepAliveTimeout 500ms",
            [raw("idle connections end", keep("/a.txt"), ["GET", "GET"])],
            TREE,
        ),
        Site(
            "SetEnvIf X-No-Keepalive . nokeepalive",
            [raw("nokeepalive", keep("/a.txt", "X-No-Keepalive: 1") + keep("/"), ["GET", "GET"])],
            TREE,
        ),
    ],
)

OLD = Family(
    "HTTP/1.0 and 0.9",
    [
        Site(
            "",
            [
                raw("1.0", b"GET /a.txt HTTP/1.0\r\n\r\n"),
                raw(
                    "1.0 with keep-alive",
                    b"GET /a.txt HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" + last("/"),
                    ["GET", "GET"],
                ),
                raw("1.0 with Host", b"GET /sub HTTP/1.0\r\nHost: other.example\r\n\r\n"),
                raw("0.9", b"GET /a.txt\r\n"),
                fails(raw("0.9 for what is not there", b"GET /missing\r\n")),
                fails(raw("0.9 with another method", b"POST /a.txt\r\n\r\n")),
                raw("1.1 asks to close", last("/a.txt")),
                fails(raw("1.0 and a 404", b"GET /missing HTTP/1.0\r\n\r\n")),
            ],
            TREE,
        )
    ],
)

CHUNKED = Family(
    "request bodies",
    [
        Site(
            """
SetEnvIf Transfer-Encoding . chunked
Header set X-Seen "%{chunked}e"
""",
            [
                raw(
                    "a chunked body is read and dropped",
                    GET + b"Transfer-Encoding: chunked\r\n\r\n"
                    b"5\r\nhello\r\n0\r\n\r\n" + last("/"),
                    ["GET", "GET"],
                ),
                raw(
                    "with extension and trailer",
                    GET + b"Transfer-Encoding: chunked\r\n\r\n"
                    b"5;x=y\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n" + last("/"),
                    ["GET", "GET"],
                ),
                fails(
                    raw(
                        "a bad chunk size",
                        GET
                        + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"
                        + last("/missing"),
                        ["GET", "GET"],
                    )
                ),
                raw(
                    "a body with a length",
                    GET + b"Content-Length: 5\r\n\r\nhello" + last("/"),
                    ["GET", "GET"],
                ),
                fails(
                    raw(
                        "a length that is none",
                        GET + b"Content-Length: 5x\r\n\r\nhello",
                    )
                ),
                fails(
                    raw(
                        "a negative length",
                        GET + b"Content-Length: -5\r\n\r\nhello",
                    )
                ),
                fails(
                    raw(
                        "two lengths",
                        GET + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello1",
                    )
                ),
                raw(
                    "length and chunked together",
                    GET
                    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    + last("/"),
                    ["GET", "GET"],
                ),
                fails(
                    raw(
                        "chunked is not the last coding",
                        GET + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
                    )
                ),
            ],
            TREE,
        )
    ],
)

EXPECT = Family(
    "Expect",
    [
        Site(
            "",
            [
                raw(
                    "100 before the body",
                    GET
                    + b"Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
                ),
                fails(request("GET /a.txt HTTP/1.1", "Expect: tea")),
                fails(request("POST /a.txt HTTP/1.1", "Expect: 100-continue", "Content-Length: 5")),
                raw("1.0 gets no 100", b"GET /a.txt HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"),
            ],
            TREE,
        )
    ],
)

LIMITS = Family(
    "LimitRequest directives",
    [
        Site(
            """
LimitRequestLine 100
LimitRequestFieldSize 100
LimitRequestFields 5""",
            [
                fails(get("/" + "a" * 100)),
                fails(get("/a.txt", "X-Long: " + "b" * 100)),
                fails(get("/a.txt", *["X-%d: 1" % i for i in range(6)])),
                get("/a.txt", "X-Fits: " + "c" * 60),
            ],
            TREE,
        ),
        Site(
            "LimitRequestBody 4",
            [
                fails(request("GET /a.txt HTTP/1.1", body=b"hello")),
                request("GET /a.txt HTTP/1.1", body=b"four"),
            ],
            TREE,
        ),
        Site(
            "",
            [
                fails(get("/" + "d" * 8200)),
                fails(get("/a.txt", "X-Long: " + "e" * 8200)),
                fails(get("/a.txt", *["X-%d: 1" % i for i in range(101)])),
            ],
            TREE,
        ),
    ],
)

FIELDS = Family(
    "header syntax",
    [
        Site(
            'Header set X-Got "%{X-Got}e"\nSetEnvIf X-Folded "(.*)" X-Got=$1',
            [
                fails(
                    raw(
                        "a space before the colon",
                        GET + b"X-Bad : 1\r\n\r\n",
                    )
                ),
                fails(raw("no colon", GET + b"X-Bad\r\n\r\n")),
                fails(
                    raw(
                        "a control character in a value",
                        GET + b"X-Bad: \x01\r\n\r\n",
                    )
                ),
                raw(
                    "a folded line",
                    GET + b"X-Folded: one\r\n two\r\nConnection: close\r\n\r\n",
                ),
                fails(
                    raw(
                        "the first line is folded",
                        b"GET /a.txt HTTP/1.1\r\n Host: localhost\r\n\r\n",
                    )
                ),
                raw(
                    "bare LF line ends",
                    b"GET /a.txt HTTP/1.1\nHost: localhost\nConnection: close\n\n",
                ),
                fails(
                    raw(
                        "two spaces in the request line",
                        b"GET  /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    )
                ),
                fails(
                    raw(
                        "a tab in the request line",
                        b"GET\t/a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    )
                ),
                fails(
                    raw(
                        "an empty field name",
                        GET + b": x\r\n\r\n",
                    )
                ),
                raw(
                    "the same field twice",
                    GET + b"X-Folded: a\r\nX-Folded: b\r\nConnection: close\r\n\r\n",
                ),
            ],
            TREE,
        )
    ],
)

STRICTNESS = Family(
    "HttpProtocolOptions",
    [
        Site(
            "HttpProtocolOptions Unsafe",
            [
                raw(
                    "two spaces",
                    b"GET  /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                ),
                raw("bare LF", b"GET /a.txt HTTP/1.1\nHost: localhost\nConnection: close\n\n"),
                fails(raw("no colon", GET + b"X-Bad\r\n\r\n")),
            ],
            TREE,
        ),
        Site("HttpProtocolOptions Require1.0", [fails(raw("0.9", b"GET /a.txt\r\n"))], TREE),
        Site(
            "HttpProtocolOptions RegisteredMethods", [fails(request("BREW /a.txt HTTP/1.1"))], TREE
        ),
        Site(
            "HttpProtocolOptions RegisteredMethods\nRegisterHttpMethod BREW",
            [fails(request("BREW /a.txt HTTP/1.1"))],
            TREE,
        ),
    ],
)

FAMILIES = [KEEP_ALIVE, KEEP_ALIVE_LIMITS, OLD, CHUNKED, EXPECT, LIMITS, FIELDS, STRICTNESS]
