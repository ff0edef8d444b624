"""Binary upgrade: another program takes the place of the running one, and no client notices."""

import contextlib
import os
import pathlib
import shutil
import signal
import time

from lib import TLS, ask, children, command, eventually, is_alive, serving, test
from test_processes import MEGABYTE, Load


def own_copy(box):
    """The server runs from a file of this box, which a test may replace."""
    box.original, box.program = box.program, str(box.path / "signet")
    install(box, box.original)
    return box


def install(box, source):
    """As a package does: a new file takes the old one's name; the running program keeps the old file."""
    fresh = box.program + ".new"
    # By a program: a test that forks while this process has the file open makes it "busy".
    assert command("cp", source, fresh).returncode == 0
    os.chmod(fresh, 0o755)
    os.rename(fresh, box.program)


def program_file(pid):
    return os.stat("/proc/%d/exe" % pid).st_ino


def upgraded(box, old):
    """The pid of the server that came after `old`."""

    def look():
        pid = box.pid()
        return pid != old and is_alive(pid) and pid

    return eventually(look, "another server in the pid file", 30)


def program(pid):
    return pathlib.Path("/proc/%d/comm" % pid).read_text().strip()


def parents(pid):
    status = pathlib.Path("/proc/%d/status" % pid).read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid"))


@test(alone=True, signet_only=True)
def upgrades_under_load_break_no_answer_and_refuse_no_connection(box):
    own_copy(box)
    box.page("page.txt", "y" * 20000)
    box.config("MaxKeepAliveRequests 0\n" + TLS).start()
    with Load(box) as load:
        for _ in range(3):  # the third goes back to a program that came before
            old = serving(box)
            before = load.answers
            install(box, box.original)
            assert box.run("-k", "upgrade").returncode == 0
            new = upgraded(box, old)
            assert program_file(new) == os.stat(box.program).st_ino
            eventually(lambda: load.answers > before + 50, "answers from the new program")
    assert not load.faults, load.faults[:5]


@test(signet_only=True)
def a_download_survives_an_upgrade_and_the_old_program_ends_after_it(box):
    own_copy(box)
    box.page("big.bin", os.urandom(MEGABYTE) * 24)
    box.config().start()
    with box.connect() as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        size = len(connection.recv(1000))
        assert box.run("-k", "upgrade").returncode == 0
        upgraded(box, box.process.pid)
        assert box.get().status == 200
        while piece := connection.recv(1 << 18):
            size += len(piece)
        assert size > 24 * MEGABYTE


@test(signet_only=True)
def after_an_upgrade_in_the_background_only_the_new_server_is_left(box):
    own_copy(box).config()
    assert box.run().returncode == 0
    old = eventually(box.pid, "a pid file")
    descriptors = len(os.listdir("/proc/%d/fd" % old))
    for _ in range(2):
        assert box.run("-k", "upgrade").returncode == 0
        new = upgraded(box, old)
        eventually(lambda: not is_alive(old), "the old server has ended")
        assert box.get().status == 200
        old = new
    assert len(os.listdir("/proc/%d/fd" % new)) <= descriptors, "descriptors were inherited"
    assert box.run("-k", "graceful").returncode == 0
    assert box.run("-k", "stop").returncode == 0
    eventually(lambda: not is_alive(new), "the new server has ended")
    assert not (box.path / "httpd.pid").exists()


@test(signet_only=True)
def in_the_foreground_the_first_process_stays_and_ends_with_the_server(box):
    own_copy(box).config().start()
    for _ in range(2):
        old = serving(box)
        box.signal(signal.SIGRTMIN)
        new = upgraded(box, old)
        if old != box.process.pid:
            eventually(lambda: not is_alive(old), "the one in the middle has gone")
    eventually(lambda: parents(new) == box.process.pid, "the newest is a child of the first")
    box.config(TLS + "Header set X-Generation later\n")
    box.signal(signal.SIGUSR1)
    eventually(
        lambda: box.get().headers.get("x-generation") == "later", "the signal reached the server"
    )
    box.signal(signal.SIGTERM)
    assert box.ended() == 0 and not is_alive(new)


@test(signet_only=True)
def programs_of_piped_logs_end_with_the_server_that_started_them(box):
    own_copy(box)
    piped = 'ErrorLog "|/bin/sh -c \'cat >> %s/piped-error.log\'"\n' % box.path
    piped += 'CustomLog "|/bin/sh -c \'cat >> %s/piped-access.log\'" common\n' % box.path
    box.config(TLS + piped).start()
    before = [pid for pid in children(box.process.pid) if program(pid) == "sh"]
    assert len(before) == 2
    for _ in range(2):  # a reload must not leave them behind either
        box.signal(signal.SIGUSR1)
        eventually(lambda: not any(is_alive(pid) for pid in before), "a reload ended them")
        before = [pid for pid in children(box.process.pid) if program(pid) == "sh"]
        assert len(before) == 2
    box.signal(signal.SIGRTMIN)
    new = upgraded(box, box.process.pid)
    eventually(lambda: not any(is_alive(pid) for pid in before), "the old programs have ended")
    assert box.get("/1k.txt").status == 200
    log = box.path / "piped-access.log"
    eventually(lambda: "/1k.txt" in log.read_text(), "a line by way of the new program")
    box.signal(signal.SIGTERM)
    assert box.ended() == 0 and not is_alive(new)


@test(signet_only=True)
def sessions_and_pass_phrases_survive_an_upgrade(box):
    own_copy(box)
    box.config(
        TLS.replace("ecdsa.crt", "rsa.crt").replace("ecdsa.key", "locked.key")
        + "SSLPassPhraseDialog exec:%s/phrase\n" % box.path
    )
    dialog = box.path / "phrase"
    dialog.write_text("#!/bin/sh\necho 'open sesame'\n")
    dialog.chmod(0o755)
    box.start()
    context = box.tls_context()
    context.maximum_version = context.minimum_version  # TLS 1.2 hands out its ticket at once
    with box.connect(context=context) as first:
        ask(first)
        session = first.session
    dialog.write_text("#!/bin/sh\nexit 1\n")  # nobody can be asked a second time
    box.signal(signal.SIGRTMIN)
    upgraded(box, box.process.pid)
    with box.connect(context=context, session=session) as second:
        assert second.session_reused, "the ticket was not accepted"


@test(signet_only=True)
def sessions_without_tickets_survive_an_upgrade(box):
    own_copy(box).config(TLS + "SSLSessionTickets off\nSSLSessionCache shmcb:sessions(200000)\n").start()
    context = box.tls_context()
    context.maximum_version = context.minimum_version
    with box.connect(context=context) as first:
        ask(first)
        session = first.session
    assert not session.has_ticket
    box.signal(signal.SIGRTMIN)
    upgraded(box, box.process.pid)
    with box.connect(context=context, session=session) as second:
        assert second.session_reused, "the session cache was not handed over"


@test(signet_only=True)
def an_upgrade_that_fails_leaves_the_old_program_serving(box):
    own_copy(box).config().start()
    old = serving(box)

    def fails(how):
        before = box.said().count("SG0508")
        box.signal(signal.SIGRTMIN)
        eventually(lambda: box.said().count("SG0508") > before, "the log says that it failed", 20)
        assert box.pid() == old and box.get().status == 200, how

    install(box, shutil.which("false"))
    fails("a program that ends at once")
    box.path.joinpath("signet").write_text("no program\n")
    fails("a file that is no program")
    os.unlink(box.program)
    fails("no file")
    install(box, box.original)
    box.config("Frobnicate on\n" + TLS)
    fails("an error in the configuration")
    assert "Invalid command 'Frobnicate'" in box.said()
    box.config("User nobody-of-that-name\n" + TLS)
    fails("workers that cannot start")
    # Nothing of it is left behind: a reload and a good upgrade work.
    box.config(TLS + "Header set X-Generation mended\n")
    box.signal(signal.SIGUSR1)
    eventually(lambda: box.get().headers.get("x-generation") == "mended", "a reload")
    box.signal(signal.SIGRTMIN)
    upgraded(box, old)
    assert box.get().status == 200


@test(signet_only=True)
def stop_during_an_upgrade_ends_both_programs(box):
    own_copy(box).config().start()
    sleeper = box.path / "sleeper"
    sleeper.write_text("#!/bin/sh\necho $$ > %s/sleeping\nexec sleep 50\n" % box.path)
    install(box, sleeper)
    box.signal(signal.SIGRTMIN)
    pid = int(eventually(lambda: (box.path / "sleeping").read_text(), "the new program runs"))
    assert box.get().status == 200
    box.signal(signal.SIGTERM)
    assert box.ended() == 0
    eventually(lambda: not is_alive(pid), "the new program has ended")


@test(signet_only=True)
def a_reload_asked_for_during_an_upgrade_is_not_lost(box):
    own_copy(box).config().start()
    slow = box.path / "slow"
    slow.write_text('#!/bin/sh\nsleep 1.5\nexec %s "$@"\n' % box.original)
    install(box, slow)
    box.signal(signal.SIGRTMIN)
    time.sleep(0.5)
    box.config(TLS + "Header set X-Generation later\n")
    box.signal(signal.SIGUSR1)
    upgraded(box, box.process.pid)
    eventually(lambda: box.get().headers.get("x-generation") == "later", "the reload")
    with contextlib.suppress(AssertionError):
        eventually(lambda: "Doing graceful restart" in box.said(), "its line", 2)


@test(signet_only=True)
def k_upgrade_checks_the_configuration_and_whether_a_server_runs(box):
    box.config()
    done = box.run("-k", "upgrade")
    assert done.returncode == 1 and "not running" in done.stdout + done.stderr, done
    box.start()
    box.config("Frobnicate on\n" + TLS)
    done = box.run("-k", "upgrade")
    assert done.returncode == 1 and "Invalid command 'Frobnicate'" in done.stdout + done.stderr
    assert box.get().status == 200
