"""Carries an exchange over HTTP/2 where HTTP/2 can: h2c with prior knowledge, one stream."""

import pathlib
import re
import socket
import struct
import sys

import wire

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import h2frames  # noqa: E402

# Left out, and why.
SKIPPED = {
    # Apache does not hold bodies that nobody reads to LimitRequestBody here; signet does.
    ("LimitRequest directives", "GET /a.txt HTTP/1.1 Content-Length: 5"),
    # %I, %O and %b of HEAD: Apache counts what passes between its threads.
    ("LogFormat, status and sizes", "status: HEAD /a.txt HTTP/1.1"),
    ("LogFormat, status and sizes", "bytes of the connection: GET /a.txt HTTP/1.1"),
    ("LogFormat, status and sizes",
     "bytes of the connection: GET /big.txt HTTP/1.1 X-Pad: 12345"),
    # Over HTTP/2 Apache answers every nph- script with 500, and logs two lines.
    ("CGI, Location and nph", "GET /cgi/nph-own HTTP/1.1"),
    ("CGI, Location and nph", "GET /cgi/nph-odd HTTP/1.1"),
    # A script's impossible status: Apache resets the stream without an answer, or sends ":status: 1000".
    ("CGI, heads that are wrong", "GET /cgi/strange-status HTTP/1.1"),
    ("CGI, heads that are wrong", "GET /cgi/huge-status HTTP/1.1"),
    # A backend that says nothing: Apache answers 500, and logs two lines.
    ("Proxy, faults of backends", "GET /b/drop HTTP/1.1"),
    # The length of the stream's tag is each server's own.
    ("SetHandler proxy:fcgi", "GET / HTTP/1.1"),
}
MODULES = " http2"
CONFIG = "Protocols h2c http/1.1\n"
LINE = re.compile(rb"([A-Z]+) ([!-~]+) HTTP/1\.1$")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*?)[ \t]*$")
OF_HTTP1 = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "proxy-connection"}


def translate(what):
    """(fields, body) of the one request in the exchange, or None: it is about HTTP/1 itself."""
    if what.kind != "request" or what.pieces or what.half_close or len(what.methods) != 1:
        return None
    head, found, body = what.data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    line = LINE.match(lines[0])
    fields = [FIELD.match(one) for one in lines[1:]]
    if not found or not line or not all(fields):
        return None
    pairs = [(f.group(1).decode().lower(), f.group(2).decode()) for f in fields]
    names = [name for name, _ in pairs]
    target = line.group(2).decode()
    if names.count("host") != 1 or not dict(pairs)["host"] or "#" in target:
        return None
    if any(name in OF_HTTP1 - {"connection"} for name in names) or "expect" in names:
        return None
    if dict(pairs).get("connection", "close").lower() not in ("close", "keep-alive"):
        return None
    if names.count("content-length") > 1:
        return None
    length = dict(pairs).get("content-length", "0")
    if not length.isdigit() or int(length) != len(body):
        return None
    if not target.startswith("/") and (target != "*" or line.group(1) != b"OPTIONS"):
        return None
    pseudo = [(":method", line.group(1).decode()), (":scheme", "http"),
              (":authority", dict(pairs)["host"]), (":path", target)]
    return pseudo + [p for p in pairs if p[0] not in ("host", "connection")], body


def forgive(text):
    """Where Apache's mod_http2 differs from its own HTTP/1: README.md says why."""
    if text[0] == "HTTP/2.0 414":
        return text[:1]
    return [re.sub(r'("HEAD .*) \S+$', r"\1 <bytes>", line) if line.startswith("-- log") else line
            for line in text]


def send_body(client, body):
    """In pieces, as the windows of stream 1 and of the connection allow; no more when the stream has ended."""
    sent = 0
    answer = client.streams.setdefault(1, h2frames.Response())
    while sent < len(body):
        if not client.until(lambda: room(client, sent) > 0 or answer.ended or answer.reset is not None,
                            wire.PATIENCE) or answer.ended or answer.reset is not None:
            return
        piece = body[sent : sent + min(16384, room(client, sent))]
        sent += len(piece)
        client.data(1, piece, h2frames.END_STREAM if sent == len(body) else 0)


def room(client, sent):
    """How many bytes may follow when so many of stream 1 are on their way."""
    first = given = whole = 65535
    for frame in client.frames:
        if frame.kind == h2frames.SETTINGS:
            for at in range(0, len(frame.payload), 6):
                key, value = struct.unpack_from(">HI", frame.payload, at)
                if key == h2frames.INITIAL_WINDOW:
                    given, first = given + value - first, value
        elif frame.kind == h2frames.WINDOW_UPDATE:
            size = struct.unpack(">I", frame.payload)[0]
            given += size if frame.stream == 1 else 0
            whole += size if frame.stream == 0 else 0
    return min(given, whole) - sent


def exchange(port, request):
    """Runs one exchange: (answers, how the stream ended)."""
    fields, body = request
    with h2frames.Frames(socket.create_connection(("127.0.0.1", port))) as client:
        client.headers(1, fields, h2frames.END_HEADERS | (0 if body else h2frames.END_STREAM))
        send_body(client, body)
        got = client.response(1, wire.PATIENCE)
    answers = [wire.Answer("HTTP/2.0 " + dict(one)[":status"],
                           [f for f in one if f[0] != ":status"], b"", True) for one in got.lists]
    if answers:
        answers[-1].body, answers[-1].whole = got.body, got.ended
    if got.reset is not None and not got.ended:
        return answers, "reset " + h2frames.name(got.reset)
    return answers, "whole" if got.ended else "silent"
