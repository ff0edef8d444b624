"""What the tests of ACME have in common: a site without certificate, and looks at what it serves."""

import ssl

from lib import command, eventually

SITE = """
LogLevel md:info
MDCertificateAuthority @CA@
MDCACertificateFile @CAFILE@
MDCertificateAgreement accepted
MDContactEmail admin@example.org
MDPortMap http:@HTTP@ https:@HTTPS@
MDRehearsal off
MDRetryDelay 1s
@MORE@
<VirtualHost *:@HTTPS@>
    ServerName site.example
    ServerAlias www.site.example
    DocumentRoot "@BOX@/htdocs"
    SSLEngine on
</VirtualHost>
"""


def configure(box, pebble, more="", domain="MDomain site.example"):
    text = SITE.replace("@MORE@", domain + "\n" + more)
    text = text.replace("@CA@", pebble.url).replace("@CAFILE@", str(pebble.ca_file))
    return box.config(text)


def certificate(box, name="site.example", alpn=None):
    """Issuer and names of what is served."""
    context = ssl._create_unverified_context()
    if alpn:
        context.set_alpn_protocols(alpn)
    with box.connect(name, context=context) as connection:
        der = connection.getpeercert(binary_form=True)
    done = command(
        *"openssl x509 -noout -issuer -serial -ext subjectAltName".split(), stdin=ssl.DER_cert_to_PEM_cert(der)
    )
    return done.stdout


def served_by_pebble(box, patience=30, name="site.example"):
    def shown():
        text = certificate(box, name)
        return text if "Pebble" in text else None

    try:
        return eventually(shown, "the server shows a certificate of pebble", patience)
    except AssertionError as error:
        raise AssertionError("%s\n%s" % (error, box.said())) from error


def status(box, *more):
    done = command(box.program, "acme", "status", "-d", str(box.path), "-f", str(box.conf), *more)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def listener(box, more=""):
    """An MDMessageCmd that writes its arguments down, and what it wrote. `more`: a line of shell for the program."""
    log, program = box.path / "events.log", box.path / "listener"
    log.write_text("")
    log.chmod(0o666)
    program.write_text('#!/bin/sh\necho "$*" >> "%s"\n%s\nexit 0\n' % (log, more))
    program.chmod(0o755)
    return 'MDMessageCmd "%s"' % program, log.read_text
