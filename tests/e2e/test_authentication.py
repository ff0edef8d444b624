"""Logging in over TLS, and what the error log says about those who cannot: fail2ban reads it."""

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
