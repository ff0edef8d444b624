"""Runs inside the copy of the machine (sandbox.py): certbot gets a certificate from pebble for Debian's tree on signet."""

import json
import os
import pathlib
import socket
import ssl
import subprocess

from package_visit import eventually, get, prepare_debians_tree, run, serves

NAME = "site.example"
FOLDER = pathlib.Path("/run/acme")
SITE = """<VirtualHost *:80>
    ServerName site.example
    DocumentRoot /var/www/html
    CustomLog ${APACHE_LOG_DIR}/access.log combined
</VirtualHost>
"""
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "APACHE_CONFDIR": "/etc/apache2",
    "SIGNET_HTTPD": "/run/visit/signet",
    "PEBBLE_VA_NOSLEEP": "1",
    "PEBBLE_WFE_NONCEREJECT": "0",
    "LANG": "C.UTF-8",
}


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def start_authority():
    """Pebble asks a name server that says 127.0.0.1 for every name, and knocks at port 80."""
    FOLDER.mkdir()
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    run(*made.split(), "-keyout", FOLDER / "key.pem", "-out", FOLDER / "cert.pem")
    settings = {
        "listenAddress": "127.0.0.1:14000",
        "managementListenAddress": "127.0.0.1:15000",
        "certificate": str(FOLDER / "cert.pem"),
        "privateKey": str(FOLDER / "key.pem"),
        "httpPort": 80,
        "tlsPort": 443,
    }
    (FOLDER / "pebble.json").write_text(json.dumps({"pebble": settings}))
    names = ["pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""]
    names += ["-http01", "", "-https01", "", "-tlsalpn01", ""]
    with open(FOLDER / "pebble.log", "wb") as log:
        for words in (
            names,
            ["pebble", "-config", FOLDER / "pebble.json", "-dnsserver", "127.0.0.1:8053"],
        ):
            subprocess.Popen(words, env=ENVIRONMENT, stdout=log, stderr=log)
    eventually(lambda: listens(14000), "pebble listens")


def certbot(*words):
    folders = [w for kind in ("config", "work", "logs") for w in ("--%s-dir" % kind, "/run/acme/" + kind)]
    plugin = ["--apache-ctl", "/run/visit/signetctl", "--apache-server-root", "/etc/apache2"]
    server = ["--server", "https://localhost:14000/dir", "--no-verify-ssl"]
    done = run(
        "certbot", *words, "--apache", "--non-interactive", *folders, *plugin, *server, ok=False, env=ENVIRONMENT
    )
    if done.returncode != 0:
        log = pathlib.Path("/run/acme/logs/letsencrypt.log")
        raise AssertionError(done.stdout + done.stderr + (log.read_text()[-6000:] if log.exists() else ""))
    return done.stdout


def issuer_on_the_wire():
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", 443), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname=NAME) as connection:
            der = connection.getpeercert(binary_form=True)
    said = run("openssl", "x509", "-noout", "-issuer", "-ext", "subjectAltName", input=ssl.DER_cert_to_PEM_cert(der))
    return said.stdout


prepare_debians_tree()
run("a2enmod", "-q", "rewrite")
pathlib.Path("/etc/apache2/sites-enabled/site.conf").write_text(SITE)
run("/run/visit/signetctl", "start", env=ENVIRONMENT)
eventually(serves, "signet answers")
assert "Pebble" not in issuer_on_the_wire()
start_authority()
certbot("run", "--agree-tos", "-m", "a@example.org", "-d", NAME, "--redirect")
eventually(lambda: "Pebble" in issuer_on_the_wire(), "signet serves the new certificate")
assert "DNS:" + NAME in issuer_on_the_wire()
status, headers, _ = get(headers={"Host": NAME})
assert status == 301 and dict(headers)["Location"] == "https://site.example/", (status, headers)
run("/run/visit/signetctl", "stop", env=ENVIRONMENT)
print("done")
