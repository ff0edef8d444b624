"""--json: every verb says what it did as one JSON document, errors too; and signet explain transcript."""

import json
import pathlib
import re
import signal
import subprocess

from lib import TLS, command, free_port, test
from test_cert import PHRASE, Bench


class Program(Bench):
    """A bench whose verbs are asked for JSON, and which keeps in mind which ones were."""

    def __init__(self, box):
        super().__init__(box)
        self.asked = set()
        self.said = ""

    def json(self, *words, code=0, stream="stdout", **options):
        self.asked.add(" ".join(words[:2]) if words[0] in ("cert", "ca") else words[0])
        done = self.signet(*words, "--json", code=code, **options)
        text = getattr(done, stream)
        self.said += done.stdout + done.stderr
        assert (done.stderr if stream == "stdout" else "") == "", (words, done)
        return json.loads(text)

    def authority_json(self, *words, **options):
        return self.json(*words, "--dir", "ca", "--passphrase-file", "phrase", **options)


def look_at_certificate(facts, name):
    assert name in facts["names"] and facts["serial"] and facts["key"], facts
    assert facts["subject"] and facts["issuer"], facts
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT", facts["not_before"]) and facts["not_after"], facts


@test(signet_only=True)
def every_verb_of_cert_and_ca_says_what_it_did_in_json(box):
    bench = Program(box)
    key = bench.json("cert", "key", "-o", "a.key", "--encrypt", "--passphrase-file", "phrase", "--show-openssl")
    assert (key["file"], key["key"], key["encrypted"]) == ("a.key", "ECDSA P-256", True), key
    assert key["openssl"][0].startswith("openssl genpkey"), key
    request = bench.json("cert", "csr", "a.example", "--key", "b.key", "-o", "a.csr")
    assert (request["file"], request["key_file"], request["names"]) == ("a.csr", "b.key", ["a.example"]), request
    assert "new key" in request["remarks"][0]
    made = bench.json("cert", "self-signed", "localhost", "--key", "c.key", "-o", "c.crt")
    look_at_certificate(made, "localhost")
    assert (made["file"], made["key_file"]) == ("c.crt", "c.key")
    shown = bench.json("cert", "show", "c.crt", "none.crt", code=2)
    look_at_certificate(shown[0]["objects"][0], "localhost")
    assert shown[1]["file"] == "none.crt" and shown[1]["error"]["id"] == "SG0470", shown
    other = bench.json("cert", "match", "b.key", "c.crt", code=1)
    assert other["match"] is False and other["error"]["id"] == "SG0448", other
    assert bench.json("cert", "verify", "c.crt", "--CAfile", "c.crt")["trusted"] is True
    assert bench.json("cert", "chain", "c.crt")["complete"] is True
    changed = bench.json("cert", "passphrase", "a.key", "--passphrase-file", "phrase", "--remove")
    assert (changed["file"], changed["encrypted"]) == ("a.key", False), changed
    converted = bench.json("cert", "convert", "c.crt", "-o", "c.der")
    assert (converted["file"], converted["form"]) == ("c.der", "der") and converted["from"]["objects"], converted
    # What goes to standard output stays what it is: the document goes to standard error.
    assert bench.json("cert", "convert", "c.crt", "-o", "-", stream="stderr")["form"] == "pem"

    box.config(TLS.replace("@CERTS@/ecdsa.crt", "@BOX@/bench/live.crt").replace("@CERTS@/ecdsa.key", "@BOX@/bench/live.key"))
    installed = bench.json("cert", "install", "c.crt", "-f", box.conf)
    look_at_certificate(installed, "localhost")
    assert [name.rsplit("/", 1)[1] for name in installed["files"]] == ["live.key", "live.crt"], installed
    assert installed["changed"] is True and installed["reloads"] is False and installed["vhost"] == "localhost", installed
    site = bench.json("cert", "install", "c.crt", "--site", "site/site.conf", "--document-root", "site/www", "--port", "8443")
    assert site["url"] == "https://localhost:8443/" and len(site["files"]) == 3, site
    saved = bench.json("cert", "backup", "-f", box.conf, "--passphrase-file", "phrase", "-o", "all.pem")
    assert saved["file"] == "all.pem" and len(saved["files"]) == 2, saved
    back = bench.json("cert", "restore", "all.pem", "--passphrase-file", "phrase", "--into", "back")
    assert back["restored"] is True and len(back["files"]) == 2, back

    made = bench.authority_json("ca", "init", "--permit", "example.com")
    assert made["root"]["file"].endswith("ca/root.crt") and made["intermediate"]["issuer"] == made["root"]["subject"], made
    bench.json("cert", "csr", "www.example.com", "--key", "b.key", "-o", "w.csr")
    look_at_certificate(bench.authority_json("ca", "sign", "w.csr"), "www.example.com")
    issued = bench.authority_json("ca", "issue", "shop.example.com")
    look_at_certificate(issued, "shop.example.com")
    assert (issued["file"], issued["key_file"]) == ("shop.example.com.crt", "shop.example.com.key")
    # A pass phrase that is made up is for a person's eyes.
    refused = bench.authority_json("ca", "client", "bob@example.com", code=2)
    assert refused["error"]["id"] == "SG0442", refused
    person = bench.authority_json("ca", "client", "bob@example.com", "--export-passphrase-file", "phrase")
    assert person["file"] == "bob@example.com.p12" and person["serial"], person
    revoked = bench.authority_json("ca", "revoke", issued["serial"], "--reason", "superseded")
    assert (revoked["serial"], revoked["reason"]) == (issued["serial"], "superseded"), revoked
    assert bench.authority_json("ca", "revoke", issued["serial"], code=1)["error"]["id"] == "SG0459"
    listing = bench.authority_json("ca", "crl")
    assert listing["file"] == "ca.crl" and listing["revoked"][0].startswith(issued["serial"]), listing
    listed = bench.authority_json("ca", "list")
    assert {row["state"] for row in listed} == {"valid", "revoked"}, listed
    look_at_certificate(bench.authority_json("ca", "list", issued["serial"]), "shop.example.com")
    bench.asked.add("ca ocsp")
    responder = subprocess.Popen(
        [bench.program, "ca", "ocsp", "--dir", "ca", "--passphrase-file", "phrase", "--json"],
        cwd=bench.path, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )
    try:
        text = responder.stdout.readline()
        while not text.endswith("}\n"):
            text += responder.stdout.readline()
        assert json.loads(text)["url"].startswith("http://127.0.0.1:"), text
    finally:
        responder.send_signal(signal.SIGTERM)
        responder.wait(10)

    known = set()
    for verb in ("cert", "ca"):
        text = bench.signet(verb, "--help").stdout
        known |= {verb + " " + word for word in re.findall(r"^  ([a-z-]+) {2,}", text[text.index("ubcommands:"):], re.M)}
    assert len(known) >= 20 and known == bench.asked, known ^ bench.asked
    # Not a word of a secret, in anything that was said.
    assert PHRASE not in bench.said and "PRIVATE KEY" not in bench.said
    for path in list(bench.path.glob("*.key")):
        assert path.read_text().splitlines()[1] not in bench.said, path


@test(signet_only=True)
def errors_are_json_too_and_the_exit_status_stays(box):
    bench = Program(box)
    bench.json("cert", "key", "-o", "a.key")
    there = bench.json("cert", "key", "-o", "a.key", code=2)["error"]
    assert there["id"] == "SG0443" and "a.key" in there["message"] and there["cause"] and there["fix"], there
    assert bench.json("ca", "list", "--dir", "none", code=2)["error"]["id"] == "SG0455"
    # What the parser of the command line refuses, too.
    for words, code in ((("cert", "key", "--tpye", "x"), 2), (("cert", "frobnicate"), 2), (("explain",), 1)):
        assert bench.json(*words, code=code)["error"]["id"] == "SG0830", words
    assert bench.json("explain", "xyzzy", "plugh", code=1)["error"]["id"] == "SG0831"
    (message,) = bench.json("explain", "SG0001")["explanations"]
    assert message["id"] == "SG0001" and message["cause"] and message["severity"], message
    assert bench.json("explain", "alert", "48")["explanations"][0]["name"] == "unknown_ca"
    assert bench.json("explain", "cipher", "AES128-SHA")["explanations"][0]["forward_secrecy"].startswith("no")
    assert bench.json("explain", "14094412")["explanations"][0]["openssl_error"] == "14094412"
    assert bench.json("explain", "connection", "refused")["explanations"][0]["topic"]
    assert bench.json("probe", "127.0.0.1:%d" % free_port(), code=2)["error"]["id"] == "SG0462"
    assert bench.json("ciphers", "NONSENSE", code=1)["error"]["cause"]
    assert bench.json("acme", "status", "-f", "none.conf", code=1)["error"]["id"] == "SG0452"
    box.config()
    report = bench.json("report", "-d", box.path, "-f", box.conf)
    assert "OpenSSL" in report["build"] and report["files"][0]["file"] == str(box.conf), report
    assert isinstance(report["findings"], list) and report["modules"] and report["machine"], report


@test(signet_only=True)
def a_transcript_of_s_client_or_curl_is_explained(box):
    bench = Program(box)
    box.config(TLS + "ErrorDocument 404 none\n").start()
    tls, place = "127.0.0.1:%d" % box.https, "localhost:%d" % box.https
    ca = box.certs + "/ca.crt"

    def explain(*words, send=""):
        done = subprocess.run(words, input=send, capture_output=True, text=True, timeout=30)
        (bench.path / "paste").write_text(done.stdout + done.stderr)
        found = bench.json("explain", "transcript", "paste")
        return found.get("facts", {}), {one.get("id", one["seen"]): one for one in found["findings"]}

    def s_client(*words, **options):
        return explain("openssl", "s_client", "-connect", tls, *words, **options)

    facts, found = s_client("-state", "-msg", "-ign_eof", send="GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
    assert facts["version"] == ["TLSv1.3"] and facts["cipher"] and facts["verified"] == ["no"], facts
    assert facts["answer"] == ["HTTP/1.1 200 OK"] and facts["subject"] and facts["hsts"][0].startswith("none"), facts
    assert {"SG0840", "SG0842"} <= found.keys() and found["SG0840"]["cause"] and "-servername" in found["SG0840"]["fix"], found
    assert "SG0410" in found or "SG0464" in found, found  # the root is not known
    facts, found = s_client("-servername", "localhost", "-verify_hostname", "other.example", "-CAfile", ca)
    assert "62" in found["SG0409"]["seen"], found
    facts, found = s_client("-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA", "-servername", "localhost")
    assert "no shared cipher" in found["SG0323"]["message"] and "cipher" not in facts, found
    facts, found = s_client("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0", "-state")
    assert "protocol_version" in found["SG0322"]["seen"], found
    facts, found = explain("curl", "-v", "--cacert", ca, "--resolve", place + ":127.0.0.1", box.url())
    assert facts["verified"] == ["yes"] and facts["alpn"] and facts["answer"][0].startswith("HTTP/") and not found, (facts, found)
    facts, found = explain("curl", "-v", box.url())
    assert facts["verified"] == ["no"] and "SG0464" in found, (facts, found)
    facts, found = explain("curl", "-v", "http://%s/" % tls)
    assert "SG0320" in found and facts["answer"] == ["HTTP/1.1 400 Bad Request"], found
    facts, found = explain("curl", "-v", "http://127.0.0.1:%d/" % free_port())
    assert "SG0462" in found, found
    server = subprocess.Popen(["python3", "-m", "http.server", "-b", "127.0.0.1", str(port := free_port())],
                              cwd=bench.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        command("curl", "-s", "--retry", "20", "--retry-connrefused", "--retry-delay", "0", "http://127.0.0.1:%d/paste" % port)
        facts, found = explain("curl", "-v", "https://127.0.0.1:%d/" % port)
        assert "SG0841" in found, found
    finally:
        server.kill()
        server.wait()


@test(signet_only=True)
def status_tells_what_each_process_uses_and_what_they_share(box):
    bench = Program(box)
    box.config("SSLSessionCache shmcb:@BOX@/cache(512000)\n" + TLS)
    stopped = bench.json("status", "-f", box.conf, code=1)
    assert stopped["running"] is False and stopped["error"]["id"] == "SG0833", stopped
    box.start()
    box.curl(box.url())
    plain = bench.json("status", "-f", box.conf)
    roles = [one["role"] for one in plain["processes"]]
    assert roles[0] == "master" and "worker" in roles and plain["pid"] == box.pid(), plain
    memory = bench.json("status", "--memory", "-f", box.conf)
    assert [one["pid"] for one in memory["processes"]] == [one["pid"] for one in plain["processes"]], memory
    for one in memory["processes"]:
        assert 0 < one["pss"] <= one["rss"] and one["shared"] + one["private"] == one["rss"], one
        rollup = pathlib.Path("/proc/%d/smaps_rollup" % one["pid"]).read_text()
        resident = 1024 * int(re.search(r"^Rss: +(\d+) kB", rollup, re.M)[1])
        assert abs(resident - one["rss"]) < 1 << 20, (one, rollup)
    assert memory["total"]["pss"] == sum(one["pss"] for one in memory["processes"]) < memory["total"]["rss"]
    shared = {one["name"]: one for one in memory["shared"]}
    assert {"signet-scoreboard", "signet-session-cache", "signet-ticket-keys"} <= shared.keys(), shared
    assert all(0 <= one["used"] <= one["size"] for one in shared.values()) and shared["signet-scoreboard"]["used"] > 0, shared
    text = bench.signet("status", "--memory", "-f", box.conf).stdout
    assert re.search(r"^%d master( +\d+ kB){4}$" % box.pid(), text, re.M) and "sum of PSS" in text, text


@test(signet_only=True)
def a_relative_f_means_the_file_in_the_present_folder_and_else_one_below_server_root(box):
    bench = Program(box)
    box.config(TLS)
    (bench.path / "here.conf").write_text(box.conf.read_text())
    (box.path / "below.conf").write_text(box.conf.read_text())
    (box.path / "bench" / "broken.conf").write_text("Nonsense on\n")
    (box.path / "broken.conf").write_text(box.conf.read_text())
    bench.signet("cert", "key", "-o", "k.key")
    verbs = (
        (("acme", "status"), 0), (("status",), 1), (("check", "--offline"), None), (("grade", "--no-clients"), None),
        (("ciphers", "--vhost", "localhost"), 0), (("cert", "csr", "--vhost", "localhost", "--key", "k.key", "--force"), 0),
        (("cert", "backup", "--passphrase-file", "phrase", "--force"), 0),
    )
    for verb, code in verbs:
        done = bench.signet(*verb, "-d", box.path, "-f", "below.conf", code=code)
        assert "No such file" not in done.stderr and "SG0452" not in done.stderr, (verb, done)
        done = bench.signet(*verb, "-d", box.path, "-f", "broken.conf", code=None)  # the one that is here
        assert "Nonsense" in done.stderr + done.stdout, (verb, done)
    done = bench.signet("acme", "status", "-f", "here.conf")
    assert "no managed domain" in done.stdout, done


@test(signet_only=True)
def debians_apache2_conf_is_read_with_its_folder_and_its_envvars(box):
    bench = Program(box)
    tree = bench.path / "apache2"
    tree.mkdir()
    (tree / "ports.conf").write_text("Listen 127.0.0.1:%d\n" % box.http)
    (tree / "apache2.conf").write_text("ServerName localhost\nPidFile ${TEST_RUN_DIR}/a.pid\nInclude ports.conf\n")
    (tree / "envvars").write_text("unset HOME\nexport TEST_RUN_DIR=%s\n" % bench.path)
    for place in (("-f", tree / "apache2.conf"), ("-d", tree, "-f", "apache2.conf")):
        assert bench.json("status", *place, code=1)["pid_file"] == str(bench.path / "a.pid"), place
        assert "SG0108" not in bench.signet("check", "--offline", *place, code=None).stdout
    (tree / "envvars").chmod(0o666)  # a script that anybody may have written is not run
    assert bench.json("status", "-f", tree / "apache2.conf", code=2)["error"]["id"] == "SG0452"


OLD = """CONNECTED(00000003) depth=0 /CN=Test verify error:num=18:self signed certificate verify return:1   ---
New, TLSv1/SSLv3, Cipher is DHE-RSA-AES256-SHA   Server public key is 1024 bit   SSL-Session:       Protocol  : SSLv3       Cipher    : DHE-RSA-AES256-SHA
Session-ID: 56EA68A5750511917CC42A1B134A8F21   Master-Key: 303B60D625B020280F5F346AB00F8A61A7C4BEA707DFA0ED8D2F52371F8C4F08       Timeout   : 300 (sec)
Verify return code: 18 (self signed certificate)   ---   GET / HTTP/1.0   HTTP/1.1 200 OK   Date: Mon, 22 Nov 2004 22:59:56 GMT   ETag: "5c911-46-229c0a00"   Accept-Ranges: bytes
"""


@test(signet_only=True)
def a_transcript_of_2004_gets_the_verdicts_of_today_and_any_bytes_are_survived(box):
    bench = Program(box)
    found = bench.json("explain", "transcript", "-", stdin=OLD)
    assert found["facts"]["version"] == ["SSLv3"] and found["facts"]["session_timeout"] == ["300 (sec)"], found
    assert "inode" in found["facts"]["etag"][0] and found["facts"]["answer"] == ["HTTP/1.1 200 OK"], found
    ids = [one["id"] for one in found["findings"]]
    assert {"SG0322", "SG0843", "SG0414", "SG0464", "SG0842"} == set(ids) and len(ids) == 5, found
    text = bench.signet("explain", "transcript", "-", stdin=OLD).stdout
    assert "SG0843  The cipher suite is one of former times" in text and "fix:  " in text, text
    none = bench.json("explain", "transcript", "-", stdin="nothing of the kind\n", code=1)
    assert none["error"]["id"] == "SG0832", none
    assert bench.json("explain", "transcript", "none.txt", code=2)["error"]["id"] == "SG0470"
    # Every phrase, over and over, with bytes that are no text between them; and certificates that are none.
    noise = bytes(range(256)) + b"\x1b[2J-----BEGIN CERTIFICATE-----AAAA\x00\xff" + b"Cipher is " + b"Z" * 300 + OLD.encode()
    (bench.path / "noise").write_bytes(noise * 4000 + b"-----BEGIN CERTIFICATE-----" + b"MIIB" * 50000)
    done = subprocess.run([bench.program, "explain", "transcript", "noise"], cwd=bench.path, capture_output=True, timeout=20)
    assert done.returncode == 0 and b"\x1b" not in done.stdout and len(done.stdout) < 100000, done.stdout[:2000]
