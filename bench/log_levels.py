#!/usr/bin/env python3
"""What LogLevel trace8 costs beside warn: server CPU per kept-alive 1 KiB GET on 64 TLS connections.

    bench/log_levels.py --server build/release/signet [--rounds 9]

Interleaved rounds of two seconds, server on CPU 0, load on CPU 1; prints both and the median ratio."""
import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CONF = """ServerRoot "{dir}"
PidFile "{dir}/pid"
ErrorLog "{dir}/error.log"
LogLevel {level}
ServerName localhost
{user}TypesConfig /dev/null
AddType text/plain .txt
MaxKeepAliveRequests 0
DocumentRoot "{dir}/htdocs"
<Directory "{dir}/htdocs">
    Require all granted
</Directory>
Listen 127.0.0.1:{port}
SSLEngine on
SSLCertificateFile "{dir}/site.pem"
"""


def family(pid):
    children = pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split()
    return [str(pid)] + children


def run(options, folder, level):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = "User nobody\nGroup nogroup\n" if os.geteuid() == 0 else ""
    conf = folder / "httpd.conf"
    conf.write_text(CONF.format(dir=folder, level=level, port=port, user=user))
    (folder / "error.log").unlink(missing_ok=True)
    words = ["taskset", "-c", "0", options.server, "-d", folder, "-f", conf, "-DFOREGROUND"]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as server:
        time.sleep(1)
        load = ["taskset", "-c", "1", folder / "hsload", "--mode", "load", "--port", str(port), "--conc", "64", "--seconds", "2",
                "--get", "/1k.txt", "--expect-len", "1024", "--pids", ",".join(family(server.pid))]  # fmt: skip
        said = json.loads(subprocess.run(load, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
        server.terminate()
    assert said["errors"]["total"] == 0, said
    return said["server_cpu_ns"] / 1000 / said["requests"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="signet-log-levels-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        (folder / "htdocs").mkdir()
        (folder / "htdocs/1k.txt").write_text("x" * 1024)
        subprocess.run(["gcc", "-O2", "-o", folder / "hsload", HERE / "hsload.c", "-lssl", "-lcrypto"], check=True)
        subprocess.run(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2"
            " -keyout site.pem -out cert.pem 2>/dev/null && cat cert.pem >> site.pem",
            shell=True, cwd=folder, check=True)  # fmt: skip
        rounds = [(run(options, folder, "warn"), run(options, folder, "trace8")) for _ in range(options.rounds)]
    for warn, trace in rounds:
        print("warn %.2f us  trace8 %.2f us  %.2f" % (warn, trace, trace / warn))
    print("median of the ratios: %.2f" % statistics.median(trace / warn for warn, trace in rounds))


if __name__ == "__main__":
    main()
