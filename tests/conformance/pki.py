"""The certificates of a run, made once with the openssl command: authorities, servers, clients, CRLs.

    root ── server (ECDSA), rsa, a, b        ca.pem        the root
      ├──── good, utf8, revoked, expired     chain.pem     the root and the intermediate
      └──── intermediate ── deep, deeprevoked   other.pem     a root that nobody trusts ── other
    selfsigned                               ocsp.pem      may sign OCSP answers for the root

A server is NAME.pem (with its chain) and NAME.key; a client is clients/NAME.pem (certificate, chain and key).
cas/ and crls/ have OpenSSL's hash links. ca.crl and intermediate.crl name what is revoked, expired.crl is out of date.
`index.txt` and `ocsp.pem` are for `openssl ocsp`.
"""

import datetime
import pathlib
import ssl
import subprocess

SUBJECT = "/C=DE/ST=Berlin/L=Mitte/O=Signet Test/OU=Unit"
YEAR = ("20240101000000Z", "20990101000000Z")
PAST = ("20200101000000Z", "20210101000000Z")

CONFIG = """[ca]
default_ca = root
[root]
database = index.txt
new_certs_dir = issued
serial = serial
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_crl_days = 3650
policy = anything
copy_extensions = none
unique_subject = no
email_in_dn = yes
preserve = yes
[intermediate]
database = index2.txt
new_certs_dir = issued
serial = serial
certificate = intermediate.pem
private_key = intermediate.key
default_md = sha256
default_crl_days = 3650
policy = anything
unique_subject = no
email_in_dn = yes
preserve = yes
[anything]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
userId = optional
emailAddress = optional
[req]
distinguished_name = dn
[dn]
[v3_ca]
basicConstraints = critical,CA:true
keyUsage = keyCertSign,cRLSign
subjectKeyIdentifier = hash
[v3_server]
basicConstraints = CA:false
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost,DNS:*.example,IP:127.0.0.1,email:admin@localhost
[v3_client]
basicConstraints = CA:false
extendedKeyUsage = clientAuth
[v3_good]
basicConstraints = CA:false
extendedKeyUsage = clientAuth
nsComment = a comment
subjectAltName = email:good@client.example,email:second@client.example,DNS:client.example,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:good@upn.example
[v3_ocsp]
basicConstraints = CA:false
extendedKeyUsage = OCSPSigning
"""


class Pki:
    """`path` holds everything; it lives as long as the run's folder."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        for folder in ("", "issued", "clients", "cas", "crls"):
            (self.path / folder).mkdir(mode=0o755, exist_ok=True)
        (self.path / "openssl.cnf").write_text(CONFIG)
        (self.path / "serial").write_text("1001\n")
        for index in ("index.txt", "index2.txt"):
            (self.path / index).write_text("")
        self.authorities()
        self.servers()
        self.clients()
        self.revocations()
        for folder in ("cas", "crls"):
            self.openssl("rehash", folder)

    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.path, check=True, stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=60)

    def key(self, name, *kind):
        kind = kind or ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.openssl("genpkey", *kind, "-out", name + ".key")

    def self_signed(self, name, subject, extensions):
        self.key(name)
        self.openssl("req", "-x509", "-config", "openssl.cnf", "-key", name + ".key", "-out", name + ".pem", "-utf8",
                     "-subj", subject, "-days", "3650", "-extensions", extensions)

    def issue(self, name, subject, extensions, issuer="root", dates=YEAR, kind=()):
        self.key(name, *kind)
        self.openssl("req", "-new", "-utf8", "-config", "openssl.cnf", "-key", name + ".key", "-out", name + ".csr",
                     "-subj", subject)
        self.openssl("ca", "-batch", "-utf8", "-config", "openssl.cnf", "-name", issuer, "-notext",
                     "-extensions", extensions, "-startdate", dates[0], "-enddate", dates[1],
                     "-in", name + ".csr", "-out", name + ".pem")

    def text(self, *names):
        return "".join((self.path / name).read_text() for name in names)

    def authorities(self):
        self.self_signed("ca", "/O=Signet Test/CN=Signet Test Root", "v3_ca")
        self.self_signed("other", "/O=Other/CN=Other Root", "v3_ca")
        self.issue("intermediate", "/O=Signet Test/CN=Signet Test Intermediate", "v3_ca")
        (self.path / "chain.pem").write_text(self.text("ca.pem", "intermediate.pem"))
        for name in ("ca.pem", "intermediate.pem"):
            (self.path / "cas" / name).write_text(self.text(name))

    def servers(self):
        for name in ("server", "a", "b"):
            self.issue(name, "/O=Signet Test/CN=%s" % {"server": "localhost"}.get(name, name + ".example"),
                       "v3_server")
        self.issue("rsa", "/O=Signet Test/CN=localhost", "v3_server",
                   kind=("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"))
        self.issue("ocsp", "/O=Signet Test/CN=OCSP", "v3_ocsp")

    def clients(self):
        self.client("good", SUBJECT + "/CN=Good Client/emailAddress=good@client.example", "v3_good")
        self.client("utf8", "/O=Prüf GmbH/OU=Eins/OU=Zwei/CN=Jürgen, \"Jott\" <x>", "v3_client")
        self.client("revoked", SUBJECT + "/CN=Revoked Client", "v3_client")
        self.client("expired", SUBJECT + "/CN=Expired Client", "v3_client", dates=PAST)
        self.client("deep", SUBJECT + "/CN=Deep Client", "v3_client", issuer="intermediate")
        self.client("deeprevoked", SUBJECT + "/CN=Deep Revoked", "v3_client", issuer="intermediate")
        self.self_signed("selfsigned", SUBJECT + "/CN=Self Signed", "v3_client")
        (self.path / "clients/selfsigned.pem").write_text(self.text("selfsigned.pem", "selfsigned.key"))
        self.key("stranger")
        self.openssl("req", "-new", "-config", "openssl.cnf", "-key", "stranger.key", "-out", "stranger.csr",
                     "-subj", "/O=Other/CN=Other Client")
        self.openssl("x509", "-req", "-in", "stranger.csr", "-CA", "other.pem", "-CAkey", "other.key",
                     "-set_serial", "7", "-days", "3650", "-out", "stranger.pem")
        (self.path / "clients/other.pem").write_text(self.text("stranger.pem", "stranger.key"))

    def client(self, name, subject, extensions, issuer="root", dates=YEAR):
        self.issue(name, subject, extensions, issuer, dates)
        chain = ["intermediate.pem"] if issuer == "intermediate" else []
        (self.path / "clients" / (name + ".pem")).write_text(self.text(name + ".pem", *chain, name + ".key"))

    def revocations(self):
        for issuer, name in (("root", "revoked"), ("intermediate", "deeprevoked")):
            self.openssl("ca", "-config", "openssl.cnf", "-name", issuer, "-revoke", name + ".pem")
        for issuer, name, extra in (("root", "ca", ()), ("intermediate", "intermediate", ()),
                                    ("root", "expired", ("-crl_lastupdate", PAST[0], "-crl_nextupdate", PAST[1]))):
            self.openssl("ca", "-config", "openssl.cnf", "-name", issuer, "-gencrl", *extra, "-out", name + ".crl")
        (self.path / "all.crl").write_text(self.text("ca.crl", "intermediate.crl"))
        for name in ("ca.crl", "intermediate.crl"):
            (self.path / "crls" / name).write_text(self.text(name))

    def old_response(self):
        """old.der: about good.pem, 250 seconds old, and good until 200 seconds ago."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.x509 import ocsp

        good, issuer, signer = (x509.load_pem_x509_certificate((self.path / name).read_bytes())
                                for name in ("good.pem", "ca.pem", "ocsp.pem"))
        key = serialization.load_pem_private_key((self.path / "ocsp.key").read_bytes(), None)
        now = datetime.datetime.now(datetime.timezone.utc)
        response = ocsp.OCSPResponseBuilder().add_response(
            good, issuer, hashes.SHA1(), ocsp.OCSPCertStatus.GOOD, now - datetime.timedelta(seconds=250),
            now - datetime.timedelta(seconds=200), None, None
        ).responder_id(ocsp.OCSPResponderEncoding.HASH, signer).certificates([signer]).sign(key, hashes.SHA256())
        (self.path / "old.der").write_bytes(response.public_bytes(serialization.Encoding.DER))

    def name_of(self, der):
        """Which server certificate that is."""
        for name in ("server", "rsa", "a", "b"):
            if ssl.PEM_cert_to_DER_cert(self.text(name + ".pem")) == der:
                return name
        return "unknown" if der else "none"

