"""docs/first-site.md: its lines are typed as they stand there, and Chromium looks at what comes of it."""

import os
import re
import shutil
import signal

from lib import REPOSITORY, Skip, eventually, free_port, need, test
from test_browsers import CHROMIUM

PAGE = REPOSITORY / "docs/first-site.md"
PHRASE = "open sesame"


def transcript():
    """(line typed, what it printed) for each line of the page's first block."""
    block = re.search(r"```console\n(.*?)```", PAGE.read_text(), re.S).group(1)
    parts = re.split(r"^\$ ", block, flags=re.M)[1:]
    return [tuple(part.rstrip("\n").partition("\n")[::2]) for part in parts]


class Terminal:
    """A new user's shell in a new home, with signet in its PATH."""

    def __init__(self, box):
        import pexpect

        self.home = box.path / "home"
        (self.home / "bin").mkdir(parents=True)
        (self.home / "bin/signet").symlink_to(box.program)
        # As on the page, but headless, and without the sandbox that root cannot have.
        flags = " ".join(CHROMIUM) + " --dump-dom"
        wrapper = self.home / "bin/chromium"
        wrapper.write_text('#!/bin/sh\nexec %s %s "$@" 2>/dev/null\n' % (shutil.which("chromium"), flags))
        wrapper.chmod(0o755)
        environment = {
            "HOME": str(self.home),
            "SIGNET_CA": str(self.home / ".signet-ca"),  # where it is for who is not root
            "PATH": "%s:%s" % (self.home / "bin", os.environ["PATH"]),
            "PS1": "$ ",
            "TERM": "dumb",
            "NO_COLOR": "1",
        }
        os.chmod(box.path, 0o755)  # root's workers have to get to the pages
        self.shell = pexpect.spawn(
            "/bin/sh", cwd=self.home, env=environment, encoding="utf-8", timeout=60, dimensions=(40, 400), echo=False
        )
        self.shell.expect_exact("$ ")

    def type(self, line):
        """What the line prints; questions for a pass phrase are answered."""
        self.shell.sendline(line)
        said = ""
        while True:
            asked = self.shell.expect_exact(["$ ", "phrase for the authority", "The same again: "])
            said += self.shell.before
            if asked == 0:
                return said.replace("\r\n", "\n")
            said += self.shell.after
            if asked == 1:
                self.shell.expect(": ")
                said += self.shell.before + ": "
            self.shell.sendline(PHRASE)


def shape(text, home):
    """The printed text without what is another one each time."""
    text = re.sub(r"until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT", "until DATE", text.replace(home, "/home/ann"))
    return [line.rstrip() for line in text.split("\n") if line.strip()]


@test(signet_only=True, alone=True)
def the_first_site_is_made_by_the_lines_of_its_page_and_loads_in_chromium_without_warning(box):
    if not shutil.which("chromium"):
        raise Skip("chromium is not installed")
    need("certutil")
    terminal = Terminal(box)
    home, port = str(terminal.home), str(free_port())
    lines = transcript()
    assert [line.split()[0] for line, _ in lines] == ["signet", "mkdir", "signet", "signet", "signet", "chromium"], lines
    served = False
    try:
        for line, printed in lines:
            typed = line.replace("/home/ann", home).replace("8443", port)
            said = terminal.type(typed)
            if line.startswith("chromium"):
                assert "It works, over TLS." in said, said
                continue
            served |= line == "signet -f site.conf"
            assert shape(said.replace(port, "8443"), home) == shape(printed, "/home/ann"), (line, said)
            assert terminal.type("echo $?").strip() == "0", (line, said)
        log = (terminal.home / "site.log").read_text()
        assert "resuming normal operations" in log, log
        # And it was the root in the store that made the difference.
        terminal.type("certutil -d sql:$HOME/.pki/nssdb -D -n signet")
        said = terminal.type("chromium https://localhost:%s/" % port)
        assert "It works" not in said, said
    finally:
        terminal.shell.close()
        if served:
            pid = int((terminal.home / "site.pid").read_text())
            os.kill(pid, signal.SIGTERM)
            eventually(lambda: not (terminal.home / "site.pid").exists(), "the server's end")
    block = re.search(r"```apache\n(.*?)```", PAGE.read_text(), re.S).group(1)
    written = (terminal.home / "site.conf").read_text().replace(home, "/home/ann").replace(port, "8443")
    written = re.sub(r"^(User|Group) .*\n", "", written, flags=re.M)  # the page is not about root
    assert written == block, written
