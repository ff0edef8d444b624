"""One started server and its process tree: start, wait, CPU clocks, memory, stop."""

import ctypes
import os
import random
import resource
import signal
import socket
import ssl
import subprocess
import time

from peers.common import CLK_TCK, HOST


def become_subreaper():
    """Orphans of our servers come to us, so that nothing escapes the tree."""
    try:
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    except (OSError, AttributeError):
        pass


def _stat(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            s = f.read()
    except OSError:
        return None
    rest = s[s.rindex(")") + 2:].split()
    # state ppid pgrp session ... utime stime cutime cstime are fields 14-17
    return {"state": rest[0], "ppid": int(rest[1]), "session": int(rest[3]),
            "utime": int(rest[11]), "stime": int(rest[12]),
            "cutime": int(rest[13]), "cstime": int(rest[14])}


def tree_pids(root):
    """root, its descendants and everything else in its session"""
    stats = {}
    for e in os.listdir("/proc"):
        if e.isdigit():
            s = _stat(int(e))
            if s:
                stats[int(e)] = s
    found = {p for p, s in stats.items() if p == root or s["session"] == root}
    grew = True
    while grew:
        more = {p for p, s in stats.items() if s["ppid"] in found and p not in found}
        found |= more
        grew = bool(more)
    return sorted(p for p in found if stats[p]["state"] != "Z" or p == root)


class Running:
    """One started server."""

    def __init__(self, peer, conf, cpus):
        self.peer, self.conf, self.cpus = peer, conf, cpus
        self.proc = None
        self.log = conf.path("console.log")

    def start(self, timeout=30):
        argv = self.peer.write(self.conf)
        env = dict(os.environ)
        env.update(self.peer.env(self.conf))
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

        def setup():
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            os.sched_setaffinity(0, self.cpus)

        with open(self.log, "wb") as out:
            self.t_start = time.monotonic()
            self.proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out,
                                         stderr=out, env=env, cwd=self.conf.dir,
                                         start_new_session=True, preexec_fn=setup)
        self.wait_ready(timeout)
        return self

    def wait_ready(self, timeout):
        """until a TLS handshake (last virtual host, if any) gives the right certificate"""
        sni = "v%d.bench.test" % (self.conf.vhosts - 1) if self.conf.vhosts else "localhost"
        with open(os.path.join(self.conf.certs,
                               ("v%d.crt" % (self.conf.vhosts - 1)) if self.conf.vhosts
                               else self.conf.cert + ".crt")) as f:
            pem = f.read()
        end_mark = "-----END CERTIFICATE-----"
        want = ssl.PEM_cert_to_DER_cert(pem[:pem.index(end_mark) + len(end_mark)] + "\n")
        end = time.monotonic() + timeout
        problem = "no answer"
        while time.monotonic() < end:
            if self.proc.poll() is not None:
                raise RuntimeError("%s exited with %d: %s" % (
                    self.peer.name, self.proc.returncode, self.tail()))
            try:
                with socket.create_connection((HOST, self.conf.https_port), timeout=2) as s:
                    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                    ctx.check_hostname = False
                    ctx.verify_mode = ssl.CERT_NONE
                    with ctx.wrap_socket(s, server_hostname=sni) as t:
                        got = t.getpeercert(True)
                if got == want:
                    self.t_ready = time.monotonic()
                    return
                problem = "wrong certificate for " + sni
            except (OSError, ssl.SSLError) as e:
                problem = str(e)
            time.sleep(0.002)
        raise RuntimeError("%s not ready: %s; %s" % (self.peer.name, problem, self.tail()))

    def tail(self):
        text = ""
        for f in (self.log, self.conf.path("error.log")):
            try:
                with open(f, errors="replace") as h:
                    text += h.read()[-600:]
            except OSError:
                pass
        return " ".join(text.split())[-500:]

    def settle(self):
        """wait until short-lived helpers of the start are gone"""
        last, same = self.pids(), 0
        for _ in range(40):
            time.sleep(0.03)
            cur = self.pids()
            same = same + 1 if cur == last else 0
            last = cur
            if same == 4:
                break

    def pids(self):
        return tree_pids(self.proc.pid) if self.proc else []

    def cpu(self):
        """(total ns, user s, system s) of the tree, reaped children included"""
        ns, user, system = 0, 0, 0
        for p in self.pids():
            s = _stat(p)
            if not s:
                continue
            try:
                ns += time.clock_gettime_ns((~p << 3) | 2)
            except OSError:
                ns += (s["utime"] + s["stime"]) * (10 ** 9 // CLK_TCK)
            ns += (s["cutime"] + s["cstime"]) * (10 ** 9 // CLK_TCK)
            user += s["utime"] + s["cutime"]
            system += s["stime"] + s["cstime"]
        return ns, user / CLK_TCK, system / CLK_TCK

    def memory_kib(self):
        """(PSS, RSS) summed over the tree"""
        pss = rss = 0
        for p in self.pids():
            try:
                with open("/proc/%d/smaps_rollup" % p) as f:
                    for line in f:
                        if line.startswith("Pss:"):
                            pss += int(line.split()[1])
                        elif line.startswith("Rss:"):
                            rss += int(line.split()[1])
            except OSError:
                pass
        return pss, rss

    def stop(self):
        if not self.proc:
            return
        pids = self.pids()
        if self.proc.poll() is None:
            try:
                os.kill(self.proc.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
            try:
                self.proc.wait(3)
            except subprocess.TimeoutExpired:
                pass
        left = set(self.pids()) | {p for p in pids if (_stat(p) or {}).get("session")
                                   == self.proc.pid}
        for p in sorted(left):
            s = _stat(p)
            if s and s["state"] != "Z" and (p == self.proc.pid
                                            or s["session"] == self.proc.pid):
                try:
                    os.kill(p, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        try:
            self.proc.wait(5)
        except subprocess.TimeoutExpired:
            pass
        # reap orphans that were handed to us
        for p in pids:
            if p != self.proc.pid:
                for _ in range(200):
                    try:
                        if os.waitpid(p, os.WNOHANG)[0] == p:
                            break
                    except (ChildProcessError, OSError):
                        break
                    time.sleep(0.005)
        self.proc = None


def free_ports(n):
    """ports below the ephemeral range"""
    got = []
    for _ in range(2000):
        p = random.randint(20000, 31000)
        if p in got:
            continue
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((HOST, p))
            except OSError:
                continue
        got.append(p)
        if len(got) == n:
            return got
    raise RuntimeError("no free ports")
