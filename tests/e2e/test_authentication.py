"""Logging in over TLS, and what the error log says about those who cannot: fail2ban reads it."""

import hashlib
import re
import threading
import time

from lib import TLS, command, eventually, need, test

MEMBERS = """
<Directory "%s">
    AuthType Basic
    AuthName "Members only"
    AuthUserFile "%s"
    Require valid-user
</Directory>
"""


def site(box, cost="4"):
    file = box.path / "members"
    done = command(need("htpasswd"), "-cbB", "-C", cost, file, "anna", "secret")
    assert done.returncode == 0, done.stderr
    file.chmod(0o644)
    box.page("index.html", "members only\n")
    box.config(TLS + MEMBERS % (box.htdocs, file))
    box.start()
    return file


def status(box, *words):
    return box.curl("-s", "-o", "/dev/null", "-w", "%{http_code}", *words, box.url()).stdout


@test
def a_password_opens_the_door_and_a_changed_one_closes_it(box):
    file = site(box)
    assert status(box) == "401"
    assert status(box, "-u", "anna:secret") == "200"
    assert status(box, "-u", "anna:secret") == "200"
    assert status(box, "-u", "anna:wrong") == "401"
    done = command("htpasswd", "-bB", "-C", "4", file, "anna", "another")
    assert done.returncode == 0, done.stderr
    assert status(box, "-u", "anna:secret") == "401"
    assert status(box, "-u", "anna:another") == "200"


@test
def the_error_log_has_the_lines_that_fail2ban_looks_for(box):
    site(box)
    status(box, "-u", "anna:wrong")
    status(box, "-u", "zoe:guess")
    # The beginnings of fail2ban's filter apache-auth.
    head = r"\[auth_basic:error\] \[pid \d+(:tid \d+)?\] \[client (127\.0\.0\.1|\[?::1\]?):\d+\] "
    for line in (
        head + r"AH01617: user anna: authentication failure for \"/\": Password Mismatch",
        head + r"AH01618: user zoe not found: /",
    ):
        eventually(lambda line=line: re.search(line, box.said()), line)


@test
def slow_passwords_do_not_hold_up_others(box):
    site(box, cost="12")  # a quarter of a second each
    box.page("free/index.html", "free\n")
    threads = [
        threading.Thread(target=status, args=(box, "-u", "anna:wrong%d" % i)) for i in range(6)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    begun = time.monotonic()
    assert status(box) == "401"  # nothing to hash
    waited = time.monotonic() - begun
    for thread in threads:
        thread.join()
    assert waited < 1.0, waited


DIGEST = """
<Directory "%s">
    AuthType Digest
    AuthName "Members only"
    AuthUserFile "%s"
    Require valid-user
</Directory>
<Location /once>
    AuthDigestNonceLifetime 0
</Location>
<Location /counted>
    AuthDigestNcCheck On
</Location>
<Location /short>
    AuthDigestNonceLifetime 1
</Location>
"""


def md5(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def proof(box, path, challenge, count="00000001", user="anna", password="secret"):
    """The status and the head of an answer to somebody who answers the challenge."""
    said = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    ha1 = md5(user, said["realm"], password)
    response = md5(ha1, said["nonce"], count, "x", "auth", md5("GET", path))
    field = 'Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", qop=auth, nc=%s, cnonce="x"' % (
        user, said["realm"], said["nonce"], path, response, count,
    )  # fmt: skip
    field += ', opaque="%s"' % said["opaque"] if "opaque" in said else ""
    head = box.curl("-s", "-o", "/dev/null", "-D", "-", "-H", "Authorization: " + field, box.url(path)).stdout
    return head.split()[1], head


def challenge_of(box, path):
    return box.curl("-s", "-o", "/dev/null", "-D", "-", box.url(path)).stdout


@test
def a_digest_opens_the_door_in_every_worker_and_after_a_reload(box):
    file = box.path / "digests"
    file.write_text("anna:Members only:%s\n" % md5("anna", "Members only", "secret"))
    for name in ("index.html", "once/a", "counted/a", "short/a"):
        box.page(name, "members only\n")
    box.config(TLS + DIGEST % (box.htdocs, file)).start()
    digest = ("--digest", "-u", "anna:secret")
    assert status(box, *digest) == "200"
    assert status(box, "--digest", "-u", "anna:wrong") == "401"
    kept = challenge_of(box, "/index.html")
    for _ in range(6):
        code, head = proof(box, "/index.html", kept)
        assert code == "200" and "rspauth=" in head, head
    assert proof(box, "/", kept)[0] == "200"  # its index is looked up on its behalf
    once = challenge_of(box, "/once/a")
    code, head = proof(box, "/once/a", once)
    assert code == "200" and "nextnonce=" in head, head
    code, head = proof(box, "/once/a", once)
    assert code == "401" and "stale=true" in head, head
    counted = challenge_of(box, "/counted/a")
    codes = [proof(box, "/counted/a", counted, count)[0] for count in ("00000001", "00000001", "00000003", "00000002")]
    assert codes == ["200", "401", "200", "401"], codes
    short = challenge_of(box, "/short/a")
    box.config(TLS + DIGEST % (box.htdocs, file) + "Header set X-Generation two\n")
    assert box.run("-k", "graceful").returncode == 0
    eventually(
        lambda: "x-generation: two" in proof(box, "/index.html", kept)[1].lower(),
        "the second generation",
    )
    assert proof(box, "/index.html", kept)[0] == "200"
    eventually(lambda: "stale=true" in proof(box, "/short/a", short)[1], "a nonce that is too old")


@test
def a_file_of_htdbm_knows_users_and_groups(box):
    file = box.path / "members"
    for user, groups in (("anna", "staff,admins"), ("bob", "staff")):
        create = [] if user == "bob" else ["-c"]
        done = command(need("htdbm"), "-TSDBM", *create, "-bmt", file, user, "secret", groups)
        assert done.returncode == 0, done.stderr
    for suffix in (".pag", ".dir"):
        file.with_name("members" + suffix).chmod(0o644)
    rules = "AuthDBMUserFile %s\nAuthDBMType SDBM\nAuthDBMGroupFile %s\nAuthzDBMType SDBM\n" % (file, file)
    basic = "AuthType Basic\nAuthName x\nAuthBasicProvider dbm\n"
    box.page("index.html", "members only\n")
    box.config(TLS + "<Location />\n" + basic + rules + "Require dbm-group admins\n</Location>\n").start()
    assert status(box, "-u", "anna:secret") == "200"
    assert status(box, "-u", "anna:wrong") == "401"
    assert status(box, "-u", "bob:secret") == "401"
    assert status(box, "-u", "zoe:secret") == "401"
    assert "AH01801: Authorization of user bob" in box.said()
