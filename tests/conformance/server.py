"""Lays out a site for one server, starts it, stops it, asks it for its verdict on a configuration."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import dsl

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from ports import free_port  # noqa: E402

APACHE_MODULES = "/usr/lib/apache2/modules"
STAMP = 1704207845  # every file of every tree: Tue, 02 Jan 2024 15:04:05 GMT

BASE = """ServerRoot "@RUN@"
@LOAD@
DefaultRuntimeDir "@RUN@"
PidFile "@RUN@/httpd.pid"
ErrorLog "@RUN@/error.log"
@USER@
ServerName localhost
Listen 127.0.0.1:@PORT@
TypesConfig "@TREE@/mime.types"
KeepAliveTimeout 3
Timeout 3
<IfModule mpm_event_module>
    StartServers 1
    ServerLimit 1
    ThreadsPerChild 8
    MaxRequestWorkers 8
    MinSpareThreads 1
    MaxSpareThreads 8
</IfModule>
"""
ROOT = """DocumentRoot "@ROOT@"
<Directory "/">
    AllowOverride None
    Require all granted
</Directory>
"""
LOG = """LogFormat "@FORMAT@" conformance
CustomLog "@RUN@/access.log" conformance
"""
MIME_TYPES = """text/html html htm
text/plain txt
text/css css
application/javascript js
image/png png
application/json json
application/pdf pdf
"""


def plant(tree, where):
    """Writes the document tree; a value is text, bytes, a number of bytes, None (folder) or ("link", target)."""
    os.makedirs(os.path.join(where, "root"), exist_ok=True)
    with open(os.path.join(where, "mime.types"), "w", encoding="ascii") as out:
        out.write(MIME_TYPES)
    for name, content in tree.items():
        path = os.path.join(where, "root", name)
        if content is None:
            os.makedirs(path, exist_ok=True)
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(content, tuple):
            os.symlink(content[1], path)
            continue
        if isinstance(content, int):
            content = bytes(65 + i % 26 for i in range(content))
        if isinstance(content, str):
            content = content.replace("@ROOT@", os.path.join(where, "root")).encode()
        if content.startswith(b"#!"):
            write_program(path, content)
            continue
        with open(path, "wb") as out:
            out.write(content)
    for folder, _, files in os.walk(where, topdown=False):
        os.chmod(folder, 0o755)
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                os.chmod(path, mode_of(path, name))
                os.utime(path, (STAMP, STAMP))
        os.utime(folder, (STAMP, STAMP))


def write_program(path, content):
    """By another process: a fork of this one must not hold it open for writing when it is executed (ETXTBSY)."""
    subprocess.run(["tee", path], input=content, stdout=subprocess.DEVNULL, check=True)


def mode_of(path, name):
    if name.startswith("unreadable"):
        return 0o000
    with open(path, "rb") as text:
        is_script = text.read(2) == b"#!" and not name.startswith("unexecutable")
    return 0o755 if is_script else 0o644


def load_lines(modules):
    return "\n".join(
        "LoadModule %s_module %s/mod_%s.so" % (m, APACHE_MODULES, m) for m in modules.split()
    )


class Server:
    """One program serving one site below its own ServerRoot."""

    def __init__(self, program, site, tree, run):
        self.program, self.site, self.tree, self.run = program, site, tree, run
        self.process = None
        self.marks = {}  # of the servers beside (beside.py)
        self.pki = ""  # the folder of the run's certificates
        self.port = 0
        self.errors_read = 0
        os.makedirs(run, exist_ok=True)
        os.chmod(run, 0o755)

    def text(self, extra, log=True):
        user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        tls = {True: dsl.TLS, False: ""}.get(self.site.tls, self.site.tls)
        parts = BASE + (ROOT if self.site.base else "") + tls + extra
        if log and self.site.errors:
            parts = parts.replace("@USER@", "@USER@\nLogLevel %s" % self.site.errors, 1)
        if log:
            parts += "\n" + LOG.replace("@FORMAT@", self.site.log.replace('"', '\\"'))
        for mark, value in (
            ("@LOAD@", load_lines(self.site.modules + (dsl.TLS_MODULES if self.site.tls else ""))),
            ("@USER@", user),
            ("@RUN@", self.run),
            ("@PKI@", self.pki),
            ("@TREE@", self.tree),
            ("@ROOT@", os.path.join(self.tree, "root")),
            ("@PORT@", str(self.port)),
            *self.marks.items(),
        ):
            parts = parts.replace(mark, value)
        return parts

    def write(self, extra, name="httpd.conf", log=True):
        path = os.path.join(self.run, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(self.text(extra, log))
        return path

    def start(self):
        for _ in range(4):
            self.port = free_port()
            path = self.write(self.site.config)
            self.console = os.path.join(self.run, "console.log")
            with open(self.console, "wb") as out:
                self.process = subprocess.Popen(
                    [self.program, "-d", self.run, "-f", path, "-DFOREGROUND"],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                    env={**os.environ, **self.site.environment},
                )
            if self.answers():
                if self.site.errors:
                    self.forget_start()
                return
            self.stop()
        raise RuntimeError("%s does not start: %s" % (self.program, self.last_words()))

    def forget_start(self, patience=2.0):
        """Error log lines of the start, up to the last of them, are nobody's."""
        end = time.monotonic() + patience
        while time.monotonic() < end and not any("AH00094" in line for line in self.error_lines()):
            time.sleep(0.01)
        if self.site.tls:  # the connection of answers() below tells its end, too
            time.sleep(0.3)
            self.error_lines()

    def answers(self, patience=20.0):
        end = time.monotonic() + patience
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
            except OSError:
                time.sleep(0.02)
        return False

    def last_words(self):
        words = ""
        for name in ("console.log", "error.log"):
            path = os.path.join(self.run, name)
            if os.path.exists(path):
                with open(path, errors="replace", encoding="utf-8") as text:
                    words += text.read()[-600:]
        return words.strip() or "no word"

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def verdict(self, config, arguments=("-t",)):
        """(exit code, what it printed, what it said beside, the file) of -t or a dump."""
        if not self.port:
            self.port = free_port()
        path = self.write(config, "verdict.conf", log=False)
        done = subprocess.run(
            [self.program, "-d", self.run, "-f", path, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            env={**os.environ, **self.site.environment},
            check=False,
        )
        return done.returncode, done.stdout, done.stderr, path

    def log_lines(self, wanted, patience=2.0):
        """The access log, once it has that many lines (or patience is out)."""
        path = os.path.join(self.run, "access.log")
        end = time.monotonic() + patience
        while True:
            lines = []
            if os.path.exists(path):
                with open(path, encoding="latin-1", newline="\n") as text:
                    lines = text.read().split("\n")[:-1]
            if len(lines) >= wanted or time.monotonic() > end:
                return lines
            time.sleep(0.01)


    def error_lines(self):
        """What the error log has got since the last call. (Requests write there before their access log line.)"""
        path = os.path.join(self.run, "error.log")
        if not os.path.exists(path):
            return []
        with open(path, encoding="latin-1", newline="\n") as text:
            text.seek(self.errors_read)
            whole = text.read()
            whole = whole[: whole.rfind("\n") + 1]
            self.errors_read += len(whole)
        return whole.split("\n")[:-1]
