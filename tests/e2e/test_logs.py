"""Logs as others see them: programs that read them, rotation, full disks, full pipes, and JSON."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from lib import CONFIG, TLS, Box, ask, command, eventually, is_alive, need, read_answer, test

COMBINED = '%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\"'
# The usual configuration without its logs: each test has its own.
WITHOUT_LOGS = "\n".join(
    line for line in CONFIG.splitlines() if not line.startswith(("ErrorLog", "CustomLog"))
)


def logging(box, lines):
    return box.config(lines, WITHOUT_LOGS + "\n")


def up(box):
    return box.start(port=box.http)


def visit(box, path="/", count=1):
    """Requests one after the other on one connection."""
    with box.connect_plain() as connection:
        for number in range(count):
            connection.sendall(
                ("GET %s?%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % (path, number)).encode()
            )
            answer = read_answer(connection)
            if answer.headers.get("connection") == "close":
                return number + 1
    return count


def send(box, data):
    """Bytes as they are; whatever comes back."""
    with box.connect_plain(5) as connection:
        connection.sendall(data)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


def lines_of(path):
    return path.read_text(errors="replace").splitlines() if path.exists() else []


# --- programs that read them ------------------------------------------------------------------------

ATTACKS = (
    b"GET /private/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /old/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nReferer: http://a/\r\n\r\n",
    b"GET /~root HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /phpmyadmin/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /roundcube/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nReferer: http://b/\r\n\r\n",
    b"GET /shell.php HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /cgi-bin/test.pl HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"FOO / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"\x16\x03\x01\x00\xa5\x01\n\r\n",
    b"GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    # What would forge a line if it were not escaped.
    b"GET /private/\x0a[x] HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /private/%0a%5bclient%201.2.3.4%5d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
)
FILTERS = (
    "apache-auth",
    "apache-botsearch",
    "apache-nohome",
    "apache-noscript",
    "apache-overflows",
)


def attacked(program, certificates):
    """The error log of a server after all attacks, and its box."""
    box = Box(program, certificates)
    for name in ("private", "old"):
        box.page(name + "/x", "x")
    logging(
        box,
        'ErrorLog "@BOX@/error.log"\nLogLevel info\n'
        '<Directory "@BOX@/htdocs/private">\nRequire all denied\n</Directory>\n'
        '<Directory "@BOX@/htdocs/old">\nOrder deny,allow\nDeny from all\n</Directory>\n',
    )
    up(box)
    for attack in ATTACKS:
        send(box, attack)
    time.sleep(0.3)
    box.process.terminate()
    box.ended()
    return box


def matches(log, name):
    done = command(
        need("fail2ban-regex"),
        str(log),
        "/etc/fail2ban/filter.d/%s.conf[webroot=%s/]" % (name, log.parent / "htdocs"),
    )
    found = re.search(r"(\d+) lines?, (\d+) ignored, (\d+) matched", done.stdout)
    assert found, done.stdout + done.stderr
    return int(found.group(3))


@test(signet_only=True)
def fail2ban_finds_the_same_attacks_as_in_apaches_error_log(box):
    need("fail2ban-regex")
    boxes = [attacked(need("apache2"), box.certs), attacked(box.program, box.certs)]
    try:
        apache, signet = (
            {name: matches(b.path / "error.log", name) for name in FILTERS} for b in boxes
        )
        assert signet == apache, "apache %r, signet %r\n%s" % (apache, signet, boxes[1].said())
        assert all(apache[name] for name in FILTERS), "an attack for each filter: %r" % apache
    finally:
        for each in boxes:
            each.close()


@test
def goaccess_reads_every_line_of_the_access_log(box):
    goaccess = need("goaccess")
    logging(box, 'ErrorLog "@BOX@/error.log"\nCustomLog "@BOX@/access.log" "%s"\n' % COMBINED)
    up(box)
    for agent in ("Mozilla/5.0 (X11; Linux) \"quoted\" \\ \xe4", "curl/7.88.1", ""):
        for path in ("/", "/1k.txt", "/missing", "/a%22b?q=%0a\"x\""):
            with box.connect_plain() as connection:
                connection.sendall(
                    (
                        "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUser-Agent: %s\r\n"
                        "Referer: http://a.example/\"x\"\r\n\r\n" % (path, agent)
                    ).encode("latin-1")
                )
                read_answer(connection)
    log = box.path / "access.log"
    eventually(lambda: len(lines_of(log)) == 12, "all lines")
    report = box.path / "report.json"
    done = command(
        goaccess, str(log), "--log-format=COMBINED", "--no-global-config", "-o", str(report)
    )
    assert done.returncode == 0, done.stderr
    general = json.loads(report.read_text(errors="replace"))["general"]
    assert general["failed_requests"] == 0, general
    assert general["valid_requests"] == 12, general


# --- rotation ---------------------------------------------------------------------------------------


@test(signet_only=True, alone=True)  # Apache closes a connection that a reload finds idle
def rotatelogs_loses_no_line_through_reload_and_stop(box):
    rotatelogs = need("rotatelogs")
    logging(
        box,
        'ErrorLog "|%s -n 3 @BOX@/error.log 1M"\n'
        'CustomLog "|%s @BOX@/access.%%s 1" "%%U%%q"\n' % (rotatelogs, rotatelogs),
    )
    up(box)
    sent = 0
    for _ in range(3):
        sent += visit(box, "/1k.txt", 50)
        box.signal(signal.SIGUSR1)
        sent += visit(box, "/1k.txt", 50)
        time.sleep(1.1)
    sent += visit(box, "/1k.txt", 20)
    box.process.terminate()
    box.ended()

    def written():
        return sum(len(lines_of(path)) for path in box.path.glob("access.*"))

    eventually(lambda: written() == sent, "all lines; %d of %d are there" % (written(), sent))
    assert len(list(box.path.glob("access.*"))) > 1, "rotated"
    eventually(lambda: "SIGTERM" in box.said(), "the last words of the error log")


@test
def logrotate_moves_the_logs_and_a_reload_goes_on_in_new_ones(box):
    logging(box, 'ErrorLog "@BOX@/error.log"\nCustomLog "@BOX@/access.log" "%U%q"\n')
    up(box)
    log, old = box.path / "access.log", box.path / "access.log.1"
    sent = visit(box, "/1k.txt", 20)
    for number in (signal.SIGUSR1, signal.SIGUSR1):
        log.rename(old)
        sent += visit(box, "/1k.txt", 20)  # still to the old one
        box.signal(number)
        eventually(log.exists, "a new log")
        sent += visit(box, "/1k.txt", 20)

        def written():
            return sum(len(lines_of(path)) for path in box.path.glob("access.log*"))

        eventually(lambda: written() == sent, "all lines")
        old.rename(box.path / ("access.log.%d" % (1000 + sent)))


# --- programs that die ------------------------------------------------------------------------------


@test
def a_piped_log_program_that_dies_is_started_again_and_no_line_is_lost(box):
    collect = box.path / "collect"
    collect.write_text('#!/bin/sh\necho $$ > "$1.pid"\nexec cat >> "$1"\n')
    collect.chmod(0o755)
    logging(
        box,
        'ErrorLog "@BOX@/error.log"\nCustomLog "|@BOX@/collect @BOX@/piped" "%U%q"\n'
        'CustomLog "|$exec cat >> @BOX@/shell" "%U%q"\n'
        'CustomLog "||@BOX@/collect @BOX@/direct" "%U%q"\n',
    )
    up(box)
    piped, pid = box.path / "piped", box.path / "piped.pid"
    sent = visit(box, "/1k.txt", 5)
    eventually(lambda: len(lines_of(piped)) == sent, "lines in the program's file")
    for _ in range(2):
        before = pid.read_text()
        os.kill(int(before), signal.SIGKILL)
        # What it reads while it dies is gone; what comes later must not be.
        eventually(lambda: not is_alive(int(before)), "the program has ended")
        sent += visit(box, "/1k.txt", 5)
        eventually(lambda: pid.read_text() not in ("", before), "a new program")
        eventually(lambda: len(lines_of(piped)) == sent, "the lines of the time without a program")
    for name in ("shell", "direct"):
        eventually(lambda: len(lines_of(box.path / name)) == sent, "lines in " + name)
    said = r"AH00106: piped log program '%s/collect %s/piped' failed unexpectedly" % (
        re.escape(str(box.path)),
        re.escape(str(box.path)),
    )
    eventually(lambda: re.search(said, box.said()), "the error log tells")


@test
def a_piped_log_program_that_ends_at_once_is_not_started_in_a_loop(box):
    logging(
        box,
        'ErrorLog "@BOX@/error.log"\nCustomLog "|$echo x >> @BOX@/starts" "%U"\n',
    )
    up(box)
    time.sleep(4)
    assert visit(box) == 1
    assert len(lines_of(box.path / "starts")) <= 7, "at most about one start a second"


# --- where nothing can be written -------------------------------------------------------------------


@test
def a_full_disk_stops_no_request(box):
    logging(box, 'ErrorLog "/dev/full"\nLogLevel trace8\nCustomLog "/dev/full" "%U%q"\n')
    up(box)
    assert visit(box, "/1k.txt", 100) == 100
    assert visit(box, "/missing", 100) == 100


@test(signet_only=True, alone=True)  # Apache gives such lines up
def a_disk_that_was_full_gets_lines_again_when_there_is_room(box):
    if os.geteuid() != 0:
        return
    disk = box.path / "disk"
    disk.mkdir()
    done = command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk))
    if done.returncode != 0:
        return  # no right to mount here; /dev/full is tested above
    try:
        logging(box, 'ErrorLog "@BOX@/error.log"\nCustomLog "%s/access.log" "%%U%%q"\n' % disk)
        up(box)
        filler = disk / "filler"
        with contextlib.suppress(OSError):
            filler.write_bytes(b"x" * 65536)
        assert visit(box, "/1k.txt", 100) == 100
        eventually(lambda: "AH00646: Error writing to" in box.said(), "the error log tells")
        filler.unlink()
        assert visit(box, "/1k.txt", 1) == 1
        eventually(lambda: len(lines_of(disk / "access.log")) == 101, "lines of the full time too")
        eventually(lambda: "again; 0 were lost" in box.said(), "the error log tells")
        box.process.terminate()
        box.ended()
    finally:
        command("umount", str(disk))


@test
def a_program_that_reads_nothing_stops_no_request(box):
    logging(
        box,
        'ErrorLog "@BOX@/error.log"\nCustomLog "|/bin/sleep 1000" "%{X}i %{X}i %{X}i"\n',
    )
    up(box)
    with box.connect_plain() as connection:
        for _ in range(99):
            connection.sendall(
                b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 4000 + b"\r\n\r\n"
            )
            assert read_answer(connection).status == 200


# --- targets ----------------------------------------------------------------------------------------


@test
def the_error_log_can_be_a_program(box):
    logging(box, 'ErrorLog "|$exec cat >> @BOX@/piped-error"\nLogLevel info\n')
    up(box)
    visit(box, "/missing")
    log = box.path / "piped-error"
    eventually(lambda: any("AH00128" in line for line in lines_of(log)), "the message")
    box.process.terminate()
    box.ended()
    eventually(lambda: any("SIGTERM" in line for line in lines_of(log)), "the last words too")


# --- JSON, levels, clients' bytes ---------------------------------------------------------------------

HOSTILE = b"GET /%22\"\\\xc3\xa4\xff HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \"\\\xe4\xc3\xa4\t\r\nConnection: close\r\n\r\n"


@test(signet_only=True)
def json_logs_are_json_whatever_clients_send(box):
    logging(
        box,
        'ErrorLog "@BOX@/error.json"\nErrorLogFormat json\nLogLevel trace8\n'
        'CustomLog "@BOX@/access.json" json\n',
    )
    up(box)
    send(box, HOSTILE)
    send(box, b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    log = box.path / "access.json"
    eventually(lambda: len(lines_of(log)) == 2, "two lines")
    first, second = (json.loads(line) for line in log.read_bytes().splitlines())
    assert first["target"] == '/%22"\\\xe4\xff' and first["user_agent"] == '"\\\xe4\xe4', first
    assert first["status"] in (400, 404), first
    assert second["status"] == 200 and second["bytes"] == 1024, second
    assert second["client"] == "127.0.0.1" and second["method"] == "GET", second
    errors = [json.loads(line) for line in (box.path / "error.json").read_bytes().splitlines()]
    assert any(e["module"] == "http" and e["level"].startswith("trace") for e in errors), errors
    assert all("message" in e and "time" in e for e in errors), errors


@test(signet_only=True)
def log_level_override_is_for_the_clients_it_names(box):
    logging(
        box,
        'ErrorLog "@BOX@/error.log"\nLogLevel error\nLogLevelOverride 127.0.0.2 debug\n',
    )
    up(box)
    for source in ("127.0.0.1", "127.0.0.2"):
        with socket.create_connection(
            ("127.0.0.1", box.http), timeout=5, source_address=(source, 0)
        ) as connection:
            assert ask(connection, "/missing").status == 404
    eventually(lambda: "[client 127.0.0.2:" in box.said(), "lines about this client")
    assert "[client 127.0.0.1:" not in box.said()


def tls_lines(program, certificates):
    """The ssl lines of a full visit, a visit without SNI, plain HTTP, and an unfit client."""
    box = Box(program, certificates)
    logging(
        box,
        'ErrorLog "@BOX@/error.log"\nLogLevel error ssl:debug\n' + TLS,
    )
    box.start()
    seen = []

    def settle(wanted):
        def lines():
            text = [line for line in lines_of(box.path / "error.log") if "[client " in line]
            return text if any(wanted in line for line in text[len(seen) :]) else None

        seen.extend(eventually(lines, wanted)[len(seen) :])

    settle("Connection closed")  # start() looked whether it listens
    assert box.curl("-o", "/dev/null", "-o", "/dev/null", box.url("/"), box.url("/1k.txt")).returncode == 0
    settle("Connection closed")
    box.s_client("-noservername", "-quiet", send="GET / HTTP/1.0\r\n\r\n")
    settle("Connection closed")
    send_to(box.https, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    settle("AH01996")
    box.s_client("-tls1_2", "-cipher", "AES128-SHA")
    settle("AH01998")
    box.close()
    told = []
    for line in seen:
        line = re.sub(r"^\[[^]]*\] (\[\S+\]) \[pid \d+:tid \d+\] (?:\w+\.c(?:pp)?\(\d+\): )?", r"\1 ", line)
        line = re.sub(r"\[client [^]]*\]", "[client]", line)
        line = line.replace("(70014)End of file found: ", "")
        line = re.sub(r"child \d+", "child N", line)
        if "] SG" not in line and "SSL Library Error" not in line:
            told.append(line)
    return told


def send_to(port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            while connection.recv(65536):
                pass


@test(signet_only=True)
def a_tls_connection_leaves_the_lines_that_it_leaves_in_apaches_log(box):
    apache, signet = tls_lines(need("apache2"), box.certs), tls_lines(box.program, box.certs)
    assert signet == apache, "apache:\n%s\nsignet:\n%s" % ("\n".join(apache), "\n".join(signet))


@test
def nothing_a_client_sends_can_forge_a_line(box):
    logging(
        box,
        'ErrorLog "@BOX@/error.log"\nLogLevel trace8\nCustomLog "@BOX@/access.log" "%s"\n' % COMBINED,
    )
    up(box)
    controls = bytes(c for c in range(1, 256) if c not in b"\r\n")
    for byte in range(256):
        one = bytes([byte])
        send(
            box,
            b"GET /x%%%02X%s HTTP/1.1\r\nHost: localhost\r\nReferer: a%sb\r\nConnection: close\r\n\r\n"
            % (byte, one, one),
        )
    send(box, b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: " + controls + b"\r\n\r\n")
    time.sleep(0.3)
    for name in ("error.log", "access.log"):
        data = (box.path / name).read_bytes()
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", data), name
    for line in lines_of(box.path / "error.log"):
        assert re.match(r"\[\w{3} \w{3} \d\d [\d:.]+ \d{4}\] \[\S*:\w+\] \[pid \d+:tid \d+\] ", line), line
    for line in lines_of(box.path / "access.log"):
        assert re.match(r"\S+ - - \[[^]]+\] \"", line), line
