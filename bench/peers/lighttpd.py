"""lighttpd."""

import resource

from peers.common import GROUPS, HOST, Peer, TLS12_CIPHERS, TLS13_CIPHERS


class Lighttpd(Peer):
    name = "lighttpd"
    binary = "lighttpd"
    note = "single process; two-core runs use server.max-worker = 2"

    def version(self):
        return self._first_line("-v").split(" - ")[0]

    def write(self, conf):
        mods = ['"mod_openssl"']
        if conf.access_log:
            mods.append('"mod_accesslog"')
        hosts = ""
        crt, key = conf.crt, conf.key
        if conf.vhosts:
            _, crt, key, _ = next(conf.vh())
            hosts = "".join(
                '$HTTP["host"] == "%s" {\n  ssl.pemfile = "%s"\n  ssl.privkey = "%s"\n}\n'
                % (n, c, k) for n, c, k, _ in conf.vh())
        tls = '''ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "TLSv1.2",
  "CipherString" => "%s",
  "Ciphersuites" => "%s",
  "Groups" => "%s",
  "Options" => "ServerPreference,SessionTicket")
''' % (TLS12_CIPHERS, TLS13_CIPHERS, GROUPS)
        f = conf.put("lighttpd.conf", '''server.modules = (%(mods)s)
server.document-root = "%(root)s"
server.bind = "%(host)s"
server.port = %(hp)d
server.pid-file = "%(d)s/lighttpd.pid"
server.errorlog = "%(d)s/error.log"
server.upload-dirs = ("%(d)s")
server.max-fds = %(fds)d
server.max-connections = %(mc)d
server.listen-backlog = 4096
server.max-keep-alive-requests = 1000000000
server.max-keep-alive-idle = 3600
server.max-read-idle = 3600
server.max-write-idle = 3600
server.stat-cache-engine = "simple"
server.feature-flags = ("server.h2proto" => "enable", "server.h2c" => "disable")
mimetype.assign = (".txt" => "text/plain")
etag.use-inode = "enable"
%(workers)s%(log)s$SERVER["socket"] == "%(host)s:%(sp)d" {
  ssl.engine = "enable"
  ssl.pemfile = "%(crt)s"
  ssl.privkey = "%(key)s"
%(tls)s}
%(hosts)s''' % {"mods": ", ".join(mods), "root": conf.docroot, "host": HOST,
                "hp": conf.http_port, "sp": conf.https_port, "d": conf.dir,
                "fds": min(16384, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
                "mc": conf.max_conns, "crt": crt, "key": key, "tls": tls, "hosts": hosts,
                "workers": "server.max-worker = %d\n" % conf.workers
                if conf.workers > 1 else "",
                "log": 'accesslog.filename = "%s"\n' % conf.path("access.log")
                if conf.access_log else ""})
        return [self.exe(), "-D", "-f", f]
