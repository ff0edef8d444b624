"""OCSP stapling, with `openssl ocsp` as the responder behind a relay that can delay, change and refuse."""

import contextlib
import http.server
import re
import threading
import time

from lib import TLS, command, eventually, free_port, test

ERRORS = {"trylater": b"\x30\x03\x0a\x01\x03", "unauthorized": b"\x30\x03\x0a\x01\x06"}


class Responder:
    """Listens on a port of its own and asks `openssl ocsp` for each answer. `mode` says what goes wrong."""

    def __init__(self, box):
        self.folder, self.certs, self.mode, self.asked = box.path, box.certs, "right", 0
        self.lock = threading.Lock()
        responder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                request = self.rfile.read(int(self.headers["Content-Length"]))
                answer = responder.answer(request)
                if answer is None:
                    self.connection.close()
                    return
                self.send_response(500 if responder.mode == "500" else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.port = free_port()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/" % self.port
        self.make_certificate()

    def make_certificate(self):
        """stapled.crt names this responder, and is in the index as valid."""
        done = command(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "30", "-subj", "/CN=localhost", "-set_serial", "0x5151",
            "-CA", self.certs + "/ca.crt", "-CAkey", self.certs + "/ca.key",
            "-addext", "subjectAltName=DNS:localhost,DNS:b.example,DNS:c.example",
            "-addext", "authorityInfoAccess=OCSP;URI:" + self.url,
            "-keyout", self.folder / "stapled.key", "-out", self.folder / "leaf.crt",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        chain = open(self.certs + "/ca.crt", encoding="ascii").read()
        (self.folder / "stapled.crt").write_text((self.folder / "leaf.crt").read_text() + chain)
        self.index("V\t330101000000Z\t\t5151\tunknown\t/CN=localhost\n")

    def index(self, line):
        (self.folder / "index.txt").write_text(line)

    def answer(self, request):
        with self.lock:
            self.asked += 1
            mode = self.mode
            if mode == "down":
                return None
            if mode in ERRORS:
                return ERRORS[mode]
            if mode == "slow":
                time.sleep(4)
            if mode == "late":
                time.sleep(0.5)
            if mode == "huge":
                return b"\x30" * 50000
            if mode == "another certificate":
                command(
                    "openssl", "ocsp", "-issuer", self.certs + "/ca.crt", "-cert", self.certs + "/b.crt",
                    "-no_nonce", "-reqout", self.folder / "request.der",
                )  # fmt: skip
            else:
                (self.folder / "request.der").write_bytes(request)
            signer = "intermediate" if mode == "another authority" else "ca"
            done = command(
                "openssl", "ocsp", "-index", self.folder / "index.txt", "-CA", self.certs + "/ca.crt",
                "-rsigner", "%s/%s.crt" % (self.certs, signer), "-rkey", "%s/%s.key" % (self.certs, signer),
                "-ndays", "7", "-reqin", self.folder / "request.der", "-respout", self.folder / "response.der",
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            response = (self.folder / "response.der").read_bytes()
            if mode == "changed":
                at = response.index(b"\x80\x00") if b"\x80\x00" in response else 120
                response = response[:at] + bytes([response[at] ^ 2]) + response[at + 1 :]
            return response


@contextlib.contextmanager
def responder(box):
    one = Responder(box)
    try:
        yield one
    finally:
        one.server.shutdown()
        one.server.server_close()


def site(*lines, name="localhost", certificate="@BOX@/stapled"):
    return TLS.replace("ServerName localhost", "ServerName " + name).replace(
        '"@CERTS@/ecdsa', '"' + certificate
    ).replace("SSLEngine on", "\n    ".join(("SSLEngine on", "SSLUseStapling on") + lines))


GLOBAL = "LogLevel ssl:debug\nSSLStaplingCache shmcb:@BOX@/stapling(128000)\n"


def stapled(box, *words, name="localhost"):
    """What a client gets: none, the certificate's status, or the responder's error."""
    text = box.s_client("-status", "-servername", name, *words)
    if "OCSP response: no response sent" in text:
        return "none"
    status = re.search(r"OCSP Response Status: (\w+)", text)
    assert status, text
    if status.group(1) != "successful":
        return status.group(1)
    assert "Response Verify Failure" not in text
    return re.search(r"Cert Status: (\w+)", text).group(1)


def becomes(box, wanted, **options):
    eventually(lambda: stapled(box, **options) == wanted, "the staple is " + wanted)


@test
def the_status_of_the_certificate_is_stapled_in_tls_1_2_and_1_3(box):
    with responder(box):
        box.config(GLOBAL + site()).start()
        becomes(box, "good")
        assert stapled(box, "-tls1_2") == "good"
        assert stapled(box, "-tls1_3") == "good"


@test(signet_only=True)
def the_first_client_finds_a_staple_whose_issuer_is_no_part_of_the_chain(box):
    with responder(box) as ocsp:
        ocsp.mode = "late"
        lone = site('SSLCACertificateFile "@CERTS@/ca.crt"').replace("stapled.crt", "leaf.crt")
        box.config(GLOBAL + lone).start()
        assert stapled(box) == "good"


@test(signet_only=True)
def a_staple_outlasts_restart_and_reload_although_the_responder_is_down(box):
    with responder(box) as ocsp:
        box.config(GLOBAL + site()).start()
        becomes(box, "good")
        eventually(lambda: list((box.path / "ocsp").glob("*.der")), "it is on the disk")
        ocsp.mode = "down"
        box.signal(10)  # SIGUSR1
        eventually(lambda: "resuming normal operations" in box.said().split("SIGUSR1")[-1], "reload")
        assert stapled(box) == "good"
        box.process.terminate()
        box.ended()
        box.start()
        assert stapled(box) == "good"


@test(signet_only=True)
def a_responder_that_is_down_gives_what_the_settings_say_and_is_reported_once(box):
    with responder(box) as ocsp:
        ocsp.mode = "down"
        box.config(
            GLOBAL
            + site("SSLStaplingErrorCacheTimeout 1")
            + site("SSLStaplingErrorCacheTimeout 1", "SSLStaplingFakeTryLater off", name="b.example")
            + site("SSLStaplingErrorCacheTimeout 1", "SSLStaplingReturnResponderErrors off", name="c.example")
        ).start()
        becomes(box, "trylater")
        assert stapled(box, name="b.example") == "none"
        assert stapled(box, name="c.example") == "none"
        asked = ocsp.asked
        eventually(lambda: ocsp.asked > asked + 1, "it is asked again")
        assert len(re.findall(r"ssl:error.*AH01941", box.said())) == 1, box.said()
        ocsp.mode = "right"
        for name in ("localhost", "b.example", "c.example"):
            becomes(box, "good", name=name)
        assert "SG0345" in box.said()


@test(signet_only=True)
def a_slow_responder_delays_no_handshake(box):
    with responder(box) as ocsp:
        ocsp.mode = "slow"
        box.config(
            GLOBAL + site("SSLStaplingResponderTimeout 1", "SSLStaplingErrorCacheTimeout 1")
        ).start()
        eventually(lambda: "resuming normal operations" in box.said(), "it does not wait for long")
        before = time.monotonic()
        stapled(box)
        assert time.monotonic() - before < 1
        becomes(box, "trylater")
        assert "no answer within 1000 ms" in box.said()


@test(signet_only=True)
def lies_are_not_passed_on(box):
    with responder(box) as ocsp:
        ocsp.mode = "changed"
        settings = ("SSLStaplingErrorCacheTimeout 1", "SSLStaplingFakeTryLater off")
        box.config(GLOBAL + site(*settings)).start()
        for mode, words in (
            ("changed", "AH01943"),
            ("another authority", "signature of the OCSP response is not the issuer's"),
            ("another certificate", "says nothing about this certificate"),
            ("huge", "is longer than 10240 bytes"),
            ("500", "HTTP status 500"),
        ):
            ocsp.mode = mode
            eventually(lambda text=words: re.search(text, box.said()), words)
            assert stapled(box) == "none", mode
        assert re.search("ssl:error.*AH01943", box.said())


@test(signet_only=True)
def an_error_of_the_responder_is_passed_on_unless_it_is_not_wanted(box):
    with responder(box) as ocsp:
        ocsp.mode = "unauthorized"
        box.config(
            GLOBAL
            + site("SSLStaplingErrorCacheTimeout 1")
            + site("SSLStaplingErrorCacheTimeout 1", "SSLStaplingReturnResponderErrors off", name="b.example")
        ).start()
        becomes(box, "unauthorized")
        assert stapled(box, name="b.example") == "none"
        ocsp.mode = "trylater"
        becomes(box, "trylater")
        assert re.search("ssl:error.*AH01944", box.said())


@test(signet_only=True)
def a_staple_is_renewed_and_kept_while_the_responder_fails(box):
    with responder(box) as ocsp:
        box.config(
            GLOBAL + site("SSLStaplingStandardCacheTimeout 1", "SSLStaplingErrorCacheTimeout 1")
        ).start()
        becomes(box, "good")
        asked = ocsp.asked
        eventually(lambda: ocsp.asked >= asked + 2, "renewed")
        ocsp.mode = "down"
        eventually(lambda: "AH01941" in box.said(), "the failure is reported")
        assert stapled(box) == "good"


@test(signet_only=True)
def a_response_older_than_allowed_is_not_stapled(box):
    with responder(box) as ocsp:
        box.config(
            GLOBAL
            + site(
                "SSLStaplingResponseMaxAge 2",
                "SSLStaplingResponseTimeSkew 0",
                "SSLStaplingFakeTryLater off",
                "SSLStaplingErrorCacheTimeout 1",
            )
        ).start()
        becomes(box, "good")
        ocsp.mode = "down"
        becomes(box, "none")


@test
def a_revoked_certificate_is_stapled_as_revoked_and_reported(box):
    with responder(box) as ocsp:
        ocsp.index("R\t330101000000Z\t250101000000Z,keyCompromise\t5151\tunknown\t/CN=localhost\n")
        box.config(GLOBAL + site()).start()
        becomes(box, "revoked")
        eventually(lambda: "AH02969" in box.said() and "keyCompromise" in box.said(), "the log says so")


@test
def the_responder_can_be_forced(box):
    with responder(box) as ocsp:
        box.config(
            GLOBAL + site("SSLStaplingForceURL " + ocsp.url, certificate="@CERTS@/chain")
            .replace("chain.key", "leaf.key")
        ).start()  # fmt: skip
        eventually(lambda: stapled(box) != "none" and ocsp.asked > 0, "the forced one is asked")


@test(signet_only=True)
def a_certificate_without_responder_costs_one_info_line(box):
    box.config(GLOBAL + site(certificate="@CERTS@/ecdsa")).start()
    assert stapled(box) == "none"
    eventually(lambda: "AH02218" in box.said(), "the line")
    time.sleep(0.3)
    assert box.said().count("AH02218") == 1
