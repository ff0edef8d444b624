"""A real ACME server for tests: Debian's pebble, with a name server that says 127.0.0.1 for every name."""

import json
import os
import pathlib
import socket
import subprocess

from lib import command, eventually, free_port, need


class Pebble:
    """`nonce_errors` is the percentage of good nonces refused, `sleepy` makes validations take seconds."""

    def __init__(self, folder, http_port, https_port, nonce_errors=5, sleepy=False, external_account=None, port=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o755)
        self.processes = []
        self.port, self.management = port or free_port(), free_port()
        names, challenges = free_port(), free_port()
        self.challenge_server = "http://127.0.0.1:%d" % challenges
        self.ca_file = self.folder / "cert.pem"
        self._certify()
        settings = {
            "listenAddress": "127.0.0.1:%d" % self.port,
            "managementListenAddress": "127.0.0.1:%d" % self.management,
            "certificate": str(self.ca_file),
            "privateKey": str(self.folder / "key.pem"),
            "httpPort": http_port,
            "tlsPort": https_port,
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
        if not sleepy:
            environment["PEBBLE_VA_NOSLEEP"] = "1"
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
