"""Each of mod_ssl's directives is used by a test; those that OpenSSL 3 leaves no meaning are explained."""

import re

from lib import REPOSITORY, TLS, test


def directives_of(module):
    rows = (REPOSITORY / "src/config/apache-directives.tsv").read_text().splitlines()
    return [row.split("\t")[1] for row in rows if row.split("\t")[0] == module]


def said_of(box, line):
    box.config(line + "\n" + TLS)
    done = box.run("-t")
    return done.returncode, done.stderr + done.stdout


@test(signet_only=True)
def what_has_no_meaning_any_more_is_explained(box):
    for line, number, words in (
        ("SSLCompression on", "SG0682", "CRIME"),
        ("SSLSRPUnknownUserSeed secret", "SG0668", "TLS-SRP is not offered"),
        ('SSLSRPVerifierFile "/none"', "SG0668", "TLS-SRP is not offered"),
    ):
        code, said = said_of(box, line)
        assert code == 0 and "Syntax OK" in said, said
        assert number in said and words in said and line in said, said
    for line, number, fix in (
        ("SSLCryptoDevice rdrand", "SG0667", "SSLCryptoDevice builtin"),
        ("SSLFIPS on", "SG0666", "SSLFIPS Off"),
    ):
        code, said = said_of(box, line)
        assert code == 1 and number in said and "cause:" in said, said
        assert re.search(r"fix: +%s" % fix, said), said
    for line in ("SSLCryptoDevice builtin", "SSLFIPS off", "SSLCompression off"):
        code, said = said_of(box, line)
        assert code == 0 and "SG" not in said.replace("SG0413", ""), said


@test(signet_only=True)
def every_directive_of_mod_ssl_is_in_a_test(_):
    tests = [
        path.read_text()
        for folder in ("e2e", "conformance/cases")
        for path in (REPOSITORY / "tests" / folder).glob("*.py")
    ]
    named = set(re.findall(r"SSL[A-Za-z0-9]+", re.sub(r"\\[nt]", " ", "\n".join(tests))))
    names = directives_of("mod_ssl")
    assert len(names) == 72
    assert not set(names) - named, set(names) - named
