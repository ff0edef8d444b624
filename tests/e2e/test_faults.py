"""What goes wrong around a server: full disks, no descriptors, no processes, no memory, clocks that jump. Each is
survived, and diagnosed by its id."""

import contextlib
import email.utils
import os
import pathlib
import re
import signal
import socket
import time

from lib import REPOSITORY, Skip, ask, children, command, eventually, is_alive, need, serving, test

PLAIN = "KeepAliveTimeout 5\n"


def keepers(box):
    found = []
    for child in children(serving(box)):
        with contextlib.suppress(OSError):
            if pathlib.Path("/proc/%d/comm" % child).read_text().strip() == "signet-keeper":
                found.append(child)
    return found


def keeper(box):
    return next(iter(keepers(box)), None)


def workers(box):
    """All of them: the port answers before they are there. Fewer, where they do not come."""

    def found():
        return [child for child in children(serving(box)) if child not in keepers(box)]

    with contextlib.suppress(AssertionError):
        eventually(lambda: len(found()) >= len(os.sched_getaffinity(0)), "a worker per processor", 5)
    return found()


class Faults:
    """Makes system calls of the box's server fail (faults.c)."""

    def __init__(self, box):
        library = box.path / "faults.so"
        done = command(
            need("cc"), "-shared", "-fPIC", "-O1", "-o", library, REPOSITORY / "tests/e2e/faults.c", "-ldl"
        )
        assert done.returncode == 0, done.stderr
        self.file = box.path / "faults"
        self.set("")
        self.before = ("env", "LD_PRELOAD=%s" % library, "FAULTS=%s" % self.file)

    def set(self, text):
        fresh = self.file.with_suffix(".new")
        fresh.write_text(text)
        fresh.chmod(0o644)
        fresh.rename(self.file)


def not_sanitized():
    if os.environ.get("SIGNET_SANITIZED"):
        raise Skip("a sanitizer wants to be the first library, and reports crashes itself")


def fetch(box, path="/1k.txt"):
    with box.connect_plain() as connection:
        return ask(connection, path)


def logged(box, identity, patience=10):
    return eventually(lambda: identity in box.said(), identity + " in the error log", patience)


# --- crashes ------------------------------------------------------------------------------------------


@test(signet_only=True)
def a_crash_leaves_its_signal_a_backtrace_and_the_build_in_the_error_log(box):
    not_sanitized()
    build = re.search(r"build id:? *([0-9a-f]{16,})", box.run("-V").stdout, re.I)
    box.config().start()
    victim = workers(box)[0]
    os.kill(victim, signal.SIGSEGV)
    logged(box, "AH00052: child pid %d exit signal Segmentation fault (11)" % victim)
    said = box.said()
    head = re.search(
        r"signet: signal 11 \(Segmentation fault\) in process %d: signet/\S+ build ([0-9a-f]+)" % victim, said
    )
    assert head, said
    assert not build or head.group(1) == build.group(1)
    frames = re.findall(r"signet\(\+0x[0-9a-f]+\)\[0x[0-9a-f]+\]|signet\(\S+\+0x[0-9a-f]+\)", said)
    assert len(frames) >= 3, said
    assert fetch(box).status == 200


@test(signet_only=True)
def after_a_rotation_the_backtrace_goes_to_the_new_log(box):
    not_sanitized()
    box.config().start()
    (box.path / "error.log").rename(box.path / "error.log.1")
    box.signal(signal.SIGUSR2)
    eventually((box.path / "error.log").exists, "a new log")
    logged(box, "Logs opened anew")
    time.sleep(0.3)  # the workers have been told
    os.kill(workers(box)[0], signal.SIGABRT)
    eventually(
        lambda: "signet: signal 6 (Aborted)" in (box.path / "error.log").read_text(), "the report"
    )
    assert "signet: signal" not in (box.path / "error.log.1").read_text()


def memory_peak(pid):
    status = pathlib.Path("/proc/%d/status" % pid).read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmPeak"))


@test(signet_only=True)
def a_worker_without_memory_says_so_and_is_replaced(box):
    not_sanitized()
    box.config(PLAIN).start(port=box.http)
    enough = max(memory_peak(pid) for pid in (box.process.pid, *workers(box))) + (1 << 20)
    box.signal(signal.SIGTERM)
    box.ended()
    box.start(port=box.http, before=(need("prlimit"), "--as=%d" % enough))
    before = workers(box)
    idle = []
    with contextlib.suppress(OSError):
        for _ in range(900):  # each holds a block of its worker while its head is not complete
            connection = box.connect_plain()
            idle.append(connection)
            connection.sendall(b"GET /1k.txt HTTP/1.1\r\nX-Long: " + b"x" * 6000)
    logged(box, "signet: out of memory in process", 20)
    logged(box, "AH00052")
    for connection in idle:
        connection.close()
    eventually(lambda: len(workers(box)) == len(before), "all workers are back", 20)
    assert set(workers(box)) != set(before)
    assert fetch(box).status == 200


@test(signet_only=True)
def when_the_master_is_killed_its_children_finish_and_the_port_is_free(box):
    box.page("big.bin", b"z" * (24 << 20))
    box.config().start()
    # The port answers before the workers are there: the kernel keeps who knocks.
    eventually(lambda: keeper(box) in children(box.process.pid), "the keeper is there")
    everybody = children(box.process.pid)
    with box.connect_plain() as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        size = len(connection.recv(1000))
        box.signal(signal.SIGKILL)
        box.ended()
        time.sleep(0.3)
        while piece := connection.recv(1 << 18):
            size += len(piece)
        assert size > 24 << 20, "the answer in progress was cut"
    eventually(lambda: not any(is_alive(child) for child in everybody), "all have ended")
    box.start()
    logged(box, "AH00098")
    assert fetch(box).status == 200


# --- resources that are used up -----------------------------------------------------------------------


@test(signet_only=True)
def without_descriptors_clients_wait_and_the_log_says_so_once(box):
    not_sanitized()
    faults = Faults(box)
    box.config(PLAIN).start(port=box.http, before=faults.before)
    assert fetch(box).status == 200
    faults.set("accept 24\n")
    with contextlib.suppress(OSError):
        fetch(box)
    logged(box, "(24)Too many open files: ")
    waiting = box.connect_plain(timeout=20)
    waiting.sendall(b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    time.sleep(2.0)
    lines = box.said().count("cannot accept connections")
    assert 1 <= lines <= len(workers(box)), lines
    faults.set("")
    assert waiting.recv(100).startswith(b"HTTP/1.1 200"), "who waited is served"
    assert fetch(box).status == 200


@test(signet_only=True)
def a_full_disk_stops_neither_answers_nor_later_log_lines(box):
    not_sanitized()
    faults = Faults(box)
    box.config(PLAIN).start(port=box.http, before=faults.before)
    faults.set("write 28\n")
    for number in range(20):
        assert fetch(box, "/1k.txt?full=%d" % number).status == 200
    log = box.path / "access.log"
    assert "full=" not in log.read_text()
    faults.set("")
    # Each worker that answered keeps its own lines and writes them on its own.
    eventually(lambda: log.read_text().count("full=") == 20, "all lines are written when there is room")


@test(signet_only=True)
def a_pid_file_that_cannot_be_written_names_the_reason(box):
    not_sanitized()
    faults = Faults(box)
    box.config(PLAIN)
    faults.set("write 28\n")
    done = command(*faults.before, *box.words("-DFOREGROUND"), timeout=30)
    assert done.returncode == 1
    faults.set("")
    base = box.conf.read_text()
    box.conf.write_text(base.replace("httpd.pid", "missing/folder/httpd.pid"))
    assert box.run("-DFOREGROUND").returncode == 1
    wanted = r"AH00099: could not create \S+httpd.pid: %s/missing does not exist" % box.path
    assert re.search(wanted, box.said())
    if os.geteuid() != 0:
        return
    box.conf.write_text(base)
    closed = box.path / "closed"
    closed.mkdir(mode=0o700)
    box.conf.write_text(
        base.replace("httpd.pid", "closed/httpd.pid").replace("access.log", "access2.log")
    )
    box.path.chmod(0o777)
    (box.path / "error.log").chmod(0o666)
    done = command("setpriv", "--reuid=www-data", "--clear-groups", *box.words("-DFOREGROUND"))
    wanted = "AH00058: Error retrieving pid file %s/httpd.pid: %s may not be entered by uid"
    wanted %= (closed, closed)
    assert done.returncode == 1 and wanted in done.stderr, done


@test(signet_only=True)
def when_no_process_can_be_forked_the_master_tries_again(box):
    not_sanitized()
    faults = Faults(box)
    box.config(PLAIN).start(port=box.http, before=faults.before)
    count = len(workers(box))
    faults.set("fork 11\n")
    for worker in workers(box):
        os.kill(worker, signal.SIGKILL)
    logged(box, "AH00481: fork: Unable to fork new process: Resource temporarily unavailable")
    assert box.process.poll() is None
    faults.set("")
    eventually(lambda: len(workers(box)) == count, "the workers are back", 20)
    assert fetch(box).status == 200


@test(signet_only=True)
def without_inotify_files_are_compared_and_the_log_says_so_once(box):
    not_sanitized()
    faults = Faults(box)
    for fault in ("inotify 24\n", "watch 28\n"):
        faults.set(fault)
        page = box.page("page.txt", "one")
        box.config(PLAIN).start(port=box.http, before=faults.before)
        assert fetch(box, "/page.txt").body == b"one"
        page.write_text("three")
        assert fetch(box, "/page.txt").body == b"three"
        if fault.startswith("inotify"):
            logged(box, "changes of files cannot be watched")
            time.sleep(1.5)
            assert box.said().count("cannot be watched") <= len(workers(box))
        box.signal(signal.SIGTERM)
        box.ended()


# --- clocks -------------------------------------------------------------------------------------------


def distance(answer, offset):
    date = email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()
    return abs(date - time.time() - offset)


@test(signet_only=True)
def when_the_clock_jumps_dates_follow_and_timeouts_do_not(box):
    not_sanitized()
    faults = Faults(box)
    box.config("KeepAliveTimeout 3\n").start(port=box.http, before=faults.before)
    assert distance(fetch(box), 0) < 3
    with box.connect_plain() as kept:
        ask(kept, close=False)
        for offset in (86400 * 400, -86400 * 400):  # no connection is closed by either
            faults.set("clock %d\n" % offset)
            time.sleep(0.2)
            answer = ask(kept, close=False)
            assert answer.status == 200 and distance(answer, offset) < 3, answer.headers
        begun = time.monotonic()
        assert kept.recv(1) == b"", "the time-out of an idle connection"
        assert 2 < time.monotonic() - begun < 8, "it was not three seconds"
    assert re.search(r"\[\w+ \w+ \d+ [\d:.]+ \d{4}\]", box.said())


# --- limits ---------------------------------------------------------------------------------------------


@test
def graceful_shutdown_timeout_bounds_the_wait_for_slow_clients(box):
    box.page("big.bin", b"z" * (24 << 20))
    box.config("GracefulShutdownTimeout 1\nTimeout 60\n").start(port=box.http)
    with box.connect_plain() as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.recv(100)
        begun = time.monotonic()
        box.signal(signal.SIGWINCH)
        box.ended(20)
        assert 0.8 < time.monotonic() - begun < 20


@test
def max_connections_per_child_replaces_workers_without_losing_an_answer(box):
    box.config("MaxConnectionsPerChild 5\nKeepAlive off\n").start(port=box.http)
    seen = set()
    for _ in range(80):
        assert fetch(box).status == 200
        seen.update(children(box.process.pid))
    assert len(seen) > len(children(box.process.pid)) + 4, seen


@test(signet_only=True)  # Apache keeps the first length of a socket that a restart takes over
def listen_backlog_is_the_length_of_the_queue(box):
    box.config("ListenBackLog 37\n").start(port=box.http)
    told = command(need("ss"), "-ltnH", "sport = :%d" % box.http).stdout.split()
    assert told[2] == "37", told
    box.config("ListenBackLog 21\n")
    assert box.run("-k", "graceful").returncode == 0
    eventually(
        lambda: command("ss", "-ltnH", "sport = :%d" % box.http).stdout.split()[2] == "21",
        "the new length",
    )


@test(signet_only=True)  # Apache wants its libraries below the new root
def chroot_dir_is_the_root_of_what_workers_see(box):
    if os.geteuid() != 0:
        raise Skip("needs root")
    box.page("inside.txt", "inside")
    box.config('ChrootDir "%s"\nDocumentRoot "/htdocs"\n' % box.path).start("-T", port=box.http)
    assert fetch(box, "/inside.txt").body == b"inside"
    worker = children(box.process.pid)[0]
    assert os.readlink("/proc/%d/root" % worker) == str(box.path)


@test(signet_only=True)
def a_core_dump_directory_that_cannot_be_entered_is_reported_and_no_more(box):
    box.config('CoreDumpDirectory "%s/htdocs"\n' % box.path).start(port=box.http)
    worker = workers(box)[0]
    assert os.readlink("/proc/%d/cwd" % worker) == str(box.htdocs)
    if os.geteuid() != 0:
        return
    closed = box.path / "closed"
    closed.mkdir(mode=0o700)
    box.config('CoreDumpDirectory "%s"\n' % closed)
    assert box.run("-k", "graceful").returncode == 0
    logged(box, "(13)Permission denied: SG0544: cannot enter CoreDumpDirectory %s" % closed)
    assert fetch(box).status == 200


@test(signet_only=True)
def a_crash_leaves_its_core_in_the_core_dump_directory(box):
    not_sanitized()
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text()
    if pattern.startswith(("|", "/")):
        raise Skip("this machine's core_pattern sends cores elsewhere: " + pattern.strip())
    cores = box.path / "cores"
    cores.mkdir()
    cores.chmod(0o777)
    box.config('CoreDumpDirectory "%s"\n' % cores)
    box.start(port=box.http, before=(need("prlimit"), "--core=unlimited"))
    os.kill(workers(box)[0], signal.SIGSEGV)
    logged(box, "AH00051: ")
    assert "exit signal Segmentation fault (11), possible coredump in %s" % cores in box.said()
    assert list(cores.iterdir()), "there is no core"


@test(signet_only=True)
def a_mutex_below_a_closed_directory_is_a_warning_that_names_it(box):
    if os.geteuid() != 0:
        raise Skip("needs root")
    closed = box.path / "private"
    (closed / "locks").mkdir(parents=True)
    closed.chmod(0o700)
    box.config("Mutex file:%s/locks ssl-cache\n" % closed).start(port=box.http)
    logged(box, "Mutex file:%s/locks: %s may not be entered by uid" % (closed, closed))
    assert "(mode 0700)" in box.said()


# --- the keeper -------------------------------------------------------------------------------------------


@test(signet_only=True)
def the_keeper_runs_as_user_holds_no_port_and_comes_back(box):
    box.config().start()
    first = eventually(lambda: keeper(box), "a keeper")
    if os.geteuid() == 0:
        eventually(lambda: pathlib.Path("/proc/%d" % first).stat().st_uid != 0, "it is not root")
        status = pathlib.Path("/proc/%d/status" % first).read_text()
        assert re.search(r"^CapEff:\s*0+$", status, re.M) and re.search(r"^NoNewPrivs:\s*1$", status, re.M)
    listening = command(need("ss"), "-ltnpH", "sport = :%d" % box.https).stdout
    assert "pid=%d," % box.process.pid in listening and "pid=%d," % first not in listening, listening
    os.kill(first, signal.SIGKILL)
    second = eventually(lambda: keeper(box) not in (None, first) and keeper(box), "another keeper")
    logged(box, "keeper pid %d exit signal Killed" % first)
    os.kill(second, signal.SIGALRM)
    eventually(lambda: keeper(box) not in (None, second), "a third keeper")
    logged(box, "took too long")
    box.signal(signal.SIGUSR1)
    eventually(
        lambda: box.said().count("resuming normal operations") >= 2 and len(keepers(box)) == 1,
        "one keeper after a reload",
    )
    last = keeper(box)
    box.signal(signal.SIGTERM)
    assert box.ended() == 0 and not is_alive(last)


@test(signet_only=True)
def workers_are_under_a_filter_of_system_calls(box):
    not_sanitized()
    box.config("").start(port=box.http)
    if "SG0527" in box.said():
        raise Skip("seccomp is not allowed here")
    for worker in workers(box):
        status = pathlib.Path("/proc/%d/status" % worker).read_text()
        assert re.search(r"^Seccomp:\s*2$", status, re.M), status
    assert fetch(box).status == 200


@test(signet_only=True)
def without_work_for_it_there_is_no_keeper(box):
    box.config("").start(port=box.http)
    time.sleep(0.3)
    assert keeper(box) is None


# --- starting ----------------------------------------------------------------------------------------------


@test
def an_unprivileged_user_can_serve_on_high_ports(box):
    if os.geteuid() != 0:
        raise Skip("the other tests run unprivileged already")
    os.chmod(box.path, 0o777)
    nobody = ("setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups")
    box.config("").start(port=box.http, before=nobody)
    assert fetch(box).status == 200
    assert pathlib.Path("/proc/%d" % box.process.pid).stat().st_uid != 0
    box.signal(signal.SIGUSR1)
    eventually(lambda: box.said().count("resuming normal operations") >= 2, "a reload")
    assert fetch(box).status == 200


@test
def a_port_in_use_and_a_stale_pid_file_have_apaches_numbers(box):
    box.config("")
    with socket.socket() as rival:
        rival.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        rival.bind(("127.0.0.1", box.http))
        rival.listen()
        done = box.run("-DFOREGROUND")
        assert done.returncode == 1
        wanted = "(98)Address already in use: AH00072: make_sock: could not bind to address "
        assert wanted + "127.0.0.1:%d" % box.http in done.stderr, done.stderr
    (box.path / "httpd.pid").write_text("999999\n")
    box.start(port=box.http)
    pid_file = box.path / "httpd.pid"
    logged(
        box,
        "AH00098: pid file %s overwritten -- Unclean shutdown of previous Apache run?" % pid_file,
    )
