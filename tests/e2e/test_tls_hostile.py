"""TLS clients that lie, stall, flood and leave: each meets a limit, and nobody else notices."""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import socket
import ssl
import struct
import subprocess
import time

from hello import answer, client_hello, extension, record, records
from lib import TLS, Skip, ask, children, command, eventually, need, test
from sealed import ALERT, DATA, HANDSHAKE, Sealed

INFO = "LogLevel warn ssl:info reqtimeout:info\n"
FAULT = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|exit signal|uncaught|impossible")


def log_of(box):
    return (box.path / "error.log").read_text(errors="replace")


def sound(box, before):
    """It answers, no worker was lost, no socket was kept."""
    assert box.get("/1k.txt").status == 200
    assert not FAULT.search(box.said()), box.said()[-3000:]
    # Right after the start not all workers are there yet.
    assert set(before) <= set(children(box.process.pid)), "a worker died"


def open_sockets(box):
    count = 0
    for pid in children(box.process.pid):
        for descriptor in os.listdir("/proc/%d/fd" % pid):
            with contextlib.suppress(OSError):
                count += os.readlink("/proc/%d/fd/%s" % (pid, descriptor)).startswith("socket:")
    return count


def cpu(pids):
    total = 0
    for pid in pids:
        fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


@test(signet_only=True)
def no_first_bytes_crash_hang_or_leak(box):
    box.config(INFO + "Timeout 2\n" + TLS).start()
    before = children(box.process.pid)
    box.get()
    sockets = open_sockets(box)
    hello = client_hello()
    whole = records(hello)
    cases = {
        "an empty record": record(b"") + whole,
        "a hundred empty records": record(b"") * 100,
        "data before the handshake": record(b"hello", 23),
        "an alert before the handshake": record(b"\2\x28", 21),
        "a record of a wrong version": record(hello, version=0x0200),
        "a record of a future version": record(hello, version=0x0399),
        "a record longer than allowed": struct.pack(">BHH", 22, 0x0301, 0x4801) + hello,
        "a hello longer than allowed": records(b"\1\0\xff\xff" + bytes(40000)),
        "a hello that is no hello": record(b"\2\0\0\1x"),
        "a hello of a future version": records(client_hello(legacy=0x7F7F, versions=())),
        "a hello without suites": records(client_hello(suites=())),
        "a hello with an extension of 20 kB": records(
            client_hello(more=extension(0xFAFA, bytes(20000)))
        ),
        "a hello with 4000 extensions": records(
            client_hello(more=b"".join(extension(0x4000 + i, b"") for i in range(4000)))
        ),
        "a hello with an extension twice": records(
            client_hello(more=extension(10, b"\0\2\0\x1d") * 2)
        ),
        "lengths that lie": records(hello[:40] + b"\xff" + hello[41:]),
        "records of one byte": records(hello, 1),
        "two thousand records": records(client_hello(more=extension(0xFAFA, bytes(2000))), 1),
        "two hellos": whole + whole,
        "a hello and junk": whole + record(os.urandom(200), 23),
        "a hello and an old change_cipher_spec": whole + record(b"\1", 20) * 40,
    }

    def meet(name):
        started = time.monotonic()
        got = answer(box, cases[name], timeout=12)
        assert time.monotonic() - started < 11, "%s: still open" % name
        assert not got.startswith(b"HTTP/"), name

    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        for _ in pool.map(meet, cases):
            pass
    for end in (1, 5, 9, 43, len(whole) // 2, len(whole) - 1):
        with socket.create_connection(("127.0.0.1", box.https), timeout=5) as connection:
            connection.sendall(whole[:end])
            connection.shutdown(socket.SHUT_WR)  # half closed
            while connection.recv(1000):
                pass
    sound(box, before)
    eventually(lambda: open_sockets(box) <= sockets + 1, "all sockets are closed")
    log = log_of(box)
    assert "SG0381" in log and "SG0328" in log and ":error]" not in log, log[-2000:]


@test(signet_only=True)
def a_hello_sent_byte_by_byte_costs_no_more_than_its_length(box):
    box.config(TLS).start()
    data = records(client_hello(more=extension(0xFAFA, bytes(9000))))
    pids = children(box.process.pid)
    before = cpu(pids)
    with socket.create_connection(("127.0.0.1", box.https), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), 3):
            connection.sendall(data[at : at + 3])
        assert connection.recv(1) == b"\x16"  # asked for a key share
    assert cpu(pids) - before < 1.5, "%.1f s of processor time" % (cpu(pids) - before)


@test(signet_only=True)
def a_slow_handshake_ends_with_request_read_timeout(box):
    box.config(INFO + "RequestReadTimeout handshake=1\n" + TLS).start()
    for data in (b"", records(client_hello())[:50]):
        started = time.monotonic()
        assert answer(box, data, timeout=10)[:1] in (b"", b"\x15")
        assert 0.5 < time.monotonic() - started < 6, time.monotonic() - started
    log = eventually(
        lambda: log_of(box) if re.search(r"SG0379.*(\n.*)*SG0380", log_of(box)) else None,
        "both are explained: " + log_of(box),
    )
    assert "AH01382: Request handshake read timeout" in log, log
    assert "timeout before it sent a byte" in log and "bytes of the ClientHello; cause: " in log, log


def told(box, number, *words):
    """The line with this id; it has cause and fix, and these words."""
    line = eventually(
        lambda: re.search(r".*SG%04d.*cause: .*fix: .*" % number, log_of(box)),
        "SG%04d in %s" % (number, log_of(box)[-2000:]),
    ).group()
    assert all(word in line for word in words), line
    return line


def flood_of_key_updates(box):
    client = subprocess.Popen(
        ["openssl", "s_client", "-connect", "127.0.0.1:%d" % box.https, "-tls1_3", "-enable_pha"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        with contextlib.suppress(BrokenPipeError):
            time.sleep(0.3)  # its handshake
            for _ in range(300):
                client.stdin.write(b"K\n")
                client.stdin.flush()
                time.sleep(0.01)
                if client.poll() is not None:
                    break
        assert client.wait(10) is not None
    finally:
        client.kill()
        client.wait()


def key_updates_end_the_connection(box, tls):
    box.config(INFO + tls).start()
    before = children(box.process.pid)
    flood_of_key_updates(box)
    told(box, 388, "too many records without data")
    sound(box, before)


@test(signet_only=True)
def a_flood_of_key_updates_ends_the_connection(box):
    key_updates_end_the_connection(box, TLS)


@test(signet_only=True)
def a_flood_of_key_updates_ends_a_connection_that_stayed_with_openssl(box):
    """It may be asked for a certificate later, so OpenSSL reads its records."""
    later = 'SSLCACertificateFile "@CERTS@/ca.crt"\n<Location "/x">\nSSLVerifyClient require\n</Location>\n'
    key_updates_end_the_connection(box, TLS.replace("</V", later + "</V"))


@test(signet_only=True)
def floods_of_records_end_a_tls_1_2_connection(box):
    box.config(INFO + TLS).start()
    before = children(box.process.pid)
    hello = client_hello(versions=(), more=extension(0xFF01, b"\x0c" + bytes(12)))
    get = b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for kind, body, number, words in (
        (HANDSHAKE, hello, 336, ("rejecting client initiated renegotiation",)),
        (DATA, b"", 388, ()),
        (ALERT, b"\x01\x5a", 388, ()),  # user_canceled
    ):
        with Sealed(box) as client:
            client.send(DATA, get)
            assert client.socket.recv(65536)[:1] == b"\x17", "it is served before"
            client.send(kind, body, 300)
            client.rest()
        told(box, number, *words)
    with Sealed(box) as client:  # some are nobody's harm
        client.send(DATA, b"", 20)
        client.send(DATA, get)
        assert client.socket.recv(65536)[:1] == b"\x17"
    sound(box, before)


@test
def close_notify_is_sent_unless_the_environment_says_otherwise(box):
    box.config(
        'BrowserMatch "MSIE [2-5]" nokeepalive ssl-unclean-shutdown\n'
        'BrowserMatch "Careful" ssl-accurate-shutdown\n' + TLS
    ).start()
    context = box.tls_context(maximum_version=ssl.TLSVersion.TLSv1_2)
    for context in (context, box.tls_context()):
        for agent, clean in (("curl", True), ("Careful", True), ("MSIE 4.0", False)):
            with box.connect(context=context) as connection:
                connection.suppress_ragged_eofs = False
                assert ask(connection, headers=("User-Agent: " + agent,)).status == 200
                try:
                    ended = connection.recv(1) == b""
                except ssl.SSLEOFError:
                    ended = False
                assert ended == clean, (agent, connection.version(), ended)


def private_numbers(key):
    """What must not be in a core: the private scalar of an EC key, or prime factors of an RSA key."""
    text = command("openssl", "pkey", "-in", key, "-noout", "-text").stdout
    numbers = []
    for name in ("priv", "privateExponent", "prime1", "prime2"):
        found = re.search(name + r":\s*((?:\s*[0-9a-f]{2}:?)+)", text)
        if found:
            big = bytes.fromhex(re.sub(r"[^0-9a-f]", "", found.group(1))).lstrip(b"\0")
            numbers += [big, big[::-1]]  # as DER has it, as OpenSSL's big numbers have it
    assert numbers, text
    return numbers


@test(signet_only=True)
def a_core_dump_has_no_private_key_in_it(box):
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text()
    if pattern.startswith(("|", "/")):
        raise Skip("this machine's core_pattern sends cores elsewhere: " + pattern.strip())
    if b"__asan_init" in pathlib.Path(box.program).read_bytes():
        raise Skip("a sanitizer handles crashes")
    cores = box.path / "cores"
    cores.mkdir()
    cores.chmod(0o777)
    both = TLS.replace(
        "    SSLCertificateFile",
        '    SSLCertificateFile "@CERTS@/rsa.crt"\n    SSLCertificateKeyFile "@CERTS@/rsa.key"\n    SSLCertificateFile',
        1,
    )
    box.config('CoreDumpDirectory "%s"\nStartServers 1\nServerLimit 1\n' % cores + both)
    box.start(before=(need("prlimit"), "--core=unlimited"))
    box.s_client("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")  # decodes the RSA key
    box.s_client("-tls1_3")
    for worker in children(box.process.pid):
        os.kill(worker, signal.SIGSEGV)
    core = eventually(lambda: next(cores.iterdir(), None), "a core")
    eventually(lambda: "AH00051" in box.said(), "the crash is reported: " + box.said()[-1000:])
    for core in cores.iterdir():
        data = core.read_bytes()
        assert data[:4] == b"\x7fELF" and len(data) > 100_000, len(data)
        for name in ("ecdsa", "rsa"):
            for number in private_numbers(box.certs + "/%s.key" % name):
                assert number[:16] not in data, "the core holds a part of %s.key" % name
