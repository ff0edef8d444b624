"""Does a server do what is asked of it, before anything is measured?"""

import http.client
import os
import socket
import ssl

from peers.common import FILES, HOST


def verify(ctx, peer):
    """Does the server do what is asked of it?  {check: "ok" or what went wrong}"""
    res = {}

    def check(name, f):
        try:
            res[name] = f() or "ok"
        except Exception as e:  # every failure is a finding
            res[name] = "%s: %s" % (type(e).__name__, e)

    def connect(port, version, alpn):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        c.check_hostname = False
        c.verify_mode = ssl.CERT_NONE
        c.minimum_version = c.maximum_version = version
        c.set_alpn_protocols(alpn)
        s = socket.create_connection((HOST, port), timeout=10)
        return c.wrap_socket(s, server_hostname="localhost")

    def params(port, version, alpn, want):
        with connect(port, version, alpn) as t:
            got = (t.version(), t.cipher()[0], t.selected_alpn_protocol())
        return None if got == want else "got %r, wanted %r" % (got, want)

    def bodies(conf):
        names = [n for n, size in FILES.items() if peer.static or size <= 10240]
        h = http.client.HTTPSConnection(HOST, conf.https_port, timeout=30,
                                        context=ssl._create_unverified_context())
        try:
            for n in names:
                h.request("GET", "/" + n, headers={"Host": "localhost"})
                r = h.getresponse()
                with open(os.path.join(ctx.docroot, n), "rb") as f:
                    while True:
                        a, b = r.read(1 << 20), f.read(1 << 20)
                        if a != b:
                            return "%s: wrong body" % n
                        if not a:
                            break
                if r.status != 200:
                    return "%s: status %d" % (n, r.status)
            h.request("GET", "/no-such-file", headers={"Host": "localhost"})
            r = h.getresponse()
            r.read()
            return None if r.status == 404 else "404 expected, got %d" % r.status
        finally:
            h.close()

    def hs(srv, want, **kw):
        opts = ["--n", "20", "--conc", "2", "--group", kw.get("group", "X25519")]
        if kw.get("resume"):
            opts += ["--resume", kw["resume"]]
        j = ctx.load(srv, "hs", *opts, tls=kw.get("tls", "1.3"), seconds=3)
        if j["errors"]["total"]:
            return j["last_error"] or str(j["errors"])
        if kw.get("resume") and j["resumed"] != j["launched"]:
            return "%d of %d resumed" % (j["resumed"], j["launched"])
        if j["unclean"]:
            return "ok (%d of %d closed by reset)" % (j["unclean"], j["launched"])
        bad = ["%s=%s" % (k, j[k]) for k, v in want.items() if j[k] != v]
        return ", ".join(bad) or None

    V = ssl.TLSVersion
    with ctx.serve(peer) as srv:
        p = srv.conf.https_port
        e12 = "ECDHE-ECDSA-AES128-GCM-SHA256"
        check("tls13", lambda: params(p, V.TLSv1_3, ["http/1.1"],
                                      ("TLSv1.3", "TLS_AES_128_GCM_SHA256", "http/1.1")))
        check("tls12", lambda: params(p, V.TLSv1_2, ["http/1.1"],
                                      ("TLSv1.2", e12, "http/1.1")))
        if peer.h2:
            check("alpn_h2", lambda: params(p, V.TLSv1_3, ["h2", "http/1.1"],
                                            ("TLSv1.3", "TLS_AES_128_GCM_SHA256", "h2")))
        check("bodies", lambda: bodies(srv.conf))
        check("x25519", lambda: hs(srv, {"group": "x25519"}))
        check("p256", lambda: hs(srv, {"group": "secp256r1"}, group="P-256"))
        check("ticket13", lambda: hs(srv, {}, resume="ticket"))
        check("ticket12", lambda: hs(srv, {}, resume="ticket", tls="1.2"))
        check("session_id12", lambda: hs(srv, {}, resume="id", tls="1.2"))
    with ctx.serve(peer, cert="rsa") as srv:
        check("rsa", lambda: hs(srv, {"peer_key": "RSA-2048"}))
    return res
