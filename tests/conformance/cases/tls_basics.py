"""TLS itself: versions, suites, names, ALPN, sessions."""

from dsl import TLS, Family, Site, fails, get, over, rejects, s_client

TREE = {"a.txt": "text\n"}
NAMES = """NameVirtualHost_
<VirtualHost *:@PORT@>
    ServerName localhost
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName b.example
    SSLCertificateFile "@PKI@/b.pem"
    SSLCertificateKeyFile "@PKI@/b.key"
</VirtualHost>
""".replace("NameVirtualHost_\n", "")

FAMILIES = [
    Family("TLS, versions and suites", [
        Site("", [
            over(get("/a.txt"), version="1.2"),
            over(get("/a.txt"), version="1.3"),
            over(get("/a.txt"), version="1.2", suites="ECDHE-ECDSA-AES128-GCM-SHA256"),
            fails(over(get("/a.txt"), version="1.2", suites="ECDHE-RSA-AES128-GCM-SHA256")),
        ], TREE, tls=True, log='%h "%r" %>s %b %{SSL_PROTOCOL}x %{SSL_CIPHER}x %{SSL_CLIENT_VERIFY}x'),
        Site("SSLProtocol TLSv1.2", [
            over(get("/a.txt"), version="1.2"),
            fails(over(get("/a.txt"), version="1.3")),
        ], TREE, tls=True),
        Site("", [rejects("no such version", TLS + "SSLProtocol TLSv9")], tls=True),
    ]),
    Family("TLS, names and sessions", [
        Site(NAMES, [
            over(get("/a.txt"), sni="localhost"),
            over(get("/a.txt", "Host: b.example"), sni="b.example"),
            over(get("/a.txt"), sni=None),
            over(get("/a.txt"), version="1.2", again={}),
            over(get("/a.txt"), version="1.3", again={}),
            s_client("certificate of b", "-servername", "b.example", shows="^subject="),
            fails(over(get("/none.txt"), sni="b.example")),
        ], TREE, tls=True),
    ]),
]
