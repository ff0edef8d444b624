"""HTTP/2 with real clients and with clients that do harm: what they cost has bounds."""

import os
import re
import struct
import threading
import time

from h2frames import *  # noqa: F403
from lib import TLS, children, command, eventually, need, test

H2C = "Protocols h2 h2c http/1.1\nLogLevel http2:info\n"
LOG = 'LogFormat "%r %H %>s %b %{HTTP2}e %{H2_STREAM_ID}e" h2\nCustomLog "@BOX@/h2.log" h2\n'


def log_lines(box):
    path = box.path / "h2.log"
    return path.read_text().splitlines() if path.exists() else []


# --- real clients ------------------------------------------------------------------------------------


@test
def curl_speaks_http2_over_tls_and_without(box):
    box.page("big.bin", os.urandom(3_000_000))
    box.config(H2C + LOG + TLS).start()
    for words in (("--http2", box.url("/big.bin")),
                  ("--http2-prior-knowledge", box.url("/big.bin", "http")),
                  ("--http2", box.url("/big.bin", "http"))):
        out = box.path / "out"
        done = box.curl("-o", out, "-w", "%{http_version} %{http_code}", *words)
        assert done.stdout == "2 200", (words, done.stdout, done.stderr)
        assert out.read_bytes() == (box.htdocs / "big.bin").read_bytes()
    lines = eventually(lambda: len(log_lines(box)) == 3 and log_lines(box), "three log lines")
    assert lines[0] == "GET /big.bin HTTP/2.0 HTTP/2.0 200 3000000 on 1", lines
    assert lines[1] == lines[0]


@test
def without_protocols_a_tls_host_offers_h2_and_a_plain_one_does_not(box):
    box.config().start()
    if not box.is_signet:
        return
    assert box.curl("-o", "/dev/null", "-w", "%{http_version}", box.url("/")).stdout == "2"
    plain = box.curl("--http2", "-o", "/dev/null", "-w", "%{http_version}", box.url("/", "http"))
    assert plain.stdout == "1.1"


@test
def protocols_decides_what_alpn_offers(box):
    for protocols, offered, chosen in (
        ("Protocols http/1.1", "h2,http/1.1", "http/1.1"),
        ("Protocols h2 http/1.1", "http/1.1,h2", "h2"),
        ("Protocols http/1.1 h2", "h2,http/1.1", "http/1.1"),
        ("Protocols h2 http/1.1\nProtocolsHonorOrder off", "http/1.1,h2", "http/1.1"),
    ):
        box.config(protocols + "\n" + TLS).start()
        said = box.s_client("-alpn", offered)
        assert "ALPN protocol: " + chosen in said, (protocols, said[-800:])
        box.close(keep=True)


@test
def bodies_of_all_sizes_are_taken_and_answers_to_head_have_none(box):
    box.config(H2C + TLS).start()
    for size in (0, 1, 16384, 70_000, 2_000_000):
        (box.path / "upload").write_bytes(b"u" * size)
        done = box.curl("--http2", "-w", "%{http_code} %{size_download}", "-o", "/dev/null",
                        "--data-binary", "@%s" % (box.path / "upload"), box.url("/1k.txt"))
        assert done.stdout == "200 1024", (size, done.stdout, done.stderr)
    done = box.curl("--http2", "-I", box.url("/1k.txt"))
    assert "content-length: 1024" in done.stdout and "HTTP/2 200" in done.stdout, done.stdout


@test
def padding_and_small_frames_change_nothing_for_the_client(box):
    box.page("big.bin", os.urandom(300_000))
    box.config(H2C + "H2Padding 6\nH2MaxDataFrameLen 1000\nH2TLSWarmUpSize 100000\n" + TLS).start()
    for url in (box.url("/big.bin"), box.url("/big.bin", "http")):
        out = box.path / "out"
        box.curl("--http2-prior-knowledge", "-o", out, url)
        assert out.read_bytes() == (box.htdocs / "big.bin").read_bytes()
    with Frames(box.connect_plain()) as client:
        client.headers(1, client.get("/big.bin"))
        assert len(client.response(1).body) == 300_000
        data = [f for f in client.frames if f.kind == DATA]
        assert any(f.flags & PADDED for f in data)
        assert max(len(unpad(f)) for f in data) <= 1000


@test
def nghttp_and_h2load_get_every_answer(box):
    box.config(H2C + TLS).start()
    done = command(need("nghttp"), "-nv", "--no-verify-peer", box.url("/1k.txt"))
    assert ":status: 200" in done.stdout, done.stdout[-2000:]
    for url in (box.url("/1k.txt"), box.url("/1k.txt", "http")):
        done = command(need("h2load"), "-c8", "-m16", "-n5000", url)
        assert "5000 succeeded, 0 failed, 0 errored" in done.stdout, done.stdout


@test
def a_request_too_large_gets_apaches_answer(box):
    box.config(H2C + TLS).start()
    with Frames(box.connect_plain()) as client:
        for stream, more, status in ((1, [("x-big", "y" * 9000)], 431),
                                     (3, [("x-%d" % i, "y") for i in range(120)], 431)):
            client.headers(stream, client.get(more=more))
            assert client.response(stream).status == status
        client.headers(5, client.get("/" + "y" * 9000))
        assert client.response(5).status == 414
        client.headers(7, client.get("/1k.txt"))
        assert client.response(7).status == 200


@test
def slow_streams_do_not_hold_the_others(box):
    box.config(H2C + TLS).start()
    with Frames(box.connect_plain()) as client:
        for stream in (1, 3, 5):  # bodies that do not come
            client.headers(stream, client.get("/1k.txt", "POST"), END_HEADERS)
        client.headers(7, client.get("/1k.txt"))
        assert client.response(7).status == 200
        client.data(3, b"now")
        assert client.response(3).status == 200
        assert 1 not in client.streams or not client.streams[1].heads


@test
def early_hints_come_before_the_answer(box):
    box.config(H2C + 'H2EarlyHints on\nH2EarlyHint Link "</a.css>;rel=preload"\n' + TLS).start()
    if not box.is_signet:
        return
    with Frames(box.connect_plain()) as client:
        client.headers(1, client.get("/1k.txt"))
        heads = client.response(1).heads
        assert [h[":status"] for h in heads] == ["103", "200"], heads
        assert heads[0]["link"] == "</a.css>;rel=preload"


@test
def a_client_that_expects_continue_gets_it(box):
    box.config(H2C + TLS).start()
    with Frames(box.connect_plain()) as client:
        fields = client.get("/1k.txt", "POST", [("expect", "100-continue")])
        client.headers(1, fields, END_HEADERS)
        answer = client.streams.setdefault(1, Response())
        client.until(lambda: answer.heads)
        assert answer.status == 100
        client.data(1, b"body")
        assert client.response(1).status == 200


@test
def more_urgent_answers_leave_first(box):
    box.page("big.bin", b"b" * 400_000)
    box.config(H2C + TLS).start()
    if not box.is_signet:
        return
    with Frames(box.connect_plain()) as client:
        client.windows = False  # 64 KiB may be sent in all: who is served?
        client.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 1_000_000)))
        low = client.block(client.get("/big.bin", more=[("priority", "u=7")]))
        high = client.block(client.get("/big.bin", more=[("priority", "u=0")]))
        client.send(pack(HEADERS, 5, 1, low) + pack(HEADERS, 5, 3, high))
        client.until(lambda: sum(len(s.body) for s in client.streams.values()) >= 65535)
        assert len(client.streams[3].body) == 65535, {k: len(v.body) for k, v in client.streams.items()}
        client.frame(PRIORITY_UPDATE, 0, 0, struct.pack(">I", 1) + b"u=0")
        client.frame(PRIORITY_UPDATE, 0, 0, struct.pack(">I", 3) + b"u=6")
        client.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 50_000))
        client.until(lambda: len(client.streams[1].body) >= 50_000)
        assert len(client.streams[1].body) == 50_000


# --- push ----------------------------------------------------------------------------------------------

PUSH = ('<Location "/index.html">\nHeader add Link "</style.css>;rel=preload, </1k.txt>; rel=\\"next preload\\""\n'
        'Header add Link "</not.css>;rel=preload;nopush, </other>;rel=next, <//else.example/x>;rel=preload"\n'
        '</Location>\nLogFormat "%U %{H2PUSH}e %{H2_PUSHED}e %{H2_PUSHED_ON}e" push\nCustomLog "@BOX@/h2.log" push\n')


@test
def preload_links_are_pushed_once_to_clients_that_take_them(box):
    box.page("style.css", "p { color: red }")
    box.config(H2C + PUSH + TLS).start()
    with Frames(box.connect_plain()) as client:
        client.headers(1, client.get("/index.html", more=[("user-agent", "test")]))
        assert client.response(1).status == 200
        assert client.response(1).fields["push-policy"] == "default"
        assert sorted((f[":path"], with_) for with_, f in client.promises.values()) == [
            ("/1k.txt", 1), ("/style.css", 1)], client.promises
        assert all(f["user-agent"] == "test" for _, f in client.promises.values())
        kinds = [f.kind for f in client.frames if f.stream == 1]
        assert kinds.index(PUSH_PROMISE) < kinds.index(HEADERS), kinds
        for stream, (_, fields) in client.promises.items():
            answer = client.response(stream)
            assert answer.status == 200
            assert answer.body == (box.htdocs / fields[":path"][1:]).read_bytes()
        client.headers(3, client.get("/index.html"))
        assert client.response(3).status == 200 and len(client.promises) == 2
        client.headers(5, client.get("/1k.txt"))
        assert client.response(5).status == 200 and client.is_alive()
    lines = eventually(lambda: len(log_lines(box)) == 5 and sorted(log_lines(box)), "the log")
    assert "/style.css on PUSHED 1" in lines and "/index.html on  " in lines, lines


@test(signet_only=True)
def a_client_ranks_what_is_pushed(box):
    for name in ("a.bin", "b.bin"):
        box.page(name, b"b" * 300_000)
    box.config(H2C + '<Location "/1k.txt">\nHeader set Link "</a.bin>;rel=preload, </b.bin>;rel=preload"\n</Location>\n'
               + TLS).start()
    with Frames(box.connect_plain()) as client:
        client.windows = False  # 64 KiB may be sent in all, and then as much as is allowed
        client.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 1_000_000)))
        client.headers(1, client.get("/1k.txt"))

        def received():
            return sum(len(s.body) for s in client.streams.values())

        client.until(lambda: received() >= 65535)
        assert sorted(client.promises) == [2, 4], client.promises
        for first, last in ((4, 2), (2, 4)):
            before = len(client.streams[first].body)
            client.frame(PRIORITY_UPDATE, 0, 0, struct.pack(">I", first) + b"u=0")
            client.frame(PRIORITY_UPDATE, 0, 0, struct.pack(">I", last) + b"i, u=7")
            client.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 50_000))
            end = received() + 50_000
            client.until(lambda: received() >= end)
            assert len(client.streams[first].body) == before + 50_000, (first, client.frames)


@test
def nothing_is_pushed_where_it_is_not_wanted(box):
    box.page("style.css", "p { color: red }")
    box.config(H2C + PUSH + '<Location "/index.html">\nH2Push off\n</Location>\n' + TLS).start()
    with Frames(box.connect_plain()) as client:
        client.headers(1, client.get("/index.html"))
        assert client.response(1).status == 200 and not client.promises
    box.close(keep=True)
    box.config(H2C + PUSH + TLS).start()
    with Frames(box.connect_plain(), initial=((ENABLE_PUSH, 0),)) as client:  # as browsers do
        client.headers(1, client.get("/index.html"))
        assert client.response(1).status == 200 and not client.promises
    with Frames(box.connect_plain()) as client:
        client.headers(1, client.get("/index.html", more=[("accept-push-policy", "none")]))
        assert client.response(1).status == 200 and not client.promises
        client.headers(3, client.get("/index.html", more=[("accept-push-policy", "head")]))
        assert client.response(3).status == 200 and len(client.promises) == 2
        for stream, (_, fields) in client.promises.items():
            assert fields[":method"] == "HEAD" and client.response(stream).body == b""
    if box.is_signet:
        assert box.curl("--http2-prior-knowledge", box.url("/index.html", "http")).returncode == 0


@test
def nghttp_shows_pushed_resources_and_their_rank(box):
    box.page("style.css", "p { color: red }")
    box.config(H2C + '<Location "/index.html">\nH2PushResource /style.css critical\nH2PushResource /1k.txt\n'
               "</Location>\n" + TLS).start()
    done = command(need("nghttp"), "-nvs", "--no-verify-peer", box.url("/index.html"))
    assert "PUSH_PROMISE" in done.stdout, done.stdout[-3000:]
    for path in ("/style.css", "/1k.txt"):
        assert re.search(r" 200 +\S+ " + path, done.stdout), done.stdout[-1500:]


# --- vhosts ----------------------------------------------------------------------------------------------


@test
def a_vhost_without_h2_is_served_on_a_connection_that_speaks_it(box):
    def host(address, name, protocols, more=""):
        return '<VirtualHost *:%s>\nServerName %s\nProtocols %s\n%s</VirtualHost>\n' % (
            address, name, protocols, more)

    tls = ('SSLEngine on\nSSLCertificateFile "@CERTS@/ecdsa.crt"\nSSLCertificateKeyFile "@CERTS@/ecdsa.key"\n')
    box.config(host("@HTTPS@", "localhost", "h2 http/1.1", tls)
               + host("@HTTPS@", "old.example", "http/1.1", tls)
               + host("@HTTPS@", "weak.example", "h2 http/1.1", tls + "SSLProtocol TLSv1.2\n")
               + host("@HTTP@", "localhost", "h2c http/1.1")
               + host("@HTTP@", "old.example", "http/1.1")).start()
    context = box.tls_context()
    context.set_alpn_protocols(["h2"])
    with Frames(box.connect(context=context)) as client:
        for stream, name, status in ((1, "localhost", 200), (3, "old.example", 200),
                                     (5, "weak.example", 421), (7, "localhost", 200)):
            client.host = name
            client.headers(stream, client.get("/1k.txt"))
            assert client.response(stream).status == status, (name, client.response(stream).status)
    with Frames(box.connect_plain(), host="old.example") as client:
        client.headers(1, client.get("/1k.txt"))
        assert client.response(1).status == 200
    for name, version in (("localhost", "2"), ("old.example", "1.1")):  # by Upgrade: its own Protocols
        done = box.curl("--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", "-H",
                        "Host: " + name, box.url("/1k.txt", "http"))
        assert done.stdout == version + " 200", (name, done.stdout)


# --- the end -----------------------------------------------------------------------------------------


@test
def a_graceful_stop_loses_no_stream(box):
    box.page("big.bin", b"b" * 300_000)
    box.config(H2C + TLS).start()
    with Frames(box.connect_plain()) as client:
        client.windows = False
        client.headers(1, client.get("/big.bin"))
        client.until(lambda: client.streams.get(1) and len(client.streams[1].body) >= 65535)
        box.signal(28)  # SIGWINCH: graceful stop
        client.until(lambda: client.goaway is not None)
        assert client.goaway == NO_ERROR
        client.headers(3, client.get("/1k.txt", "HEAD"))  # on its way when the server said so
        assert client.response(3).status == 200
        client.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1_000_000))
        client.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1_000_000))
        assert len(client.response(1).body) == 300_000
        client.until(lambda: client.ended)
        assert client.ended
    assert box.ended() == 0


@test
def an_idle_connection_is_closed_with_goaway(box):
    box.config(H2C + "KeepAliveTimeout 1\n" + TLS).start()
    with Frames(box.connect_plain()) as client:
        client.headers(1, client.get("/1k.txt"))
        assert client.response(1).status == 200
        client.until(lambda: client.ended, 4)
        assert client.goaway == NO_ERROR and client.ended


# --- clients that do harm --------------------------------------------------------------------------


def memory(box):
    total = 0
    for pid in children(box.process.pid):
        with open("/proc/%d/status" % pid, encoding="ascii") as status:
            total += int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))
    return total


def warm(box):
    """Memory after a request to each worker."""
    for _ in range(4):
        with Frames(box.connect_plain()) as client:
            client.headers(1, client.get("/1k.txt"))
            assert client.response(1).status == 200
    return memory(box)


def flood(box, piece, most=60_000, before=None, each=200):
    """Sends the piece over and over until the server has had enough; its GOAWAY code."""
    with Frames(box.connect_plain()) as client:
        if before:
            before(client)
        sent = 0
        while sent < most and client.goaway is None and not client.ended:
            client.send(b"".join(piece(client, sent + i) for i in range(each)))
            sent += each
            client.until(lambda: client.goaway is not None, 0.002)
        client.until(lambda: client.goaway is not None, 2)
        return client.goaway


def is_calmed(box, number, *flooding, **more):
    box.config(H2C + TLS).start()
    if not box.is_signet:
        return
    before = warm(box)
    assert flood(box, *flooding, **more) == ENHANCE_YOUR_CALM
    eventually(lambda: "SG%04d" % number in box.said(), "the log says SG%04d" % number)
    assert memory(box) - before < 8192, (before, memory(box))
    with Frames(box.connect_plain()) as client:
        client.headers(1, client.get("/1k.txt"))
        assert client.response(1).status == 200


@test
def rapid_reset_ends_the_connection(box):
    def piece(client, i):
        return (pack(HEADERS, 5, 1 + 2 * i, client.block(client.get("/1k.txt")))
                + pack(RST_STREAM, 0, 1 + 2 * i, struct.pack(">I", CANCEL)))

    is_calmed(box, 270, piece)


@test
def a_settings_flood_ends_the_connection(box):
    is_calmed(box, 271, lambda c, i: pack(SETTINGS))


@test
def a_ping_flood_ends_the_connection(box):
    is_calmed(box, 272, lambda c, i: pack(PING, 0, 0, b"12345678"))


@test
def a_priority_flood_ends_the_connection(box):
    is_calmed(box, 273, lambda c, i: pack(PRIORITY, 0, 1 + 2 * i, b"\0\0\0\0\x10"))


@test
def a_window_update_flood_ends_the_connection(box):
    is_calmed(box, 274, lambda c, i: pack(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)))


@test
def a_flood_of_empty_frames_ends_the_connection(box):
    is_calmed(box, 275, lambda c, i: pack(DATA, 0, 1),
              before=lambda c: c.headers(1, c.get("/1k.txt", "POST"), END_HEADERS))


@test
def a_flood_of_unknown_frames_ends_the_connection(box):
    is_calmed(box, 276, lambda c, i: pack(0x77, 0, 0, b"x"))


@test
def too_many_stream_errors_end_the_connection(box):
    is_calmed(box, 277, lambda c, i: pack(
        HEADERS, 5, 1 + 2 * i, c.block(c.get(more=[("connection", "close")]))), each=5)


@test
def an_hpack_bomb_ends_the_connection(box):
    # A field of 4000 bytes goes into the table once and is named 16000 times by one byte each.
    def piece(client, i):
        block = (client.block(client.get("/1k.txt")) + b"\x40\x01a\x7f\xa1\x1e" + b"y" * 4000)
        return pack(HEADERS, 5, 1 + 2 * i, block + b"\xbe" * 12000)

    is_calmed(box, 278, piece, each=1)


@test
def a_continuation_flood_ends_the_connection(box):
    is_calmed(box, 279, lambda c, i: pack(CONTINUATION, 0, 1, b""), each=50,
              before=lambda c: c.headers(1, c.get(), END_STREAM))


@test
def a_window_that_stays_closed_costs_a_stream_only_until_its_timeout(box):
    box.page("big.bin", b"b" * 5_000_000)
    box.config(H2C + "H2StreamTimeout 1\n" + TLS).start()
    if not box.is_signet:
        return
    before = warm(box)
    with Frames(box.connect_plain()) as client:
        client.windows = False
        client.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 0)))
        for i in range(100):
            client.headers(1 + 2 * i, client.get("/big.bin"))
        client.until(lambda: len([s for s in client.streams.values() if s.heads]) == 100)
        assert memory(box) - before < 8192
        client.until(lambda: all(client.streams[1 + 2 * i].reset is not None for i in range(100)), 6)
        assert client.streams[199].reset == CANCEL
        assert client.is_alive()
    eventually(lambda: "SG0282" in box.said(), "the log says so")


@test
def many_slow_readers_hold_no_memory(box):
    box.page("big.bin", b"b" * 20_000_000)
    box.config(H2C + TLS).start()
    before = warm(box)
    clients = []
    for _ in range(20):
        client = Frames(box.connect_plain())
        client.windows = False
        client.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 0x7FFFFFFF)))
        client.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFF0000 - 65535))
        for i in range(50):
            client.headers(1 + 2 * i, client.get("/big.bin"))
        clients.append(client)
    time.sleep(1)
    assert memory(box) - before < 40_000, (before, memory(box))
    for client in clients:
        client.socket.close()
    eventually(lambda: box.get("/1k.txt").status == 200, "it still answers")
