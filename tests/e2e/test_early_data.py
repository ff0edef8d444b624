"""TLS 1.3 early data (SSLEarlyData): taken once per ticket, by whichever worker or server; safe methods only."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import time

from lib import TLS, Box, eventually, free_port, need, test

ON = TLS.replace("SSLEngine on", "SSLEngine on\n    SSLEarlyData on")
PROGRAM = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\nX-Early: %s\\r\\n\\r\\n' "$HTTP_EARLY_DATA"
echo "$REQUEST_METHOD ran"
"""
SITE = (
    """ScriptAlias /cgi/ "@BOX@/cgi/"
LogFormat "%r|%>s|%{SSL_EARLY_DATA}x" early
CustomLog "@BOX@/early.log" early
LogLevel ssl:info
<Location "/own">
    Redirect 425 /own
</Location>
<Location "/client">
    SSLVerifyClient require
</Location>
"""
    + ON
)


def get(path, method="GET", body="", *headers):
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: localhost", "Connection: close", *headers]
    if body:
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines) + "\r\n\r\n" + body


def site(box, text=SITE, base=""):
    folder = box.path / "cgi"
    folder.mkdir()
    (folder / "run").write_text(PROGRAM)
    (folder / "run").chmod(0o755)
    return box.config(base + text).start()


def ticket(box, name="session", *words):
    """A full handshake that leaves a session in a file."""
    file = box.path / name
    said = box.s_client("-sess_out", file, "-servername", "localhost", "-ign_eof", *words, send=get("/1k.txt"))
    assert "200 OK" in said and file.exists(), said
    return file


def again(box, session, request, *words):
    """What s_client says that sends this request as early data."""
    early = box.path / "early.txt"
    early.write_bytes(request.encode())
    with subprocess.Popen(
        ["openssl", "s_client", "-connect", "127.0.0.1:%d" % box.https, "-sess_in", str(session)]
        + ["-servername", "localhost", "-early_data", str(early), "-ign_eof", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        said = b""
        end = time.monotonic() + 10
        taken = None
        while time.monotonic() < end:
            if not select.select([process.stdout], [], [], 0.1)[0]:
                continue
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece:
                break
            said += piece
            if taken is None and b"Early data was " in said:
                taken = b"Early data was accepted" in said
                if not taken:
                    break
        process.kill()
    return said.decode(errors="replace")


def taken(said):
    assert "Early data was " in said, said
    return "Early data was accepted" in said


def logged(box):
    return (box.path / "early.log").read_text()


@test(signet_only=True)
def a_get_in_early_data_is_answered_and_says_so(box):
    site(box)
    said = again(box, ticket(box), get("/cgi/run"))
    assert taken(said) and "200 OK" in said and "X-Early: 1" in said and "GET ran" in said, said
    said = again(box, ticket(box), get("/1k.txt"))
    assert taken(said) and "x" * 1024 in said, said
    eventually(lambda: logged(box).count("GET /1k.txt HTTP/1.1|200|1\n") == 1, "logged as early data")
    assert "GET /cgi/run HTTP/1.1|200|1\n" in logged(box)
    assert "GET /1k.txt HTTP/1.1|200|-\n" in logged(box)
