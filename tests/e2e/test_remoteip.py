"""Behind a balancer that passes TLS connections on: the PROXY protocol before the handshake."""

import socket
import ssl

from lib import TLS, test

SHOW = 'Header always set X-Client "expr=%{REMOTE_ADDR} %{CONN_REMOTE_ADDR}"\n'
PROXIED = TLS.replace("</VirtualHost>", "RemoteIPProxyProtocol On\n</VirtualHost>")
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def fetch(box, *words):
    told = box.curl("-s", "-o", "/dev/null", "-w", "%{http_code} %header{x-client}", *words, box.url())
    return told.stdout


def behind(box, header):
    """The first bytes of an answer to somebody who says `header` before TLS."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", box.https), timeout=10) as connection:
        for byte in header:  # as slowly as can be
            connection.sendall(bytes([byte]))
        with context.wrap_socket(connection) as stream:
            stream.sendall(REQUEST)
            return stream.recv(4096).decode("latin-1")


@test
def a_proxy_header_before_tls_tells_who_the_client_is(box):
    box.page("index.html", "hello\n")
    box.config(PROXIED + SHOW).start()
    for protocol in ("--http1.1", "--http2"):
        assert fetch(box, protocol, "--haproxy-protocol") == "200 127.0.0.1 127.0.0.1"
    for header in (
        b"PROXY TCP4 203.0.113.9 10.0.0.1 4242 443\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\x0a\0\0\x01\x10\x92\x01\xbb",
    ):
        head = behind(box, header)
        assert head.startswith("HTTP/1.1 200") and "203.0.113.9 127.0.0.1" in head, head
    assert fetch(box).startswith("000"), "a connection without the header was served"
    assert "AH03496: RemoteIPProxyProtocol: data is missing" in box.said()
