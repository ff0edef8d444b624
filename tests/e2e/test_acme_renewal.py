"""When certificates are renewed and how they are ordered: what the CA suggests, profiles, rehearsals, other CAs."""

import base64
import json

from acme_extension import Extension
from acme_site import certificate, configure, served_by_pebble, status
from lib import children, command, eventually, test
from pebble import Pebble, credulous_pebble

FAR, PAST = (100 * 86400, 101 * 86400), (-200, -100)


def serial(text):
    return text.partition("serial=")[2].split()[0]


def domain(box, name):
    return next(one for one in json.loads(status(box, "--json")) if one["name"] == name)


@test(signet_only=True)
def the_ca_says_when_to_renew_and_all_workers_serve_the_new_certificate_at_once(box):
    with Extension(credulous_pebble(), window=lambda _: FAR) as ca:
        configure(box, ca, "MDCheckInterval 1s").start()
        first = served_by_pebble(box)
        until = eventually(lambda: "renewal-window" in domain(box, "site.example") and domain(box, "site.example"), "ARI")
        assert until["next"]["what"] == "renewal", until
        assert until["renewal-window"]["start"] <= until["next"]["at"] <= until["renewal-window"]["end"], until
        workers, asked = children(box.pid()), ca.asked[0]
        ca.window = lambda name: PAST if name == asked else FAR
        second = eventually(lambda: serial(certificate(box)) != serial(first) and certificate(box), "a renewal", 20)
        assert {serial(certificate(box)) for _ in range(12)} == {serial(second)}
        assert children(box.pid()) == workers  # nobody was restarted
        assert "replaces" not in ca.orders[0] and ca.orders[1]["replaces"] == asked, ca.orders
        number = int.from_bytes(base64.urlsafe_b64decode(asked.partition(".")[2] + "=="), "big")
        assert number == int(serial(first), 16), (asked, first)
        served = "now serving certificate " + serial(second).lower()
        line = eventually(lambda: [l for l in box.said().splitlines() if served in l], "the log")[0]
        assert "AH10059" in line and line.endswith("on site.example"), line
        # A CA that will not be told twice gets the order without it.
        renewed = eventually(lambda: ca.asked[-1] != asked and ca.asked[-1], "it is asked about the second")
        ca.replaced_already = True
        ca.window = lambda name: PAST if name == renewed else FAR
        eventually(lambda: serial(certificate(box)) != serial(second), "another renewal", 20)
        assert ca.orders[2]["replaces"] == renewed and "replaces" not in ca.orders[3], ca.orders


@test(signet_only=True)
def profiles_are_asked_for_where_the_ca_has_them(box):
    def wish(name, profile, mandatory):
        return "<MDomainSet %s>\nMDRenewMode always\nMDProfile %s\nMDProfileMandatory %s\n</MDomainSet>\n" % (
            name,
            profile,
            mandatory,
        )

    with Extension(credulous_pebble(), profiles={"shortlived": "six days", "classic": "ninety"}) as ca:
        sets = wish("a.example", "shortlived", "on") + wish("b.example", "tiny", "off") + wish("c.example", "tiny", "on")
        configure(box, ca, sets, domain="").start()
        eventually(lambda: domain(box, "b.example").get("certificate"), "a certificate for b", 20)
        problem = eventually(lambda: domain(box, "c.example").get("problem"), "a refusal for c", 20)
        assert problem == "the CA has no profile 'tiny', it offers: classic shortlived", problem
        profiles = {order["identifiers"][0]["value"]: order.get("profile") for order in ca.orders}
        assert profiles == {"a.example": "shortlived", "b.example": None, "site.example": None}, profiles
        assert "SG0798: b.example: " in box.said(), box.said()


@test(signet_only=True)
def new_names_are_rehearsed_at_the_staging_ca_before_the_real_one_hears_of_them(box):
    real = credulous_pebble()
    with Pebble(box.path / "staging", box.http, box.https, like=real) as staging:
        lost = "<MDomainSet lost.example>\nMDRenewMode always\nMDCAChallenges dns-01\nMDChallengeDns01 /bin/true\n"
        more = "MDRehearsal %s\nMDCAChallenges http-01\n%s</MDomainSet>\n" % (staging.url, lost)
        configure(box, real, more).start()
        served_by_pebble(box)
        steps = [l.partition("SG0794: site.example: ")[2] for l in box.said().splitlines()]
        steps = [step for step in steps if "begun" in step or "passed" in step]
        assert steps == [
            "rehearsal begun at " + staging.url,
            "rehearsal at %s passed" % staging.url,
            "order begun at " + real.url,
        ], steps
        said = eventually(lambda: domain(box, "lost.example").get("problem"), "the rehearsal fails", 20)
        assert "acme:error" in said and "lost.example" in said, said
        assert "lost.example" in staging.log() and "lost.example" not in real.log()
        # In use is a certificate of the real CA, not of the stage.
        key = command("curl", "-sk", "https://127.0.0.1:%d/intermediates/0" % real.management).stdout
        name = command("openssl", "x509", "-noout", "-subject", stdin=key).stdout.partition("CN")[2].strip(" =\n")
        assert name and name in certificate(box), (name, certificate(box))


@test(signet_only=True)
def the_next_ca_has_its_turn_when_one_keeps_failing(box):
    ca = credulous_pebble()
    configure(box, ca, "MDRetryFailover 2\nMDCertificateAuthority https://localhost:1/dir %s" % ca.url).start()
    served_by_pebble(box)
    failures = [l for l in box.said().splitlines() if "AH10056" in l]
    assert len(failures) == 2 and all("localhost:1" in l or "connect" in l.lower() for l in failures), failures
    assert domain(box, "site.example")["certificate"]["from"] == ca.url


@test(signet_only=True)
def an_outage_of_the_ca_uses_up_no_orders(box):
    down = []
    with Extension(credulous_pebble(), spoil=lambda path: b"<html>Sorry</html>" if down and path == "/dir" else None) as ca:
        configure(box, ca).start()
        served_by_pebble(box)
        down.append(True)
        box.conf.write_text(box.conf.read_text().replace("MDomain site.example", "MDomain site.example third.example"))
        box.signal(10)
        said = eventually(lambda: (one := domain(box, "site.example"))["failures"] >= 2 and one, "two failures", 20)
        assert "is not ACME" in said["problem"] and said["orders"][0]["this-week"] == 1, said
        down.clear()
        eventually(lambda: "third.example" in certificate(box), "the new names", 20)
        assert domain(box, "site.example")["orders"][0]["this-week"] == 2 == len(ca.orders), ca.orders
