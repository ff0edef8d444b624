"""h2o."""

import os

from peers.common import HOST, Peer, TLS12_CIPHERS, openssl_cnf


class H2O(Peer):
    name = "h2o"
    binary = "h2o"

    def version(self):
        return self._first_line("-v")

    def write(self, conf):
        def listen(crt, key):
            return '''port: %d
    host: %s
    ssl:
      certificate-file: %s
      key-file: %s
      minimum-version: TLSv1.2
      cipher-suite: "%s"
      cipher-preference: server
      ocsp-update-interval: 0
      neverbleed: OFF''' % (conf.https_port, HOST, crt, key, TLS12_CIPHERS)

        out = ["num-threads: %d" % conf.workers,
               "max-connections: %d" % (conf.max_conns + 100),
               "num-name-resolution-threads: 1",
               "http1-request-timeout: 3600",
               "http2-idle-timeout: 3600",
               "tcp-fastopen: 0",
               "pid-file: %s" % conf.path("h2o.pid"),
               "error-log: %s" % conf.path("error.log"),
               "file.mime.settypes:\n  text/plain: [.txt]",
               "file.etag: ON"]
        if os.geteuid() == 0:
            out.append("user: root")
        if conf.access_log:
            out.append("access-log: %s" % conf.path("access.log"))
        out.append("listen:\n  port: %d\n  host: %s" % (conf.http_port, HOST))
        if conf.vhosts:
            out.append("hosts:")
            for name, crt, key, _ in conf.vh():
                out.append('  "%s:%d":\n    listen:\n      %s\n    paths:\n      /:\n'
                           '        file.dir: %s'
                           % (name, conf.https_port,
                              listen(crt, key).replace("\n", "\n  "), conf.docroot))
        else:
            # a repeated key is how h2o takes several listeners
            out.append("listen:\n  "
                       + listen(conf.crt, conf.key).replace("\n  ", "\n"))
            out.append('hosts:\n  default:\n    paths:\n      /:\n        file.dir: %s'
                       % conf.docroot)
        f = conf.put("h2o.yaml", "\n".join(out) + "\n")
        return [self.exe(), "-m", "worker", "-c", f]

    def env(self, conf):
        # h2o has no directive for the TLS 1.3 suites and takes one curve only:
        # both come from an OpenSSL configuration file
        f = conf.put("openssl.cnf", openssl_cnf())
        return {"OPENSSL_CONF": f}
