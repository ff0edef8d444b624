"""Clients that reset, stall, flood and lie, and a disk that changes behind the server's back."""

import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import threading
import time

from lib import TLS, ask, children, eventually, is_alive, test

IMPATIENT = "Timeout 2\nKeepAliveTimeout 1\n"
SMALL_BUFFERS = "SendBufferSize 4096\n"
FAULT = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|exit signal|uncaught|impossible")


def workers(box):
    return children(box.process.pid)


def is_sound(box):
    """It answers, no worker died, no sanitizer complained."""
    answer = box.get("/1k.txt")
    assert answer.status == 200 and len(answer.body) == 1024
    found = FAULT.search(box.said())
    assert not found, box.said()[-3000:]


def open_sockets(box):
    """Of the workers: the keeper starts when it likes."""
    count = 0
    for pid in workers(box):
        with open("/proc/%d/comm" % pid, encoding="ascii") as name:
            if name.read().strip() == "signet-keeper":
                continue
        for descriptor in os.listdir("/proc/%d/fd" % pid):
            with contextlib.suppress(OSError):
                count += os.readlink("/proc/%d/fd/%s" % (pid, descriptor)).startswith("socket:")
    return count


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def small_window(box):
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(15)
    plain.connect(("127.0.0.1", box.http))
    return plain


def request(path="/1k.txt", method="GET", more="", body=""):
    return ("%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n%s" % (method, path, more, body)).encode()


def chunked(pieces, trailers=""):
    text = "".join("%x\r\n%s\r\n" % (len(p), p) for p in pieces)
    return text + "0\r\n" + trailers + "\r\n"


class Reader:
    """Reads the answers of a pipeline one by one."""

    def __init__(self, connection):
        self.connection, self.data = connection, b""

    def recv(self, size):
        if self.data:
            piece, self.data = self.data[:size], self.data[size:]
            return piece
        return self.connection.recv(size)

    def answer(self, method="GET"):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.recv(1)
            assert byte, "the connection ended instead of an answer: %r" % head
            head += byte
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        left = int(length.group(1)) if length and method != "HEAD" else 0
        body = b""
        while len(body) < left:
            piece = self.recv(left - len(body))
            assert piece, "the answer was cut short"
            body += piece
        return int(head.split(b" ")[1]), head.decode("latin-1"), body

    def ended(self):
        with contextlib.suppress(ConnectionResetError):
            return self.recv(1) == b""
        return True


# --- connections that end badly --------------------------------------------------------------------


@test
def a_reset_in_any_state_harms_nobody_and_leaks_no_socket(box):
    box.page("big.bin", os.urandom(1 << 22))
    box.config("Timeout 5\n" + TLS).start()
    is_sound(box)
    upload = "Content-Length: 1000000\r\n"
    states = (
        b"",
        b"GET / HT",
        request()[:-2],
        request(),
        request("/big.bin"),
        request("/big.bin") * 3,
        request(method="POST", more=upload, body="begin"),
        request(method="POST", more="Transfer-Encoding: chunked\r\n", body="ff\r\nabc"),
        request("/big.bin", "POST", upload, "x" * 300000),
        request("/missing") * 50,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 30,
        b"\0" * 70000,
    )
    before = open_sockets(box)
    for _ in range(3):
        for state in states:
            for port in (box.http, box.https):
                for wait in (0, 0.005):
                    one = socket.create_connection(("127.0.0.1", port), timeout=5)
                    with contextlib.suppress(OSError):
                        one.sendall(state)
                        time.sleep(wait)
                        if wait:
                            one.settimeout(0.01)
                            one.recv(3000)
                    reset(one)
            with contextlib.suppress(OSError):
                one = box.connect(timeout=2)
                one.sendall(state)
                plain = socket.socket(fileno=one.detach())
                reset(plain)
    eventually(lambda: open_sockets(box) <= before, "all sockets are closed again")
    is_sound(box)


@test(signet_only=True)
def a_client_that_never_reads_is_dropped_after_timeout(box):
    box.page("300k.bin", "x" * 300000)
    box.config(IMPATIENT + SMALL_BUFFERS + TLS).start()
    time.sleep(0.5)
    before = open_sockets(box)
    clients = []
    for size in (60, 300):  # the last bytes in the queue, and a body that is still being read
        box.page("%dk.bin" % size, "x" * size * 1000)
        for more in ("", "Connection: close\r\n"):
            clients.append(small_window(box))
            clients[-1].sendall(request("/%dk.bin" % size, more=more))
    time.sleep(0.3)
    assert open_sockets(box) >= before + 4
    eventually(lambda: open_sockets(box) <= before, "nobody waits for them for ever", 12)
    for client in clients:
        client.close()
    is_sound(box)


@test
def slow_is_not_gone_and_timeout_counts_from_the_last_progress(box):
    box.page("400k.bin", "y" * 400000)
    box.config(IMPATIENT + SMALL_BUFFERS + TLS).start()
    client = small_window(box)
    client.sendall(request("/400k.bin"))
    data, started = b"", time.monotonic()
    while len(data) < 400000:
        piece = client.recv(10000)
        assert piece, "cut off after %d bytes and %.1f s" % (len(data), time.monotonic() - started)
        data += piece
        time.sleep(0.1)
    assert time.monotonic() - started > 3


@test
def the_wait_for_the_next_request_begins_when_the_answer_has_left(box):
    box.page("90k.bin", "z" * 90000)
    box.config("Timeout 20\nKeepAliveTimeout 1\n" + SMALL_BUFFERS + TLS).start()
    client = small_window(box)
    client.sendall(request("/90k.bin"))
    time.sleep(2.5)
    reader = Reader(client)
    assert len(reader.answer()[2]) == 90000
    client.sendall(request())
    assert reader.answer()[0] == 200
    started = time.monotonic()
    assert reader.ended() and time.monotonic() - started < 5


@test
def what_was_asked_before_the_end_of_input_is_answered(box):
    box.page("big.bin", "b" * 3000000)
    box.config(TLS).start()
    with box.connect_plain() as client:
        client.sendall(request("/big.bin") + request() * 3)
        client.shutdown(socket.SHUT_WR)
        time.sleep(0.2)
        reader = Reader(client)
        assert [len(reader.answer()[2]) for _ in range(4)] == [3000000, 1024, 1024, 1024]
        assert reader.ended()


# --- heads and bodies ------------------------------------------------------------------------------


@test
def a_head_may_be_as_long_as_the_limits_allow_in_any_pieces(box):
    box.config(TLS).start()
    for connect in (box.connect_plain, box.connect):
        with connect() as client:
            head = request(more="".join("X-%d: %s\r\n" % (i, "v" * 7500) for i in range(90)))
            for size in (60001, 5000):
                for at in range(0, len(head), size):
                    client.sendall(head[at : at + size])
                    if size == 60001:
                        time.sleep(0.02)
                assert Reader(client).answer()[0] == 200


@test
def a_head_sent_byte_by_byte_costs_no_more_than_its_length(box):
    box.config("Timeout 60\n" + TLS).start()
    with box.connect_plain() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\n")
        for i in range(95):
            client.sendall(b"X-%d: %s\r\n" % (i, b"v" * 8000))
        pids = workers(box)
        before = sum(cpu(pid) for pid in pids)
        for byte in b"X-Last: " + b" \t" * 3000:
            client.sendall(bytes((byte,)))
        client.sendall(b"x\r\n\r\n")
        assert Reader(client).answer()[0] == 200
        assert sum(cpu(pid) for pid in pids) - before < 3


def cpu(pid):
    fields = open("/proc/%d/stat" % pid, encoding="ascii").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@test
def bodies_that_nobody_reads_do_not_disturb_the_next_request(box):
    box.config("LimitRequestBody 0\n" + TLS).start()
    bodies = (
        ("Content-Length: 37\r\n", "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n\r\n"[:37].ljust(37)),
        ("Content-Length: 300000\r\n", "x" * 300000),
        ("Transfer-Encoding: chunked\r\n", chunked(["a"] * 30000)),
        ("Transfer-Encoding: chunked\r\n", chunked(["GET /smuggled HTTP/1.1\r\n\r\n"], "X-A: b\r\nX-C: d\r\n")),
        ("Transfer-Encoding: chunked\r\n", chunked([])),
    )
    for connect in (box.connect_plain, box.connect):
        for method in ("GET", "POST"):
            for path, status in (("/1k.txt", 200), ("/missing", 404)):
                for more, body in bodies:
                    with connect() as client:
                        client.sendall(request(path, method, more, body) + request("/index.html"))
                        reader = Reader(client)
                        assert reader.answer()[0] == status, (method, path, more)
                        assert b"Test works" in reader.answer()[2], (method, path, more)
    assert "/smuggled" not in (box.path / "access.log").read_text()


@test
def uploads_that_had_to_wait_for_a_slow_answer_are_read_when_it_has_left(box):
    box.page("big.bin", os.urandom(6000000))
    box.config("Timeout 8\nLimitRequestBody 0\n" + TLS).start()
    for connect in (box.connect_plain, box.connect):
        for size in (70000, 130000, 200000):
            with connect() as client:
                client.sendall(request("/big.bin"))
                post = request("/1k.txt", "POST", "Content-Length: %d\r\n" % size, "u" * size)
                client.sendall(post + request("/index.html"))
                time.sleep(0.3)
                reader = Reader(client)
                assert len(reader.answer()[2]) == 6000000
                assert len(reader.answer()[2]) == 1024
                assert b"Test works" in reader.answer()[2]
                client.sendall(request())
                assert reader.answer()[0] == 200


@test
def a_request_with_two_lengths_is_the_last_of_its_connection(box):
    box.config(TLS).start()
    lies = (
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", "abcdef"),
        ("Content-Length: +5\r\n", "abcde"),
        ("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "5;x\nabcde\r\n0\r\n\r\n"),
    )
    for more, body in lies:
        with box.connect_plain() as client:
            client.sendall(request(method="POST", more=more, body=body) + request("/smuggled"))
            with contextlib.suppress(ConnectionResetError):
                data = b""
                while piece := client.recv(65536):
                    data += piece
                assert data.count(b"HTTP/1.1 ") == 1, (more, data)
    assert "/smuggled" not in (box.path / "access.log").read_text()


@test
def after_an_expectation_the_connection_is_in_step_or_closed(box):
    box.config(TLS).start()
    for path in ("/1k.txt", "/missing"):
        with box.connect_plain(timeout=5) as client:
            more = "Content-Length: 5\r\nExpect: 100-continue\r\n"
            client.sendall(request(path, "POST", more))
            reader = Reader(client)
            status, head, _ = reader.answer()
            if status == 100:
                client.sendall(b"12345")
                status, head, _ = reader.answer()
            elif "Connection: close" not in head:
                raise AssertionError("the client cannot know whether to send the body: " + head)
            if "Connection: close" in head:
                assert reader.ended()
            else:
                client.sendall(request("/index.html"))
                assert b"Test works" in reader.answer()[2]


@test
def nothing_a_client_sends_becomes_a_field_of_its_own(box):
    box.config(
        'Redirect "/go" "http://localhost/there"\nRedirectMatch "^/match(.*)" "http://localhost/$1"\n'
        '<Location "/1k.txt">\nHeader set X-Query "expr=%{unescape:%{QUERY_STRING}}"\n</Location>\n'
        'SetEnvIf X-Given "(.*)" given=$1\nHeader set X-Given "%{given}e"\n' + TLS
    ).start()
    evil = "%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0aHTTP/1.1%20200%20OK%0d%0a"
    for path in ("/go/" + evil, "/match/" + evil, "/1k.txt?" + evil, "/" + evil, "/go?" + evil):
        with box.connect_plain() as client:
            client.sendall(request(path, more="Connection: close\r\nX-Given: a\r\n b\r\n"))
            data = b""
            while piece := client.recv(65536):
                data += piece
            head = data.split(b"\r\n\r\n")[0]
            assert b"\r\nSet-Cookie" not in data and b"\r\nHTTP/1.1" not in data, data
            assert b"\n" not in head.replace(b"\r\n", b""), head


@test
def answers_and_log_lines_of_many_connections_do_not_mix(box):
    box.config('LogFormat "%{local}p %r %{X-Id}i %>s" ids\nCustomLog "@BOX@/ids.log" ids\n' + TLS).start()
    for i in range(8):
        box.page("own%d.txt" % i, "number %d" % i)
    clients = [box.connect() if i % 2 else box.connect_plain() for i in range(8)]
    for turn in range(10):
        for i, client in enumerate(clients):
            client.sendall(request("/own%d.txt" % i, more="X-Id: id%d\r\n" % i if turn % 2 else "")[:-2])
        for client in reversed(clients):
            client.sendall(b"\r\n")
        for i, client in enumerate(clients):
            assert Reader(client).answer()[2] == b"number %d" % i
    for client in clients:
        client.close()

    def lines():
        found = (box.path / "ids.log").read_text().splitlines()
        return found if len(found) >= 80 else None

    for line in eventually(lines, "80 lines"):
        number, mark = re.search(r"/own(\d)\.txt HTTP/1.1 (\S+) 200$", line).groups()
        assert mark in ("-", "id" + number), line
        assert line.startswith("%d " % (box.https if int(number) % 2 else box.http)), line


# --- the disk --------------------------------------------------------------------------------------


def every_change_is_seen(box, folder, url):
    """The very next answer after each kind of change; `url` is where `folder` is served."""
    connection = box.connect()

    def get(path):
        return ask(connection, url + path, close=False)

    def put(name, text):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    for i in range(40):  # the same length, within one tick of the file system's clock
        put("page.txt", "text %03d" % i)
        assert get("/page.txt").body == b"text %03d" % i
    for i in range(10):
        put(".htaccess", "Header set X-Turn %d\n" % i)
        assert get("/page.txt").headers["x-turn"] == str(i)
    os.remove(folder / ".htaccess")
    assert "x-turn" not in get("/page.txt").headers
    put(".htaccess", "Nonsense here\n")
    assert get("/page.txt").status == 500
    connection.close()
    connection = box.connect()
    os.remove(folder / ".htaccess")
    os.remove(folder / "page.txt")
    assert get("/page.txt").status == 404

    put("a/b/page.txt", "deep")
    assert get("/a/b/page.txt").body == b"deep"
    for i in range(3):  # another directory in its place
        put("next/b/page.txt", "next %d" % i)
        os.rename(folder / "a", folder / ("old%d" % i))
        os.rename(folder / "next", folder / "a")
        assert get("/a/b/page.txt").body == b"next %d" % i
        put("a/b/page.txt", "upon %d" % i)
        assert get("/a/b/page.txt").body == b"upon %d" % i
        put("a/.htaccess", "Header set X-A %d\n" % i)
        assert get("/a/b/page.txt").headers["x-a"] == str(i)
    hold = os.open(folder / "a/b", os.O_RDONLY)  # its inode lives on
    shutil.rmtree(folder / "a")
    assert get("/a/b/page.txt").status == 404
    put("a/b/page.txt", "made again")
    assert get("/a/b/page.txt").body == b"made again"
    put("a/b/page.txt", "and written")
    assert get("/a/b/page.txt").body == b"and written"
    os.close(hold)

    elsewhere = box.path / ("elsewhere-" + folder.name)
    elsewhere.mkdir()
    (elsewhere / "target.txt").write_text("one 1")
    os.symlink(elsewhere / "target.txt", folder / "link.txt")
    os.link(elsewhere / "target.txt", folder / "hard.txt")
    for text in ("one 1", "two 2", "three"):
        (elsewhere / "target.txt").write_text(text)
        assert get("/link.txt").body == text.encode()
        assert get("/hard.txt").body == text.encode()
    (elsewhere / "other.txt").write_text("other")
    os.remove(folder / "link.txt")
    os.symlink(elsewhere / "other.txt", folder / "link.txt")
    assert get("/link.txt").body == b"other"
    put("closed.txt", "x")
    assert get("/closed.txt").status == 200
    os.chmod(folder / "closed.txt", 0)
    assert get("/closed.txt").status == 403
    connection.close()


OVERRIDES = '<Directory "@BOX@/htdocs">\nAllowOverride All\n</Directory>\nMaxKeepAliveRequests 0\n'


@test
def every_change_on_the_disk_is_in_the_very_next_answer(box):
    (box.htdocs / "watched").mkdir()
    box.config(OVERRIDES + TLS).start()
    every_change_is_seen(box, box.htdocs / "watched", "/watched")


@test
def every_change_is_in_the_next_answer_also_behind_a_symbolic_link(box):
    (box.path / "real").mkdir()
    os.symlink(box.path / "real", box.htdocs / "linked")
    box.config(OVERRIDES + TLS).start()
    every_change_is_seen(box, box.path / "real", "/linked")


@test
def a_change_is_seen_by_a_client_that_connects_while_the_server_is_busy(box):
    box.page("big.bin", os.urandom(1 << 20))
    box.config(TLS).start()
    stop = threading.Event()

    def load():
        with contextlib.suppress(OSError):
            while not stop.is_set():
                with box.connect_plain() as client:
                    for _ in range(5):
                        ask(client, "/big.bin", close=False)

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for i in range(100):
            box.page("page.txt", "text %03d" % i)
            with box.connect_plain() as client:
                assert ask(client, "/page.txt").body == b"text %03d" % i
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@test
def a_flood_of_changes_on_the_disk_stops_nobody(box):
    box.config(TLS).start()
    ask(box.connect(), "/1k.txt")
    stop = threading.Event()

    def churn(number):
        path, other = box.htdocs / ("churn%d" % number), box.htdocs / ("churned%d" % number)
        while not stop.is_set():
            for _ in range(100):
                with open(path, "wb", 0) as file:
                    file.write(b"x")
                os.rename(path, other)

    threads = [threading.Thread(target=churn, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    try:
        slowest = 0
        for i in range(40):
            started = time.monotonic()
            box.page("page.txt", "text %03d" % i)
            assert box.get("/page.txt").body == b"text %03d" % i
            slowest = max(slowest, time.monotonic() - started)
        assert slowest < 3, slowest
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    is_sound(box)


@test
def many_files_cost_no_descriptors_and_a_deleted_one_no_space(box):
    for i in range(60):
        box.page("large%d.bin" % i, "x" * 70000)
    box.page("empty.txt", "")
    box.config("MaxKeepAliveRequests 0\n" + TLS).start()
    with box.connect() as client:
        assert ask(client, "/empty.txt", close=False).body == b""
        for i in range(60):
            assert len(ask(client, "/large%d.bin" % i, close=False).body) == 70000
        for i in range(1200):
            assert ask(client, "/missing/%d/%s" % (i, "x" * 200), close=False).status == 404
    for pid in workers(box):
        held = [os.readlink(f.path) for f in os.scandir("/proc/%d/fd" % pid) if os.path.islink(f.path)]
        assert not [name for name in held if "htdocs" in name], held


# --- restarts --------------------------------------------------------------------------------------


@test
def a_graceful_restart_answers_who_had_connected_but_not_asked_yet(box):
    box.config(TLS).start()
    old = workers(box)
    plain, begun = box.connect_plain(), box.connect_plain()
    begun.sendall(b"GET /1k.txt HTTP/1.1\r\nHost: loc")
    raw = socket.create_connection(("127.0.0.1", box.https), timeout=10)  # no ClientHello yet
    tls, kept = box.connect(), box.connect()
    assert ask(kept, "/1k.txt", close=False).status == 200
    time.sleep(0.2)
    box.signal(signal.SIGUSR1)
    eventually(lambda: set(workers(box)) - set(old), "new workers")
    eventually(lambda: box.said().count("resuming normal operations") >= 2, "the new generation serves")
    time.sleep(0.3)
    begun.sendall(b"alhost\r\n\r\n")
    secure = box.tls_context().wrap_socket(raw, server_hostname="localhost")
    for client in (begun, plain, secure, tls):
        if client is not begun:
            client.sendall(request())
        reader = Reader(client)
        status, head, body = reader.answer()
        assert status == 200 and len(body) == 1024
        if box.is_signet:  # Apache's may get to keep theirs for a while
            assert "Connection: close" in head, head
            assert reader.ended()
        client.close()
    if box.is_signet:
        assert Reader(kept).ended()
    kept.close()
    eventually(lambda: not any(is_alive(pid) for pid in old), "the old workers end", 15)
    is_sound(box)


@test(signet_only=True)
def a_signal_with_a_broken_configuration_logs_why(box):
    box.config(TLS).start()
    box.conf.write_text(box.conf.read_text() + "\nNoSuchDirectiveAtAll on\n")
    box.signal(signal.SIGUSR1)
    log = box.path / "error.log"
    eventually(lambda: "NoSuchDirectiveAtAll" in log.read_text(), "the log names the directive")
    assert "old configuration goes on serving" in log.read_text()
    is_sound(box)
