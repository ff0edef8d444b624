#!/usr/bin/env python3
"""HTTP/2 at full load: h2load with 16 connections of 32 streams each asks for 1 KiB for a minute. No request may
fail, and memory must stay flat. Prints a table and a verdict; not part of the suite."""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import lib  # noqa: E402
from soak import GROWTH, Sample, family  # noqa: E402

CONNECTIONS, STREAMS = 16, 32
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """Of processes that all still live."""
    ticks = 0
    for pid in pids:
        fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def run(box, seconds):
    """(what h2load printed, samples of memory, CPU seconds of all processes)"""
    master = box.process.pid
    lib.eventually(lambda: len(family(master)) > os.cpu_count(), "a worker per processor")
    processes = family(master)
    before = cpu_seconds(processes)
    samples = []
    with subprocess.Popen(
        [lib.need("h2load"), "-t1", "-c%d" % CONNECTIONS, "-m%d" % STREAMS, "-D%d" % seconds, box.url("/1k.txt")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as load:
        end = time.monotonic() + seconds
        while load.poll() is None and time.monotonic() < end:
            time.sleep(seconds / 60)
            samples.append(Sample(master))
        said = load.communicate(timeout=60)[0]
    return said, samples, cpu_seconds(processes) - before


def judge(said, samples, cpu):
    good = True

    def line(name, text, fine=True):
        nonlocal good
        good = good and fine
        print("%-24s %-52s %s" % (name, text, "ok" if fine else "FAILED"))

    counts = {word: int(number) for number, word in re.findall(r"(\d+) (succeeded|failed|errored|timeout)\b", said)}
    status = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", said)
    if len(counts) < 4 or not status:
        print(said)
        sys.exit("http2_load: h2load said something else")
    bad = counts["failed"] + counts["errored"] + counts["timeout"] + sum(int(status.group(n)) for n in (2, 3, 4))
    answers = int(status.group(1))
    line("answers", "%d, and %d that failed" % (answers, bad), bad == 0 and answers > 0)
    line("rate", re.search(r"finished in .*", said).group(0))
    line("CPU per answer", "%.2f us, master and workers" % (cpu / max(answers, 1) * 1e6))
    # The first quarter warms up.
    quarter = len(samples) // 4
    for name, unit in (("master_memory", "KiB"), ("memory", "KiB"), ("master_descriptors", ""), ("descriptors", "")):
        values = [getattr(sample, name) for sample in samples]
        early, late = statistics.median(values[quarter : 2 * quarter]), statistics.median(values[-quarter:])
        line(name.replace("_", "'s "), "%.1f, last quarter %.1f %s" % (early, late, unit), late <= early * GROWTH)
    return good


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--server", default=str(lib.REPOSITORY / "build/release/signet"))
    options.add_argument("--seconds", type=int, default=60)
    chosen = options.parse_args()
    if chosen.seconds < 8:
        sys.exit("http2_load: memory has to be looked at for 8 seconds or more")
    with tempfile.TemporaryDirectory(prefix="signet-http2-load-") as folder:
        os.chmod(folder, 0o755)
        lib.make_certificates(folder + "/certs")
        box = lib.Box(chosen.server, folder + "/certs")
        try:
            box.config("Protocols h2 http/1.1\n" + lib.TLS).start()
            good = judge(*run(box, chosen.seconds))
        finally:
            box.close()
    print("http2_load: passed" if good else "http2_load: FAILED")
    return not good


if __name__ == "__main__":
    sys.exit(main())
