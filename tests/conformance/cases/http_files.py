"""Conditional requests, ranges, entity tags and sizes of static files."""

from dsl import Family, Site, fails, get, head, raw

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

TAG = '"25-60df7cf398340"'  # mtime and size of a.txt, see server.STAMP

CONDITIONS_BY_DATE = Family(
    "conditions by date",
    [
        Site(
            "",
            [
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
            ],
            TREE,
        )
    ],
)

CONDITIONS_BY_TAG = Family(
    "conditions by ETag",
    [
        Site(
            "",
            [
                get("/a.txt", "If-None-Match: " + TAG),
                get("/a.txt", "If-None-Match: W/" + TAG),
                get("/a.txt", 'If-None-Match: "other", ' + TAG),
                get("/a.txt", 'If-None-Match: "other"'),
                get("/a.txt", "If-None-Match: *"),
                get("/a.txt", "If-Match: " + TAG),
                fails(get("/a.txt", 'If-Match: "other"')),
                get("/a.txt", "If-Match: *"),
                get(
                    "/a.txt",
                    'If-None-Match: "other"',
                    "If-Modified-Since: Tue, 02 Jan 2024 15:04:05 GMT",
                ),
                fails(get("/a.txt", "If-Match: W/" + TAG)),
            ],
            TREE,
        )
    ],
)

FILE_ETAG = Family(
    "FileETag",
    [
        Site("FileETag None", [get("/a.txt")], TREE),
        Site(
            "FileETag Size",
            [
                get("/a.txt"),
                fails(get("/a.txt", 'If-Match: "26"')),
                get("/a.txt", 'If-None-Match: "25"'),
            ],
            TREE,
        ),
        Site("FileETag INode MTime Size", [get("/a.txt")], TREE),
        Site(
            """
<Directory "@ROOT@/sub">
FileETag -Size
</Directory>""",
            [get("/sub/"), get("/a.txt")],
            TREE,
        ),
    ],
)

RANGES = Family(
    "one range",
    [
        Site(
            "",
            [
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
            ],
            TREE,
        )
    ],
)

RANGES_ODD = Family(
    "ranges, odd cases",
    [
        Site(
            "",
            [
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
            ],
            TREE,
        )
    ],
)

MULTI = Family(
    "several ranges",
    [
        Site(
            "",
            [
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
            ],
            TREE,
        )
    ],
)

MAX_RANGES = Family(
    "MaxRanges",
    [
        Site(
            "MaxRanges 2",
            [
                get("/a.txt", "Range: bytes=0-0,2-2"),
                get("/a.txt", "Range: bytes=0-0,2-2,4-4"),
                fails(get("/a.txt", "Range: bytes=90-")),
            ],
            TREE,
        ),
        Site("MaxRanges none", [get("/a.txt", "Range: bytes=0-0")], TREE),
        Site(
            "MaxRangeOverlaps 1\nMaxRangeReversals 1",
            [
                get("/a.txt", "Range: bytes=0-5,2-6,4-9"),
                get("/a.txt", "Range: bytes=9-9,6-6,3-3,0-0"),
            ],
            TREE,
        ),
    ],
)

SIZES = Family(
    "file sizes",
    [
        Site(
            "",
            [
                get("/empty.txt"),
                head("/empty.txt"),
                get("/big.txt"),
                head("/big.txt"),
                get("/big.txt", "Range: bytes=299990-"),
                fails(get("/big.txt", "Range: bytes=300000-")),
                get("/exact"),
                get("/exact1"),
            ],
            {**TREE, "exact": 65536, "exact1": 65537},
        )
    ],
)



def again(path, *requests):
    """One connection: the file twice, then what is asked for otherwise, then the file once more."""
    lines = ["GET %s HTTP/1.1" % path] * 2 + list(requests)
    asked = [(line.split("|")[0], line.split("|")[1:]) for line in lines]
    data = "".join(
        "\r\n".join([line, "Host: localhost", *fields]) + "\r\n\r\n" for line, fields in asked
    )
    data += "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path
    methods = [line.split(" ")[0] for line, _ in asked] + ["GET"]
    return raw("twice, then " + " and ".join(requests)[:80], data.encode(), methods)


AGAIN = Family(
    "the same file again",
    [
        Site(
            'Header set X-Colour "blue"\nSetEnvIf User-Agent Old nokeepalive\n'
            'SetEnvIf X-Env (.+) seen=$1\nHeader always set X-Seen "%{seen}e" env=seen',
            [
                again("/a.txt", "HEAD /a.txt HTTP/1.1", "GET /a.txt HTTP/1.1|Range: bytes=1-3"),
                again("/a.txt", "GET /a.txt HTTP/1.1|If-None-Match: " + TAG),
                again("/a.txt", "GET /a.txt HTTP/1.1|if-modified-since: Tue, 02 Jan 2024 15:04:05 GMT"),
                again("/a.txt", "GET /a.txt HTTP/1.1|Connection: keep-alive"),
                again("/a.txt", "GET /a.txt HTTP/1.1|X-Env: here", "OPTIONS /a.txt HTTP/1.1"),
                again("/a.txt", "GET /a.txt?query HTTP/1.1", "GET /A.txt HTTP/1.1"),
                again("/a.txt", "POST /a.txt HTTP/1.1|Content-Length: 0", "GET /./a.txt HTTP/1.1"),
                again("/index.html", "GET / HTTP/1.1", "GET /index.html/more HTTP/1.1"),
                fails(again("/unreadable.txt")),
            ],
            TREE,
            log='%h "%r" %>s %b %B %{X-Colour}o %{Content-Type}o %{Content-Length}o %k %R',
        ),
    ],
)

FAMILIES = [
    AGAIN,
    CONDITIONS_BY_DATE,
    CONDITIONS_BY_TAG,
    FILE_ETAG,
    RANGES,
    RANGES_ODD,
    MULTI,
    MAX_RANGES,
    SIZES,
]
