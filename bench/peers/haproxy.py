"""HAProxy: serves no files, bodies come from memory."""

import os

from peers.common import FILES, GROUPS, HOST, Peer, TLS12_CIPHERS, TLS13_CIPHERS


class HAProxy(Peer):
    name = "haproxy"
    binary = "haproxy"
    static = False
    note = "no static files: small bodies come from memory (http-request return)"

    def version(self):
        return self._first_line("-v").split(" - ")[0]

    def write(self, conf):
        log = "    log stdout format raw local0\n" if conf.access_log else ""
        fe_log = "    log global\n    option httplog\n" if conf.access_log else ""
        if conf.vhosts:
            lst = conf.put("crt-list.txt", "".join(
                "%s %s\n" % (pem, name) for name, _, _, pem in conf.vh()))
            crt = "crt-list " + lst
        else:
            crt = "crt " + conf.pem
        rules = "".join(
            "    http-request return status 200 content-type text/plain file %s if { path /%s }\n"
            % (os.path.join(conf.docroot, n), n)
            for n, size in FILES.items() if size <= 10240)
        f = conf.put("haproxy.cfg", '''global
    nbthread %(w)d
    maxconn %(mc)d
    tune.ssl.default-dh-param 2048
    tune.bufsize 16384
    ssl-default-bind-ciphers %(c12)s
    ssl-default-bind-ciphersuites %(c13)s
    ssl-default-bind-options ssl-min-ver TLSv1.2
%(log)s
defaults
    mode http
    option http-keep-alive
    timeout client 3600s
    timeout http-request 300s
    timeout http-keep-alive 3600s
    timeout connect 5s
    timeout server 60s
    maxconn %(mc)d
%(felog)s
frontend plain
    bind %(host)s:%(hp)d backlog 4096
%(rules)s    http-request return status 404

frontend tls
    bind %(host)s:%(sp)d backlog 4096 ssl %(crt)s alpn h2,http/1.1 curves %(groups)s
%(rules)s    http-request return status 404
''' % {"w": conf.workers, "mc": conf.max_conns, "c12": TLS12_CIPHERS, "c13": TLS13_CIPHERS,
            "log": log, "felog": fe_log, "host": HOST, "hp": conf.http_port,
            "sp": conf.https_port, "crt": crt, "rules": rules, "groups": GROUPS})
        return [self.exe(), "-db", "-f", f]
