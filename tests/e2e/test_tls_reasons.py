"""The server explains itself: each fault of mission.md's table is provoked with a real client, and its
id, cause and fix are found in the log (or at start)."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time

from hello import answer, client_hello, old_browser, records
from lib import TLS, Skip, ask, command, eventually, need, test

INFO = "LogLevel warn ssl:info reqtimeout:info\n"
STATUS = (
    '<Location "/server-status">\n    SetHandler server-status\n    Require all granted\n'
    "</Location>\n"
)
OLD = "DEFAULT@SECLEVEL=0"


def log_of(box):
    return (box.path / "error.log").read_text(errors="replace")


def said(box, number, *words, count=1):
    """The line with this id; it has cause and fix, and these words."""

    def lines():
        found = [line for line in log_of(box).splitlines() if "SG%04d" % number in line]
        return found if len(found) >= count else None

    line = eventually(lines, "SG%04d in %s" % (number, log_of(box)[-3000:]))[-1]
    assert "cause: " in line and "fix: " in line, line
    for word in words:
        assert word in line, (word, line)
    return line


def started_with(box, number, *words):
    """What was said at start under this id, with cause and fix."""
    text = eventually(
        lambda: box.said() if "SG%04d" % number in box.said() else None,
        "SG%04d at start: %s" % (number, box.said()),
    )
    assert "cause:" in text and "fix:" in text, text
    for word in words:
        assert word in text, (word, text)
    return text


# --- negotiation: rows 131, 132 --------------------------------------------------------------------


@test(signet_only=True)
def a_failed_negotiation_names_the_first_thing_that_is_missing(box):
    box.config(INFO + "Protocols http/1.1\n" + TLS).start()
    for words, number, told in (
        (("-tls1_1", "-cipher", OLD), 322, ("no protocol version in common", "TLSv1.1")),
        (("-tls1_2", "-cipher", "AES128-SHA"), 323, ("SSLCipherSuite lists none", "AES128-SHA")),
        (
            ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"),
            360,
            ("need an RSA certificate", "ECDSA P-256 key"),
        ),
        (("-tls1_2", "-cipher", "ADH:@SECLEVEL=0"), 361, ("anonymous",)),
        (("-tls1_3", "-groups", "P-521"), 324, ("the client knows P-521", "X25519, P-256, P-384")),
        (
            ("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"),
            325,
            ("ECDSA P-256 key", "RSA key"),
        ),
        (("-alpn", "spdy/1"), 335, ("none of: http/1.1",)),
    ):
        text = box.s_client(*words, "-servername", "localhost")
        assert "Cipher is (NONE)" in text or "alert" in text, text
        line = said(box, number, "name asked for: localhost", "client offers", "allowed here", *told)
        assert "in common" in line and "[client 127.0.0.1:" in line and "[ssl:info]" in line, line
    log = log_of(box)
    assert "AH02008: SSL library error 1 in handshake (server localhost:" in log
    assert re.search(
        r"SSL Library Error: error:0A0000C1:SSL routines::no shared cipher -- Too restrictive", log
    ), log
    assert ":error]" not in log, log


@test(signet_only=True)
def what_only_old_clients_offer_is_called_by_its_name(box):
    box.config(INFO + TLS).start()
    assert answer(box, old_browser())[:1] == b"\x15"
    said(box, 322, "TLSv1, SSLv3", "older than 2013")
    answer(box, records(client_hello(versions=(), suites=(0x0004, 0x0005, 0x000A, 0x0003))))
    said(box, 362, "only broken suites", "0x0004 (RC4)", "0x0003 (export)")
    answer(box, records(client_hello(versions=(), signatures=(0x0201, 0x0203))))
    said(box, 363, "SHA-1", "SECLEVEL")


@test(signet_only=True)
def an_anonymous_suite_in_the_configuration_is_refused_with_its_reason(box):
    box.config(INFO + "SSLCipherSuite ADH:ECDHE-ECDSA-AES128-GCM-SHA256\n" + TLS).start()
    box.s_client("-tls1_2", "-cipher", "ADH:@SECLEVEL=0")
    said(box, 361, "prove no identity")


# --- alerts ----------------------------------------------------------------------------------------


@test(signet_only=True)
def alerts_of_clients_are_explained(box):
    expired = TLS.replace("localhost", "old.example").replace("ecdsa", "expired")
    box.config(INFO + TLS + expired).start()
    trusting = box.tls_context(check_hostname=False)
    for name, context, number, word in (
        ("localhost", ssl.create_default_context(), 364, "unknown_ca"),
        ("old.example", trusting, 365, "expired"),
    ):
        with contextlib.suppress(ssl.SSLError):
            box.connect(name, context=context).close()
        said(box, number, "the client sent the alert", word)
    apaches = "error:0A000418:SSL routines::tlsv1 alert unknown ca (SSL alert number 48)"
    assert "SSL Library Error: " + apaches in log_of(box), log_of(box)
    if shutil.which("gnutls-cli"):
        before = log_of(box).count("; cause: ")
        command(
            "gnutls-cli", "--port", box.https, "127.0.0.1", "--sni-hostname", "localhost", stdin=""
        )
        eventually(
            lambda: log_of(box).count("; cause: ") > before,
            "what GnuTLS does is explained: " + log_of(box)[-2000:],
        )


# --- row 123: other protocols on a port -------------------------------------------------------------


@test(signet_only=True)
def other_protocols_on_a_port_are_told_apart(box):
    box.config(INFO + STATUS + TLS).start()
    proxy2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12)
    for data, number, word in (
        (b"SSH-2.0-OpenSSH_9.2\r\n", 370, "SSH"),
        (b"\x80\x2e\x01\x00\x02" + bytes(43), 371, "SSLv2"),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", 372, "RemoteIPProxyProtocol"),
        (proxy2, 372, "RemoteIPProxyProtocol"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 373, "HTTP/2"),
        (b"EHLO mail.example\r\n", 374, "SMTP"),
        (bytes(300), 321, "does not speak TLS"),
    ):
        before = log_of(box).count("SG%04d" % number)
        assert not answer(box, data).startswith(b"HTTP/"), data
        said(box, number, word, count=before + 1)
    assert answer(box, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    said(box, 320, "http://")
    assert "AH01996: SSL handshake failed: HTTP spoken on HTTPS port" in log_of(box)
    for data, number in (
        (records(client_hello()), 376),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", 377),
        (b"SSH-2.0-OpenSSH_9.2\r\n", 378),
    ):
        got = answer(box, data, timeout=1, port=box.http)
        assert number != 376 or got.startswith(b"\x15\x03\x01\0\x02\x02"), got
        said(box, number)
    done = command("curl", "-sS", "-k", "https://127.0.0.1:%d/" % box.http)
    assert done.returncode == 35 and "alert handshake failure" in done.stderr, done.stderr
    # All of them are counted.
    counted = json.loads(box.curl(box.url("/server-status?json")).stdout)["tls"]["failures"]
    assert counted["SG0372"] == 2 and counted["SG0376"] == 2 and counted["SG0320"] == 1, counted


# --- counters --------------------------------------------------------------------------------------


@test(signet_only=True)
def failures_are_counted_by_cause_on_every_status_page(box):
    metrics = STATUS.replace("server-status", "metrics", 1).replace(
        "server-status\n", "server-metrics\n"
    )
    box.config(STATUS + metrics + TLS).start()
    for _ in range(3):
        box.s_client("-tls1_2", "-cipher", "AES128-SHA")
    box.s_client("-tls1_3", "-groups", "P-521")
    page = box.curl(box.url("/server-status?auto")).stdout
    assert "TLSFailureSG0323: 3\n" in page and "TLSFailureSG0324: 1\n" in page, page
    assert re.search(r"^TLSHandshakesFull: [1-9]", page, re.M), page
    told = json.loads(box.curl(box.url("/server-status?json")).stdout)["tls"]
    assert told["failures"]["SG0323"] == 3 and told["failures"]["SG0324"] == 1, told
    assert sum(told["times"]["whole"]) == told["full"] + told["resumed"] > 0, told
    assert 0 < told["work_micros"]["full"] < 5_000_000, told
    page = box.curl(box.url("/server-status")).stdout
    assert "<td>3</td><td>SG0323</td><td>no shared cipher</td>" in page, page
    assert "TLS Handshakes" in page and "from connection to end" in page
    page = box.curl(box.url("/metrics")).stdout
    assert 'id="SG0323"' in page, page


@test(signet_only=True)
def a_scanner_does_not_fill_the_log(box):
    box.config(INFO + TLS).start()
    for _ in range(300):
        with socket.create_connection(("127.0.0.1", box.https), timeout=10) as connection:
            connection.sendall(b"SSH-2.0-x\r\n")
            connection.recv(100)
    log = log_of(box)
    assert 0 < log.count("SG0370") < 250, log.count("SG0370")
    assert ":error]" not in log and ":warn]" not in log, log[-2000:]


# --- row 138: renegotiation -------------------------------------------------------------------------


@test(signet_only=True)
def renegotiation_by_the_client_is_refused_counted_and_explained(box):
    box.config(INFO + STATUS + TLS).start()
    text = box.s_client("-tls1_2", send="R\n")
    assert "RENEGOTIATING" in text, text
    line = said(box, 336)
    assert "[client 127.0.0.1:" in line and "[ssl:info]" in line, line
    page = eventually(
        lambda: (p := box.curl(box.url("/server-status?auto")).stdout)
        and "TLSFailureSG0336: 1\n" in p
        and p,
        "the refusal is counted",
    )
    assert "TLSRenegotiationsRefused: 1\n" in page, page
    assert ":error]" not in log_of(box), log_of(box)


@test(signet_only=True)
def what_scanners_do_in_a_protected_directory_is_no_error(box):
    """Each refusal has client, user agent, cause and fix, is counted, and stays below the level error."""
    protected = 'SSLCACertificateFile "@CERTS@/ca.crt"\n<Location "/1k.txt">\n    SSLVerifyClient require\n</Location>\n'
    box.config(INFO + "Protocols h2 http/1.1\n" + STATUS + TLS.replace("</V", protected + "</V")).start()
    url = box.url("/1k.txt")

    def client(number, level, apaches):
        eventually(lambda: apaches in log_of(box), apaches)
        said(box, number)
        lines = [l for l in log_of(box).splitlines() if "SG%04d" % number in l and "GET /1k.txt, user agent " in l]
        assert lines and all("[ssl:%s]" % level in l and "[client 127.0.0.1:" in l for l in lines), log_of(box)
        assert all("cause: " in l and "fix: " in l for l in lines), log_of(box)
        return lines[0]

    for words in (("--tls-max", "1.2", "--http1.1"), ("--tls-max", "1.2", "--http2")):
        box.curl("-A", "nmap", *words, url)
    assert 'user agent "nmap"' in client(823, "info", "AH02261: Re-negotiation handshake failed")
    client(656, "warn", "SG0656")
    with box.connect() as connection:
        assert ask(connection, "/1k.txt").status == 403
    client(656, "warn", "AH10158: cannot perform post-handshake authentication")
    with box.connect(context=box.tls_context(post_handshake_auth=True)) as connection:
        with contextlib.suppress(ssl.SSLError, OSError, AttributeError):
            ask(connection, "/1k.txt")
    client(823, "info", "AH02263: Re-negotiation handshake failed: Client certificate missing")
    # A client that does not renegotiate, and one of the time before RFC 5746.
    request = b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
    context = box.tls_context(maximum_version=ssl.TLSVersion.TLSv1_2)
    context.options |= ssl.OP_NO_RENEGOTIATION
    with box.connect(context=context) as connection, contextlib.suppress(ssl.SSLError, OSError):
        connection.sendall(request)
        while connection.recv(1000):
            pass
    client(824, "info", "AH02226: Awaiting re-negotiation handshake")
    if shutil.which("gnutls-cli"):
        old = subprocess.Popen(
            ("gnutls-cli", "--port", str(box.https), "127.0.0.1", "--sni-hostname", "localhost", "--no-ca-verification",
             "--priority", "NORMAL:-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION"),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        old.stdin.write(request)
        old.stdin.flush()
        old.wait(10)
        old.stdin.close()
        line = client(383, "info", "AH02261: Re-negotiation handshake failed")
        assert "RFC 5746" in line and "unsafe legacy renegotiation disabled" in log_of(box), line
    assert ":error]" not in log_of(box), log_of(box)
    counted = json.loads(box.curl(box.url("/server-status?json")).stdout)["tls"]
    assert counted["clients_refused"] >= 4 and counted["failures"].get("SG0383", 1) == 1, counted


@test(signet_only=True)
def insecure_renegotiation_is_warned_about_at_every_start(box):
    box.config("SSLInsecureRenegotiation on\n" + TLS).start()
    started_with(box, 382, "CVE-2009-3555", "SSLInsecureRenegotiation on")
    assert "Secure Renegotiation IS supported" in box.s_client("-tls1_2")


# --- row 133 and 421 --------------------------------------------------------------------------------

TWO = TLS + TLS.replace("localhost", "b.example").replace("ecdsa", "b")


@test(signet_only=True)
def a_421_names_both_hosts_and_the_directives_that_differ(box):
    strict = TWO.replace(
        "ServerName b.example", "ServerName b.example\n    SSLProtocol -all +TLSv1.3"
    )
    box.config(strict).start()
    with box.connect() as connection:
        assert ask(connection, host="b.example").status == 421
    line = said(box, 387, "SSLProtocol (TLSv1.2 TLSv1.3 / TLSv1.3)")
    assert re.search(
        r"handshake was for localhost \(\S+httpd.conf:\d+:\d+\), the request is for b.example "
        r"\(\S+httpd.conf:\d+:\d+\)",
        line,
    ), line
    assert "AH02032: Hostname localhost provided via SNI and hostname b.example" in log_of(box)


@test(signet_only=True)
def hosts_that_clients_without_sni_cannot_reach_are_named_at_start(box):
    box.config(TWO).start()
    started_with(box, 389, "get the certificate of localhost", "SSLStrictSNIVHostCheck")
    assert "subject=CN = localhost" in box.s_client("-noservername")


@test
def an_address_for_each_host_serves_clients_without_sni(box):
    """Row 134: the workaround of the time before SNI."""
    two = TLS.replace("*:", "127.0.0.1:") + TLS.replace("*:", "127.0.0.2:").replace(
        "localhost", "b.example"
    ).replace("ecdsa", "b")
    box.config("Listen 127.0.0.2:@HTTPS@\n" + two).start()
    assert "subject=CN = localhost" in box.s_client("-noservername")
    other = command(
        "openssl", "s_client", "-connect", "127.0.0.2:%d" % box.https, "-noservername", stdin=""
    )
    assert "subject=CN = b.example" in other.stdout, other.stdout
    names = box.run("-S").stdout
    assert re.search(r"127\.0\.0\.2:%d +b\.example" % box.https, names), names


# --- rows 121, 124 ----------------------------------------------------------------------------------


@test(signet_only=True)
def the_urls_of_a_tls_host_are_told_at_start(box):
    box.config("LogLevel info\n" + TLS).start()
    log = eventually(lambda: "SG0393" in log_of(box) and log_of(box), "SG0393")
    line = next(line for line in log.splitlines() if "SG0393" in line)
    assert "is reachable as https://localhost:%d/; cause: " % box.https in line, line
    assert "https:// without a port means 443" in line and "; fix: " in line, line


@test(signet_only=True)
def a_host_without_listener_is_told_at_the_check(box):
    box.config(TLS + TLS.replace("@HTTPS@", "8443").replace("localhost", "b.example"))
    done = box.run("-t")
    assert done.returncode == 0, done.stderr
    assert "No Listen directive serves <VirtualHost *:8443> (b.example)" in done.stderr, done.stderr
    assert "SG0394" in done.stderr and "Listen 8443" in done.stderr, done.stderr
    assert "connection refused" in done.stderr, done.stderr
    assert "cause:" in done.stderr and "fix:" in done.stderr, done.stderr


@test(signet_only=True)
def a_port_for_https_without_tls_is_told_at_the_check(box):
    box.config("Listen 127.0.0.1:443 https\n" + TLS)
    done = box.run("-t")
    assert "SG0395" in done.stderr and "SSLEngine on" in done.stderr, done.stderr
    assert "cause:" in done.stderr and "fix:" in done.stderr, done.stderr


# --- rows 117, 120 ----------------------------------------------------------------------------------


@test(signet_only=True)
def a_directory_of_ssl_mutex_that_workers_may_not_enter_is_named(box):
    if os.geteuid() != 0:
        raise Skip("workers have another user only when root starts them")
    closed = box.path / "closed"
    (closed / "locks").mkdir(parents=True)
    closed.chmod(0o700)
    box.config("SSLMutex file:@BOX@/closed/locks/ssl_mutex\n" + TLS).start()
    started_with(
        box, 543, "Mutex file:%s/closed/locks: %s/closed may not be entered by " % (box.path, box.path)
    )


@test(signet_only=True)
def a_broken_random_number_generator_is_found_at_start(box):
    broken = box.path / "openssl.cnf"
    broken.write_text(
        "openssl_conf = init\n[init]\nrandom = generator\n[generator]\nrandom = CTR-DRBG\n"
        "cipher = NO-SUCH-CIPHER\n"
    )
    box.config(TLS)
    done = box.run("-t", env={**os.environ, "OPENSSL_CONF": str(broken)})
    assert done.returncode != 0, done.stderr
    text = done.stdout + done.stderr
    assert "SG0392" in text and "OPENSSL_CONF" in text and "do not exist any more" in text, text
    assert "cause:" in text and "fix:" in text, text


# --- row 125 ----------------------------------------------------------------------------------------


@test(signet_only=True)
def a_program_that_misses_its_tls_variables_is_told_once(box):
    for name, line in (("misses", "$SSL_PROTOCOL $SSL_CLIENT_CERT"), ("has", "$SSL_PROTOCOL"), ("none", "$HTTPS $MY_SSL_CIPHER")):
        script = box.page("cgi/%s.cgi" % name, "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\necho %s\n" % line)
        script.chmod(0o755)
    box.config(
        "StartServers 1\nServerLimit 1\n" + TLS.replace("</V", 'ScriptAlias "/cgi/" "@BOX@/htdocs/cgi/"\n'
        '<Files "has.cgi">\n    SSLOptions +StdEnvVars\n</Files>\n</V')
    ).start()  # fmt: skip
    for name, answer_is in (("misses", "\n"), ("misses", "\n"), ("none", "on\n"), ("has", "TLSv1.3\n")):
        done = box.curl(box.url("/cgi/%s.cgi" % name))
        assert done.stdout == answer_is, (name, done)
    line = said(box, 826, "[ssl:warn]", "misses.cgi reads SSL_PROTOCOL, SSL_CLIENT_CERT, which nothing sets")
    assert '"SSLOptions +StdEnvVars +ExportCertData" does not apply to it (last section: %s:' % box.conf in line, line
    assert 'fix: <Directory "%s/cgi"> SSLOptions +StdEnvVars' % box.htdocs in line, line
    assert log_of(box).count("SG0826") == 1, log_of(box)


# --- rows 127, 128, 129 -----------------------------------------------------------------------------

CACHE = 'SSLSessionCache "shmcb:@BOX@/sessions(512000)"\nSSLSessionTickets off\n'


@test(signet_only=True)
def the_status_page_tells_how_handshakes_were_spent(box):
    box.config(CACHE + STATUS + TLS).start()
    ticket = box.path / "session.pem"
    box.s_client("-tls1_2", "-sess_out", ticket)
    for _ in range(3):
        assert "Reused" in box.s_client("-tls1_2", "-sess_in", ticket)

    def page():
        text = box.curl(box.url("/server-status?auto")).stdout
        told = dict(line.split(": ") for line in text.splitlines() if line.count(": ") == 1)
        # A resumed handshake ends with the client's message: it may be read a moment later.
        return told if told.get("TLSHandshakesResumed") == "3" else None

    told = eventually(page, "three resumed handshakes")
    assert int(told["CacheRetrieveHitCount"]) == 3, told
    assert int(told["TLSMicrosPerFull"]) > int(told["TLSMicrosPerResumed"]) > 0, told


@test(signet_only=True)
def handshakes_that_cost_much_are_told_with_what_would_help(box):
    key = ("-newkey", "rsa:3072", "-nodes", "-keyout", box.path / "dear.key", "-out", box.path / "dear.crt")
    assert command("openssl", "req", "-x509", "-subj", "/CN=localhost", *key).returncode == 0
    site = TLS.replace("@CERTS@/ecdsa", "@BOX@/dear")
    box.config("StartServers 1\nServerLimit 1\n" + INFO + STATUS + site).start()
    context = box.tls_context(maximum_version=ssl.TLSVersion.TLSv1_2, check_hostname=False)
    context.verify_mode = ssl.CERT_NONE
    late = [socket.create_connection(("127.0.0.1", box.https), timeout=10) for _ in range(8)]
    begin = time.monotonic()
    for _ in range(60):
        box.connect(context=context).close()
    time.sleep(max(0, begin + 1.1 - time.monotonic()))
    for connection in late:
        context.wrap_socket(connection, server_hostname="localhost").close()
    for _ in range(33):  # one is cut short: who looked whether the server is up
        box.connect(context=context).close()
    line = said(box, 827, "fewer than one TLS handshake in ten resumes a session: 0 of 100")
    assert "[ssl:info]" in line and "SSLSessionTickets on" in line, line
    line = said(box, 828, "a full TLS handshake costs")
    assert "microseconds of computing" in line and "ECDSA" in line and "; fix: " in line, line
    line = said(box, 829, "% of the clients take more than a second until their ClientHello is there")
    assert "; cause: " in line and "; fix: " in line, line
    advice = json.loads(box.curl("-k", box.url("/server-status?json")).stdout)["tls"]["advice"]
    assert [one["id"] for one in advice] == ["SG0827", "SG0828", "SG0829"], advice
    assert "0 of 10" in advice[0]["text"], advice
    page = box.curl("-k", box.url("/server-status")).stdout
    assert "<p>SG0827: fewer than one" in page and "; fix: " in page, page


@test(signet_only=True)
def a_session_cache_that_is_too_small_is_told(box):
    box.config(CACHE.replace("512000", "8192") + STATUS + TLS).start()
    context = box.tls_context(maximum_version=ssl.TLSVersion.TLSv1_2)
    for _ in range(60):
        box.connect(context=context).close()
    line = said(box, 825, "[ssl:warn]", "SSLSessionCache is too small: ", " bytes would hold what comes")
    assert re.search(r": \d+ sessions made room for new ones, \d s old on average, (29\d|300) s before", line), line
    told = json.loads(box.curl(box.url("/server-status?json")).stdout)["tls_session_cache"]
    assert told["evicted"] >= 20 and told["evicted_age_seconds"]["most"] < 30, told
    assert 270 < told["evicted_seconds_left"] <= 300, told
    page = box.curl(box.url("/server-status")).stdout
    assert "time left on oldest entries' objects: avg: <b>" in page, page
    assert "age of entries scrolled out: avg: <b>" in page, page
    keys = box.curl(box.url("/server-status?auto")).stdout
    assert re.search(r"^CacheDiscardAgeMax: \d+$", keys, re.M), keys


@test(signet_only=True)
def a_slow_handshake_names_its_slow_stage(box):
    box.config(INFO + TLS).start()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = box.tls_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    hello = outgoing.read()
    with socket.create_connection(("127.0.0.1", box.https), timeout=20) as connection:
        connection.sendall(hello[:20])  # the kernel accepts when the first byte is there
        time.sleep(5.2)
        connection.sendall(hello[20:])
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                client.do_handshake()
                break
            incoming.write(connection.recv(65536))
        connection.sendall(outgoing.read())
    said(box, 390, "the slow stage was waiting for the ClientHello", "Random numbers never wait")


# --- row 137 ----------------------------------------------------------------------------------------


@test(signet_only=True)
def a_certificate_made_anew_under_its_old_serial_number_is_noticed(box):
    def make():
        done = command(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "9", "-subj", "/CN=localhost", "-set_serial", "0", "-addext",
            "subjectAltName=DNS:localhost", "-keyout", box.path / "own.key", "-out",
            box.path / "own.crt",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    make()
    box.config(TLS.replace("@CERTS@/ecdsa", "@BOX@/own")).start()
    make()
    box.signal(signal.SIGUSR1)
    started_with(box, 391, "a different key", "new serial")


# --- the key log and the trace ----------------------------------------------------------------------


def wants_secrets(path):
    return eventually(
        lambda: path.exists() and path.read_text().count("TRAFFIC_SECRET_0") >= 2,
        "secrets in the key log",
    )


@test(signet_only=True)
def the_key_log_has_the_secrets_and_is_readable_by_its_owner_only(box):
    box.config('SSLKeyLogFile "@BOX@/keys.log"\n' + TLS).start()
    keys = box.path / "keys.log"
    ours = box.path / "client.log"
    text = box.s_client("-tls1_3", "-keylogfile", ours)
    assert "Verify return code: 0 (ok)" in text, text
    assert keys.stat().st_mode & 0o777 == 0o600 and keys.stat().st_uid == os.geteuid()
    wants_secrets(keys)
    secrets = {line for line in ours.read_text().splitlines() if "TRAFFIC_SECRET_0" in line}
    assert secrets <= set(keys.read_text().splitlines()), (secrets, keys.read_text())
    box.s_client("-tls1_2")
    eventually(lambda: "CLIENT_RANDOM " in keys.read_text(), "TLS 1.2 as well")
    started_with(box, 384, "Logging SSL private key material", "AH10227")


@test(signet_only=True)
def the_key_log_is_also_asked_for_by_the_environment(box):
    box.config(TLS)
    box.start(before=("env", "SSLKEYLOGFILE=%s/keys.log" % box.path))
    box.s_client()
    wants_secrets(box.path / "keys.log")
    started_with(box, 384)


@test(signet_only=True)
def a_key_log_that_others_may_read_is_refused(box):
    (box.path / "keys.log").touch(mode=0o644)
    (box.path / "keys.log").chmod(0o644)
    box.config('SSLKeyLogFile "@BOX@/keys.log"\n' + TLS)
    done = command(*box.words("-DFOREGROUND"), timeout=30)
    assert done.returncode != 0 and "SG0385" in done.stderr and "chmod 600" in done.stderr, done


@test(signet_only=True)
def trace4_shows_handshake_messages_as_s_client_does(box):
    box.config("LogLevel ssl:trace4\n" + TLS).start()
    theirs = box.s_client("-msg", "-tls1_2", "-alpn", "http/1.1")
    ours = eventually(
        lambda: "Finished" in log_of(box) and log_of(box), "messages: " + log_of(box)[-2000:]
    )
    # Not ChangeCipherSpec: OpenSSL tells only the one it sends.
    names = r"(>>>|<<<) TLS 1\.\d, (Handshake) \[length ([0-9a-f]{4})\](, \w+)"
    sent = [m.groups()[1:] for m in re.finditer(names, theirs)]
    seen = [m.groups()[1:] for m in re.finditer(names, ours)]
    assert len(sent) >= 9 and seen == sent, (sent, seen)
    assert re.search(r">>> TLS 1\.2, ChangeCipherSpec \[length 0001\]: 01", ours), ours
    assert re.search(r"\[ssl:trace4\].*<<< TLS 1\.\d, Handshake \[length \w+\], ClientHello: 01 00", ours)
    assert "[ssl:trace3]" in ours and "OpenSSL: Handshake: done" in ours, ours


@test(signet_only=True)
def sslscan_sees_what_the_log_says_is_offered(box):
    """What we say we allow is what scanners find."""
    need("sslscan")
    box.config(INFO + TLS).start()
    box.s_client("-tls1_2", "-cipher", "AES128-SHA")
    line = said(box, 323)
    allowed = line.split("allowed here ")[1].split(", groups")[0]
    found = command("sslscan", "--no-colour", "127.0.0.1:%d" % box.https, timeout=120)
    text = re.sub(r"\x1b\[[0-9;]*m", "", found.stdout)
    accepted = set(re.findall(r"(?:Accepted|Preferred) +TLSv1\.2 +\d+ bits +(\S+)", text))
    assert accepted == {
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
    }, text
    assert all(name in allowed for name in accepted), (allowed, accepted)
    for version in ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"):
        assert re.search(r"%s +disabled" % re.escape(version), text), text
    counted = log_of(box)
    assert "SG0322" in counted or "SG0371" in counted, counted[-1500:]
