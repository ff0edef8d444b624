"""The servers under test."""

from peers.caddy import Caddy
from peers.h2o import H2O
from peers.haproxy import HAProxy
from peers.httpd import Apache, Candidate
from peers.lighttpd import Lighttpd
from peers.nginx import Nginx

PEERS = [Apache(), Nginx(), H2O(), HAProxy(), Lighttpd(), Caddy()]

__all__ = ["PEERS", "Candidate"]
