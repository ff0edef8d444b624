"""A small CA with an OCSP responder, so that servers have an answer to staple."""

import os
import shutil
import subprocess
import time

import running
from peers.common import HOST

LEAF = """basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
authorityInfoAccess = OCSP;URI:http://%s:%d/
"""


KEYS = {"ecdsa": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        "rsa": ("-newkey", "rsa:2048", "-nodes")}


def openssl(*args):
    subprocess.run([shutil.which("openssl"), *args], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class StaplingCa:
    """Context manager: stapled.{crt,key,pem,ocsp} in `folder`, and the responder that they name."""

    def __init__(self, folder, cpus, key="ecdsa"):
        self.folder, self.cpus, self.key = folder, cpus, KEYS[key]
        self.port, = running.free_ports(1)

    def at(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        self.issue()
        self.responder = subprocess.Popen(
            [shutil.which("openssl"), "ocsp", "-port", str(self.port), "-index", self.at("index"),
             "-CA", self.at("ca.crt"), "-rsigner", self.at("ca.crt"), "-rkey", self.at("ca.key"),
             "-ndays", "7", "-ignore_err"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, self.cpus))
        try:
            self.fetch()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        self.responder.kill()
        self.responder.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def issue(self):
        openssl("req", "-x509", *KEYS["ecdsa"], "-days", "30", "-subj", "/CN=Bench stapling CA",
                "-keyout", self.at("ca.key"), "-out", self.at("ca.crt"))
        openssl("req", "-new", *self.key, "-subj", "/CN=localhost", "-keyout",
                self.at("stapled.key"), "-out", self.at("stapled.csr"))
        with open(self.at("leaf.cnf"), "w") as f:
            f.write(LEAF % (HOST, self.port))
        openssl("x509", "-req", "-in", self.at("stapled.csr"), "-CA", self.at("ca.crt"), "-CAkey",
                self.at("ca.key"), "-set_serial", "0x1000", "-days", "30", "-extfile",
                self.at("leaf.cnf"), "-out", self.at("leaf.crt"))
        with open(self.at("index"), "w") as f:
            f.write("V\t%s\t\t1000\tunknown\t/CN=localhost\n" % time.strftime(
                "%y%m%d%H%M%SZ", time.gmtime(time.time() + 29 * 86400)))
        self.join("stapled.crt", "leaf.crt", "ca.crt")
        self.join("stapled.pem", "leaf.crt", "ca.crt", "stapled.key")

    def join(self, name, *parts):
        with open(self.at(name), "w") as out:
            for part in parts:
                with open(self.at(part)) as f:
                    out.write(f.read())

    def fetch(self):
        """the answer as a file, for servers that take it so"""
        for attempt in range(50):
            try:
                openssl("ocsp", "-issuer", self.at("ca.crt"), "-cert", self.at("leaf.crt"), "-url",
                        "http://%s:%d/" % (HOST, self.port), "-noverify", "-respout",
                        self.at("stapled.ocsp"))
                return
            except subprocess.CalledProcessError:
                if attempt == 49:
                    raise
                time.sleep(0.1)
