"""Tunnels: WebSockets to a backend over HTTP/1.1 (Upgrade) and HTTP/2 (extended CONNECT)."""

import contextlib
import socket
import time

from h2frames import *  # noqa: F403
from lib import TLS, ask, children, eventually, free_port, test
from test_http2 import memory, warm
from wsbackend import (BASE, CLOSE, PING, PONG, TEXT, WAYS, Backend, Http1Client, Http2Client, http1,
                        http1_tls, http2, http2_tls, message)


def start(box, backend, more=""):
    target = 'ProxyPass "/ws" "ws://127.0.0.1:%d/app"\n' % backend.port
    box.config(BASE + more + target + TLS).start()
    return box


@test
def messages_pass_both_ways_over_every_protocol(box):
    with Backend() as backend:
        start(box, backend)
        for way in WAYS:
            client = way(box, "/ws/echo?room=1")
            assert client.status == (101 if way in (http1, http1_tls) else 200), client.status
            for text in (b"hello", b"", b"x" * 70_000):
                client.send(message(text))
                assert client.reader.message() == (TEXT, text), way
            client.send(message(b"are you?", PING))
            assert client.reader.message() == (PONG, b"are you?")
            client.send(message(b"\x03\xe8", CLOSE))
            assert client.reader.message() == (CLOSE, b"\x03\xe8")
            client.end()
            assert client.reader.until_end() == b""
            client.close()
        assert [h.split("\r\n")[0] for h in backend.heads] == ["GET /app/echo?room=1 HTTP/1.1"] * 4
        for head in backend.heads:
            assert "Host: 127.0.0.1:%d\r\n" % backend.port in head, head
            assert "X-Forwarded-For: 127.0.0.1" in head and "X-Forwarded-Host: localhost" in head
    lines = eventually(lambda: len(done := sorted((box.path / "ws.log").read_text().splitlines())) == 4
                       and done, "a log line for each tunnel that has ended")
    assert lines == ["GET /ws/echo?room=1 HTTP/1.1 101 HTTP/1.1"] * 2 + [
        "GET /ws/echo?room=1 HTTP/2.0 101 HTTP/2.0"] * 2, lines


@test
def what_a_backend_says_at_once_is_not_lost(box):
    with Backend() as backend:
        start(box, backend)
        for way in WAYS:
            client = way(box, "/ws/eager")
            assert client.reader.message() == (TEXT, b"first")
            client.close()


@test
def what_a_client_sends_with_its_request_is_not_lost(box):
    with Backend() as backend:
        start(box, backend)
        with box.connect_plain() as connection:
            connection.sendall(b"GET /ws/echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                               b"Connection: Upgrade\r\nSec-WebSocket-Key: eA==\r\n\r\n"
                               + message(b"early"))
            data = b""
            while not data.endswith(message(b"early", mask=False)):
                piece = connection.recv(4096)
                assert piece, data
                data += piece


@test
def an_http2_connection_carries_tunnels_beside_requests(box):
    with Backend() as backend:
        start(box, backend)
        with Frames(box.connect_plain()) as frames:
            offered = next(f for f in frames.frames if f.kind == SETTINGS and not f.flags & ACK)
            assert settings((8, 1)) in offered.payload
            tunnels = [Http2Client(frames, "/ws/echo", stream) for stream in (1, 3, 5)]
            frames.headers(7, frames.get("/1k.txt"))
            assert len(frames.response(7).body) == 1024
            for round in range(3):
                for i, tunnel in enumerate(tunnels):
                    tunnel.send(message(b"%d of %d" % (round, i)))
                for i, tunnel in enumerate(tunnels):
                    assert tunnel.reader.message() == (TEXT, b"%d of %d" % (round, i))
            tunnels[1].drop()
            tunnels[2].send(message(b"still here"))
            assert tunnels[2].reader.message() == (TEXT, b"still here")


@test
def a_client_that_does_not_read_stops_the_backend(box):
    with Backend() as backend:
        start(box, backend)
        before = warm(box)
        for way in (http1_tls, http2):
            backend.moved = 0
            frames = way is http2
            if frames:
                client = Frames(box.connect_plain())
                client.windows = False
                client = Http2Client(client, "/ws/flood")
            else:
                client = way(box, "/ws/flood")
            moved = -1
            while moved != backend.moved:
                moved = backend.moved
                time.sleep(0.2)
            assert 0 < moved < 30_000_000, (way, moved)
            assert memory(box) - before < 8192
            if frames:
                client.frames.windows = True
                client.frames.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1 << 24))
                client.frames.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1 << 24))
            assert len(client.reader.until_end()) == 40_000_000
            client.close()


@test
def a_backend_that_does_not_read_stops_the_client(box):
    with Backend() as backend:
        start(box, backend)
        before = warm(box)
        client = http1(box, "/ws/sink")
        client.socket.settimeout(0.5)
        sent = 0
        with contextlib.suppress(TimeoutError, socket.timeout):
            while sent < 40_000_000:
                sent += client.socket.send(b"s" * 50_000)
        assert 0 < sent < 30_000_000 and memory(box) - before < 8192, sent
        stream = http2(box, "/ws/sink")
        stream.send(b"s" * 65535)  # a window's worth; the backend's socket takes it
        stream.frames.until(lambda: False, 0.1)
        backend.go_on.set()
        client.socket.settimeout(15)
        client.end()
        assert client.reader.until_end() == b"%d" % sent
        stream.send(b"s" * 10_000)
        stream.end()
        assert stream.reader.until_end() == b"75535"


@test
def each_end_may_stop_sending_while_the_other_goes_on(box):
    with Backend() as backend:
        start(box, backend)
        for way in WAYS:
            if way is http1_tls:
                continue  # Python's ssl cannot send on after close_notify has come
            backend.ended.clear()
            client = way(box, "/ws/collect")
            assert client.reader.until_end() == b"no more from here", way
            client.send(b"and " * 10_000)
            client.end()
            assert backend.ended.wait(5), way
            assert backend.seen == b"and " * 10_000
            client.close()


@test
def a_reset_of_one_end_is_a_reset_of_the_other(box):
    with Backend() as backend:
        start(box, backend)
        for way in WAYS:
            client = way(box, "/ws/reset")
            client.send(message(b"now"))
            assert client.is_cut_off(), way
            client = way(box, "/ws/wait")
            backend.reset.clear()
            backend.ended.clear()
            client.drop()
            assert backend.reset.wait(5), way
            client.close()


@test
def an_idle_tunnel_ends(box):
    with Backend() as backend:
        start(box, backend, "ProxyTimeout 1\n")
        clients = [way(box, "/ws/echo") for way in (http1, http2)]
        started = time.monotonic()
        while time.monotonic() - started < 1.5:  # not idle
            for client in clients:
                client.send(message(b"x"))
                assert client.reader.message() == (TEXT, b"x")
            time.sleep(0.3)
        for client in clients:
            assert client.is_cut_off()
        assert time.monotonic() - started < 5


@test
def a_graceful_stop_waits_for_tunnels(box):
    with Backend() as backend:
        start(box, backend)
        clients = [way(box, "/ws/echo") for way in WAYS]
        box.signal(28)  # SIGWINCH: graceful stop
        clients[2].frames.until(lambda: clients[2].frames.goaway is not None)
        for client in clients:
            client.send(message(b"still here"))
            assert client.reader.message() == (TEXT, b"still here")
        for client in clients:
            client.close()
        assert box.ended() == 0


@test
def requests_that_cannot_become_tunnels_say_why(box):
    dead = free_port()
    with Backend() as backend:
        start(box, backend, "".join((
            'ProxyPass "/ws/not" "!"\nProxyPass "/dead" "ws://127.0.0.1:%d/"\n' % dead,
            'ProxyPass "/nowhere" "ws://name.invalid/"\n',
            '<Location "/ws/secret">\nRequire all denied\n</Location>\n')))
        for path, status in (("/ws/forbidden", 403), ("/ws/garbage", 502), ("/ws/nothing", 502),
                             ("/dead", 503), ("/nowhere", 502), ("/ws/secret", 403),
                             ("/ws/not", 404), ("/1k.txt", 200), ("/wsx", 404)):
            for way in (http1, http2):
                client = way(box, path)
                assert client.status == status, (path, way, client.status)
                client.close()
        if not box.is_signet:
            return
        client = http1(box, "/ws/forbidden")
        assert client.reader.exactly(8) == b"not you\n" and "X-Reason: no" in client.head, client.head
        with box.connect_plain() as connection:
            assert ask(connection, "/1k.txt").status == 200
        for number in ("AH00957", "AH01102", "AH00898"):
            assert number in box.said(), (number, box.said())


@test
def a_location_has_its_own_backend(box):
    with Backend() as backend:
        box.config(BASE + '<Location "/chat/">\nProxyPass "ws://localhost:%d/"\nProxyPreserveHost on\n'
                   "ProxyAddHeaders off\n</Location>\n" % backend.port + TLS).start()
        client = http1(box, "/chat/echo")
        client.send(message(b"hello"))
        assert client.reader.message() == (TEXT, b"hello")
        assert backend.heads[0].startswith("GET /echo HTTP/1.1\r\nHost: localhost\r\n"), backend.heads
        assert "X-Forwarded" not in backend.heads[0]


@test
def without_h2websockets_there_is_no_extended_connect(box):
    with Backend() as backend:
        start(box, backend, "H2WebSockets off\n")
        with Frames(box.connect_plain()) as frames:
            client = Http2Client(frames, "/ws/echo")
            assert client.answer.reset == PROTOCOL_ERROR, client.status
            assert frames.is_alive()


@test(signet_only=True)
def trailers_of_a_backend_follow_the_body(box):
    with Backend() as backend:
        start(box, backend)
        client = http2(box, "/ws/trailers")
        client.frames.until(lambda: client.answer.ended)
        assert client.answer.trailers == {"x-sum": "42"} and client.answer.body == b"hello"
        with box.connect_plain() as connection:
            client = Http1Client(connection, "/ws/trailers", headers=["TE: trailers"])
            assert client.reader.exactly(26) == b"5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n"
            client = Http1Client(connection, "/ws/trailers")
            assert client.reader.exactly(15) == b"5\r\nhello\r\n0\r\n\r\n"


@test(signet_only=True)
def tunnels_need_no_fiber_and_little_memory(box):
    with Backend() as backend:
        start(box, backend)
        before = warm(box)
        clients = [http1(box, "/ws/wait") for _ in range(100)]
        assert memory(box) - before < 12_000, (before, memory(box))
        for client in clients:
            client.close()
        assert len(children(box.process.pid)) > 0
