"""Certificates that the server gets by itself, from a real pebble."""

import json
import shutil
import signal
import ssl

from acme_site import SITE, certificate, configure, served_by_pebble, status
from lib import Skip, command, eventually, test
from pebble import Pebble, credulous_pebble


@test(signet_only=True)
def a_host_without_certificate_gets_one_and_serves_it_without_a_reload(box):
    with Pebble(box.path / "ca", box.http, box.https) as pebble:
        subject = 'Header set X-Names "%{SSL_SERVER_SAN_DNS_0}s %{SSL_SERVER_V_START}s"'
        configure(box, pebble, "MDCAChallenges http-01\n" + subject).start()
        waiting = box.get("/1k.txt", "site.example", context=ssl._create_unverified_context())
        assert waiting.status in (200, 503)
        text = served_by_pebble(box)
        assert "DNS:site.example" in text and "DNS:www.site.example" in text, text
        answer = box.get("/1k.txt", "site.example", context=ssl._create_unverified_context())
        assert answer.status == 200
        assert answer.headers["x-names"].startswith("site.example ") and "GMT" in answer.headers["x-names"]
        line = eventually(
            lambda: [l for l in box.said().splitlines() if "AH10059" in l], "the log says so"
        )[0]
        assert "site.example" in line and "now serving certificate" in line, line
        said = json.loads(status(box, "--json"))[0]
        assert said["failures"] == 0 and said["next"]["what"] == "renewal", said
        assert "valid until" in status(box)


AUTO = """<VirtualHost *:@HTTPS@>
    ServerName auto.example
    SSLEngine on
    SSLCertificateFile auto
</VirtualHost>
"""


@test(signet_only=True)
def a_tls_host_without_certificate_needs_no_mdomain(box):
    configure(box, credulous_pebble(), domain="")
    box.conf.write_text(box.conf.read_text() + box.fill(AUTO))
    box.start()
    text = served_by_pebble(box)
    assert "DNS:site.example" in text and "DNS:www.site.example" in text, text
    assert "DNS:auto.example" in served_by_pebble(box, name="auto.example")
    names = {one["name"] for one in json.loads(status(box, "--json"))}
    assert names == {"site.example", "auto.example"}, names


@test(signet_only=True)
def who_gets_a_certificate_follows_from_the_configuration_alone(box):
    def names(text):
        box.config(text)
        return sorted(one["name"] for one in json.loads(status(box, "--json")))

    host = "<VirtualHost *:@HTTPS@>\nServerName %s\nSSLEngine on\n%s\n</VirtualHost>\n"
    keys = 'SSLCertificateFile "@CERTS@/ecdsa.crt"\nSSLCertificateKeyFile "@CERTS@/ecdsa.key"\n'
    agreed = "MDCertificateAgreement accepted\n"
    ca = agreed + "MDCertificateAuthority https://ca.example/dir\n"
    bare, auto = host % ("bare.example", ""), host % ("auto.example", "SSLCertificateFile auto")
    assert names(ca + bare + auto + host % ("own.example", keys)) == ["auto.example", "bare.example"]
    assert names(agreed + auto) == ["auto.example"]  # from Let's Encrypt
    assert names(ca + keys + bare + auto) == ["auto.example"]  # the others have the main server's
    assert names(ca + host % ("192.0.2.1", "")) == []
    assert names(ca + "MDomain bare.example\n" + bare) == ["bare.example"]
    assert names(ca + bare + host % ("other.example", "ServerAlias bare.example")) == ["bare.example"]
    for text, said in (
        (bare, "Failed to configure at least one certificate"),
        (auto, "no CA is asked for auto.example"),
        (agreed + host.replace("ServerName %s\n", "") % "SSLCertificateFile auto", "has no ServerName"),
    ):
        box.config(text)
        done = box.run("-t")
        assert done.returncode == 1 and said in done.stderr, done.stderr


@test(signet_only=True)
def tls_alpn_01_proves_over_the_tls_port_alone(box):
    with Pebble(box.path / "ca", 9, box.https) as pebble:
        configure(box, pebble, "MDCAChallenges tls-alpn-01").start()
        served_by_pebble(box)  # http-01 would have met nobody at port 9


@test(signet_only=True)
def dns_01_calls_the_program_and_gets_a_wildcard(box):
    with Pebble(box.path / "ca", 9, 9) as pebble:
        hook = box.path / "dns"
        hook.write_text(
            """#!/usr/bin/python3
import json, sys, urllib.request
verb, name = sys.argv[1:3]
words = {"host": "_acme-challenge.%s." % name}
if verb == "setup":
    words["value"] = sys.argv[3]
data = json.dumps(words).encode()
urllib.request.urlopen("URL/" + {"setup": "set-txt", "teardown": "clear-txt"}[verb], data)
open("LOG", "a").write(" ".join(sys.argv[1:3]) + "\\n")
""".replace(
                "URL", pebble.challenge_server
            ).replace(
                "LOG", str(box.path / "dns.log")
            )
        )
        hook.chmod(0o755)
        (box.path / "dns.log").write_text("")
        (box.path / "dns.log").chmod(0o666)
        configure(
            box, pebble, 'MDChallengeDns01 "%s"\nMDCAChallenges dns-01' % hook, "MDomain site.example *.site.example"
        ).start()
        text = served_by_pebble(box)
        assert "DNS:*.site.example" in text, text
        calls = eventually(
            lambda: "teardown" in (box.path / "dns.log").read_text() and (box.path / "dns.log").read_text(),
            "the records are taken down",
        )
        assert calls.count("setup site.example") == 2, calls


@test(signet_only=True)
def other_names_get_a_new_certificate_after_a_reload(box):
    configure(box, credulous_pebble(), "MDCheckInterval 1s").start()
    served_by_pebble(box)
    box.conf.write_text(box.conf.read_text().replace("MDomain site.example", "MDomain site.example third.example"))
    box.signal(signal.SIGUSR1)
    eventually(lambda: "third.example" in certificate(box), "the new one is served", 30)


@test(signet_only=True)
def an_external_account_and_two_kinds_of_keys(box):
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    with Pebble(box.path / "ca", box.http, box.https, external_account={"kid-1": key}) as pebble:
        configure(
            box,
            pebble,
            "MDCAChallenges http-01\nMDExternalAccountBinding kid-1 %s\nMDPrivateKeys P-384 RSA 2048" % key,
        ).start()
        served_by_pebble(box)
        for suite, kind in (("ECDHE-ECDSA-AES128-GCM-SHA256", "384 bit"), ("ECDHE-RSA-AES128-GCM-SHA256", "2048 bit")):
            text = box.s_client("-servername", "site.example", "-tls1_2", "-cipher", suite)
            assert "Server public key is %s" % kind in text, text


@test(signet_only=True)
def what_the_ca_refuses_is_in_the_log_and_the_status(box):
    with Pebble(box.path / "ca", 9, 9) as pebble:  # it knocks where nobody is
        configure(box, pebble, "MDCAChallenges http-01\nMDOrderLimit 2\nMDRetryDelay 1s").start()
        line = eventually(lambda: [l for l in box.said().splitlines() if "AH10056" in l], "a refusal", 30)[0]
        assert "urn:ietf:params:acme:error" in line and "trying again" in line, line
        said = json.loads(status(box, "--json"))[0]
        assert said["failures"] >= 1 and "acme:error" in said["problem"], said
        # The ledger holds back the third order within a week.
        eventually(lambda: "no order is begun: 2 orders within a week" in box.said(), "the ledger's line", 30)
        assert pebble.log().count("POST /order-plz") <= 3
        said = status(box)
        assert "orders       2 of at most 2 this week at " + pebble.url in said and " in a row" in said, said
        assert "next         attempt" in said and "GMT (in " in said, said


@test(signet_only=True)
def certbot_proves_its_own_names_through_the_document_root(box):
    certbot = shutil.which("certbot")
    if not certbot:
        raise Skip("certbot is not installed")
    with Pebble(box.path / "ca", box.http, box.https, nonce_errors=0) as pebble:
        configure(box, pebble, "MDCAChallenges http-01").start()
        served_by_pebble(box)
        folders = [w for kind in ("config", "work", "logs") for w in ("--%s-dir" % kind, str(box.path / "certbot"))]
        done = command(
            *[certbot, "certonly", "--webroot", "-w", box.path / "htdocs", "-d", "certbot.example", "--server", pebble.url],
            *["--no-verify-ssl", "--non-interactive", "--agree-tos", "--register-unsafely-without-email", *folders]
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert (box.path / "certbot/live/certbot.example/fullchain.pem").exists()
        assert "certbot.example" not in status(box)


@test(signet_only=True)
def contradictions_between_managed_domains_are_errors_with_a_line(box):
    text = SITE.replace("@CA@", "https://localhost/dir").replace("@CAFILE@", "none")
    box.config(text.replace("@MORE@", "MDomain site.example\nMDomain www.site.example"))
    done = box.run("-t")
    assert done.returncode == 1 and "belongs to the managed domains" in done.stderr, done.stderr
    box.config(text.replace("@MORE@", "MDomain site.example\nMDCAChallenges pigeon-01"))
    done = box.run("-t")
    assert done.returncode == 1 and "unknown type 'pigeon-01'" in done.stderr, done.stderr
