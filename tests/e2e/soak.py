#!/usr/bin/env python3
"""Load and reloads for minutes: no broken answer, and memory and descriptors end where they began."""

import argparse
import os
import pathlib
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import lib  # noqa: E402
from test_processes import Load  # noqa: E402

RELOAD_EVERY = 10.0  # seconds
GROWTH = 1.25  # allowed between the first and the last quarter of the measurements


def family(pid):
    return [pid] + [grandchild for child in lib.children(pid) for grandchild in family(child)]


def memory_kib(pids):
    total = 0
    for pid in pids:
        with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as rollup:
            total += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return total


def descriptors(pids):
    return sum(len(os.listdir("/proc/%d/fd" % pid)) for pid in pids)


def measure(pid):
    """(KiB, descriptors), or None while a generation is ending."""
    try:
        pids = family(pid)
        return memory_kib(pids), descriptors(pids)
    except OSError:
        return None


def grown(values):
    quarter = max(1, len(values) // 4)
    early, late = sum(values[:quarter]) / quarter, sum(values[-quarter:]) / quarter
    return late / max(early, 1)


def soak(box, minutes):
    box.page("page.txt", "y" * 20000)
    box.config("MaxKeepAliveRequests 0\n" + lib.TLS).start()
    samples, end = [], time.monotonic() + minutes * 60
    with Load(box, clients=6) as load:
        while time.monotonic() < end:
            time.sleep(RELOAD_EVERY)
            if sample := measure(box.process.pid):
                samples.append(sample)
                print("%7d answers  %7d KiB  %4d descriptors" % (load.answers, *sample), flush=True)
            os.kill(box.process.pid, signal.SIGUSR1)
    print("faults: %d %s" % (len(load.faults), load.faults[:3]))
    memory, files = grown([s[0] for s in samples]), grown([s[1] for s in samples])
    print("growth: memory x%.2f, descriptors x%.2f" % (memory, files))
    return not load.faults and memory < GROWTH and files < GROWTH


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--server", default=str(lib.REPOSITORY / "build/release/signet"))
    options.add_argument("--minutes", type=float, default=10.0)
    chosen = options.parse_args()
    folder = tempfile.mkdtemp(prefix="signet-soak-")
    os.chmod(folder, 0o755)
    lib.make_certificates(folder + "/certs")
    box = lib.Box(chosen.server, folder + "/certs")
    try:
        good = soak(box, chosen.minutes)
    finally:
        box.close()
    print("soak: passed" if good else "soak: FAILED")
    return not good


if __name__ == "__main__":
    sys.exit(main())
