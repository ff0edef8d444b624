#!/usr/bin/env python3
"""Compare HTTPS servers by the CPU time that they need per unit of work.

See README.md.  Quick look:   ./bench.py --quick
Full run:                     ./bench.py --rounds 5 --seconds 8
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time

import running
from metrics import H2, METRICS
from peers import PEERS, Candidate
from report import fmt, report, summarise
from rig import HERE, Ctx, crypto_floor
from verify import verify


def machine():
    cpu = ""
    try:
        with open("/proc/cpuinfo") as f:
            cpu = next((x.split(":", 1)[1].strip() for x in f if x.startswith("model name")), "")
    except OSError:
        pass
    v = subprocess.run([shutil.which("openssl") or "openssl", "version"],
                       stdout=subprocess.PIPE, text=True).stdout.strip()
    return {"cpu": cpu, "cpus": os.cpu_count(), "kernel": platform.release(), "openssl": v,
            "loadavg_at_start": os.getloadavg(),
            "date": time.strftime("%Y-%m-%d %H:%M:%S %z")}


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--quick", action="store_true", help="smoke run: 1 round, 1 s per cell")
    ap.add_argument("--rounds", type=int)
    ap.add_argument("--seconds", type=float, help="length of a measurement")
    ap.add_argument("--warmup", type=float)
    ap.add_argument("--metrics", help="comma-separated names; a trailing * matches a prefix")
    ap.add_argument("--servers", help="comma-separated names")
    ap.add_argument("--candidate", help="command of the new server, with {conf} {dir} "
                    "{workers} {http_port} {https_port}")
    ap.add_argument("--candidate-name", default="signet")
    ap.add_argument("--candidate-conf", default="httpd-style", choices=["httpd-style"])
    ap.add_argument("--candidate-env", action="append", default=[], metavar="K=V")
    ap.add_argument("--workers", type=int, default=1, help="workers (threads) per server")
    ap.add_argument("--server-cpus", default="0")
    ap.add_argument("--load-cpus", default="1" if (os.cpu_count() or 1) > 1 else "0")
    ap.add_argument("--access-log", action="store_true", help="with access logs written")
    ap.add_argument("--h1-tool", default="hsload", choices=["hsload", "wrk"])
    ap.add_argument("--idle-conns", type=int, default=5000)
    ap.add_argument("--vhosts", type=int, default=1000)
    ap.add_argument("--no-verify", action="store_true")
    ap.add_argument("--out", help="prefix of the result files (.json and .md are added)")
    ap.add_argument("--cache", help="directory for built tools, certificates and docroot")
    ap.add_argument("--keep", action="store_true", help="keep the run directories")
    ap.add_argument("--list", action="store_true", help="list metrics and servers")
    a = ap.parse_args()
    a.rounds = a.rounds or (1 if a.quick else 5)
    a.seconds = a.seconds or (1.0 if a.quick else 5.0)
    a.warmup = a.warmup if a.warmup is not None else (0.3 if a.quick else 1.0)
    if not (0 < a.rounds <= 100 and 0 < a.seconds <= 120 and 0 <= a.warmup <= 30):
        ap.error("rounds up to 100, seconds up to 120, warmup up to 30")

    servers = list(PEERS)
    candidate = None
    if a.candidate:
        c = Candidate(a.candidate_name, a.candidate, a.candidate_conf,
                            dict(x.split("=", 1) for x in a.candidate_env))
        candidate = c.name
        servers.append(c)
    if a.list:
        for m in METRICS:
            print("%-18s %-14s %s" % (m.name, m.unit, m.title))
        for s in servers:
            print("%-18s %s" % (s.name, s.version() if s.available() else "not installed"))
        return 0
    if a.servers:
        want = a.servers.split(",")
        unknown = set(want) - {s.name for s in servers}
        if unknown:
            ap.error("unknown server: " + ", ".join(sorted(unknown)))
        servers = [s for s in servers if s.name in want or s.name == candidate]
    metrics = METRICS
    if a.metrics:
        want = a.metrics.split(",")
        metrics = [m for m in METRICS if any(
            m.name == w or (w.endswith("*") and m.name.startswith(w[:-1])) for w in want)]
        if not metrics:
            ap.error("no such metric")

    warn = []
    for s in list(servers):
        if not s.available():
            warn.append("- %s is not installed" % s.name)
            servers.remove(s)
    if any(m.name == "h2_small" for m in metrics) and not shutil.which("h2load"):
        warn.append("- h2load is not installed: h2_small skipped")
        metrics = [m for m in metrics if not isinstance(m, H2)]
    if not servers:
        sys.exit("no server to measure")

    running.become_subreaper()
    os.sched_setaffinity(0, {int(c) for c in a.load_cpus.split(",")})
    ctx = Ctx(a)
    prefix = a.out or os.path.join(HERE, "results", "bench-" + time.strftime("%Y%m%d-%H%M%S"))
    os.makedirs(os.path.dirname(os.path.abspath(prefix)), exist_ok=True)
    meta = machine()
    meta.update(options={k: v for k, v in vars(a).items() if k not in ("cache", "out")},
                servers={s.name: {"version": s.version(), "note": s.note} for s in servers},
                metrics={m.name: {"unit": m.unit, "title": m.title} for m in metrics})
    cells, floors, verdicts = [], [], {}

    def save():
        if not floors:
            return None
        sm = summarise(cells, metrics, servers, floors)
        with open(prefix + ".json.new", "w") as f:
            json.dump({"meta": meta, "floors": floors, "verify": verdicts, "cells": cells,
                       "summary": sm}, f, indent=1)
        os.replace(prefix + ".json.new", prefix + ".json")
        return sm

    def say(*x):
        print(*x, file=sys.stderr, flush=True)

    try:
        if not a.no_verify:
            for s in list(servers):
                try:
                    verdicts[s.name] = verify(ctx, s)
                except Exception as e:
                    verdicts[s.name] = {"start": "%s: %s" % (type(e).__name__, e)}
                    warn.append("- %s does not run and was left out" % s.name)
                    servers.remove(s)
                say("verify %-10s %s" % (s.name, ", ".join(
                    "%s: %s" % kv for kv in verdicts[s.name].items() if kv[1] != "ok")
                    or "all ok"))
        for rnd in range(a.rounds):
            floors.append(crypto_floor(ctx))
            for mi, m in enumerate(metrics):
                k = (rnd + mi) % len(servers)
                for s in servers[k:] + servers[:k]:
                    cell = {"metric": m.name, "server": s.name, "round": rnd}
                    why = m.na(s)
                    if why:
                        cell["na"] = why
                    else:
                        try:
                            cell.update(m.run(ctx, s))
                        except KeyboardInterrupt:
                            raise
                        except Exception as e:
                            cell.update(value=None,
                                        bad=["%s: %s" % (type(e).__name__, e)])
                    cells.append(cell)
                    say("round %d %-17s %-9s %10s %s" % (
                        rnd + 1, m.name, s.name,
                        "n/a" if why else fmt(cell["value"]),
                        "; ".join(cell.get("bad", []))))
                save()
    except KeyboardInterrupt:
        say("interrupted: reporting what is there")
    finally:
        if not a.keep:
            shutil.rmtree(ctx.runs, ignore_errors=True)
    sm = save()
    if not sm:
        return 1
    noisy = [c for c in cells if (c.get("foreign_pct") or 0) > 5]
    if noisy:
        warn.append("- in %d of %d cells something else used more than 5 %% of the server's "
                    "CPU (worst %.0f %%): throughput and latency suffer, CPU time less" % (
                        len(noisy), len(cells), max(c["foreign_pct"] for c in noisy)))
    if a.quick:
        warn.append("- quick run: one short round, noisy; do not quote these figures")
    text = report(sm, metrics, servers, floors, candidate if any(
        s.name == candidate for s in servers) else None, verdicts, warn)
    with open(prefix + ".md", "w") as f:
        f.write("# Benchmark, %s\n\n%s, %d CPUs, kernel %s, %s\n\n%s\n" % (
            meta["date"], meta["cpu"], meta["cpus"], meta["kernel"], meta["openssl"], text))
    print(text)
    print("\nwritten: %s.json and .md" % os.path.relpath(prefix))
    return 0


if __name__ == "__main__":
    sys.exit(main())
