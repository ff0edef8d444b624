"""What the server shows of managed domains, and the OCSP staples that it brings for them."""

import contextlib
import http.server
import json
import re
import ssl
import threading

from acme_extension import Extension
from acme_site import certificate, configure, listener, served_by_pebble, status
from lib import command, eventually, test
from pebble import Pebble, credulous_pebble
from test_stapling import responder, site

PAGES = """MDServerStatus on
MDCertificateCheck crt https://crt.example/?q=
<Location "/server-status">
    SetHandler server-status
</Location>
<Location "/md-status">
    SetHandler md-status
</Location>
"""


def page(box, path, name="site.example"):
    return box.get(path, name, context=ssl._create_unverified_context())


def serial(text):
    return text.partition("serial=")[2].split()[0]


@test(signet_only=True)
def the_pages_about_managed_domains_are_apaches(box):
    configure(box, credulous_pebble(), PAGES).start()
    shown = serial(served_by_pebble(box))
    answer = eventually(
        lambda: page(box, "/.httpd/certificate-status").body.count(b"serial") and page(box, "/.httpd/certificate-status"),
        "the keeper has told",
    )
    assert answer.status == 200 and answer.headers["content-type"] == "application/json", answer.headers
    said = json.loads(answer.body)
    assert set(said) == {"valid", "P-256"} and set(said["valid"]) == {"from", "until"}, said
    assert set(said["P-256"]) == {"valid", "serial", "sha256-fingerprint"} and said["P-256"]["serial"] == shown, said
    fingerprint = said["P-256"]["sha256-fingerprint"]
    assert len(fingerprint) == 64 and said["P-256"]["valid"]["until"].endswith(" GMT"), said
    assert page(box, "/.httpd/other").status == 404

    html = eventually(lambda: "Renew <span" in page(box, "/server-status").body.decode() and page(box, "/server-status").body.decode(), "the next date")
    assert "<h3>Managed Certificates</h3>\n<table class='md_status'><thead><tr>" in html
    assert '<td><div style="max-width:400px;">site.example www.site.example</div></td><td>good</td>' in html, html
    assert '<a href="https://crt.example/?q=%s">crt[P-256]</a>' % fingerprint in html, html
    keys = dict(l.split(": ", 1) for l in page(box, "/server-status?auto").body.decode().splitlines() if ": " in l)
    assert keys["ManagedCertificatesTotal"] == keys["ManagedCertificatesOK"] == "1", keys
    assert keys["ManagedDomain[0]Names[1]"] == "www.site.example" and keys["ManagedDomain[0]Status"] == "good", keys
    assert int(keys["ManagedDomain[0]ActivityRenew"]) > 1000 and keys["ManagedStaplingsTotal"] == "0", keys
    domains = json.loads(page(box, "/server-status?json").body)["managed_domains"]
    assert domains == json.loads(page(box, "/md-status").body)["managed-domains"], domains
    assert domains[0]["state"] == 2 and domains[0]["cert"]["P-256"]["ari-cert-id"], domains

    box.conf.write_text(box.conf.read_text().replace("MDServerStatus on", "MDServerStatus off\nMDCertificateStatus off"))
    box.signal(10)
    eventually(lambda: page(box, "/.httpd/certificate-status").status == 404, "MDCertificateStatus off")
    assert b"Managed Certificates" not in page(box, "/server-status").body


@test(signet_only=True)
def a_new_certificate_is_served_after_its_activation_delay(box):
    past = lambda _: (-200, -100)
    with Extension(credulous_pebble(), window=lambda _: (8640000, 8650000)) as ca:
        configure(box, ca, "MDCheckInterval 1s\nMDActivationDelay 1h").start()
        first = serial(served_by_pebble(box))  # where there is none there is nothing to wait for
        ca.window = past
        waits = eventually(
            lambda: (s := json.loads(status(box, "--json"))[0]) and s["next"]["what"] == "activation" and s, "it waits", 20
        )
        assert 3000 < waits["next"]["at"] - waits["last"]["at"] <= 3600, waits
        assert "obtained from" in waits["last"]["what"] and serial(certificate(box)) == first, waits
        said = eventually(lambda: json.loads(page(box, "/.httpd/certificate-status").body).get("renewal"), "the page")
        new = said["cert"]["P-256"]["serial"]
        assert new != first, said
        ca.window = lambda _: (8640000, 8650000)
        # Manual stops renewals, not what was obtained before: Apache takes it into use, too.
        box.conf.write_text(
            box.conf.read_text().replace("MDActivationDelay 1h", "MDActivationDelay 0s\nMDRenewMode manual")
        )
        box.signal(10)
        eventually(lambda: serial(certificate(box)) == new, "it is served", 20)
        assert len(ca.orders) == 2, ca.orders


class Authority(http.server.BaseHTTPRequestHandler):
    """Pebble's intermediate as an OCSP responder (`openssl ocsp`): good but for the serials in `revoked`."""

    folder, revoked, is_down = None, frozenset(), False

    def do_POST(self):
        request = self.rfile.read(int(self.headers["content-length"]))
        if self.is_down:
            return self.connection.close()
        (self.folder / "request.der").write_bytes(request)
        text = command("openssl", "ocsp", "-reqin", self.folder / "request.der", "-req_text").stdout
        number = re.search(r"Serial Number: ([0-9A-F]+)", text)[1]
        state = "R\t330101000000Z\t261101000000Z" if number in self.revoked else "V\t330101000000Z\t"
        (self.folder / "index.txt").write_text("%s\t%s\tunknown\t/CN=x\n" % (state, number))
        done = command(
            *("openssl ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -nmin 2".split()),
            *("-reqin request.der -respout response.der".split()),
            cwd=self.folder
        )
        assert done.returncode == 0, done.stderr
        answer = (self.folder / "response.der").read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def staple(box, name="site.example"):
    """The status and the serial in it, or None."""
    text = box.s_client("-status", "-servername", name)
    found = re.search(r"Serial Number: (\w+)\s+Cert Status: (\w+)", text)
    return found and (found[2], found[1])


@contextlib.contextmanager
def stapling_pebble(box):
    """Pebble, and the responder that its certificates name."""
    ocsp = type("Responder", (Authority,), {"folder": box.path / "ocsp-ca"})
    ocsp.folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ocsp)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = "http://127.0.0.1:%d/" % server.server_port
    with Pebble(box.path / "ca", 9, 9, believes=True, responder=url) as pebble:
        for path, name in (("intermediates", "ca.pem"), ("intermediate-keys", "ca.key")):
            pem = command("curl", "-sk", "https://127.0.0.1:%d/%s/0" % (pebble.management, path)).stdout
            (ocsp.folder / name).write_text(pem)
        yield pebble, ocsp
    server.shutdown()
    server.server_close()


WWW = """<VirtualHost *:@HTTPS@>
    ServerName www.site.example
    SSLEngine on
</VirtualHost>
"""


@test(signet_only=True)
def ssl_use_stapling_is_of_one_host_and_md_stapling_of_all_hosts_of_a_domain(box):
    with stapling_pebble(box) as (pebble, ocsp):
        command_, events = listener(box)
        configure(box, pebble, command_)
        text = box.conf.read_text().replace("    ServerAlias www.site.example\n", "    SSLUseStapling on\n")
        text = text.replace("MDomain site.example", "MDomain site.example www.site.example")
        box.conf.write_text(text + box.fill(WWW))
        box.start()
        shown = serial(served_by_pebble(box))
        eventually(lambda: staple(box) == ("good", shown), "a staple", 20)
        assert serial(certificate(box, "www.site.example")) == shown and not staple(box, "www.site.example")
        eventually(lambda: "ocsp-renewed site.example\n" in events(), "the event")
        ocsp.is_down = True
        box.conf.write_text(box.conf.read_text().replace("MDRehearsal", "MDStapling on\nMDStaplingRenewWindow 9d\nMDRehearsal"))
        box.signal(10)
        eventually(lambda: staple(box, "www.site.example") == ("good", shown), "MDStapling is for both", 20)
        eventually(lambda: "ocsp-errored site.example\n" in events(), "the event")


@test(signet_only=True)
def managed_certificates_are_stapled_and_a_revoked_one_is_renewed(box):
    with stapling_pebble(box) as (pebble, ocsp):
        settings = "MDStapling on\nMDStaplingRenewWindow 99%\nMDMustStaple on\nMDServerStatus on"
        configure(box, pebble, settings).start()
        first = serial(served_by_pebble(box))
        eventually(lambda: staple(box) == ("good", first), "a staple", 20)
        # A new start staples at once, whoever is down.
        ocsp.is_down = True
        box.process.terminate()
        box.ended()
        box.start()
        eventually(lambda: staple(box) == ("good", first), "the staple of the store", 20)
        ocsp.is_down, ocsp.revoked = False, {first}
        second = eventually(lambda: serial(certificate(box)) != first and serial(certificate(box)), "renewal", 30)
        eventually(lambda: staple(box) == ("good", second), "a staple for the new one", 20)
        line = eventually(lambda: [l for l in box.said().splitlines() if "SG0852" in l], "the log says why")[0]
        assert "site.example" in line and "revoked" in line, line


@test(signet_only=True)
def md_stapling_staples_for_other_certificates_too(box):
    def becomes(good):
        eventually(lambda: bool(staple(box, "localhost")) == good, "staple: %s" % good)

    with responder(box):
        text = site().replace("SSLUseStapling on", "")
        box.config("MDStapling on\n" + text).start()
        becomes(True)
        box.conf.write_text(box.conf.read_text().replace("MDStapling on", "MDStapling on\nMDStapleOthers off"))
        box.signal(10)
        becomes(False)


@test(signet_only=True)
def must_staple_without_staples_is_a_warning(box):
    configure(box, credulous_pebble(), "MDMustStaple on")
    assert "SG0799" in box.run("-t").stderr
    configure(box, credulous_pebble(), "MDMustStaple on\nMDStapling on")
    assert "SG0799" not in box.run("-t").stderr
