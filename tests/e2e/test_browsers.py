"""A real browser, and the two commands of the README."""

import base64
import hashlib
import os
import re
import shutil
import signal
import subprocess

from lib import REPOSITORY, TLS, Skip, command, eventually, free_port, test
from wsbackend import BASE, Backend

CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--virtual-time-budget=4000",
)


def key_hash(certificate):
    """base64(SHA-256(SubjectPublicKeyInfo)), for Chromium to trust exactly this key."""
    public = command("openssl", "x509", "-in", certificate, "-pubkey", "-noout").stdout
    der = base64.b64decode("".join(public.splitlines()[1:-1]))
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


@test(alone=True)
def chromium_loads_the_sample_site_with_style_script_and_picture(box):
    chromium = shutil.which("chromium")
    if not chromium:
        raise Skip("chromium is not installed")
    shutil.rmtree(box.htdocs)
    shutil.copytree(REPOSITORY / "packaging/sample", box.htdocs)
    box.config("DirectoryIndex index.html\n" + TLS).start()
    done = command(
        chromium,
        *CHROMIUM,
        "--user-data-dir=%s/chromium" % box.path,
        "--dump-dom",
        "--ignore-certificate-errors-spki-list=" + key_hash(box.certs + "/ecdsa.crt"),
        box.url("/"),
        timeout=90,
    )
    assert "Your browser asked for this page over https." in done.stdout, (
        done.stdout[-1500:] + done.stderr[-1500:]
    )
    log = (box.path / "access.log").read_text()
    for name in ("/ ", "/style.css ", "/page.js ", "/seal.svg "):
        assert re.search(r'"GET %sHTTP/1\.1" 200 ' % re.escape(name), log) or re.search(
            r'"GET %sHTTP/2\.0" 200 ' % re.escape(name), log
        ), log


PAGE = """<!doctype html><title>h2</title><script>
const protocol = performance.getEntriesByType("navigation")[0].nextHopProtocol;
const socket = new WebSocket("wss://" + location.host + "/ws/echo");
socket.onopen = () => socket.send("hello through " + protocol);
socket.onmessage = (event) => socket.send("heard " + event.data);
</script>
"""


@test(alone=True)
def chromium_speaks_http2_and_opens_a_websocket_on_its_connection(box):
    chromium = shutil.which("chromium")
    if not chromium:
        raise Skip("chromium is not installed")
    box.page("socket.html", PAGE)
    with Backend() as backend:
        box.config(
            BASE
            + 'ProxyPass "/ws" "ws://127.0.0.1:%d/"\n' % backend.port
            + 'LogFormat "%r %{H2_STREAM_TAG}e" tag\nCustomLog "@BOX@/tag.log" tag\n'
            + TLS
        ).start()
        # Virtual time would run out before a WebSocket has said anything.
        words = [word for word in CHROMIUM if "virtual-time" not in word]
        browser = subprocess.Popen(
            [
                chromium,
                *words,
                "--user-data-dir=%s/chromium" % box.path,
                "--remote-debugging-port=0",
                "--ignore-certificate-errors-spki-list=" + key_hash(box.certs + "/ecdsa.crt"),
                box.url("/socket.html"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wanted = [b"hello through h2", b"heard hello through h2"]
            eventually(lambda: backend.messages[:2] == wanted, "two messages", 80)
        finally:
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()
        tags = eventually(
            lambda: len(
                found := re.findall(
                    r"GET (?:/ws/echo|/socket.html) HTTP/2.0 (\d+-\d+)-", (box.path / "tag.log").read_text()
                )
            )
            == 2
            and found,
            "both in the log",
        )
        assert tags[0] == tags[1], "the WebSocket is a stream of the page's connection: %r" % tags


@test(signet_only=True, alone=True)
def dev_run_serves_the_sample_site_with_the_curl_line_it_prints(box):
    if box.program != str(REPOSITORY / "build/release/signet"):
        raise Skip("the server under test is not the one that dev run builds")
    plain, tls = free_port(), free_port()
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(box.path / "state"),
        "SIGNET_HTTP_PORT": str(plain),
        "SIGNET_HTTPS_PORT": str(tls),
    }
    with open(box.path / "console.log", "wb") as console:
        box.process = subprocess.Popen(
            [str(REPOSITORY / "dev"), "run"],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
            env=environment,
        )
    line = eventually(
        lambda: re.search(r"curl --cacert \S+ https://localhost:%d/" % tls, box.said()),
        "the curl line",
        300,
    ).group(0)
    done = eventually(
        lambda: (d := command("/bin/sh", "-c", line + " -sS")).returncode == 0 and d,
        "an answer to: " + line,
        30,
    )
    assert "It works, over TLS." in done.stdout
    redirect = command("curl", "-sSi", "http://localhost:%d/x" % plain).stdout
    assert (
        redirect.startswith("HTTP/1.1 301") and "Location: https://localhost:%d/x" % tls in redirect
    ), redirect
    os.killpg(box.process.pid, signal.SIGINT)
    box.ended(20)
    assert command("curl", "-s", "http://localhost:%d/" % plain).returncode == 7, "it still answers"
