"""Servers that a site wants beside both programs: redis, memcached, an OCSP responder, backends. @REDIS@ … is the port."""

import contextlib
import os
import subprocess
import sys
import time

import server


def words(name, port):
    if name == "redis":
        return ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    if name == "memcached":
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        return ["memcached", "-l", "127.0.0.1", "-p", port, *user]
    if name == "oldocsp":
        return [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "replay.py"), port, "old.der"]
    if name in ("http", "fcgi", "scgi", "https", "asking"):
        return [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "backend.py"), "%s=%s" % (name, port)]
    assert name == "ocsp", name
    return ["openssl", "ocsp", "-index", "index.txt", "-port", port, "-rsigner", "ocsp.pem", "-rkey", "ocsp.key",
            "-CA", "ca.pem", "-ndays", "7", "-ignore_err"]


@contextlib.contextmanager
def running(names, pki):
    """Starts them; what the marks stand for."""
    marks, processes = {}, []
    try:
        for name in names:
            port = server.free_port()
            if name == "oldocsp":
                pki.old_response()
            processes.append(subprocess.Popen(words(name, str(port)), cwd=pki.path if pki else None, stdin=subprocess.DEVNULL,
                                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            wait(port)
            marks["@%s@" % name.upper()] = str(port)
        yield marks
    finally:
        for process in processes:
            process.terminate()
            process.wait(10)


def wait(port, patience=10):
    """Without connecting: `openssl ocsp` never gets over a client that says nothing."""
    end = time.monotonic() + patience
    while not listens(port):
        if time.monotonic() > end:
            raise TimeoutError("nothing listens on port %s" % port)
        time.sleep(0.02)


def listens(port):
    for table in ("tcp", "tcp6"):
        with open("/proc/net/" + table, encoding="ascii") as lines:
            fields = [line.split() for line in lines]
        if any(one[1].endswith(":%04X" % int(port)) and one[3] == "0A" for one in fields[1:]):
            return True
    return False
