"""What every peer is told (Conf) and what it can say of itself (Peer).

A peer is a small class with: name, binary, h2 / static flags, `write(conf)`
(writes its configuration below conf.dir and returns the foreground command
line) and, if needed, `env(conf)`.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass


HOST = "127.0.0.1"
FILES = {  # name in the docroot -> size
    "f100.txt": 100,
    "1k.txt": 1024,
    "10k.txt": 10 * 1024,
    "100k.txt": 100 * 1024,
    "1m.txt": 1024 * 1024,
    "100m.txt": 100 * 1024 * 1024,
}
TLS12_CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
TLS13_CIPHERS = "TLS_AES_128_GCM_SHA256"
GROUPS = "X25519:P-256"
CLK_TCK = os.sysconf("SC_CLK_TCK")
SEARCH_PATH = os.pathsep.join(
    [os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def which(name):
    return shutil.which(name, path=SEARCH_PATH)


@dataclass
class Conf:
    dir: str                     # private directory of this run
    docroot: str
    certs: str                   # directory with ecdsa.*, rsa.* and vK.*
    http_port: int = 0
    https_port: int = 0
    cert: str = "ecdsa"
    workers: int = 1
    access_log: bool = False
    max_conns: int = 8000
    conns: int = 64              # busy connections of this test
    vhosts: int = 0              # >0: that many TLS virtual hosts on https_port
    override: str = "None"       # AllowOverride of an httpd

    def path(self, name):
        return os.path.join(self.dir, name)

    def put(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    @property
    def stapling(self):
        return self.cert == "stapled"

    @property
    def crt(self):
        return os.path.join(self.certs, self.cert + ".crt")

    @property
    def key(self):
        return os.path.join(self.certs, self.cert + ".key")

    @property
    def pem(self):
        return os.path.join(self.certs, self.cert + ".pem")

    @property
    def ocsp(self):
        return os.path.join(self.certs, self.cert + ".ocsp")

    def vh(self):
        """(server name, crt, key, pem) of every virtual host"""
        for i in range(self.vhosts):
            b = os.path.join(self.certs, "v%d" % i)
            yield "v%d.bench.test" % i, b + ".crt", b + ".key", b + ".pem"


class Peer:
    name = "?"
    binary = "?"
    h2 = True
    static = True           # serves the docroot from disk
    htaccess = False        # reads .htaccess files
    staple = False          # its configuration here staples OCSP responses
    log_variant = True      # has an access-log variant
    note = ""

    def available(self):
        return which(self.binary) is not None

    def exe(self):
        return which(self.binary)

    def version(self):
        return ""

    def env(self, conf):
        return {}

    def write(self, conf):
        raise NotImplementedError

    def _first_line(self, *args):
        try:
            r = subprocess.run([self.exe(), *args], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=20, text=True)
            return (r.stdout.strip().splitlines() or [""])[0].strip()
        except (OSError, subprocess.SubprocessError):
            return "?"


def openssl_cnf():
    return ("openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = def\n"
            "[def]\nCiphersuites = %s\nCipherString = %s\nGroups = %s\n"
            % (TLS13_CIPHERS, TLS12_CIPHERS, GROUPS))
