"""Caddy."""

from peers.common import HOST, Peer, TLS12_CIPHERS


class Caddy(Peer):
    name = "caddy"
    binary = "caddy"
    note = "Go: GOMAXPROCS = number of cores; its TLS 1.3 suites are not configurable"

    def version(self):
        return "caddy " + self._first_line("version").split(" ")[0]

    def env(self, conf):
        return {"GOMAXPROCS": str(conf.workers), "HOME": conf.dir,
                "XDG_DATA_HOME": conf.dir, "XDG_CONFIG_HOME": conf.dir}

    def write(self, conf):
        log = ("    log {\n        output file %s\n    }\n" % conf.path("access.log")
               if conf.access_log else "")
        ciphers = " ".join(
            "TLS_" + c.replace("-", "_").replace("AES128", "WITH_AES_128")
            for c in TLS12_CIPHERS.split(":"))

        def site(addr, tls):
            return '''%s {
    bind %s
    root * %s
%s%s    file_server
}
''' % (addr, HOST, conf.docroot, log, tls)

        out = ['''{
    admin off
    auto_https off
    default_sni localhost
    log {
        level ERROR
    }
    servers {
        protocols h1 h2
        timeouts {
            idle 1h
        }
    }
}
''', site("http://:%d" % conf.http_port, "")]
        tls = '''    tls %s %s {
        protocols tls1.2 tls1.3
        ciphers %s
        curves x25519 secp256r1
    }
'''
        if conf.vhosts:
            for name, crt, key, _ in conf.vh():
                out.append(site("https://%s:%d" % (name, conf.https_port),
                                tls % (crt, key, ciphers)))
        else:
            out.append(site("https://:%d" % conf.https_port,
                            tls % (conf.crt, conf.key, ciphers)))
        f = conf.put("Caddyfile", "".join(out))
        return [self.exe(), "run", "--config", f, "--adapter", "caddyfile"]
