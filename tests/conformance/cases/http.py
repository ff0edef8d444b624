"""HTTP/1.1 itself on static files: methods, conditions, ranges, framing, limits."""

from dsl import Family, Site, fails, get, head, in_order, pieces, raw, request

PAGE = "<html><head><title>Test</title></head><body>Test works.</body></html>\n"
TREE = {"index.html": PAGE, "a.txt": "0123456789abcdefghijklmnopqrstuvwxyz\n", "empty.txt": "", "big.txt": 300000,
        "sub/index.html": "sub\n", "unreadable.txt": "secret", "with space.txt": "space\n", "noext": "x\n",
        "per%cent.txt": "percent\n", "umlaut-\u00fc.txt": "u\n"}
HTTP10 = "GET /a.txt HTTP/1.0"


def keep(path, *headers):
    return ("GET %s HTTP/1.1\r\nHost: localhost\r\n" % path + "".join(h + "\r\n" for h in headers) + "\r\n").encode()


def last(path):
    return keep(path, "Connection: close")


METHODS = Family("methods", [Site("", [
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
], TREE)])

TRACE = Family("TraceEnable", [
    Site("TraceEnable off", [fails(request("TRACE /a.txt HTTP/1.1")), request("OPTIONS /a.txt HTTP/1.1")], TREE),
    Site("TraceEnable extended", [request("TRACE / HTTP/1.1", body=b"echoed")], TREE),
    Site("", [fails(request("TRACE / HTTP/1.1", body=b"echoed"))], TREE),
])

STATUS = Family("refusals", [Site("", [
    fails(get("/missing")),
    fails(get("/unreadable.txt")),
    fails(get("/a.txt/more")),
    fails(get("/sub/nothing/at/all.html")),
    fails(in_order(head("/missing"))),
    fails(get("/missing?with=query")),
    fails(get("/noext/")),
], TREE)])

BUILT_IN_PAGES = Family("built-in error pages", [Site("ServerSignature Off", [
    fails(request("GET /<b>&amp;\"q\" HTTP/1.1")),
    fails(request("FOO /a.txt HTTP/1.1")),
    fails(raw("no Host", b"GET / HTTP/1.1\r\n\r\n")),
    fails(raw("a request line of one word", b"GET\r\n\r\n")),
    fails(raw("an unknown protocol", b"GET / SPDY/3\r\nHost: localhost\r\n\r\n")),
    raw("HTTP/2.0 in words", b"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n"),
    raw("HTTP/3.7", b"GET / HTTP/3.7\r\nHost: localhost\r\n\r\n"),
    fails(request("GET /a.txt HTTP/1.1", "Transfer-Encoding: gzip")),
], TREE)])

CONDITIONS_BY_DATE = Family("conditions by date", [Site("", [
    get("/a.txt", "If-Modified-Since: Tue, 02 Jan 2024 15:04:05 GMT"),
    get("/a.txt", "If-Modified-Since: Tue, 02 Jan 2024 15:04:04 GMT"),
    get("/a.txt", "If-Modified-Since: Tuesday, 02-Jan-24 15:04:05 GMT"),
    get("/a.txt", "If-Modified-Since: Tue Jan  2 15:04:05 2024"),
    get("/a.txt", "If-Modified-Since: yesterday"),
    get("/a.txt", "If-Modified-Since: Fri, 01 Jan 2038 00:00:00 GMT"),
    get("/a.txt", "If-Unmodified-Since: Tue, 02 Jan 2024 15:04:05 GMT"),
    fails(get("/a.txt", "If-Unmodified-Since: Tue, 02 Jan 2024 15:04:04 GMT")),
    head("/a.txt", "If-Modified-Since: Tue, 02 Jan 2024 15:04:05 GMT"),
    fails(get("/missing", "If-Modified-Since: Tue, 02 Jan 2024 15:04:05 GMT")),
], TREE)])

TAG = '"25-60df7cf398340"'      # mtime and size of a.txt, see server.STAMP
CONDITIONS_BY_TAG = Family("conditions by ETag", [Site("", [
    get("/a.txt", "If-None-Match: " + TAG),
    get("/a.txt", "If-None-Match: W/" + TAG),
    get("/a.txt", 'If-None-Match: "other", ' + TAG),
    get("/a.txt", 'If-None-Match: "other"'),
    get("/a.txt", "If-None-Match: *"),
    get("/a.txt", "If-Match: " + TAG),
    fails(get("/a.txt", 'If-Match: "other"')),
    get("/a.txt", "If-Match: *"),
    get("/a.txt", 'If-None-Match: "other"', "If-Modified-Since: Tue, 02 Jan 2024 15:04:05 GMT"),
    fails(get("/a.txt", "If-Match: W/" + TAG)),
], TREE)])

FILE_ETAG = Family("FileETag", [
    Site("FileETag None", [get("/a.txt")], TREE),
    Site("FileETag Size", [get("/a.txt"), fails(get("/a.txt", 'If-Match: "26"')), get("/a.txt", 'If-None-Match: "25"')],
         TREE),
    Site("FileETag INode MTime Size", [get("/a.txt")], TREE),
    Site('<Directory "@ROOT@/sub">\nFileETag -Size\n</Directory>', [get("/sub/"), get("/a.txt")], TREE),
])

RANGES = Family("one range", [Site("", [
    get("/a.txt", "Range: bytes=0-4"),
    get("/a.txt", "Range: bytes=5-"),
    get("/a.txt", "Range: bytes=-5"),
    get("/a.txt", "Range: bytes=-500"),
    get("/a.txt", "Range: bytes=30-500"),
    fails(get("/a.txt", "Range: bytes=37-")),
    get("/a.txt", "Range: bytes=-0"),
    get("/a.txt", "Range: bytes=5-2"),
    get("/a.txt", "Range: lines=1-2"),
    get("/empty.txt", "Range: bytes=0-"),
], TREE)])

RANGES_ODD = Family("ranges, odd cases", [Site("", [
    head("/a.txt", "Range: bytes=0-4"),
    get("/a.txt", "Range: bytes=0-4", "If-Range: " + TAG),
    get("/a.txt", "Range: bytes=0-4", 'If-Range: "other"'),
    get("/a.txt", "Range: bytes=0-4", "If-Range: Tue, 02 Jan 2024 15:04:05 GMT"),
    get("/a.txt", "Range: bytes=0-4", "If-Range: W/" + TAG),
    get("/a.txt", "Range: bytes=0-4", "If-None-Match: " + TAG),
    get("/big.txt", "Range: bytes=100000-100009"),
    get("/a.txt", "Range: bytes = 0-4"),
    get("/a.txt", "Range: bytes=99999999999999999999-"),
    fails(get("/big.txt", "Range: bytes=300000-")),
], TREE)])

MULTI = Family("several ranges", [Site("", [
    get("/a.txt", "Range: bytes=0-1,10-11"),
    get("/a.txt", "Range: bytes=0-1, -2 , 5-6"),
    get("/a.txt", "Range: bytes=0-5,3-8"),
    get("/a.txt", "Range: bytes=10-11,0-1"),
    get("/a.txt", "Range: bytes=0-1,500-600"),
    fails(get("/a.txt", "Range: bytes=500-600,700-")),
    get("/a.txt", "Range: bytes=,0-1,"),
    head("/a.txt", "Range: bytes=0-1,10-11"),
    get("/noext", "Range: bytes=0-0,1-1"),
    get("/a.txt", "Range: bytes=0-1", "Range: bytes=2-3"),
], TREE)])

MAX_RANGES = Family("MaxRanges", [
    Site("MaxRanges 2", [get("/a.txt", "Range: bytes=0-0,2-2"), get("/a.txt", "Range: bytes=0-0,2-2,4-4"),
                         fails(get("/a.txt", "Range: bytes=90-"))], TREE),
    Site("MaxRanges none", [get("/a.txt", "Range: bytes=0-0")], TREE),
    Site("MaxRangeOverlaps 1\nMaxRangeReversals 1", [get("/a.txt", "Range: bytes=0-5,2-6,4-9"),
                                                     get("/a.txt", "Range: bytes=9-9,6-6,3-3,0-0")], TREE),
])

KEEP_ALIVE = Family("keep-alive and pipelining", [
    Site("", [
        raw("two on one connection", keep("/a.txt") + last("/"), ["GET", "GET"]),
        raw("five pipelined", keep("/a.txt") + keep("/sub/") + keep("/empty.txt") + keep("/") + last("/a.txt"), ["GET"] * 5),
        fails(raw("a 404 keeps the connection", keep("/missing") + last("/a.txt"), ["GET", "GET"])),
        fails(raw("a 400 ends it", keep("/a.txt") + b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n" + last("/"), ["GET", "GET", "GET"])),
        raw("an answer to HEAD between two to GET",
            keep("/a.txt") + b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" + last("/sub/"), ["GET", "HEAD", "GET"]),
        raw("empty lines before a request", b"\r\n\r\n" + last("/a.txt")),
        raw("the client shuts its side down", keep("/a.txt"), half_close=True),
        pieces("a head in three pieces", b"GET /a.txt HT", b"TP/1.1\r\nHost: loc", b"alhost\r\nConnection: close\r\n\r\n"),
        raw("left open", keep("/a.txt")),
    ], TREE, log='%h "%r" %>s %b'),
])

KEEP_ALIVE_LIMITS = Family("KeepAlive directives", [
    Site("MaxKeepAliveRequests 2", [fails(raw("the second closes", keep("/missing") + keep("/a.txt") + keep("/"), ["GET", "GET", "GET"]))], TREE),
    Site("KeepAlive Off", [raw("the first closes", keep("/a.txt") + keep("/"), ["GET", "GET"]),
                           raw("1.0 asks in vain", b"GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")], TREE),
    Site("KeepAliveTimeout 500ms", [raw("idle connections end", keep("/a.txt"), ["GET", "GET"])], TREE),
    Site('SetEnvIf X-No-Keepalive . nokeepalive', [raw("nokeepalive", keep("/a.txt", "X-No-Keepalive: 1") + keep("/"), ["GET", "GET"])], TREE),
])

OLD = Family("HTTP/1.0 and 0.9", [Site("", [
    raw("1.0", b"GET /a.txt HTTP/1.0\r\n\r\n"),
    raw("1.0 with keep-alive", b"GET /a.txt HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" + last("/"), ["GET", "GET"]),
    raw("1.0 with Host", b"GET /sub HTTP/1.0\r\nHost: other.example\r\n\r\n"),
    raw("0.9", b"GET /a.txt\r\n"),
    fails(raw("0.9 for what is not there", b"GET /missing\r\n")),
    fails(raw("0.9 with another method", b"POST /a.txt\r\n\r\n")),
    raw("1.1 asks to close", last("/a.txt")),
    fails(raw("1.0 and a 404", b"GET /missing HTTP/1.0\r\n\r\n")),
], TREE)])

CHUNKED = Family("request bodies", [Site('SetEnvIf Transfer-Encoding . chunked\nHeader set X-Seen "%{chunked}e"', [
    raw("a chunked body is read and dropped", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\n\r\n" + last("/"), ["GET", "GET"]),
    raw("with extension and trailer", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5;x=y\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n" + last("/"), ["GET", "GET"]),
    fails(raw("a bad chunk size", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n" + last("/missing"), ["GET", "GET"])),
    raw("a body with a length", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello" + last("/"), ["GET", "GET"]),
    fails(raw("a length that is none", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5x\r\n\r\nhello")),
    fails(raw("a negative length", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\nhello")),
    fails(raw("two lengths", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello1")),
    raw("length and chunked together", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + last("/"), ["GET", "GET"]),
    fails(raw("chunked is not the last coding", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n")),
], TREE)])

EXPECT = Family("Expect", [Site("", [
    raw("100 before the body", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"),
    fails(request("GET /a.txt HTTP/1.1", "Expect: tea")),
    fails(request("POST /a.txt HTTP/1.1", "Expect: 100-continue", "Content-Length: 5")),
    raw("1.0 gets no 100", b"GET /a.txt HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"),
], TREE)])

TARGETS = Family("request targets", [Site("", [
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
], TREE)])

HOST = Family("Host", [Site("", [
    get("/sub", "Host: localhost"),
    get("/sub", "Host: localhost:@PORT@"),
    get("/sub", "Host: EXAMPLE.org."),
    fails(get("/sub", "Host: a b")),
    fails(raw("none", b"GET /sub HTTP/1.1\r\nConnection: close\r\n\r\n")),
    fails(raw("two", b"GET /sub HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n")),
    get("/sub", "Host:"),
    get("/sub", "Host: [::1]:80"),
    fails(get("/sub", "Host: a/../b")),
    fails(get("/sub", "Host: localhost:port")),
], TREE)])

PATHS = Family("paths and traversal", [Site("", [
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
], TREE)])

TRAVERSAL = Family("traversal attempts", [Site("", [
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
], TREE)])

ENCODED_SLASHES = Family("AllowEncodedSlashes and MergeSlashes", [
    Site("", [fails(get("/sub%2findex.html")), get("/sub//index.html")], TREE),
    Site("AllowEncodedSlashes On", [get("/sub%2findex.html"), fails(get("/sub%2fmissing"))], TREE),
    Site("AllowEncodedSlashes NoDecode", [fails(get("/sub%2findex.html"))], TREE),
    Site('MergeSlashes Off\n<Location "/sub/">\nHeader set X-Location sub\n</Location>', [get("/sub//index.html"), get("//sub/index.html")], TREE),
])

LIMITS = Family("LimitRequest directives", [
    Site("LimitRequestLine 100\nLimitRequestFieldSize 100\nLimitRequestFields 5", [
        fails(get("/" + "a" * 100)),
        fails(get("/a.txt", "X-Long: " + "b" * 100)),
        fails(get("/a.txt", *["X-%d: 1" % i for i in range(6)])),
        get("/a.txt", "X-Fits: " + "c" * 60),
    ], TREE),
    Site("LimitRequestBody 4", [fails(request("GET /a.txt HTTP/1.1", body=b"hello")), request("GET /a.txt HTTP/1.1", body=b"four")], TREE),
    Site("", [fails(get("/" + "d" * 8200)), fails(get("/a.txt", "X-Long: " + "e" * 8200)),
              fails(get("/a.txt", *["X-%d: 1" % i for i in range(101)]))], TREE),
])

FIELDS = Family("header syntax", [Site('Header set X-Got "%{X-Got}e"\nSetEnvIf X-Folded "(.*)" X-Got=$1', [
    fails(raw("a space before the colon", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Bad : 1\r\n\r\n")),
    fails(raw("no colon", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Bad\r\n\r\n")),
    fails(raw("a control character in a value", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Bad: \x01\r\n\r\n")),
    raw("a folded line", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Folded: one\r\n two\r\nConnection: close\r\n\r\n"),
    fails(raw("the first line is folded", b"GET /a.txt HTTP/1.1\r\n Host: localhost\r\n\r\n")),
    raw("bare LF line ends", b"GET /a.txt HTTP/1.1\nHost: localhost\nConnection: close\n\n"),
    fails(raw("two spaces in the request line", b"GET  /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")),
    fails(raw("a tab in the request line", b"GET\t/a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")),
    fails(raw("an empty field name", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n")),
    raw("the same field twice", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Folded: a\r\nX-Folded: b\r\nConnection: close\r\n\r\n"),
], TREE)])

STRICTNESS = Family("HttpProtocolOptions", [
    Site("HttpProtocolOptions Unsafe", [
        raw("two spaces", b"GET  /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        raw("bare LF", b"GET /a.txt HTTP/1.1\nHost: localhost\nConnection: close\n\n"),
        fails(raw("no colon", b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Bad\r\n\r\n")),
    ], TREE),
    Site("HttpProtocolOptions Require1.0", [fails(raw("0.9", b"GET /a.txt\r\n"))], TREE),
    Site("HttpProtocolOptions RegisteredMethods", [fails(request("BREW /a.txt HTTP/1.1"))], TREE),
    Site("HttpProtocolOptions RegisteredMethods\nRegisterHttpMethod BREW", [fails(request("BREW /a.txt HTTP/1.1"))], TREE),
])

SIZES = Family("file sizes", [Site("", [
    get("/empty.txt"),
    head("/empty.txt"),
    get("/big.txt"),
    head("/big.txt"),
    get("/big.txt", "Range: bytes=299990-"),
    fails(get("/big.txt", "Range: bytes=300000-")),
    get("/exact"),
    get("/exact1"),
], {**TREE, "exact": 65536, "exact1": 65537})])

PATH_INFO = Family("AcceptPathInfo", [
    Site("", [fails(get("/a.txt/info")), fails(get("/a.txt/"))], TREE),
    Site("AcceptPathInfo On", [get("/a.txt/info"), get("/a.txt/info/../x"), fails(get("/missing/info"))], TREE,
         log='"%r" %>s %U %f'),
    Site('<Directory "@ROOT@/sub">\nAcceptPathInfo Off\n</Directory>', [fails(get("/sub/index.html/x"))], TREE),
])

SYMLINKS = Family("Options FollowSymLinks", [
    Site('<Directory "@ROOT@">\nOptions None\n</Directory>', [fails(get("/link.txt")), fails(get("/dir/index.html")), get("/a.txt")],
         {**TREE, "link.txt": ("link", "a.txt"), "dir": ("link", "sub")}),
    Site('<Directory "@ROOT@">\nOptions SymLinksIfOwnerMatch\n</Directory>', [get("/link.txt"), get("/dir/index.html")],
         {**TREE, "link.txt": ("link", "a.txt"), "dir": ("link", "sub")}),
    Site('<Directory "@ROOT@">\nOptions FollowSymLinks\n</Directory>', [get("/link.txt"), fails(get("/broken.txt")), fails(get("/loop"))],
         {**TREE, "link.txt": ("link", "a.txt"), "broken.txt": ("link", "nothing"), "loop": ("link", "loop")}),
])

FAMILIES = [METHODS, TRACE, STATUS, BUILT_IN_PAGES, CONDITIONS_BY_DATE, CONDITIONS_BY_TAG, FILE_ETAG, RANGES, RANGES_ODD,
            MULTI, MAX_RANGES, KEEP_ALIVE, KEEP_ALIVE_LIMITS, OLD, CHUNKED, EXPECT, TARGETS, HOST, PATHS, TRAVERSAL,
            ENCODED_SLASHES, LIMITS, FIELDS, STRICTNESS, SIZES, PATH_INFO, SYMLINKS]
