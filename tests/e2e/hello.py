"""ClientHellos as bytes: of clients that do not exist any more, and of such as never should."""

import os
import struct


def vector(width, body):
    return len(body).to_bytes(width, "big") + body


def numbers(values):
    return b"".join(struct.pack(">H", value) for value in values)


def extension(kind, body):
    return struct.pack(">H", kind) + vector(2, body)


def record(body, kind=22, version=0x0301):
    return struct.pack(">BHH", kind, version, len(body)) + body


def handshake(kind, body):
    return bytes([kind]) + vector(3, body)


def client_hello(
    name="localhost",
    legacy=0x0303,
    versions=(0x0304, 0x0303),
    suites=(0x1301, 0xC02B, 0xC02F),
    groups=(29, 23),
    signatures=(0x0403, 0x0804, 0x0401),
    alpn=(),
    more=b"",
):
    """The handshake message; without key share, so that TLS 1.3 asks again (HelloRetryRequest)."""
    extensions = b""
    if name:
        extensions += extension(0, vector(2, b"\0" + vector(2, name.encode())))
    if groups:
        extensions += extension(10, vector(2, numbers(groups)))
    if signatures:
        extensions += extension(13, vector(2, numbers(signatures)))
    if alpn:
        extensions += extension(16, vector(2, b"".join(vector(1, a.encode()) for a in alpn)))
    if versions:
        extensions += extension(43, vector(1, numbers(versions)))
        extensions += extension(51, vector(2, b""))
    extensions += more
    body = struct.pack(">H", legacy) + os.urandom(32) + vector(1, os.urandom(32))
    body += vector(2, numbers(suites)) + b"\x01\0"
    if extensions:
        body += vector(2, extensions)
    return handshake(1, body)


def records(message, piece=16384, version=0x0301):
    """The message in records of at most so many bytes."""
    return b"".join(
        record(message[at : at + piece], version=version) for at in range(0, len(message), piece)
    )


def old_browser(suites=(0x0004, 0x0005, 0x000A, 0x0009, 0x0064, 0x0062, 0x0003, 0x0006)):
    """MSIE 6 on Windows XP: TLS 1.0, no extensions, RC4, 3DES, DES and export suites."""
    return records(
        client_hello(None, legacy=0x0301, versions=(), suites=suites, groups=(), signatures=())
    )


def answer(box, data, timeout=5, port=None):
    """What the server says to these bytes until it closes or the time is over."""
    import socket

    got = b""
    with socket.create_connection(("127.0.0.1", port or box.https), timeout=timeout) as connection:
        try:
            connection.sendall(data)
            while True:
                piece = connection.recv(65536)
                if not piece:
                    return got
                got += piece
        except OSError:
            return got
