"""Configurations that others wrote: an article of 2005, and Mozilla's generator."""

import collections
import os
import pathlib
import re
import shutil
import socket
import ssl

from lib import Skip, ask, command, eventually, test

CONFIGS = pathlib.Path(__file__).parent / "configs"
PAGE = b"<html><head><title>Test</title></head><body>Test works.</body></html>\n"


# --- the article ------------------------------------------------------------------------------------


def article(box, name="article.conf"):
    """The article's tree below the box; only paths, port and user are replaced."""
    for folder in ("conf/ssl.crt", "conf/ssl.key", "logs"):
        (box.path / folder).mkdir(parents=True)
    shutil.copy(box.path / "mime.types", box.path / "conf/mime.types")
    done = command(
        "openssl",
        "req",
        "-new",
        "-x509",
        "-days",
        "30",
        "-nodes",
        "-newkey",
        "rsa:2048",
        "-keyout",
        box.path / "conf/ssl.key/server.key",
        "-out",
        box.path / "conf/ssl.crt/server.crt",
        "-subj",
        "/CN=Test-Only Certificate",
    )
    assert done.returncode == 0, done.stderr
    text = (CONFIGS / name).read_text()
    for old, new in (
        ("/usr/local/apache2", str(box.path)),
        ('"/www"', '"%s"' % box.htdocs),
        ("Listen 443", "Listen %d" % box.https),
        ("User apache", "User www-data"),
        ("Group apache", "Group www-data"),
    ):
        text = text.replace(old, new)
    box.conf.write_text(text)


def trusting(box):
    context = box.tls_context(check_hostname=False)
    context.verify_mode = ssl.CERT_NONE
    return context


@test(signet_only=True)
def the_articles_configuration_serves_its_page_over_tls(box):
    article(box)
    done = box.run("-t")
    assert done.returncode == 0 and "Syntax OK" in done.stderr, done.stderr
    for spelling in ("SSLMutex", "SSLProtocol", "DefaultType"):
        assert spelling in done.stderr, "no warning about %s in: %s" % (spelling, done.stderr)
    box.start()
    answer = box.get("/", "www.seccure.lab", trusting(box))
    assert answer.status == 200 and answer.body == PAGE and len(answer.body) == 70
    assert (
        answer.headers["content-length"] == "70" and answer.headers["content-type"] == "text/html"
    )
    assert answer.headers["server"] == "signet" and "accept-ranges" in answer.headers


@test(signet_only=True)
def the_articles_old_explorer_gets_http_1_0_and_a_close(box):
    article(box)
    box.start()
    with box.connect("www.seccure.lab", context=trusting(box)) as connection:
        answer = ask(
            connection,
            "/",
            "www.seccure.lab",
            close=False,
            headers=("User-Agent: Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)",),
        )
        assert answer.line == "HTTP/1.0 200 OK" and answer.body == PAGE, answer.head
        assert connection.recv(1) == b""
    with box.connect("www.seccure.lab", context=trusting(box)) as connection:
        assert ask(connection, "/", "www.seccure.lab", close=False).line == "HTTP/1.1 200 OK"


@test(signet_only=True)
def the_articles_ssl_request_log_has_its_line(box):
    article(box)
    box.start()
    box.get("/", "www.seccure.lab", trusting(box))
    line = eventually(
        lambda: (box.path / "logs/ssl_request_log").read_text(), "a line in ssl_request_log"
    )
    assert re.fullmatch(
        r'\[[^]]+\] 127\.0\.0\.1 on TLSv1\.3 TLS_\S+ \s*(128|256) NONE "GET / HTTP/1\.1" 70\n', line
    ), line
    combined = (box.path / "logs/access_log").read_text()
    assert '"GET / HTTP/1.1" 200 70 "-" "-"' in combined, combined


@test(signet_only=True)
def the_article_refuses_what_it_denies(box):
    article(box)
    box.start()
    with socket.create_connection(("127.0.0.1", box.https), timeout=10) as connection:
        assert ask(connection, "/", "www.seccure.lab").status == 400  # plain HTTP on the TLS port


def reported(box, name, change=lambda text: text):
    """Exit code and words of -t; no signal may have ended it."""
    article(box, name)
    box.conf.write_text(change(box.conf.read_text()))
    done = box.run("-t")
    assert 0 <= done.returncode < 100, "it crashed: %d %s" % (done.returncode, done.stderr)
    return done.returncode, done.stdout + done.stderr


@test(signet_only=True)
def the_article_as_printed_has_every_defect_reported_by_position(box):
    code, said = reported(box, "article-as-printed.conf")
    at = re.escape(str(box.conf)) + r":1:\d+"
    printed = box.conf.read_text()
    assert code != 0, said
    for defect in ("Listen SSLEngine", "<IfModule mime.c>"):
        column = printed.index(defect) + 1
        assert re.search(
            re.escape(str(box.conf)) + r":1:%d\b" % column, said
        ), "nothing at column %d (%s) in: %s" % (column, defect, said)
    assert re.search(at, said)


@test(signet_only=True)
def a_bare_listen_and_mime_c_are_both_reported_in_the_broken_lines(box):
    code, said = reported(box, "article.conf", lambda text: re.sub(r"Listen \d+", "Listen", text))
    lines = box.conf.read_text().splitlines()
    assert code == 1, said
    assert re.search(r":%d\b" % (lines.index("Listen") + 1), said), said
    assert re.search(r":%d\b" % (lines.index("<IfModule mime.c>") + 1), said), said
    assert "mod_mime.c" in said, said


@test
def no_cut_of_the_article_crashes_the_configuration_reader(box):
    article(box)
    whole = box.conf.read_bytes()
    for cut in range(0, len(whole), 97):
        box.conf.write_bytes(whole[:cut])
        done = box.run("-t")
        assert done.returncode in (0, 1), "cut at %d: exit %d: %s" % (
            cut,
            done.returncode,
            done.stderr,
        )


# --- Mozilla ----------------------------------------------------------------------------------------


def mozilla(box, level):
    text = (CONFIGS / ("mozilla-%s.conf" % level)).read_text()
    shutil.copy(box.certs + "/chain.crt", box.path / "signed_cert_plus_intermediates")
    shutil.copy(box.certs + "/leaf.key", box.path / "private_key")
    (box.path / "logs").mkdir(exist_ok=True)
    for old, new in (
        ("@PATH@", str(box.path)),
        ("*:443>", "*:%d>" % box.https),
        ("*:80>", "*:%d>" % box.http),
    ):
        text = text.replace(old, new)
    (box.path / "mozilla.conf").write_text(text)
    more = "LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\nLoadModule http2_module /usr/lib/apache2/modules/mod_http2.so\n"
    box.config(more + 'Include "@BOX@/mozilla.conf"\n')


def is_accepted(box, level):
    mozilla(box, level)
    done = box.run("-t")
    assert done.returncode == 0, done.stderr
    warned = collections.Counter(re.findall(r"(\S+): accepted, no effect yet", done.stderr))
    assert all(count == 1 for count in warned.values()), warned
    box.start()
    answer = box.get()
    assert (
        answer.status == 200
        and answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    )


@test
def mozillas_modern_configuration_speaks_tls_1_3_only(box):
    is_accepted(box, "modern")
    assert "Cipher is (NONE)" in box.s_client("-tls1_2")
    assert "Server Temp Key: X25519" in box.s_client("-tls1_3")


@test
def mozillas_intermediate_configuration_speaks_tls_1_2_and_1_3(box):
    is_accepted(box, "intermediate")
    assert "Cipher is ECDHE-ECDSA-AES128-GCM-SHA256" in box.s_client(
        "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"
    )
    assert "Cipher is (NONE)" in box.s_client("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256")
    assert "Cipher is TLS_AES_256_GCM_SHA384" in box.s_client(
        "-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"
    )
    assert "Cipher is (NONE)" in box.s_client("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")


@test(signet_only=True)
def without_any_tls_directive_the_policy_is_mozillas_intermediate(box):
    box.config().start()
    assert "Cipher is (NONE)" in box.s_client("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA")
    assert "Cipher is (NONE)" not in box.s_client(
        "-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"
    )


@test
def testssl_finds_nothing_in_the_intermediate_configuration(box):
    program = shutil.which("testssl") or shutil.which("testssl.sh")
    if not program:
        raise Skip("testssl.sh is not installed")
    mozilla(box, "intermediate")
    box.start()
    findings = box.path / "testssl.csv"
    done = command(
        program,
        "--warnings",
        "off",
        "--color",
        "0",
        "--quiet",
        "--add-ca",
        box.certs + "/ca.crt",
        "--csvfile",
        findings,
        "--ip",
        "127.0.0.1",
        "-p",
        "-s",
        "-f",
        "-U",
        "localhost:%d" % box.https,
        timeout=420,
        env={**os.environ, "HOSTNAME": "localhost"},
    )
    assert findings.exists(), done.stdout[-1500:] + done.stderr
    rows = [
        [cell.strip('"') for cell in line.split('","')]
        for line in findings.read_text().splitlines()[1:]
    ]
    assert len(rows) > 30 and any(row[0] == "heartbleed" for row in rows), done.stdout[-1500:]
    bad = [row for row in rows if row[3] in ("LOW", "MEDIUM", "HIGH", "CRITICAL", "FATAL")]
    assert not bad, bad
