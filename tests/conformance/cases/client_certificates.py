"""Client certificates: who is asked, who is good, what a directory may ask for later."""

import base64

from dsl import TLS, Family, Site, accepts, fails, get, over, raw, rejects, request, s_client

TREE = {"a.txt": "text\n", "b/b.txt": "b\n", "c/c.txt": "c\n", "d/d.txt": "d\n"}
CA = 'SSLCACertificateFile "@PKI@/ca.pem"\n'
LOG = '"%r" %>s %b %u %{SSL_CLIENT_VERIFY}x %{SSL_CLIENT_S_DN_CN}x'


def site(config, exchanges, **options):
    options.setdefault("tree", TREE)
    options.setdefault("log", LOG)
    return Site(config, exchanges, options.pop("tree"), tls=options.pop("tls", True), **options)


def a(**client):
    return over(get("/a.txt"), **client)


def b(**client):
    return over(get("/b/b.txt"), **client)


def c(**client):
    return over(get("/c/c.txt"), **client)


def later(**client):
    """A TLS 1.3 client that lets itself be asked after the handshake."""
    return dict(client, version="1.3", post_handshake_auth=True)


OF_A_SERVER = [
    Family("SSLVerifyClient require", [
        site(CA + "SSLVerifyClient require", [
            a(version="1.2", certificate="good"),
            a(version="1.3", certificate="good"),
            fails(a(version="1.2")),
            fails(a(version="1.3")),
            fails(a(version="1.2", certificate="other")),
            fails(a(version="1.3", certificate="other")),
            fails(a(version="1.2", certificate="expired")),
            fails(a(version="1.3", certificate="selfsigned")),
            a(version="1.2", certificate="good", again={}),
            a(version="1.3", certificate="good", again={}),
        ], errors="error"),
    ]),
    Family("SSLVerifyClient optional", [
        site(CA + "SSLVerifyClient optional", [
            a(version="1.2"),
            a(version="1.3"),
            a(version="1.2", certificate="good"),
            a(version="1.3", certificate="utf8"),
            fails(a(version="1.2", certificate="other")),
            fails(a(version="1.3", certificate="expired")),
            a(version="1.3", again={}),
        ]),
        site("", [rejects("no such mode", TLS + "SSLVerifyClient maybe"),
                  rejects("no mode", TLS + "SSLVerifyClient")]),
    ]),
    Family("SSLVerifyClient optional_no_ca", [
        site(CA + "SSLVerifyClient optional_no_ca", [
            a(version="1.2"),
            a(version="1.2", certificate="good"),
            a(version="1.2", certificate="other"),
            a(version="1.3", certificate="other"),
            a(version="1.2", certificate="selfsigned"),
            a(version="1.3", certificate="selfsigned"),
            fails(a(version="1.2", certificate="expired")),
            # What is known of the certificate when its session is resumed; TLS 1.2: docs/differences.md.
            a(version="1.3", certificate="other", again={}),
            a(version="1.2", certificate="good", again={}),
        ]),
    ]),
    Family("Client verification, log", [
        site(CA + "SSLVerifyClient optional_no_ca\nSSLVerifyDepth 5", [
            a(version="1.2", certificate="good"),
            a(version="1.2", certificate="other"),
            a(version="1.3", certificate="deep"),
            a(version="1.3", certificate="utf8"),
            fails(over(get("/none.txt"), version="1.3")),
        ], errors="warn ssl:debug socache_shmcb:warn"),
    ]),
    Family("SSLVerifyDepth", [
        site(CA + "SSLVerifyClient require", [fails(a(version="1.2", certificate="deep")),
                                              fails(a(version="1.3", certificate="deep"))]),
        site(CA + "SSLVerifyClient require\nSSLVerifyDepth 2", [a(version="1.2", certificate="deep"),
                                                                a(version="1.3", certificate="deep")]),
        site(CA + "SSLVerifyClient require\nSSLVerifyDepth 0", [fails(a(version="1.2", certificate="good"))]),
        site("", [accepts("no number", TLS + "SSLVerifyDepth many"), rejects("less than none", TLS + "SSLVerifyDepth -1"),
                  rejects("no depth", TLS + "SSLVerifyDepth")]),
    ]),
    Family("SSLCACertificate…, SSLCADNRequest…", [
        site('SSLVerifyClient optional\nSSLCACertificateFile "@PKI@/chain.pem"',
             [s_client("names of a file", "-tls1_2", shows=r"^(Acceptable|No client|O = |C = )|^subject")]),
        site('SSLVerifyClient require\nSSLVerifyDepth 3\nSSLCACertificatePath "@PKI@/cas"', [
            s_client("names of a path", "-tls1_2", shows=r"^(Acceptable|No client|O = |C = )"),
            a(version="1.2", certificate="deep"), fails(a(version="1.3", certificate="other"))]),
        site(CA + 'SSLVerifyClient optional\nSSLCADNRequestFile "@PKI@/other.pem"', [
            s_client("other names", "-tls1_2", shows=r"^(Acceptable|No client|O = |C = )"), a(certificate="good")]),
        site(CA + 'SSLVerifyClient optional\nSSLCADNRequestPath "@PKI@/cas"',
             [s_client("names of another path", "-tls1_3", shows=r"^(Acceptable|No client|O = |C = )")]),
        site("", [rejects("no such file", TLS + 'SSLCACertificateFile "@PKI@/none.pem"'),
                  rejects("no such path", TLS + 'SSLCACertificatePath "@PKI@/none"')]),
    ]),
    Family("SSLCARevocation…", [
        site(CA + 'SSLVerifyClient require\nSSLCARevocationFile "@PKI@/ca.crl"\nSSLCARevocationCheck leaf', [
            a(version="1.2", certificate="good"), fails(a(version="1.2", certificate="revoked")),
            fails(a(version="1.3", certificate="revoked"))]),
        site(CA + 'SSLVerifyClient require\nSSLCARevocationFile "@PKI@/ca.crl"', [a(version="1.2", certificate="revoked")]),
        site(CA + 'SSLVerifyClient require\nSSLVerifyDepth 3\nSSLCARevocationPath "@PKI@/crls"\nSSLCARevocationCheck chain', [
            a(version="1.2", certificate="deep"), fails(a(version="1.3", certificate="deeprevoked")),
            fails(a(version="1.2", certificate="revoked"))]),
        site(CA + 'SSLVerifyClient optional\nSSLCARevocationFile "@PKI@/expired.crl"\nSSLCARevocationCheck leaf', [
            fails(a(version="1.2", certificate="good")), a(version="1.3")]),
    ]),
    Family("SSLCARevocationCheck", [
        site(CA + 'SSLVerifyClient require\nSSLVerifyDepth 3\nSSLCARevocationFile "@PKI@/ca.crl"\nSSLCARevocationCheck chain', [
            fails(a(version="1.2", certificate="deep")), a(version="1.2", certificate="good")]),
        site(CA + 'SSLVerifyClient require\nSSLVerifyDepth 3\nSSLCARevocationFile "@PKI@/intermediate.crl"\n'
             'SSLCARevocationCheck chain no_crl_for_cert_ok', [
            a(version="1.2", certificate="deep"), a(version="1.3", certificate="good"),
            fails(a(version="1.2", certificate="deeprevoked"))]),
        site("", [rejects("no such check", TLS + "SSLCARevocationCheck maybe"), rejects("no check", TLS + "SSLCARevocationCheck"),
                  rejects("no such flag", TLS + "SSLCARevocationCheck leaf maybe"),
                  rejects("no such file", TLS + 'SSLCARevocationFile "@PKI@/none.crl"')]),
    ]),
]

HOSTS = """<VirtualHost *:@PORT@>
    ServerName localhost
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName a.example
    SSLCACertificateFile "@PKI@/ca.pem"
    SSLVerifyClient require
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName b.example
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName c.example
    SSLCertificateFile "@PKI@/b.pem"
    SSLCertificateKeyFile "@PKI@/b.key"
</VirtualHost>
"""


def host(name, **client):
    return over(get("/a.txt", "Host: " + name), **client)


VHOSTS = [
    Family("SNI and Host", [
        site(HOSTS, [
            host("b.example", sni="localhost"),
            fails(host("a.example", sni="localhost")),
            fails(host("a.example", sni="localhost", certificate="good", version="1.2")),
            host("a.example", sni="a.example", certificate="good"),
            fails(host("localhost", sni="a.example", certificate="good")),
            fails(host("c.example", sni="localhost")),
            fails(host("a.example", sni=None)),
            host("b.example", sni=None),
            host("unknown.example", sni="unknown.example"),
            fails(host("a.example", sni="unknown.example")),
        ], errors="error"),
    ]),
    Family("SSLVHostSNIPolicy", [
        site("SSLVHostSNIPolicy strict\n" + HOSTS, [fails(host("b.example", sni="localhost")), host("localhost", sni="localhost")],
             errors="error"),
        site("SSLVHostSNIPolicy authonly\n" + HOSTS, [host("c.example", sni="localhost"), fails(host("a.example", sni="localhost"))],
             errors="error"),
        site("SSLVHostSNIPolicy insecure\n" + HOSTS, [host("a.example", sni="localhost"), host("c.example", sni="localhost")]),
        site("SSLStrictSNIVHostCheck on\n" + HOSTS, [fails(host("localhost", sni=None)), host("b.example", sni="b.example")],
             errors="error"),
        site("", [rejects("no such policy", TLS + "SSLVHostSNIPolicy lax")]),
    ]),
    Family("Sessions and client policies", [
        site(HOSTS, [
            over(get("/a.txt"), version="1.2", sni="localhost", again={}),
            fails(over(get("/a.txt"), version="1.2", sni="localhost", again={"sni": "a.example"})),
            fails(over(get("/a.txt"), version="1.3", sni="localhost", again={"sni": "a.example"})),
            over(get("/a.txt", "Host: a.example"), version="1.2", sni="a.example", certificate="good", again={}),
            over(get("/a.txt", "Host: a.example"), version="1.3", sni="a.example", certificate="good", again={}),
        ]),
    ]),
]

LATER = CA + """<Location /b>
    SSLVerifyClient require
</Location>
<Location /c>
    SSLVerifyClient optional
</Location>
"""
TWICE = b"GET /b/b.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"


def post(path, size, *headers):
    return request("POST %s HTTP/1.1" % path, *headers, body=b"x" * size)


def ocsp(check, url="http://127.0.0.1:@OCSP@/", mode="require", more=""):
    asked = 'SSLOCSPDefaultResponder "%s"\n' % url if url else ""
    return CA + "SSLVerifyClient %s\nSSLVerifyDepth 3\nSSLOCSPEnable %s\n%s%s" % (mode, check, asked, more)


def same(exchange):
    return exchange


OCSP = [
    Family("SSLOCSPEnable", [
        site(ocsp("leaf"), [
            a(version="1.2", certificate="good"), a(version="1.3", certificate="good"),
            fails(a(version="1.2", certificate="revoked")), fails(a(version="1.3", certificate="revoked")),
            fails(a(version="1.2", certificate="deep")), fails(a(version="1.3", certificate="other")),
            a(version="1.2", certificate="good", again={}), a(version="1.3", certificate="good", again={}),
        ], beside=("ocsp",)),
    ]),
    Family("SSLOCSPEnable on, off", [
        site(ocsp("on"), [a(version="1.3", certificate="utf8"), fails(a(version="1.2", certificate="deep"))],
             beside=("ocsp",)),
        site(ocsp("off"), [a(version="1.2", certificate="revoked"), a(version="1.3", certificate="revoked")],
             beside=("ocsp",)),
    ]),
    Family("SSLOCSPEnable, who need not show a certificate", [
        site(ocsp("leaf", mode="optional"), [a(version="1.3"), a(version="1.2", certificate="good"),
                                             fails(a(version="1.2", certificate="revoked"))], beside=("ocsp",)),
        site(ocsp("leaf", mode="optional_no_ca"), [
            a(version="1.2"), a(version="1.2", certificate="good"), fails(a(version="1.2", certificate="selfsigned")),
            fails(a(version="1.3", certificate="other"))], beside=("ocsp",)),
    ]),
    Family("SSLOCSPEnable, nobody answers", [
        site(ocsp("leaf", "http://127.0.0.1:1/"), [fails(a(version="1.2", certificate="good")),
                                                   fails(a(version="1.3", certificate="good"))]),
        site(ocsp("leaf", ""), [fails(a(version="1.2", certificate="good")), fails(a(version="1.3", certificate="good"))]),
        site(ocsp("leaf no_ocsp_for_cert_ok", ""), [a(version="1.2", certificate="good"), a(version="1.3", certificate="deep")]),
    ]),
    Family("SSLOCSPEnable, a directory asks", [
        site("SSLOCSPEnable leaf\nSSLOCSPDefaultResponder http://127.0.0.1:@OCSP@/\n" + CA
             + "<Location /b>\nSSLVerifyClient require\n</Location>", [
            a(version="1.2"), b(version="1.2", certificate="good"), fails(b(version="1.2", certificate="revoked")),
            b(version="1.3", certificate="good", post_handshake_auth=True),
            fails(b(version="1.3", certificate="revoked", post_handshake_auth=True)),
            over(post("/b/b.txt", 1000), version="1.2", certificate="good"),
        ], beside=("ocsp",)),
    ]),
    Family("SSLOCSPEnable, log", [
        site(ocsp("leaf", mode="optional"), [a(version="1.2", certificate="good"),
                                             fails(over(get("/none.txt"), version="1.3"))],
             errors="warn ssl:info socache_shmcb:warn", beside=("ocsp",)),
    ]),
    Family("SSLOCSP…, an old answer", [
        site(ocsp("leaf", "http://127.0.0.1:@OLDOCSP@/", more="SSLOCSPUseRequestNonce off\n" + more), [
            judge(a(version=version, certificate="good")) for version in ("1.2", "1.3")], beside=("oldocsp",))
        for more, judge in (("", same), ("SSLOCSPResponseTimeSkew 0", fails), ("SSLOCSPResponseMaxAge 200", fails),
                            ("SSLOCSPResponseMaxAge 280", same))
    ]),
    Family("SSLOCSP…", [
        site(ocsp("leaf", more="SSLOCSPUseRequestNonce off\nSSLOCSPNoverify on\nSSLOCSPResponseMaxAge 100\n"
                  "SSLOCSPResponseTimeSkew 10\nSSLOCSPResponderTimeout 5\nSSLOCSPOverrideResponder on"), [
            a(version="1.2", certificate="good"), fails(a(version="1.3", certificate="revoked"))], beside=("ocsp",)),
        site("", [
            rejects("no such check", TLS + "SSLOCSPEnable maybe"), rejects("no such flag", TLS + "SSLOCSPEnable leaf maybe"),
            rejects("no check", TLS + "SSLOCSPEnable"), rejects("skew", TLS + "SSLOCSPResponseTimeSkew -1"),
            rejects("timeout", TLS + "SSLOCSPResponderTimeout -1"),
            rejects("no age", TLS + "SSLOCSPResponseMaxAge -1"),
        ]),
    ]),
]

OF_A_DIRECTORY = [
    Family("SSLVerifyClient of a directory, TLS 1.2", [
        site(LATER, [
            a(version="1.2", certificate="good"),
            b(version="1.2", certificate="good"),
            fails(b(version="1.2")),
            fails(b(version="1.2", certificate="other")),
            fails(b(version="1.2", certificate="expired")),
            c(version="1.2"),
            c(version="1.2", certificate="good"),
            fails(c(version="1.2", certificate="other")),
            over(post("/b/b.txt", 1000), version="1.2", certificate="good"),
            over(raw("twice", TWICE + TWICE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), ("GET",)), version="1.2",
                 certificate="good"),
        ]),
    ]),
    Family("SSLVerifyClient of a directory, TLS 1.3", [
        site(LATER, [
            a(**later(certificate="good")),
            b(**later(certificate="good")),
            fails(b(version="1.3", certificate="good")),
            fails(b(**later())),
            fails(b(**later(certificate="other"))),
            c(**later()),
            c(**later(certificate="good")),
            fails(c(version="1.3", certificate="good")),
            over(post("/b/b.txt", 1000), **later(certificate="good")),
            over(post("/b/b.txt", 1000, "Expect: 100-continue"), **later(certificate="good")),
        ]),
    ]),
    Family("SSLVerifyClient of a directory, log", [
        site(LATER, [
            b(version="1.2", certificate="good"),
            c(version="1.2"),
            b(**later(certificate="good")),
        ], errors="warn ssl:info"),
        site(LATER, [
            fails(b(**later(certificate="other"))),
            fails(b(**later(certificate="deep"))),
        ], errors="warn"),
    ]),
    Family("SSLRenegBufferSize", [
        site(CA + "<Location /b>\nSSLVerifyClient require\nSSLRenegBufferSize 10\n</Location>\n"
             "<Location /c>\nSSLVerifyClient require\nSSLRenegBufferSize 0\n</Location>\n", [
            over(post("/b/b.txt", 10), version="1.2", certificate="good"),
            fails(over(post("/b/b.txt", 11), version="1.2", certificate="good")),
            over(post("/b/b.txt", 10), **later(certificate="good")),
            fails(over(post("/b/b.txt", 11), **later(certificate="good"))),
            fails(over(post("/c/c.txt", 1), version="1.2", certificate="good")),
            c(version="1.2", certificate="good"),
        ], errors="error"),
        site("", [rejects("less than none", TLS + "<Location /b>\nSSLRenegBufferSize -1\n</Location>")]),
    ]),
    Family("SSLVerifyDepth of a directory", [
        site(CA + "SSLVerifyClient optional\nSSLVerifyDepth 3\n"
             "<Location /b>\nSSLVerifyClient require\nSSLVerifyDepth 1\n</Location>\n"
             "<Location /c>\nSSLVerifyClient none\n</Location>", [
            a(version="1.2", certificate="deep"),
            fails(b(version="1.2", certificate="deep")),
            b(version="1.2", certificate="good"),
            c(version="1.2", certificate="deep"),
            c(version="1.3", certificate="good"),
            a(version="1.3", certificate="deep"),
        ]),
    ]),
    Family("SSLVerifyClient in .htaccess", [
        site(CA + "<Directory @ROOT@>\nAllowOverride AuthConfig\n</Directory>", [
            b(version="1.2", certificate="good"),
            fails(b(version="1.2")),
            b(**later(certificate="good")),
            fails(b(**later())),
            fails(b(version="1.3")),
            a(version="1.2"),
        ], tree={**TREE, "b/.htaccess": "SSLVerifyClient require\n"}),
    ]),
    Family("SSLCipherSuite of a directory", [
        site("SSLCipherSuite ECDHE+AESGCM\n<Location /b>\nSSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256\n</Location>\n"
             "<Location /c>\nSSLCipherSuite AES128-SHA\n</Location>\n"
             "<Location /d>\nSSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256\nSSLOptions +OptRenegotiate\n</Location>", [
            b(version="1.2"),
            b(version="1.2", suites="ECDHE-ECDSA-AES128-GCM-SHA256"),
            fails(b(version="1.2", suites="ECDHE-ECDSA-AES256-GCM-SHA384")),
            b(version="1.3"),
            fails(c(version="1.2")),
            over(get("/d/d.txt"), version="1.2"),
            over(get("/d/d.txt"), version="1.2", suites="ECDHE-ECDSA-AES128-GCM-SHA256"),
        ], log=LOG + " %{SSL_CIPHER}x"),
        site("", [rejects("TLS 1.3", TLS + "<Location /b>\nSSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256\n</Location>")]),
    ]),
    Family("SSLOptions +OptRenegotiate", [
        site(CA + "<Location /b>\nSSLVerifyClient require\nSSLOptions +OptRenegotiate\n</Location>\n"
             "<Location /c>\nSSLVerifyClient none\n</Location>", [
            b(version="1.2", certificate="good"),
            over(raw("b, c, b", TWICE + TWICE.replace(b"/b/b", b"/c/c") + TWICE, ("GET",)), version="1.2", certificate="good"),
            fails(b(version="1.2")),
        ]),
    ]),
]

USERS = {**TREE, "users.txt": "/C=DE/ST=Berlin/L=Mitte/O=Signet Test/OU=Unit/CN=Good Client/"
         "emailAddress=good@client.example:xxj31ZMTZzkVA\n"}
LOGIN = 'AuthType Basic\nAuthName x\nAuthUserFile "@ROOT@/users.txt"\nRequire valid-user\n'
AUTH = "mpm_event authz_core authz_host access_compat mime dir alias headers env setenvif auth_basic authn_core authn_file authz_user"


def basic(login):
    return "Authorization: Basic " + base64.b64encode(login.encode()).decode()


DNS = "%{SSL_CLIENT_VERIFY}x|%{SSL_CLIENT_S_DN}x|%{SSL_CLIENT_I_DN}x|%{SSL_SERVER_S_DN}x"

NAMES = [
    Family("SSLOptions +LegacyDNStringFormat", [
        site(CA + "SSLVerifyClient optional\nSSLOptions +LegacyDNStringFormat", [
            a(version="1.2", certificate="good"),
            a(version="1.3", certificate="utf8"),
            a(version="1.3"),
        ], log=DNS),
        site(CA + "SSLVerifyClient optional\n<Location /b>\nSSLOptions +LegacyDNStringFormat\n</Location>", [
            a(version="1.2", certificate="utf8"),
            b(version="1.2", certificate="utf8"),
            b(version="1.3", certificate="good", again={}),
        ], log=DNS),
        site("", [rejects("of Apache 2.0", TLS + "SSLOptions +LegacyDNFormat")]),
    ]),
    Family("SSLOptions +FakeBasicAuth", [
        site(CA + "SSLVerifyClient optional\n<Location /b>\nSSLOptions +FakeBasicAuth\n" + LOGIN + "</Location>\n"
             "<Location /c>\n" + LOGIN + "</Location>", [
            b(version="1.2", certificate="good"),
            b(version="1.3", certificate="good"),
            fails(b(version="1.2")),
            fails(b(version="1.2", certificate="utf8")),
            fails(over(get("/b/b.txt", basic("/C=DE/CN=x:password")), version="1.2")),
            fails(over(get("/b/b.txt", basic("/C=DE/CN=x:password")), version="1.2", certificate="good")),
            fails(over(get("/c/c.txt", basic("/C=DE/CN=x:password")), version="1.2")),
            fails(over(get("/c/c.txt", basic("/C=DE/CN=x:other")), version="1.2")),
            fails(c(version="1.2", certificate="good")),
        ], tree=USERS, modules=AUTH, errors="warn ssl:info authz_core:warn"),
    ]),
    Family("SSLUserName", [
        site(CA + "SSLVerifyClient optional\nSSLUserName SSL_CLIENT_S_DN_CN\n"
             "<Location /b>\nSSLUserName SSL_CLIENT_S_DN_Email\n</Location>\n"
             "<Location /c>\nSSLOptions +FakeBasicAuth\n" + LOGIN + "</Location>\n"
             "<Location /d>\nSSLUserName SSL_PROTOCOL\n</Location>", [
            a(version="1.2", certificate="good"),
            a(version="1.2"),
            b(version="1.3", certificate="good"),
            b(version="1.3", certificate="deep"),
            c(version="1.2", certificate="good"),
            over(get("/d/d.txt"), version="1.2"),
            fails(over(get("/none.txt"), version="1.2", certificate="good")),
        ], tree=USERS, modules=AUTH, errors="warn"),
    ]),
    Family("Require ssl-verify-client", [
        site(CA + "SSLVerifyClient optional_no_ca\n<Location /b>\nRequire ssl-verify-client\n</Location>\n"
             "<Location /c>\nRequire ssl\n</Location>\n<Location /d>\nRequire not ssl-verify-client\nRequire all granted\n"
             "</Location>", [
            b(version="1.2", certificate="good"),
            fails(b(version="1.2")),
            fails(b(version="1.2", certificate="other")),
            fails(b(version="1.3", certificate="selfsigned")),
            b(version="1.3", certificate="good"),
            c(version="1.3"),
        ], modules=AUTH),
        site("", [rejects("not", TLS + "<Location /d>\nRequire not ssl-verify-client\n</Location>"),
                  rejects("argument", TLS + "<Location /d>\nRequire ssl-verify-client yes\n</Location>")]),
    ]),
    Family("SSLOptions +StrictRequire", [
        site(CA + "SSLVerifyClient optional\n"
             "<Location /b>\nSSLOptions +StrictRequire\nSSLRequire %{SSL_CLIENT_VERIFY} eq \"SUCCESS\"\nSatisfy any\n"
             + LOGIN + "</Location>\n"
             "<Location /c>\nSSLRequire %{SSL_CLIENT_VERIFY} eq \"SUCCESS\"\nSatisfy any\n" + LOGIN + "</Location>\n"
             "<Location /d>\nSSLOptions +StrictRequire\nSSLRequireSSL\nSatisfy any\n" + LOGIN + "</Location>", [
            b(version="1.2", certificate="good"),
            fails(b(version="1.2")),
            fails(over(get("/b/b.txt", basic("jo:secret")), version="1.2")),
            c(version="1.2", certificate="good"),
            over(get("/c/c.txt", basic("jo:secret")), version="1.2"),
            fails(c(version="1.2")),
            over(get("/d/d.txt", basic("jo:secret")), version="1.3"),
        ], tree={**TREE, "users.txt": "jo:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"}, modules=AUTH),
    ]),
]
for family in NAMES:
    for one in family.sites:
        one.config = one.config.replace("Require not ssl-verify-client\nRequire all granted\n",
                                        "<RequireAll>\nRequire all granted\nRequire not ssl-verify-client\n</RequireAll>\n")


def conditions(*expressions):
    """A site that has /0.txt, /1.txt … each with one SSLRequire."""
    return "".join("<Location /%d.txt>\nSSLRequire %s\n</Location>\n" % pair for pair in enumerate(expressions))


def numbered(count, failing=(), **client):
    found = [over(get("/%d.txt" % i), **client) for i in range(count)]
    return [fails(e) if i in failing else e for i, e in enumerate(found)]


FILES = {"%d.txt" % i: "text\n" for i in range(10)}
REQUIRE = [
    Family("SSLRequire, words", [
        site(CA + "SSLVerifyClient optional\n" + conditions(
            'true', 'false', '%{SSL_PROTOCOL} eq "TLSv1.2"', '%{SSL_CLIENT_S_DN_O} == "Signet Test"',
            '%{SSL_CIPHER_USEKEYSIZE} >= 128', '%{SSL_CLIENT_S_DN_CN} in {"A", "Good Client", "B"}',
            '%{SSL_CLIENT_S_DN_CN} =~ m/^good/i', '%{SSL_CLIENT_S_DN_CN} !~ m/good/', 'not %{HTTPS} ne "on"',
            '%{SSL_CLIENT_S_DN_CN} in {"A", "B"}'),
             numbered(10, failing={1, 9}, version="1.2", certificate="good"), tree=FILES, errors="warn ssl:info"),
    ]),
    Family("SSLRequire, comparisons", [
        site(conditions(
            '"10" > "9"', '"10" lt "9"', '"abc" < "b"', '"a" lt "b" and "b" gt "a"', '"9" le "10" or false',
            '("a" eq "b") || ("a" eq "a")', '!("a" eq "b") && true', '%{REMOTE_ADDR} =~ m/^127\\./',
            '%{HTTP_HOST} eq "localhost" and %{REQUEST_METHOD} eq "GET"', '%{SSL_CIPHER} !~ m/^(EXP|NULL)/'),
             numbered(10, failing={1, 2}, version="1.3"), tree=FILES),
    ]),
    Family("SSLRequire, functions", [
        site(CA + "SSLVerifyClient optional\n" + conditions(
            '"a comment" in PeerExtList("2.16.840.1.113730.1.13")', '"another" in PeerExtList("2.16.840.1.113730.1.13")',
            '"TLS Web Client Authentication" in PeerExtList("extendedKeyUsage")', 'file("@ROOT@/0.txt") eq "text"',
            'file("@ROOT@/0.txt") =~ m/^text/', '%{ENV:X} eq ""', '%{HTTP:User-Agent} eq ""', '%{REMOTE_USER} eq ""'),
             numbered(8, failing={1}, version="1.2", certificate="good"), tree=FILES),
    ]),
    Family("SSLRequire, mistakes", [
        site("", [rejects(e or "nothing", TLS + "<Location />\nSSLRequire %s\n</Location>" % e, exit_only=True) for e in (
            "", "%{SSL_PROTOCOL} eq", "(true", "%{SSL_PROTOCOL", '"a" in {"b"', '"a" = ~ m/a/', "nofunction(1) eq 2", "true true")]),
    ]),
]

FAMILIES = OF_A_SERVER + OCSP + VHOSTS + OF_A_DIRECTORY + NAMES + REQUIRE
