"""What the tests are told in: a Box holds certificates, a document tree, a configuration and one running server."""

import contextlib
import functools
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from ports import free_port  # tests take it from here

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MODULES = "mpm_event authz_core authz_host access_compat mime dir alias headers env setenvif socache_shmcb ssl http2"
TESTS = []

CONFIG = """ServerRoot "@BOX@"
@LOAD@
DefaultRuntimeDir "@BOX@"
PidFile "@BOX@/httpd.pid"
ErrorLog "@BOX@/error.log"
LogFormat "%h %u %t \\"%r\\" %>s %b" common
CustomLog "@BOX@/access.log" common
@USER@
ServerName localhost
Listen 127.0.0.1:@HTTP@
Listen 127.0.0.1:@HTTPS@
TypesConfig "@BOX@/mime.types"
DocumentRoot "@BOX@/htdocs"
<Directory "/">
    AllowOverride None
    Require all granted
</Directory>
"""
TLS = """<VirtualHost *:@HTTPS@>
    ServerName localhost
    SSLEngine on
    SSLCertificateFile "@CERTS@/ecdsa.crt"
    SSLCertificateKeyFile "@CERTS@/ecdsa.key"
</VirtualHost>
"""


class Skip(Exception):
    """This test cannot be made here, and why."""


def test(function=None, *, signet_only=False, alone=False):
    """Registers a test. signet_only: about what Apache does otherwise. alone: not beside other tests."""
    if function is None:
        return functools.partial(test, signet_only=signet_only, alone=alone)
    function.signet_only, function.alone = signet_only, alone
    TESTS.append(function)
    return function


def command(*words, timeout=60, stdin=None, **options):
    """Runs a program; the result has returncode, stdout, stderr as text."""
    return subprocess.run(
        [str(w) for w in words],
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
        **options
    )


def need(program):
    found = shutil.which(program)
    if not found:
        raise Skip("%s is not installed" % program)
    return found


def eventually(claim, what, patience=10.0):
    """Waits until the claim holds; what it returns."""
    end = time.monotonic() + patience
    while True:
        with contextlib.suppress(OSError, AssertionError):
            value = claim()
            if value:
                return value
        if time.monotonic() > end:
            raise AssertionError("not within %g s: %s" % (patience, what))
        time.sleep(0.03)


# --- certificates: made once per run with the openssl command --------------------------------------


def make_certificates(folder):
    os.makedirs(folder)
    os.chmod(folder, 0o755)

    def issue(name, subject, names, key="ec", days="90", extra=()):
        new = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if key == "ec" else ["rsa:2048"]
        done = command(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            *new,
            "-nodes",
            "-days",
            days,
            "-subj",
            "/CN=" + subject,
            "-keyout",
            folder + "/%s.key" % name,
            "-out",
            folder + "/%s.crt" % name,
            *extra,
            *(["-addext", "subjectAltName=" + names] if names else [])
        )
        assert done.returncode == 0, done.stderr

    ca = (
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "keyUsage=critical,keyCertSign,cRLSign",
    )
    issue("ca", "end-to-end CA", "", extra=ca)
    by_ca = ("-CA", folder + "/ca.crt", "-CAkey", folder + "/ca.key")
    issue("intermediate", "end-to-end intermediate", "", extra=by_ca + ca)
    leaf = (
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-addext",
        "extendedKeyUsage=serverAuth",
    )
    every = "DNS:localhost,DNS:a.example,IP:127.0.0.1,IP:::1"
    issue("ecdsa", "localhost", every, extra=by_ca + leaf)
    issue("rsa", "localhost", every, "rsa", extra=by_ca + leaf)
    issue("b", "b.example", "DNS:b.example", extra=by_ca + leaf)
    issue(
        "leaf",
        "localhost",
        every,
        extra=("-CA", folder + "/intermediate.crt", "-CAkey", folder + "/intermediate.key") + leaf,
    )
    expire(folder)
    with open(folder + "/chain.crt", "w", encoding="ascii") as chain:
        for name in ("leaf", "intermediate"):
            chain.write(open(folder + "/%s.crt" % name, encoding="ascii").read())
    done = command(
        "openssl",
        "pkey",
        "-in",
        folder + "/rsa.key",
        "-aes256",
        "-passout",
        "pass:open sesame",
        "-out",
        folder + "/locked.key",
    )
    assert done.returncode == 0, done.stderr


def expire(folder):
    """expired.crt ended yesterday; `openssl req` has no negative days, `openssl x509` has."""
    request = command(
        "openssl",
        "req",
        "-new",
        "-key",
        folder + "/ecdsa.key",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
    )
    shutil.copy(folder + "/ecdsa.key", folder + "/expired.key")
    done = command(
        "openssl",
        "x509",
        "-req",
        "-days",
        "-1",
        "-copy_extensions",
        "copy",
        "-CA",
        folder + "/ca.crt",
        "-CAkey",
        folder + "/ca.key",
        "-CAcreateserial",
        "-out",
        folder + "/expired.crt",
        stdin=request.stdout,
    )
    assert done.returncode == 0, done.stderr


# --- the box ---------------------------------------------------------------------------------------


class Box:
    def __init__(self, program, certificates):
        self.program, self.certs = os.path.abspath(program), certificates
        self.is_signet = "apache2" not in os.path.basename(program)
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="signet-e2e-"))
        self.path.chmod(0o755)
        self.htdocs = self.path / "htdocs"
        self.htdocs.mkdir()
        (self.path / "mime.types").write_text(
            "text/html html\ntext/plain txt\ntext/css css\nimage/svg+xml svg\n"
            "text/javascript js\n"
        )
        self.page(
            "index.html", "<html><head><title>Test</title></head><body>Test works.</body></html>\n"
        )
        self.page("1k.txt", "x" * 1024)
        self.http, self.https = free_port(), free_port()
        self.process = None
        self.conf = self.path / "httpd.conf"

    def page(self, name, text):
        target = self.htdocs / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def fill(self, text):
        load = "\n".join(
            "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so" % (m, m)
            for m in MODULES.split()
        )
        user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        for mark, value in (
            ("@LOAD@", load),
            ("@USER@", user),
            ("@BOX@", self.path),
            ("@CERTS@", self.certs),
            ("@HTTP@", self.http),
            ("@HTTPS@", self.https),
        ):
            text = text.replace(mark, str(value))
        return text

    def config(self, text=TLS, base=CONFIG):
        self.conf.write_text(self.fill(base + text), encoding="utf-8")
        return self

    def words(self, *more):
        return [self.program, "-d", str(self.path), "-f", str(self.conf), *more]

    def run(self, *more, timeout=60, **options):
        """The program with -d and -f, to its end."""
        return command(*self.words(*more), timeout=timeout, **options)

    def start(self, *more, port=None, before=()):
        """Starts in the foreground and waits until it answers."""
        with open(self.path / "console.log", "ab") as console:
            self.process = subprocess.Popen(
                [*before, *self.words("-DFOREGROUND", *more)],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        self.wait_until_up(port)
        return self

    def wait_until_up(self, port=None):
        def up():
            if self.process and self.process.poll() is not None:
                raise RuntimeError(
                    "the server ended with %s: %s" % (self.process.returncode, self.said())
                )
            socket.create_connection(("127.0.0.1", port or self.https), timeout=1).close()
            return True

        eventually(up, "the server answers on its port; it said " + self.said(), 60)

    def said(self):
        """Console and error log."""
        text = ""
        for name in ("console.log", "error.log"):
            with contextlib.suppress(OSError):
                text += (self.path / name).read_text(errors="replace")
        return text

    def pid(self):
        return int((self.path / "httpd.pid").read_text())

    def signal(self, number):
        os.kill(self.process.pid if self.process else self.pid(), number)

    def ended(self, patience=15):
        """The exit code, once it has ended."""
        return self.process.wait(patience)

    def close(self, keep=False):
        if self.process is None:
            with contextlib.suppress(OSError, ValueError):
                os.kill(self.pid(), signal.SIGTERM)
                eventually(
                    lambda: not (self.path / "httpd.pid").exists(), "background server ends", 5
                )
        elif self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        if not keep:
            shutil.rmtree(self.path, ignore_errors=True)

    # --- clients ---

    def url(self, path="/", scheme="https", host="localhost"):
        return "%s://%s:%d%s" % (scheme, host, self.https if scheme == "https" else self.http, path)

    def curl(self, *words, timeout=60):
        return command(
            need("curl"),
            "-sS",
            "--cacert",
            self.certs + "/ca.crt",
            "--resolve",
            "localhost:%d:127.0.0.1" % self.https,
            *words,
            timeout=timeout
        )

    def s_client(self, *words, send="", timeout=30):
        """openssl s_client; text of the whole session."""
        done = command(
            "openssl",
            "s_client",
            "-connect",
            "127.0.0.1:%d" % self.https,
            "-CAfile",
            self.certs + "/ca.crt",
            *words,
            stdin=send,
            timeout=timeout
        )
        return done.stdout + done.stderr

    def tls_context(self, **settings):
        context = ssl.create_default_context(cafile=self.certs + "/ca.crt")
        for name, value in settings.items():
            setattr(context, name, value)
        return context

    def connect(self, name="localhost", session=None, context=None, timeout=10):
        plain = socket.create_connection(("127.0.0.1", self.https), timeout=timeout)
        return (context or self.tls_context()).wrap_socket(
            plain, server_hostname=name, session=session
        )

    def connect_plain(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.http), timeout=timeout)

    def get(self, path="/", name="localhost", context=None):
        with self.connect(name, context=context) as connection:
            return ask(connection, path, name)


class Answer:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.line, self.body, self.head = lines[0], body, head
        self.status = int(self.line.split(" ")[1])
        self.headers = {
            k.lower(): v.strip()
            for k, v in (line.split(":", 1) for line in lines[1:] if ":" in line)
        }


def ask(connection, path="/", host="localhost", close=True, method="GET", headers=()):
    """Sends one request and reads its answer."""
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + host, *headers] + (
        ["Connection: close"] if close else []
    )
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return read_answer(connection, method)


def read_answer(connection, method="GET"):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            raise AssertionError("the connection ended within the head: %r" % data)
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    answer = Answer(head, body)
    if method == "HEAD" or answer.status in (204, 304):
        return answer
    length = int(answer.headers.get("content-length", -1))
    pieces, have = [body], len(body)
    while length < 0 or have < length:
        piece = connection.recv(1 << 18)
        if not piece:
            break
        pieces.append(piece)
        have += len(piece)
    answer.body = b"".join(pieces)
    if have < length:
        raise AssertionError("the answer was cut short: %d of %d bytes" % (have, length))
    return answer


# --- processes -------------------------------------------------------------------------------------


def children(pid):
    """The direct children of a process that are alive."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                fields = pathlib.Path("/proc", entry, "stat").read_text().rsplit(")", 1)[1].split()
                if int(fields[1]) == pid and fields[0] != "Z":
                    found.append(int(entry))
    return sorted(found)


def serving(box):
    """The pid of the server; the file is written a moment after the port answers."""
    return eventually(box.pid, "a pid file")


def is_alive(pid):
    with contextlib.suppress(OSError):
        return (
            pathlib.Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        )
    return False


def user_of(pid):
    return pathlib.Path("/proc", str(pid)).stat().st_uid


def connections_owner(pids, port):
    """Which of these processes holds an established connection to a local port (from /proc)."""
    inodes = set()
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in list(table)[1:]:
            fields = line.split()
            if int(fields[1].split(":")[1], 16) == port and fields[3] == "01":
                inodes.add("socket:[%s]" % fields[9])
    owners = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            for descriptor in os.listdir("/proc/%d/fd" % pid):
                with contextlib.suppress(OSError):
                    if os.readlink("/proc/%d/fd/%s" % (pid, descriptor)) in inodes:
                        owners.add(pid)
    return owners
