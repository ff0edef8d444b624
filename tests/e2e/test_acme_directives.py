"""mod_md's directives: each has a test (docs/acme-directives.md says which), and the small ones are here."""

import json
import re
import select
import socket
import ssl
import threading

from acme_extension import Extension
from acme_site import configure, served_by_pebble, status
from lib import REPOSITORY, command, eventually, test
from pebble import credulous_pebble

HOST = "<VirtualHost *:@HTTPS@>\nServerName %s\nServerAlias %s\nSSLEngine on\n</VirtualHost>\n"


@test(signet_only=True)
def every_directive_of_mod_md_has_a_test_of_its_effect(box):
    rows = re.findall(r"^\| `<?(MD\w+)>?` \|(.*)\|$", (REPOSITORY / "docs/acme-directives.md").read_text(), re.M)
    known = (REPOSITORY / "src/config/apache-directives.tsv").read_text().splitlines()
    known = [words[1].strip("<>") for words in (line.split("\t") for line in known) if words[0] == "mod_md"]
    assert len(known) == 47 and sorted(known) == sorted(name for name, _ in rows), set(known) ^ {n for n, _ in rows}
    paths = [*(REPOSITORY / "tests/e2e").glob("test_*.py"), *(REPOSITORY / "tests/unit/modules").glob("*.cpp")]
    texts = "\n".join(path.read_text() for path in paths)
    tests = set(re.findall(r"^(?:def |TEST\w*\(\w+, )(\w+)\(?", texts, re.M))
    for directive, cells in rows:
        names = re.findall(r"`(\w+)`", cells.rpartition("|")[2])
        assert names, directive
        assert set(names) <= tests, "%s: there is no test %s" % (directive, set(names) - tests)


@test(signet_only=True)
def the_configuration_alone_says_who_is_managed_and_how(box):
    def domains(text):
        box.config("MDCertificateAgreement accepted\n" + text)
        return {one["name"]: one for one in json.loads(status(box, "--json"))}

    def said(text):
        box.config("MDCertificateAgreement accepted\n" + text)
        done = box.run("-t")
        return done.returncode, done.stdout + done.stderr

    host = HOST % ("a.example", "b.example")
    text = "<MDomainSet a.example>\nMDMember c.example\nMDDriveMode manual\n</MDomainSet>\nMDomain d.example\n"
    found = domains(text + "MDRenewMode always\n" + host)
    assert found["a.example"]["domains"] == ["a.example", "c.example", "b.example"], found
    assert not found["a.example"]["driven"] and found["d.example"]["driven"] and found["d.example"]["agreed"], found
    code, text = said("MDMembers manual\nMDomain a.example\n" + host)
    assert code == 1 and "the name b.example is not in it" in text, text
    # By its alias, unless only ServerName counts.
    assert domains("MDMatchNames all\nMDomain b.example\n" + host)["b.example"]["driven"]
    assert not domains("MDMatchNames servernames\nMDomain b.example\n" + host)["b.example"]["driven"]
    main = "ServerName main.example\nSSLEngine on\nMDomain main.example\n"
    assert domains("MDBaseServer on\n" + main)["main.example"]["driven"]
    assert not domains("MDBaseServer off\n" + main)["main.example"]["driven"]
    assert "SG0786" in said("MDPortMap http:- https:-\nMDomain a.example\n" + host)[1]
    assert "SG0786" not in said("MDPortMap https:@HTTPS@\nMDomain a.example\n" + host)[1]
    for line, words in (
        ("MDCertificateProtocol ACME", ""),
        ("MDCertificateProtocol SCEP", "unknown protocol 'SCEP'"),
        ("MDStoreLocks 10s", ""),
        ("MDStoreLocks perhaps", "MDStoreLocks"),
        ("MDPrivateKeys secp256r1 rsa3072", ""),
        ("MDPrivateKeys RSA 2048 rsa4096", "two keys of type 'RSA' are not possible"),
        ("MDPrivateKeys rsa1024", "RSA keys have 2048"),
        ("MDPrivateKeys Default P-256", "allows no other parameter"),
    ):
        code, text = said(line + "\n")
        assert (code == 1) == bool(words) and words in text, (line, text)


@test(signet_only=True)
def small_directives_do_what_they_say(box):
    with Extension(credulous_pebble(), window=lambda _: (-200, -100)) as ca:
        hook = box.path / "hook"
        hook.write_text('#!/bin/sh\necho "$*" >> "%s/hook.log"\n' % box.path)
        hook.chmod(0o755)
        (box.path / "hook.log").write_text("")
        (box.path / "hook.log").chmod(0o666)
        more = """MDStoreDir other
MDInitialDelay 2s
MDRequireHttps permanent
MDRenewViaARI off
MDRenewWindow 40%%
MDChallengeDns01 "%s"
MDChallengeDns01Version 2
MDCAChallenges dns-01
MDServerStatus on
MDCertificateMonitor watch https://watch.example/?q=
<Location "/server-status">
    SetHandler server-status
</Location>
<VirtualHost *:@HTTP@>
    ServerName site.example
</VirtualHost>
"""
        configure(box, ca, more % hook).start()
        assert not (box.path / "hook.log").read_text() and not ca.orders  # MDInitialDelay
        served_by_pebble(box)
        assert (box.path / "other/data.mdb").exists() and not (box.path / "md").exists()
        assert ca.accounts[0]["contact"] == ["mailto:admin@example.org"], ca.accounts
        with box.connect_plain() as plain:
            plain.sendall(b"GET /x?y HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: plain.recv(4096), b"")).decode()
        assert "301" in answer.splitlines()[0] and "Location: https://site.example/x?y" in answer, answer
        said = eventually(
            lambda: (s := json.loads(status(box, "--json"))[0])["next"]["what"] == "renewal" and s["next"]["at"] and s,
            "the date of the next",
        )
        assert not ca.asked  # MDRenewViaARI: the window of the CA would have renewed at once
        page = lambda: box.get("/server-status", "site.example", context=ssl._create_unverified_context()).body.decode()
        eventually(lambda: "https://watch.example/?q=" in page(), "MDCertificateMonitor's link")
        words = "openssl x509 -noout -dates".split()
        der = ssl.get_server_certificate(("127.0.0.1", box.https))
        dates = command(*words, stdin=der).stdout.splitlines()
        start, end = (ssl.cert_time_to_seconds(line.partition("=")[2]) for line in dates)
        assert abs((end - said["next"]["at"]) / (end - start) - 0.4) < 0.01, said  # MDRenewWindow
        calls = (box.path / "hook.log").read_text().splitlines()
        setups = sorted(call[6:] for call in calls if call.startswith("setup "))
        assert len(setups) == 2 and setups == sorted(call[9:] for call in calls if call.startswith("teardown ")), calls


class Proxy:
    """CONNECT over TLS, as MDHttpProxy may name it."""

    def __init__(self, pebble):
        self.asked = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pebble.ca_file, pebble.folder / "key.pem")
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.url = "https://localhost:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            threading.Thread(target=self.tunnel, args=(client,), daemon=True).start()

    def tunnel(self, client):
        head = client.recv(4096).decode()
        self.asked.append(head.split()[1])
        host, _, port = head.split()[1].partition(":")
        server = socket.create_connection(("127.0.0.1", int(port)))
        client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        while True:
            ready = [client] if client.pending() else select.select([client, server], [], [])[0]
            for one in ready:
                data = one.recv(65536)
                if not data:
                    return server.close()
                (server if one is client else client).sendall(data)


@test(signet_only=True)
def the_ca_is_reached_through_a_proxy_that_is_trusted_by_its_own_file(box):
    ca = credulous_pebble()
    proxy = Proxy(ca)
    settings = "MDHttpProxy %s\nMDHttpProxyCACertificateFile @CAFILE@" % proxy.url
    configure(box, ca, settings).start()
    served_by_pebble(box)
    assert proxy.asked and set(proxy.asked) == {"localhost:%d" % ca.port}, proxy.asked
    proxy.listener.close()
