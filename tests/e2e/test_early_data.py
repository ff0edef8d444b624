"""TLS 1.3 early data (SSLEarlyData): taken once per ticket, by whichever worker or server; safe methods only."""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import time

from h2frames import END_HEADERS, END_STREAM, HEADERS, PREFACE, SETTINGS, hpack, pack
from lib import TLS, command, eventually, free_port, test
from test_sessions import beside, program, redis

ON = TLS.replace("SSLEngine on", "SSLEngine on\n    SSLEarlyData on")
# A program that leaves a trace, and says 425 where it is told to.
PROGRAM = """#!/bin/sh
echo "$REQUEST_METHOD $QUERY_STRING" >> "${0%/*}/trace/ran"
[ "$QUERY_STRING $HTTP_EARLY_DATA" = "late 1" ] && echo 'Status: 425'
printf 'Content-Type: text/plain\\r\\nX-Early: %s.\\r\\n\\r\\n' "$HTTP_EARLY_DATA"
echo "$REQUEST_METHOD ran"
"""
SITE = """ScriptAlias /cgi/ "@BOX@/cgi/"
LogFormat "%r|%>s|%{SSL_EARLY_DATA}x" early
CustomLog "@BOX@/early.log" early
LogLevel ssl:info
<Location "/client">
    SSLVerifyClient require
</Location>
<Location "/server-metrics">
    SetHandler server-metrics
</Location>
"""


def request(path, method="GET", body="", *headers):
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: localhost", "Connection: close", *headers]
    if body:
        lines.append("Content-Length: %d" % len(body))
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def site(box, text=SITE + ON):
    (box.path / "cgi" / "trace").mkdir(parents=True)
    (box.path / "cgi" / "trace").chmod(0o777)
    (box.path / "cgi" / "run").write_text(PROGRAM)
    (box.path / "cgi" / "run").chmod(0o755)
    return box.config(text).start()


def ran(box):
    with contextlib.suppress(FileNotFoundError):
        return (box.path / "cgi" / "trace" / "ran").read_text()
    return ""


def logged(box):
    with contextlib.suppress(FileNotFoundError):
        return (box.path / "early.log").read_text()
    return ""


class Client:
    """openssl s_client, until the server ends the connection."""

    def __init__(self, box, *words, port=None):
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-connect", "127.0.0.1:%d" % (port or box.https)]
            + ["-servername", "localhost", "-ign_eof", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.said = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        self.process.wait()

    def read_until(self, word, patience=10):
        end = time.monotonic() + patience
        while word is None or word not in self.said:
            assert time.monotonic() < end, self.said
            if not select.select([self.process.stdout], [], [], 0.1)[0]:
                continue
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                assert word is None, self.said
                break
            self.said += piece.decode(errors="replace")
        return self.said

    def send(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()


def ticket(box, *words):
    """A full handshake that leaves a session in a file."""
    file = box.path / ("session%d" % time.monotonic_ns())
    with Client(box, "-sess_out", str(file), *words) as client:
        client.send(request("/1k.txt"))
        client.read_until(None)
    assert file.exists(), client.said
    return file


def early(box, session, text, *words, port=None):
    """A client that sends this as early data, and again if it is not taken."""
    file = box.path / "early.txt"
    file.write_bytes(text)
    client = Client(box, "-sess_in", str(session), "-early_data", str(file), *words, port=port)
    with client:
        client.read_until("Early data was " if port is None else None)
        if "Early data was accepted" not in client.said:
            client.send(text)
        return client.read_until(None)


def is_taken(said):
    assert "Early data was " in said, said
    return "Early data was accepted" in said


def recorded(box, session, text):
    """What a client sends first: its hello and its early data."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        file = box.path / "early.txt"
        file.write_bytes(text)
        with Client(
            box, "-sess_in", str(session), "-early_data", str(file), port=server.getsockname()[1]
        ):
            connection, _ = server.accept()
            with connection:
                packet = b""
                while records(packet) < 2 or select.select([connection], [], [], 0.05)[0]:
                    packet += connection.recv(65536)
    return packet


def records(data):
    """How many whole records of a client's first flight there are: the hello, the early data."""
    count = 0
    while len(data) >= 5 and len(data) >= 5 + int.from_bytes(data[3:5], "big"):
        count += data[0] in (22, 23)
        data = data[5 + int.from_bytes(data[3:5], "big") :]
    return count


def play(box, packet, wait=0.0, until=None):
    """Sends a recording; what comes back within `wait`, or until something holds."""
    with socket.create_connection(("127.0.0.1", box.https)) as connection:
        connection.sendall(packet)
        if until:
            eventually(until, "the recording runs")
        back = b""
        while select.select([connection], [], [], wait)[0]:
            piece = connection.recv(65536)
            if not piece:
                break
            back += piece
        return back


@test(signet_only=True)
def a_get_in_early_data_is_answered_and_says_so(box):
    site(box)
    said = early(box, ticket(box), request("/cgi/run?1"))
    assert is_taken(said) and "200 OK" in said and "X-Early: 1." in said and "GET ran" in said, said
    said = early(box, ticket(box), request("/1k.txt"))
    assert is_taken(said) and "x" * 1024 in said, said
    eventually(lambda: "GET /1k.txt HTTP/1.1|200|1\n" in logged(box), "logged as early data")
    assert "GET /cgi/run?1 HTTP/1.1|200|1\n" in logged(box)
    assert "GET /1k.txt HTTP/1.1|200|-\n" in logged(box), "not of an ordinary request"


@test(signet_only=True)
def what_is_not_safe_waits_until_the_handshake_is_over(box):
    site(box)
    said = early(box, ticket(box), request("/cgi/run?2", "POST", "body"))
    assert is_taken(said) and "200 OK" in said and "X-Early: ." in said and "POST ran" in said, said
    said = early(box, ticket(box), request("/cgi/run?3", "GET", "body"))
    assert is_taken(said) and "200 OK" in said and "X-Early: ." in said, said
    said = early(box, ticket(box), request("/cgi/run?4", "DELETE"))
    assert is_taken(said) and "200 OK" in said and "X-Early: ." in said, said
    post = recorded(box, ticket(box), request("/cgi/run?5", "POST", "body"))
    assert play(box, post, 0.2), "the server's half of the handshake"
    assert ran(box) == "POST 2\nGET 3\nDELETE 4\n", ran(box)


@test(signet_only=True)
def a_recording_runs_once_on_all_workers_together_and_after_a_reload(box):
    site(box, SITE + "StartServers 2\nServerLimit 2\n" + ON)
    packet = recorded(box, ticket(box), request("/cgi/run?once"))
    play(box, packet, until=lambda: "once" in ran(box))

    def refusals():
        for _ in range(4):
            play(box, packet)
        return re.findall(r"pid (\d+).*SG0835.*used before", box.said())

    eventually(lambda: len(set(refusals())) == 2, "both workers have refused it")
    before = set(refusals())
    box.signal(signal.SIGUSR1)
    eventually(lambda: set(refusals()) - before, "so does a worker of the next generation")
    assert ran(box) == "GET once\n", ran(box)


@test(signet_only=True)
def a_ticket_that_was_used_leads_to_a_handshake_without_early_data(box):
    site(box)
    session = ticket(box)
    assert is_taken(early(box, session, request("/1k.txt")))
    said = early(box, session, request("/cgi/run?again"))
    assert not is_taken(said) and "Reused, TLSv1.3" in said and "X-Early: ." in said, said


@test(signet_only=True)
def early_data_is_off_unless_it_is_switched_on(box):
    site(box, SITE + TLS)
    session = ticket(box)
    with Client(box, "-sess_in", str(session)) as client:
        client.send(request("/cgi/run?off", "GET", "", "Early-Data: 1"))
        said = client.read_until(None)
    assert "Max Early Data: 0" in said and "Max Early Data: 16384" not in said, said
    assert "X-Early: 1." in said, "what a proxy before us says is left as it is"
    eventually(lambda: "GET /cgi/run?off HTTP/1.1|200|-\n" in logged(box), "but it is not ours")


@test(signet_only=True)
def too_early_is_said_by_programs_and_where_a_certificate_is_needed(box):
    site(box)
    said = early(box, ticket(box), request("/cgi/run?late"))
    assert is_taken(said) and "HTTP/1.1 425 Too Early" in said, said
    said = early(box, ticket(box), request("/client"))
    assert is_taken(said) and "HTTP/1.1 425 Too Early" in said, said
    eventually(lambda: "SG0836" in box.said(), "and why")


@test(signet_only=True)
def what_became_of_early_data_is_counted(box):
    status = '<Location "/server-status">\n    SetHandler server-status\n</Location>\n'
    site(box, "LoadModule status_module /usr/lib/apache2/modules/mod_status.so\n" + status + SITE + ON)
    session = ticket(box)
    assert "425 Too Early" in early(box, session, request("/client"))
    assert not is_taken(early(box, session, request("/1k.txt")))
    told = json.loads(box.curl(box.url("/server-status?json")).stdout)["tls"]["early_data"]
    assert (told["taken"], told["answered_425"]) == (1, 1) and told["refused"].pop("spent") == 1, told
    assert not any(told["refused"].values()) and len(told["refused"]) == 5, told
    keys = box.curl(box.url("/server-status?auto")).stdout
    for key in ("Taken: 1", "Answered425: 1", "RefusedSpent: 1", "RefusedOldTicket: 0"):
        assert "TLSEarlyData%s\n" % key in keys, keys
    metrics = box.curl(box.url("/server-metrics")).stdout
    spent = r'signet_tls_early_data_refused_total\{worker="\w+",reason="spent"\} 1\n'  # whichever worker it was
    assert re.search(spent, metrics), metrics
    page = box.curl(box.url("/server-status")).stdout
    assert "taken on 1 connections, 1 requests on it answered with 425, refused on 1: 1 because its ticket" in page


def grade(box):
    roots = ("--CAfile", box.certs + "/ca.crt")
    return (box.program, "grade", "-d", box.path, "-f", box.conf, "--no-clients", *roots)


@test(signet_only=True)
def grade_and_probe_tell_that_early_data_is_taken(box):
    site(box)
    by_lines = command(*grade(box))
    assert "0-RTT" in by_lines.stdout and "up to 16384" in by_lines.stdout, by_lines.stdout + by_lines.stderr
    target = "localhost:%d" % box.https
    for words in (("grade", target, "--json"), ("probe", target, "--json")):
        told = json.loads(command(box.program, *words, "--CAfile", box.certs + "/ca.crt").stdout)
        assert "16384" in str((told[0] if words[0] == "grade" else told)["early_data"]), told
    box.config(SITE + TLS)
    assert json.loads(command(*grade(box), "--json").stdout)[0]["early_data"] == 0


def h2(method, path):
    fields = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)]
    block = hpack.Encoder().encode(fields)
    return PREFACE + pack(SETTINGS) + pack(HEADERS, END_STREAM | END_HEADERS, 1, block)


@test(signet_only=True)
def early_data_may_be_http_2(box):
    site(box, SITE + "Protocols h2 http/1.1\n" + ON)

    def session():
        file = box.path / ("h2session%d" % time.monotonic_ns())
        with Client(box, "-alpn", "h2", "-sess_out", str(file)) as client:
            eventually(file.exists, "a ticket")
            assert "ALPN protocol: h2" in client.read_until("ALPN protocol")
        return file

    for number, (method, mark) in enumerate((("GET", "1"), ("POST", "-"))):
        file = box.path / "early.txt"
        file.write_bytes(h2(method, "/cgi/run?h2"))
        with Client(
            box, "-alpn", "h2", "-sess_in", str(session()), "-early_data", str(file)
        ) as client:
            line = "%s /cgi/run?h2 HTTP/2.0|200|%s\n" % (method, mark)
            assert "Early data was accepted" in client.read_until("Early data was ")
            eventually(lambda: line in logged(box), line)
        assert len(ran(box).splitlines()) == number + 1


def shared(box, cache):
    key = box.path / "ticket.key"
    key.write_bytes(os.urandom(48))
    return (
        SITE
        + ("SSLSessionCache %s\n" % cache)
        + ON.replace("SSLEngine on", 'SSLEngine on\n    SSLSessionTicketKeyFile "%s"' % key)
    )


@test(signet_only=True)
def servers_with_one_ticket_key_take_a_ticket_once_through_redis(box):
    port = free_port()
    with redis(port) as store, beside(box) as other:
        text = shared(box, "redis:127.0.0.1:%d" % port)
        site(box, text)
        site(other, text)
        session = ticket(box)
        assert is_taken(early(other, session, request("/cgi/run?other")))
        assert not is_taken(early(box, session, request("/cgi/run?here")))
        assert not is_taken(early(other, session, request("/cgi/run?other")))
        packet = recorded(box, ticket(other), request("/cgi/run?packet"))
        play(box, packet, until=lambda: "packet" in ran(box))
        for one in (other, box):
            play(one, packet, 0.1)
        assert "packet" not in ran(other) and ran(box).count("packet") == 1
        store.send_signal(signal.SIGSTOP)
        session = ticket(box)
        before = time.monotonic()
        said = early(box, session, request("/1k.txt"))
        assert not is_taken(said) and "200 OK" in said and time.monotonic() - before < 2, said
        store.send_signal(signal.SIGCONT)


@test(signet_only=True)
def memcached_tells_who_was_first_too(box):
    port = free_port()
    user = ("-u", "nobody") if os.geteuid() == 0 else ()
    with program("memcached", "-l", "127.0.0.1", "-p", str(port), *user, port=port):
        site(box, shared(box, "memcache:127.0.0.1:%d" % port))
        session = ticket(box)
        assert is_taken(early(box, session, request("/1k.txt")))
        assert not is_taken(early(box, session, request("/1k.txt")))


@test(signet_only=True)
def a_client_that_never_ends_its_handshake_is_let_go(box):
    site(box, "Timeout 1\n" + SITE + ON)
    packet = recorded(box, ticket(box), request("/cgi/run?slow", "POST", "body"))
    with socket.create_connection(("127.0.0.1", box.https), timeout=10) as connection:
        connection.sendall(packet)
        while connection.recv(65536):
            pass
    assert ran(box) == "", ran(box)
    assert box.get("/1k.txt").status == 200


@test(signet_only=True)
def what_would_not_be_safe_does_not_start(box):
    def check(more):
        done = box.config(ON.replace("SSLEarlyData on", "SSLEarlyData on\n" + more)).run("-t")
        return done.returncode, done.stderr

    code, said = check('SSLVerifyClient require\nSSLCACertificateFile "@CERTS@/ca.crt"')
    assert code == 1 and "SG0837" in said, said
    code, said = check("SSLEarlyDataSize 100000")
    assert code == 1 and "1 to 65536 bytes" in said, said
    (box.path / "ticket.key").write_bytes(os.urandom(48))
    code, said = check('SSLSessionTicketKeyFile "@BOX@/ticket.key"')
    assert code == 0 and "SG0839" in said, said
    for more in ("SSLProtocol TLSv1.2", "SSLSessionTickets off"):
        code, said = check(more)
        assert code == 0 and "SG0838" in said, said
    code, said = check("SSLEarlyDataSize 8192")
    assert code == 0 and "SG083" not in said, said
