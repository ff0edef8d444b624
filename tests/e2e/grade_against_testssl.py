#!/usr/bin/env python3
"""Asks a dozen configurations by signet grade and by testssl.sh, and tells where the two see different servers.

    tests/e2e/grade_against_testssl.py --server build/debug/signet          all of them (two minutes each)
    tests/e2e/grade_against_testssl.py --server … "nothing said" RSA        some

Debian 12's testssl.sh is 3.0.8, which does not rate yet. So what a rating rests on is compared: versions, suites with
forward secrecy, broken suites, renegotiation, compression, HSTS, and what some 30 simulated clients get. The letter is
compared with what the guide says of the case (`grade`). The hellos of the simulated clients are compared byte by byte with
testssl.sh's captures. test_check.py runs that, and the quick part of one case, in CI.

What is known to differ, and why, is in KNOWN. Certificates, vulnerabilities and preference, and the running server beside its
configuration, are compared by tests/grade/compare_testssl.py; simulated clients are compared here (-c).
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import sys

import lib

HSTS = 'Header always set Strict-Transport-Security "max-age=63072000"\n'
OLD = "SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0\n"  # what TLS 1.0 needs
CBC = "SSLCipherSuite ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA\n"


class Case:
    def __init__(self, lines, grade, key="ecdsa"):
        self.lines, self.grade, self.key = lines, grade, key


CASES = {
    "nothing said": Case("", "A"),
    "HSTS": Case(HSTS, "A+"),
    "HSTS too short": Case(HSTS.replace("63072000", "3600"), "A"),
    "RSA": Case(HSTS, "A+", key="rsa"),
    "modern": Case("SSLPolicy modern\n" + HSTS, "A"),  # one version cannot signal a fallback
    "intermediate 5.7": Case("SSLPolicy intermediate 5.7\n" + HSTS, "A+"),
    "old 5.8": Case("SSLPolicy old 5.8\n" + HSTS, "B", key="rsa"),
    "TLS 1.2 only": Case("SSLProtocol TLSv1.2\n" + HSTS, "A-"),  # a rule of 2009r
    "TLS 1.0 and 1.1": Case("SSLLegacyProtocols on\nSSLProtocol all\n" + OLD + HSTS, "B"),
    "CBC only below 1.3": Case("SSLProtocol TLSv1.2\n" + CBC + HSTS, "B"),
    "no forward secrecy": Case("SSLProtocol TLSv1.2\nSSLCipherSuite AES128-GCM-SHA256\n" + HSTS, "B", key="rsa"),
    "the blog's string": Case("SSLCipherSuite ALL:!ADH:RC4+RSA:+HIGH:+MEDIUM:!SSLv2:+EXP:+eNULL\n", "A", key="rsa"),
}


CAPTURES = pathlib.Path("/etc/testssl/client-simulation.txt")
FIELDS = ("versions", "suites", "groups", "signatures", "shares")


def words_of(data, start, step=2):
    """The 16-bit numbers from `start` on, in hexadecimal, GREASE left out."""
    numbers = [data[i : i + 2].hex() for i in range(start, len(data) - 1, step)]
    return [one for one in numbers if not (one[0] == one[2] and one[1] == one[3] == "a")]


def read_hello(record):
    """What a captured ClientHello offers (RFC 8446 section 4.1.2), by FIELDS."""
    at = 9 + 2 + 32
    at += 1 + record[at]
    suites_end = at + 2 + int.from_bytes(record[at : at + 2], "big")
    suites = words_of(record[:suites_end], at + 2)
    at = suites_end + 1 + record[suites_end] + 2
    extensions = {}
    while at < len(record):
        size = int.from_bytes(record[at + 2 : at + 4], "big")
        extensions[int.from_bytes(record[at : at + 2], "big")] = record[at + 4 : at + 4 + size]
        at += 4 + size
    shares, at, offered = [], 2, extensions.get(51, b"")
    while at < len(offered):
        shares += words_of(offered[at : at + 2], 0)
        at += 4 + int.from_bytes(offered[at + 2 : at + 4], "big")
    groups, signatures = words_of(extensions.get(10, b""), 2), words_of(extensions.get(13, b""), 2)
    return dict(zip(FIELDS, (words_of(extensions.get(43, b""), 1), suites, groups, signatures, shares)))


def their_hellos():
    """testssl.sh's name of a client → what it offers."""
    names = re.findall(r'^\s*(short|handshakebytes)\+=\("(.*)"\)', CAPTURES.read_text(), re.M)
    hellos, name = {}, None
    for kind, text in names:
        if kind == "short":
            name = text
        elif text.startswith("16"):
            hellos[name] = read_hello(bytes.fromhex(text))
    return hellos


def our_hellos():
    """Name of a client → what it offers, from the table of src/tools/grade/clients.cpp."""
    table = (lib.REPOSITORY / "src/tools/grade/clients.cpp").read_text()
    table = table[table.index("rows[] = {") : table.index("// clang-format on")]
    hellos = {}
    for row in re.findall(r"\{(\s*\".*?)(?:true|false)\}", table, re.S):
        texts = ["".join(re.findall(r'"([^"]*)"', part)) for part in row.split(",")]
        hellos[texts[0]] = dict(zip(FIELDS, (text.split() for text in texts[1:6])))
    return hellos


def hello_differences():
    theirs_all, ours_all = their_hellos(), our_hellos()
    for their_name, our_name in CLIENTS.items():
        captured, mine = theirs_all[their_name], ours_all[our_name]
        for field in FIELDS:
            # Before TLS 1.3 the versions are a number and what the client's makers say.
            if captured[field] != mine[field] and (field != "versions" or captured[field]):
                yield "%s, %s: %s, testssl.sh: %s" % (our_name, field, mine[field], captured[field])


def testssl():
    return shutil.which("testssl") or shutil.which("testssl.sh")


# testssl.sh's names of clients that both know.
CLIENTS = {
    "android_60": "Android 6",
    "android_70": "Android 7",
    "android_81": "Android 8.1",
    "android_X": "Android 10",
    "android_12": "Android 12 to 15",
    "chrome_79_win10": "Chrome 79",
    "chrome_101_win10": "Chrome 101",
    "firefox_66_win81": "Firefox 66",
    "firefox_100_win10": "Firefox 100",
    "ie_8_xp": "IE 8 (Windows XP)",
    "ie_8_win7": "IE 8 (Windows 7)",
    "ie_11_win7": "IE 11 (Windows 7)",
    "ie_11_win81": "IE 11 (Windows 8.1)",
    "ie_11_win10": "IE 11 (Windows 10)",
    "edge_15_win10": "Edge 15 (Windows 10)",
    "edge_101_win10_21h2": "Edge 101",
    "safari_121_ios_122": "Safari 12.1 (iOS)",
    "safari_130_osx_10146": "Safari 13 (macOS 10.14)",
    "safari_154_osx_1231": "Safari 15.4 to 18",
    "java_7u25": "Java 7u25",
    "java_8u161": "Java 8u161",
    "java1102": "Java 11",
    "java1703": "Java 17",
    "go_1178": "Go 1.17",
    "libressl_283": "LibreSSL 2.8 (macOS curl)",
    "openssl_102e": "OpenSSL 1.0.2e",
    "openssl_111d": "OpenSSL 1.1.1",
    "openssl_303": "OpenSSL 3.0 (curl)",
    "apple_mail_16_0": "Apple Mail 16",
    "thunderbird_91_9": "Thunderbird 91",
}
VERSIONS = {"SSLv3": "SSL 3.0", "TLS1": "TLS 1.0", "TLS1_1": "TLS 1.1", "TLS1_2": "TLS 1.2", "TLS1_3": "TLS 1.3"}
# (case or "", what): differences that are understood.
KNOWN = set()


def theirs(box, *sections):
    out = box.path / "testssl.json"
    lib.command(
        testssl(), "--quiet", "--color", "0", "--warnings", "batch", "--ip", "127.0.0.1",
        *sections, "--jsonfile", out, "localhost:%d" % box.https, timeout=3600,
    )  # fmt: skip
    return {one["id"]: one["finding"] for one in json.loads(out.read_text())}


def ours(box):
    done = lib.command(
        box.program, "grade", "-d", box.path, "-f", box.conf, "--CAfile", box.certs + "/ca.crt", "--json"
    )
    return json.loads(done.stdout)[0]


def client_differences(found, mine):
    clients = {row["client"]: row for row in mine["clients"]}
    for theirs_name, our_name in CLIENTS.items():
        said = found["clientsimulation-" + theirs_name]
        row = clients[our_name]
        got = "No connection" if "fails" in row else row["version"].replace("TLS ", "TLSv") + " " + row["suite"]
        if not said.replace("TLSv1.0", "TLSv1").startswith(got.replace("TLSv1.0", "TLSv1")):
            yield our_name, "%s: %s, testssl.sh: %s" % (our_name, got, said)


def differences(found, mine):
    """(what, text) for each fact that the two do not agree on; only asked sections are in `found`."""
    for name, version in VERSIONS.items():
        offered = not found[name].startswith("not offered")
        if offered != (version in mine["suites"]):
            yield version, "%s: %s, testssl.sh: %s" % (version, version in mine["suites"], found[name])
    caps = {cap["id"] for cap in mine["caps"]}
    lists = [found["cipherlist_" + kind] for kind in ("NULL", "aNULL", "EXPORT", "LOW") if "cipherlist_NULL" in found]
    if lists and any(not one.startswith("not offered") for one in lists) != ("SG0484" in caps):
        yield "broken suites", "SG0484 is %s" % ("SG0484" in caps)
    if "secure_renego" in found and found["secure_renego"].startswith("supported") == ("SG0491" in caps):
        yield "renegotiation", found["secure_renego"]
    if "CRIME_TLS" in found and found["CRIME_TLS"].startswith("not vulnerable") == ("SG0492" in caps):
        yield "compression", found["CRIME_TLS"]
    sent = found.get("HSTS", "offered") != "not offered"
    if sent != bool(mine["hsts"]):
        yield "HSTS", "%s, testssl.sh: %s" % (mine["hsts"], found.get("HSTS"))
    if "PFS_ciphers" in found:
        listed = set(found["PFS_ciphers"].split())
        names = {name for suites in mine["suites"].values() for name in suites}
        secret = {name for name in names if name.startswith(("ECDHE", "DHE", "TLS_"))}
        if listed != secret:
            yield "forward secrecy", "only one of them has %s" % sorted(listed ^ secret)
    if "clientsimulation-android_60" in found:
        yield from client_differences(found, mine)


QUICK = ("-p", "-h")
ALL = QUICK + ("-s", "-R", "-C", "-f", "-c")


def compare(box, name, sections=ALL):
    case = CASES[name]
    vhost = lib.TLS.replace("SSLEngine on", "SSLEngine on\n" + case.lines).replace("/ecdsa.", "/%s." % case.key)
    box.config(vhost).start()
    mine = ours(box)
    assert mine["grade"] == case.grade, (mine["grade"], mine["caps"])
    found = theirs(box, *sections)
    unknown = [
        text for what, text in differences(found, mine) if (name, what) not in KNOWN and ("", what) not in KNOWN
    ]
    assert not unknown, "\n  ".join(unknown)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("case", nargs="*")
    words = parser.parse_args()
    folder = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / ("signet-testssl-%d" % os.getpid())
    lib.make_certificates(str(folder))
    failed = 0
    for text in hello_differences():
        failed += 1
        print("DIFFERENT hello: " + text)
    for name in words.case or CASES:
        print(name)
        box = lib.Box(words.server, str(folder))
        try:
            compare(box, name)
        except AssertionError as difference:
            failed += 1
            print("  DIFFERENT: %s" % (difference,))
        finally:
            box.close()
    shutil.rmtree(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
