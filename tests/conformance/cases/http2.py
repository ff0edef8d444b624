"""mod_http2's directives as `-t` judges them; their effect is in tests/e2e/test_http2.py, and in `run --http2`."""

from dsl import MODULES, Family, Site, accepts, fails, get, rejects, request

HTTP2 = MODULES + " http2"


def site(*exchanges):
    return Site("", list(exchanges), modules=HTTP2)


FAMILIES = [
    Family("H2 directives, numbers", [site(
        rejects("no streams", "H2MaxSessionStreams 0"),
        rejects("a small window", "H2WindowSize 1023"),
        rejects("little memory", "H2StreamMaxMemSize 1023"),
        rejects("a negative frame", "H2MaxDataFrameLen -1"),
        rejects("negative padding", "H2Padding -1"),
        rejects("much padding", "H2Padding 9"),
        rejects("a timeout that is none", "H2StreamTimeout abc"),
        rejects("no workers", "H2MinWorkers 0"),
        accepts("all of them", "H2MaxSessionStreams 5\nH2WindowSize 70000\nH2StreamMaxMemSize 2048\n"
                "H2MaxDataFrameLen 900\nH2Padding 8\nH2StreamTimeout 5s\nH2MinWorkers 2\nH2MaxWorkers 9\n"
                "H2MaxWorkerIdleSeconds 6\nH2TLSWarmUpSize 0\nH2TLSCoolDownSecs 0\nH2PushDiarySize 512"),
        rejects("an idle limit that is none", "H2MaxWorkerIdleSeconds abc"),
    )]),
    Family("H2 directives, words", [site(
        rejects("a flag that is none", "H2Direct perhaps"),
        rejects("push that is none", "H2Push 1"),
        rejects("a diary of odd size", "H2PushDiarySize 100"),
        rejects("a large diary", "H2PushDiarySize 131072"),
        rejects("a hint without a value", 'H2EarlyHint Link ""'),
        rejects("a weight that is none", "H2PushPriority text/css after 0"),
        rejects("a dependency that is none", "H2PushPriority text/css beside"),
        rejects("a resource with too much", "H2PushResource add /a.css urgent"),
        accepts("all of them", "H2Direct on\nH2Upgrade off\nH2ModernTLSOnly off\nH2SerializeHeaders off\n"
                "H2CopyFiles on\nH2EarlyHints on\nH2EarlyHint Link </a.css>;rel=preload\n"
                "H2PushResource add /a.css critical\nH2PushPriority * after 16\nH2OutputBuffering off\n"
                "H2ProxyRequests off\nH2WebSockets off\nH2Push off\nProtocols h2 h2c http/1.1"),
        rejects("in a directory", "<Directory />\nH2Direct on\n</Directory>"),
    )]),
    Family("Protocols h2c and HTTP/1.1 clients", [Site("Protocols h2c http/1.1", [
        get("/a.txt"),
        request("GET /a.txt HTTP/1.1", "Upgrade: h2c", "Connection: Upgrade", name="Upgrade without settings"),
        request("GET /a.txt HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", name="Upgrade to something else"),
        fails(get("/missing")),
    ], {"a.txt": "text"}, modules=HTTP2)]),
]
