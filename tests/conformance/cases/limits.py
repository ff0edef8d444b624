"""mod_reqtimeout, mod_logio, and what server-status answers besides its page."""

from dsl import MODULES, Family, Site, accepts, fails, get, pieces, raw, rejects, request

TREE = {"index.html": "root\n", "a.txt": "0123456789\n"}
TIMED = MODULES + " reqtimeout"

REQTIMEOUT = Family(
    "RequestReadTimeout",
    [
        Site(
            "RequestReadTimeout header=1 body=1",
            [
                fails(raw("half a request line", b"GET / HT", ())),
                fails(raw("a request line and no more", b"GET / HTTP/1.1\r\n")),
                fails(raw("half a field", b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ")),
                fails(
                    raw(
                        "half a body",
                        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
                        ("POST",),
                    )
                ),
                fails(
                    raw(
                        "half a second head",
                        b"GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\nGET /a.txt HTTP/1.1\r\nHo",
                        ("GET", "GET"),
                    )
                ),
                get("/a.txt"),
            ],
            TREE,
            modules=TIMED,
        ),
        Site(
            "RequestReadTimeout header=1-9,MinRate=20 body=1,MinRate=20",
            [
                pieces(
                    "bytes buy time",
                    b"GET /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: " + b"a" * 60,
                    b"b" * 60,
                    b"c" * 60 + b"\r\n\r\n",
                ),
            ],
            TREE,
            modules=TIMED,
        ),
    ],
)

SYNTAX = Family(
    "RequestReadTimeout as written",
    [
        Site(
            "",
            [
                accepts("every stage", "RequestReadTimeout handshake=5 header=20-40,minrate=500 body=0"),
                rejects("no key", "RequestReadTimeout 20"),
                rejects("an unknown stage", "RequestReadTimeout trailer=20"),
                rejects("a word for a number", "RequestReadTimeout header=soon"),
                rejects("a number and more", "RequestReadTimeout body=20s"),
                rejects("a range without a rate", "RequestReadTimeout header=20-40"),
                rejects("a rate of nothing", "RequestReadTimeout header=20,MinRate=0"),
                rejects("a range backwards", "RequestReadTimeout header=40-20,MinRate=500"),
                rejects("a negative time", "RequestReadTimeout header=-1"),
                rejects("in a directory", '<Directory "/x">\nRequestReadTimeout body=1\n</Directory>'),
            ],
            modules=TIMED,
        )
    ],
)

LOGIO = Family(
    "LogIOTrackTTFB",
    [
        Site(
            '<Location "/index.html">\nLogIOTrackTTFB On\n</Location>',
            [get("/a.txt"), get("/index.html"), fails(get("/missing"))],
            TREE,
            log="%U ~%^FB~ %b",
        ),
        Site(
            "",
            [
                get("/a.txt"),
                rejects("LogIOTrackTTFB without a value", "LogIOTrackTTFB"),
            ],
            TREE,
            log="%U %^FB",
        ),
    ],
)

STATUS = Family(
    "server-status, what is not a page",
    [
        Site(
            '<Location "/status">\nSetHandler server-status\n</Location>',
            [
                fails(request("POST /status HTTP/1.1", body=b"a=1")),
                fails(request("DELETE /status HTTP/1.1")),
                rejects("ExtendedStatus in words", "ExtendedStatus full"),
                rejects("ExtendedStatus in a directory", '<Directory "/">\nExtendedStatus On\n</Directory>'),
                rejects("SeeRequestTail without a value", "SeeRequestTail"),
            ],
            TREE,
            modules=MODULES + " status",
        )
    ],
)

FAMILIES = [REQTIMEOUT, SYNTAX, LOGIO, STATUS]
