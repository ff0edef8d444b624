"""The reverse proxy on the whole server: PHP-FPM, big bodies both ways, slow ends, backends that come and go."""

import contextlib
import copy
import glob
import hashlib
import os
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time

from lib import CONFIG, REPOSITORY, Skip, TLS, ask, eventually, test
from ports import free_port

BACKEND = str(REPOSITORY / "tests/conformance/backend.py")


@contextlib.contextmanager
def backend(kind="http", port=None):
    port = port or free_port()
    process = subprocess.Popen([sys.executable, BACKEND, "%s=%d" % (kind, port)], stdin=subprocess.DEVNULL)
    try:
        eventually(lambda: not socket.socket().connect_ex(("127.0.0.1", port)), "the backend listens")
        yield port
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def php(box):
    """PHP-FPM on a Unix socket that the workers' user may write to."""
    programs = sorted(glob.glob("/usr/sbin/php-fpm*"))
    if not programs:
        raise Skip("php-fpm is not installed")
    place = box.path / "php.sock"
    config = box.path / "fpm.conf"
    user = "user = www-data\ngroup = www-data\nlisten.owner = www-data\n" if os.geteuid() == 0 else ""
    config.write_text("[global]\nerror_log = %s/fpm.log\n[www]\n%slisten = %s\npm = static\npm.max_children = 2\n"
                      "catch_workers_output = yes\n" % (box.path, user, place))
    process = subprocess.Popen([programs[-1], "-n", "-F", "-y", str(config)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(place.exists, "php-fpm listens")
        yield place
    finally:
        process.terminate()
        process.wait()


PHP = """<FilesMatch "\\.php$">
SetHandler "proxy:unix:%s|fcgi://localhost"
</FilesMatch>
DirectoryIndex index.php
"""


@test
def php_fpm_runs_a_site(box):
    with php(box) as place:
        box.page("index.php", '<?php header("X-By: php"); echo $_SERVER["REQUEST_URI"], "|", $_GET["a"] ?? "", "|", '
                 '$_SERVER["PATH_INFO"] ?? "", "|", $_SERVER["HTTPS"] ?? "", "|", $_POST["p"] ?? "";')
        box.page("up.php", '<?php echo md5_file("php://input"), " ", $_SERVER["CONTENT_LENGTH"];')
        box.page("go.php", '<?php header("Location: /index.php", true, 303); setcookie("s", "1");')
        box.page("bad.php", '<?php error_log("careful"); http_response_code(404); echo "none";')
        box.page("loop.php", '<?php for ($i = 0; $i < 2000; $i++) echo str_repeat("x", 1000); ')
        box.config(TLS + PHP % place).start()
        assert box.curl(box.url("/?a=1")).stdout == "/?a=1|1||on|"
        assert box.curl(box.url("/index.php/more/info"), "-d", "p=posted").stdout == "/index.php/more/info||/more/info|on|posted"
        data = os.urandom(3_000_000)
        (box.path / "data").write_bytes(data)
        sum_ = hashlib.md5(data).hexdigest()
        for more in ((), ("-H", "Transfer-Encoding: chunked"), ("--http2",)):
            said = box.curl(box.url("/up.php"), "--data-binary", "@%s/data" % box.path,
                            "-H", "Content-Type: application/octet-stream", *more).stdout
            assert said == "%s %d" % (sum_, len(data)), (more, said)
        head = box.curl(box.url("/go.php"), "-i").stdout
        assert " 303" in head.split("\n")[0] and "s=1" in head, head
        assert box.curl(box.url("/bad.php"), "-w", " %{http_code}").stdout == "none 404"
        assert len(box.curl(box.url("/loop.php")).stdout) == 2_000_000
        eventually(lambda: "AH01071" in box.said() and "careful" in box.said(), "PHP's error is logged")


@test
def two_pools_of_php_on_one_name_stay_apart(box):
    with contextlib.ExitStack() as pools:
        places = []
        for name in ("one", "two"):
            other = copy.copy(box)
            other.path = box.path / name
            other.path.mkdir(mode=0o755)
            places.append(pools.enter_context(php(other)))
            box.page(name + ".php", '<?php echo getmypid(), "\\n";')
        box.config(TLS + "".join("""<Proxy "unix:%s|fcgi://localhost/" enablereuse=on>
</Proxy>
<Files "%s.php">
SetHandler "proxy:unix:%s|fcgi://localhost/"
</Files>
""" % (place, place.parent.name, place) for place in places)).start("-X")
        seen = {}
        for _ in range(4):
            for name in ("one", "two"):
                seen.setdefault(name, set()).add(box.curl(box.url("/%s.php" % name)).stdout)
        assert not seen["one"] & seen["two"], seen
        assert len(seen["one"]) == len(seen["two"]) == 1, seen  # the connection is kept, and with it the process


@test
def a_php_fpm_that_is_gone_is_told_with_its_socket(box):
    box.page("index.php", "<?php echo 1;")
    box.config(TLS + PHP % (box.path / "none.sock")).start()
    with box.connect() as client:
        assert ask(client, "/index.php").status == 503
    eventually(lambda: "AH00957" in box.said() and "none.sock" in box.said(), "the log names the socket")


@test
def bodies_of_any_size_go_both_ways(box):
    with backend() as port:
        box.config(TLS + 'ProxyPass "/b/" "http://127.0.0.1:%d/"\n' % port).start()
        (box.path / "data").write_bytes(os.urandom(8_000_000))
        for more in ((), ("-H", "Transfer-Encoding: chunked"), ("--http2",), ("-H", "Expect: 100-continue")):
            said = box.curl(box.url("/b/size"), "--data-binary", "@%s/data" % box.path, *more).stdout
            assert said == "8000000 bytes\n", (more, said)
            count = box.curl(box.url("/b/big/16000000"), "-o", "/dev/null", "-w", "%{size_download}").stdout
            assert count == "16000000", (more, count)


class Chatty(socketserver.StreamRequestHandler):
    """Answers everything before it reads the body."""

    def handle(self):
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 600000\r\n\r\n" + b"y" * 600000)
        read = 0
        while read < 4_000_000:
            piece = self.connection.recv(65536)
            if not piece:
                break
            read += len(piece)


@test
def a_backend_may_answer_before_it_has_read_the_body(box):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Chatty)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        box.config(TLS + 'ProxyPass "/b/" "http://127.0.0.1:%d/"\nTimeout 8\n' % server.server_address[1]).start()
        (box.path / "data").write_bytes(b"x" * 4_000_000)
        said = box.curl(box.url("/b/x"), "--data-binary", "@%s/data" % box.path, "-o", "/dev/null", "-w", "%{http_code} %{size_download}")
        assert said.stdout == "200 600000", said
    finally:
        server.shutdown()
        server.server_close()


@test
def a_slow_client_holds_up_the_backend_and_takes_no_memory(box):
    with backend() as port:
        box.config(TLS + 'ProxyPass "/b/" "http://127.0.0.1:%d/"\n' % port).start()
        with box.connect_plain() as client:
            assert ask(client, "/b/big/16000000").status == 200
        before = memory(box)
        with box.connect_plain() as client:
            client.sendall(b"GET /b/big/160000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(1)
            assert memory(box) - before < 8_000, memory(box) - before  # KiB
            left = 0
            while left < 3_000_000:
                left += len(client.recv(65536))


def memory(box):
    """Resident KiB of the server's processes."""
    from lib import children
    total = 0
    for pid in (box.pid(), *children(box.pid())):
        with open("/proc/%d/status" % pid, encoding="ascii") as text:
            total += sum(int(line.split()[1]) for line in text if line.startswith("VmRSS"))
    return total


@test
def connections_to_a_backend_are_kept_and_one_that_ended_is_made_anew(box):
    port = free_port()
    count = {"connections": 0}

    class Counting(socketserver.StreamRequestHandler):
        def handle(self):
            count["connections"] += 1
            for _ in range(3):  # then it closes without a word
                if not self.rfile.readline():
                    return
                while self.rfile.readline() not in (b"\r\n", b""):
                    pass
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", port), Counting)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        box.config(TLS + 'ProxyPass "/b/" "http://127.0.0.1:%d/"\n' % port).start("-X")
        with box.connect_plain() as client:
            for _ in range(9):
                answer = ask(client, "/b/x", close=False)
                assert (answer.status, answer.body) == (200, b"ok"), answer.status
        assert count["connections"] == 3, count
    finally:
        server.shutdown()
        server.server_close()


@test
def a_balancer_goes_on_without_a_dead_member_and_takes_it_back(box):
    with backend() as alive, contextlib.ExitStack() as later:
        dead = free_port()
        box.config(TLS + """<Proxy "balancer://farm">
BalancerMember "http://127.0.0.1:%d/status/201" retry=1
BalancerMember "http://127.0.0.1:%d/status/202" retry=1
</Proxy>
ProxyPass "/f/" "balancer://farm/"
""" % (dead, alive)).start("-X")

        def statuses():
            found = set()
            for _ in range(6):
                with box.connect_plain() as client:
                    found.add(ask(client, "/f/").status)
            return found

        assert statuses() == {202}
        assert box.said().count("AH00957") == 1, "it is left alone for a while"
        later.enter_context(backend(port=dead))
        eventually(lambda: statuses() == {201, 202}, "the dead one is asked again")


@test
def a_client_that_leaves_ends_the_request_to_the_backend(box):
    left = threading.Event()

    class Waiting(socketserver.StreamRequestHandler):
        def handle(self):
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            self.connection.settimeout(5)
            with contextlib.suppress(OSError):
                if self.connection.recv(1) == b"":
                    left.set()

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Waiting)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        box.config(TLS + 'ProxyPass "/b/" "http://127.0.0.1:%d/"\n' % server.server_address[1]).start()
        client = box.connect_plain()
        client.sendall(b"GET /b/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.3)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
        client.close()
        assert left.wait(5), "the backend's connection is closed"
    finally:
        server.shutdown()
        server.server_close()


class Hostile(socketserver.StreamRequestHandler):
    """Says what the path wants of a backend that means harm, or is broken."""

    def handle(self):
        with contextlib.suppress(OSError):
            path = self.rfile.readline().split()[1].decode()
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            say = self.wfile.write
            if path == "/interim":
                for _ in range(100000):
                    say(b"HTTP/1.1 102 Processing\r\n\r\n")
            elif path == "/head":
                say(b"HTTP/1.1 200 OK\r\n")
                for _ in range(100000):
                    say(b"X-A: " + b"b" * 1000 + b"\r\n")
            elif path == "/bytes":
                for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40 + b"Content-Length: 2\r\n\r\nok":
                    say(bytes([byte]))
            elif path == "/lengths":
                say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok\n")
            elif path == "/negative":
                say(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok\n")
            elif path == "/chunk":
                say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n")
            elif path == "/status":
                say(b"HTTP/1.1 20x OK\r\n\r\n")
            elif path == "/nul":
                say(b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\nok")
            elif path == "/endless":
                say(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + b"z" * 100000)


@test
def hostile_backends_get_what_they_deserve(box):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Hostile)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        box.config(TLS + 'ProxyPass "/b/" "http://127.0.0.1:%d/"\n' % server.server_address[1]).start("-X")
        for path, status in (("interim", 502), ("head", 502), ("bytes", 200), ("lengths", 502), ("negative", 502),
                             ("status", 502), ("endless", 200)):
            said = box.curl(box.url("/b/" + path), "-o", "/dev/null", "-w", "%{http_code}", "--http1.1").stdout
            assert said == str(status), (path, said)
        for path in ("chunk", "nul"):
            box.curl(box.url("/b/" + path), "-o", "/dev/null")
        assert box.curl(box.url("/b/bytes")).stdout == "ok"
    finally:
        server.shutdown()
        server.server_close()


@test
def a_backend_that_never_says_continue_gets_the_body(box):
    class Silent(socketserver.StreamRequestHandler):
        def handle(self):
            length = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            body = self.rfile.read(length)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        box.config(TLS + 'ProxyPass "/b/" "http://127.0.0.1:%d/"\n' % server.server_address[1]).start()
        assert box.curl(box.url("/b/x"), "-d", "body", "-H", "Expect: 100-continue").stdout == "body"
    finally:
        server.shutdown()
        server.server_close()
