"""A WebSocket backend, and clients for it over HTTP/1.1 and HTTP/2.   RFC 6455, RFC 8441"""

import base64
import contextlib
import hashlib
import os
import socket
import ssl
import struct
import threading

from h2frames import DATA, END_HEADERS, END_STREAM, RST_STREAM, Frames, pack

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
BASE = """LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule proxy_wstunnel_module /usr/lib/apache2/modules/mod_proxy_wstunnel.so
Protocols h2 h2c http/1.1
H2WebSockets on
LogFormat "%r %>s %H" ws
CustomLog "@BOX@/ws.log" ws
"""


def accept_key(key):
    return base64.b64encode(
        hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    ).decode()


def message(data, opcode=TEXT, mask=True):
    head = bytes([0x80 | opcode])
    bit = 0x80 if mask else 0
    if len(data) < 126:
        head += bytes([bit | len(data)])
    elif len(data) < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", len(data))
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", len(data))
    if not mask:
        return head + data
    key = os.urandom(4)
    whole = (len(data) + 3) // 4
    masked = int.from_bytes(data, "big") ^ int.from_bytes((key * whole)[: len(data)], "big")
    return head + key + masked.to_bytes(len(data), "big")


class Reader:
    """Reads messages from something with recv()."""

    def __init__(self, source, buffer=b""):
        self.source, self.buffer = source, buffer

    def exactly(self, size):
        while len(self.buffer) < size:
            piece = self.source.recv(65536)
            if not piece:
                raise EOFError("the tunnel ended")
            self.buffer += piece
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def until_end(self):
        pieces = [self.buffer]
        self.buffer = b""
        while piece := self.source.recv(1 << 18):
            pieces.append(piece)
        return b"".join(pieces)

    def message(self):
        """(opcode, data)"""
        first, second = self.exactly(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", self.exactly(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.exactly(8))[0]
        key = self.exactly(4) if second & 0x80 else None
        data = self.exactly(size)
        if key:
            data = bytes(b ^ key[i % 4] for i, b in enumerate(data))
        return first & 0x0F, data


class Backend:
    """Speaks WebSocket on a free port; what it does depends on the path it is asked for."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heads = []  # of every request
        self.messages = []  # to those who echo
        self.seen = b""  # by those who collect
        self.moved = 0  # bytes that were sent or read
        self.ended, self.reset = threading.Event(), threading.Event()
        self.go_on = threading.Event()
        self.connections = []
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.go_on.set()
        for one in [self.listener, *self.connections]:
            with contextlib.suppress(OSError):
                one.close()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with contextlib.suppress(EOFError, OSError, ValueError), connection:
            data = b""
            while b"\r\n\r\n" not in data:
                piece = connection.recv(4096)
                if not piece:
                    return
                data += piece
            head, rest = data.split(b"\r\n\r\n", 1)
            head = head.decode()
            self.heads.append(head)
            path = head.split(" ")[1].split("?")[0].rsplit("/", 1)[-1]
            fields = {k.lower(): v.strip() for k, v in
                      (line.split(":", 1) for line in head.split("\r\n")[1:])}
            reader = Reader(connection, rest)
            if not hasattr(self, "answer_" + path):
                connection.sendall((
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\nX-Backend: yes\r\n\r\n"
                    % accept_key(fields["sec-websocket-key"])).encode())
                getattr(self, "speak_" + path)(connection, reader)
            else:
                getattr(self, "answer_" + path)(connection)

    def speak_echo(self, connection, reader):
        while True:
            opcode, data = reader.message()
            self.messages.append(data)
            if opcode == PING:
                connection.sendall(message(data, PONG, mask=False))
            else:
                connection.sendall(message(data, opcode, mask=False))
            if opcode == CLOSE:
                return

    def speak_eager(self, connection, reader):
        connection.sendall(message(b"first", mask=False))
        self.speak_echo(connection, reader)

    def speak_flood(self, connection, _):
        connection.settimeout(30)
        for _ in range(800):
            connection.sendall(b"f" * 50_000)
            self.moved += 50_000

    def speak_sink(self, connection, reader):
        self.go_on.wait(20)
        self.moved = len(reader.until_end())
        connection.sendall(b"%d" % self.moved)

    def speak_collect(self, connection, reader):
        """Ends its own side at once, and reads on."""
        connection.sendall(b"no more from here")
        connection.shutdown(socket.SHUT_WR)
        self.seen = reader.until_end()
        self.ended.set()

    def speak_reset(self, connection, reader):
        reader.message()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def speak_wait(self, _, reader):
        try:
            reader.until_end()
            self.ended.set()
        except ConnectionResetError:
            self.reset.set()

    def answer_forbidden(self, connection):
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n"
                           b"Content-Length: 8\r\nX-Reason: no\r\n\r\nnot you\n")

    def answer_trailers(self, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
                           b"5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n")

    def answer_garbage(self, connection):
        connection.sendall(b"what?\r\n\r\n")

    def answer_nothing(self, connection):
        connection.close()


class Http1Client:
    """`connection` becomes a tunnel; `status` says whether."""

    def __init__(self, connection, path, headers=()):
        self.socket = connection
        connection.settimeout(15)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET %s HTTP/1.1" % path, "Host: localhost", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + key,
                 *headers]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(4096)
            if not piece:
                break
            data += piece
        head, _, rest = data.partition(b"\r\n\r\n")
        self.head = head.decode("latin-1")
        self.status = int(self.head.split(" ")[1]) if " " in self.head else 0
        self.reader = Reader(connection, rest)
        if self.status == 101:
            assert accept_key(key) in self.head, self.head

    def send(self, data):
        self.socket.sendall(data)

    def end(self):
        if not isinstance(self.socket, ssl.SSLSocket):  # which cannot end one direction
            self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def is_cut_off(self):
        try:
            return self.socket.recv(1) == b""
        except OSError as error:
            return not isinstance(error, TimeoutError)

    def drop(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Http2Client:
    """A stream of `frames` becomes a tunnel."""

    def __init__(self, frames, path, stream=1, headers=()):
        self.frames, self.stream = frames, stream
        frames.headers(stream, [(":method", "CONNECT"), (":protocol", "websocket"),
                                (":scheme", "http"), (":path", path), (":authority", "localhost"),
                                ("sec-websocket-version", "13"), *headers], END_HEADERS)
        self.answer = frames.streams.setdefault(stream, type(frames.streams[0])())
        frames.until(lambda: self.answer.heads or self.answer.reset is not None)
        self.status = self.answer.status
        self.reader = Reader(self)

    def recv(self, _):
        self.frames.until(lambda: self.answer.body or self.answer.ended
                          or self.answer.reset is not None, 15)
        if not self.answer.body and self.answer.reset is not None:
            raise ConnectionResetError
        taken, self.answer.body = self.answer.body, b""
        return taken

    def send(self, data):
        for at in range(0, len(data), 16384):
            self.frames.data(self.stream, data[at : at + 16384], 0)

    def end(self):
        self.frames.data(self.stream, b"", END_STREAM)

    def close(self):
        self.frames.socket.close()

    def is_cut_off(self):
        self.frames.until(lambda: self.answer.reset is not None, 15)
        return self.answer.reset is not None

    def drop(self):
        self.frames.send(pack(RST_STREAM, 0, self.stream, struct.pack(">I", 8)))


def http1(box, path, **more):
    return Http1Client(box.connect_plain(), path, **more)


def http1_tls(box, path, **more):
    return Http1Client(box.connect(), path, **more)


def http2(box, path, **more):
    return Http2Client(Frames(box.connect_plain()), path, **more)


def http2_tls(box, path, **more):
    context = box.tls_context()
    context.set_alpn_protocols(["h2"])
    return Http2Client(Frames(box.connect(context=context)), path, **more)


WAYS = (http1, http1_tls, http2, http2_tls)
