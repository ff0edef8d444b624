"""SSLOCSPEnable: what responders say about the certificates of clients, and what they may do wrong."""

import ssl
import threading
import time

from lib import TLS, children, command, eventually, test
from test_stapling import Responder, responder

REVOKED = "R\t330101000000Z\t260101000000Z\t5151\tunknown\t/CN=localhost\n"
V = ssl.TLSVersion


def site(*lines, check="leaf"):
    said = ("SSLVerifyClient optional", 'SSLCACertificateFile "@CERTS@/ca.crt"', "SSLOCSPEnable " + check)
    return TLS.replace("SSLEngine on", "\n    ".join(("SSLEngine on", *said, *lines)))


def serve(box, *lines, **options):
    box.config("LogLevel ssl:info\n" + site(*lines, **options)).start()


def answer(box, version=V.TLSv1_3, shown=True):
    """The status that the client gets; 0: it was refused."""
    context = box.tls_context(minimum_version=version, maximum_version=version)
    if shown:
        context.load_cert_chain(box.path / "leaf.crt", box.path / "stapled.key")
    try:
        return box.get("/1k.txt", context=context).status
    except OSError:
        return 0


@test(signet_only=True)
def good_revoked_and_unknown_clients_are_told_apart(box):
    with responder(box) as ocsp:
        serve(box)
        assert answer(box) == 200 and answer(box, V.TLSv1_2) == 200
        workers = len(children(box.pid()))  # and the keeper
        for _ in range(workers):
            assert answer(box) == 200
        assert ocsp.asked <= workers  # each asks once: the answer counts for a minute
    for line, word in ((REVOKED, "revoked"), ("", "unknown")):
        with responder(box) as ocsp:
            ocsp.index(line)
            serve_again(box)
            assert answer(box) == 0 and answer(box, V.TLSv1_2) == 0
            eventually(lambda: "AH03239: OCSP validation completed, certificate status: " + word in box.said(), word)


def serve_again(box):
    box.signal(15)
    box.ended()
    box.start()


@test(signet_only=True)
def a_response_that_cannot_be_used_refuses_the_client_and_is_explained(box):
    with responder(box) as ocsp:
        serve(box)
        for mode, number in (
            ("down", "AH01974"), ("500", "AH01974"), ("huge", "AH01974"), ("trylater", "AH01922"),
            ("changed", "AH01925"), ("another authority", "AH01925"), ("another certificate", "AH01924"),
        ):  # fmt: skip
            ocsp.mode = mode
            assert answer(box) == 0, mode
            eventually(lambda number=number: number in box.said(), mode)
        assert "SSLOCSPProxyURL" in box.said() and "SSLOCSPResponderCertificateFile" in box.said()  # the fixes
        assert answer(box, shown=False) == 200
        ocsp.mode = "right"
        assert answer(box) == 200


@test(signet_only=True)
def a_slow_responder_holds_up_nobody_else(box):
    with responder(box) as ocsp:
        ocsp.mode = "slow"
        serve(box, "SSLOCSPResponderTimeout 1")
        seen = []
        begun = time.monotonic()
        threads = [threading.Thread(target=lambda: seen.append(answer(box))) for _ in range(3)]
        for thread in threads:
            thread.start()
        eventually(lambda: ocsp.asked > 0, "the responder is asked")
        for _ in range(5):
            assert answer(box, shown=False) == 200
        assert not seen and time.monotonic() - begun < 1
        for thread in threads:
            thread.join()
        assert seen == [0, 0, 0]
        assert "AH01974" in box.said()


@test(signet_only=True)
def who_is_asked_and_who_is_believed_can_be_said(box):
    with responder(box) as named:
        other = Responder(box)  # from now on the certificate names this one
        try:
            default = "SSLOCSPDefaultResponder " + named.url
            serve(box, default)
            assert answer(box) == 200 and (named.asked, other.asked) == (0, 1)
            for lines in ((default, "SSLOCSPOverrideResponder on"), ("SSLOCSPProxyURL " + named.url,)):
                before = named.asked
                box.config(site(*lines))
                serve_again(box)
                assert answer(box) == 200 and (named.asked, other.asked) == (before + 1, 1), lines
            other.mode = "another authority"
            for lines in (("SSLOCSPNoverify on",),
                          ('SSLOCSPResponderCertificateFile "@CERTS@/intermediate.crt"',)):  # fmt: skip
                box.config(site(*lines))
                serve_again(box)
                assert answer(box) == 200, lines
        finally:
            other.server.shutdown()
            other.server.server_close()


@test(signet_only=True)
def the_age_of_a_response_has_limits_and_a_nonce_forbids_old_ones(box):
    with responder(box) as ocsp:
        old = ocsp.answer(request_without_nonce(box))
        ocsp.answer = lambda request: old
        time.sleep(2.1)
        for lines, wanted in (
            (("SSLOCSPUseRequestNonce on",), 0),
            (("SSLOCSPUseRequestNonce off",), 200),
            (("SSLOCSPUseRequestNonce off", "SSLOCSPResponseMaxAge 300"), 200),
            (("SSLOCSPUseRequestNonce off", "SSLOCSPResponseMaxAge 1"), 0),  # the skew is not added
        ):
            box.config(site(*lines))
            box.start()
            assert answer(box) == wanted, lines
            box.signal(15)
            box.ended()
        assert "AH01924" in box.said() and "AH02273" in box.said()


def request_without_nonce(box):
    command("openssl", "ocsp", "-issuer", box.certs + "/ca.crt", "-cert", box.path / "leaf.crt", "-no_nonce",
            "-reqout", box.path / "plain.der")  # fmt: skip
    return (box.path / "plain.der").read_bytes()


@test(signet_only=True)
def a_client_that_leaves_while_the_responder_is_asked_leaves_nothing_behind(box):
    with responder(box) as ocsp:
        ocsp.mode = "slow"
        serve(box, "SSLOCSPResponderTimeout 1")
        context = box.tls_context()
        context.load_cert_chain(box.path / "leaf.crt", box.path / "stapled.key")
        for _ in range(3):
            box.connect(context=context).close()
        eventually(lambda: ocsp.asked > 0, "the responder is asked")
        assert answer(box, shown=False) == 200
        eventually(lambda: answer(box, shown=False) == 200, "the worker lives")
