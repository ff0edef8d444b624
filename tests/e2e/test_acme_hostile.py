"""CAs, or men in the middle, that answer with what nobody should: each costs its own domain a try, and nobody else anything."""

import contextlib
import json

from acme_extension import PROBLEM, Extension
from acme_site import configure, served_by_pebble, status
from lib import command, eventually, test
from pebble import credulous_pebble
from test_acme_crashes import keeper_of

SET = """<MDomainSet %s.example>
    MDRenewMode always
    MDCertificateAuthority %s
    MDCAChallenges dns-01
    MDChallengeDns01 "@BOX@/hook"
</MDomainSet>
"""


def fields_with(fields, name, value):
    return [(n, v) for n, v in fields if n.lower() != name] + [(name, value)]


def at(prefix, answer):
    """Answers to this path are others; pebble's refusals of nonces stay as they are."""
    return lambda path, *genuine: answer(*genuine) if path.startswith(prefix) and genuine[0] < 300 else genuine


def json_with(**words):
    return lambda status, fields, body: (status, fields, json.dumps({**json.loads(body), **words}).encode())


def other_chain():
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -days 9 -subj /CN=x"
    pem = command(*words.split()).stdout.encode()
    return lambda status, fields, body: (status, fields, pem)


def long_chain(status, fields, body):
    _, end, rest = body.partition(b"-----END CERTIFICATE-----\n")
    return status, fields, body + rest.lstrip() * 200


def forgets(status, fields, body):
    return 400, fields, json.dumps({"type": PROBLEM + "accountDoesNotExist", "detail": "who?"}).encode()


def far_away(status, fields, body):
    return 302, [("Location", "http://127.0.0.1:1/")], b""


BAD_BYTES = "https://localhost/\xff\xfe"
# What the CA does, and what the domain's problem then says.
CASES = {
    "nonce": (lambda p, s, f, b: (s, fields_with(f, "replay-nonce", "\xff\xfe{}"), b), "is not ACME"),
    "location": (at("/order-plz", lambda s, f, b: (s, fields_with(f, "location", BAD_BYTES), b)), "is not ACME"),
    "account": (at("/sign-me-up", lambda s, f, b: (s, fields_with(f, "location", BAD_BYTES), b)), "is not ACME"),
    "redirect": (at("/dir", far_away), "status 302"),
    "plain": (at("/dir", json_with(newOrder="http://127.0.0.1:1/x")), "is not ACME"),
    "deep": (at("/dir", lambda s, f, b: (s, f, b"[" * 500000)), "is not ACME"),
    "huge": (at("/dir", lambda s, f, b: (s, f, b"{" + b" " * (2 << 20))), "longer than"),
    "stranger": (at("/authZ/", json_with(identifier={"type": "dns", "value": "--evil"})), "which was not ordered"),
    "token": (at("/authZ/", json_with(challenges=[{"type": "dns-01", "token": "<script>"}])), "the CA offers"),
    "key": (at("/certZ/", other_chain()), "another public key"),
    "long": (at("/certZ/", long_chain), "chain is too long"),
    "encoding": (at("/certZ/", lambda s, f, b: (s, f, b.replace(b"M", b"\xff"))), "certificate"),
    "forgetful": (at("/order-plz", forgets), "accountDoesNotExist"),
}


@test(signet_only=True)
def hostile_answers_cost_their_own_domain_a_try_and_nobody_else_anything(box):
    hook = box.path / "hook"
    hook.write_text('#!/bin/sh\necho "$*" >> "%s/hook.log"\n' % box.path)
    hook.chmod(0o755)
    (box.path / "hook.log").write_text("")
    (box.path / "hook.log").chmod(0o666)
    with contextlib.ExitStack() as stack:
        cas = {
            name: stack.enter_context(Extension(credulous_pebble(), change=change))
            for name, (change, _) in CASES.items()
        }
        odd = at("/authZ/", json_with(wildcard="yes"))  # is no reason to refuse, and none to crash
        good = stack.enter_context(Extension(credulous_pebble(), change=odd))
        sets = "".join(SET % (name, ca.url) for name, ca in cas.items())
        configure(box, good, sets)
        box.conf.write_text(box.fill(box.conf.read_text()))
        box.start()
        keeper = eventually(lambda: keeper_of(box.process.pid), "a keeper")
        served_by_pebble(box)

        def problems():
            said = {one["name"].partition(".")[0]: one for one in json.loads(status(box, "--json"))}
            return all(said[name].get("problem") for name in CASES) and said

        said = eventually(problems, "each has its problem", 30)
        for name, (_, words) in CASES.items():
            assert words in said[name]["problem"], (name, said[name]["problem"])
            assert "certificate" not in said[name], said[name]
        assert keeper_of(box.process.pid) == keeper, "the keeper died\n" + box.said()
        assert "evil" not in (box.path / "hook.log").read_text()
        # An order that is paid for is kept: only its last answer is asked for again.
        eventually(lambda: box.said().count("processing key.example") >= 2, "a second try", 20)
        assert len(cas["key"].orders) == len(cas["long"].orders) == 1, (cas["key"].orders, cas["long"].orders)
        assert len(cas["forgetful"].orders) <= 6, cas["forgetful"].orders
