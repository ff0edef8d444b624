#!/usr/bin/env python3
"""Mixed load for minutes while the server is reloaded every few seconds and its workers are killed: every
answer is complete but for those of a killed worker, and memory and descriptors end where they began. Prints a
table and a verdict."""

import argparse
import collections
import contextlib
import os
import pathlib
import random
import re
import signal
import socket
import ssl
import statistics
import struct
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import h2frames  # noqa: E402
import lib  # noqa: E402

GROWTH = 1.15  # allowed between the medians of the first and the last minute
SAMPLE_EVERY = 5.0  # seconds
WARM_UP = 15.0  # seconds that belong to neither
PAGE = b"".join(b"line %06d of a page that is longer than a record\n" % n for n in range(400))
LARGE = os.urandom(1 << 16) * 48  # 3 MiB


class Cut(Exception):
    """An answer that is not what it should be."""


# --- clients ------------------------------------------------------------------------------------------


class Reader:
    """Answers of one connection, one after the other."""

    def __init__(self, connection):
        self.connection, self.rest = connection, b""

    def more(self, doing):
        piece = self.connection.recv(1 << 16)
        if not piece:
            raise Cut("the connection ended " + doing)
        self.rest += piece

    def answer(self, slowly=0.0):
        """(status, closes, body); raises EOFError when the connection ends before its first byte."""
        while b"\r\n\r\n" not in self.rest:
            if not self.rest:
                piece = self.connection.recv(1 << 16)
                if not piece:
                    raise EOFError
                self.rest = piece
            else:
                self.more("within the head")
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        status = int(head.split(b" ", 2)[1])
        length = re.search(rb"(?im)^content-length: *(\d+)", head)
        if not length:
            raise Cut("no length in %r" % head[:200])
        while len(self.rest) < int(length.group(1)):
            if slowly:
                time.sleep(slowly)
            self.more("within the body")
        body, self.rest = self.rest[: int(length.group(1))], self.rest[int(length.group(1)) :]
        return status, b"connection: close" in head.lower(), body


def request(path, *headers, method="GET"):
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: localhost", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def check(answer, status, body=None):
    if answer[0] != status or (body is not None and answer[2] != body):
        raise Cut("status %d, %d bytes, wanted %d" % (answer[0], len(answer[2]), status))
    return answer


class Client:
    """A kind of client: `converse` has one connection and yields once per complete answer."""

    encrypted = False

    def __init__(self, soak):
        self.soak = soak

    def connect(self):
        return self.soak.connect(self.encrypted)


class KeepAlive(Client):
    encrypted = True

    def converse(self, connection):
        reader = Reader(connection)
        for number in range(random.randint(1, 60)):
            connection.sendall(request("/page.txt"))
            try:
                answer = check(reader.answer(), 200, PAGE)
            except (EOFError, OSError):
                if number == 0:
                    raise  # a kept connection may end between two answers, a new one not
                return
            yield
            if answer[1]:
                return
            time.sleep(random.random() * 0.02)


class Pipelining(Client):
    def converse(self, connection):
        reader = Reader(connection)
        for number in range(10):
            try:
                connection.sendall(request("/page.txt") + request("/1k.txt") * 6 + request("/page.txt"))
                for place, body in enumerate([PAGE, *[b"x" * 1024] * 6, PAGE]):
                    answer = check(reader.answer(), 200, body)
                    yield
                    if answer[1]:
                        return  # what was sent after it has no answer
            except (EOFError, OSError):
                if number == 0 or place > 0:
                    raise
                return


class Download(Client):
    encrypted = True

    def converse(self, connection):
        connection.sendall(request("/large.bin", "Connection: close"))
        check(Reader(connection).answer(), 200, LARGE)
        yield


class Upload(Client):
    """A file is sent in answer to a POST, too; its body is read to the end and thrown away."""

    encrypted = True

    def converse(self, connection):
        size = random.randrange(1, 2 << 20)
        connection.sendall(request("/page.txt", "Content-Length: %d" % size, method="POST"))
        connection.sendall(LARGE[:size])
        check(Reader(connection).answer(), 200, PAGE)
        yield


class SlowReader(Client):
    def converse(self, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 15)
        connection.sendall(request("/large.bin", "Connection: close"))
        check(Reader(connection).answer(slowly=0.02), 200, LARGE)
        yield


class SlowWriter(Client):
    def converse(self, connection):
        for byte in request("/1k.txt", "Connection: close"):
            connection.sendall(bytes([byte]))
            time.sleep(0.03)
        check(Reader(connection).answer(), 200)
        yield


class Aborting(Client):
    """Goes away in the middle; what is tested is everybody else."""

    def __init__(self, soak):
        super().__init__(soak)
        self.encrypted = random.random() < 0.5

    def converse(self, connection):
        whole = request("/large.bin")
        connection.sendall(whole[: random.randint(1, len(whole))])
        if random.random() < 0.5:
            connection.sendall(whole)
            with contextlib.suppress(OSError):
                connection.settimeout(0.2)
                connection.recv(random.randint(1, 100000))
        if random.random() < 0.5:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.01)
        yield


class Resuming(Client):
    """TLS 1.2 with tickets; the keys outlive every reload."""

    session = None

    def connect(self):
        context = self.soak.old_context
        plain = self.soak.dial(self.soak.box.https)
        wrapped = self.soak.wrap(context, plain, self.session)
        self.soak.resumed[bool(wrapped.session_reused)] += self.session is not None
        return wrapped

    def converse(self, connection):
        connection.sendall(request("/1k.txt", "Connection: close"))
        check(Reader(connection).answer(), 200)
        self.session = connection.session
        yield
        time.sleep(0.02)


class Http2(Client):
    """Rounds of streams. One that GOAWAY leaves out has no answer; every other one has a whole one."""

    def connect(self):
        return self.soak.wrap(self.soak.http2_context, self.soak.dial(self.soak.box.https))

    def converse(self, connection):
        wanted = [("/1k.txt", b"x" * 1024)] * 12 + [("/page.txt", PAGE)] * 3 + [("/large.bin", LARGE)]
        client = h2frames.Frames(connection)
        for number in range(random.randint(1, 6)):
            first = 1 + 2 * len(wanted) * number
            streams = [(first + 2 * place, *one) for place, one in enumerate(random.sample(wanted, len(wanted)))]
            for stream, path, _ in streams:
                fields = [(n, "https" if n == ":scheme" else v) for n, v in client.get(path)]
                client.headers(stream, fields)
                client.streams[stream] = h2frames.Response()
            client.until(lambda: all(self.is_settled(client, stream) for stream, _, _ in streams), 30)
            for stream, path, body in streams:
                answer = client.streams[stream]
                if not answer.ended and stream > self.last_taken(client):
                    continue
                if not answer.ended or answer.status != 200 or answer.body != body:
                    raise Cut("%s: status %d, %d bytes, reset %s, GOAWAY %s" % (
                        path, answer.status, len(answer.body), answer.reset, client.goaway))
                yield
            if client.goaway is not None:
                return

    @staticmethod
    def last_taken(client):
        return min((int.from_bytes(f.payload[:4], "big") for f in client.frames if f.kind == h2frames.GOAWAY),
                   default=1 << 31)

    def is_settled(self, client, stream):
        answer = client.streams[stream]
        return answer.ended or answer.reset is not None or stream > self.last_taken(client)


KINDS = {
    "keep-alive": (KeepAlive, 4),
    "pipelining": (Pipelining, 2),
    "downloads": (Download, 2),
    "uploads": (Upload, 1),
    "slow readers": (SlowReader, 2),
    "slow writers": (SlowWriter, 2),
    "aborting": (Aborting, 2),
    "resuming": (Resuming, 1),
    "HTTP/2": (Http2, 2),
}


# --- the server, seen from outside ---------------------------------------------------------------------


def family(pid):
    return [pid] + [later for child in lib.children(pid) for later in family(child)]


def memory_kib(pid):
    """Its share of what is in memory; /proc/PID/smaps_rollup."""
    text = pathlib.Path("/proc/%d/smaps_rollup" % pid).read_text()
    return int(re.search(r"(?m)^Pss: *(\d+)", text).group(1))


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def is_keeper(pid):
    return pathlib.Path("/proc/%d/comm" % pid).read_text().strip() == "signet-keeper"


def peers_of(pid, ports):
    """The clients' ports of the connections that a process holds."""
    inodes = set()
    for descriptor in os.listdir("/proc/%d/fd" % pid):
        with contextlib.suppress(OSError):
            inodes.add(os.readlink("/proc/%d/fd/%s" % (pid, descriptor)))
    found = set()
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in list(table)[1:]:
            fields = line.split()
            if int(fields[1].split(":")[1], 16) in ports and "socket:[%s]" % fields[9] in inodes:
                found.add(int(fields[2].split(":")[1], 16))
    return found


class Sample:
    def __init__(self, master):
        self.time = time.monotonic()
        self.master_memory, self.master_descriptors = memory_kib(master), descriptors(master)
        others = family(master)[1:]
        self.processes = len(others) + 1
        # Per process: while one generation ends and the next begins there are more of them.
        self.memory = statistics.mean(memory_kib(pid) for pid in others)
        self.descriptors = statistics.mean(descriptors(pid) for pid in others)


# --- the soak -------------------------------------------------------------------------------------------


class Soak:
    def __init__(self, box, options):
        self.box, self.options = box, options
        self.context = box.tls_context()
        self.http2_context = box.tls_context()
        self.http2_context.set_alpn_protocols(["h2"])
        self.old_context = box.tls_context(maximum_version=ssl.TLSVersion.TLSv1_2)
        self.stopping, self.lock = threading.Event(), threading.Lock()
        self.connections, self.answers = collections.Counter(), collections.Counter()
        self.cut, self.excused = collections.Counter(), collections.Counter()
        self.resumed = collections.Counter()
        self.faults, self.killed, self.samples = [], {}, []
        self.restarts = self.kills = 0

    # Connections. A port is noted before anything can go wrong with it.

    def dial(self, port):
        plain = socket.create_connection(("127.0.0.1", port), timeout=30)
        threading.current_thread().port = plain.getsockname()[1]
        return plain

    @staticmethod
    def wrap(context, plain, session=None):
        try:
            return context.wrap_socket(plain, server_hostname="localhost", session=session)
        except BaseException:
            plain.close()
            raise

    def connect(self, encrypted):
        if not encrypted:
            return self.dial(self.box.http)
        return self.wrap(self.context, self.dial(self.box.https))

    def run_client(self, kind):
        client = KINDS[kind][0](self)
        me = threading.current_thread()
        while not self.stopping.is_set():
            me.port = None
            try:
                with client.connect() as connection:
                    self.connections[kind] += 1
                    for _ in client.converse(connection):
                        with self.lock:
                            self.answers[kind] += 1
            except (OSError, EOFError, Cut, ssl.SSLError) as fault:
                if kind != "aborting":
                    self.note(kind, me.port, fault)

    def note(self, kind, port, fault):
        # A worker is killed after its ports were noted: whoever fails for that finds his here.
        with self.lock:
            if time.monotonic() - self.killed.get(port, -1e9) < 60:
                self.excused[kind] += 1
                return
            self.cut[kind] += 1
            self.faults.append("%s, port %s: %r" % (kind, port, fault))

    # What happens to the server.

    def kill_a_worker(self):
        workers = [pid for pid in lib.children(self.box.process.pid) if not is_keeper(pid)]
        victim = random.choice(workers)
        os.kill(victim, signal.SIGSTOP)  # it accepts nobody between the look and the end
        time.sleep(0.05)
        ports = peers_of(victim, {self.box.http, self.box.https})
        with self.lock:
            self.killed.update((port, time.monotonic()) for port in ports)
        os.kill(victim, signal.SIGKILL)

    def sample(self):
        with contextlib.suppress(OSError):  # a process that has just ended
            self.samples.append(Sample(self.box.process.pid))

    def drive(self):
        begun = time.monotonic()
        end = begun + self.options.minutes * 60
        next_restart = begun + self.options.restart_every
        next_kill = begun + self.options.kill_every
        next_sample = begun + SAMPLE_EVERY
        while time.monotonic() < end:
            time.sleep(0.5)
            now = time.monotonic()
            if now >= next_kill:
                next_kill += self.options.kill_every
                with contextlib.suppress(OSError, IndexError):
                    self.kill_a_worker()
                    self.kills += 1
            if now >= next_sample:  # before the restart of the same moment
                next_sample += SAMPLE_EVERY
                self.sample()
                if len(self.samples) % 12 == 0:
                    self.report(now - begun)
            if now >= next_restart:
                next_restart += self.options.restart_every
                os.kill(self.box.process.pid, signal.SIGUSR1)
                self.restarts += 1

    def report(self, seconds):
        answers, cut = sum(self.answers.values()), sum(self.cut.values())
        print("%4d s: %d answers, %d cut" % (seconds, answers, cut), flush=True)

    def run(self):
        threads = [
            threading.Thread(target=self.run_client, args=(kind,), daemon=True)
            for kind, (_, count) in KINDS.items()
            for _ in range(count)
        ]
        for thread in threads:
            thread.start()
        try:
            self.drive()
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join(60)

    # The verdict.

    def growth(self, name):
        """Medians of the first and of the last minute."""
        first = self.samples[0].time + WARM_UP
        last = self.samples[-1].time - 60
        early = [getattr(s, name) for s in self.samples if first <= s.time < first + 60]
        late = [getattr(s, name) for s in self.samples if s.time >= last]
        return statistics.median(early), statistics.median(late)

    def judge(self):
        good = True

        def line(name, text, fine):
            nonlocal good
            good = good and fine
            print("%-28s %-52s %s" % (name, text, "ok" if fine else "FAILED"))

        for kind in KINDS:
            counts = self.connections[kind], self.answers[kind], self.cut[kind]
            text = "%7d connections %8d answers %4d cut" % counts
            line(kind, text, self.cut[kind] == 0 and self.answers[kind] > 0)
        excused, tries = sum(self.excused.values()), sum(self.resumed.values())
        line("cut by a killed worker", "%d of %d connections" % (excused, len(self.killed)), True)
        resumed = self.resumed[True]
        line("TLS sessions resumed", "%d of %d" % (resumed, tries), resumed > 0.95 * tries)
        for name, label, unit in (
            ("master_memory", "memory of the master", "KiB"),
            ("memory", "memory per worker", "KiB"),
            ("master_descriptors", "descriptors of the master", ""),
            ("descriptors", "descriptors per worker", ""),
        ):
            early, late = self.growth(name)
            slack = 2 if "descriptors" in name else 0  # a handful of connections more or less
            text = "%.1f, last minute %.1f %s (x%.2f)" % (early, late, unit, late / early)
            line(label, text, late <= early * GROWTH + slack)
        said = self.box.said()
        reports = len(re.findall("signet: signal ", said))
        line("crashes", "%d, beside %d workers killed" % (reports, self.kills), reports == 0)
        failed = len(re.findall("SG051[0-6]|SG0521|SG0524", said))
        wanted = self.options.minutes * 60 > self.options.restart_every
        fine = failed == 0 and (self.restarts > 0) == wanted
        line("graceful restarts", "%d, %d failed" % (self.restarts, failed), fine)
        left = len(lib.children(self.box.process.pid))
        line("processes at the end", "%d below the master" % left, left <= 2 * (os.cpu_count() or 1) + 1)
        for fault in self.faults[:10]:
            print("    " + fault)
        return good


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--server", default=str(lib.REPOSITORY / "build/release/signet"))
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--restart-every", type=float, default=5.0, help="seconds")
    options.add_argument("--kill-every", type=float, default=20.0, help="seconds")
    chosen = options.parse_args()
    if chosen.minutes < 2.5:
        sys.exit("soak: a first and a last minute need 2.5 minutes")
    folder = tempfile.mkdtemp(prefix="signet-soak-")
    os.chmod(folder, 0o755)
    lib.make_certificates(folder + "/certs")
    box = lib.Box(chosen.server, folder + "/certs")
    box.page("page.txt", PAGE)
    box.page("large.bin", LARGE)
    try:
        box.config("MaxKeepAliveRequests 0\n" + lib.TLS).start()
        soak = Soak(box, chosen)
        soak.run()
        good = soak.judge()
    finally:
        box.close()
    print("soak: passed" if good else "soak: FAILED")
    return not good


if __name__ == "__main__":
    sys.exit(main())
