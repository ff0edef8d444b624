"""The status pages, and the limits that they show."""

import concurrent.futures
import contextlib
import json
import os
import random
import re
import socket
import subprocess
import threading
import time
import urllib.request

import lib
from lib import TLS, Box, command, eventually, free_port, need, test

STATUS = """<Location "/server-status">
    SetHandler server-status
</Location>
"""
METRICS = """<Location "/metrics">
    SetHandler server-metrics
</Location>
"""
SHARED_CACHE = 'SSLSessionCache "shmcb:@BOX@/sessions(512000)"\n'
APACHE = "/usr/sbin/apache2"


def with_status(text):
    """The base configuration with mod_status, which only Apache has to load."""
    return lib.CONFIG.replace(
        "@LOAD@",
        "@LOAD@\nLoadModule status_module /usr/lib/apache2/modules/mod_status.so\n"
        "LoadModule reqtimeout_module /usr/lib/apache2/modules/mod_reqtimeout.so",
    ) + text


def fetch(box, path):
    with urllib.request.urlopen(box.url(path, "http"), timeout=10) as answer:
        return answer.read().decode(), answer.headers


def values(text):
    """?auto as a dictionary, in the order of its lines."""
    return dict(line.partition(": ")[::2] for line in text.splitlines() if ": " in line)


def keys_of(box):
    """The keys of ?auto after some requests, one of them over TLS 1.2 so that the cache has an entry."""
    box.config(STATUS + SHARED_CACHE + TLS, base=with_status("")).start()
    for _ in range(3):
        fetch(box, "/1k.txt")
    box.curl("--tlsv1.2", "--tls-max", "1.2", "-o", "/dev/null", box.url("/1k.txt"))
    time.sleep(1.2)  # no rates before a second has passed
    text, headers = fetch(box, "/server-status?auto")
    assert headers["Content-Type"] == "text/plain; charset=ISO-8859-1", headers
    return [line.split(":")[0] for line in text.splitlines()[1:]], values(text)


@test(signet_only=True)
def server_status_auto_has_the_keys_of_apache_in_their_order(box):
    need(APACHE)
    ours, ours_values = keys_of(box)
    other = Box(APACHE, box.certs)
    try:
        theirs, their_values = keys_of(other)
    finally:
        other.close()
    # CPULoad is missing while no processor time has been counted.
    compared = [[key for key in keys if key != "CPULoad"] for keys in (ours, theirs)]
    added = compared[0][len(compared[1]) :]  # what Apache does not count comes after
    assert compared[0] == compared[1] + added, compared
    assert added and all(re.match("TLS(Handshakes|Micros|Reneg|Clients|EarlyData|Failure)", k) for k in added), added
    assert "Total Accesses" in ours and "CacheCurrentEntries" in ours, ours
    for key in ("Total Accesses", "BusyWorkers", "Stopping", "ConnsAsyncClosing"):
        assert ours_values[key] == their_values[key], (key, ours_values, their_values)


@test
def prometheus_apache_exporter_reads_the_status(box):
    exporter = need("prometheus-apache-exporter")
    box.config(STATUS + TLS, base=with_status("")).start()
    for _ in range(5):
        fetch(box, "/1k.txt")
    port = free_port()
    with open(box.path / "exporter.log", "wb") as log:
        process = subprocess.Popen(
            [
                exporter,
                "--scrape_uri=" + box.url("/server-status?auto", "http"),
                "--telemetry.address=127.0.0.1:%d" % port,
            ]
            if b"telemetry.address" in subprocess.run([exporter, "--help"], capture_output=True).stderr
            else [
                exporter,
                "--scrape_uri=" + box.url("/server-status?auto", "http"),
                "--web.listen-address=127.0.0.1:%d" % port,
            ],
            stdout=log,
            stderr=log,
        )
    try:
        url = "http://127.0.0.1:%d/metrics" % port

        def scraped():
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()

        metrics = eventually(scraped, "the exporter answers")
    finally:
        process.terminate()
        process.wait(10)
    assert re.search(r"^apache_up 1$", metrics, re.M), metrics
    accesses = re.search(r"^apache_accesses_total (\S+)$", metrics, re.M)
    assert accesses and float(accesses[1]) >= 5, metrics
    assert re.search(r'^apache_workers\{state="busy"\} 1$', metrics, re.M), metrics
    assert re.search(r'^apache_scoreboard\{state="reply"\} 1$', metrics, re.M), metrics


@test
def the_page_shows_connections_and_escapes_what_clients_send(box):
    box.config(STATUS + TLS, base=with_status("")).start()
    with box.connect_plain() as idle:
        lib.ask(idle, "/1k.txt?<script>alert(1)</script>", close=False)
        page, headers = fetch(box, "/server-status?refresh=7")
        assert headers["Refresh"] == "7" and headers["Content-Type"].startswith("text/html"), headers
        assert "&lt;script&gt;alert(1)" in page and "<script>" not in page, page
        assert "<td>127.0.0.1</td><td>http/1.1</td><td nowrap>localhost:" in page, page
        values_now = values(fetch(box, "/server-status?auto")[0])
        assert values_now["ConnsAsyncKeepAlive"] == "1", values_now
    listed, _ = fetch(box, "/server-status?notable")
    assert "<h2>Server Details</h2>" in listed and "<b>Server " in listed, listed


@test
def without_extended_status_the_page_tells_neither_requests_nor_totals(box):
    box.config("ExtendedStatus Off\n" + STATUS + TLS, base=with_status("")).start()
    fetch(box, "/1k.txt?secret")
    page, _ = fetch(box, "/server-status")
    assert "secret" not in page and "Total accesses" not in page, page
    assert "requests currently being processed" in page, page
    told = values(fetch(box, "/server-status?auto")[0])
    assert "Total Accesses" not in told and told["BusyWorkers"] == "1", told


@test(signet_only=True)
def counts_survive_a_graceful_restart_and_the_death_of_a_worker(box):
    box.config(STATUS + TLS).start()
    for _ in range(10):
        fetch(box, "/1k.txt")
    before = values(fetch(box, "/server-status?auto")[0])
    box.signal(10)  # SIGUSR1

    def reloaded():
        now = values(fetch(box, "/server-status?auto")[0])
        return now if now["ParentServerMPMGeneration"] == "1" and now["Stopping"] == "0" else None

    after = eventually(reloaded, "the new generation serves")
    assert int(after["Total Accesses"]) > int(before["Total Accesses"]), (before, after)
    assert after["RestartTime"] == before["RestartTime"], (before, after)
    page = json.loads(fetch(box, "/server-status?json")[0])
    os.kill(page["workers"][0]["pid"], 9)
    eventually(
        lambda: len(json.loads(fetch(box, "/server-status?json")[0])["workers"])
        == len(page["workers"]),
        "the worker is replaced",
    )
    last = json.loads(fetch(box, "/server-status?json")[0])
    assert last["requests"] >= page["requests"], (page, last)


@test(signet_only=True)
def metrics_count_handshakes_and_their_failures_by_cause(box):
    box.config(METRICS + TLS).start()
    box.get("/1k.txt")
    context = box.tls_context()
    with box.connect(context=context) as first:
        lib.ask(first, "/1k.txt", close=True)
        session = first.session
    with box.connect(context=context, session=session) as second:
        assert second.session_reused
        lib.ask(second, "/1k.txt")
    command("openssl", "s_client", "-connect", "127.0.0.1:%d" % box.https, "-tls1_1", "-cipher",
            "ALL:@SECLEVEL=0", stdin="")

    def totals():
        sums = {}
        for line in fetch(box, "/metrics")[0].splitlines():
            found = re.match(r"(\w+)(?:\{(.*)\})? (\S+)$", line)
            if not found:
                assert line.startswith("# "), line
                continue
            name, labels, value = found.groups()
            labels = ",".join(
                part for part in re.findall(r'\w+="[^"]*"', labels or "") if "worker=" not in part
            )
            sums[name, labels] = sums.get((name, labels), 0) + float(value)
        return sums

    seen = totals()
    assert seen["signet_tls_handshakes_total", 'kind="full"'] == 2, seen
    assert seen["signet_tls_handshakes_total", 'kind="resumed"'] == 1, seen
    failures = {
        key: value
        for key, value in seen.items()
        if "failures" in key[0] and "SG0381" not in key[1]  # the box's own look at the port
    }
    assert sum(failures.values()) == 1 and "cause=" in str(failures), failures
    assert seen["signet_requests_total", ""] == 3, seen
    assert seen["signet_uptime_seconds", ""] < 60, seen


@test(signet_only=True)
def more_requests_than_workers_wait_and_are_answered(box):
    box.config("MaxRequestWorkers 1\n" + STATUS + TLS).start()
    head = b"POST /1k.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    with contextlib.ExitStack() as stack:
        slow = stack.enter_context(box.connect_plain())
        slow.sendall(head + b"a")  # its fiber waits for the body
        time.sleep(0.3)
        second = stack.enter_context(box.connect_plain())
        second.sendall(b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        second.settimeout(0.5)
        with contextlib.suppress(socket.timeout):
            assert not second.recv(1), "answered although the only worker is busy"
        slow.sendall(b"bc")
        second.settimeout(10)
        assert lib.read_answer(second).status == 200
        assert lib.read_answer(slow).status == 200
    assert "AH00484: server reached MaxRequestWorkers setting" in box.said(), box.said()
    assert json.loads(fetch(box, "/server-status?json")[0])["requests_queued"] == 1


@test(signet_only=True)
def who_waits_too_long_for_a_worker_gets_503(box):
    box.config("MaxRequestWorkers 1\nTimeout 1\nRequestReadTimeout body=0\n" + TLS).start()
    head = b"POST /1k.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    with box.connect_plain() as slow, box.connect_plain() as second:
        slow.sendall(head)
        time.sleep(0.6)
        with box.connect_plain() as gone:  # one that gives up while it waits harms nobody
            gone.sendall(b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.1)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        second.sendall(b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        for _ in range(2):  # the first one is allowed to go on: it sends something now and then
            time.sleep(0.25)
            slow.sendall(b"a")
        assert lib.read_answer(second).status == 503


@test(signet_only=True)
def at_its_bound_of_connections_a_worker_closes_idle_ones_and_goes_on(box):
    # One worker, two requests at a time, three times as many connections.
    box.config(
        "ServerLimit 1\nMaxRequestWorkers 2\nKeepAliveTimeout 60\n" + STATUS + TLS
    ).start()
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(box.connect_plain()) for _ in range(6)]
        for connection in kept:
            assert lib.ask(connection, "/1k.txt", close=False).status == 200
        late = stack.enter_context(box.connect_plain())
        assert lib.ask(late, "/1k.txt").status == 200
        assert any(closed(connection) for connection in kept), "nobody made room"
    assert "AH00484" in box.said(), box.said()
    assert fetch(box, "/1k.txt")[0] == "x" * 1024


def closed(connection):
    connection.settimeout(0.2)
    try:
        return connection.recv(1) == b""
    except (socket.timeout, BlockingIOError):
        return False
    except OSError:
        return True


def server_info(box, query=""):
    box.config(
        "AddModuleInfo mod_alias.c 'see <b>here</b>'\nAlias /x \"@BOX@/htdocs\"\n"
        '<Location "/server-info">\n    SetHandler server-info\n</Location>\n' + TLS,
        base=lib.CONFIG.replace(
            "@LOAD@", "@LOAD@\nLoadModule info_module /usr/lib/apache2/modules/mod_info.so"
        ),
    )
    if not box.process:
        box.start()
    text, headers = fetch(box, "/server-info" + query)
    assert headers["Content-Type"] == "text/html; charset=ISO-8859-1", headers
    return text


@test
def server_info_shows_modules_and_their_configuration(box):
    alias = server_info(box, "?mod_alias.c")
    assert '<a name="mod_alias.c"><strong>Module Name:</strong></a>' in alias, alias
    assert "<dd><tt>Alias - <i>" in alias and "<dd>see <b>here</b></dd>" in alias, alias
    assert re.search(r"&nbsp;Alias <i>/x &quot;[^<]*htdocs&quot;</i></tt></dd>", alias), alias
    assert "DocumentRoot" not in alias, alias
    assert "<dd>mod_headers.c</dd>" in server_info(box, "?list")
    assert "Module Name" not in server_info(box, "?nosuch.c")
    whole = server_info(box, "?config")
    assert "&lt;VirtualHost *:%d&gt;</tt></dd>" % box.https in whole, whole
    assert "SSLEngine <i>on</i>" in whole and "&lt;/VirtualHost&gt;" in whole, whole
    assert "<strong>Config File:</strong> <tt>%s</tt>" % box.conf in server_info(box, "?server")
    assert "Translate Name" in server_info(box, "?hooks")
    assert "&nbsp;&nbsp;ip</tt>" in server_info(box, "?providers")


@test(signet_only=True)
def a_configuration_shown_by_server_info_is_the_one_that_apache_shows(box):
    need(APACHE)
    other = Box(APACHE, box.certs)
    shown = []
    try:
        for one in (box, other):
            text = server_info(one, "?config")
            lines = re.findall(r"<dd><tt>(.*?)</tt></dd>", text)
            # Apache obeys LoadModule and ServerRoot while it reads, and does not keep them.
            kept = [
                re.sub(r"%s|%d|%d" % (one.path, one.http, one.https), "@", line)
                for line in lines
                if not re.search(r"&nbsp;(LoadModule|ServerRoot|DefaultRuntimeDir) ", line)
            ]
            shown.append(kept)
    finally:
        other.close()
    assert shown[0] == shown[1], "\n".join(
        "%s\n  %s" % pair for pair in zip(*shown) if pair[0] != pair[1]
    )


COMPRESSED = """AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/plain text/html
"""


@test(signet_only=True)
def an_entity_tag_of_compressed_content_is_answered_with_304(box):
    box.page("words.txt", "many words " * 300)
    os.utime(box.htdocs / "words.txt", (1_700_000_000, 1_700_000_000))
    box.config(COMPRESSED + TLS).start()
    with box.connect() as connection:
        for coding, suffix in (("gzip", '-gzip"'), ("br", '-br"')):
            accept = "Accept-Encoding: " + coding
            first = lib.ask(connection, "/words.txt", close=False, headers=[accept])
            assert first.headers["content-encoding"] == coding, first.head
            tag = first.headers["etag"]
            assert tag.endswith(suffix), tag
            again = lib.ask(connection, "/words.txt", close=False, headers=[accept])
            assert again.body == first.body, "kept and made anew differ"
            same = lib.ask(
                connection, "/words.txt", close=False, headers=[accept, "If-None-Match: " + tag]
            )
            assert same.status == 304 and not same.body, same.head


@test
def curl_unpacks_compressed_files_of_every_size(box):
    sizes = (0, 1, 60, 100, 5000, 65536, 65537, 1_000_000)

    maker = random.Random(1)
    for size in sizes:
        box.page("s%d.txt" % size, bytes(maker.randrange(97, 110) for _ in range(size)))
    modules = "".join(
        "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n" % (m, m)
        for m in ("filter", "deflate", "brotli")
    )
    box.config(COMPRESSED + TLS, base=lib.CONFIG.replace("@LOAD@", "@LOAD@\n" + modules)).start()
    for coding in ("gzip", "br"):
        for size in sizes:
            for _ in range(2):
                target = box.path / "got"
                done = box.curl(
                    "--compressed", "-H", "Accept-Encoding: " + coding, "-o", target,
                    "-w", "%{size_download}", box.url("/s%d.txt" % size),
                )
                assert done.returncode == 0, done.stderr
                assert target.exists() or size == 0, done.stderr
                if size:
                    assert target.read_bytes() == (box.htdocs / ("s%d.txt" % size)).read_bytes()
                if size >= 5000:
                    assert int(done.stdout) < size * 0.7, (coding, size, done.stdout)


@test(signet_only=True)
def forty_slow_uploads_share_four_request_workers(box):
    box.config("MaxRequestWorkers 4\nAsyncRequestWorkerFactor 20\n" + STATUS + TLS).start()
    head = b"POST /1k.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    all_have_begun = threading.Barrier(40)

    def upload(_):
        with box.connect_plain(timeout=30) as connection:
            connection.sendall(head + b"a")
            all_have_begun.wait()
            time.sleep(0.2)
            connection.sendall(b"bc")
            return lib.read_answer(connection).status

    with concurrent.futures.ThreadPoolExecutor(40) as clients:
        statuses = list(clients.map(upload, range(40)))
    assert statuses == [200] * 40, statuses
    state = json.loads(fetch(box, "/server-status?json")[0])
    assert state["requests_queued"] > 0 and state["requests_refused"] == 0, state
    assert state["busy"] == 1, state


@test(signet_only=True)
def listen_backlog_is_what_the_kernel_was_told(box):
    box.config("ListenBacklog 37\n" + TLS).start()
    listed = command(need("ss"), "-ltnH").stdout
    line = next(line for line in listed.splitlines() if ":%d " % box.http in line)
    assert line.split()[2] == "37", line
