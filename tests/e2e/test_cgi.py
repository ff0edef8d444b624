"""CGI programs on the whole server: streams in both directions, clients that leave, what programs inherit."""

import hashlib
import os
import re
import signal
import socket
import time

from lib import CONFIG, TLS, ask, command, eventually, test

BASE = CONFIG + 'LoadModule cgi_module /usr/lib/apache2/modules/mod_cgi.so\nScriptAlias /cgi/ "@BOX@/cgi/"\n'
HEAD = "#!/usr/bin/perl\n$| = 1; print \"Content-Type: text/plain\\n\\n\";\n"


def script(box, name, text):
    folder = box.path / "cgi"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    path = folder / name
    # By another process: a fork of this one must not hold it open for writing (ETXTBSY).
    command("tee", path, stdin=text)
    path.chmod(0o755)


def is_running(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as text:
            return text.read().split(")")[-1].split()[0] != "Z"
    except OSError:
        return False


@test
def what_a_program_writes_arrives_at_once(box):
    script(box, "slow", HEAD + 'print "first\\n"; sleep 5; print "last\\n";')
    box.config(base=BASE).start()
    for scheme in ("http", "https"):
        with box.connect_plain() if scheme == "http" else box.connect() as client:
            began = time.monotonic()
            client.sendall(b"GET /cgi/slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            data = b""
            while b"first" not in data:
                data += client.recv(4096)
            assert time.monotonic() - began < 4, data


@test
def a_slow_program_holds_up_nobody(box):
    script(box, "hangs", "#!/bin/sh\nexec sleep 20\n")
    box.config(base=BASE).start()
    waiting = [box.connect_plain() for _ in range(20)]
    for client in waiting:
        client.sendall(b"GET /cgi/hangs HTTP/1.1\r\nHost: localhost\r\n\r\n")
    began = time.monotonic()
    with box.connect_plain() as client:
        assert ask(client, "/index.html").status == 200
    assert time.monotonic() - began < 5
    for client in waiting:
        client.close()


@test
def a_program_that_writes_before_it_reads_gets_its_body(box):
    script(box, "both", HEAD + 'print "y" x 1000, "\\n" for 1 .. 600; my $n = 0;'
           'while (my $c = sysread(STDIN, my $x, 65536)) { $n += $c } print "read $n\\n";')
    (box.path / "body").write_bytes(b"x" * 3_000_000)
    box.config("Protocols h2 http/1.1\n" + TLS, base=BASE).start()
    for words in (("--http1.1",), ("--http2",), ("--http1.1", "-H", "Transfer-Encoding: chunked")):
        done = box.curl(*words, "-H", "Expect:", "--data-binary", "@%s" % (box.path / "body"), box.url("/cgi/both"))
        assert done.stdout.endswith("read 3000000\n"), (words, done.stdout[-200:], done.stderr)
        assert len(done.stdout) == 600 * 1001 + len("read 3000000\n")


@test
def a_large_answer_arrives_whole(box):
    script(box, "large", HEAD + 'print "abcdefgh" x 1024 for 1 .. 1000;')
    box.config("Protocols h2 http/1.1\n" + TLS, base=BASE).start()
    wanted = hashlib.sha256(b"abcdefgh" * 1024 * 1000).hexdigest()
    for version in ("--http1.1", "--http2", "--http1.0"):
        out = box.path / "out"
        done = box.curl(version, "-o", out, box.url("/cgi/large"))
        assert hashlib.sha256(out.read_bytes()).hexdigest() == wanted, (version, done.stderr, out.stat().st_size)


@test
def a_program_ends_when_its_client_has_gone(box):
    script(box, "chatty", HEAD + 'print "$$\\n"; while (1) { print "x" x 10000; }')
    script(box, "stubborn", HEAD + '$SIG{TERM} = "IGNORE"; $SIG{PIPE} = "IGNORE"; print "$$\\n";'
           'while (1) { print "x" x 10000; select(undef, undef, undef, 0.05) }')
    box.config(base=BASE).start()
    pids = []
    for name in ("chatty", "stubborn"):
        client = box.connect_plain()
        client.sendall(b"GET /cgi/%s HTTP/1.0\r\n\r\n" % name.encode())
        data = b""
        while not (found := re.search(rb"\r\n\r\n(\d+)\n", data)):
            data += client.recv(4096)
        pids.append(int(found.group(1)))
        assert is_running(pids[-1])
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
    eventually(lambda: not is_running(pids[0]), "SIGTERM ends it", 3)
    eventually(lambda: not is_running(pids[1]), "SIGKILL ends the one that ignores SIGTERM", 8)
    with box.connect_plain() as client:
        assert ask(client, "/index.html").status == 200


@test
def a_program_that_says_nothing_is_ended_in_time(box):
    script(box, "mute", "#!/bin/sh\necho $$ > \"$PIDS\"\nsleep 30\n")
    (box.path / "pids").touch()
    (box.path / "pids").chmod(0o666)
    box.config('CGIScriptTimeout 300ms\nSetEnv PIDS "@BOX@/pids"\n' + TLS, base=BASE).start()
    assert box.get("/cgi/mute").status == 504
    pid = int((box.path / "pids").read_text())
    eventually(lambda: not is_running(pid), "it is gone", 5)
    eventually(lambda: "Timeout waiting for output from CGI script" in box.said(), "the log says so")


@test
def no_zombie_is_left(box):
    script(box, "quick", HEAD)
    box.config(base=BASE).start()
    for _ in range(20):
        assert box.get("/cgi/quick").status == 200

    def zombies():
        found = 0
        for entry in os.listdir("/proc"):
            try:
                with open("/proc/%s/stat" % entry, encoding="ascii") as text:
                    words = text.read().rsplit(")", 1)
                found += entry.isdigit() and "(quick" in words[0] and words[1].split()[0] == "Z"
            except OSError:
                continue
        return found

    eventually(lambda: zombies() == 0, "all are reaped")


@test
def a_program_inherits_three_descriptors_and_no_ignored_signal(box):
    script(box, "look", "#!/bin/bash\necho Content-Type: text/plain\necho\nls -m /proc/$$/fd\ngrep -E 'Sig(Ign|Blk)' /proc/self/status\n"
           "ulimit -n\npwd\nid -un\n")
    box.config(base=BASE).start()
    lines = box.curl(box.url("/cgi/look")).stdout.splitlines()
    assert lines[0] == "0, 1, 2, 255", "255 is bash's own, %r" % lines
    assert lines[1].split()[1].strip("0") == "" and lines[2].split()[1].strip("0") == "", lines
    assert lines[4] == str(box.path / "cgi")
    if os.geteuid() == 0:
        assert lines[5] == "www-data"


@test
def what_a_program_leaves_running_stays(box):
    script(box, "starts", "#!/bin/sh\nsleep 8 >/dev/null 2>&1 </dev/null &\necho Content-Type: text/plain\necho\necho $!\n")
    box.config(base=BASE).start()
    pid = int(box.curl(box.url("/cgi/starts")).stdout)
    time.sleep(0.3)
    assert is_running(pid)
    os.kill(pid, signal.SIGKILL)


@test
def scriptlog_tells_what_a_failing_script_was_asked_and_said(box):
    script(box, "bad", "#!/bin/sh\ncat >/dev/null\nprintf 'X-A: 1\\nno header\\nmore\\n'\n")
    log = box.path / "script.log"
    log.touch()
    log.chmod(0o666)
    box.config('ScriptLog "@BOX@/script.log"\nScriptLogBuffer 4\nScriptLogLength 600\n', base=BASE + TLS).start()
    for _ in range(5):
        with box.connect_plain() as client:
            client.sendall(b"POST /cgi/bad?q HTTP/1.0\r\nX-B: 2\r\nContent-Length: 6\r\n\r\nabcdef")
            while client.recv(4096):
                pass
    text = log.read_text()
    first = re.sub(r"\[.*?\]", "[time]", text.split("%% [")[1].join(("%% [", "")))
    assert first.startswith("%% [time] POST /cgi/bad?q HTTP/1.0\n%% 500 ") and "%request\nX-B: 2\n" in first, first
    assert "\nabcd\n%response\nno header\n%stdout\nmore\n" in first, first
    assert len(text) < 1000, "ScriptLogLength is the end of it"
    eventually(lambda: "malformed header from script 'bad': Bad header: no header" in box.said(), "the log says so")


@test(signet_only=True)
def missing_interpreters_are_explained(box):
    script(box, "dos", "#!/bin/sh\r\necho hello\n")
    box.config(base=BASE).start()
    assert box.get("/cgi/dos").status == 500
    eventually(lambda: "AH01215: stderr from" in box.said() and "cannot run" in box.said(), "the reason")
    eventually(lambda: "SG0675: End of script output before headers: dos" in box.said(), "the id")
