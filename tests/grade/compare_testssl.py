#!/usr/bin/env python3
"""Asks some twenty configurations by testssl.sh and by signet grade, and tells where the two see different servers.

    tests/grade/compare_testssl.py --server build/debug/signet              all of them
    tests/grade/compare_testssl.py --server … --keep /tmp/answers           testssl.sh's answers are kept there, and used
                                                                            again by the next run
    tests/grade/compare_testssl.py --server … --keep … --write docs/grade-crosscheck.md
    tests/grade/compare_testssl.py --server … expired "weak DH"             some

Not part of CI: testssl.sh is a shell script that starts openssl some hundred times per configuration, which costs one to two
minutes of CPU for each. CI runs the quick part (tests/e2e/grade_against_testssl.py, called by test_check.py).

One signet serves all configurations, each on a port of its own. testssl.sh is asked for everything that a grade rests on:
protocols (-p), kinds of suites (-s), forward secrecy (-f), preference (-P), certificate and trust (-S), headers (-h) and
vulnerabilities (-U). Its facts are compared with those of `signet grade -f httpd.conf` and of `signet grade host:port`.
Debian 12's testssl.sh (3.0.8) has no rating, so letters are not compared.

A difference is a defect of signet, unless EXPLAINED says by name why the two may differ: then it is counted, and its
explanation is printed with the table. Exit status: 0 when every difference is explained.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import lib  # noqa: E402
from ports import free_port  # noqa: E402

EVERYTHING = ("-p", "-s", "-f", "-P", "-S", "-h", "-U")
CERTIFICATE = ("-p", "-S", "-h")  # where only the certificate is another than in "nothing said"
HSTS = 'Header always set Strict-Transport-Security "max-age=63072000"\n'


class Case:
    """A virtual host: its lines, the names of its certificate and key files, and what testssl.sh is asked."""

    def __init__(self, lines="", certificate="ecdsa", more="", sections=EVERYTHING):
        self.lines, self.certificate, self.more, self.sections = lines, certificate, more, sections


CASES = {
    "nothing said": Case(),
    "HSTS": Case(HSTS),
    "RSA 2048": Case(certificate="rsa"),
    "ECDSA and RSA": Case(more="rsa"),
    "modern": Case("SSLPolicy modern\n"),
    "intermediate": Case("SSLPolicy intermediate\n"),
    "old": Case("SSLPolicy old\n", certificate="rsa"),
    "the blog's string": Case("SSLCipherSuite ALL:!ADH:RC4+RSA:+HIGH:+MEDIUM:!SSLv2:+EXP:+eNULL\n", certificate="rsa"),
    "TLS 1.0 on": Case(
        "SSLLegacyProtocols on\nSSLProtocol all\n"
        "SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0\n"
    ),
    "no forward secrecy": Case("SSLProtocol TLSv1.2\nSSLCipherSuite AES128-GCM-SHA256\n", certificate="rsa"),
    "3DES and RC4 asked for": Case(
        "SSLCipherSuite DES-CBC3-SHA:RC4-SHA:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0\n", certificate="rsa"
    ),
    "weak DH": Case(
        "SSLProtocol TLSv1.2\nSSLCipherSuite DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0\n"
        'SSLOpenSSLConfCmd DHParameters "@CERTS@/dh1024.pem"\n',
        certificate="rsa",
    ),
    "CBC only": Case("SSLProtocol TLSv1.2\nSSLCipherSuite ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA\n"),
    "the client's order": Case("SSLHonorCipherOrder off\nSSLProtocol TLSv1.2\n"),
    "P-384, one group": Case("SSLOpenSSLConfCmd Groups P-384\n", certificate="p384"),
    "chain incomplete": Case(certificate="leaf", sections=CERTIFICATE),
    "chain complete": Case(certificate="chain", sections=CERTIFICATE),
    "expired": Case(certificate="expired", sections=CERTIFICATE),
    "another name": Case(certificate="b", sections=CERTIFICATE),
    "self-signed": Case(certificate="selfsigned", sections=CERTIFICATE),
}


# --- one server for all of them ---------------------------------------------------------------------


def more_certificates(folder):
    """What lib.make_certificates does not make."""

    def run(*words):
        done = lib.command("openssl", *words, timeout=600)
        assert done.returncode == 0, done.stderr

    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-nodes", "-days", "90")
    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt")
    run(
        *new, "ec_paramgen_curve:P-256", *names,
        "-keyout", folder + "/selfsigned.key", "-out", folder + "/selfsigned.crt",
    )  # fmt: skip
    run(
        *new, "ec_paramgen_curve:P-384", *names, "-addext", "basicConstraints=critical,CA:FALSE",
        "-CA", folder + "/ca.crt", "-CAkey", folder + "/ca.key",
        "-keyout", folder + "/p384.key", "-out", folder + "/p384.crt",
    )  # fmt: skip
    run("dhparam", "-out", folder + "/dh1024.pem", "1024")
    shutil.copy(folder + "/leaf.key", folder + "/chain.key")


def configure(box, cases):
    """Writes the configuration; the port of each case."""
    ports, text = {}, ""
    for name in cases:
        case, port = CASES[name], free_port()
        ports[name] = port
        pairs = [case.certificate] + ([case.more] if case.more else [])
        text += "Listen 127.0.0.1:%d\n<VirtualHost 127.0.0.1:%d>\n# %s\nServerName localhost\nSSLEngine on\n" % (
            port, port, name,
        )  # fmt: skip
        for pair in pairs:
            text += 'SSLCertificateFile "@CERTS@/%s.crt"\nSSLCertificateKeyFile "@CERTS@/%s.key"\n' % (pair, pair)
        text += case.lines + "</VirtualHost>\n"
    box.config(text)
    return ports


# --- what testssl.sh says ---------------------------------------------------------------------------


def testssl():
    return shutil.which("testssl") or shutil.which("testssl.sh")


def ask_testssl(port, authority, out, sections):
    """Its findings by id; `out` is the file that it writes them to."""
    if not out.exists():
        part = out.with_suffix(".part")
        part.unlink(missing_ok=True)
        lib.command(
            testssl(), "--quiet", "--color", "0", "--warnings", "batch", "--ip", "127.0.0.1",
            "--add-ca", authority, *sections, "--jsonfile", part, "localhost:%d" % port, timeout=7200,
        )  # fmt: skip
        json.loads(part.read_text())  # whole
        part.rename(out)
    return {one["id"]: one for one in json.loads(out.read_text())}


def answer_file(folder, name):
    return folder / (re.sub("[^a-z0-9]+", "-", name.lower()) + ".json")


VERSIONS = {"SSLv3": "SSL 3.0", "TLS1": "TLS 1.0", "TLS1_1": "TLS 1.1", "TLS1_2": "TLS 1.2", "TLS1_3": "TLS 1.3"}
CURVES = {"prime256v1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
# Defects of libraries, which signet grade does not test for: they must be absent for the two to agree.
OF_LIBRARIES = ("heartbleed", "CCS", "ticketbleed", "ROBOT", "POODLE_TLS", "GREASE")


def is_offered(found, name):
    return not found[name]["finding"].startswith("not offered")


def is_vulnerable(found, name):
    """testssl.sh's verdict by its severity: "not vulnerable" has several wordings. A server of TLS 1.3 alone is not asked."""
    return name in found and found[name]["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL")


def of_all_certificates(found, name):
    """The findings of one kind, for the first certificate and "<cert#2>"."""
    return [one["finding"] for key, one in found.items() if key.split(" ")[0] == name]


def their_facts(found):
    """What of it a grade rests on, as far as it was asked."""
    facts = {"version " + version: is_offered(found, name) for name, version in VERSIONS.items()}
    facts["keys"] = sorted(re.sub(r" bits.*", "", one) for one in of_all_certificates(found, "cert_keySize"))
    facts["digests"] = sorted(
        re.search(r"(SHA|MD)\d+", one).group() for one in of_all_certificates(found, "cert_signatureAlgorithm")
    )
    facts["trusted"] = all(one.startswith("passed") for one in of_all_certificates(found, "cert_chain_of_trust"))
    facts["name"] = all(one.startswith("Ok via SAN") for one in of_all_certificates(found, "cert_trust"))
    facts["expired"] = "expired" in of_all_certificates(found, "cert_expirationStatus")
    facts["HSTS"] = "HSTS_time" in found
    if "cipherlist_NULL" not in found:
        return facts
    for kind in ("NULL", "aNULL", "EXPORT", "LOW", "3DES_IDEA", "AVERAGE", "STRONG"):
        facts["suites " + kind] = is_offered(found, "cipherlist_" + kind)
    facts["forward secrecy"] = sorted(found["PFS_ciphers"]["finding"].split()) if "PFS_ciphers" in found else []
    curves = found["PFS_ECDHE_curves"]["finding"].split() if "PFS_ECDHE_curves" in found else []
    facts["groups"] = sorted(CURVES.get(name, name) for name in curves)
    facts["server's order"] = found["cipher_order"]["finding"] == "server"
    facts["secure renegotiation"] = found["secure_renego"]["severity"] == "OK"
    facts["compression"] = is_vulnerable(found, "CRIME_TLS")
    facts["fallback signal lacks"] = is_vulnerable(found, "fallback_SCSV")
    for name in ("SWEET32", "FREAK", "LOGJAM", "BEAST", "LUCKY13", "RC4", "POODLE_SSL", "DROWN"):
        facts[name] = is_vulnerable(found, name)
    facts["defects of libraries"] = [name for name in OF_LIBRARIES if name in found and is_vulnerable(found, name)]
    return facts


def our_facts(survey):
    """The same from signet grade --json; a vulnerability is what the suites make of it."""
    suites = {name for list_of in survey["suites"].values() for name in list_of}
    older = {name for version, some in survey["suites"].items() if version != "TLS 1.3" for name in some}
    old = set(survey["suites"].get("TLS 1.0", []) + survey["suites"].get("SSL 3.0", []))
    aead = {name for name in suites if name.startswith("TLS_") or re.search("GCM|CCM|CHACHA20", name)}
    cbc = {name for name in older - aead if not re.search("RC4|NULL", name)}
    certificates = survey["certificates"]
    facts = {"version " + version: version in survey["suites"] for version in VERSIONS.values()}
    facts["suites NULL"] = any("NULL" in name for name in suites)
    facts["suites aNULL"] = any(re.match("ADH|AECDH", name) for name in suites)
    facts["suites EXPORT"] = any("EXP" in name for name in suites)
    facts["suites LOW"] = any(re.search("RC4|RC2|DES-CBC-|MD5", name) for name in suites)
    facts["suites 3DES_IDEA"] = any(re.search("CBC3|IDEA", name) for name in suites)
    facts["suites AVERAGE"] = bool(cbc)
    facts["suites STRONG"] = bool(aead)
    facts["forward secrecy"] = sorted(name for name in suites if re.match("ECDHE|DHE|TLS_", name))
    facts["groups"] = sorted(name for name in survey["groups"] if not name.startswith("ffdhe"))
    facts["server's order"] = survey["server_order"]
    facts["keys"] = sorted(one["key"].replace("ECC", "EC") for one in certificates)
    facts["digests"] = sorted(one["signature_digest"] for one in certificates)
    facts["trusted"] = all(one["trusted"] for one in certificates)
    facts["name"] = all(one["covers_name"] for one in certificates)
    facts["expired"] = any("expired" in one["why_not"] for one in certificates)
    facts["HSTS"] = bool(survey["hsts"])
    facts["secure renegotiation"] = survey["secure_renegotiation"]
    facts["compression"] = survey["compression"]
    facts["fallback signal lacks"] = any(cap["id"] == "SG0494" for cap in survey["caps"])
    facts["SWEET32"] = facts["suites 3DES_IDEA"]
    facts["FREAK"] = any("EXP" in name for name in suites)
    facts["LOGJAM"] = 0 < survey["dh_bits"] < 2048
    facts["BEAST"] = any(name in cbc for name in old)
    facts["LUCKY13"] = bool(cbc)
    facts["RC4"] = any("RC4" in name for name in suites)
    facts["POODLE_SSL"] = "SSL 3.0" in survey["suites"]
    facts["DROWN"] = False  # signet has no SSL 2.0, and signet grade cannot offer it
    facts["defects of libraries"] = []
    return facts


# --- comparing ---------------------------------------------------------------------------------------

# (case or "", fact): why the two may differ.
ONE_GROUP = (
    "testssl.sh offers one group at a time; in TLS 1.2 a certificate with a P-256 key cannot be used when the client does "
    "not offer P-256 (RFC 8422 section 5.1), so X25519 alone fails. Its own handshake (cipher_negotiated) has X25519"
)
EXPLAINED = {
    ("no forward secrecy", "server's order"): "the server has one suite; testssl.sh takes that for the server's choice",
    ("CBC only", "server's order"): "testssl.sh's list of suites has one of the two; it takes that for the server's choice",
    ("CBC only", "groups"): ONE_GROUP,
    ("the client's order", "groups"): ONE_GROUP,
}


def ask_signet(box, *words):
    done = lib.command(
        box.program, "grade", *words, "--CAfile", box.certs + "/ca.crt", "--json", "--no-clients", timeout=600
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


class Result:
    """One configuration: how many facts were compared, and what differs, explained or not."""

    def __init__(self, name, offline, live, found):
        self.name, self.grade = name, offline["grade"]
        theirs = their_facts(found)
        views = {"configuration": our_facts(offline), "server": our_facts(live)}
        self.count, self.explained, self.unknown = 0, [], []
        for fact, value in theirs.items():
            self.count += 1
            for view, ours in views.items():
                if ours[fact] == value:
                    continue
                text = "%s: %s (%s), testssl.sh: %s" % (fact, ours[fact], view, value)
                known = EXPLAINED.get((name, fact)) or EXPLAINED.get(("", fact))
                (self.explained if known else self.unknown).append((text, known))


def table(results):
    lines = ["| configuration | grade | facts | differences |", "|---|---|---|---|"]
    for one in results:
        count = len({text.split(":")[0] for text, _ in one.explained})
        known = "%d, explained" % count if count else "none"
        lines.append("| %s | %s | %d | %s |" % (one.name, one.grade, one.count, "DEFECT" if one.unknown else known))
    return "\n".join(lines)


def explanations(results):
    seen = {}
    for one in results:
        for text, why in one.explained:
            seen.setdefault(why, {}).setdefault(text.split(":")[0], []).append(one.name)
    lines = []
    for why, facts in seen.items():
        for fact, names in facts.items():
            lines.append("- **%s** (%s): %s" % (fact, ", ".join(dict.fromkeys(names)), why))
    return "\n".join(lines)


def write_page(path, results, words):
    text = path.read_text()
    begin, end = text.index("<!-- result"), text.index("<!-- end")
    made = "<!-- result, written by tests/grade/compare_testssl.py -->\n`%s` on %s:\n\n%s\n\n%s\n" % (
        words, datetime.date.today(), table(results), explanations(results),
    )  # fmt: skip
    path.write_text(text[:begin] + made + text[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="the signet program")
    parser.add_argument("--keep", help="folder for testssl.sh's answers; what is there already is not asked again")
    parser.add_argument("--only-kept", action="store_true", help="leave out configurations without such an answer")
    parser.add_argument("--jobs", type=int, default=2, help="how many testssl.sh run at a time")
    parser.add_argument("--write", type=pathlib.Path, help="the page that gets the table: docs/grade-crosscheck.md")
    parser.add_argument("case", nargs="*", help="names of configurations; all")
    words = parser.parse_args()
    folder = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / ("signet-testssl-%d" % os.getpid())
    lib.make_certificates(str(folder))
    more_certificates(str(folder))
    answers = pathlib.Path(words.keep) if words.keep else folder / "answers"
    answers.mkdir(exist_ok=True)
    cases = [name for name in words.case or CASES if not words.only_kept or answer_file(answers, name).exists()]
    box = lib.Box(words.server, str(folder))
    try:
        ports = configure(box, cases)
        box.start(port=ports[cases[0]])
        offline = ask_signet(box, "-d", box.path, "-f", box.conf)

        def compare(name):
            found = ask_testssl(ports[name], box.certs + "/ca.crt", answer_file(answers, name), CASES[name].sections)
            (live,) = ask_signet(box, "localhost:%d" % ports[name])
            result = Result(name, offline[cases.index(name)], live, found)
            print("%s: %d facts" % (name, result.count))
            for text, known in result.explained + result.unknown:
                print("  %s %s" % ("explained" if known else "DIFFERENT", text), flush=True)
            return result

        with concurrent.futures.ThreadPoolExecutor(words.jobs) as pool:
            results = list(pool.map(compare, cases))
    finally:
        box.close()
        shutil.rmtree(folder)
    print("\n" + table(results) + "\n\n" + explanations(results))
    if words.write:
        write_page(words.write, results, "tests/grade/compare_testssl.py --server " + words.server)
    return 1 if any(one.unknown for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
