"""TLS as a client sees it."""

import os
import re
import socket
import ssl
import stat
import time

from lib import TLS, ask, command, eventually, need, read_answer, test

V = ssl.TLSVersion


@test
def tls_1_3_and_tls_1_2_are_both_spoken(box):
    box.config().start()
    for version, name in ((V.TLSv1_3, "TLSv1.3"), (V.TLSv1_2, "TLSv1.2")):
        with box.connect(
            context=box.tls_context(minimum_version=version, maximum_version=version)
        ) as connection:
            assert connection.version() == name
            assert ask(connection).status == 200


@test
def curl_gets_the_page_over_both_versions(box):
    box.config().start()
    for words in (("--tlsv1.3",), ("--tlsv1.2", "--tls-max", "1.2")):
        done = box.curl("--http1.1", *words, box.url("/"))
        assert done.returncode == 0 and "Test works." in done.stdout, done.stderr


@test
def tls_1_1_and_older_are_refused(box):
    box.config().start()
    for version in ("-tls1_1", "-tls1"):
        text = box.s_client(version, "-cipher", "DEFAULT@SECLEVEL=0")
        assert "Cipher is (NONE)" in text and "alert" in text, text


@test
def the_certificate_follows_the_name_asked_for(box):
    box.config(TLS + TLS.replace("localhost", "b.example").replace("ecdsa", "b")).start()
    for name, subject in (
        ("localhost", "localhost"),
        ("b.example", "b.example"),
        ("a.example", "localhost"),
    ):
        with box.connect(name) as connection:
            assert dict(x[0] for x in connection.getpeercert()["subject"])["commonName"] == subject
            assert ask(connection, host=name).status == 200


@test
def a_client_without_a_name_gets_the_first_host(box):
    box.config(TLS + TLS.replace("localhost", "b.example").replace("ecdsa", "b")).start()
    assert re.search(r"subject=CN = localhost", box.s_client("-noservername"))


@test
def the_rsa_certificate_serves_who_cannot_use_ecdsa(box):
    both = TLS.replace(
        "    SSLCertificateFile",
        '    SSLCertificateFile "@CERTS@/rsa.crt"\n    SSLCertificateKeyFile "@CERTS@/rsa.key"\n    SSLCertificateFile',
    )
    box.config(both).start()
    assert "Peer signature type: ECDSA" in box.s_client("-tls1_3")
    assert "Peer signature type: RSA" in box.s_client("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256")
    assert "Peer signature type: ECDSA" in box.s_client("-tls1_2")
    assert "Peer signature type: RSA" in box.s_client(
        "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"
    )


@test
def the_chain_in_the_certificate_file_is_sent(box):
    box.config(TLS.replace("ecdsa.crt", "chain.crt").replace("ecdsa.key", "leaf.key")).start()
    text = box.s_client("-showcerts")
    assert text.count("BEGIN CERTIFICATE") >= 2 and "Verify return code: 0 (ok)" in text, text


@test
def the_chain_in_a_file_of_its_own_is_sent(box):
    box.config(
        TLS.replace("ecdsa.crt", "leaf.crt").replace(
            '    SSLCertificateKeyFile "@CERTS@/ecdsa.key"',
            '    SSLCertificateKeyFile "@CERTS@/leaf.key"\n    SSLCertificateChainFile "@CERTS@/intermediate.crt"',
        )
    ).start()
    assert "Verify return code: 0 (ok)" in box.s_client()


@test
def plain_http_on_the_tls_port_gets_the_400_page_that_names_https(box):
    box.config().start()
    with socket.create_connection(("127.0.0.1", box.https), timeout=10) as connection:
        answer = ask(connection)
        assert answer.status == 400 and answer.line == "HTTP/1.1 400 Bad Request"
        assert b"You're speaking plain HTTP to an SSL-enabled server port." in answer.body
        assert b"https" in answer.body.lower()
        assert connection.recv(1) == b""


@test
def garbage_on_the_tls_port_hurts_nobody(box):
    box.config().start()
    for data in (
        b"\x00" * 300,
        b"SSH-2.0-x\r\n",
        b"\x16\x03\x01\xff\xff" + b"A" * 70000,
        os.urandom(4000),
        b"\x80\x2e\x01\x00\x02",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
    ):
        with socket.create_connection(("127.0.0.1", box.https), timeout=10) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
            except OSError:
                pass
    assert box.get().status == 200


@test
def handshakes_that_stall_do_not_hold_up_others(box):
    box.config().start()
    stalled = [socket.create_connection(("127.0.0.1", box.https), timeout=10) for _ in range(20)]
    for connection in stalled:
        connection.sendall(b"\x16\x03\x01")
    started = time.monotonic()
    assert box.get().status == 200 and time.monotonic() - started < 2
    for connection in stalled:
        connection.close()


def resumption(box, *words, count=8):
    """s_client -reconnect style: how many of the later connections were resumed."""
    ticket = box.path / "session.pem"
    first = box.s_client(
        *words,
        "-sess_out",
        ticket,
        "-ign_eof",
        send="GET /1k.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    assert "New, TLSv1" in first, first
    resumed = 0
    for _ in range(count if ticket.exists() else 0):
        later = box.s_client(
            *words,
            "-sess_in",
            ticket,
            "-sess_out",
            ticket,
            "-ign_eof",
            send="GET /1k.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        resumed += "Reused, TLSv1" in later
        assert "x" * 1024 in later, later
    return resumed


CACHE = 'SSLSessionCache "shmcb:@BOX@/sessions(512000)"\n'


@test
def tls_1_3_resumes_with_a_ticket_every_time(box):
    box.config(CACHE + TLS).start()
    assert resumption(box, "-tls1_3") == 8


@test
def tls_1_2_resumes_with_a_ticket(box):
    box.config(CACHE + TLS).start()
    assert resumption(box, "-tls1_2") == 8


@test
def tls_1_2_resumes_by_session_id_in_every_worker(box):
    box.config(CACHE + "SSLSessionTickets off\n" + TLS).start()
    assert resumption(box, "-tls1_2", "-no_ticket", count=6) == 6


@test
def other_clients_resume_as_openssl_does(box):
    """`s_client -reconnect` (five times, TLS 1.2 only), and GnuTLS with both versions."""
    box.config(CACHE + TLS).start()
    for words in (("-tls1_2",), ("-tls1_2", "-no_ticket")):
        text = box.s_client(*words, "-reconnect")
        assert text.count("Reused, TLSv1.2") == 5, text
    need("gnutls-cli")
    for version in ("1.2", "1.3"):
        done = command(
            "gnutls-cli", "--port", box.https, "127.0.0.1", "--sni-hostname", "localhost", "--verify-hostname",
            "localhost", "--x509cafile", box.certs + "/ca.crt", "--priority", "NORMAL:-VERS-ALL:+VERS-TLS" + version,
            "--resume", "--waitresumption", stdin="",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Handshake was completed" in done.stdout and "The certificate is trusted" in done.stdout, done.stdout
        assert "*** This is a resumed session" in done.stdout, done.stdout


@test
def without_cache_and_tickets_nothing_resumes(box):
    box.config("SSLSessionCache none\nSSLSessionTickets off\n" + TLS).start()
    assert resumption(box, "-tls1_2") == 0


@test
def alpn_settles_on_http_1_1_when_that_is_what_both_speak(box):
    box.config("Protocols http/1.1\n" + TLS).start()
    assert "ALPN protocol: http/1.1" in box.s_client("-alpn", "h2,http/1.1")


@test
def the_suites_and_groups_of_the_configuration_are_the_ones_negotiated(box):
    box.config(
        "SSLCipherSuite ECDHE-ECDSA-AES256-GCM-SHA384\nSSLCipherSuite TLSv1.3 TLS_CHACHA20_POLY1305_SHA256\n"
        "SSLOpenSSLConfCmd Groups P-256\n" + TLS
    ).start()
    assert "Cipher is ECDHE-ECDSA-AES256-GCM-SHA384" in box.s_client("-tls1_2")
    text = box.s_client("-tls1_3")
    assert "Cipher is TLS_CHACHA20_POLY1305_SHA256" in text and "ECDH, prime256v1" in text, text
    assert "Cipher is (NONE)" in box.s_client("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")


@test
def the_servers_order_of_suites_wins_when_asked_to(box):
    wanted = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    box.config("SSLHonorCipherOrder on\nSSLCipherSuite %s\n" % wanted + TLS).start()
    assert "Cipher is ECDHE-ECDSA-AES128-GCM-SHA256" in box.s_client(
        "-tls1_2", "-cipher", ":".join(reversed(wanted.split(":")))
    )


@test
def a_protocol_limit_of_one_host_is_its_own(box):
    second = (
        TLS.replace("localhost", "b.example")
        .replace("ecdsa", "b")
        .replace("SSLEngine on", "SSLEngine on\n    SSLProtocol TLSv1.3")
    )
    box.config(TLS + second).start()
    assert "Cipher is (NONE)" in box.s_client("-tls1_2", "-servername", "b.example")
    assert "Cipher is (NONE)" not in box.s_client("-tls1_3", "-servername", "b.example")
    assert "Cipher is (NONE)" not in box.s_client("-tls1_2", "-servername", "localhost")


@test
def the_log_tells_protocol_and_cipher(box):
    box.config(
        'CustomLog "@BOX@/ssl.log" "%{HTTPS}x %{SSL_PROTOCOL}x %{SSL_CIPHER}x %{SSL_CIPHER_USEKEYSIZE}x %{SSL_CLIENT_VERIFY}x %{SSL_TLS_SNI}x \\"%r\\" %b"\n'
        + TLS
    ).start()
    box.get("/1k.txt")
    line = eventually(lambda: (box.path / "ssl.log").read_text(), "a line in the log")
    assert re.fullmatch(
        r'on TLSv1\.3 TLS_AES_\d+_GCM_SHA\d+ (128|256) NONE localhost "GET /1k.txt HTTP/1.1" 1024\n',
        line,
    ), line


@test
def ssl_require_ssl_refuses_plain_http(box):
    box.config('<Location "/">\nSSLRequireSSL\n</Location>\n' + TLS).start()
    assert box.get("/1k.txt").status == 200
    with box.connect_plain() as connection:
        assert ask(connection, "/1k.txt").status == 403


@test
def a_host_name_that_is_not_the_sni_name_follows_apaches_rule(box):
    box.config(TLS + TLS.replace("localhost", "b.example").replace("ecdsa", "b")).start()
    with box.connect("localhost") as connection:
        assert ask(connection, host="b.example").status in (200, 421)
    with box.connect("localhost") as connection:
        assert ask(connection, host="localhost").status == 200


@test
def the_close_is_announced_with_close_notify(box):
    box.config().start()
    with box.connect() as connection:
        ask(connection)
        assert connection.recv(100) == b""  # Python raises SSLEOFError on a truncated stream


@test
def two_requests_in_one_record_and_one_in_many_are_understood(box):
    box.config().start()
    with box.connect() as connection:
        connection.sendall(
            b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\n\r\nGET /1k.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        data = b""
        while data.count(b"HTTP/1.1 200 OK") < 2 or len(data) < 2 * 1024:
            data += connection.recv(65536)
        for byte in b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n":
            connection.send(bytes([byte]))
        rest = data.split(b"x" * 1024)
        assert len(rest) >= 2
        assert read_answer(connection).status == 200


# --- what must stop a start, and what must not ------------------------------------------------------


def refuses_to_start(box, text, *words):
    """Start fails with an exit code, and the reason stands in the console or the log."""
    box.config(text)
    done = box.run("-DFOREGROUND", timeout=30)
    said = done.stdout + done.stderr + box.said()
    assert done.returncode == 1, "exit %d: %s" % (done.returncode, said)
    for word in words:
        assert re.search(word, said), "%r is not in: %s" % (word, said)
    return said


@test
def a_key_of_another_certificate_stops_the_start(box):
    refuses_to_start(box, TLS.replace("ecdsa.key", "b.key"), "do not match")


@test
def a_missing_certificate_stops_the_start(box):
    refuses_to_start(
        box, TLS.replace("ecdsa.crt", "nothing.crt"), "nothing.crt' does not exist or is empty"
    )


@test
def a_certificate_that_is_none_stops_the_start(box):
    (box.path / "bad.crt").write_text(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    )
    refuses_to_start(box, TLS.replace("@CERTS@/ecdsa.crt", "@BOX@/bad.crt"), r"bad\.crt")


@test
def a_key_file_that_is_none_stops_the_start(box):
    (box.path / "bad.key").write_text("this is no key\n")
    refuses_to_start(box, TLS.replace("@CERTS@/ecdsa.key", "@BOX@/bad.key"), r"bad\.key")


@test
def a_host_without_certificate_stops_the_start(box):
    refuses_to_start(
        box, "<VirtualHost *:@HTTPS@>\nSSLEngine on\n</VirtualHost>\n", "(?i)certificate"
    )


@test
def an_empty_set_of_protocols_stops_the_start(box):
    refuses_to_start(box, "SSLProtocol -all\n" + TLS, "(?i)no ?SSL protocols|SSL protocol")


@test
def an_empty_set_of_suites_stops_the_start(box):
    refuses_to_start(box, "SSLCipherSuite NONSENSE-CIPHER\n" + TLS, "(?i)cipher")


def pass_phrase_program(box, phrase):
    program = box.path / "phrase"
    program.write_text("#!/bin/sh\necho '%s'\n" % phrase)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return "SSLPassPhraseDialog exec:%s\n" % program + TLS.replace("ecdsa.crt", "rsa.crt").replace(
        "ecdsa.key", "locked.key"
    )


@test
def the_right_pass_phrase_opens_the_key(box):
    box.config(pass_phrase_program(box, "open sesame")).start()
    assert box.get().status == 200


@test
def a_wrong_pass_phrase_stops_the_start(box):
    refuses_to_start(box, pass_phrase_program(box, "open barley"), r"locked\.key|[Pp]ass.?phrase")


@test
def an_expired_certificate_is_a_warning_only(box):
    box.config(TLS.replace("ecdsa", "expired")).start()
    assert "certificate has expired" in box.s_client()


@test(signet_only=True)
def warnings_tell_what_is_remarkable_about_a_certificate(box):
    box.config(
        TLS.replace("ecdsa", "expired")
        + TLS.replace("localhost", "c.example").replace("ecdsa", "b")
    )
    os.chmod(box.certs + "/b.key", 0o600)
    done = box.run("-t")
    assert (
        done.returncode == 0 and "expired" in done.stderr and "c.example" in done.stderr
    ), done.stderr


@test
def openssl_verifies_what_is_served(box):
    box.config().start()
    assert "Verify return code: 0 (ok)" in box.s_client(
        "-servername", "localhost", "-verify_hostname", "localhost"
    )
    assert (
        command(
            "openssl", "verify", "-CAfile", box.certs + "/ca.crt", box.certs + "/ecdsa.crt"
        ).returncode
        == 0
    )
