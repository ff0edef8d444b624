"""An HTTP/2 client that can break every rule: it sends frames, not requests.   RFC 9113, RFC 7541

    with Frames(box.connect_h2()) as client:      # preface and SETTINGS are exchanged
        client.headers(1, client.get("/"))
        assert client.response(1).status == 200

What comes back is read frame by frame; HPACK is decoded by python3-hpack (which never sees what the
tests get wrong on purpose: such blocks are given as bytes).
"""

import contextlib
import socket
import struct
import sys
import time

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's python3-hpack, whatever python3 is first
import hpack  # noqa: E402

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 5, 6, 7, 8, 9
PRIORITY_UPDATE = 16
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 1, 1, 4, 8, 32
(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED,
 FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM,
 INADEQUATE_SECURITY, HTTP_1_1_REQUIRED) = range(14)
CODES = ("NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED "
         "FRAME_SIZE_ERROR REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM "
         "INADEQUATE_SECURITY HTTP_1_1_REQUIRED").split()
MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME, ENABLE_PUSH = 3, 4, 5, 2
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Frame:
    def __init__(self, kind, flags, stream, payload):
        self.kind, self.flags, self.stream, self.payload = kind, flags, stream, payload

    def code(self):
        at = 4 if self.kind == GOAWAY else 0
        return struct.unpack(">I", self.payload[at : at + 4])[0]

    def __repr__(self):
        return "<frame %d flags %x stream %d, %d bytes>" % (
            self.kind, self.flags, self.stream, len(self.payload))


class Response:
    def __init__(self):
        self.heads, self.body, self.trailers = [], b"", None
        self.lists = []  # the same heads, with every field in its place
        self.ended, self.reset = False, None

    @property
    def status(self):
        return int(self.heads[-1][":status"]) if self.heads else 0

    @property
    def fields(self):
        return self.heads[-1]


def pack(kind, flags=0, stream=0, payload=b""):
    size = struct.pack(">I", len(payload))[1:]
    return size + struct.pack(">BBI", kind, flags, stream) + payload


def settings(*pairs):
    return b"".join(struct.pack(">HI", key, value) for key, value in pairs)


class Frames:
    """One connection. `hello=False`: send the preface yourself."""

    def __init__(self, connection, hello=True, host="localhost", initial=()):
        self.socket, self.host = connection, host
        self.socket.settimeout(5)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.decoder.max_header_list_size = 1 << 20
        self.buffer, self.ended = b"", False
        self.frames = []  # everything received
        self.streams = {}
        self.promises = {}  # stream: (with which one, fields of the request)
        self.goaway = None
        self.acknowledge = True
        self.windows = True  # give back what was received
        if hello:
            self.send(PREFACE + pack(SETTINGS, payload=settings(*initial)))
            self.until(lambda: any(f.kind == SETTINGS and not f.flags & ACK for f in self.frames))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.socket.close()

    # --- sending ---

    def send(self, data):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def frame(self, kind, flags=0, stream=0, payload=b""):
        self.send(pack(kind, flags, stream, payload))

    def get(self, path="/", method="GET", more=()):
        return [(":method", method), (":scheme", "http"), (":authority", self.host),
                (":path", path), *more]

    def block(self, fields):
        return self.encoder.encode([hpack.NeverIndexedHeaderTuple(*f) if len(f) == 2 else f
                                    for f in fields])

    def headers(self, stream, fields, flags=END_STREAM | END_HEADERS, before=b"", after=b""):
        block = fields if isinstance(fields, bytes) else self.block(fields)
        self.frame(HEADERS, flags, stream, before + block + after)

    def data(self, stream, data=b"", flags=END_STREAM):
        self.frame(DATA, flags, stream, data)

    def ping(self, text=b"are you?"):
        self.frame(PING, 0, 0, text)

    # --- receiving ---

    def read(self):
        """Reads one more frame; None at the end of the connection."""
        while len(self.buffer) < 9 or len(self.buffer) < 9 + self.next_size():
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                self.ended = True
                return None
            self.buffer += piece
        size = self.next_size()
        kind, flags, stream = struct.unpack(">BBI", self.buffer[3:9])
        frame = Frame(kind, flags, stream & 0x7FFFFFFF, self.buffer[9 : 9 + size])
        self.buffer = self.buffer[9 + size :]
        self.frames.append(frame)
        self.take(frame)
        return frame

    def next_size(self):
        return int.from_bytes(self.buffer[:3], "big")

    def take(self, frame):
        stream = self.streams.setdefault(frame.stream, Response())
        if frame.kind == SETTINGS and not frame.flags & ACK and self.acknowledge:
            self.frame(SETTINGS, ACK)
        elif frame.kind == GOAWAY:
            self.goaway = frame.code()
        elif frame.kind == RST_STREAM:
            stream.reset = frame.code()
        elif frame.kind == PUSH_PROMISE:
            promised = int.from_bytes(frame.payload[:4], "big")
            fields = self.decoder.decode(frame.payload[4:], raw=True)
            self.promises[promised] = (frame.stream, {k.decode(): v.decode() for k, v in
                                                      (f[:2] for f in fields)})
        elif frame.kind == HEADERS:
            assert frame.flags & END_HEADERS, "the test client reads heads of one frame"
            fields = self.decoder.decode(unpad(frame), raw=True)  # values may hold any byte
            listed = [tuple(part.decode("latin-1") for part in field) for field in fields]
            fields = dict(listed)
            if ":status" in fields:
                stream.heads.append(fields)
                stream.lists.append(listed)
            else:
                stream.trailers = fields
        elif frame.kind == DATA:
            stream.body += unpad(frame)
            if self.windows and frame.payload:
                size = struct.pack(">I", len(frame.payload))
                self.send(pack(WINDOW_UPDATE, 0, 0, size)
                          + pack(WINDOW_UPDATE, 0, frame.stream, size))
        if frame.kind in (HEADERS, DATA) and frame.flags & END_STREAM:
            stream.ended = True

    def until(self, claim, patience=5):
        """Reads until the claim holds, the connection ends or patience does; what it says then."""
        end = time.monotonic() + patience
        while not claim() and not self.ended:
            left = end - time.monotonic()
            if left <= 0:
                break
            self.socket.settimeout(left)
            try:
                self.read()
            except (socket.timeout, TimeoutError):
                break
        return claim()

    def response(self, stream, patience=5):
        """The whole response of a stream, or what there is of it when the stream was reset."""
        answer = self.streams.setdefault(stream, Response())
        self.until(lambda: answer.ended or answer.reset is not None, patience)
        return answer

    def is_alive(self):
        """Does it still answer?"""
        before = len(self.frames)
        self.ping()
        return self.until(lambda: any(f.kind == PING and f.flags & ACK
                                      for f in self.frames[before:]))

    def verdict(self, stream, patience=3):
        """What the server made of the last thing sent: "GOAWAY code", "RST_STREAM code",
        "200", "closed", or "nothing"."""
        answer = self.streams.setdefault(stream, Response())
        self.ping(b"verdict?")

        def said():
            return (self.goaway is not None or answer.reset is not None or answer.ended
                    or any(f.kind == PING and f.payload == b"verdict?" for f in self.frames))

        self.until(said, patience)
        # What follows the first sign may say more: a reset after an answer, a GOAWAY after a reset.
        self.until(lambda: self.goaway is not None, 0.15)
        if self.goaway is not None:
            return "GOAWAY " + name(self.goaway)
        if answer.reset is not None:
            return "RST_STREAM " + name(answer.reset)
        if answer.ended:
            return str(answer.status)
        return "closed" if self.ended else "nothing"


def name(code):
    return CODES[code] if code < len(CODES) else str(code)


def unpad(frame):
    payload = frame.payload
    padding = 0
    if frame.flags & PADDED:
        padding, payload = payload[0], payload[1:]
    if frame.kind == HEADERS and frame.flags & HAS_PRIORITY:
        payload = payload[5:]
    return payload[: len(payload) - padding]
