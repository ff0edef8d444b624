"""signet cert, ca and probe: every verb's output is verified by openssl and by GnuTLS' certtool."""

import contextlib
import json
import os
import pathlib
import random
import re
import shlex
import signal
import socket
import stat
import subprocess
import threading
import time

from lib import REPOSITORY, TLS, command, eventually, free_port, need, test

PHRASE = "open sesame"


class Bench:
    """A folder to work in, and signet and openssl run there without a terminal."""

    def __init__(self, box, name="bench"):
        self.program = box.program
        self.path = box.path / name
        self.path.mkdir()
        (self.path / "phrase").write_text(PHRASE + "\n")
        (self.path / "wrong").write_text("nonsense\n")

    def run(self, *words, stdin="", code=0, timeout=60):
        done = command(*words, stdin=stdin, timeout=timeout, cwd=self.path, start_new_session=True)
        assert code is None or done.returncode == code, (words, done)
        return done

    def signet(self, *words, **options):
        return self.run(self.program, *words, **options)

    def openssl(self, *words, **options):
        return self.run("openssl", *words, **options).stdout

    def text(self, name):
        return (self.path / name).read_text()

    def mode(self, name):
        return stat.S_IMODE((self.path / name).stat().st_mode)

    def authority(self, *more):
        self.signet("ca", "init", "--dir", "ca", "--passphrase-file", "phrase", *more)

    def ca(self, *words, **options):
        return self.signet("ca", *words, "--dir", "ca", "--passphrase-file", "phrase", **options)


@test(signet_only=True)
def keys_of_every_kind_are_made_encrypted_and_never_overwritten(box):
    bench = Bench(box)
    for kind, says in (("ecdsa-p256", "prime256v1"), ("p384", "secp384r1"), ("rsa-2048", "2048 bit"), ("ed25519", "ED25519")):
        bench.signet("cert", "key", "--type", kind, "-o", kind + ".key")
        assert bench.mode(kind + ".key") == 0o600
        assert says in bench.openssl("pkey", "-check", "-noout", "-text", "-in", kind + ".key"), kind
        bench.run(need("certtool"), "--key-info", "--infile", kind + ".key")
    before = bench.text("p384.key")
    done = bench.signet("cert", "key", "-o", "p384.key", code=2)
    assert "SG0443" in done.stderr and "fix:" in done.stderr and bench.text("p384.key") == before
    bench.signet("cert", "key", "-o", "p384.key", "--force")
    assert bench.text("p384.key") != before
    bench.signet("cert", "key", "--encrypt", "--passphrase-file", "phrase", "-o", "locked.key")
    assert "BEGIN ENCRYPTED PRIVATE KEY" in bench.text("locked.key")
    bench.openssl("pkey", "-noout", "-in", "locked.key", "-passin", "pass:" + PHRASE)
    bench.run("certtool", "--key-info", "--infile", "locked.key", "--password", PHRASE)
    # From standard input: typed twice, as on a terminal.
    bench.signet("cert", "key", "--encrypt", "-o", "typed.key", stdin="abcdef\nabcdef\n")
    bench.openssl("pkey", "-noout", "-in", "typed.key", "-passin", "pass:abcdef")
    assert "SG0442" in bench.signet("cert", "key", "--encrypt", "-o", "no.key", stdin="abcdef\nabcdeg\n", code=2).stderr
    assert not (bench.path / "no.key").exists()
    assert "SG0446" in bench.signet("cert", "key", "--type", "rsa-1024", "-o", "no.key", code=2).stderr


@test(signet_only=True)
def a_pass_phrase_is_asked_for_on_the_terminal_without_echo(box):
    import pexpect

    bench = Bench(box)
    child = pexpect.spawn(bench.program, ["cert", "key", "--encrypt", "-o", "tty.key"], cwd=bench.path, timeout=30)
    for question in ("New pass phrase for tty.key: ", "The same again: "):
        child.expect_exact(question)
        child.sendline(PHRASE)
    child.expect(pexpect.EOF)
    assert PHRASE.encode() not in child.before
    bench.openssl("pkey", "-noout", "-in", "tty.key", "-passin", "pass:" + PHRASE)


@test(signet_only=True)
def a_request_takes_its_names_from_the_virtual_host(box):
    box.config(
        "<VirtualHost *:@HTTPS@>\nServerName www.shop.example\nServerAlias shop.example *.shop.example w?.example\n"
        "SSLEngine on\nSSLCertificateFile @BOX@/none.crt\n</VirtualHost>\n"
    )
    bench = Bench(box)
    bench.signet("cert", "csr", "--vhost", "shop.example", "-f", box.conf, "-o", "a.csr")
    text = bench.openssl("req", "-noout", "-text", "-verify", "-in", "a.csr")
    assert "DNS:www.shop.example, DNS:shop.example, DNS:*.shop.example\n" in text, text
    assert bench.mode("server.key") == 0o600  # made on the way
    bench.run(need("certtool"), "--crq-info", "--infile", "a.csr")
    bench.signet("cert", "csr", "a.example", "192.0.2.1", "::1", "--subject", "/C=DE/O=Ä, Söhne/CN=a.example", "-o", "b.csr")
    text = bench.openssl("req", "-noout", "-text", "-nameopt", "utf8", "-in", "b.csr")
    assert "DNS:a.example, IP Address:192.0.2.1, IP Address:0:0:0:0:0:0:0:1" in text and "Ä, Söhne" in text, text
    done = bench.signet("cert", "csr", "--vhost", "other.example", "-f", box.conf, "-o", "c.csr", code=2)
    assert "SG0451" in done.stderr and "www.shop.example" in done.stderr
    for bad in ("a*.example", "*.com", "bücher.example", "a b", "-x.example", "a..b", "x" * 64 + ".example"):
        done = bench.signet("cert", "csr", "--key", "server.key", "-o", "bad.csr", "--", bad, code=2)
        assert "SG0447" in done.stderr, (bad, done)
    bench.signet("cert", "csr", "xn--bcher-kva.example", "*.a.example", "-o", "idn.csr")
    assert not (bench.path / "bad.csr").exists()


@test(signet_only=True)
def a_self_signed_certificate_has_names_and_is_no_authority(box):
    bench = Bench(box)
    bench.signet("cert", "self-signed", "localhost", "127.0.0.1", "--days", "30")
    text = bench.openssl("x509", "-noout", "-text", "-in", "server.crt")
    assert "DNS:localhost, IP Address:127.0.0.1" in text and "CA:FALSE" in text and "sha256" in text.lower(), text
    bench.openssl("verify", "-CAfile", "server.crt", "-verify_hostname", "localhost", "server.crt")
    bench.run(need("certtool"), "--certificate-info", "--infile", "server.crt")


@test(signet_only=True)
def show_reads_every_form_and_prints_no_private_number(box):
    bench = Bench(box)
    bench.signet("cert", "self-signed", "a.example", "--type", "rsa-2048")
    bench.openssl("x509", "-in", "server.crt", "-outform", "DER", "-out", "c.der")
    bench.openssl("crl2pkcs7", "-nocrl", "-certfile", "server.crt", "-out", "c.p7b")
    bench.openssl("crl2pkcs7", "-nocrl", "-certfile", "server.crt", "-outform", "DER", "-out", "c.p7c")
    bench.openssl("pkcs12", "-export", "-in", "server.crt", "-inkey", "server.key", "-out", "c.p12", "-passout", "pass:" + PHRASE)
    for name, form in (("server.crt", "PEM"), ("c.der", "DER"), ("c.p7b", "PKCS#7"), ("c.p7c", "PKCS#7"), ("c.p12", "PKCS#12")):
        done = bench.signet("cert", "show", "--json", "--passphrase-file", "phrase", name)
        (facts,) = json.loads(done.stdout)
        assert facts["form"] == form and facts["objects"][0]["names"] == ["a.example"], facts
    for kind in ("-traditional", "-outform DER"):
        bench.openssl("pkey", "-in", "server.key", *kind.split(), "-out", "other.key")
        said = bench.signet("cert", "show", "other.key").stdout
        assert "RSA 2048 bits" in said and "prime" not in said.lower() and len(said) < 1000, said
    bench.openssl("pkey", "-in", "server.key", "-pubout", "-out", "public.pem")
    assert "public key" in bench.signet("cert", "show", "public.pem").stdout
    assert "\033" not in bench.signet("cert", "show", "server.crt").stdout
    box.config().start()
    said = bench.signet("cert", "show", "127.0.0.1:%d" % box.https).stdout
    assert "CN=localhost" in said and "handshake" in said
    assert "SG0441" in bench.signet("cert", "show", "--passphrase-file", "wrong", "c.p12", code=2).stderr


@test(signet_only=True)
def match_tells_for_any_kind_of_key_whether_files_belong_together(box):
    bench = Bench(box)
    for kind in ("ecdsa-p256", "rsa-2048", "ed25519"):
        bench.signet("cert", "self-signed", "a.example", "--type", kind, "--key", kind + ".key", "-o", kind + ".crt")
        bench.signet("cert", "csr", "a.example", "--key", kind + ".key", "-o", kind + ".csr")
        bench.signet("cert", "match", kind + ".key", kind + ".crt", kind + ".csr")
    done = bench.signet("cert", "match", "rsa-2048.key", "ed25519.crt", code=1)
    assert "OTHER" in done.stdout and "SG0448" in done.stderr
    assert json.loads(bench.signet("cert", "match", "--json", "rsa-2048.key", "ecdsa-p256.crt", code=1).stdout)["match"] is False
    assert bench.signet("cert", "match", "phrase", "rsa-2048.key", code=2).stderr.count("SG0440") == 1


@test(signet_only=True)
def a_pass_phrase_is_changed_and_removed_in_place(box):
    bench = Bench(box)
    bench.signet("cert", "key", "--encrypt", "--passphrase-file", "phrase")
    bench.signet("cert", "self-signed", "a.example", "--passphrase-file", "phrase")
    key = bench.path / "server.key"
    key.write_text(bench.text("server.crt") + bench.text("server.key"))  # both in one file
    os.symlink("server.key", bench.path / "link.key")
    owner = (33, 33) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    os.chown(key, *owner)
    (bench.path / "new").write_text("another one\n")
    bench.signet("cert", "passphrase", "link.key", "--passphrase-file", "phrase", "--new-passphrase-file", "new")
    bench.openssl("pkey", "-noout", "-in", "server.key", "-passin", "pass:another one")
    assert (bench.path / "link.key").is_symlink() and (key.stat().st_uid, key.stat().st_gid) == owner
    assert bench.text("server.key").startswith("-----BEGIN CERTIFICATE") and bench.mode("server.key") == 0o600
    before = bench.text("server.key")
    assert "SG0441" in bench.signet("cert", "passphrase", "server.key", "--passphrase-file", "wrong", "--remove", code=2).stderr
    assert bench.text("server.key") == before
    key.chmod(0o444)
    bench.signet("cert", "passphrase", "server.key", "--passphrase-file", "new", "--remove")
    bench.openssl("pkey", "-noout", "-in", "server.key")
    assert bench.mode("server.key") == 0o400 and not list(bench.path.glob("*.tmp*"))


@test(signet_only=True)
def files_are_converted_between_all_forms(box):
    bench = Bench(box)
    bench.signet("cert", "self-signed", "a.example", "--type", "rsa-2048")
    bench.signet("cert", "convert", "server.crt", "-o", "c.der")
    bench.openssl("x509", "-inform", "DER", "-noout", "-in", "c.der")
    bench.signet("cert", "convert", "c.der", "-o", "back.pem")
    assert bench.text("back.pem") == bench.text("server.crt")
    bench.signet("cert", "convert", "server.crt", "-o", "c.p7b")
    assert "a.example" in bench.openssl("pkcs7", "-print_certs", "-in", "c.p7b")
    bench.signet("cert", "convert", "server.crt", "--key", "server.key", "--new-passphrase-file", "phrase", "-o", "c.p12")
    assert bench.mode("c.p12") == 0o600
    bench.openssl("pkcs12", "-in", "c.p12", "-passin", "pass:" + PHRASE, "-nodes")
    bench.run(need("certtool"), "--p12-info", "--inder", "--infile", "c.p12", "--password", PHRASE)
    bench.signet("cert", "convert", "c.p12", "--passphrase-file", "phrase", "--to", "traditional", "-o", "old.key")
    assert "BEGIN RSA PRIVATE KEY" in bench.text("old.key") and bench.mode("old.key") == 0o600
    bench.signet("cert", "convert", "old.key", "--to", "pkcs8", "--new-passphrase-file", "phrase", "-o", "new.key")
    bench.openssl("pkey", "-noout", "-in", "new.key", "-passin", "pass:" + PHRASE)
    assert "SG0471" in bench.signet("cert", "convert", "server.crt", "--to", "pkcs12", "-o", "x.p12", code=2).stderr
    assert "SG0443" in bench.signet("cert", "convert", "server.crt", "-o", "c.der", code=2).stderr


@test(signet_only=True)
def a_chain_is_ordered_completed_and_explained(box):
    bench = Bench(box)
    bench.authority()
    bench.ca("issue", "www.example.com")
    leaf, intermediate = re.findall("-----BEGIN.*?-----END CERTIFICATE-----\n", bench.text("www.example.com.crt"), re.S)
    bench.signet("cert", "self-signed", "stranger.example", "--key", "s.key", "-o", "stranger.crt")
    (bench.path / "mess.pem").write_text(
        bench.text("ca/root.crt") + intermediate + bench.text("stranger.crt") + leaf + intermediate
    )
    done = bench.signet("cert", "chain", "mess.pem", "-o", "chain.pem")
    assert bench.text("chain.pem") == leaf + intermediate, done.stdout
    for word in ("not the first", "order", "left out: clients have it", "twice", "issued none"):
        assert word in done.stdout, (word, done.stdout)
    (bench.path / "leaf.pem").write_text(leaf)
    done = bench.signet("cert", "chain", "leaf.pem", code=1)
    assert "SG0449" in done.stderr and "signet intermediate" in done.stderr
    done = bench.signet("cert", "chain", "leaf.pem", "--with", "ca/intermediate.crt", "--with", "ca/root.crt", "-o", "-")
    assert done.stdout == leaf + intermediate
    assert "was missing and is added" in done.stderr
    facts = json.loads(bench.signet("cert", "chain", "--json", "mess.pem").stdout)
    assert facts["complete"] and len(facts["chain"]) == 2


@test(signet_only=True)
def a_missing_issuer_is_fetched_from_where_the_certificate_says(box):
    bench = Bench(box)
    url = "http://127.0.0.1:%d/intermediate.crt" % box.http
    bench.authority("--issuer-url", url)
    bench.ca("issue", "www.example.com")
    leaf = re.match("-----BEGIN.*?-----END CERTIFICATE-----\n", bench.text("www.example.com.crt"), re.S).group()
    (bench.path / "leaf.pem").write_text(leaf)
    assert url in bench.signet("cert", "chain", "leaf.pem", code=1).stderr  # not fetched unasked
    bench.signet("cert", "chain", "leaf.pem", "--fetch", "--with", "ca/root.crt", code=1)  # nobody listens yet
    box.page("intermediate.crt", (bench.path / "ca/intermediate.crt").read_bytes())
    box.config().start(port=box.http)
    done = bench.signet("cert", "chain", "leaf.pem", "--fetch", "--with", "ca/root.crt", "-o", "chain.pem")
    assert "fetched" in done.stdout and bench.text("chain.pem") == bench.text("www.example.com.crt")


@test(signet_only=True)
def verify_answers_for_names_dates_and_revocation(box):
    bench = Bench(box)
    bench.authority()
    bench.ca("issue", "www.example.com", "--days", "10")
    with_root = ("--CAfile", "ca/root.crt")
    bench.signet("cert", "verify", "www.example.com.crt", *with_root, "--host", "www.example.com")
    bench.openssl("verify", "-CAfile", "ca/root.crt", "-untrusted", "ca/intermediate.crt", "www.example.com.crt")
    for words, why in (
        (("--host", "b.example"), "hostname mismatch"),
        (("--at", "+11d"), "expired"),
        (("--at", "1949-12-31"), "not yet valid"),
        (("--at", "2099-01-01"), "expired"),
        (("--client",), "purpose"),
    ):
        done = bench.signet("cert", "verify", "www.example.com.crt", *with_root, *words, code=1)
        assert "SG0450" in done.stderr and why in done.stderr, done
    bench.signet("cert", "verify", "www.example.com.crt", *with_root, "--at", "+9d")
    assert "SG0450" in bench.signet("cert", "verify", "www.example.com.crt", code=1).stderr
    assert "SG0466" in bench.signet("cert", "verify", "www.example.com.crt", "--at", "soon", code=2).stderr
    bench.ca("crl")
    bench.signet("cert", "verify", "www.example.com.crt", *with_root, "--crl", "ca.crl")
    bench.ca("revoke", "www.example.com.crt", "--reason", "keyCompromise")
    bench.ca("crl")
    done = bench.signet("cert", "verify", "www.example.com.crt", *with_root, "--crl", "ca.crl", code=1)
    assert "revoked" in done.stderr


@test(signet_only=True)
def install_puts_files_where_the_configuration_names_them_and_reloads(box):
    bench = Bench(box)
    bench.authority()
    bench.ca("issue", "localhost", "a.example", "-o", "new")
    bench.signet("cert", "self-signed", "localhost", "--key", "live.key", "-o", "live.crt")
    box.config(TLS.replace("@CERTS@/ecdsa.crt", "@BOX@/bench/live.crt").replace("@CERTS@/ecdsa.key", "@BOX@/bench/live.key"))
    box.start()
    old = bench.text("live.crt"), bench.text("live.key")
    bench.signet("cert", "install", "new.crt", "-f", box.conf, "--check")
    assert (bench.text("live.crt"), bench.text("live.key")) == old
    done = bench.signet("cert", "install", "new.crt", "-f", box.conf)
    assert "reloads" in done.stdout, done
    assert bench.text("live.key") == bench.text("new.key") and bench.mode("live.key") == 0o600
    assert bench.text("live.crt") == bench.text("new.crt")
    root = bench.path / "ca/root.crt"
    eventually(
        lambda: command("curl", "-sS", "--cacert", root, "--resolve", "localhost:%d:127.0.0.1" % box.https, box.url()).returncode == 0,
        "the new certificate is served",
    )
    # A key that is not the certificate's stops it before anything is written.
    bench.signet("cert", "key", "-o", "wrong.key")
    done = bench.signet("cert", "install", "new.crt", "--key", "wrong.key", "-f", box.conf, code=2)
    assert "SG0448" in done.stderr and bench.text("live.crt") == bench.text("new.crt")
    # What the server would refuse is taken back.
    bench.ca("issue", "localhost", "-o", "third")
    box.conf.write_text(box.conf.read_text() + "<VirtualHost *:1>\nSSLEngine on\nSSLCertificateFile /none\n</VirtualHost>\n")
    done = bench.signet("cert", "install", "third.crt", "-f", box.conf, "--vhost", "localhost:%d" % box.https, code=2)
    assert "SG0453" in done.stderr, done
    assert bench.text("live.crt") == bench.text("new.crt") and bench.text("live.key") == bench.text("new.key")


@test(signet_only=True)
def from_nothing_to_a_site_with_two_verbs_and_what_install_writes(box):
    bench = Bench(box)
    bench.authority()
    bench.ca("issue", "localhost", "-o", "site")
    # Below the folder of a configuration it is a part of that one, anywhere else a whole one.
    box.config("")
    place = ("-f", box.conf, "--document-root", box.htdocs, "--port", str(box.https))
    done = bench.signet("cert", "install", "site.crt", "--site", "sites/site.conf", *place)
    assert "Next: " in done.stdout and "signet -k graceful -f %s\n" % box.conf in done.stdout, done
    site = bench.text("sites/site.conf")
    assert "ServerRoot" not in site and "Listen" not in site, site
    assert "SG0451" in bench.signet("cert", "install", "site.crt", "--site", "b.conf", "-f", box.conf, code=2).stderr
    box.config(site).start()
    done = command("curl", "-sS", "--cacert", bench.path / "ca/root.crt", "--resolve", "localhost:%d:127.0.0.1" % box.https, box.url())
    assert "Test works." in done.stdout, done


@test(signet_only=True)
def a_backup_is_restored_by_signet_and_by_openssl(box):
    bench = Bench(box)
    bench.signet("cert", "self-signed", "a.example")
    box.config("<VirtualHost *:@HTTPS@>\nSSLEngine on\nSSLCertificateFile @BOX@/bench/server.crt\nSSLCertificateKeyFile @BOX@/bench/server.key\n</VirtualHost>\n")
    bench.signet("cert", "backup", "-f", box.conf, "--passphrase-file", "phrase", "-o", "all.pem")
    key = bench.text("server.key")
    assert bench.mode("all.pem") == 0o600 and key.splitlines()[1] not in bench.text("all.pem")
    bench.signet("cert", "restore", "all.pem", "--passphrase-file", "phrase", "--into", "back")
    restored = bench.path / "back" / str(bench.path / "server.key").lstrip("/")
    assert restored.read_text() == key and stat.S_IMODE(restored.stat().st_mode) == 0o600
    assert "server.key" in bench.signet("cert", "restore", "all.pem", "--passphrase-file", "phrase", "--list").stdout
    assert "SG0441" in bench.signet("cert", "restore", "all.pem", "--passphrase-file", "wrong", code=2).stderr
    assert "SG0443" in bench.signet("cert", "restore", "all.pem", "--passphrase-file", "phrase", code=2).stderr
    tar = subprocess.run(
        ["openssl", "cms", "-decrypt", "-inform", "PEM", "-pwri_password", PHRASE, "-in", "all.pem"],
        cwd=bench.path, capture_output=True, check=True,
    ).stdout
    done = subprocess.run(["tar", "t", "-P"], input=tar, capture_output=True, check=True)
    assert str(bench.path / "server.key") in done.stdout.decode()


@test(signet_only=True)
def an_authority_signs_lists_and_revokes(box):
    bench = Bench(box)
    bench.authority("--permit", "example.com", "--permit", "example.org")
    assert "SG0456" in bench.signet("ca", "init", "--dir", "ca", "--passphrase-file", "phrase", code=2).stderr
    text = bench.openssl("x509", "-noout", "-text", "-in", "ca/root.crt")
    assert "Permitted:" in text and "DNS:example.com" in text and "critical" in text
    bench.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.key", "-subj", "/CN=www.example.com", "-out", "server.csr")
    bench.ca("sign", "server.csr")  # a common name alone, as in the FAQ: becomes a name
    assert "DNS:www.example.com" in bench.openssl("x509", "-noout", "-text", "-in", "server.crt")
    bench.ca("issue", "shop.example.org", "10.0.0.1")
    for name in ("server.crt", "shop.example.org.crt"):
        bench.openssl("verify", "-x509_strict", "-CAfile", "ca/root.crt", "-untrusted", "ca/intermediate.crt", name)
        (bench.path / "list.pem").write_text(bench.text(name) + bench.text("ca/root.crt"))
        done = bench.run(need("certtool"), "--verify", "--load-ca-certificate", "ca/root.crt", "--infile", name)
        assert "Verified" in done.stdout, done
    assert "SG0469" in bench.ca("issue", "evil.test", code=2).stderr
    bench.ca("client", "alice@example.com", "--export-passphrase-file", "phrase", "-o", "alice.p12")
    text = bench.openssl("pkcs12", "-in", "alice.p12", "-passin", "pass:" + PHRASE, "-nodes")
    assert text.count("BEGIN CERTIFICATE") == 2 and "PRIVATE KEY" in text
    printed = bench.ca("client", "bob").stdout.split("pass phrase: ")[1].strip()
    bench.openssl("pkcs12", "-in", "bob.p12", "-passin", "pass:" + printed, "-noout")
    listed = json.loads(bench.ca("list", "--json").stdout)
    assert len(listed) == 4 and len({row["serial"] for row in listed}) == 4
    assert all(len(row["serial"]) == 32 for row in listed)  # 128 bits
    serial = listed[0]["serial"]
    bench.ca("revoke", serial, "--reason", "superseded")
    assert "SG0459" in bench.ca("revoke", serial, code=1).stderr
    assert "SG0459" in bench.ca("revoke", "00ff", code=1).stderr
    bench.ca("crl")
    text = bench.openssl("crl", "-noout", "-text", "-CAfile", "ca/intermediate.crt", "-in", "ca.crl")
    assert "Superseded" in text and serial.upper() in text, text
    bench.run("certtool", "--crl-info", "--infile", "ca.crl")
    assert "revoked" in bench.ca("list").stdout
    assert "BEGIN CERTIFICATE" in bench.ca("list", serial).stdout
    assert "SG0441" in bench.signet("ca", "issue", "x.example.com", "--dir", "ca", "--passphrase-file", "wrong", code=2).stderr
    assert "SG0455" in bench.signet("ca", "list", "--dir", "nowhere", code=2).stderr


@test(signet_only=True)
def hostile_requests_are_not_signed(box):
    bench = Bench(box)
    bench.authority()
    bench.openssl("req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", "k.key", "-subj", "/CN=a.example", "-out", "small.csr")
    assert "SG0458" in bench.ca("sign", "small.csr", code=2).stderr
    bench.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.key", "-subj", "/O=x", "-out", "nameless.csr")
    assert "SG0458" in bench.ca("sign", "nameless.csr", code=2).stderr
    bench.openssl("req", "-new", "-key", "k.key", "-subj", "/CN=a.example", "-outform", "DER", "-out", "good.der")
    broken = bytearray((bench.path / "good.der").read_bytes())
    broken[-1] ^= 1  # the signature
    (bench.path / "forged.der").write_bytes(broken)
    assert "SG0458" in bench.ca("sign", "forged.der", code=2).stderr
    # A request that asks to be an authority gets a server's certificate.
    bench.openssl(
        "req", "-new", "-key", "k.key", "-subj", "/CN=a.example", "-out", "greedy.csr",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "subjectAltName=DNS:a.example",
    )
    bench.ca("sign", "greedy.csr")
    assert "CA:FALSE" in bench.openssl("x509", "-noout", "-text", "-in", "greedy.crt")


@test(signet_only=True)
def the_ocsp_responder_answers_openssl(box):
    bench = Bench(box)
    bench.authority()
    for name in ("good", "bad"):
        bench.ca("issue", name + ".example", "-o", name)
    bench.ca("revoke", "bad.crt", "--reason", "keyCompromise")
    child = subprocess.Popen(
        [bench.program, "ca", "ocsp", "--dir", "ca", "--passphrase-file", "phrase", "--count", "4"],
        cwd=bench.path, stdout=subprocess.PIPE, text=True,
    )
    try:
        url = child.stdout.readline().split()[-1]
        assert url.startswith("http://127.0.0.1:")
        for name, says in (("good", "good"), ("bad", "revoked")):
            done = bench.run(
                "openssl", "ocsp", "-issuer", "ca/intermediate.crt", "-cert", name + ".crt", "-url", url,
                "-CAfile", "ca/root.crt", "-verify_other", "ca/intermediate.crt", "-timeout", "10",
            )
            assert "%s.crt: %s" % (name, says) in done.stdout and "verify OK" in done.stderr, done
        port = int(url.rsplit(":", 1)[1].strip("/"))
        for junk in (b"GET /nonsense HTTP/1.0\r\n\r\n", b"\x16\x03\x01" + bytes(600)):
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                connection.sendall(junk)
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(100).startswith(b"HTTP/1.1 200")
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait()


@test(signet_only=True)
def an_authority_killed_at_any_moment_loses_nothing_and_repeats_no_serial(box):
    bench = Bench(box)
    bench.signet("ca", "init", "--dir", "ca", "--no-passphrase")
    finished, dice = 0, random.Random(6)
    for round_ in range(25):
        child = subprocess.Popen(
            [bench.program, "ca", "issue", "n%d.example" % round_, "--dir", "ca"], cwd=bench.path,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            child.wait(dice.uniform(0.002, 0.08))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        finished += child.wait() == 0
    listed = json.loads(bench.ca("list", "--json").stdout)
    serials = [row["serial"] for row in listed]
    assert len(serials) == len(set(serials)) and finished <= len(serials) <= 25
    # Whatever has left the authority is in its records.
    for path in bench.path.glob("n*.crt"):
        if path.stat().st_size:
            serial = bench.openssl("x509", "-noout", "-serial", "-in", path.name).split("=")[1].strip().lower()
            assert serial in serials
    bench.ca("issue", "after.example")
    bench.openssl("verify", "-CAfile", "ca/root.crt", "-untrusted", "ca/intermediate.crt", "after.example.crt")


@test(signet_only=True)
def an_init_that_was_killed_can_be_repeated(box):
    bench = Bench(box)
    dice = random.Random(7)
    for round_ in range(8):
        folder = "ca%d" % round_
        words = [bench.program, "ca", "init", "--no-passphrase", "--dir", folder]
        child = subprocess.Popen(words, cwd=bench.path, stdout=subprocess.DEVNULL)
        try:
            child.wait(dice.uniform(0.002, 0.06))
        except subprocess.TimeoutExpired:
            child.kill()
        child.wait()
        done = bench.run(*words, code=None)
        assert done.returncode == 0 or "SG0456" in done.stderr, done
        bench.signet("ca", "issue", "a.example", "--dir", folder, "-o", "a%d" % round_)


@test(signet_only=True)
def probe_explains_a_handshake_and_its_exit_status_tells(box):
    box.config(TLS + 'Header always set Strict-Transport-Security "max-age=63072000"\nProtocols h2 http/1.1\n').start()
    place = "localhost:%d" % box.https
    done = command(box.program, "probe", "https://%s/" % place, "-CAfile", box.certs + "/ca.crt", "--json")
    assert done.returncode == 0, done
    facts = json.loads(done.stdout)
    assert facts["version"] == "TLSv1.3" and facts["resumption"] == "works" and facts["trusted"], facts
    assert facts["hsts"] == "max-age=63072000" and facts["answer"].startswith("HTTP/1.1 200"), facts
    assert facts["http2"].startswith("chosen") and "is in" in facts["name"] and facts["group"] == "X25519", facts
    assert facts["chain"][0]["subject"] == "CN=localhost" and facts["time_of_handshake"].endswith(" ms")
    done = command(box.program, "probe", place, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-state", "-msg",
                   "-CAfile", box.certs + "/ca.crt", "-servername", "a.example")
    assert done.returncode == 0 and "TLSv1.2" in done.stdout and "ECDHE-ECDSA-AES128-GCM-SHA256" in done.stdout, done
    assert ">>> ClientHello" in done.stderr and "<<< ServerHello" in done.stderr and "SSLv3/TLS" in done.stderr
    done = command(box.program, "probe", "-connect", place, "-debug", "-status", "-showcerts", "-CAfile", box.certs + "/ca.crt")
    assert done.returncode == 0 and "<<< ServerHello" in done.stderr and "SSLv3/TLS" in done.stderr, done
    for old in ("-ssl2", "-ssl3"):
        done = command(box.program, "probe", place, old)
        assert done.returncode == 2 and "no OpenSSL of today" in done.stderr, done
    done = command(box.program, "probe", place)
    assert done.returncode == 1 and "SG0885" in done.stderr and "end-to-end CA" in done.stderr, done
    done = command(box.program, "probe", place, "-CAfile", box.certs + "/ca.crt", "-servername", "other.example")
    assert done.returncode == 1 and "NOT in the certificate" in done.stdout and "SG0883" in done.stderr, done
    done = command(box.program, "probe", place, "-tls1_2", "-cipher", "AES128-SHA")
    assert done.returncode == 2 and "SG0878" in done.stderr and "-tls1_2 -cipher AES128-SHA" in done.stderr, done
    done = command(box.program, "probe", "localhost:%d" % box.http)
    assert done.returncode == 2 and "SG0875" in done.stderr and "speaks HTTP without TLS" in done.stderr, done
    done = command(box.program, "probe", "localhost:%d" % free_port())
    assert done.returncode == 2 and "SG0462" in done.stderr, done
    assert command(box.program, "probe", "http://localhost/").returncode == 2
    assert command(box.program, "probe").returncode == 2


def answering(text):
    """A port where somebody says this to whoever connects; None: nothing at all."""
    server = socket.create_server(("127.0.0.1", 0))
    held = []

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                held.append(connection)
                if text is not None:
                    connection.sendall(text)
                    connection.shutdown(socket.SHUT_WR)

    threading.Thread(target=serve, daemon=True).start()
    return "127.0.0.1:%d" % server.getsockname()[1], server


@test(signet_only=True)
def every_failure_of_a_probe_is_told_with_its_reason(box):
    demand = 'SSLEngine on\nSSLVerifyClient require\nSSLCACertificateFile "@CERTS@/ca.crt"\n'
    inner = TLS.replace("ServerName localhost", "ServerName a.example").replace("SSLEngine on", demand)
    box.config(TLS.replace("@CERTS@/ecdsa.", "@CERTS@/expired.") + inner).start()
    place, roots = "localhost:%d" % box.https, ("-CAfile", box.certs + "/ca.crt")
    asks = (place, *roots, "-servername", "a.example")

    def fails(number, words, *options, code=2):
        done = command(box.program, "probe", *options)
        assert done.returncode == code and "SG%04d" % number in done.stderr, done
        assert words in done.stderr and "  cause: " in done.stderr and "  fix: " in done.stderr, done

    fails(879, "demands a client certificate", *asks, code=1)
    fails(879, "demands a client certificate", *asks, "-tls1_2")
    shown = ("-cert", box.certs + "/b.crt", "-key", box.certs + "/b.key")  # for servers only
    fails(880, "refuses the client certificate", *asks, *shown, code=1)
    fails(887, "is not the key of", place, "-cert", box.certs + "/b.crt", "-key", box.certs + "/rsa.key")
    fails(882, "CN=localhost has expired", place, *roots, code=1)
    fails(886, "-cipher NONE-SUCH", place, "-cipher", "NONE-SUCH")
    fails(878, "nothing of what -tls1_1 offers", place, "-tls1_1")
    fails(875, "speaks HTTP without TLS", "localhost:%d" % box.http)
    for number, words, text in (
        (875, "port for SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
        (877, "without a word", b""),
        (876, "said nothing for 1 second", None),
    ):
        where, server = answering(text)
        with server:
            fails(number, words, where, "-timeout", "1")


@test(signet_only=True)
def hostile_files_give_clear_errors_and_right_answers(box):
    bench = Bench(box)
    bench.signet("cert", "self-signed", "a.example")
    pem = bench.text("server.crt")

    def said(name, content, code=2):
        (bench.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return bench.signet("cert", "show", name, code=code)

    assert "SG0444" in said("cut.pem", pem[:300]).stderr
    assert "SG0444" in said("garbled.pem", pem[:100] + "!!!" + pem[103:]).stderr
    assert "SG0444" in said("other.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").stderr
    assert "SG0440" in said("empty.pem", b"").stderr
    assert "SG0440" in said("text.pem", "hello\n").stderr
    assert "SG0470" in bench.signet("cert", "show", "nowhere.pem", code=2).stderr
    assert "SG0440" in said("ten.bin", os.urandom(1 << 16) * 160).stderr
    assert "SG0440" in said("ten.pem", ("x" * 63 + "\n") * 163840).stderr
    assert "SG0445" in said("twenty.bin", bytes(20 << 20)).stderr
    assert "a.example" in said("long.pem", "x" * (10 << 20) + "\n" + pem, 0).stdout
    assert "a.example" in said("garbage.pem", "Bag Attributes\n  a: b\n" + pem.replace("\n", "\r\n") + "\x00\xff trailing\n".encode("latin-1").decode("latin-1"), 0).stdout
    assert "byte order mark" in said("bom.pem", "\ufeff" + pem, 0).stdout
    assert "\033" not in said("escape.pem", "-----BEGIN \033[31mX-----\nAAAA\n-----END \033[31mX-----\n" + pem, 0).stdout


def certificate(names, key=None, begin=None, end=None):
    """A certificate that openssl's commands would not make, in PEM."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    signer = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hostile")])
    made = x509.CertificateBuilder(
        name, name, key or signer.public_key(), x509.random_serial_number(),
        begin or datetime.datetime(1950, 1, 1), end or datetime.datetime(2099, 12, 31, 23, 59, 59),
    ).add_extension(x509.SubjectAlternativeName(names), False)
    return made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@test(signet_only=True)
def strange_certificates_are_shown_as_they_are(box):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

    bench = Bench(box)
    names = [x509.DNSName("good.example\0.evil.example"), x509.DNSName("*.wild.example"), x509.DNSName("xn--bcher-kva.example")]
    pem = certificate(names)
    (bench.path / "nul.pem").write_bytes(pem)
    (facts,) = json.loads(bench.signet("cert", "show", "--json", "nul.pem").stdout)
    shown = facts["objects"][0]
    assert shown["names"] == ["good.example\\x00.evil.example", "*.wild.example", "xn--bcher-kva.example"], shown
    assert any("NUL" in note for note in shown["notes"])
    assert shown["not_before"].startswith("1950-01-01") and shown["not_after"] == "2099-12-31 23:59:59 GMT", shown
    for host, code in (("good.example", 1), ("a.wild.example", 0), ("wild.example", 1), ("a.b.wild.example", 1)):
        bench.signet("cert", "verify", "nul.pem", "--CAfile", "nul.pem", "--host", host, code=code)
    bench.signet("cert", "verify", "nul.pem", "--CAfile", "nul.pem", "--at", "2099-12-30")
    bench.signet("cert", "verify", "nul.pem", "--CAfile", "nul.pem", "--at", "2100-01-01", code=1)
    # 1949 needs a GeneralizedTime, which no library writes: the 13 characters of UTCTime become 15.
    bench.openssl("req", "-x509", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k",
                  "-subj", "/CN=old", "-outform", "DER", "-out", "old.der")
    old = (bench.path / "old.der").read_bytes()
    at = old.index(b"\x30\x1e\x17\x0d")
    dates = b"\x30\x22\x18\x0f19490101000000Z\x18\x0f19490201000000Z"
    grown = old[:at] + dates + old[at + 32 :]
    outer, inner = int.from_bytes(grown[2:4], "big") + 4, int.from_bytes(grown[6:8], "big") + 4
    assert grown[1] == grown[5] == 0x82
    (bench.path / "old.der").write_bytes(grown[:2] + outer.to_bytes(2, "big") + grown[4:6] + inner.to_bytes(2, "big") + grown[8:])
    said = bench.signet("cert", "show", "old.der").stdout
    assert "1949-01-01" in said and "has expired" in said, said
    huge = rsa.RSAPublicNumbers(65537, random.Random(1).getrandbits(16384) | (1 << 16383) | 1).public_key()
    (bench.path / "huge.pem").write_bytes(certificate([x509.DNSName("a.example")], huge))
    assert "RSA 16384 bits" in bench.signet("cert", "show", "huge.pem").stdout
    bench.signet("cert", "key", "-o", "other.key")
    bench.signet("cert", "match", "huge.pem", "other.key", code=1)


@test(signet_only=True)
def certificates_of_the_nineties_get_the_verdict_of_today(box):
    bench = Bench(box)
    bench.openssl("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", "old.key", "-out", "old.crt", "-subj", "/CN=localhost",
                  "-addext", "extendedKeyUsage=serverAuth,msSGC,nsSGC")
    said = bench.signet("cert", "show", "old.crt").stdout
    assert said.count("Server Gated Cryptography") == 1 and "1024 bits" in said, said
    box.config(TLS.replace("@CERTS@/ecdsa", "@BOX@/bench/old"))
    done = box.run("-t")
    assert done.returncode == 1 and "SG0309" in done.stderr and "ee key too small" in done.stderr, done
    assert "SG0414" in done.stderr and "Make a new key" in done.stderr, done


@test(signet_only=True)
def every_verb_prints_the_openssl_line_it_replaces_and_that_line_works(box):
    bench = Bench(box)
    for words in (
        ["cert", "key", "-o", "a.key"],
        ["cert", "csr", "a.example", "--key", "a.key", "-o", "a.csr"],
        ["cert", "self-signed", "a.example", "--key", "a.key", "-o", "a.crt"],
        ["cert", "show", "a.crt"],
        ["cert", "match", "a.key", "a.crt", "a.csr"],
        ["cert", "convert", "a.crt", "-o", "a.der"],
        ["cert", "verify", "a.crt", "--CAfile", "a.crt"],
        ["cert", "convert", "a.key", "--to", "traditional", "-o", "old.key"],
    ):
        lines = bench.signet(*words, "--show-openssl").stderr
        lines = [line for line in lines.splitlines() if line.startswith("openssl ")]
        assert lines, words
        for line in lines:
            bench.run("sh", "-c", line)


def cookbook():
    """The blocks of docs/cookbook-certificates.md: lines of before, line of signet."""
    page = (REPOSITORY / "docs/cookbook-certificates.md").read_text()
    for block in re.findall("```sh\n(.*?)```", page, re.S):
        lines = block.strip().splitlines()
        yield [l for l in lines if not l.startswith("signet ")], [l for l in lines if l.startswith("signet ")]


@test(signet_only=True)
def every_pair_of_the_cookbook_does_what_it_says(box):
    box.config().start()
    before, after = Bench(box, "openssl"), Bench(box, "signet")
    blocks = list(cookbook())
    assert len(blocks) > 15 and all(old and new for old, new in blocks)

    def obey(bench, line):
        line = line.replace("localhost:443", "localhost:%d" % box.https)
        if line.startswith("signet "):
            line = shlex.quote(bench.program) + line[6:]
        # Every question about a pass phrase is answered by the same one.
        done = bench.run("sh", "-c", line, stdin=(PHRASE + "\n") * 4, code=None)
        allowed = (0, 1) if "probe" in line or "s_client" in line else (0,)
        assert done.returncode in allowed, (line, done)
        return done.stdout

    for old, new in blocks:
        for line in old:
            obey(before, line)
        for line in new:
            obey(after, line)
        same_kind = {p.name for p in before.path.iterdir() if p.suffix in (".key", ".crt", ".csr", ".der", ".unsecure")}
        for name in same_kind - {"ca.key", "ca.crt", "ca.srl"}:
            assert (after.path / name).exists(), (name, new)
            if name.endswith((".key", ".unsecure")):
                locked = ["ENCRYPTED" in bench.text(name) for bench in (before, after)]
                assert locked[0] == locked[1], (name, new)
                assert after.mode(name) & 0o077 == 0
    for bench in (before, after):  # what both have made is of one kind
        bench.openssl("pkey", "-check", "-noout", "-in", "server.key")
        bench.openssl("x509", "-noout", "-inform", "DER", "-in", "server.der")
        assert "www.example.com" in bench.openssl("x509", "-noout", "-subject", "-in", "server.crt")
    after.openssl("verify", "-CAfile", "ca/root.crt", "-untrusted", "ca/intermediate.crt", "server.crt")


@test(signet_only=True)
def the_cookbook_has_every_openssl_command_of_the_seeds(_box):
    """Each command and the options that make it what it is."""
    page = "\n".join(line for old, _ in cookbook() for line in old)
    for line in (
        "genrsa -des3 -out server.key", "rsa -noout -text -in server.key", "rsa -in server.key -out server.key.unsecure",
        "req -new -key server.key -out server.csr", "req -noout -text -in server.csr", "x509 -noout -text -in server.crt",
        "genrsa -des3 -out ca.key", "rsa -noout -text -in ca.key", "req -new -x509 -days 365 -key ca.key -out ca.crt",
        "x509 -noout -text -in ca.crt", "rsa -des3 -in server.key -out server.key.new", "rsa -in server.key.org -out server.key",
        "x509 -noout -modulus -in server.crt | openssl md5", "rsa -noout -modulus -in server.key | openssl md5",
        "req -noout -modulus -in server.csr | openssl md5", "x509 -noout -hash", "-outform DER", "req -new -x509 -days 30",
        "req -new -x509 -nodes -out", "req -new -x509 -nodes -sha1 -days 365", "s_client -connect localhost:443 -state -debug",
        "s_client -connect localhost:443\n", "openssl version",
    ):
        assert line in page + "\n", line
