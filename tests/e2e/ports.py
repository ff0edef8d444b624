"""Ports for servers under test, so that no two runs, nor two tests of one run, take the same.

A port may be bound long after it was chosen. Whoever has bound it meanwhile would answer in place of the server
that is asked for, which fails to start a moment later."""

import contextlib
import fcntl
import os
import random
import socket
import threading

TAKEN = "/tmp/signet-test-ports"  # byte N is locked by the process that uses port N, until it ends

_given = set()
_lock = threading.Lock()


def _open_taken():
    # Not with O_CREAT at once: Linux refuses that for another user's file in /tmp (fs.protected_regular).
    with contextlib.suppress(FileNotFoundError):
        return os.open(TAKEN, os.O_RDWR)
    file = os.open(TAKEN, os.O_RDWR | os.O_CREAT, 0o666)
    os.fchmod(file, 0o666)
    return file


_taken = _open_taken()


def _is_ours(port):
    try:
        fcntl.lockf(_taken, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


def free_port():
    """Five digits, below the kernel's ephemeral range: lengths stay comparable, nobody else takes it."""
    with _lock:
        while True:
            port = random.randrange(20000, 32000)
            if port in _given or not _is_ours(port):
                continue
            _given.add(port)
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
                probe.bind(("127.0.0.1", port))
                return port
