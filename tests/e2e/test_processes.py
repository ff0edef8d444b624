"""The command line, signals, restarts, and what a death costs."""

import contextlib
import os
import re
import signal
import socket
import threading
import time

from lib import (
    TLS,
    ask,
    children,
    command,
    connections_owner,
    eventually,
    is_alive,
    read_answer,
    test,
    user_of,
)

MEGABYTE = 1 << 20


@test
def without_k_it_goes_to_the_background_writes_its_pid_and_exits_0(box):
    box.config()
    assert box.run().returncode == 0
    pid = eventually(box.pid, "a pid file")
    assert eventually(lambda: box.get().status == 200, "an answer") and is_alive(pid)
    assert box.run("-k", "stop").returncode == 0
    eventually(lambda: not is_alive(pid), "the server has ended")
    assert not (box.path / "httpd.pid").exists()


@test
def k_start_twice_says_that_it_is_running(box):
    box.config()
    assert box.run("-k", "start").returncode == 0
    pid = eventually(box.pid, "a pid file")
    again = box.run("-k", "start")
    assert again.returncode == 0 and re.search(
        r"httpd \(pid %d\) already running" % pid, again.stdout + again.stderr
    ), again
    box.run("-k", "stop")
    eventually(lambda: not is_alive(pid), "the server has ended")


@test
def k_stop_of_nothing_says_so(box):
    box.config()
    done = box.run("-k", "stop")
    assert "httpd (no pid file) not running" in done.stdout + done.stderr, done


@test
def a_second_server_on_the_same_port_does_not_start(box):
    box.config().start()
    second = box.path / "second.conf"
    second.write_text(box.conf.read_text().replace("httpd.pid", "second.pid"))
    done = command(box.program, "-d", box.path, "-f", second, "-DFOREGROUND", timeout=30)
    assert done.returncode == 1 and "could not bind to address" in done.stderr + box.said(), done
    assert box.get().status == 200


@test
def exit_codes_are_apaches(box):
    box.config()
    assert box.run("-t").returncode == 0
    assert "Syntax OK" in box.run("-t").stderr
    assert box.run("-k", "frobnicate").returncode == 1
    assert box.run("-Z").returncode == 1
    box.config("Frobnicate on\n")
    assert box.run("-t").returncode == 1
    assert box.run("-DFOREGROUND").returncode == 1
    assert command(box.program, "-t", "-f", "/no/such/file").returncode == 1


@test
def the_flags_that_only_tell_something_do(box):
    box.config()
    assert re.search(r"^Server version: \S+/\d", box.run("-v").stdout)
    assert re.search(r"OpenSSL|Server built", box.run("-V").stdout)
    assert "core.c" in box.run("-l").stdout
    assert "<Directory" in box.run("-L").stdout
    assert "ssl_module" in box.run("-M").stdout
    listing = box.run("-S").stdout
    assert "VirtualHost configuration:" in listing and str(box.https) in listing
    assert box.run("-h").returncode in (0, 1)


@test
def d_defines_and_c_lines_reach_the_configuration(box):
    box.config(TLS + "<IfDefine SPECIAL>\nHeader set X-Special yes\n</IfDefine>\n")
    box.start("-DSPECIAL", "-c", "Header set X-Later yes", "-C", "Define EARLY")
    answer = box.get()
    assert answer.headers["x-special"] == "yes" and answer.headers["x-later"] == "yes"


@test
def x_is_one_process_in_the_foreground(box):
    box.config().start("-X")
    assert box.get().status == 200
    assert children(box.process.pid) == []
    box.signal(signal.SIGTERM)
    box.ended()


@test
def ctrl_c_and_sigterm_end_it_and_remove_the_pid_file(box):
    for number in (signal.SIGINT, signal.SIGTERM):
        box.config().start()
        workers = children(box.process.pid)
        box.signal(number)
        assert box.ended() in (0, -number)
        assert not (box.path / "httpd.pid").exists()
        eventually(lambda: not any(is_alive(w) for w in workers), "the workers have ended")


@test
def workers_run_as_the_user_of_the_configuration(box):
    if os.geteuid() != 0:
        return
    box.config().start()
    workers = eventually(lambda: children(box.process.pid), "workers")
    assert user_of(box.process.pid) == 0
    eventually(
        lambda: any(user_of(w) not in (0, None) for w in workers), "a worker that is not root"
    )
    secret = box.page("secret.txt", "for root only")
    secret.chmod(0o600)
    assert box.get("/secret.txt").status == 403


@test
def a_stale_pid_file_does_not_prevent_a_start(box):
    box.config()
    (box.path / "httpd.pid").write_text("999999\n")
    box.start()
    eventually(lambda: box.pid() == box.process.pid, "the pid file names the new server")


# --- restarts ---------------------------------------------------------------------------------------


class Load:
    """Clients that fetch over new and kept connections all the time; an incomplete answer is a fault."""

    def __init__(self, box, clients=4):
        self.box, self.faults, self.answers, self.stopping = box, [], 0, threading.Event()
        self.threads = [threading.Thread(target=self.client) for _ in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *failure):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)

    def client(self):
        context = self.box.tls_context()
        while not self.stopping.is_set():
            try:
                connection = self.box.connect(context=context)
            except OSError as error:
                self.faults.append("connect: %r" % error)
                continue
            with connection:
                self.converse(connection)

    def converse(self, connection):
        """Up to 20 requests. Only a connection that ends before its first answer, or within one, is a fault:
        a server may close an idle connection at any time."""
        for number in range(20):
            try:
                answer = ask(connection, "/page.txt", close=False)
            except (OSError, AssertionError) as error:
                started = "within the head: b'H" in str(error) or "cut short" in str(error)
                if number == 0 or started:
                    self.faults.append("answer %d: %r" % (number, error))
                return
            if answer.status != 200 or len(answer.body) != 20000:
                self.faults.append("answer %d: %s" % (number, answer.line))
            self.answers += 1
            if answer.headers.get("connection") == "close":
                return


@test(alone=True)
def a_graceful_restart_under_load_breaks_no_answer(box):
    box.page("page.txt", "y" * 20000)
    box.config("MaxKeepAliveRequests 0\n" + TLS).start()
    with Load(box) as load:
        for turn in range(4):
            time.sleep(0.7)
            os.kill(box.process.pid, signal.SIGUSR1)
        time.sleep(1.0)
    assert load.answers > 100 and not load.faults, (load.answers, load.faults[:5])


@test
def a_download_survives_a_graceful_restart(box):
    box.page("big.bin", os.urandom(MEGABYTE) * 24)
    box.config().start()
    with box.connect() as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        first = connection.recv(1000)
        assert box.run("-k", "graceful").returncode == 0
        time.sleep(1.0)
        assert box.get().status == 200
        size = len(first)
        while piece := connection.recv(1 << 18):
            size += len(piece)
        assert size > 24 * MEGABYTE


@test
def a_restart_takes_the_new_configuration(box):
    for how in ("graceful", "restart"):
        box.config(TLS + "Header set X-Generation one\n")
        if box.process is None:
            box.start()
        else:
            assert box.run("-k", "graceful").returncode == 0
        eventually(
            lambda: box.get().headers.get("x-generation") == "one", "the first configuration"
        )
        box.config(TLS + "Header set X-Generation two\n")
        assert box.run("-k", how).returncode == 0
        eventually(
            lambda: box.get().headers.get("x-generation") == "two", "the second after -k " + how
        )


@test
def a_new_certificate_is_served_after_a_graceful_restart(box):
    box.config().start()
    box.config(TLS.replace("ecdsa", "rsa"))
    assert box.run("-k", "graceful").returncode == 0
    eventually(lambda: "Peer signature type: RSA" in box.s_client(), "the new certificate")


@test
def k_graceful_refuses_a_broken_configuration(box):
    box.config().start()
    box.config("Frobnicate on\n" + TLS)
    done = box.run("-k", "graceful")
    assert (
        done.returncode == 1 and "Invalid command 'Frobnicate'" in done.stdout + done.stderr
    ), done
    assert box.get().status == 200


@test(signet_only=True)
def a_signal_with_a_broken_configuration_leaves_the_old_one_serving(box):
    for number in (signal.SIGUSR1, signal.SIGHUP):
        box.config()
        if box.process is None:
            box.start()
        for broken in ("Frobnicate on\n" + TLS, TLS.replace("ecdsa.key", "b.key")):
            box.config(broken)
            reasons = re.compile("Frobnicate|do not match")
            before = len(reasons.findall(box.said()))
            box.signal(number)
            eventually(lambda: len(reasons.findall(box.said())) > before, "the log says why")
            assert box.get().status == 200
    box.config(TLS + "Header set X-Mended yes\n")
    box.signal(signal.SIGUSR1)
    eventually(
        lambda: box.get().headers.get("x-mended") == "yes", "a mended configuration is taken again"
    )


@test
def graceful_stop_finishes_what_is_in_flight(box):
    box.page("big.bin", os.urandom(MEGABYTE) * 24)
    box.config().start()
    with box.connect() as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        size = len(connection.recv(1000))
        assert box.run("-k", "graceful-stop").returncode == 0
        time.sleep(0.5)
        while piece := connection.recv(1 << 18):
            size += len(piece)
        assert size > 24 * MEGABYTE
    assert box.ended() in (0, -signal.SIGWINCH)
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", box.https), timeout=1).close()
        raise AssertionError("it still accepts connections")


@test
def logs_can_be_moved_away_and_reopened(box):
    box.config().start()
    box.get("/1k.txt")
    log, old = box.path / "access.log", box.path / "access.log.1"
    eventually(lambda: "/1k.txt" in log.read_text(), "the first line")
    log.rename(old)
    box.run("-k", "graceful")
    eventually(log.exists, "a new log")
    # Until the new workers serve, the old ones answer and write to the old log.
    eventually(
        lambda: box.get("/index.html") and "/index.html" in log.read_text(),
        "the second line in the new log",
    )
    assert "/1k.txt" in old.read_text()


# --- deaths -----------------------------------------------------------------------------------------


@test
def a_killed_worker_is_replaced_and_only_its_connections_are_lost(box):
    box.config("KeepAliveTimeout 60\n" + TLS).start()
    workers = eventually(
        lambda: len(children(box.process.pid)) >= 2 and children(box.process.pid), "workers"
    )
    kept = [box.connect() for _ in range(12)]
    for connection in kept:
        ask(connection, close=False)
    victims = [w for w in workers if connections_owner([w], box.https)]
    assert victims, "a worker with connections"
    os.kill(victims[0], signal.SIGKILL)
    eventually(
        lambda: not is_alive(victims[0]) and len(children(box.process.pid)) == len(workers),
        "a new worker",
    )
    assert all(box.get().status == 200 for _ in range(8))
    lost = 0
    for connection in kept:
        try:
            ask(connection, close=False)
        except (OSError, AssertionError):
            lost += 1
        connection.close()
    if len(victims) > 1:
        assert lost < len(kept), "every connection was lost"


@test
def the_master_survives_every_worker_dying_again_and_again(box):
    box.config().start()
    # A sanitizer would report the crash that is made here on purpose.
    crash = signal.SIGKILL if os.environ.get("SIGNET_SANITIZED") else signal.SIGSEGV
    assert box.get().status == 200
    for _ in range(3):
        for worker in children(box.process.pid):
            with contextlib.suppress(OSError):
                os.kill(worker, crash)
        eventually(lambda: box.get().status == 200, "it answers again", 20)
    assert box.process.poll() is None


@test
def closing_clients_in_the_middle_of_answers_does_no_harm(box):
    box.page("big.bin", b"z" * 4 * MEGABYTE)
    box.config().start()
    for _ in range(30):
        connection = box.connect()
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.recv(100)
        connection.close()
    assert box.get().status == 200
    with box.connect() as connection:
        ask(connection, close=False)
        assert read_answer_after_reset(box).status == 200


def read_answer_after_reset(box):
    """A connection that ends with RST (SO_LINGER 0) while the server is writing, then one that works."""
    connection = box.connect_plain()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
    connection.recv(10)
    connection.close()
    with box.connect_plain() as again:
        again.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return read_answer(again)
