"""Runs inside the copy of the machine (sandbox.py): the life of the package, told step by step."""

import glob
import hashlib
import http.client
import os
import pathlib
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time

OLD, NEW = (sys.argv[2:] + ["", ""])[:2]
PID_FILE = pathlib.Path("/run/signet/signet.pid")


def run(*words, ok=True, **options):
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=120, check=False, **options
    )
    if ok and done.returncode != 0:
        raise AssertionError("%s: %d\n%s%s" % (words, done.returncode, done.stdout, done.stderr))
    return done


def eventually(claim, what):
    for _ in range(200):
        if claim():
            return
        time.sleep(0.05)
    raise AssertionError("not within 10 s: " + what)


def get(path="/", tls=False, method="GET", headers=None):
    context = ssl._create_unverified_context()
    connection = (
        http.client.HTTPSConnection("127.0.0.1", 443, context=context, timeout=10)
        if tls
        else http.client.HTTPConnection("127.0.0.1", 80, timeout=10)
    )
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    received = sorted((k, v) for k, v in answer.getheaders() if k not in ("Date", "Server"))
    return answer.status, received, answer.read()


def serves():
    try:
        return get()[0] == 200
    except OSError:
        return False


def traces():
    """What a purged package has left behind."""
    found = []
    for folder in ("/etc", "/usr/sbin", "/usr/share", "/usr/lib/systemd", "/var/log", "/run", "/var/lib/systemd"):
        for path, folders, files in os.walk(folder):
            found += [os.path.join(path, name) for name in folders + files if "signet" in name]
    return [path for path in found if not path.startswith("/run/visit")]


def fingerprint(folder):
    marks = []
    for path in sorted(glob.glob(folder + "/**", recursive=True)):
        about = os.lstat(path)
        content = pathlib.Path(path).read_bytes() if os.path.isfile(path) else b""
        marks.append((path, about.st_mode, about.st_mtime_ns, hashlib.sha256(content).hexdigest()))
    return marks


def start_as_the_unit_does():
    """ExecStart of the unit, and what the service manager is told."""
    unit = pathlib.Path("/lib/systemd/system/signet.service").read_text()
    settings = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line and line[0] != "#")
    assert settings["Type"] == "notify", settings
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind("/run/notify")
    manager.settimeout(20)
    environment = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": "/run/notify"}
    server = subprocess.Popen(shlex.split(settings["ExecStart"]), env=environment)
    told = ""
    while "READY=1" not in told:
        told += manager.recv(4096).decode()
    os.unlink("/run/notify")
    assert "MAINPID=%d" % server.pid in told, (told, server.pid)  # signetctl became the server
    assert settings["ExecReload"] == "/usr/sbin/signetctl graceful"
    return server


def install_beside_another_server():
    other = socket.create_server(("127.0.0.1", 80))
    said = run("dpkg", "-i", OLD).stdout
    assert "port 80 is in use" in said, said
    assert not glob.glob("/etc/systemd/system/*.wants/signet.service")
    run("dpkg", "-i", NEW)
    assert not glob.glob("/etc/systemd/system/*.wants/signet.service"), "an upgrade enabled it"
    other.close()
    run("dpkg", "-P", "signet")


def package():
    assert not traces(), traces()
    install_beside_another_server()
    assert not traces(), traces()
    run("dpkg", "-i", OLD)
    assert glob.glob("/etc/systemd/system/*.wants/signet.service"), "not enabled"
    assert "Syntax OK" in run("signetctl", "configtest").stderr
    server = start_as_the_unit_does()
    assert serves()
    assert os.stat("/var/log/signet").st_mode & 0o777 == 0o750
    if shutil.which("logrotate"):
        run("logrotate", "--force", "/etc/logrotate.d/signet")
        eventually(serves, "answers after logrotate")
    mine = pathlib.Path("/etc/signet/conf-available/charset.conf")
    mine.write_text(mine.read_text() + "Header set X-Mine yes\n")
    started = os.readlink("/proc/%d/exe" % server.pid)
    assert started == "/usr/sbin/signet", started
    run("dpkg", "-i", "--force-confold", NEW)
    eventually(
        lambda: os.readlink("/proc/%s/exe" % PID_FILE.read_text().strip()) == "/usr/sbin/signet",
        "the new program has taken the place of the deleted one",
    )
    assert run("dpkg-query", "-W", "-f", "${Version}", "signet").stdout == "0.1.1"
    assert "X-Mine" in mine.read_text() and serves()
    run("signetctl", "graceful")
    eventually(lambda: serves() and ("X-Mine", "yes") in get()[1], "the new configuration")
    bad = run("signetctl", "-C", "Nonsense", "-t", ok=False)
    assert bad.returncode == 1 and "Nonsense" in bad.stderr
    run("dpkg", "-r", "signet")
    eventually(lambda: not serves(), "the removed server ends")
    assert mine.exists() and not os.path.exists("/usr/sbin/signet") and not PID_FILE.exists()
    run("dpkg", "-P", "signet")
    assert not traces(), traces()


def prepare_debians_tree():
    run("make-ssl-cert", "generate-default-snakeoil")
    run("a2enmod", "-q", "ssl", "headers")
    run("a2ensite", "-q", "default-ssl")


def answers():
    return [
        get(),
        get(tls=True),
        get("/missing"),
        get("/icons/blank.gif", tls=True),
        get("/nothing/no"),
        get(method="HEAD"),
        get("/.htaccess"),
    ]


def debian_tree():
    prepare_debians_tree()
    run("apache2ctl", "start")
    eventually(serves, "Apache answers")
    expected = answers()
    run("apache2ctl", "stop")
    eventually(lambda: not serves(), "Apache ends")
    before = fingerprint("/etc/apache2")
    environment = {"PATH": os.environ["PATH"], "APACHE_CONFDIR": "/etc/apache2", "SIGNET_HTTPD": "/run/visit/signet"}
    run("/run/visit/signetctl", "configtest", env=environment)
    run("/run/visit/signetctl", "start", env=environment)
    eventually(serves, "signet answers")
    # What Debian's tree configures for modules that are not built into this server yet.
    built = run("/run/visit/signet", "-l").stdout
    unbuilt = {"Vary"} if "mod_deflate.c" not in built else set()
    for theirs, ours in zip(expected, answers()):
        assert theirs[0] == ours[0], (theirs[:2], ours[:2])
        if theirs[0] == 200:
            assert [h for h in theirs[1] if h[0] not in unbuilt] == ours[1], (theirs[:2], ours[:2])
            assert theirs[2] == ours[2], "bodies differ"
    run("/run/visit/signetctl", "graceful", env=environment)
    eventually(serves, "signet answers after a graceful restart")
    run("/run/visit/signetctl", "stop", env=environment)
    eventually(lambda: not serves(), "signet ends")
    assert fingerprint("/etc/apache2") == before, "something in /etc/apache2 changed"


def adoption():
    prepare_debians_tree()
    run("dpkg", "-i", OLD)
    before = fingerprint("/etc/apache2")
    run("apache2ctl", "start")
    eventually(serves, "Apache answers")
    busy = run("signet", "adopt", ok=False)
    assert busy.returncode == 1 and "SG0129" in busy.stderr, busy
    assert run("signet", "adopt", "--check").stdout.count("Kept: ") == 1
    assert not os.path.exists("/etc/default/signet")
    run("apache2ctl", "stop")
    eventually(lambda: not serves(), "Apache ends")
    assert "Adopted: /etc/apache2" in run("signet", "adopt").stdout
    assert "/etc/apache2/sites-enabled/000-default.conf" in run("signetctl", "-S").stdout
    server = start_as_the_unit_does()
    assert serves() and get(tls=True)[0] == 200
    run("signetctl", "stop")
    server.wait(20)
    broken = pathlib.Path("/etc/apache2/sites-enabled/broken.conf")
    broken.write_text("Nonsense on\n")
    refused = run("signet", "adopt", ok=False)
    assert refused.returncode == 1 and "Nonsense" in refused.stdout and "SG0128" in refused.stderr
    broken.unlink()
    run("signet", "adopt", "--undo")
    assert run("signet", "adopt", "--undo", ok=False).returncode == 1
    assert "/etc/signet/sites-enabled/" in run("signetctl", "-S").stdout
    pathlib.Path("/etc/default/signet").write_text("MINE=1\n")
    assert "SG0131" in run("signet", "adopt", ok=False).stderr
    os.utime("/etc/apache2/sites-enabled", ns=(before_time(before), before_time(before)))
    assert fingerprint("/etc/apache2") == before, "something in /etc/apache2 changed"
    run("dpkg", "-P", "signet")
    assert pathlib.Path("/etc/default/signet").read_text() == "MINE=1\n"


def before_time(marks):
    """sites-enabled had a file added and removed by the test itself."""
    return next(mark[2] for mark in marks if mark[0] == "/etc/apache2/sites-enabled")


if __name__ == "__main__":
    {"package": package, "debian": debian_tree, "adopt": adoption}[sys.argv[1]]()
    print("done")
