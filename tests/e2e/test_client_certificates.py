"""Client certificates where signet does otherwise than Apache, or where two connections have to be looked at."""

import contextlib
import functools
import pathlib
import re
import ssl
import sys
import tempfile
import threading

from h2frames import HTTP_1_1_REQUIRED, Frames
from lib import TLS, ask, eventually, read_answer, test

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))
import pki  # noqa: E402

V = ssl.TLSVersion
LOCK = threading.Lock()
LATER = TLS.replace("</VirtualHost>", """SSLCACertificateFile "@PKI@/ca.pem"
    <Location /private>
        SSLVerifyClient require
    </Location>
</VirtualHost>
""")
TWO = "GET /private/a.txt HTTP/1.1\r\nHost: localhost\r\n\r\nGET /1k.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"


@functools.cache
def certificates_of_the_run():
    folder = tempfile.TemporaryDirectory(prefix="signet-e2e-pki-")
    pathlib.Path(folder.name).chmod(0o755)
    made = pki.Pki(folder.name)
    made.folder = folder  # goes with the process
    return made


def certificates():
    with LOCK:
        return certificates_of_the_run()


def client(box, name="good", later=True, **settings):
    context = box.tls_context(**settings)
    if name:
        context.load_cert_chain(certificates().path / "clients" / (name + ".pem"))
    context.post_handshake_auth = later
    return context


def serve(box, text=LATER):
    box.page("private/a.txt", "for friends\n")
    box.config(text.replace("@PKI@", str(certificates().path))).start()


@test(signet_only=True)
def what_was_sent_before_a_certificate_was_shown_never_runs_with_it(box):
    serve(box)
    for version in (V.TLSv1_2, V.TLSv1_3):
        context = client(box, minimum_version=version, maximum_version=version)
        with box.connect(context=context) as connection:
            connection.sendall(TWO.encode())
            answer = read_answer(connection)
            assert answer.status == 200 and answer.headers["connection"] == "close", answer.head
            rest = b""
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                rest = connection.recv(1000)
            assert rest == b"", rest


@test
def a_connection_goes_on_after_the_client_was_asked(box):
    serve(box)
    for version in (V.TLSv1_2, V.TLSv1_3):
        with box.connect(context=client(box, minimum_version=version, maximum_version=version)) as connection:
            for path in ("/1k.txt", "/private/a.txt", "/private/a.txt", "/1k.txt"):
                assert ask(connection, path, close=False).status == 200, (version, path)


@test(signet_only=True)
def a_session_of_an_asked_client_is_worth_nothing_elsewhere(box):
    serve(box)
    for version in (V.TLSv1_2, V.TLSv1_3):
        context = client(box, minimum_version=version, maximum_version=version)
        with box.connect(context=context) as connection:
            assert ask(connection, "/private/a.txt", close=False).status == 200
            assert ask(connection, "/1k.txt").status == 200
            session = connection.session
        with box.connect(context=context, session=session) as connection:
            assert not connection.session_reused
            assert ask(connection, "/1k.txt").status == 200


@test(signet_only=True)
def only_a_client_that_may_be_asked_stays_with_openssl(box):
    """Records of a connection that has left OpenSSL are ours; both kinds serve large answers and a second handshake."""
    box.page("private/big.txt", "x" * 300000)
    serve(box)
    for later in (False, True):
        with box.connect(context=client(box, later=later, minimum_version=V.TLSv1_3)) as connection:
            answer = ask(connection, "/private/big.txt", close=False)
            assert answer.status == (200 if later else 403)
            assert not later or len(answer.body) == 300000
            assert ask(connection, "/1k.txt").status == 200


def https(fields):
    return [(name, "https" if name == ":scheme" else value) for name, value in fields]


@test
def http2_is_told_to_use_http1_where_a_directory_demands_a_certificate(box):
    serve(box, "Protocols h2 http/1.1\nErrorDocument 403 \"no\"\n" + LATER)
    for version in (V.TLSv1_2, V.TLSv1_3):
        context = client(box, minimum_version=version, maximum_version=version)
        context.set_alpn_protocols(["h2"])
        with Frames(box.connect(context=context)) as frames:
            for stream, method in ((1, "GET"), (3, "HEAD"), (5, "POST")):
                frames.headers(stream, https(frames.get("/private/a.txt", method)))
                answer = frames.response(stream)
                assert not answer.heads and answer.reset == HTTP_1_1_REQUIRED, (version, answer.heads, answer.reset)
            frames.headers(7, https(frames.get("/1k.txt")))
            assert frames.response(7).status == 200
    eventually(lambda: len(re.findall('"(?:GET|HEAD|POST) /private/a.txt HTTP/2.0" 403', (box.path / "access.log").read_text())) == 6,
               "they are in the log")
    if box.is_signet:
        eventually(lambda: "SG0656" in box.said(), "the reason is in the log")
    for later in ("", "--tls-max 1.2"):  # curl goes on over HTTP/1.1, where it can be asked under TLS 1.2
        done = box.curl("--http2", "-k", *later.split(), "--cert", str(certificates().path / "clients/good.pem"),
                        "-o", "/dev/null", "-w", "%{http_version} %{http_code}", box.url("/private/a.txt"))
        assert done.stdout == "1.1 200", (done.stdout, done.stderr)


@test(signet_only=True)
def a_client_that_never_answers_is_given_up(box):
    serve(box, "Timeout 1\n" + LATER)
    # s_client answers nothing while its input is open and nobody reads: a raw TLS 1.2 client that stops reading.
    context = client(box, minimum_version=V.TLSv1_3)
    with box.connect(context=context) as connection:
        connection.sendall(b"GET /private/a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
        eventually(lambda: '"GET /private/a.txt HTTP/1.1" 403' in (box.path / "access.log").read_text(),
                   "the request is answered with 403")
    assert box.get("/1k.txt").status == 200


@test
def a_client_cannot_begin_a_renegotiation(box):
    serve(box)
    text = box.s_client("-tls1_2", send="R\n")
    assert "RENEGOTIATING" in text and "alert" in text or "no renegotiation" in text, text
    assert box.get("/1k.txt").status == 200


@test(signet_only=True)
def stale_links_and_odd_names_in_a_directory_of_authorities(box):
    made = certificates()
    folder = box.path / "cas"
    folder.mkdir(mode=0o755)
    (folder / "no hash.crt").write_text(made.text("ca.pem"))
    (folder / "README").write_text("not a certificate\n")
    (folder / "12345678.0").symlink_to("gone.pem")
    serve(box, TLS.replace("</VirtualHost>", 'SSLCACertificatePath "%s"\nSSLVerifyClient require\n</VirtualHost>' % folder))
    done = box.run("-t")
    assert "SG0422" in done.stderr and "12345678.0" in done.stderr, done.stderr
    with box.connect(context=client(box)) as connection:
        assert ask(connection, "/1k.txt").status == 200


@test(signet_only=True)
def old_variable_names_tell_of_the_client_too(box):
    """SSLOptions +CompatEnvVars, an error in Apache since 2.4: names of Apache-SSL, Sioux and Stronghold."""
    script = box.page("cgi/env", "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nexec env\n")
    script.chmod(0o755)
    options = """SSLCACertificateFile "@PKI@/ca.pem"
    SSLVerifyClient optional
    ScriptAlias "/cgi/" "@BOX@/htdocs/cgi/"
    SSLOptions +StdEnvVars +CompatEnvVars
</VirtualHost>"""
    serve(box, TLS.replace("</VirtualHost>", options))
    for version in (V.TLSv1_2, V.TLSv1_3):
        context = client(box, minimum_version=version, maximum_version=version)
        with box.connect(context=context) as connection:
            text = ask(connection, "/cgi/env").body.decode()
        told = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        for old, new in (
            ("SSL_CLIENT_DN", "SSL_CLIENT_S_DN"), ("SSL_CLIENT_CN", "SSL_CLIENT_S_DN_CN"),
            ("SSL_CLIENT_EMAIL", "SSL_CLIENT_S_DN_Email"), ("SSL_CLIENT_IDN", "SSL_CLIENT_I_DN"),
            ("SSL_CLIENT_CERT_SERIAL", "SSL_CLIENT_M_SERIAL"), ("SSL_CLIENT_CERT_END", "SSL_CLIENT_V_END"),
            ("SSL_SERVER_CN", "SSL_SERVER_S_DN_CN"), ("HTTPS_CIPHER", "SSL_CIPHER"),
            ("SSL_PROTOCOL_VERSION", "SSL_PROTOCOL"), ("HTTPS_SECRETKEYSIZE", "SSL_CIPHER_USEKEYSIZE"),
        ):  # fmt: skip
            assert told[old] == told[new] != "", (old, told)
        assert told["SSL_CLIENT_CN"] == "Good Client" and "BEGIN CERTIFICATE" in text, text
    with box.connect(context=client(box, None)) as connection:
        assert b"SSL_CLIENT_CN=" not in ask(connection, "/cgi/env").body


@test(signet_only=True)
def a_resumed_session_does_not_make_an_unknown_certificate_good(box):
    """Over TLS 1.2 Apache says SUCCESS then."""
    options = """SSLCACertificateFile "@PKI@/ca.pem"
    SSLVerifyClient optional_no_ca
    Header always set X-Verify "%{SSL_CLIENT_VERIFY}s"
    <Location /private>
        Require ssl-verify-client
    </Location>
</VirtualHost>"""
    serve(box, TLS.replace("</VirtualHost>", options))
    context = client(box, "other", maximum_version=V.TLSv1_2)
    session = None
    for verdict in ("GENEROUS", "FAILED:unable to verify the first certificate"):
        with box.connect(context=context, session=session) as connection:
            assert connection.session_reused == (session is not None)
            answer = ask(connection, "/private/a.txt")
            assert answer.status == 403 and answer.headers["x-verify"] == verdict, answer
            session = connection.session
