"""What a changed configuration does to certificates that are there, and what programs are told."""

import json

from acme_extension import Extension
from acme_site import certificate, configure, listener, served_by_pebble, status
from lib import command, eventually, test
from pebble import credulous_pebble


def serial(text):
    return text.partition("serial=")[2].split()[0]


def domain(box, name="site.example"):
    return next(one for one in json.loads(status(box, "--json")) if one["name"] == name)


def key_of(box, *suites):
    return box.s_client("-servername", "site.example", "-tls1_2", *suites)


@test(signet_only=True)
def another_kind_of_key_renews_and_a_name_less_does_not(box):
    def reload(old, new):
        box.conf.write_text(box.conf.read_text().replace(old, new))
        box.signal(10)

    def renewed(before):
        return eventually(
            lambda: (now := serial(certificate(box))) != before and now, "another certificate", 20
        )

    with Extension(credulous_pebble()) as ca:
        configure(box, ca, "MDPrivateKeys RSA 2048\nMDCheckInterval 1s", "MDomain site.example third.example").start()
        first = serial(served_by_pebble(box))
        assert "Server public key is 2048 bit" in key_of(box)

        reload("MDomain site.example third.example", "MDomain site.example")
        eventually(lambda: "third.example" not in domain(box)["domains"], "it has the new names")
        reload("RSA 2048", "RSA 3072")  # is for the next key
        eventually(lambda: domain(box)["next"]["what"] == "renewal", "it is content")
        assert serial(certificate(box)) == first and len(ca.orders) == 1, ca.orders

        reload("MDPrivateKeys RSA 3072", "MDPrivateKeys P-256")
        second = renewed(first)
        assert "Server public key is 256 bit" in key_of(box)

        reload("MDPrivateKeys P-256", "MDPrivateKeys secp256r1 rsa2048")
        eventually(lambda: "2048 bit" in key_of(box, "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"), "an RSA certificate", 20)
        assert renewed(second) and "256 bit" in key_of(box, "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")
        assert len(ca.orders) == 4, ca.orders  # one for each key


@test(signet_only=True)
def programs_are_told_what_happens_with_apaches_words(box):
    refusal = box.path / "not-here"
    refusal.write_text("")
    command_, events = listener(box, '[ "$1" = renewing ] && [ -e "%s" ] && exit 1' % refusal)
    notify = box.path / "notify"
    notify.write_text('#!/bin/sh\necho "notify $*" >> "%s"\n' % (box.path / "events.log"))
    notify.chmod(0o755)
    files = 'MDCertificateFile "@CERTS@/ecdsa.crt"\nMDCertificateKeyFile "@CERTS@/ecdsa.key"\n'
    files = "<MDomainSet files.example>\nMDWarnWindow 9999d\n" + files + "</MDomainSet>\n"
    host = "<VirtualHost *:@HTTPS@>\nServerName files.example\nSSLEngine on\n</VirtualHost>"
    with Extension(credulous_pebble()) as ca:
        more = 'MDNotifyCmd "%s" with words\nMDCAChallenges http-01\n' % notify
        configure(box, ca, command_ + "\n" + more + files + host).start()
        # One that says no is asked again, and no order is begun before it agrees.
        eventually(lambda: events().count("renewing site.example\n") >= 2, "it is asked again", 20)
        assert "errored site.example\n" in events() and not ca.orders, events()
        refusal.unlink()
        served_by_pebble(box)
        eventually(lambda: "installed site.example\n" in events(), "the last event")
    told = events().splitlines()
    assert "expiring files.example" in told, told
    told = told[len(told) - 1 - told[::-1].index("renewing site.example") :]
    assert told[0] == "renewing site.example" and told[-3:] == [
        "notify with words site.example",
        "renewed site.example",
        "installed site.example",
    ], told
    assert set(told[1:-3]) == {
        "challenge-setup:http-01:%s site.example" % name for name in ("site.example", "www.site.example")
    }, told
