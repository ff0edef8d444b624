"""A real ACME server for tests: Debian's pebble, with a name server that says 127.0.0.1 for every name."""

import atexit
import functools
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import threading

from lib import command, eventually, free_port, need


class Pebble:
    """`nonce_errors` is the percentage of good nonces refused, `sleepy` the longest time a validation takes, in seconds;
    `believes` without looking; `responder` is the URL that certificates name for OCSP. `like` is another pebble, whose
    certificate for TLS it uses too."""

    def __init__(
        self,
        folder,
        http_port,
        https_port,
        nonce_errors=5,
        sleepy=0,
        external_account=None,
        port=None,
        believes=False,
        responder="",
        like=None,
    ):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o755)
        self.processes = []
        self.port, self.management = port or free_port(), free_port()
        names, challenges = free_port(), free_port()
        self.challenge_server = "http://127.0.0.1:%d" % challenges
        self.ca_file = self.folder / "cert.pem"
        if like:
            for name in ("cert.pem", "key.pem"):
                (self.folder / name).write_bytes((like.folder / name).read_bytes())
        self._certify()
        settings = {
            "listenAddress": "127.0.0.1:%d" % self.port,
            "managementListenAddress": "127.0.0.1:%d" % self.management,
            "certificate": str(self.ca_file),
            "privateKey": str(self.folder / "key.pem"),
            "httpPort": http_port,
            "tlsPort": https_port,
            "ocspResponderURL": responder,
        }
        if external_account:
            settings["externalAccountBindingRequired"] = True
            settings["externalAccountMACKeys"] = external_account
        (self.folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
        environment = {
            "PATH": os.environ["PATH"],
            "PEBBLE_WFE_NONCEREJECT": str(nonce_errors),
            "PEBBLE_AUTHZREUSE": "0",
        }
        environment.update({"PEBBLE_VA_SLEEPTIME": str(sleepy)} if sleepy else {"PEBBLE_VA_NOSLEEP": "1"})
        if believes:
            environment["PEBBLE_VA_ALWAYS_VALID"] = "1"
        none = ["-http01", "", "-https01", "", "-tlsalpn01", ""]
        self._start(
            environment,
            [need("pebble-challtestsrv"), "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", *none]
            + ["-dns01", "127.0.0.1:%d" % names, "-management", "127.0.0.1:%d" % challenges],
        )
        self._start(
            environment,
            [need("pebble"), "-config", str(self.folder / "pebble.json"), "-dnsserver", "127.0.0.1:%d" % names],
        )
        eventually(lambda: self._listens(self.port), "pebble listens", 20)
        eventually(lambda: self._listens(challenges), "its name server listens", 20)

    url = property(lambda self: "https://localhost:%d/dir" % self.port)

    def _certify(self):
        if self.ca_file.exists():
            return
        done = command(
            *"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost".split(),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(self.folder / "key.pem")),
            *("-out", str(self.ca_file))
        )
        assert done.returncode == 0, done.stderr

    def _start(self, environment, words):
        with open(self.folder / "pebble.log", "ab") as log:
            self.processes.append(subprocess.Popen(words, env=environment, stdout=log, stderr=log))

    @staticmethod
    def _listens(port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            return False

    def log(self):
        return (self.folder / "pebble.log").read_text(errors="replace")

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


_starting = threading.Lock()


@functools.cache
def _credulous():
    folder = tempfile.TemporaryDirectory(prefix="signet-pebble-")
    os.chmod(folder.name, 0o755)
    pebble = Pebble(pathlib.Path(folder.name) / "ca", 9, 9, nonce_errors=0, believes=True)
    atexit.register(folder.cleanup)
    atexit.register(pebble.close)
    return pebble


def credulous_pebble():
    """One for all tests that are not about proofs: it believes them without looking, and refuses no nonce, so that
    requests can be counted."""
    with _starting:
        return _credulous()
