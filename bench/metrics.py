"""The metrics: what each of them does to a running server, and which figures must not be ranked."""

import json
import os
import re
import shutil
import subprocess
import time

from peers.common import FILES, HOST, TLS13_CIPHERS, openssl_cnf
from rig import GB, cpu_busy, foreign
from stapling import StaplingCa


class Metric:
    cert = "ecdsa"
    conns = 64
    needs = ()           # of "static", "h2", "htaccess"
    floor = None         # key in crypto_floor(): the crypto alone
    lib = None           # key in crypto_floor(): OpenSSL handshake in memory
    extra = {}           # sub-rows: key in the cell -> (row name, unit)

    def __init__(self, name, unit, title):
        self.name, self.unit, self.title = name, unit, title

    def na(self, peer):
        for n in self.needs:
            if not getattr(peer, n):
                return {"static": "no static files", "h2": "no HTTP/2",
                        "htaccess": "no .htaccess", "staple": "no stapling here"}[n]
        return None

    def run(self, ctx, peer):
        with ctx.serve(peer, cert=self.cert, conns=self.conns) as srv:
            return self.measure(ctx, srv)


def judge(j, units, expect):
    """reasons why a figure must not be ranked"""
    bad = []
    if units <= 0:
        bad.append("nothing completed")
    e = j["errors"]
    if e["total"]:
        bad.append("errors " + ",".join("%s=%d" % kv for kv in e.items()
                                        if kv[1] and kv[0] != "total"))
    if j["mismatch"]:
        bad.append("parameters differ between connections")
    if j.get("pids_gone") or j.get("pids_changed"):
        bad.append("server processes changed")
    for k, v in expect.items():
        if j.get(k) != v:
            bad.append("%s is %r, not %r" % (k, j.get(k), v))
    closed = j["reconnects"] + j["races"]
    if units > 0 and closed > max(2, units * 0.001):
        bad.append("%d kept-alive connections closed by the server" % closed)
    if bad and j.get("last_error"):
        bad.append(j["last_error"])
    return bad


TLS13 = {"version": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256", "group": "x25519"}


def cell_from(j, value, bad, **more):
    c = {"value": value, "rate": j["rate"], "p50_us": j["p50_us"], "p99_us": j["p99_us"],
         "elapsed_s": j["elapsed_s"], "user_share": j.get("user_share"),
         "foreign_pct": j.get("foreign_pct"),
         "client_cpu_s": j.get("client_cpu_s"), "unclean": j.get("unclean"),
         "negotiated": [j["version"], j["cipher"], j["group"], j["alpn"], j["peer_key"]],
         "bad": bad}
    c.update(more)
    return c


class KeepAlive(Metric):
    def __init__(self, name, title, path, conns, tls="1.3", unit="us/request", needs=(),
                 per_gb=False, floor=None):
        super().__init__(name, unit, title)
        self.path, self.conns, self.tls, self.needs = path, conns, tls, needs
        self.per_gb, self.floor = per_gb, floor

    def measure(self, ctx, srv):
        port = srv.conf.http_port if self.tls == "0" else srv.conf.https_port
        if ctx.a.h1_tool == "wrk" and not self.per_gb:
            return self.wrk(ctx, srv, port)
        j = ctx.load(srv, "load", "--conc", str(self.conns), "--get", "/" + self.path,
                     "--expect-len", str(FILES[self.path]), tls=self.tls, port=port)
        units = j["bytes"] if self.per_gb else j["requests"]
        bad = judge(j, units, dict(TLS13, peer_key="EC-256") if self.tls != "0" else {})
        value = None
        if units > 0:
            value = (j["server_cpu_ns"] / 1e6 / (units / GB) if self.per_gb
                     else j["server_cpu_ns"] / 1e3 / units)
        c = cell_from(j, value, bad, units=units)
        if self.per_gb:
            c["rate"] = round(j["bytes"] / 1e6 / j["elapsed_s"], 1) if j["elapsed_s"] else 0
            c["rate_unit"] = "MB/s"
            c["p50_us"] = c["p99_us"] = None
        return c

    def wrk(self, ctx, srv, port):
        lua = srv.conf.put("wrk.lua", '''
done = function(s, l, r)
  io.write(string.format('{"requests":%d,"bytes":%d,"us":%d,"connect":%d,"read":%d,' ..
    '"write":%d,"status":%d,"timeout":%d,"p50":%f,"p99":%f}\\n', s.requests, s.bytes,
    s.duration, s.errors.connect, s.errors.read, s.errors.write, s.errors.status,
    s.errors.timeout, l:percentile(50), l:percentile(99)))
end
''')
        cnf = srv.conf.put("client.cnf", openssl_cnf())
        scheme = "http" if self.tls == "0" else "https"
        c0, f0, w0 = srv.cpu(), cpu_busy(ctx.server_cpus), time.monotonic()
        r = ctx.tool([shutil.which("wrk"), "-t1", "-c%d" % self.conns, "-d%gs" % max(
            1, round(ctx.a.seconds)), "--timeout", "30s", "-s", lua,
            "%s://localhost:%d/%s" % (scheme, port, self.path)],
            timeout=ctx.a.seconds + 60, env={"OPENSSL_CONF": cnf})
        w1, f1, c1 = time.monotonic(), cpu_busy(ctx.server_cpus), srv.cpu()
        lines = [x for x in r.stdout.splitlines() if x.startswith("{")]
        if not lines:
            raise RuntimeError("wrk: " + (r.stderr or r.stdout)[-300:])
        j = json.loads(lines[-1])
        bad = ["%s=%d" % (k, j[k]) for k in ("connect", "read", "write", "status", "timeout")
               if j[k]]
        n = j["requests"]
        if n <= 0:
            bad.append("nothing completed")
        elif j["bytes"] / n < FILES[self.path]:
            bad.append("responses too short")
        ns, user, system = (b - a for a, b in zip(c0, c1))
        return {"value": ns / 1e3 / n if n else None, "rate": n / (j["us"] / 1e6),
                "p50_us": j["p50"], "p99_us": j["p99"], "units": n, "bad": bad, "tool": "wrk",
                "user_share": round(user / (user + system), 3) if user + system else None,
                "foreign_pct": foreign(f0, f1, ns / 1e9, w1 - w0, len(ctx.server_cpus),
                                       ctx.overlap())}


class Htaccess(KeepAlive):
    """The same request under AllowOverride None and All, one after the other."""

    extra = {"none_us": ("  the same, AllowOverride None", "us/request"),
             "ratio": ("  All / None", "ratio")}

    def run(self, ctx, peer):
        cells = {}
        for override in ("None", "All"):
            with ctx.serve(peer, conns=self.conns, docroot=ctx.htaccess_root,
                           override=override) as srv:
                cells[override] = self.measure(ctx, srv)
        cell, none = cells["All"], cells["None"]
        cell["bad"] += none["bad"]
        if cell["value"] and none["value"]:
            cell["none_us"] = round(none["value"], 2)
            cell["ratio"] = round(cell["value"] / none["value"], 3)
        return cell


class H2(Metric):
    needs = ("h2",)

    def __init__(self, name, title, path, conns=16, streams=32):
        super().__init__(name, "us/request", title)
        self.path, self.conns, self.streams = path, conns, streams

    def measure(self, ctx, srv):
        log = srv.conf.path("h2load.log")
        argv = [shutil.which("h2load"), "-t1", "-c%d" % self.conns, "-m%d" % self.streams,
                "-D%g" % ctx.a.seconds, "--tls13-ciphers=" + TLS13_CIPHERS,
                "--groups=X25519", "--log-file=" + log,
                "--connect-to=%s:%d" % (HOST, srv.conf.https_port),
                "https://localhost:%d/%s" % (srv.conf.https_port, self.path)]
        before = srv.pids()
        c0, f0, w0 = srv.cpu(), cpu_busy(ctx.server_cpus), time.monotonic()
        r = ctx.tool(argv, timeout=ctx.a.seconds + 60)
        w1, f1, c1 = time.monotonic(), cpu_busy(ctx.server_cpus), srv.cpu()
        out = r.stdout

        def field(rx):
            m = re.search(rx, out)
            return m.group(1) if m else ""
        m = re.search(r"requests: (\d+) total, (\d+) started, (\d+) done, (\d+) succeeded, "
                      r"(\d+) failed, (\d+) errored, (\d+) timeout", out)
        if not m:
            raise RuntimeError("h2load: " + (r.stderr or out)[-300:])
        done, ok, failed, errored, timeout = (int(m.group(i)) for i in (3, 4, 5, 6, 7))
        data = int(field(r"headers \(space savings [^)]*\), \S+ \((\d+)\) data") or 0)
        bad = []
        if done == 0:
            bad.append("nothing completed")
        if failed or errored or timeout or ok != done:
            bad.append("failed=%d errored=%d timeout=%d" % (failed, errored, timeout))
        non2 = [int(x) for x in re.findall(r", (\d+) [345]xx", out)]
        if sum(non2):
            bad.append("non-2xx=%d" % sum(non2))
        if done and abs(data - done * FILES[self.path]) > \
                self.conns * self.streams * (FILES[self.path] + 16384):
            bad.append("body bytes %d for %d responses" % (data, done))
        neg = [field(r"TLS Protocol: (\S+)"), field(r"Cipher: (\S+)"),
               field(r"Server Temp Key: (\S+)"), field(r"Application protocol: (\S+)")]
        if neg[0] != "TLSv1.3" or neg[1] != TLS13_CIPHERS or neg[2] != "X25519" \
                or neg[3] != "h2":
            bad.append("negotiated %r" % neg)
        if srv.pids() != before:
            bad.append("server processes changed")
        ns, user, system = (b - a for a, b in zip(c0, c1))
        lat = []
        try:
            with open(log) as f:
                for line in f:
                    p = line.split("\t")
                    if len(p) >= 3:
                        lat.append(int(p[2]))
        except (OSError, ValueError):
            pass
        lat.sort()
        return {"value": ns / 1e3 / done if done else None,
                "rate": float(field(r"finished in [^,]+, ([\d.]+) req/s") or 0),
                "p50_us": lat[len(lat) // 2] if lat else None,
                "p99_us": lat[int(len(lat) * 0.99)] if lat else None,
                "units": done, "negotiated": neg, "bad": bad,
                "user_share": round(user / (user + system), 3) if user + system else None,
                "foreign_pct": foreign(f0, f1, ns / 1e9, w1 - w0, len(ctx.server_cpus),
                                       ctx.overlap())}


class Handshake(Metric):
    options = ()

    def __init__(self, name, title, tls="1.3", cert="ecdsa", resume=None, floor=None,
                 get=None, group="X25519", lib=None):
        super().__init__(name, "us/handshake" if not get else "us/connection", title)
        self.tls, self.cert, self.resume, self.floor = tls, cert, resume, floor
        self.get, self.group, self.lib = get, group, lib

    def measure(self, ctx, srv):
        opts = ["--conc", "32", "--group", self.group, *self.options]
        if self.resume:
            opts += ["--resume", self.resume]
        if self.get:
            opts += ["--get", "/" + self.get, "--expect-len", str(FILES[self.get])]
        j = ctx.load(srv, "hs", *opts, tls=self.tls)
        units = j["full"] + j["resumed"]
        expect = {"peer_key": "RSA-2048" if self.cert == "rsa" else "EC-256"}
        if self.tls == "1.3":
            expect.update(TLS13)
        else:
            expect.update(version="TLSv1.2", cipher="ECDHE-%s-AES128-GCM-SHA256"
                          % ("RSA" if self.cert == "rsa" else "ECDSA"))
            if not self.resume:
                expect["group"] = "x25519"
        if self.group != "X25519" and "group" in expect:
            expect["group"] = "secp256r1"
        bad = self.judge(j, units, expect)
        return cell_from(j, j["server_cpu_ns"] / 1e3 / units if units else None, bad,
                         units=units, resumed=j["resumed"], full=j["full"])

    def judge(self, j, units, expect):
        bad = judge(j, units, expect)
        if self.resume and j["full"]:
            bad.append("%d of %d were not resumed" % (j["full"], units))
        if not self.resume and j["resumed"]:
            bad.append("%d were resumed" % j["resumed"])
        return bad


class StapledHandshake(Handshake):
    """The full handshake with everything on: OCSP response, shared session cache, tickets."""

    needs = ("staple",)
    options = ("--staple",)

    def run(self, ctx, peer):
        folder = os.path.join(ctx.runs, "stapling")
        with (StaplingCa(folder, ctx.load_cpus, self.cert),
              ctx.serve(peer, cert="stapled", certs=folder) as srv):
            self.wait_for_staple(ctx, srv)
            return self.measure(ctx, srv)

    def wait_for_staple(self, ctx, srv):
        for _ in range(50):
            if ctx.load(srv, "hs", "--n", "1", "--conc", "1", "--staple", seconds=5)["stapled"]:
                return
            time.sleep(0.1)
        raise RuntimeError("nothing stapled after five seconds")

    def judge(self, j, units, expect):
        bad = super().judge(j, units, expect)
        if j["stapled"] != j["full"]:
            bad.append("%d of %d with an OCSP response" % (j["stapled"], j["full"]))
        return bad


class IdleMem(Metric):
    extra = {"base_pss_kib": ("  base PSS of the server", "KiB")}

    def measure(self, ctx, srv):
        n = ctx.a.idle_conns
        ctx.load(srv, "hs", "--n", "300", "--conc", "20", "--get", "/1k.txt", seconds=5)
        time.sleep(0.3)
        base, _ = srv.memory_kib()

        def pin():
            os.sched_setaffinity(0, ctx.load_cpus)
        p = subprocess.Popen(
            [ctx.hsload, "--mode", "idle", "--port", str(srv.conf.https_port), "--n", str(n),
             "--conc", "24", "--get", "/1k.txt", "--expect-len", "1024", "--hold", "60"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=pin)
        try:
            j = json.loads(p.stdout.readline())
            time.sleep(1.0)
            full, _ = srv.memory_kib()
            p.stdin.close()
            end = json.loads(p.stdout.readline())
            p.wait(30)
        finally:
            if p.poll() is None:
                p.kill()
                p.wait()
            p.stdout.close()
        up = j["established"]
        bad = judge(j, up, dict(TLS13))
        if up != n:
            bad.append("only %d of %d connections" % (up, n))
        if end["established"] != up:
            bad.append("%d dropped while idle" % (up - end["established"]))
        return cell_from(j, (full - base) / up if up else None, bad, units=up,
                         base_pss_kib=base, full_pss_kib=full, p50_us=None, p99_us=None)


class Vhosts(Metric):
    extra = {"start_cpu_ms": ("  CPU ms to start", "ms"),
             "pss_mib": ("  PSS after start", "MiB"),
             "hs_us": ("  full handshake, last vhost", "us")}

    def run(self, ctx, peer):
        n = ctx.a.vhosts
        with ctx.serve(peer, vhosts=n) as srv:
            ms = (srv.t_ready - srv.t_start) * 1e3
            cpu = srv.cpu()[0] / 1e6
            pss, rss = srv.memory_kib()
            srv.settle()
            j = ctx.load(srv, "hs", "--conc", "32", "--sni", "v%d.bench.test" % (n - 1),
                         seconds=min(2.0, ctx.a.seconds))
            units = j["full"] + j["resumed"]
            bad = judge(j, units, dict(TLS13, peer_key="EC-256"))
            c = cell_from(j, ms, bad, units=units, start_cpu_ms=round(cpu, 1),
                          pss_mib=round(pss / 1024, 1), rss_mib=round(rss / 1024, 1),
                          hs_us=round(j["server_cpu_ns"] / 1e3 / units, 1) if units else None)
            c["rate"] = c["p50_us"] = c["p99_us"] = None
            return c


METRICS = [
    KeepAlive("h1_small", "HTTPS/1.1 keep-alive, 1 KB, 64 connections", "1k.txt", 64),
    KeepAlive("h1_small_c1000", "HTTPS/1.1 keep-alive, 1 KB, 1000 connections", "1k.txt", 1000),
    KeepAlive("h1_plain", "HTTP/1.1 keep-alive, 1 KB, 64 connections", "1k.txt", 64, tls="0"),
    H2("h2_small", "HTTP/2, 1 KB, 16 connections x 32 streams", "1k.txt"),
    Handshake("hs_full_ecdsa", "full handshake, TLS 1.3, X25519, P-256 certificate",
              floor="hs_ecdsa_us", lib="lib_ecdsa_us"),
    Handshake("hs_full_rsa", "full handshake, TLS 1.3, X25519, RSA-2048 certificate",
              cert="rsa", floor="hs_rsa_us", lib="lib_rsa_us"),
    StapledHandshake("hs_stapled", "full handshake as hs_full_ecdsa, with an OCSP response",
                     floor="hs_ecdsa_us", lib="lib_ecdsa_us"),
    StapledHandshake("hs_stapled_rsa", "full handshake as hs_full_rsa, with an OCSP response",
                     cert="rsa", floor="hs_rsa_us", lib="lib_rsa_us"),
    Handshake("hs_full_tls12", "full handshake, TLS 1.2, X25519, P-256 certificate", tls="1.2",
              floor="hs_ecdsa_us", lib="lib_tls12_us"),
    Handshake("hs_resumed", "resumed handshake, TLS 1.3 ticket (with X25519)",
              resume="ticket", floor="hs_resumed_us", lib="lib_resumed_us"),
    Handshake("hs_resumed_tls12", "resumed handshake, TLS 1.2 ticket", tls="1.2",
              resume="ticket", lib="lib_resumed_tls12_us"),
    Handshake("hs_get", "full TLS 1.3 ECDSA handshake + GET 1 KB + close", get="1k.txt",
              floor="hs_ecdsa_us"),
    KeepAlive("f100k", "HTTPS keep-alive, 100 KB, 64 connections", "100k.txt", 64,
              needs=("static",)),
    KeepAlive("bulk", "HTTPS keep-alive, 100 MB, 4 connections", "100m.txt", 4,
              unit="ms/GB", needs=("static",), per_gb=True, floor="gcm_ms_per_gb"),
    Htaccess("htaccess", "HTTPS keep-alive, 1 KB, AllowOverride All, empty .htaccess",
             "1k.txt", 64, needs=("htaccess",)),
    IdleMem("idle_mem", "KiB/conn", "PSS per idle HTTPS keep-alive connection"),
    Vhosts("vhosts", "ms", "start with many TLS virtual hosts until the last one answers"),
]
