"""Bodies of every size, slow clients, IPv6, and how many system calls a request costs."""

import hashlib
import os
import pathlib
import re
import shutil
import socket
import tempfile
import time

from lib import CONFIG, TLS, Skip, ask, children, command, eventually, need, test

FIVE_GB = 5 * 10**9


@test
def a_file_of_five_gigabytes_has_a_head_and_ranges(box):
    with open(box.htdocs / "big.bin", "wb") as big:
        big.truncate(FIVE_GB)
        big.seek(FIVE_GB - 7)
        big.write(b"the end")
    box.config().start()
    with box.connect() as connection:
        head = ask(connection, "/big.bin", method="HEAD", close=False)
        assert head.headers["content-length"] == str(FIVE_GB)
        for span, status, body, where in (
            (
                "bytes=4294967290-4294967305",
                206,
                b"\0" * 16,
                "bytes 4294967290-4294967305/%d" % FIVE_GB,
            ),
            ("bytes=-7", 206, b"the end", "bytes 4999999993-4999999999/%d" % FIVE_GB),
            ("bytes=4999999998-", 206, b"nd", "bytes 4999999998-4999999999/%d" % FIVE_GB),
        ):
            answer = ask(connection, "/big.bin", close=False, headers=("Range: " + span,))
            assert (answer.status, answer.body, answer.headers["content-range"]) == (
                status,
                body,
                where,
            ), answer.head
        assert ask(connection, "/big.bin", headers=("Range: bytes=5000000000-",)).status == 416


@test
def the_first_bytes_of_five_gigabytes_come_at_once(box):
    with open(box.htdocs / "big.bin", "wb") as big:
        big.truncate(FIVE_GB)
    box.config().start()
    started = time.monotonic()
    with box.connect() as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"Content-Length: 5000000000" in connection.recv(4000)
    assert time.monotonic() - started < 3


@test
def every_size_around_the_borders_of_records_and_blocks_arrives_whole(box):
    sizes = (
        0,
        1,
        1399,
        1400,
        4095,
        4096,
        16383,
        16384,
        16385,
        65535,
        65536,
        65537,
        200000,
        3000001,
    )
    for size in sizes:
        box.page("%d.bin" % size, os.urandom(size))
    box.config("MaxKeepAliveRequests 0\n" + TLS).start()
    with box.connect() as tls, box.connect_plain() as plain:
        for size in sizes:
            want = hashlib.sha256((box.htdocs / ("%d.bin" % size)).read_bytes()).digest()
            for connection in (tls, plain):
                assert (
                    hashlib.sha256(ask(connection, "/%d.bin" % size, close=False).body).digest()
                    == want
                ), size


@test
def a_slow_reader_gets_everything_and_holds_up_nobody(box):
    body = os.urandom(1 << 20) * 8
    box.page("slow.bin", body)
    box.config().start()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", box.https))
    with box.tls_context().wrap_socket(connection, server_hostname="localhost") as slow:
        slow.sendall(b"GET /slow.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        data = slow.recv(100)
        time.sleep(0.5)
        assert all(box.get().status == 200 for _ in range(5))
        while piece := slow.recv(1 << 18):
            data += piece
    assert data.endswith(body[-1000:]) and len(data) > len(body)


@test
def a_file_that_changes_is_served_as_it_is_now(box):
    box.config("MaxKeepAliveRequests 0\n" + TLS).start()
    with box.connect() as connection:
        for turn in range(5):
            box.page("now.txt", "turn %d\n" % turn * (turn + 1))
            answer = ask(connection, "/now.txt", close=False)
            assert answer.body == b"turn %d\n" % turn * (turn + 1), answer.body
        (box.htdocs / "now.txt").unlink()
        assert ask(connection, "/now.txt", close=False).status == 404
        box.page("now.txt", "back")
        assert ask(connection, "/now.txt", close=False).body == b"back"
        (box.htdocs / "other.txt").write_text("moved")
        (box.htdocs / "other.txt").rename(box.htdocs / "now.txt")
        assert ask(connection, "/now.txt").body == b"moved"


@test
def an_htaccess_file_works_as_soon_as_it_is_there(box):
    box.config('<Directory "@BOX@/htdocs">\nAllowOverride All\n</Directory>\n' + TLS).start()
    (box.htdocs / "sub").mkdir()
    box.page("sub/a.txt", "a")
    with box.connect() as connection:
        assert ask(connection, "/sub/a.txt", close=False).status == 200
        box.page("sub/.htaccess", "Require all denied\n")
        assert ask(connection, "/sub/a.txt", close=False).status == 403
        box.page("sub/.htaccess", "Header set X-Now yes\n")
        assert ask(connection, "/sub/a.txt", close=False).headers["x-now"] == "yes"
        (box.htdocs / "sub/.htaccess").unlink()
        assert "x-now" not in ask(connection, "/sub/a.txt").headers


@test
def it_serves_ipv6(box):
    if (
        not socket.has_ipv6
        or not os.path.exists("/proc/net/if_inet6")
        or not open("/proc/net/if_inet6", encoding="ascii").read()
    ):
        raise Skip("no IPv6 here")
    box.config("Listen [::1]:@HTTP@\nListen [::1]:@HTTPS@\n" + TLS).start()
    with socket.create_connection(("::1", box.http), timeout=10) as connection:
        assert ask(connection, "/").status == 200
    with box.tls_context().wrap_socket(
        socket.create_connection(("::1", box.https), timeout=10), server_hostname="localhost"
    ) as connection:
        assert ask(connection, "/").status == 200
    log = eventually(lambda: (box.path / "access.log").read_text(), "a line")
    assert log.startswith("::1 "), log


@test
def a_client_that_says_nothing_is_dropped_after_timeout(box):
    box.config("Timeout 1\n" + TLS).start()
    with box.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        started = time.monotonic()
        connection.settimeout(10)
        data = b""
        while piece := connection.recv(4000):
            data += piece
        assert time.monotonic() - started < 8
        assert not data or b" 408 " in data, data


@test
def curl_loads_many_files_over_one_connection(box):
    for number in range(30):
        box.page("f%d.txt" % number, "file %d" % number)
    box.config().start()
    done = box.curl("--http1.1", "-v", *[box.url("/f%d.txt" % n) for n in range(30)])
    assert done.stdout == "".join("file %d" % n for n in range(30)), done.stderr
    assert done.stderr.count("Re-using existing connection") == 29, done.stderr[-2000:]


@test(alone=True)
def wrk_finds_no_error(box):
    wrk = need("wrk")
    box.config("MaxKeepAliveRequests 0\n" + TLS).start()
    done = command(wrk, "-t1", "-c32", "-d2s", box.url("/1k.txt", host="127.0.0.1"))
    assert done.returncode == 0 and "Requests/sec" in done.stdout, done.stdout + done.stderr
    assert "Socket errors" not in done.stdout and "Non-2xx" not in done.stdout, done.stdout


# --- the short way of plain GETs --------------------------------------------------------------------
# The first request of a connection announces protocols, the second finds or makes the kept answer,
# later ones take the short way.


def by_the_short_way(box, connect):
    box.page("page.txt", "kept")
    box.page("other.txt", "another")
    with connect() as connection:
        answers = [ask(connection, "/page.txt", close=False) for _ in range(5)]
        assert {(a.status, a.body) for a in answers} == {(200, b"kept")}
        heads = {re.sub(rb"Date: [^\r]*", b"", a.head) for a in answers[1:]}
        assert len(heads) == 1, heads
        etag = answers[0].headers["etag"]
        for method, fields, status, body in (
            ("GET", ("If-None-Match: " + etag,), 304, b""),
            ("GET", ("Range: bytes=1-2",), 206, b"ep"),
            ("HEAD", (), 200, b""),
            ("GET", ('If-Match: "x"',), 412, None),
            ("GET", (), 200, b"kept"),
        ):
            answer = ask(connection, "/page.txt", method=method, close=False, headers=fields)
            assert answer.status == status, (fields, answer.head)
            assert body is None or answer.body == body, (fields, answer.body)
        asked = ask(connection, "/page.txt", close=False, headers=("Connection: keep-alive",))
        assert asked.headers["keep-alive"].startswith("timeout="), asked.head
        assert asked.headers["connection"] == "Keep-Alive", asked.head
        for name in (b"other", b"other"):
            ask(connection, "/%s.txt" % name.decode(), close=False)
        connection.sendall(
            b"".join(
                b"GET /%s.txt HTTP/1.1\r\nHost: localhost\r\n\r\n" % name
                for name in (b"page", b"other", b"page", b"other", b"page")
            )
        )
        got = b""
        while got.count(b"\r\n\r\nkept") < 3 or got.count(b"\r\n\r\nanother") < 2:
            piece = connection.recv(65536)
            assert piece, got
            got += piece
        bodies = re.findall(rb"\r\n\r\n(kept|another)", got)
        assert bodies == [b"kept", b"another", b"kept", b"another", b"kept"], got
        box.page("page.txt", "changed")
        assert ask(connection, "/page.txt", close=False).body == b"changed"
        assert ask(connection, "/page.txt", close=False).body == b"changed"
        (box.htdocs / "page.txt").unlink()
        assert ask(connection, "/page.txt", close=False).status == 404
        last = ask(connection, "/other.txt")
        assert (last.body, last.headers["connection"]) == (b"another", "close")


@test
def the_short_way_leads_where_the_ordinary_one_does(box):
    without = [line for line in CONFIG.splitlines() if not line.startswith("CustomLog")]
    box.config(base="\n".join(without) + "\n").start()
    by_the_short_way(box, box.connect_plain)
    by_the_short_way(box, box.connect)


@test
def the_short_way_is_logged_as_the_ordinary_one(box):
    box.page("page.txt", "kept")
    box.config(TLS + 'CustomLog "@BOX@/all.log" "%r|%>s|%b|%U|%f|%{Host}i|%X|%v|%{HTTPS}e|%k"\n')
    box.start()
    for connect in (box.connect_plain, box.connect):
        by_the_short_way(box, connect)
    box.page("logged.txt", "kept")
    for connect in (box.connect_plain, box.connect):
        with connect() as connection:
            for _ in range(6):
                ask(connection, "/logged.txt", close=False)
    lines = [
        "GET /logged.txt HTTP/1.1|200|4|/logged.txt|%s/logged.txt|localhost|+|localhost|%s|%d"
        % (box.htdocs, secure, k)
        for secure in ("-", "on")
        for k in range(6)
    ]
    log = box.path / "all.log"
    eventually(
        lambda: [one for one in log.read_text().splitlines() if "logged" in one] == lines,
        "the same line for every request",
    )


# --- system calls -----------------------------------------------------------------------------------

WAITING = ("epoll_wait", "epoll_pwait", "epoll_pwait2")


def system_calls_per_request(box, connect):
    """Calls by name that the worker makes for 20 kept-alive requests, as strace sees them."""
    strace = need("strace")
    if os.environ.get("SIGNET_SANITIZED"):
        raise Skip("a sanitized server makes calls of its own")
    box.page("1k.txt", "x" * 1024)
    box.config("MaxKeepAliveRequests 0\n" + TLS)
    box.conf.write_text(re.sub(r"(?m)^(LogFormat|CustomLog).*\n", "", box.conf.read_text()))
    # Beside no folder on the way to the document root: the server may watch those for changes.
    trace = pathlib.Path(tempfile.mkdtemp(prefix="signet-trace-", dir="/var/tmp")) / "trace"
    box.start("-X", before=(strace, "-f", "-y", "-qq", "-o", str(trace)))
    with connect() as connection:
        for _ in range(5):
            ask(connection, "/1k.txt", close=False)
        time.sleep(0.3)
        before = len(trace.read_text().splitlines())
        for _ in range(20):
            ask(connection, "/1k.txt", close=False)
        time.sleep(0.5)
        lines = trace.read_text().splitlines()[before:]
    shutil.rmtree(trace.parent)
    server = children(box.process.pid)
    if server:
        os.kill(server[0], 15)
    calls = {}
    for line in lines:
        found = re.match(r"\d+ +(?:<\.\.\. )?(\w+)", line)
        name = found.group(1) if found else ""
        # What happens in the folders above ours is told to every server that watches them.
        if name == "read" and "inotify>" in line:
            continue
        if name and name not in WAITING and "resumed>" not in line:
            calls[name] = calls.get(name, 0) + 1
    return calls


def is_one_read_and_one_write_each(calls):
    reads = sum(calls.pop(name, 0) for name in ("recvfrom", "recvmsg"))
    writes = sum(calls.pop(name, 0) for name in ("write", "writev", "sendto", "sendmsg"))
    # A clock now and then is not per request.
    few = sum(calls.values())
    assert reads == 20 and writes == 20 and few <= 10, (reads, writes, calls)


@test(signet_only=True, alone=True)
def a_kept_alive_request_over_tls_costs_one_recv_and_one_write(box):
    is_one_read_and_one_write_each(system_calls_per_request(box, box.connect))


@test(signet_only=True, alone=True)
def a_kept_alive_plain_request_costs_one_recv_and_one_write(box):
    is_one_read_and_one_write_each(system_calls_per_request(box, box.connect_plain))
