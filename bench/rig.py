"""What all measurements share: tools, certificates, docroot, a started server, the floors."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import running
from peers.common import CLK_TCK, FILES, HOST, Conf
from running import Running

HERE = os.path.dirname(os.path.abspath(__file__))
GB = 1e9


class Ctx:
    """Paths, options and tools shared by all measurements."""

    def __init__(self, args):
        self.a = args
        self.cache = args.cache or os.path.join(
            tempfile.gettempdir(), "signet-bench-%d" % os.getuid())
        os.makedirs(self.cache, exist_ok=True)
        os.chmod(self.cache, 0o755)
        self.docroot = os.path.join(self.cache, "docroot")
        self.certs = os.path.join(self.cache, "certs")
        self.runs = tempfile.mkdtemp(prefix="signet-bench-run-")
        os.chmod(self.runs, 0o755)
        self.server_cpus = {int(c) for c in args.server_cpus.split(",")}
        self.load_cpus = {int(c) for c in args.load_cpus.split(",")}
        self.count = 0
        self.hsload = self.build("hsload", ["-lssl", "-lcrypto"])
        self.mkcerts = self.build("mkcerts", ["-lcrypto"])
        self.tlsfloor = self.build("tlsfloor", ["-lssl", "-lcrypto"])
        self.make_docroot()
        self.make_htaccess_root()
        self.make_certs()

    def build(self, name, libs):
        src = os.path.join(HERE, name + ".c")
        with open(src, "rb") as f:
            tag = hashlib.sha256(f.read()).hexdigest()[:12]
        exe = os.path.join(self.cache, "%s-%s" % (name, tag))
        if not os.path.exists(exe):
            cc = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
            if not cc:
                sys.exit("no C compiler found")
            subprocess.run([cc, "-O2", "-o", exe + ".new", src, *libs], check=True)
            os.rename(exe + ".new", exe)
        return exe

    def make_docroot(self):
        os.makedirs(self.docroot, exist_ok=True)
        line = b"".join(b"%02d the quick brown fox jumps over the lazy dog, again\n" % i
                        for i in range(100))
        for name, size in FILES.items():
            p = os.path.join(self.docroot, name)
            if os.path.exists(p) and os.path.getsize(p) == size:
                continue
            with open(p, "wb") as f:
                left = size
                while left > 0:
                    left -= f.write(line[:left])
            os.chmod(p, 0o644)
        for name in FILES:  # into the page cache
            with open(os.path.join(self.docroot, name), "rb") as f:
                while f.read(1 << 20):
                    pass

    def make_htaccess_root(self):
        """the same 1k.txt, with an empty .htaccess beside it"""
        self.htaccess_root = os.path.join(self.cache, "docroot-htaccess")
        os.makedirs(self.htaccess_root, exist_ok=True)
        shutil.copy(os.path.join(self.docroot, "1k.txt"), self.htaccess_root)
        with open(os.path.join(self.htaccess_root, ".htaccess"), "w"):
            pass

    def make_certs(self):
        os.makedirs(self.certs, exist_ok=True)
        # made by another version of mkcerts: make them again
        mark = os.path.join(self.certs, os.path.basename(self.mkcerts))
        if not os.path.exists(mark):
            shutil.rmtree(self.certs)
            os.makedirs(self.certs)
            with open(mark, "w"):
                pass
        if not os.path.exists(os.path.join(self.certs, "rsa.pem")):
            subprocess.run([self.mkcerts, "base", self.certs], check=True)
        n = self.a.vhosts
        if not os.path.exists(os.path.join(self.certs, "v%d.pem" % (n - 1))):
            subprocess.run([self.mkcerts, "vhosts", self.certs, str(n)], check=True)

    def conf(self, cert="ecdsa", vhosts=0, conns=64, docroot=None, override="None", certs=None):
        self.count += 1
        d = os.path.join(self.runs, "r%04d" % self.count)
        os.mkdir(d)
        os.chmod(d, 0o777)
        hp, sp = running.free_ports(2)
        return Conf(dir=d, docroot=docroot or self.docroot, override=override, certs=certs or self.certs, http_port=hp,
                    https_port=sp, cert=cert, workers=self.a.workers,
                    access_log=self.a.access_log, vhosts=vhosts, conns=conns,
                    max_conns=max(self.a.idle_conns, 1000) + 3000)

    def serve(self, peer, **kw):
        """context manager: a running server, gone afterwards"""
        return Serving(self, peer, kw)

    def tool(self, argv, timeout, env=None, stdin=subprocess.DEVNULL):
        def pin():
            os.sched_setaffinity(0, self.load_cpus)
        e = dict(os.environ)
        e.update(env or {})
        r = subprocess.run(argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True, timeout=timeout, preexec_fn=pin, env=e)
        return r

    def load(self, run, mode, *opts, tls="1.3", port=None, seconds=None):
        """hsload against a running server; its JSON"""
        seconds = self.a.seconds if seconds is None else seconds
        before = run.pids()
        argv = [self.hsload, "--mode", mode, "--host", HOST, "--port",
                str(port or run.conf.https_port), "--tls", tls, "--seconds", str(seconds),
                "--warmup", str(self.a.warmup), "--pids", ",".join(map(str, before)), *opts]
        c0 = run.cpu()
        f0 = cpu_busy(self.server_cpus)
        w0 = time.monotonic()
        r = self.tool(argv, timeout=seconds + 120)
        w1 = time.monotonic()
        f1 = cpu_busy(self.server_cpus)
        c1 = run.cpu()
        lines = [x for x in r.stdout.splitlines() if x.startswith("{")]
        if not lines:
            raise RuntimeError("hsload: " + (r.stderr.strip() or "no output"))
        j = json.loads(lines[-1])
        if run.pids() != before:
            j["pids_changed"] = True
        user, system = c1[1] - c0[1], c1[2] - c0[2]
        j["user_share"] = round(user / (user + system), 3) if user + system > 0 else None
        j["foreign_pct"] = foreign(f0, f1, (c1[0] - c0[0]) / 1e9, w1 - w0,
                                   len(self.server_cpus), self.overlap())
        return j

    def overlap(self):
        return bool(self.server_cpus & self.load_cpus)


class Serving:
    def __init__(self, ctx, peer, kw):
        self.ctx, self.peer, self.kw = ctx, peer, kw

    def __enter__(self):
        self.run = Running(self.peer, self.ctx.conf(**self.kw), self.ctx.server_cpus)
        try:
            self.run.start(timeout=60)
            if not self.kw.get("vhosts"):
                self.run.settle()
            return self.run
        except BaseException:
            self.run.stop()
            self.clean()
            raise

    def __exit__(self, *exc):
        self.run.stop()
        self.clean()

    def clean(self):
        if not self.ctx.a.keep:
            shutil.rmtree(self.run.conf.dir, ignore_errors=True)


def cpu_busy(cpus):
    """seconds that these CPUs were not idle"""
    busy = 0
    with open("/proc/stat") as f:
        for line in f:
            m = re.match(r"cpu(\d+) (.*)", line)
            if m and int(m.group(1)) in cpus:
                v = [int(x) for x in m.group(2).split()]
                busy += sum(v[:3]) + sum(v[5:8])
    return busy / CLK_TCK


def foreign(f0, f1, server_s, wall, ncpu, overlap):
    """share (%) of the server's CPUs that something else used"""
    if overlap or wall <= 0:
        return None
    return round(max(0.0, (f1 - f0 - server_s) / (wall * ncpu)) * 100, 1)


def crypto_floor(ctx):
    """What the crypto alone costs here, from `openssl speed` on the server's CPU."""
    sec = "1" if ctx.a.seconds < 3 else "2"
    ossl = shutil.which("openssl")

    def run(*args):
        def pin():
            os.sched_setaffinity(0, ctx.server_cpus)
        return subprocess.run([ossl, "speed", "-mr", "-seconds", sec, *args],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              timeout=120, preexec_fn=pin).stdout
    out = run("ecdsap256", "rsa2048", "ecdhx25519")
    fl = {}
    for line in out.splitlines():
        p = line.split(":")
        if line.startswith("+F2:") and p[2] == "2048":
            fl["rsa2048_sign_us"] = 1e6 / float(p[3])
        elif line.startswith("+F4:") and p[2] == "256":
            fl["p256_sign_us"] = 1e6 / float(p[3])
        elif line.startswith("+F5:") and p[2] == "253":
            fl["x25519_us"] = 1e6 / float(p[3])
    for line in run("-bytes", "16384", "-evp", "aes-128-gcm").splitlines():
        if line.startswith("+F:"):
            fl["gcm_ms_per_gb"] = GB / float(line.split(":")[3]) * 1e3
    fl["hs_ecdsa_us"] = fl["p256_sign_us"] + 2 * fl["x25519_us"]
    fl["hs_rsa_us"] = fl["rsa2048_sign_us"] + 2 * fl["x25519_us"]
    fl["hs_resumed_us"] = 2 * fl["x25519_us"]

    def pin():
        os.sched_setaffinity(0, ctx.server_cpus)
    r = subprocess.run([ctx.tlsfloor, ctx.certs, "300" if sec == "1" else "1000"],
                       stdout=subprocess.PIPE, text=True, timeout=120, preexec_fn=pin)
    fl.update(json.loads(r.stdout))
    return {k: round(v, 2) for k, v in fl.items()}
