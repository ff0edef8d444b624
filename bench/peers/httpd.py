"""Apache httpd, and the candidate, which reads the same configuration."""

import os
import re
import shlex
import subprocess

from peers.common import GROUPS, HOST, Peer, TLS12_CIPHERS, TLS13_CIPHERS, which


def httpd_conf(conf, modules_dir=None, builtin=()):
    """An httpd 2.4 configuration; with modules_dir also the LoadModule lines.

    Everything else is the same text for Apache and for a compatible server.
    """
    d = conf.dir
    # The event MPM closes kept-alive connections when all threads are busy:
    # more threads than connections, as an administrator would fit them.
    threads = max(128, conf.conns + conf.conns // 8)
    out = []
    if modules_dir:
        for m in ("mpm_event", "unixd", "authz_core", "mime", "log_config", "logio",
                  "socache_shmcb", "ssl", "http2"):
            if "mod_%s.c" % m in builtin or (m == "mpm_event" and "event.c" in builtin):
                continue
            so = os.path.join(modules_dir, "mod_%s.so" % m)
            if os.path.exists(so):
                out.append("LoadModule %s_module %s" % (m, so))
    out.append('''
ServerRoot "%(d)s"
DefaultRuntimeDir "%(d)s"
PidFile "%(d)s/httpd.pid"
ErrorLog "%(d)s/error.log"
LogLevel error
ServerName localhost
ServerTokens Prod
''' % {"d": d})
    if os.geteuid() == 0:
        out.append("User #65534\nGroup #65534\n")
    out.append('''<IfModule mpm_event_module>
    StartServers %(w)d
    ServerLimit %(w)d
    ThreadLimit %(tpc)d
    ThreadsPerChild %(tpc)d
    MaxRequestWorkers %(t)d
    MinSpareThreads 1
    MaxSpareThreads %(t)d
    MaxConnectionsPerChild 0
    AsyncRequestWorkerFactor %(f)d
</IfModule>
ListenBackLog 4096
Timeout 300
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 3600
HostnameLookups Off
EnableMMAP On
Protocols h2 http/1.1
<IfModule mime_module>
    TypesConfig /dev/null
    AddType text/plain .txt
</IfModule>
''' % {"w": conf.workers, "tpc": threads, "t": threads * conf.workers, "f": max(100, conf.max_conns)})
    if conf.access_log:
        out.append('LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" '
                   '\\"%{User-Agent}i\\"" combined\nBufferedLogs On\n'
                   + 'CustomLog "' + d + '/access.log" combined\n')
    out.append('''DocumentRoot "%(root)s"
<Directory "/">
    Options FollowSymLinks
    AllowOverride %(override)s
    Require all granted
</Directory>

SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCipherSuite %(c12)s
SSLCipherSuite TLSv1.3 %(c13)s
SSLHonorCipherOrder on
SSLOpenSSLConfCmd Groups %(groups)s
SSLSessionCache "shmcb:%(d)s/sslcache(8388608)"
SSLSessionTickets on
''' % {"root": conf.docroot, "override": conf.override, "c12": TLS12_CIPHERS, "c13": TLS13_CIPHERS,
            "groups": GROUPS, "d": d})
    if conf.stapling:
        out.append('SSLUseStapling on\nSSLStaplingCache "shmcb:%s/staples(131072)"' % d)
    out.append("Listen %s:%d" % (HOST, conf.http_port))
    out.append("Listen %s:%d" % (HOST, conf.https_port))
    out.append('''<VirtualHost %s:%d>
    ServerName localhost
    DocumentRoot "%s"
</VirtualHost>
''' % (HOST, conf.http_port, conf.docroot))
    hosts = list(conf.vh()) if conf.vhosts else [("localhost", conf.crt, conf.key, conf.pem)]
    for name, crt, key, _ in hosts:
        out.append('''<VirtualHost %s:%d>
    ServerName %s
    DocumentRoot "%s"
    SSLEngine on
    SSLCertificateFile "%s"
    SSLCertificateKeyFile "%s"
</VirtualHost>
''' % (HOST, conf.https_port, name, conf.docroot, crt, key))
    return "\n".join(out)


class Apache(Peer):
    name = "apache"
    htaccess = True
    staple = True
    note = "event MPM, one process per core, threads fitted to the test (at least 128)"

    @property
    def binary(self):
        return "apache2" if which("apache2") else "httpd"

    def version(self):
        return self._first_line("-v").replace("Server version: ", "")

    def modules_dir(self):
        prefix = os.path.dirname(os.path.dirname(os.path.realpath(self.exe())))
        for rel in ("lib/apache2/modules", "lib64/httpd/modules", "lib/httpd/modules",
                    "libexec/apache2", "modules"):
            p = os.path.join(prefix, rel)
            if os.path.isdir(p):
                return p
        return ""

    def write(self, conf):
        try:
            builtin = subprocess.run([self.exe(), "-l"], stdout=subprocess.PIPE, text=True,
                                     timeout=20).stdout.split()
        except (OSError, subprocess.SubprocessError):
            builtin = ()
        f = conf.put("httpd.conf", httpd_conf(conf, self.modules_dir(), builtin))
        return [self.exe(), "-d", conf.dir, "-f", f, "-DFOREGROUND"]


class Candidate(Peer):
    """The server being developed, started by a command template."""

    htaccess = True
    staple = True

    def __init__(self, name, command, style="httpd-style", env=None):
        if style != "httpd-style":
            raise ValueError("only httpd-style configurations are known")
        self.name = name
        self.command = command
        self.extra_env = dict(env or {})
        self.binary = shlex.split(command)[0]
        self.note = "candidate: " + command

    def available(self):
        return which(self.binary) is not None or os.access(self.binary, os.X_OK)

    def exe(self):
        return which(self.binary) or os.path.abspath(self.binary)

    def version(self):
        return self._first_line("-v").replace("Server version: ", "")

    def env(self, conf):
        return self.extra_env

    def write(self, conf):
        f = conf.put("httpd.conf", httpd_conf(conf))
        words = {"conf": f, "dir": conf.dir, "workers": str(conf.workers),
                 "http_port": str(conf.http_port), "https_port": str(conf.https_port)}
        argv = [re.sub(r"\{(conf|dir|workers|http_port|https_port)\}",
                       lambda m: words[m.group(1)], w) for w in shlex.split(self.command)]
        argv[0] = self.exe()
        return argv
