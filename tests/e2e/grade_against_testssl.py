#!/usr/bin/env python3
"""Grades a dozen configurations with signet grade and with testssl.sh, and explains where they differ.

    tests/e2e/grade_against_testssl.py --server build/debug/signet     all of them (about 1.5 minutes each)

test_check.py runs one of them in CI. What is known to differ, and why:

- Trust. testssl.sh gives T at once for a private authority; it is told the authority by --add-ca.
- testssl.sh 3.0 rates by the guide of 2009q: TLS 1.3 missing (A-) and TLS 1.3 alone (A) are rules
  of 2009r, or quirks of SSL Labs, that it does not have. `ours` and `theirs` of a case say so.
- HSTS: testssl.sh makes a missing or short max-age a warning, which is A-minus nowhere: the letter is A
  with both.
- Key exchange: testssl.sh maps curves to RSA sizes like signet grade. Scores are compared too.
"""

import argparse
import json
import os
import pathlib
import shutil
import sys

import lib

HSTS = 'Header always set Strict-Transport-Security "max-age=63072000"\n'
CBC = "SSLCipherSuite ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA\n"


class Case:
    def __init__(self, lines, ours, theirs=None, key="ecdsa"):
        self.lines, self.ours, self.theirs, self.key = lines, ours, theirs or ours, key


CASES = {
    "nothing said": Case("", "A"),
    "HSTS": Case(HSTS, "A+"),
    "HSTS too short": Case(HSTS.replace("63072000", "3600"), "A"),
    "RSA": Case(HSTS, "A+", key="rsa"),
    "modern": Case("SSLPolicy modern\n" + HSTS, "A", "A+"),  # SSL Labs' quirk
    "intermediate 5.7": Case("SSLPolicy intermediate 5.7\n" + HSTS, "A+"),
    "old 5.8": Case("SSLPolicy old 5.8\n" + HSTS, "B", key="rsa"),
    "TLS 1.2 only": Case("SSLProtocol TLSv1.2\n" + HSTS, "A-", "A+"),  # a rule of 2009r
    "TLS 1.0 and 1.1": Case("SSLLegacyProtocols on\nSSLProtocol all\n" + HSTS, "B"),
    "CBC only below 1.3": Case("SSLProtocol TLSv1.2\n" + CBC + HSTS, "B"),
    "no forward secrecy": Case("SSLProtocol TLSv1.2\nSSLCipherSuite AES128-GCM-SHA256\n" + HSTS, "B", key="rsa"),
    "the blog's string": Case("SSLCipherSuite ALL:!ADH:RC4+RSA:+HIGH:+MEDIUM:!SSLv2:+EXP:+eNULL\n", "A", key="rsa"),
}


def testssl():
    return shutil.which("testssl") or shutil.which("testssl.sh")


def their_rating(box):
    out = box.path / "testssl.json"
    lib.command(
        testssl(), "--quiet", "--color", "0", "--warnings", "batch", "--add-ca", box.certs + "/ca.crt",
        "--ip", "127.0.0.1", "--jsonfile", out, "localhost:%d" % box.https, timeout=900,
    )  # fmt: skip
    found = {one["id"]: one["finding"] for one in json.loads(out.read_text())}
    return found.get("overall_grade"), found.get("final_score"), found.get("grade_cap_reason_1", "")


def compare(box, case):
    vhost = lib.TLS.replace("SSLEngine on", "SSLEngine on\n" + case.lines).replace("/ecdsa.", "/%s." % case.key)
    box.config(vhost).start()
    done = lib.command(
        box.program, "grade", "-d", box.path, "-f", box.conf, "--CAfile", box.certs + "/ca.crt", "--json"
    )
    (one,) = json.loads(done.stdout)
    letter, score, why = their_rating(box)
    print("  ours %s (%d), testssl.sh %s (%s) %s" % (one["grade"], one["scores"]["total"], letter, score, why))
    assert one["grade"] == case.ours, (one["grade"], one["caps"])
    assert letter == case.theirs, (letter, why)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("case", nargs="*")
    words = parser.parse_args()
    folder = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / ("signet-testssl-%d" % os.getpid())
    lib.make_certificates(str(folder))
    failed = 0
    for name in words.case or CASES:
        print(name)
        box = lib.Box(words.server, str(folder))
        try:
            compare(box, CASES[name])
        except AssertionError as difference:
            failed += 1
            print("  DIFFERENT: %s" % (difference,))
        finally:
            box.close()
    shutil.rmtree(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
