"""nginx."""

import os
import resource

from peers.common import HOST, Peer, TLS12_CIPHERS, TLS13_CIPHERS


class Nginx(Peer):
    name = "nginx"
    binary = "nginx"
    staple = True

    def version(self):
        return self._first_line("-v").replace("nginx version: ", "")

    def write(self, conf):
        reuse = " reuseport" if conf.workers > 1 else ""
        log = ("access_log %s combined buffer=64k flush=1s;" % conf.path("access.log")
               if conf.access_log else "access_log off;")
        hosts = list(conf.vh()) if conf.vhosts else [("localhost", conf.crt, conf.key, "")]
        servers = []
        for i, (name, crt, key, _) in enumerate(hosts):
            servers.append('''    server {
        listen %s:%d ssl http2%s;
        server_name %s;
        ssl_certificate %s;
        ssl_certificate_key %s;%s
    }''' % (HOST, conf.https_port,
            (" default_server backlog=4096" + reuse) if i == 0 else "", name, crt, key,
            "\n        ssl_stapling on;\n        ssl_stapling_file %s;" % conf.ocsp if conf.stapling
            else ""))
        f = conf.put("nginx.conf", '''daemon off;
%(user)s
worker_processes %(w)d;
worker_rlimit_nofile %(nofile)d;
pid %(d)s/nginx.pid;
error_log %(d)s/error.log error;
events {
    worker_connections %(conns)d;
    multi_accept on;
    accept_mutex off;
}
http {
    %(log)s
    types { text/plain txt; }
    default_type text/plain;
    client_body_temp_path %(d)s/t1;
    proxy_temp_path %(d)s/t2;
    fastcgi_temp_path %(d)s/t3;
    uwsgi_temp_path %(d)s/t4;
    scgi_temp_path %(d)s/t5;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 3600s;
    keepalive_requests 1000000000;
    reset_timedout_connection on;
    open_file_cache max=1000 inactive=60s;
    open_file_cache_valid 60s;
    gzip off;
    server_tokens off;
    server_names_hash_max_size 8192;
    server_names_hash_bucket_size 128;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers %(c12)s;
    ssl_conf_command Ciphersuites %(c13)s;
    ssl_ecdh_curve X25519:prime256v1;
    ssl_prefer_server_ciphers on;
    ssl_session_cache shared:SSL:8m;
    ssl_session_tickets on;
    root %(root)s;
    server {
        listen %(host)s:%(hp)d backlog=4096%(reuse)s;
        server_name localhost;
    }
%(servers)s
}
''' % {"user": "user root;" if os.geteuid() == 0 else "", "w": conf.workers,
            "nofile": resource.getrlimit(resource.RLIMIT_NOFILE)[1], "d": conf.dir,
            "conns": conf.max_conns + 100, "log": log, "c12": TLS12_CIPHERS,
            "c13": TLS13_CIPHERS, "root": conf.docroot, "host": HOST, "hp": conf.http_port,
            "reuse": reuse, "servers": "\n".join(servers)})
        return [self.exe(), "-c", f, "-p", conf.dir, "-e", conf.path("error.log")]
