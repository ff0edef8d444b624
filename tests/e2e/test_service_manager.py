"""systemd without systemd: what the server says to NOTIFY_SOCKET, sockets by LISTEN_FDS, the watchdog."""

import contextlib
import os
import signal
import socket
import subprocess
import time

from lib import TLS, ask, eventually, is_alive, test
from test_upgrade import own_copy, upgraded


class Manager:
    """Listens as systemd does and remembers every message as a dictionary."""

    def __init__(self, box):
        self.path, self.heard = str(box.path / "notify"), []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o777)
        self.socket.setblocking(False)

    def listen(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                lines = self.socket.recv(65536).decode().splitlines()
                self.heard.append(dict(line.split("=", 1) for line in lines if "=" in line))
        return self.heard

    def wait_for(self, **wanted):
        def found():
            return any(
                all(message.get(name) == value for name, value in wanted.items())
                for message in self.listen()
            )

        eventually(found, "%s; heard %s" % (wanted, self.heard))
        return next(m for m in self.heard if all(m.get(n) == v for n, v in wanted.items()))

    def forget(self):
        self.listen()
        self.heard = []


def start(box, manager, *more, port=None, environment=(), **options):
    variables = ("NOTIFY_SOCKET=" + manager.path, *environment)
    return box.start(*more, port=port, before=("env", *variables), **options)


@test(signet_only=True)
def it_tells_readiness_reloads_and_its_end(box):
    manager = Manager(box)
    start(box.config(), manager)
    ready = manager.wait_for(READY="1", MAINPID=str(box.process.pid))
    assert "workers" in ready["STATUS"]
    manager.forget()
    box.signal(signal.SIGUSR1)
    reloading = manager.wait_for(RELOADING="1")
    now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert 0 <= now - int(reloading["MONOTONIC_USEC"]) < 30_000_000
    manager.wait_for(READY="1")
    manager.forget()
    box.config("Frobnicate on\n" + TLS)
    box.signal(signal.SIGUSR1)
    assert "failed" in manager.wait_for(READY="1")["STATUS"], "a failed reload is over, too"
    manager.forget()
    box.signal(signal.SIGTERM)
    manager.wait_for(STOPPING="1")
    assert box.ended() == 0


@test(signet_only=True)
def the_watchdog_is_fed_twice_per_interval(box):
    manager = Manager(box)
    start(box.config(), manager, environment=("WATCHDOG_USEC=1000000",))
    manager.wait_for(READY="1")
    manager.forget()
    time.sleep(3.0)
    fed = sum("WATCHDOG" in message for message in manager.listen())
    assert 4 <= fed <= 8, fed


@test(signet_only=True)
def an_upgrade_names_the_new_main_process_and_the_old_one_ends(box):
    manager = Manager(box)
    own_copy(box)
    start(box.config(), manager, environment=("WATCHDOG_USEC=1000000",))
    manager.wait_for(READY="1")
    manager.forget()
    box.signal(signal.SIGRTMIN)
    new = upgraded(box, box.process.pid)
    manager.wait_for(READY="1", MAINPID=str(new))
    assert box.ended() == 0, "with systemd nobody stays behind"
    manager.forget()
    time.sleep(1.5)
    assert any("WATCHDOG" in message for message in manager.listen()), "the new one feeds the watchdog"
    assert not any("STOPPING" in message for message in manager.heard)
    assert box.get().status == 200
    os.kill(new, signal.SIGTERM)
    manager.wait_for(STOPPING="1")
    eventually(lambda: not is_alive(new), "its end")


@test(signet_only=True)
def sockets_of_the_service_manager_are_used(box):
    """The clients that came before the server was there are served, and two sockets keep their places."""
    box.config()
    sockets = []
    for port in (box.http, box.https):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(64)
        sockets.append(listening)
    early = box.connect_plain()
    early.sendall(b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    script = 'export LISTEN_FDS=2 LISTEN_PID=$$; exec "$@" 3<&%d 4<&%d' % tuple(
        s.fileno() for s in sockets
    )
    with open(box.path / "console.log", "ab") as console:
        # Not Popen's env=: LISTEN_PID is only known in the child. Not dash: its descriptors have one digit.
        box.process = subprocess.Popen(
            ["/bin/bash", "-c", script, "bash", *box.words("-DFOREGROUND")],
            pass_fds=[s.fileno() for s in sockets],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
        )
    for listening in sockets:
        listening.close()
    box.wait_until_up()
    assert early.recv(100).startswith(b"HTTP/1.1 200")
    assert box.get().status == 200
    assert "is not used" not in box.said()
    box.signal(signal.SIGUSR1)
    eventually(lambda: box.said().count("resuming normal operations") >= 2, "a reload")
    with box.connect() as connection:
        assert ask(connection).status == 200
